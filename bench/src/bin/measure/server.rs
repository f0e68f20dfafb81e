//! A server under test.
use crate::client;
use crate::subject::{Database, Programs};
use anyhow::{Context, bail, ensure};
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Whose server it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Maker {
    Quater,
    /// Quater, with bodies in Rust.
    Rust,
    Hand,
}

pub struct Server {
    child: Child,
    pub address: SocketAddr,
    began: Instant,
}

/// Memory in KiB: all that is resident, and what of it is not just the database file mapped.
#[derive(Debug, Clone, Copy)]
pub struct Memory {
    pub resident: u64,
    pub own: u64,
}

impl Server {
    pub fn start(programs: &Programs, maker: Maker, database: &Database) -> anyhow::Result<Self> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let listen = address.to_string();
        let mut command = match maker {
            Maker::Quater => {
                let mut command = Command::new(&programs.quater);
                command.arg("run").arg(&programs.service).args(["--listen", &listen]);
                command.env("DATABASE_URL", database.url(maker));
                command
            }
            Maker::Rust => {
                let mut command = Command::new(&programs.native);
                command.args(["--listen", &listen]).env("DATABASE_URL", database.url(maker));
                command
            }
            Maker::Hand => {
                let mut command = Command::new(&programs.peer);
                command.arg(&listen).arg(database.url(maker));
                command
            }
        };
        command.env("SIGNING_KEY", programs.secret).stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.stderr(Stdio::null()).spawn().with_context(|| format!("{maker:?}"))?;
        Ok(Self { child, address, began: Instant::now() })
    }

    /// Waits for the first good answer and says how long it took from the start of the process.
    pub fn first_answer(&mut self, head: &str, token: &str) -> anyhow::Result<Duration> {
        loop {
            let error = match client::send(self.address, head, token, None) {
                Ok(_) => return Ok(self.began.elapsed()),
                Err(error) => error,
            };
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended with {status}");
            }
            ensure!(self.began.elapsed() < Duration::from_secs(10), "no good answer in 10 s: {error}");
            sleep(Duration::from_micros(500));
        }
    }

    /// Processor time so far, of all threads.
    pub fn cpu(&self) -> anyhow::Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        let (_, after) = stat.rsplit_once(") ").context("a name in brackets")?;
        let fields: Vec<&str> = after.split(' ').collect();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok());
        let (user, system) = ticks(11).zip(ticks(12)).context("times")?;
        // Linux shows these in hundredths of a second on every machine (USER_HZ).
        Ok(Duration::from_millis((user + system) * 10))
    }

    pub fn memory(&self) -> anyhow::Result<Memory> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|line| line.split_whitespace().next()?.parse().ok())
                .with_context(|| name.to_owned())
        };
        Ok(Memory { resident: field("VmRSS:")?, own: field("RssAnon:")? })
    }

    /// Asks it to end and waits until it has.
    pub fn stop(mut self) -> anyhow::Result<()> {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status()?;
        let asked = Instant::now();
        while self.child.try_wait()?.is_none() {
            ensure!(asked.elapsed() < Duration::from_secs(20), "the server does not stop");
            sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

impl Drop for Server {
    /// Leaves no server behind when a measurement fails.
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            drop(self.child.kill());
            drop(self.child.wait());
        }
    }
}

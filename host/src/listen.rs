//! What everything that serves shares: the listener, the announcement, the end.
use crate::failure::Failure;
use crate::output;
use clap::Args;
use quater_ir::Program;
use quater_runtime::http::scrape;
use quater_runtime::{Collector, Service, Traces};
use std::io::{ErrorKind, IsTerminal, stderr};
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;

/// What is logged unless `QUATER_LOG` says otherwise; rmcp tells of each request at `info`.
const QUIET: &str = "info,rmcp=warn,opentelemetry=warn";

/// Where to listen.
#[derive(Debug, Args)]
pub struct Listen {
    /// The address to serve at; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Where `GET /metrics` is answered for Prometheus; nowhere unless it is said
    #[arg(long, value_name = "ADDRESS", env = "QUATER_METRICS")]
    metrics: Option<SocketAddr>,
}

/// Where traces go.
#[derive(Debug, Args)]
pub struct Traced {
    /// The collector that traces are sent to, by OTLP over HTTP: `http://HOST:4318`; none are made unless it is said
    #[arg(long, value_name = "URL", env = "QUATER_TRACES")]
    traces: Option<String>,
    /// The share of traces that are sent, from 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 1.0, env = "QUATER_TRACES_SHARE")]
    traces_share: f64,
}

impl Listen {
    /// The same, as arguments of another process.
    pub fn arguments(&self) -> Vec<String> {
        let metrics = self.metrics.iter().flat_map(|address| ["--metrics".to_owned(), address.to_string()]);
        ["--listen".to_owned(), self.listen.to_string()].into_iter().chain(metrics).collect()
    }

    /// Takes the address.
    ///
    /// # Errors
    /// Where it is taken, or not this machine's.
    pub async fn bind(&self) -> Result<TcpListener, Failure> {
        Self::at(self.listen).await
    }

    /// Answers for Prometheus beside the service, where that is wished for.
    ///
    /// # Errors
    /// As [`Listen::bind`].
    pub async fn scraped(&self, services: &watch::Receiver<Service>) -> Result<(), Failure> {
        let Some(address) = self.metrics else { return Ok(()) };
        let listener = Self::at(address).await?;
        let bound = listener.local_addr().map_err(|why| Failure::Serve { why })?;
        output::out(&format!("  metrics        http://{bound}/metrics\n"));
        tokio::spawn(scrape(services.clone(), listener));
        Ok(())
    }

    async fn at(address: SocketAddr) -> Result<TcpListener, Failure> {
        TcpListener::bind(address).await.map_err(|why| {
            if why.kind() == ErrorKind::AddrInUse {
                Failure::PortTaken { address }
            } else {
                Failure::Listen { address, why }
            }
        })
    }
}

impl Traced {
    /// What traces are made with, where they are wished for.
    ///
    /// # Errors
    /// Where their collector has no address that can be used.
    pub fn traces(&self, program: &Program) -> Result<Option<Traces>, Failure> {
        let Some(url) = &self.traces else { return Ok(None) };
        let collector = Collector { url: url.clone(), share: self.traces_share };
        Ok(Some(Traces::to(&collector, &program.service.name)?))
    }
}

/// Tells where a program is served; the first line ends with its address.
///
/// # Errors
/// Where the listener has no address any more.
pub fn announce(program: &Program, listener: &TcpListener) -> Result<(), Failure> {
    let address = listener.local_addr().map_err(|why| Failure::Serve { why })?;
    let service = &program.service;
    let url = format!("http://{address}");
    let mut text = format!("{} version {} at {url}\n", service.name, service.version);
    if let Some(docs) = &service.docs_path {
        text.push_str(&format!("  documentation  {url}{docs}\n  contract       {url}/openapi.json\n"));
    }
    if !program.surface.tools.is_empty() {
        text.push_str(&format!("  agents (MCP)   {url}/mcp\n"));
    }
    output::out(&text);
    Ok(())
}

/// Logs to standard error: lines for people at a terminal, JSON for machines in production.
pub fn log(production: bool) {
    let filter = EnvFilter::try_from_env("QUATER_LOG").unwrap_or_else(|_| EnvFilter::new(QUIET));
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr);
    // A second subscriber is refused, which leaves the first at work.
    _ = if production {
        builder.json().try_init()
    } else {
        builder.with_ansi(stderr().is_terminal()).try_init()
    };
}

/// Becomes true at the first wish to stop; a second one ends the process at once.
///
/// # Errors
/// Where the system lets nobody hear signals.
pub fn stop_signal() -> Result<watch::Receiver<bool>, Failure> {
    let mut signals = Signals::new().map_err(|why| Failure::Serve { why })?;
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        signals.next().await;
        sender.send_replace(true);
        output::err("stopping when requests under way are done; once more stops at once\n");
        signals.next().await;
        std::process::exit(130);
    });
    Ok(receiver)
}

/// Waits until a stop is wished for.
pub async fn stopped(mut signal: watch::Receiver<bool>) {
    // The sender lives as long as the process; were it gone, stopping would be right too.
    _ = signal.wait_for(|stop| *stop).await;
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        _ = tokio::signal::ctrl_c().await;
    }
}

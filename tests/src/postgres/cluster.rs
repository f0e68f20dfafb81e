//! A server of our own, from the programs that are installed.
use super::{Server, run};
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// Keeps a server as long as its input stays open, which ends with the process that asked for it, however that
/// ends.
const KEEPER: &str = "\"$0\" \"$@\" >/dev/null 2>&1 & server=$!; read -r _; kill -INT $server; \
                      wait $server; rm -rf \"$FOLDER\"";

/// Starts a server in a folder of its own.
pub(super) fn start() -> Result<Server, String> {
    static STARTED: AtomicUsize = AtomicUsize::new(0);
    let programs = programs().ok_or("there is no `initdb`, and QUATER_TEST_POSTGRES names no server")?;
    let number = STARTED.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("quater-postgres-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let user = other_user(&folder)?;
    let data = folder.join("data");
    let mut made = as_user(user, &programs.join("initdb"));
    made.arg("--pgdata").arg(&data).args(["--username", "postgres", "--auth", "trust", "--no-sync"]);
    let made = made.args(["--encoding", "UTF8", "--locale", "C"]).current_dir(&folder).output();
    let made = made.map_err(|error| format!("`initdb` does not start: {error}"))?;
    if !made.status.success() {
        return Err(format!("`initdb` fails: {}", String::from_utf8_lossy(&made.stderr)));
    }
    let root = certified(user, &data);
    let port = free_port();
    let mut keeper = Command::new("sh");
    keeper.args(["-c", KEEPER]).args(parts(&served(user, &programs, &data, port, root.is_some())));
    let keeper = keeper.env("FOLDER", &folder).current_dir(&folder).stdin(Stdio::piped()).spawn();
    let keeper = keeper.map_err(|error| error.to_string())?;
    let url = format!("postgres://postgres@127.0.0.1:{port}/");
    let server = Server { url, settings: String::new(), root, keeper: Some(keeper) };
    await_start(&server)?;
    Ok(server)
}

fn served(user: Option<&str>, programs: &Path, data: &Path, port: u16, tls: bool) -> Command {
    let mut command = as_user(user, &programs.join("postgres"));
    command.arg("-D").arg(data);
    let port = format!("port={port}");
    // The machine does not fail in a test: what the system has taken is safe.
    let settings =
        [&port, "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "max_connections=300"];
    command.args(settings.iter().flat_map(|setting| ["-c", setting]));
    if tls {
        command.args(["-c", "ssl=on"]);
    }
    command
}

/// Makes a root and, for `localhost`, the server's own certificate; gives the root. Nothing without `openssl`.
fn certified(user: Option<&str>, data: &Path) -> Option<PathBuf> {
    let openssl = |words: &str| {
        let mut command = as_user(user, Path::new("openssl"));
        let done = command.args(words.split_whitespace()).current_dir(data).output();
        done.is_ok_and(|done| done.status.success())
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2";
    let root = format!("req -x509 {key} -subj /CN=root -keyout root.key -out root.crt");
    let asked = format!("req {key} -subj /CN=localhost -keyout server.key -out server.csr");
    let names = data.join("names");
    let signed = "x509 -req -in server.csr -CA root.crt -CAkey root.key -CAcreateserial -days 2 \
                  -extfile names -out server.crt";
    let named =
        std::fs::File::create(&names).and_then(|mut it| it.write_all(b"subjectAltName=DNS:localhost\n"));
    let readable = named.is_ok() && std::fs::set_permissions(&names, open_to_all()).is_ok();
    (readable && openssl(&root) && openssl(&asked) && openssl(signed)).then(|| data.join("root.crt"))
}

fn open_to_all() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o644)
}

/// A command as the words of a shell.
fn parts(command: &Command) -> Vec<std::ffi::OsString> {
    std::iter::once(command.get_program()).chain(command.get_args()).map(Into::into).collect()
}

fn await_start(server: &Server) -> Result<(), String> {
    let begun = Instant::now();
    loop {
        let Err(last) = run(&server.address("postgres"), "SELECT 1") else { return Ok(()) };
        if begun.elapsed() > PATIENCE {
            return Err(format!("the server that was started does not answer: {last}"));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("a listener has an address").port()
}

/// The folder of the programs of a server.
fn programs() -> Option<PathBuf> {
    let asked = Command::new("pg_config").arg("--bindir").output().ok();
    let asked = asked.and_then(|it| String::from_utf8(it.stdout).ok()).map(|it| PathBuf::from(it.trim()));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = asked.into_iter().chain(std::env::split_paths(&path)).collect();
    for root in ["/usr/lib/postgresql", "/opt/homebrew/opt"] {
        let inside = std::fs::read_dir(root).into_iter().flatten().flatten();
        let mut versions: Vec<PathBuf> = inside.map(|entry| entry.path().join("bin")).collect();
        versions.sort();
        folders.extend(versions.into_iter().rev());
    }
    folders.into_iter().find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}

/// Whom a server runs as where that may not be root, which gives the folder away.
fn other_user(folder: &Path) -> Result<Option<&'static str>, String> {
    let id = Command::new("id").arg("-u").output().map_err(|error| error.to_string())?;
    if String::from_utf8_lossy(&id.stdout).trim() != "0" {
        return Ok(None);
    }
    let exists = |user: &&&str| Command::new("id").arg(user).output().is_ok_and(|it| it.status.success());
    let user = ["postgres", "nobody"].iter().find(exists).copied();
    let user = user.ok_or("a server does not run as root, and there is nobody else")?;
    let given = Command::new("chown").arg(user).arg(folder).status();
    if given.is_ok_and(|status| status.success()) { Ok(Some(user)) } else { Err("no `chown`".to_owned()) }
}

fn as_user(user: Option<&str>, program: &Path) -> Command {
    let Some(user) = user else { return Command::new(program) };
    let mut command = Command::new("setpriv");
    command.args(["--reuid", user, "--regid", user, "--clear-groups"]).arg(program);
    command
}

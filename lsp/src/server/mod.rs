//! The wire: messages become events, one loop handles them, answers become messages.
mod event;
mod position;
mod proto;
mod question;
mod session;
mod uri;
mod worker;

use lsp_server::Connection;
use quater_compiler::session::Explain;
use thiserror::Error;

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The editor asked to shut down, then to exit.
    Orderly,
    /// The editor left without a word.
    Abrupt,
}

/// Why a session could not go on.
#[derive(Debug, Error)]
pub enum Broken {
    /// The editor does not follow the protocol, or is gone.
    #[error("the editor broke the protocol")]
    Protocol(#[from] lsp_server::ProtocolError),
    /// Reading or writing failed.
    #[error("standard input or output failed")]
    Io(#[from] std::io::Error),
}

/// Serves one editor over standard input and output until it leaves; `explain` tells which statements an
/// operation runs, which the compiler does not know.
pub fn serve_stdio(explain: Explain) -> Result<Ended, Broken> {
    let (connection, threads) = Connection::stdio();
    let ended = session::run(connection, explain);
    if ended.is_ok() {
        threads.join()?;
    }
    ended
}

//! `quater lsp`
use crate::exit::Exit;
use crate::failure::Failure;
use clap::Args;
use quater_lsp::Ended;

/// Arguments of `quater lsp`.
#[derive(Args)]
pub(crate) struct Lsp {
    /// Editors pass this; standard input and output are used anyway
    #[arg(long, hide = true)]
    stdio: bool,
}

impl Lsp {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        match quater_lsp::serve_stdio(quater_runtime::statements).map_err(|why| Failure::Editor { why })? {
            Ended::Orderly => Ok(Exit::Clean),
            Ended::Abrupt => Ok(Exit::Findings),
        }
    }
}

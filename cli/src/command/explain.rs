//! `quater explain`
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use clap::Args;
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use quater_compiler::report::Code;

/// Arguments of `quater explain`.
#[derive(Args)]
pub(crate) struct Explain {
    /// A code, as in `E0101`; without one, all are listed
    #[arg(add = ArgValueCandidates::new(codes))]
    code: Option<String>,
}

/// Every code, for whoever completes a line.
fn codes() -> Vec<CompletionCandidate> {
    let offered = |code: &Code| CompletionCandidate::new(code.name()).help(Some(code.title().into()));
    Code::ALL.iter().map(offered).collect()
}

impl Explain {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let Some(code) = &self.code else {
            let lines = Code::ALL.iter().map(|code| format!("{}  {}\n", code.name(), code.title()));
            output::out(&lines.collect::<String>());
            return Ok(Exit::Clean);
        };
        match Code::ALL.iter().find(|known| known.name().eq_ignore_ascii_case(code)) {
            Some(known) => {
                output::out(known.page());
                Ok(Exit::Clean)
            }
            None => {
                Err(Failure::UnknownCode { code: code.clone(), help: nearest(&code.to_ascii_uppercase()) })
            }
        }
    }
}

fn nearest(code: &str) -> String {
    let close = Code::ALL.iter().map(|known| (strsim::levenshtein(known.name(), code), known.name()));
    match close.min().filter(|(distance, _)| *distance == 1) {
        Some((_, name)) => format!("did you mean `{name}`? `quater explain` lists all"),
        None => "`quater explain` lists all".to_owned(),
    }
}

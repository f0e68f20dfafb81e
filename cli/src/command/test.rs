//! `quater test`
use crate::exit::Exit;
use crate::failure::Failure;
use crate::service::{self, Draw};
use crate::{output, target};
use clap::Args;
use quater_host::failure::Failure as Hosted;
use quater_ir::Program;
use quater_runtime::testing::{self, Outcome};
use serde_json::{Value as Json, json};
use std::path::PathBuf;
use std::sync::Arc;

/// Arguments of `quater test`.
#[derive(Args)]
pub(crate) struct Test {
    /// A `.qtr` file, or a folder that holds a service
    #[arg(default_value = ".")]
    target: PathBuf,
    /// Run only tests whose sentence holds this text
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Run in the database at a `postgres:` address, in which nothing stays, instead of in memory
    #[cfg(feature = "postgres")]
    #[arg(long, value_name = "URL", env = "QUATER_TEST_DATABASE", hide_env_values = true)]
    database: Option<String>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

impl Test {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        if target::is_built(&self.target) {
            return Err(Hosted::NoSource { name: self.target.display().to_string() }.into());
        }
        let compiled = service::compile(&self.target, Draw::All)?;
        let Some(program) = compiled.program else { return Ok(Exit::Findings) };
        let outcomes = self.outcomes(&program)?;
        let failed = outcomes.iter().filter(|outcome| outcome.result.is_err()).count();
        for outcome in &outcomes {
            output::told(
                self.json,
                &if self.json { line(outcome, &compiled.root) } else { text(outcome, &compiled.root) },
            );
        }
        if !self.json {
            output::out(&format!("{} passed, {failed} failed\n", outcomes.len() - failed));
        }
        // A filter that fits nothing is a slip of the pen, and must not look like success.
        let nothing_ran = outcomes.is_empty() && self.filter.is_some();
        Ok(if failed > 0 || nothing_ran { Exit::Findings } else { Exit::Clean })
    }
}

impl Test {
    #[cfg(feature = "postgres")]
    fn outcomes(&self, program: &Arc<Program>) -> Result<Vec<Outcome>, Failure> {
        let filter = self.filter.as_deref();
        Ok(match &self.database {
            Some(url) => testing::run_at(program, filter, url).map_err(Hosted::from)?,
            None => testing::run(program, filter).map_err(Hosted::from)?,
        })
    }

    #[cfg(not(feature = "postgres"))]
    fn outcomes(&self, program: &Arc<Program>) -> Result<Vec<Outcome>, Failure> {
        Ok(testing::run(program, self.filter.as_deref())?)
    }
}

fn text(outcome: &Outcome, file: &str) -> String {
    let Err(failure) = &outcome.result else { return format!("ok      {}\n", outcome.name) };
    let mut text =
        format!("FAILED  {}\n        {file}:{}: {}\n", outcome.name, failure.line, failure.message);
    for (label, value) in [("expected", &failure.expected), ("got", &failure.got)] {
        let lines = value.iter().flat_map(|value| value.lines());
        text.extend(lines.map(|line| format!("          {label:8}  {line}\n")));
    }
    text
}

fn line(outcome: &Outcome, file: &str) -> String {
    let milliseconds = u64::try_from(outcome.took.as_millis()).unwrap_or(u64::MAX);
    let failure: Option<Json> = outcome.result.as_ref().err().map(|failure| {
        json!({ "line": failure.line, "message": failure.message, "expected": failure.expected, "got": failure.got })
    });
    let object = json!({
        "version": 1, "test": outcome.name, "file": file, "line": outcome.line,
        "passed": outcome.result.is_ok(), "milliseconds": milliseconds, "failure": failure,
    });
    format!("{object}\n")
}

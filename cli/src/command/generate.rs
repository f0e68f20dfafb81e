//! `quater gen`
use crate::exit::Exit;
use crate::failure::Failure;
use crate::service::{self, Draw, Environment};
use crate::{atomic, output};
use clap::{Args, ValueEnum};
use quater_compiler::emit;
use serde_json::Value as Json;
use std::path::PathBuf;

/// Arguments of `quater gen`.
#[derive(Args)]
pub(crate) struct Generate {
    /// What to write
    #[arg(value_enum)]
    what: What,
    /// A `.qtr` file, or a folder that holds a service
    #[arg(default_value = ".")]
    target: PathBuf,
    /// The file to write; standard output unless it is said
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write nothing; end with 4 if the file of `--output` is not what would be written
    #[arg(long, requires = "output")]
    check: bool,
    #[command(flatten)]
    environment: Environment,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    /// The contract of the HTTP door, OpenAPI 3.1
    Openapi,
    /// The inputs and outputs of all operations, JSON Schema 2020-12
    Jsonschema,
}

impl Generate {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let compiled = service::compile_in(&self.target, Draw::Errors, &self.environment)?;
        let Some(program) = compiled.program else { return Ok(Exit::Findings) };
        let text = match self.what {
            What::Openapi => program.surface.openapi.clone(),
            What::Jsonschema => emit::operations::document(&program),
        };
        // Files are read in reviews, so they have a line for each thing.
        let document = serde_json::from_str::<Json>(&text).map_err(|why| Failure::Answer { why })?;
        let text = format!("{document:#}\n");
        let Some(path) = &self.output else {
            output::out(&text);
            return Ok(Exit::Clean);
        };
        let there = std::fs::read_to_string(path).is_ok_and(|there| there.replace("\r\n", "\n") == text);
        if there {
            output::err(&format!("`{}` is up to date\n", path.display()));
            return Ok(Exit::Clean);
        }
        if self.check {
            output::err(&format!(
                "`{}` is out of date; the same without `--check` writes it\n",
                path.display()
            ));
            return Ok(Exit::Stale);
        }
        atomic::write(path, &text)?;
        output::err(&format!("`{}` written\n", path.display()));
        Ok(Exit::Clean)
    }
}

//! `quater mcp`
use super::call::identity;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::service::{self, Environment};
use clap::Args;
use quater_ir::operation::Door;
use std::path::PathBuf;

/// Arguments of `quater mcp`.
#[derive(Args)]
pub(crate) struct Mcp {
    /// Credential of whoever uses the agent
    #[arg(long, env = "QUATER_TOKEN", hide_env_values = true)]
    token: Option<String>,
    #[command(flatten)]
    environment: Environment,
    /// A `.qtr` file or a folder
    #[arg(default_value = ".")]
    target: PathBuf,
}

impl Mcp {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let compiled = service::compile_called(&self.target, &self.environment)?;
        let Some(program) = compiled.program else { return Ok(Exit::Findings) };
        let caller = identity(self.token.as_ref(), &program, Door::Mcp);
        service::block_on(async {
            let service = service::start(&program, &compiled.folder, &self.environment)?;
            let served = quater_runtime::serve_stdio(service.clone(), caller).await;
            service.stop().await;
            served.map_err(|why| Failure::Serve { why })
        })?;
        Ok(Exit::Clean)
    }
}

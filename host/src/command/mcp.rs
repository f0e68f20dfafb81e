//! `mcp`
use super::Operate;
use super::call::identity;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::service::{Environment, Here, block_on};
use clap::Args;
use quater_ir::operation::Door;

/// Arguments of `mcp`.
#[derive(Debug, Clone, Args)]
pub struct Mcp {
    /// Credential of whoever uses the agent
    #[arg(long, env = "QUATER_TOKEN", hide_env_values = true)]
    token: Option<String>,
    #[command(flatten)]
    environment: Environment,
}

impl Operate for Mcp {
    fn environment(&self) -> &Environment {
        &self.environment
    }

    fn run(&self, here: Here) -> Result<Exit, Failure> {
        let caller = identity(self.token.as_ref(), &here.program, Door::Mcp);
        block_on(async {
            let service = here.start(&self.environment, None)?;
            let served = quater_runtime::serve_stdio(service.clone(), caller).await;
            service.stop().await;
            served.map_err(|why| Failure::Serve { why })
        })?;
        Ok(Exit::Clean)
    }
}

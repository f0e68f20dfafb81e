//! `mcp`
use super::Operate;
use super::call::identity;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::secret::Who;
use crate::service::{Environment, Here, block_on};
use clap::Args;
use quater_ir::operation::Door;

/// Arguments of `mcp`.
#[derive(Debug, Clone, Args)]
pub struct Mcp {
    /// Whoever uses the agent.
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    environment: Environment,
}

impl Operate for Mcp {
    fn environment(&self) -> &Environment {
        &self.environment
    }

    fn run(&self, here: Here) -> Result<Exit, Failure> {
        if self.who.is_input() {
            return Err(Failure::AgentsInput);
        }
        let caller = identity(self.who.token()?, &here.program, Door::Mcp);
        block_on(async {
            let service = here.start(&self.environment, None)?;
            let served = quater_runtime::serve_stdio(service.clone(), caller).await;
            service.stop().await;
            served.map_err(|why| Failure::Serve { why })
        })?;
        Ok(Exit::Clean)
    }
}

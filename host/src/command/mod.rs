//! What an operator does with a service that is here, one command a file.
pub mod access;
pub mod actions;
pub mod approvals;
pub mod audit;
pub mod call;
pub mod check;
pub mod mcp;
pub mod migrate;
pub mod run;
pub mod seed;
pub mod settings;

use crate::built::Built;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::service::{Environment, Here};

/// A command that does its work with a service and nothing else.
pub trait Operate {
    /// Where environment values come from; settings of the service may stand there.
    fn environment(&self) -> &Environment;

    /// Does it.
    ///
    /// # Errors
    /// Where it can't be done.
    fn run(&self, here: Here) -> Result<Exit, Failure>;

    /// Does it with a built service.
    ///
    /// # Errors
    /// As [`Operate::run`].
    fn operate(&self, built: Built) -> Result<Exit, Failure> {
        self.run(built.told_by(self.environment())?.here())
    }
}

//! `migrate rollback`
use super::apply::{ended, progress};
use super::plan::judged;
use super::{Accept, shown};
use crate::command::Operate;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::service::{Environment, Here};
use clap::Args;
use quater_runtime::migrate::{GivenUp, Way};

/// Arguments of `migrate rollback`.
#[derive(Args)]
pub struct Rollback {
    #[command(flatten)]
    environment: Environment,
    #[command(flatten)]
    accept: Accept,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

impl Operate for Rollback {
    fn environment(&self) -> &Environment {
        &self.environment
    }

    fn run(&self, here: Here) -> Result<Exit, Failure> {
        let mut database = self.accept.open(&here, &self.environment)?;
        let allowed = self.accept.allowed();
        if self.dry_run {
            let plan = match database.plan(Way::Back) {
                Ok(plan) => plan,
                refused => return ended(refused, &database),
            };
            output::out(&shown::plan(&plan, database.url()));
            return Ok(judged(&plan, &allowed));
        }
        // What was begun and is not at its end is the last.
        match database.give_up() {
            Ok(None) => {}
            Ok(Some(given_up)) => {
                let GivenUp { version, done, of, back } = given_up;
                output::out(&format!(
                    "the migration to version {version} was begun, and {done} of its {of} acts were done; they are \
                     undone: {} is at version {back}\n",
                    database.url()
                ));
                return Ok(Exit::Clean);
            }
            Err(error) => return ended(Err(error), &database),
        }
        let done = database.apply(Way::Back, &allowed, &mut progress);
        ended(done, &database)
    }
}

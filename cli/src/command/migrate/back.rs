//! `quater migrate rollback`
use super::apply::{ended, progress};
use super::plan::judged;
use super::{Accept, Subject, shown};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use clap::Args;
use quater_runtime::migrate::Way;

/// Arguments of `quater migrate rollback`.
#[derive(Args)]
pub(super) struct Rollback {
    #[command(flatten)]
    subject: Subject,
    #[command(flatten)]
    accept: Accept,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

impl Rollback {
    pub(super) fn run(&self) -> Result<Exit, Failure> {
        let Some((_, mut database)) = self.subject.open()? else { return Ok(Exit::Findings) };
        let allowed = self.accept.allowed();
        if self.dry_run {
            let plan = match database.plan(Way::Back) {
                Ok(plan) => plan,
                refused => return ended(refused, &database),
            };
            output::out(&shown::plan(&plan, database.url()));
            return Ok(judged(&plan, &allowed));
        }
        let done = database.apply(Way::Back, &allowed, &mut progress);
        ended(done, &database)
    }
}

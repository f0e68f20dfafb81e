//! The commands, one file each.
pub(crate) mod actions;
pub(crate) mod approvals;
pub(crate) mod build;
pub(crate) mod call;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod conform;
pub(crate) mod dev;
pub(crate) mod dev_rust;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod explain_query;
pub(crate) mod fmt;
pub(crate) mod generate;
pub(crate) mod generate_rust;
pub(crate) mod llms;
pub(crate) mod lock;
pub(crate) mod lsp;
pub(crate) mod migrate;
pub(crate) mod new;
pub(crate) mod of;
pub(crate) mod remote;
pub(crate) mod run;
pub(crate) mod test;

use crate::arguments::Command;
use crate::exit::Exit;
use crate::failure::Failure;

/// Does what was asked.
pub(crate) fn run(command: Command) -> Result<Exit, Failure> {
    match command {
        Command::New(new) => new.run(),
        Command::Check(check) => check.run(),
        Command::Fmt(fmt) => fmt.run(),
        Command::Lock(lock) => lock.run(),
        Command::Diff(diff) => diff.run(),
        Command::Migrate(migrate) => migrate.run(),
        Command::Audit(audit) => audit.run(),
        Command::Gen(generate) => generate.run(),
        Command::Build(build) => build.run(),
        Command::Seed(seed) => seed.run(),
        Command::Run(run) => run.run(),
        Command::Mcp(mcp) => mcp.run(),
        Command::Dev(dev) => dev.run(),
        Command::Test(test) => test.run(),
        Command::Call(call) => call.run(),
        Command::Connect(connect) => connect.run(),
        Command::Login(login) => login.run(),
        Command::Logout(logout) => logout.run(),
        Command::Remotes(known) => known.run(),
        Command::Conform(conform) => conform.run(),
        Command::Approvals(approvals) => approvals.run(),
        Command::Actions(actions) => actions.run(),
        Command::Explain(explain) => explain.run(),
        Command::ExplainQuery(explain) => explain.run(),
        Command::Llms => Ok(llms::run()),
        Command::Completions(completions) => completions.run(),
        Command::Lsp(lsp) => lsp.run(),
    }
}

//! The command line as a whole; each command's own arguments stand in its file.
use crate::command::{
    actions, approvals, build, call, check, completions, conform, dev, diff, explain, explain_query, fmt,
    generate, lock, lsp, migrate, new, of, remote, run, test,
};
use clap::{Parser, Subcommand};
use quater_host::command::audit::Audit;
use quater_host::command::mcp::Mcp;
use quater_host::command::seed::Seed;

/// Checked service files: from one `.qtr` file to a running backend.
#[derive(Parser)]
#[command(
    name = "quater",
    version,
    propagate_version = false,
    disable_help_subcommand = true,
    after_help = "Examples:\n  \
        quater new notes                          make a service to start from\n  \
        quater dev notes                          serve it, and take up every change\n  \
        quater check notes                        say what is wrong with it\n  \
        quater call notes notes add --title Milk  call an operation of it\n  \
        quater connect shop https://shop.example  name a service elsewhere, to call it alike\n\n\
        Exit codes: 0 done, 1 findings or a failed test, 2 wrong usage or a service that cannot start, 3 a bug of \
        ours,\n4 a stale lock, 5 a breaking change; a call that fails has one of its kind, 6 to 15 \
        (docs/ci.md, docs/agents.md)."
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a small working service to start from
    New(new::New),
    /// Say what is wrong with a service, and where
    Check(check::Check),
    /// Write files in the one agreed form
    Fmt(fmt::Fmt),
    /// Write down what callers and tables rely on
    Lock(lock::Lock),
    /// Show what changed between two versions of a service
    Diff(diff::Diff),
    /// Bring a database to the tables of a service
    Migrate(migrate::Migrate),
    /// Put the rows of a file into the database of a service
    Seed(of::Of<Seed>),
    /// List the records of calls: who, what, through which door, and what came of it
    Audit(of::Of<Audit>),
    /// Write documents of a service for other programs
    Gen(generate::Generate),
    /// Make one executable of a service, or a file that is served without its source
    Build(build::Build),
    /// Serve over HTTP and MCP
    Run(run::Run),
    /// Serve one agent over standard input and output (MCP)
    Mcp(of::Of<Mcp>),
    /// Serve, and take up every change of the files
    Dev(dev::Dev),
    /// Run the tests of a service
    Test(test::Test),
    /// Call an operation, in this process and on the same database
    Call(call::Call),
    /// Give a service elsewhere a name, to call it by
    Connect(remote::Connect),
    /// Keep a token for a remote
    Login(remote::Login),
    /// Forget the token for a remote
    Logout(remote::Logout),
    /// Services elsewhere that have names
    Remotes(remote::Known),
    /// Hold a running service to the action protocol
    Conform(conform::Conform),
    /// Calls that wait for somebody's approval
    Approvals(approvals::Approvals),
    /// What can be called
    Actions(actions::Actions),
    /// Explain the code of a report
    Explain(explain::Explain),
    /// Show the SQL of an operation, and how the database goes about it
    ExplainQuery(explain_query::ExplainQuery),
    /// Print the guide that a language model needs to write services
    #[command(visible_alias = "docs")]
    Llms,
    /// Print a completion script for a shell
    Completions(completions::Completions),
    /// Serve an editor over standard input and output
    Lsp(lsp::Lsp),
}

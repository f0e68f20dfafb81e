//! Why a service is not served, and why a command about one could not do its work.
use crate::exit::Exit;
use miette::Diagnostic;
use quater_runtime::audit::AuditError;
use quater_runtime::migrate::MigrateError;
use quater_runtime::{StartError, TracesError};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use thiserror::Error;

/// An operational error: what happened, and what to do next.
#[derive(Debug, Error, Diagnostic)]
#[expect(missing_docs, reason = "each says what it is in its message")]
pub enum Failure {
    #[error("there is no `{path}`")]
    #[diagnostic(help("name a `.qtr` file, or a folder that holds a service"))]
    Missing { path: PathBuf },

    #[error("there is no file `{path}`")]
    #[diagnostic(help("a relative path begins where the command runs"))]
    NoFile { path: PathBuf },

    #[error("`{path}` cannot be read")]
    Unreadable {
        path: PathBuf,
        #[source]
        why: io::Error,
    },

    #[error("`{path}` cannot be written")]
    Unwritable {
        path: PathBuf,
        #[source]
        why: io::Error,
    },

    #[error("`{path}` is no service that can be served: {why}")]
    #[diagnostic(help("`quater build` makes it anew from the files of the service"))]
    Built { path: PathBuf, why: quater_ir::artifact::Unreadable },

    #[error("`{path}` has lost the service that it carried: something has cut off its end")]
    #[diagnostic(help("take a whole copy; `strip` and the like take away what stands behind the code"))]
    CutOff { path: PathBuf },

    #[error("`{path}` is not whole")]
    #[diagnostic(help("take a whole copy, or make it anew with `quater build`"))]
    Packed {
        path: PathBuf,
        #[source]
        why: quater_runtime::http::PackError,
    },

    #[error("`{setting}` was built in as `{was}`, and `{variable}` says something else")]
    #[diagnostic(help(
        "take the variable out, or set it when the service is built: `quater build` heeds it"
    ))]
    BuiltIn { setting: &'static str, variable: &'static str, was: String },

    #[error("`{name}` was built: it holds no files of a service")]
    #[diagnostic(help(
        "name the files instead; of a built service `check` tells `--production`, `--settings` and `--report`"
    ))]
    NoSource { name: String },

    #[error("this executable does not find itself")]
    #[diagnostic(help("start it by its path, or in a system that has `/proc`"))]
    NoExecutable {
        #[source]
        why: io::Error,
    },

    #[error("`{path}` is not UTF-8: line {line} holds bytes that are no text")]
    #[diagnostic(help("save the file as UTF-8"))]
    NotUtf8 { path: PathBuf, line: usize },

    #[error("`{path}` is larger than {} MB", crate::text_file::LARGEST >> 20)]
    #[diagnostic(help("a service of that size is better written as several files with `use`"))]
    TooLarge { path: PathBuf },

    #[error("there is no file `{path}` to read environment values from")]
    NoEnvFile { path: PathBuf },

    #[error("`{path}` line {line}: {why}")]
    #[diagnostic(help("each line is `NAME=value`, empty, or a comment that begins with `#`"))]
    EnvFile { path: PathBuf, line: usize, why: &'static str },

    #[error("environment variables are missing or not usable: {}", named(wrong))]
    #[diagnostic(help("`quater check --settings` shows what each may be:{}", wrong_lines(wrong)))]
    BadVariables { wrong: Vec<Wrong> },

    #[error("there is no operation `{name}`")]
    #[diagnostic(help("{}", near.as_ref().map_or_else(|| "an operation is named as in the file".to_owned(), |near| format!("did you mean `{near}`?"))))]
    NoOperation { name: String, near: Option<String> },

    #[error("the key of a call is not usable: {}", quater_runtime::Key::RULE)]
    BadKey,

    #[error("`{text}` is not the id of a request")]
    #[diagnostic(help("`quater approvals list` shows those that wait"))]
    BadRequest { text: String },

    #[error("standard input can be read once, and two are to come from it")]
    #[diagnostic(help("give one of them as a file"))]
    InputTwice,

    #[error("standard input is the agent's, so the credential cannot come from it")]
    #[diagnostic(help("set `QUATER_TOKEN`, or name a file"))]
    AgentsInput,

    #[error("{} holds no token", if *path == *"-" { "standard input".to_owned() } else { format!("`{}`", path.display()) })]
    #[diagnostic(help("a token is one line of visible letters"))]
    NoToken { path: PathBuf },

    #[error("standard input can be read once, and a call that waits for approval is made again")]
    #[diagnostic(help("give the file as `@PATH`"))]
    WaitingInput,

    #[error("this machine gives no threads")]
    Threads {
        #[source]
        why: io::Error,
    },

    #[error("`{address}` is in use by another program")]
    #[diagnostic(help(
        "stop that program, or choose another address with `--listen`; port 0 takes a free one"
    ))]
    PortTaken { address: SocketAddr },

    #[error("cannot listen at `{address}`")]
    Listen {
        address: SocketAddr,
        #[source]
        why: io::Error,
    },

    #[error("the service cannot go on")]
    Serve {
        #[source]
        why: io::Error,
    },

    #[error("the answer is not JSON")]
    Answer {
        #[source]
        why: serde_json::Error,
    },

    #[error(transparent)]
    #[diagnostic(help("{}", start_help(_0)))]
    Start(#[from] StartError),

    #[error(transparent)]
    #[diagnostic(help("docs/http.md has what `--traces` takes"))]
    Traces(#[from] TracesError),

    #[error(transparent)]
    #[diagnostic(help("{}", migrate_help(_0)))]
    Migrate(#[from] MigrateError),

    #[error("the rows of `{path}` are not written")]
    #[diagnostic(help("nothing was done; see docs/migrations.md for the form of the file"))]
    Seed {
        path: PathBuf,
        #[source]
        why: quater_runtime::seed::SeedError,
    },

    #[error(transparent)]
    #[diagnostic(help("{}", audit_help(why)))]
    Audit {
        #[from]
        why: AuditError,
    },

    #[error("rows of a file pass every rule, so they are not put into a database in production")]
    #[diagnostic(help("say `--force` as well if that is what you want"))]
    SeedProduction,

    #[error("keys that can be guessed sign tokens: {}", names.join(", "))]
    #[diagnostic(help("make one with `openssl rand -base64 48` and set it where the service runs"))]
    WeakSecrets { names: Vec<String> },

    #[error("`QUATER_LOG={filter}` tells more than a log may hold in production")]
    #[diagnostic(help("take it out, or write `QUATER_LOG=info`"))]
    LoudLog { filter: String },

    #[error("this executable carries no service")]
    #[diagnostic(help("`quater build` makes a copy of it that does"))]
    Empty,

    #[error("the service in this executable cannot be read")]
    #[diagnostic(help("`quater gen rust` writes it anew"))]
    Generated {
        #[source]
        why: quater_ir::artifact::Unreadable,
    },

    /// A migration that the database as it is does not allow.
    #[error(transparent)]
    #[diagnostic(help("{}", migrate_help(_0)))]
    NotNow(MigrateError),

    /// A migration that was begun and is not ended.
    #[error(transparent)]
    #[diagnostic(help("{}", migrate_help(_0)))]
    UnderWay(MigrateError),
}

/// A variable that says something that can't be.
#[derive(Debug, Clone)]
pub struct Wrong {
    /// Its name.
    pub variable: String,
    /// What is wrong with it, for people.
    pub line: String,
}

fn named(wrong: &[Wrong]) -> String {
    wrong.iter().map(|it| it.variable.as_str()).collect::<Vec<_>>().join(", ")
}

fn wrong_lines(wrong: &[Wrong]) -> String {
    lines(&wrong.iter().map(|it| it.line.clone()).collect::<Vec<_>>())
}

impl Failure {
    /// The same, where the file is that of a service.
    #[must_use]
    pub fn of_service(self) -> Self {
        if let Self::NoFile { path } = self { Self::Missing { path } } else { self }
    }

    /// How a process ends that fails so.
    pub fn exit(&self) -> Exit {
        if let Self::NotNow(_) = self {
            Exit::Findings
        } else if let Self::UnderWay(_) = self {
            Exit::Stale
        } else {
            Exit::Usage
        }
    }
}

/// The next step when somebody holds the tables.
const HELD: &str = "another program holds it, a migration or a transaction that is not ended: wait for it, or end it, \
                    then try again (`pg_stat_activity` shows it on Postgres, `fuser FILE` on SQLite)";

/// The next step when a service does not start.
fn start_help(error: &StartError) -> String {
    match error {
        StartError::Format { .. } => "compile it again with this version of quater".to_owned(),
        StartError::BadEnv { wrong } => {
            let said: Vec<String> = wrong.iter().map(ToString::to_string).collect();
            format!("set them in the environment, or in a file for `--env-file`:{}", lines(&said))
        }
        StartError::BadAuth { .. } => "docs/auth.md has what each way to sign in needs".to_owned(),
        StartError::BadFiles { .. } => "docs/files.md has what may stand there".to_owned(),
        StartError::BadUpstream { .. } => "its `resource` says where it gets its address from".to_owned(),
        StartError::Database { source, .. } if source.is_held() => HELD.to_owned(),
        StartError::Database { url, .. } if url.starts_with("postgres:") => {
            "does the server run, and do user, password and name fit? docs/postgres.md has all that may stand in \
             an address"
                .to_owned()
        }
        StartError::Database { .. } => "is the folder there, and may it be written to?".to_owned(),
        StartError::BadAddress { .. } => "docs/postgres.md has all that may stand there".to_owned(),
        StartError::BadUrl { .. } => "the address comes from the service's `resource`".to_owned(),
        StartError::SchemaDiffers { differences, .. } => {
            let listed = lines(differences);
            format!(
                "nothing was changed. `quater migrate plan` shows how to get there. what differs:{listed}"
            )
        }
        StartError::OtherService { owner, service, .. } => format!(
            "nothing was changed. use another database; or if `{service}` was called `{owner}` before, say so: \
             `quater migrate apply --renamed-from {owner}`"
        ),
        StartError::Drift { lines: differences, .. } => drift_help(differences),
        StartError::Bodies { .. } => {
            "`quater gen rust DIR` makes the crate that runs it; docs/rust.md tells how".to_owned()
        }
        StartError::Unsupported { .. } => "a later version will run it".to_owned(),
        StartError::Thread { .. } => "the system is out of threads or memory".to_owned(),
    }
}

fn lines(lines: &[String]) -> String {
    lines.iter().map(|line| format!("\n- {line}")).collect()
}

fn drift_help(differences: &[String]) -> String {
    format!(
        "somebody changed them by hand: put back what differs, or use another database:{}",
        lines(differences)
    )
}

fn stopped_help(rows: &[String], detail: Option<&str>) -> String {
    let way = if rows.is_empty() { String::new() } else { format!("in the way: {}\n", rows.join(", ")) };
    let detail = detail.map(|detail| format!("{detail}\n")).unwrap_or_default();
    format!(
        "{way}{detail}mend what is in the way, then `quater migrate apply` goes on with it; \
         `quater migrate rollback` undoes what is done of it, and the version before runs again"
    )
}

/// The next step when records can't be read.
fn audit_help(error: &AuditError) -> String {
    match error {
        AuditError::Start(error) => start_help(error),
        AuditError::NoDatabase => "with a `database` among its resources it keeps them there".to_owned(),
        AuditError::Untouched { .. } => {
            "is it the database that the service runs on? its address comes from the service's `resource`; `quater run` and \
             `quater migrate apply` make the tables"
                .to_owned()
        }
        AuditError::Database(_) => "`quater migrate status` tells of the database".to_owned(),
    }
}

/// The next step when a database is not brought to other tables.
fn migrate_help(error: &MigrateError) -> String {
    match error {
        MigrateError::Start(error) => start_help(error),
        MigrateError::NoDatabase => "an `entity` lives in a `resource` that is a `database`".to_owned(),
        MigrateError::Untouched => "`quater run` and `quater migrate apply` make them".to_owned(),
        MigrateError::Memory => "name a file: `sqlite:FILE`".to_owned(),
        MigrateError::Drift { lines, .. } => drift_help(lines),
        MigrateError::Occupied { tables, .. } => {
            format!(
                "use another database, or give the entities other tables (`as \"name\"`):{}",
                lines(tables)
            )
        }
        MigrateError::UnderWay { .. } => {
            "`quater migrate apply` goes on with it; `quater migrate rollback` undoes what is done of it"
                .to_owned()
        }
        MigrateError::Stopped { rows, source, .. } => stopped_help(rows, source.detail()),
        MigrateError::Blocked(plan) => {
            let steps: Vec<String> = plan.blocked().map(|planned| planned.step.to_string()).collect();
            format!("nothing was changed. `quater migrate plan` shows what is in the way:{}", lines(&steps))
        }
        MigrateError::Unaccepted { codes, .. } => {
            let codes: Vec<String> = codes.iter().map(|code| format!("--accept {code}")).collect();
            format!("`quater migrate plan` shows what; `quater migrate apply {}` accepts it", codes.join(" "))
        }
        MigrateError::NotSafe { steps } => {
            let steps: Vec<String> =
                steps.iter().map(|it| format!("{}: {}", it.step.grade.name(), it.step)).collect();
            format!("nothing was changed. `quater migrate plan` shows how to get there:{}", lines(&steps))
        }
        MigrateError::First => "an older version can be had from a backup alone".to_owned(),
        MigrateError::Irreversible { lines: gone } => {
            format!("from these steps there is no way back, so a backup is needed:{}", lines(gone))
        }
        MigrateError::PlanUnreadable { .. } => "`quater migrate plan --out FILE` writes one".to_owned(),
        MigrateError::PlanElsewhere { .. } | MigrateError::PlanOtherwise { .. } => {
            "`quater migrate plan --out FILE` writes it anew".to_owned()
        }
        MigrateError::Missed { lines: differences } => {
            format!("was the plan changed by hand?{}", lines(differences))
        }
        MigrateError::Beside { lines: beside } => {
            format!("drop it or change it, migrate, and make it anew as it has to be then:{}", lines(beside))
        }
        MigrateError::Dangling { .. } => "mend those rows, or drop the relation".to_owned(),
        MigrateError::Record(_) => "use the build that wrote it".to_owned(),
        MigrateError::Database { source, .. } if source.is_held() => format!("nothing was changed. {HELD}"),
        MigrateError::Database { .. } => "nothing was changed".to_owned(),
    }
}

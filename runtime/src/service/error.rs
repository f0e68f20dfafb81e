//! Why a service does not start.
use crate::environment::{State, Variable};
use crate::store::DatabaseError;
use smol_str::SmolStr;

/// Why a service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The program was compiled by another version.
    #[error("the program has format {found}, this runtime serves format {expected}")]
    Format {
        /// The program's.
        found: u32,
        /// The runtime's.
        expected: u32,
    },
    /// Environment values that are missing, or not as they are declared.
    #[error("{}", environment(wrong))]
    BadEnv {
        /// All of them; what they say is not shown.
        wrong: Vec<Variable>,
    },
    /// A way to sign in that cannot be judged with what its declaration is told.
    #[error("the `auth` `{auth}` is not usable: {reason}")]
    BadAuth {
        /// Its name.
        auth: SmolStr,
        /// What is wrong; never shows a secret.
        reason: String,
    },
    /// A place for files that is of no use.
    #[error("the files of `{resource}` have no place: {reason}")]
    BadFiles {
        /// Its name.
        resource: SmolStr,
        /// What is wrong.
        reason: String,
    },
    /// An upstream that cannot be called with what its declaration is told.
    #[error("the upstream `{resource}` is not usable: {reason}")]
    BadUpstream {
        /// Its name.
        resource: SmolStr,
        /// What is wrong; never shows a secret.
        reason: String,
    },
    /// A database that does not open or does not do as it is told.
    #[error("the database at `{url}` does not open")]
    Database {
        /// Its address.
        url: String,
        /// Why.
        #[source]
        source: DatabaseError,
    },
    /// A database address that is not one.
    #[error(
        "`{url}` is not a database address: use `sqlite:FILE`, `sqlite::memory:` or `postgres://HOST/NAME`"
    )]
    BadUrl {
        /// The address.
        url: String,
    },
    /// An address of a Postgres database that says something wrong.
    #[error("the address `{url}` is not usable: {reason}")]
    BadAddress {
        /// The address, without a password.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// A database made by another version of the program.
    #[error("the database at `{url}` belongs to another version of this service")]
    SchemaDiffers {
        /// Its address.
        url: String,
        /// One line a difference.
        differences: Vec<String>,
    },
    /// A database that another service made.
    #[error("the database at `{url}` is that of service `{owner}`, and this is service `{service}`")]
    OtherService {
        /// Its address.
        url: String,
        /// Whose it is.
        owner: String,
        /// Who asks.
        service: String,
    },
    /// Tables that are not as they were made.
    #[error("the tables at `{url}` are not as they were made")]
    Drift {
        /// Its address.
        url: String,
        /// One line a difference.
        lines: Vec<String>,
    },
    /// Bodies in Rust that are not those of the program.
    #[error("{}", bodies(missing, stray))]
    Bodies {
        /// Operations whose bodies are not there.
        missing: Vec<SmolStr>,
        /// Bodies for which there is no operation that is written in Rust.
        stray: Vec<SmolStr>,
    },
    /// Something in the program that this runtime cannot execute.
    #[error("{what} is not executable yet")]
    Unsupported {
        /// Names the construct and where it stands.
        what: String,
    },
    /// A thread that the operating system refuses.
    #[error("cannot start a thread")]
    Thread {
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

fn bodies(missing: &[SmolStr], stray: &[SmolStr]) -> String {
    let named =
        |names: &[SmolStr]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let mut parts = Vec::new();
    if !missing.is_empty() {
        parts.push(format!("the body of {} is written in Rust and is not here", named(missing)));
    }
    if !stray.is_empty() {
        parts.push(format!("there is no operation in Rust for the body {}", named(stray)));
    }
    parts.join("; ")
}

fn environment(wrong: &[Variable]) -> String {
    let named = |is_missing: bool| {
        let those = wrong.iter().filter(|it| (it.state == State::Missing) == is_missing);
        those.map(|it| it.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    let (missing, unusable) = (named(true), named(false));
    match (missing.is_empty(), unusable.is_empty()) {
        (false, true) => format!("missing environment values: {missing}"),
        (true, _) => format!("environment values that are not usable: {unusable}"),
        (false, false) => format!("missing environment values: {missing}; not usable: {unusable}"),
    }
}

//! Runs a checked service as an executable: what `quater run` and the crates that `quater gen rust` makes share.
//!
//! Such a crate calls it `quater` and sees nothing else of Quater: the types of values, the [`Context`] of a call,
//! and [`serve`].

pub mod env_file;
pub mod listen;
mod output;
mod serve;

pub use quater_ir::Program;
pub use quater_runtime::native::{
    Asked, Bodies, Bytes, Context, Date, Decimal, Duration, Failure, File, Json, Level, Map, OffsetPage,
    Page, Patch, Root, Secret, Timestamp, Uuid,
};
pub use quater_runtime::{Service, Settings};
pub use serde_json::json;
pub use serve::{program, serve};

use quater_ir::artifact::Unreadable;
use quater_runtime::migrate::MigrateError;
use quater_runtime::{StartError, TracesError};
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why a service is not served, or not any longer.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// Somebody else listens there.
    #[error("somebody else listens at `{address}`")]
    PortTaken {
        /// Where.
        address: SocketAddr,
    },
    /// An address that is not to be had.
    #[error("cannot listen at `{address}`")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        #[source]
        why: io::Error,
    },
    /// Something without which nothing can be served any longer.
    #[error("the service cannot go on")]
    Serve {
        /// Why.
        #[source]
        why: io::Error,
    },
    /// A file of environment values that is not there.
    #[error("there is no file `{path}` to read environment values from")]
    NoEnvFile {
        /// Its path.
        path: PathBuf,
    },
    /// A line of such a file that is none.
    #[error("`{path}` line {line}: {why}")]
    EnvFile {
        /// Its path.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A variable that says a setting, and says it wrongly.
    #[error("`{variable}` is not usable: {why}")]
    BadSetting {
        /// The variable.
        variable: String,
        /// What is wrong with it.
        why: String,
    },
    /// A file that cannot be read.
    #[error("`{path}` cannot be read")]
    Unreadable {
        /// Its path.
        path: PathBuf,
        /// Why.
        #[source]
        why: io::Error,
    },
    /// A program that this version does not read.
    #[error("the service in this executable cannot be read: `quater gen rust` writes it anew")]
    Program {
        /// What is not known here.
        #[source]
        why: Unreadable,
    },
    /// A collector of traces that is of no use.
    #[error(transparent)]
    Traces(#[from] TracesError),
    /// A service that does not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A database that is not brought to the service's tables.
    #[error(transparent)]
    Migrate(#[from] MigrateError),
}

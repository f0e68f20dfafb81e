//! What goes wrong while something is served, as failures of a command.
use crate::failure::Failure;
use quater_host::ServeError;
use std::path::PathBuf;

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        match error {
            ServeError::PortTaken { address } => Self::PortTaken { address },
            ServeError::Listen { address, why } => Self::Listen { address, why },
            ServeError::Serve { why } => Self::Serve { why },
            ServeError::NoEnvFile { path } => Self::NoEnvFile { path },
            ServeError::EnvFile { path, line, why } => Self::EnvFile { path, line, why },
            ServeError::BadSetting { variable, why } => Self::BadSetting { variable, why },
            ServeError::Unreadable { path, why } => Self::Unreadable { path, why },
            ServeError::Program { why } => Self::Built { path: PathBuf::from("service.qir"), why },
            ServeError::Traces(error) => error.into(),
            ServeError::Start(error) => error.into(),
            ServeError::Migrate(error) => error.into(),
        }
    }
}

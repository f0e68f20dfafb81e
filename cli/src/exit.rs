//! How the process ends.
use std::process::ExitCode;

/// What an exit code means; scripts rely on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Nothing to object to.
    Clean = 0,
    /// Findings, a failed test, or an operation that refused.
    Findings = 1,
    /// Wrong usage, an unreadable or missing file, or a service that cannot start here.
    Usage = 2,
    /// A bug of ours.
    Bug = 3,
    /// The lock is not that of the service.
    Stale = 4,
    /// A change that breaks callers or loses rows, without a new version.
    Broken = 5,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

//! How the process ends.
use std::process::ExitCode;

/// What an exit code means; scripts rely on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
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
    /// A call that waits for somebody's approval.
    Waiting = 6,
    /// A service elsewhere that can't be reached, or does not speak the protocol.
    Unreached = 7,
    /// A call whose inputs are wrong: 400, 413, 415, 422.
    Invalid = 10,
    /// A call by somebody who may not make it: 401, 403.
    Denied = 11,
    /// A call about something that is not there: 404.
    Absent = 12,
    /// A call that the state does not allow: 409.
    Conflicts = 13,
    /// A call that may be made again later: 408, 429, 503.
    Later = 14,
    /// A call that failed in the service: 500.
    Failed = 15,
}

impl Exit {
    /// How a call ends whose error has a status.
    pub const fn of_status(status: u64) -> Self {
        match status {
            400 | 413 | 415 | 422 => Self::Invalid,
            401 | 403 => Self::Denied,
            404 => Self::Absent,
            409 => Self::Conflicts,
            408 | 429 | 503 => Self::Later,
            500.. => Self::Failed,
            _ => Self::Findings,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

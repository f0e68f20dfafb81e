//! Errors of Postgres.
use crate::kernel::number::Broken;
use std::error::Error as _;
use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

/// Why Postgres does not do what it is asked.
#[derive(Debug, thiserror::Error)]
pub enum PostgresError {
    /// The server or the way to it.
    #[error("{}", told(.0))]
    Server(Error),
    /// No answer came in time.
    #[error("the server does not answer in time")]
    Silent,
    /// The connection is gone.
    #[error("the connection is lost")]
    Lost,
    /// The operating system gives no way to wait for it.
    #[error("no way to wait for the server")]
    Runtime(#[source] std::io::Error),
    /// A value that its column cannot hold.
    #[error("a value does not fit its column")]
    Misfit,
    /// The description of the tables.
    #[error("the tables cannot be described")]
    Description(#[source] serde_json::Error),
    /// Certificates or the settings of TLS.
    #[error("{0}")]
    Tls(String),
    /// The call goes on when the server has answered; nobody gets to see this.
    #[error("the answer is not known yet")]
    Unknown,
    /// The call has to be made again, in a transaction that ends as if it had been alone; nobody gets to see this.
    #[error("what is written depends on rows that are not held")]
    Trusting,
    /// The call is done again, waiting for each answer; nobody gets to see this.
    #[error("an answer is not as it was foreseen")]
    Unforeseen,
}

/// The server's own words, where it has said any.
fn told(error: &Error) -> String {
    let mut words = match error.as_db_error() {
        Some(said) => return format!("{} (SQLSTATE {})", said.message(), said.code().code()),
        None => error.to_string(),
    };
    let mut cause = error.source();
    while let Some(deeper) = cause {
        words = format!("{words}: {deeper}");
        cause = deeper.source();
    }
    words
}

impl From<Error> for PostgresError {
    fn from(error: Error) -> Self {
        Self::Server(error)
    }
}

impl PostgresError {
    /// What the server says, where it says anything.
    pub(crate) fn said(&self) -> Option<&DbError> {
        match self {
            Self::Server(error) => error.as_db_error(),
            Self::Silent
            | Self::Lost
            | Self::Runtime(_)
            | Self::Misfit
            | Self::Description(_)
            | Self::Tls(_)
            | Self::Unknown
            | Self::Trusting
            | Self::Unforeseen => None,
        }
    }

    fn code(&self) -> Option<&str> {
        self.said().map(|said| said.code().code())
    }

    /// Whether two transactions were in each other's way, so that this one may be tried again.
    pub(crate) fn is_conflict(&self) -> bool {
        let conflicts = [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED];
        self.code().is_some_and(|code| conflicts.iter().any(|it| it.code() == code))
    }

    /// Whether the connection is no good any more.
    pub(crate) fn ends_connection(&self) -> bool {
        match (self, self.code()) {
            (Self::Server(_), Some(code)) => ["57P01", "57P02", "57P03", "57P05"].contains(&code),
            (Self::Server(error), None) => {
                error.is_closed() || error.source().is_some_and(|it| it.is::<std::io::Error>())
            }
            (Self::Silent | Self::Lost, _) => true,
            (
                Self::Runtime(_)
                | Self::Misfit
                | Self::Description(_)
                | Self::Tls(_)
                | Self::Unknown
                | Self::Trusting
                | Self::Unforeseen,
                _,
            ) => false,
        }
    }

    /// Whether the server is out of reach, busy or too slow, so that the caller may come again.
    pub(crate) fn is_passing(&self) -> bool {
        // Connection exception, insufficient resources, operator intervention, a lock not available.
        let passing = ["08", "53", "57", "55P03"];
        match self.code() {
            Some(code) => self.is_conflict() || passing.iter().any(|class| code.starts_with(class)),
            None => matches!(self, Self::Server(_) | Self::Silent | Self::Lost),
        }
    }

    /// Whether another session holds a lock for longer than is waited.
    pub(crate) fn is_held(&self) -> bool {
        // A lock that is not available in time; a statement that was ended because it took too long.
        matches!(self, Self::Silent) || self.code().is_some_and(|code| ["55P03", "57014"].contains(&code))
    }

    /// Whether the tables are not those that the program was made for: a name is gone, or a rule stands there
    /// that it does not know.
    pub(crate) fn is_of_another_version(&self) -> bool {
        // An undefined column or table; a rule that is broken and was not told from the program's own.
        self.code().is_some_and(|code| ["42703", "42P01", "23502", "23505", "23514"].contains(&code))
    }

    /// Why a calculation within a statement has no result, where that is what it is.
    pub(crate) fn calculation(&self) -> Option<Broken> {
        match self.code()? {
            "22012" => Some(Broken::DivisionByZero),
            // Out of range for numbers, dates and times.
            "22003" | "22008" | "22015" => Some(Broken::Overflow),
            _ => None,
        }
    }
}

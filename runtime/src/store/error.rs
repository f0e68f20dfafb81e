//! Errors of the databases.
#[cfg(feature = "postgres")]
use super::PostgresError;
use crate::kernel::number::Broken;

/// What SQLite says of a sum that is too large, and so do its functions here.
pub(super) const OVERFLOW: &str = "integer overflow";
/// What functions here say of a division by zero.
pub(super) const DIVISION: &str = "division by zero";

/// Why a database does not do what it is asked.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// SQLite's reason.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// Postgres's reason.
    #[cfg(feature = "postgres")]
    #[error(transparent)]
    Postgres(#[from] PostgresError),
}

impl DatabaseError {
    /// Whether the database is out of reach or too slow, so that the caller may come again.
    pub(crate) fn is_passing(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            #[cfg(feature = "postgres")]
            Self::Postgres(error) => error.is_passing(),
        }
    }

    /// Whether the tables are not those that the program was made for, so that another program may do it.
    pub(crate) fn is_of_another_version(&self) -> bool {
        match self {
            Self::Sqlite(error) => super::sqlite::broken::is_of_another_version(error),
            #[cfg(feature = "postgres")]
            Self::Postgres(error) => error.is_of_another_version(),
        }
    }

    /// Whether another program holds what is needed, for longer than is waited.
    pub fn is_held(&self) -> bool {
        match self {
            Self::Sqlite(error) => error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy),
            #[cfg(feature = "postgres")]
            Self::Postgres(error) => error.is_held(),
        }
    }

    /// What the database says beside its reason: of which values it is.
    pub fn detail(&self) -> Option<&str> {
        match self {
            Self::Sqlite(_) => None,
            #[cfg(feature = "postgres")]
            Self::Postgres(error) => error.said().and_then(|said| said.detail()),
        }
    }

    /// Why a calculation over stored values has no result, where that is what it is.
    pub(crate) fn calculation(&self) -> Option<Broken> {
        match self {
            // SQLite has no code of its own for these.
            Self::Sqlite(rusqlite::Error::SqliteFailure(_, Some(message))) => match message.as_str() {
                OVERFLOW => Some(Broken::Overflow),
                DIVISION => Some(Broken::DivisionByZero),
                _ => None,
            },
            Self::Sqlite(_) => None,
            #[cfg(feature = "postgres")]
            Self::Postgres(error) => error.calculation(),
        }
    }

    /// Whether the call has to be made again in a transaction that ends as if it had been alone.
    #[cfg(feature = "postgres")]
    pub(crate) const fn wants_alone(&self) -> bool {
        matches!(self, Self::Postgres(PostgresError::Trusting))
    }

    /// Whether two transactions were in each other's way, so that this one may be tried again.
    #[cfg(feature = "postgres")]
    pub(crate) fn is_conflict(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            Self::Postgres(error) => error.is_conflict(),
        }
    }

    /// Whether an answer that nobody waited for is not as it was foreseen.
    #[cfg(feature = "postgres")]
    pub(crate) const fn is_unforeseen(&self) -> bool {
        matches!(self, Self::Postgres(PostgresError::Unforeseen))
    }
}

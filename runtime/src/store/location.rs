//! Where a database is.
#[cfg(feature = "postgres")]
use super::postgres::address::Address;
use super::sqlite::open::Location as File;
use crate::plan::dialect::Dialect;
use crate::service::StartError;
use std::path::Path;

/// Where a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Location {
    Sqlite(File),
    #[cfg(feature = "postgres")]
    Postgres(Box<Address>),
}

impl Location {
    /// Reads a URL; relative paths are within a folder.
    pub(crate) fn parse(url: &str, folder: &Path) -> Result<Self, StartError> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            return Self::postgres(url, folder);
        }
        File::parse(url, folder).map(Self::Sqlite)
    }

    #[cfg(feature = "postgres")]
    fn postgres(url: &str, folder: &Path) -> Result<Self, StartError> {
        Address::parse(url, folder).map(|address| Self::Postgres(Box::new(address)))
    }

    #[cfg(not(feature = "postgres"))]
    fn postgres(_: &str, _: &Path) -> Result<Self, StartError> {
        let what = "Postgres, which this build was made without (its feature `postgres`),".to_owned();
        Err(StartError::Unsupported { what })
    }

    /// What it speaks.
    pub(crate) const fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Its URL for messages.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(file) => file.url(),
            #[cfg(feature = "postgres")]
            Self::Postgres(address) => address.url(),
        }
    }
}

//! Where a database is.
use super::sqlite::open::Location as File;
use crate::plan::dialect::Dialect;
use crate::service::StartError;
use std::path::Path;

/// Where a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Location {
    Sqlite(File),
}

impl Location {
    /// Reads a URL; relative paths are within a folder.
    pub(crate) fn parse(url: &str, folder: &Path) -> Result<Self, StartError> {
        File::parse(url, folder).map(Self::Sqlite)
    }

    /// What it speaks.
    pub(crate) const fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
        }
    }
}

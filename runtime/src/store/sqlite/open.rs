//! Opening the database.
use super::{functions, nested};
use crate::eval;
use crate::kernel::{number, time};
use crate::service::StartError;
use crate::store::error;
use crate::value::Value;
use quater_ir::builtin::Builtin;
use quater_ir::types::Type;
use rusqlite::config::DbConfig;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, OpenFlags};
use rust_decimal::Decimal;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a write of another process is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where a database of SQLite's is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Location {
    File(PathBuf),
    Memory,
}

impl Location {
    /// Reads a `sqlite:` URL; relative paths are within a folder.
    pub(crate) fn parse(url: &str, folder: &Path) -> Result<Self, StartError> {
        let bad = || StartError::BadUrl { url: url.to_owned() };
        let rest = url.strip_prefix("sqlite:").ok_or_else(bad)?;
        let path = rest.strip_prefix("//").unwrap_or(rest);
        match path {
            ":memory:" => Ok(Self::Memory),
            "" => Err(bad()),
            path if path.contains('?') => Err(bad()),
            path => Ok(Self::File(folder.join(path))),
        }
    }

    /// Its URL, for messages.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::File(path) => format!("sqlite:{}", path.display()),
            Self::Memory => "sqlite::memory:".to_owned(),
        }
    }

    /// Whether there is nothing to open yet. Whoever only looks makes no file.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::File(path) if !path.exists())
    }

    /// A connection that must not write. It reads through the memory map, so it needs little of a cache.
    pub(crate) fn connect_to_read(&self) -> Result<Connection, Error> {
        let connection = self.connect()?;
        connection.pragma_update(None, "cache_size", -512)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    }

    /// A connection that writes. What a savepoint may have to put back is kept in pieces of 64 KB, and in a file beyond
    /// that, wherever SQLite finds a place for files; else in pieces of 1 KB, which takes twice as long.
    pub(crate) fn connect_to_write(&self) -> Result<Connection, Error> {
        let connection = self.connect()?;
        if has_place_for_files() {
            connection.pragma_update(None, "temp_store", "FILE")?;
        }
        Ok(connection)
    }

    /// A connection that is set up.
    pub(crate) fn connect(&self) -> Result<Connection, Error> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = match self {
            Self::File(path) => Connection::open_with_flags(path, flags)?,
            Self::Memory => Connection::open_in_memory()?,
        };
        connection.busy_timeout(PATIENCE)?;
        if matches!(self, Self::File(_)) {
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "mmap_size", 256_i64 << 20)?;
        }
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        // Without it a statement is planned anew whenever a value is bound that its plan may depend on.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        known(&connection)?;
        Ok(connection)
    }
}

/// Whether there is a folder for files that nobody else is to see (<https://sqlite.org/tempfiles.html>, section 5).
fn has_place_for_files() -> bool {
    let said = ["SQLITE_TMPDIR", "TMPDIR"].into_iter().filter_map(std::env::var_os).map(PathBuf::from);
    let usual = ["/var/tmp", "/usr/tmp", "/tmp", "."].into_iter().map(PathBuf::from);
    said.chain(usual).any(|folder| {
        let path = folder.join(format!("quater-{}", uuid::Uuid::now_v7()));
        let made = std::fs::OpenOptions::new().write(true).create_new(true).open(&path);
        made.is_ok() && std::fs::remove_file(&path).is_ok()
    })
}

/// Makes the language's text functions known to SQL, where SQLite's own know ASCII alone.
fn known(connection: &Connection) -> Result<(), Error> {
    let flags =
        FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    for builtin in [Builtin::Trim, Builtin::Lower, Builtin::Upper, Builtin::Slug, Builtin::Sha256] {
        let name = format!("quater_{}", builtin.name());
        connection.create_scalar_function(name.as_str(), 1, flags, move |context| apply(builtin, context))?;
    }
    connection.create_scalar_function("quater_units", 2, flags, units)?;
    connection.create_scalar_function("quater_date", 1, flags, |context| {
        read_text(context, |text| time::parse_date(text).map(i64::from))
    })?;
    connection.create_scalar_function("quater_instant", 1, flags, |context| {
        read_text(context, time::parse_instant)
    })?;
    connection.create_scalar_function("quater_duration", 1, flags, |context| {
        read_text(context, time::parse_duration)
    })?;
    functions::register(connection, flags)?;
    connection.create_aggregate_function("quater_rows", -1, flags, nested::Pack)?;
    connection.create_aggregate_function("quater_mean", 1, flags, Mean)
}

/// What a text inside JSON stands for, as columns hold it.
fn read_text(context: &Context<'_>, read: impl Fn(&str) -> Option<i64>) -> Result<Option<i64>, Error> {
    let text = context.get::<Option<String>>(0)?;
    text.map(|text| read(&text).ok_or(Error::InvalidQuery)).transpose()
}

/// A decimal inside JSON in units of its last digit.
fn units(context: &Context<'_>) -> Result<Option<i64>, Error> {
    let scale = context.get::<u8>(1)?;
    read_text(context, |text| number::units(Decimal::from_str_exact(text).ok()?, scale).ok())
}

/// The mean of decimals in units of their last digit, rounded half away from zero.
struct Mean;

impl Aggregate<(i128, i128), Option<i64>> for Mean {
    fn init(&self, _: &mut Context<'_>) -> Result<(i128, i128), Error> {
        Ok((0, 0))
    }

    fn step(&self, context: &mut Context<'_>, (sum, count): &mut (i128, i128)) -> Result<(), Error> {
        match context.get_raw(0) {
            ValueRef::Null => return Ok(()),
            ValueRef::Integer(units) => *sum += i128::from(units),
            // What a calculation comes to that is too large for an integer.
            ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_) => return Err(too_large()),
        }
        *count += 1;
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, all: Option<(i128, i128)>) -> Result<Option<i64>, Error> {
        let Some((sum, count)) = all.filter(|(_, count)| *count > 0) else { return Ok(None) };
        let rounded = (2 * sum + sum.signum() * count) / (2 * count);
        i64::try_from(rounded).map(Some).map_err(|_| too_large())
    }
}

/// As SQLite itself says it of a sum.
pub(super) fn too_large() -> Error {
    Error::UserFunctionError(error::OVERFLOW.into())
}

fn apply(builtin: Builtin, context: &Context<'_>) -> Result<Option<String>, Error> {
    let Some(text) = context.get::<Option<String>>(0)? else { return Ok(None) };
    match eval::call(builtin, &[Value::Text(text.into())], &Type::TEXT) {
        Ok(Value::Text(text)) => Ok(Some(text.to_string())),
        Ok(_) => Ok(None),
        Err(_) => Err(Error::InvalidQuery),
    }
}

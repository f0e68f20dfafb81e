//! Where a service of the suite keeps its rows.
use super::SECRET;
use quater_ir::Program;
use quater_runtime::{Service, Settings, StartError};
use quater_tests::postgres::Database;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use smol_str::SmolStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// A database of its own; it goes with its value.
pub(crate) enum Place {
    File(TempDir),
    Memory,
    Postgres(Database),
}

impl Place {
    pub(crate) fn file() -> Option<Self> {
        Some(Self::File(TempDir::new().unwrap()))
    }

    pub(crate) fn memory() -> Option<Self> {
        Some(Self::Memory)
    }

    pub(crate) fn postgres() -> Option<Self> {
        Database::fresh().map(Self::Postgres)
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::File(_) => "sqlite:ledger.db".to_owned(),
            Self::Memory => "sqlite::memory:".to_owned(),
            Self::Postgres(database) => database.url(),
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        if let Self::File(folder) = self { folder.path() } else { Path::new(".") }
    }

    pub(crate) fn start(&self, program: &Arc<Program>) -> Result<Service, StartError> {
        start(program, self.folder(), &self.url())
    }

    fn path(&self) -> PathBuf {
        self.folder().join("ledger.db")
    }

    /// Runs statements.
    pub(crate) fn run(&self, sql: &str) {
        match self {
            Self::File(_) => Connection::open(self.path()).unwrap().execute_batch(sql).unwrap(),
            Self::Memory => panic!("nobody else gets at what is in memory"),
            Self::Postgres(database) => database.run(sql),
        }
    }

    /// What a query gives: the columns of each row as text, `|` between them.
    pub(crate) fn rows(&self, sql: &str) -> Vec<String> {
        let database = match self {
            Self::File(_) => Connection::open(self.path()).unwrap(),
            Self::Memory => panic!("nobody else gets at what is in memory"),
            Self::Postgres(database) => return database.rows(sql),
        };
        let mut statement = database.prepare(sql).unwrap();
        let columns = statement.column_count();
        let row = |row: &rusqlite::Row<'_>| {
            let texts = (0..columns).map(|at| match row.get_ref(at).unwrap() {
                ValueRef::Null => "null".to_owned(),
                ValueRef::Integer(it) => it.to_string(),
                ValueRef::Real(it) => it.to_string(),
                ValueRef::Text(it) => String::from_utf8(it.to_vec()).unwrap(),
                ValueRef::Blob(it) => it.iter().map(|byte| format!("{byte:02x}")).collect(),
            });
            Ok(texts.collect::<Vec<_>>().join("|"))
        };
        statement.query_map([], row).unwrap().map(Result::unwrap).collect()
    }

    /// The number that a query gives.
    pub(crate) fn count(&self, sql: &str) -> i64 {
        self.rows(sql)[0].parse().unwrap()
    }

    /// The keys of a table, as hex digits.
    pub(crate) fn keys(&self, table: &str) -> Vec<String> {
        let keys = self.rows(&format!("SELECT id FROM {table} ORDER BY id"));
        keys.into_iter().map(|key| key.replace('-', "")).collect()
    }

    /// All there is to see of the tables.
    pub(crate) fn image(&self) -> Vec<u8> {
        match self {
            Self::File(_) => std::fs::read(self.path()).unwrap(),
            Self::Memory => panic!("nobody else gets at what is in memory"),
            Self::Postgres(database) => {
                let made = "SELECT storage, applied FROM _quater_migrations";
                let columns = "SELECT table_name, column_name, data_type, is_nullable, ordinal_position \
                               FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2";
                let indexes = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1";
                [made, columns, indexes].map(|sql| database.rows(sql).join("\n")).join("\n").into_bytes()
            }
        }
    }
}

pub(crate) fn start(program: &Arc<Program>, folder: &Path, url: &str) -> Result<Service, StartError> {
    Service::start(Arc::clone(program), &settings(folder, url))
}

/// What a service of the suite is told.
pub(crate) fn settings(folder: &Path, url: &str) -> Settings {
    let env = [("SIGNING_KEY", SECRET), ("DATABASE_URL", url)];
    let env = env.iter().map(|(name, value)| (SmolStr::new(name), (*value).to_owned()));
    Settings::new(env.collect(), folder.to_owned())
}

/// Makes a test of each function for each database: `file::…`, `memory::…`, `postgres::…`.
macro_rules! on {
    ($($place:ident),+ => $tests:tt) => {
        $(mod $place { $crate::place::on!(@ $place $tests); })+
    };
    (@ $place:ident [$($name:ident),+ $(,)?]) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            if let Some(place) = $crate::place::Place::$place() {
                super::$name(place).await;
            }
        })+
    };
}

pub(crate) use on;

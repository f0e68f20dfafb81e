//! Databases with rows, read by the tests' own means.
use super::random::Rng;
use quater_ir::storage::{Check, Storage, StoredColumn, StoredKind, Table};
use quater_tests::postgres;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use std::collections::BTreeMap;
use std::path::PathBuf;
use tempfile::TempDir;

/// Values as text by table, key and column.
pub(super) type Rows = BTreeMap<String, BTreeMap<String, BTreeMap<String, Option<String>>>>;

/// Rows of a table that is filled.
const ROWS: usize = 7;

/// A database.
pub(super) enum Live {
    Sqlite(TempDir),
    Postgres(postgres::Database),
}

impl Live {
    pub(super) fn sqlite() -> Self {
        Self::Sqlite(tempfile::tempdir().unwrap())
    }

    pub(super) fn postgres() -> Option<Self> {
        postgres::Database::fresh().map(Self::Postgres)
    }

    /// An empty one of the same kind.
    pub(super) fn another(&self) -> Self {
        match self {
            Self::Sqlite(_) => Self::sqlite(),
            Self::Postgres(_) => Self::postgres().unwrap(),
        }
    }

    pub(super) fn url(&self) -> String {
        match self {
            Self::Sqlite(_) => "sqlite:tables.db".to_owned(),
            Self::Postgres(database) => database.url(),
        }
    }

    pub(super) fn folder(&self) -> PathBuf {
        match self {
            Self::Sqlite(folder) => folder.path().to_owned(),
            Self::Postgres(_) => PathBuf::from("."),
        }
    }

    const fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    pub(super) fn run(&self, sql: &str) {
        match self {
            Self::Sqlite(folder) => {
                let connection = Connection::open(folder.path().join("tables.db")).unwrap();
                connection.execute_batch(sql).unwrap_or_else(|error| panic!("{error}\n{sql}"));
            }
            Self::Postgres(database) => database.run(sql),
        }
    }

    /// Rows of texts.
    pub(super) fn query(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        match self {
            Self::Sqlite(folder) => {
                let connection = Connection::open(folder.path().join("tables.db")).unwrap();
                let mut statement = connection.prepare(sql).unwrap_or_else(|error| panic!("{error}\n{sql}"));
                let width = statement.column_count();
                let row = |row: &rusqlite::Row<'_>| {
                    (0..width).map(|at| Ok(text(row.get_ref(at)?))).collect::<Result<Vec<_>, _>>()
                };
                statement.query_map((), row).unwrap().map(Result::unwrap).collect()
            }
            Self::Postgres(database) => {
                let text = |text: &str| (text != "null").then(|| text.to_owned());
                database.rows(sql).iter().map(|row| row.split('|').map(text).collect()).collect()
            }
        }
    }

    /// What the catalogs say of the tables, whatever the order of columns.
    pub(super) fn shape(&self) -> Vec<String> {
        let catalogs: &[&str] = if self.is_sqlite() { &SQLITE } else { &POSTGRES };
        let mut lines: Vec<String> = Vec::new();
        for sql in catalogs {
            let told = |row: Vec<Option<String>>| {
                row.into_iter().map(|it| it.unwrap_or_default()).collect::<Vec<_>>().join(" ")
            };
            lines.extend(self.query(sql).into_iter().map(told));
        }
        if self.is_sqlite() {
            lines.extend(self.checks());
        }
        lines.sort();
        lines
    }

    /// SQLite's catalogs do not know of checks, so their texts are taken, one by one.
    fn checks(&self) -> Vec<String> {
        let sql = "SELECT name, sql FROM sqlite_master WHERE type = 'table' \
                   AND name NOT LIKE '%quater%' AND name NOT LIKE 'sqlite%'";
        let mut lines = Vec::new();
        for row in self.query(sql) {
            let (name, sql) = (row[0].clone().unwrap(), row[1].clone().unwrap());
            let checks = sql.split("CONSTRAINT ").skip(1);
            lines.extend(checks.map(|text| format!("{name} check {}", &text[..closed(text)])));
        }
        lines
    }

    /// Every row.
    pub(super) fn rows(&self, storage: &Storage) -> Rows {
        storage.tables.iter().map(|table| (table.name.to_string(), self.rows_of(table))).collect()
    }

    fn rows_of(&self, table: &Table) -> BTreeMap<String, BTreeMap<String, Option<String>>> {
        let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        let selected: Vec<String> = table.columns.iter().map(|column| self.text_of(column)).collect();
        let sql = format!("SELECT {} FROM \"{}\"", selected.join(", "), table.name);
        let key = names.iter().position(|name| *name == table.key).unwrap();
        let row = |row: Vec<Option<String>>| {
            let key = row[key].clone().unwrap();
            (key, names.iter().map(|name| (*name).to_owned()).zip(row).collect())
        };
        self.query(&sql).into_iter().map(row).collect()
    }

    fn text_of(&self, column: &StoredColumn) -> String {
        let name = format!("\"{}\"", column.name);
        match (self.is_sqlite(), column.kind) {
            (true, StoredKind::Uuid | StoredKind::Bytes) => {
                format!("CASE WHEN {name} IS NOT NULL THEN lower(hex({name})) END")
            }
            (true, _) => format!("CAST({name} AS TEXT)"),
            (false, StoredKind::Uuid) => format!("replace({name}::text, '-', '')"),
            (false, StoredKind::Bytes) => format!("encode({name}, 'hex')"),
            (false, StoredKind::Instant) => format!("(extract(epoch from {name}) * 1000)::bigint"),
            (false, _) => format!("{name}::text"),
        }
    }

    /// Puts rows into every table, each after those that it points to.
    pub(super) fn fill(&self, storage: &Storage, rng: &mut Rng) {
        for _ in 0..2 {
            for table in &storage.tables {
                if rng.chance(85) {
                    self.fill_table(table, rng);
                }
            }
        }
    }

    fn fill_table(&self, table: &Table, rng: &mut Rng) {
        for _ in 0..1 + rng.below(ROWS) {
            let columns: Vec<&StoredColumn> =
                table.columns.iter().filter(|it| !(table.numbered && it.name == table.key)).collect();
            let names: Vec<String> = columns.iter().map(|it| format!("\"{}\"", it.name)).collect();
            let values: Vec<String> = columns.iter().map(|it| self.value(table, it, rng)).collect();
            let (names, values) = (names.join(", "), values.join(", "));
            let sql = if names.is_empty() {
                format!("INSERT INTO \"{}\" DEFAULT VALUES", table.name)
            } else {
                format!("INSERT INTO \"{}\" ({names}) VALUES ({values}) ON CONFLICT DO NOTHING", table.name)
            };
            self.run(&sql);
        }
    }

    fn value(&self, table: &Table, column: &StoredColumn, rng: &mut Rng) -> String {
        if let Some(foreign) = table.foreign_keys.iter().find(|it| it.column == column.name) {
            let all = format!(
                "(SELECT \"{}\" FROM \"{}\" ORDER BY 1 LIMIT 1 OFFSET {})",
                foreign.key,
                foreign.table,
                rng.below(3)
            );
            return if rng.chance(70) { all } else { "NULL".to_owned() };
        }
        if column.optional && rng.chance(30) {
            return "NULL".to_owned();
        }
        literal(self.is_sqlite(), column, rng)
    }
}

/// Where the first parenthesis of a text is closed.
fn closed(text: &str) -> usize {
    let mut depth = 0;
    let mut ends = text.char_indices().filter_map(|(at, letter)| {
        depth += i32::from(letter == '(') - i32::from(letter == ')');
        (letter == ')' && depth == 0).then_some(at)
    });
    ends.next().unwrap()
}

fn text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(text) => Some(String::from_utf8(text.to_vec()).unwrap()),
        ValueRef::Blob(_) => panic!("bytes are asked for in hex"),
    }
}

/// A value of a column in SQL.
fn literal(sqlite: bool, column: &StoredColumn, rng: &mut Rng) -> String {
    let small = rng.below(40) as i64;
    let hex: String = (0..16).map(|_| format!("{:02x}", rng.below(256))).collect();
    match (column.kind, &column.check) {
        (StoredKind::Bool, _) if sqlite => (small % 2).to_string(),
        (StoredKind::Bool, _) => (small % 2 == 0).to_string(),
        (StoredKind::Int | StoredKind::Duration, _) => small.to_string(),
        (StoredKind::Float, _) => format!("{}.5", small),
        (StoredKind::Decimal(_), _) if sqlite => small.to_string(),
        (StoredKind::Decimal(scale), _) => rust_decimal::Decimal::new(small, u32::from(scale)).to_string(),
        (StoredKind::Text, Some(Check::OneOf(members))) => format!("'{}'", rng.pick(members)),
        (StoredKind::Text, _) => {
            let texts = ["'12'", "'it''s'", "''", "'ünï'", "'true'", "'abcdef'", "'0'"];
            (*rng.pick(&texts)).to_owned()
        }
        (StoredKind::Bytes, _) if sqlite => format!("x'{}'", &hex[..8]),
        (StoredKind::Bytes, _) => format!("'\\x{}'", &hex[..8]),
        (StoredKind::Uuid, _) if sqlite => format!("x'{hex}'"),
        (StoredKind::Uuid, _) => format!("'{hex}'"),
        (StoredKind::Date, _) if sqlite => small.to_string(),
        (StoredKind::Date, _) => format!("date '1970-01-01' + {small}"),
        (StoredKind::Instant, _) if sqlite => (small * 43_200_000).to_string(),
        (StoredKind::Instant, _) => {
            format!("timestamptz '1970-01-01 00:00:00+00' + {small} * interval '12 hours'")
        }
        (StoredKind::Json, _) => "'{}'".to_owned(),
    }
}

const SQLITE: [&str; 3] = [
    "SELECT m.name, c.name, c.type, c.\"notnull\", c.pk, t.wr, t.strict FROM sqlite_master m
     JOIN pragma_table_xinfo(m.name) c JOIN pragma_table_list(m.name) t
     WHERE m.type = 'table' AND m.name NOT LIKE '%quater%' AND m.name NOT LIKE 'sqlite%'",
    "SELECT m.name, i.\"unique\", i.origin, CASE WHEN i.origin = 'c' THEN i.name ELSE '' END,
       (SELECT group_concat(coalesce(x.name, '') || x.desc, ',') FROM pragma_index_xinfo(i.name) x WHERE x.key)
     FROM sqlite_master m JOIN pragma_index_list(m.name) i WHERE m.type = 'table' AND m.name NOT LIKE '%quater%'",
    "SELECT m.name, f.\"from\", f.\"table\", f.\"to\", f.on_delete FROM sqlite_master m
     JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table' AND m.name NOT LIKE '%quater%'",
];

const POSTGRES: [&str; 4] = [
    "SELECT table_name, column_name, data_type, is_nullable, numeric_scale::text, coalesce(collation_name, ''),
       is_identity FROM information_schema.columns
     WHERE table_schema = 'public' AND table_name NOT LIKE '%quater%'",
    "SELECT conrelid::regclass::text, conname, contype::text, convalidated::text, pg_get_constraintdef(oid)
     FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE '%quater%'
     AND contype <> 'n'",
    "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE '%quater%'",
    "SELECT indexrelid::regclass::text, indisvalid::text FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE '%quater%'",
];

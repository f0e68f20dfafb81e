//! Rows that stand in the way of a step, found before anything is done.
#[cfg(feature = "postgres")]
use super::Act;
use super::columns::Pair;
use super::planning::Change;
#[cfg(feature = "postgres")]
use super::planning::Store;
use super::sqlite::convert as in_sqlite;
use crate::plan::dialect::Dialect;
use crate::plan::sql::quoted;
use crate::store::sqlite::ddl as sqlite_ddl;
use quater_ir::storage::migration::{Action, Grade, Step};
use quater_ir::storage::shape::Shape;
use quater_ir::storage::{ForeignKey, StoredColumn, StoredKind};
use quater_ir::types::{INT_LIMIT, Type};
use rust_decimal::Decimal;
use smol_str::SmolStr;

/// Most keys that are shown.
pub(crate) const SHOWN: usize = 5;

/// A question whose answers are the keys of rows that stand in the way of a step.
pub(crate) struct Probe {
    pub(crate) step: usize,
    pub(crate) sql: String,
    /// The same row by row, where what is worked out of one may have no result.
    pub(crate) each: Option<Each>,
    /// Where each answer has a text behind its key: what that has to be for a row not to stand there.
    pub(crate) text: Option<Wanted>,
    /// What is told of them, where the step does not say it.
    pub(crate) why: Option<&'static str>,
}

/// What holds for rows that stand in the way; names are quoted.
pub(crate) struct Each {
    pub(crate) key: String,
    pub(crate) table: String,
    pub(crate) condition: String,
}

/// What a text has to be.
pub(crate) enum Wanted {
    /// A number that is too large already: of rows that point to the one whose key stands before it.
    Fewer,
    /// Of a type.
    Type(Type),
    /// Of a shape, where it is stored as some kind.
    Shape(Shape, StoredKind),
}

/// Most bytes of a value that an index of Postgres's takes: a third of a page, without what stands around it.
const INDEXED: usize = 2_696;

/// What is asked before a plan is carried out.
pub(crate) fn probes(change: &Change<'_>, dialect: Dialect) -> Vec<Probe> {
    let mut all = Vec::new();
    for (at, step) in change.steps.iter().enumerate() {
        let Some(pair) = change.pair(&step.table) else { continue };
        let asked = question(change, &pair, step, dialect);
        all.extend(asked.map(|(sql, each)| Probe { step: at, sql, each, text: None, why: None }));
        let texts = texts(change, &pair, step, dialect);
        all.extend(texts.map(|(sql, text)| Probe { step: at, sql, each: None, text: Some(text), why: None }));
        let why = Some("a value of these is too long for an index of Postgres's");
        let long = too_long(&pair, step, dialect);
        all.extend(long.map(|(sql, each)| Probe { step: at, sql, each, text: None, why }));
    }
    all
}

/// Keys of rows that an act came across, where columns have the names that they will have.
#[cfg(feature = "postgres")]
pub(crate) fn behind<S: Store>(store: &mut S, act: &Act, change: &Change<'_>) -> Vec<String> {
    let now = Change { found: change.wanted, ..*change };
    let mut keys = Vec::new();
    for step in act.steps.iter().filter_map(|at| change.steps.get(*at)) {
        let Some(pair) = now.pair(&step.table) else { continue };
        // What can't be asked is not told.
        let asked = question(&now, &pair, step, S::DIALECT);
        keys.extend(asked.and_then(|(sql, _)| store.keys(&sql).ok()).unwrap_or_default());
    }
    keys.truncate(SHOWN);
    keys
}

/// The value of an expression, as another kind; null where there is none.
pub(crate) fn converted(dialect: Dialect, it: &str, from: StoredKind, to: StoredKind) -> String {
    match dialect {
        Dialect::Sqlite => in_sqlite::converted(it, from, to),
        #[cfg(feature = "postgres")]
        Dialect::Postgres => super::postgres::convert::converted(it, from, to),
        #[cfg(not(feature = "postgres"))]
        Dialect::Postgres => "NULL".to_owned(),
    }
}

fn unequal(dialect: Dialect, it: &str, from: StoredKind, to: StoredKind) -> Option<String> {
    match dialect {
        Dialect::Sqlite => in_sqlite::unequal(it, from, to),
        #[cfg(feature = "postgres")]
        Dialect::Postgres => super::postgres::convert::unequal(it, from, to),
        #[cfg(not(feature = "postgres"))]
        Dialect::Postgres => None,
    }
}

fn rule(dialect: Dialect, it: &str, column: &StoredColumn) -> Option<String> {
    match dialect {
        Dialect::Sqlite => sqlite_ddl::rule(it, column),
        #[cfg(feature = "postgres")]
        Dialect::Postgres => crate::store::postgres::ddl::rule(it, column),
        #[cfg(not(feature = "postgres"))]
        Dialect::Postgres => None,
    }
}

/// A question, and what holds for each row that it finds, where that can be asked of each.
type Question = (String, Option<Each>);

fn question(change: &Change<'_>, pair: &Pair<'_>, step: &Step, dialect: Dialect) -> Option<Question> {
    let column = |name: &SmolStr| pair.wanted.column(name);
    let value = |column: &StoredColumn| pair.value(column, change.fills, dialect);
    if let Some(column) = worked_out(pair, step) {
        return Some(rows(pair, &unfit(dialect, &value(column), column)?));
    }
    if let Action::Require { column: name, .. } = &step.action {
        return Some(rows(pair, &format!("{} IS NULL", value(column(name)?))));
    }
    // Even a wider decimal may be too large for its 64 bits.
    if let Action::Convert { column, from, to, .. } = &step.action {
        let name = quoted(&pair.before(column)?.name);
        let unequal = unequal(dialect, &name, *from, *to)?;
        return Some(rows(pair, &format!("{name} IS NOT NULL AND ({unequal})")));
    }
    if matches!(step.grade, Grade::Safe | Grade::Lossy) {
        return None;
    }
    if let Action::Check { column: name, .. } = &step.action {
        let column = column(name)?;
        let held = rule(dialect, &format!("({})", value(column)), column)?;
        Some(rows(pair, &format!("NOT ({held})")))
    } else if let Action::Reshape { column: name, shape } = &step.action {
        let value = format!("({})", value(column(name)?));
        Some(rows(pair, &beyond(&value, shape.to.as_ref()?)?))
    } else if let Action::AddUnique(columns) = &step.action {
        let columns: Vec<&StoredColumn> = columns.iter().map(column).collect::<Option<_>>()?;
        let values: Vec<String> = columns.into_iter().map(value).collect();
        Some((duplicates(pair, &values), None))
    } else if let Action::AddForeignKey(foreign) | Action::Point { to: foreign, .. } = &step.action {
        let value = value(column(&foreign.column)?);
        let nowhere = dangling(change, foreign, &value);
        Some(rows(pair, &format!("{value} IS NOT NULL{nowhere}")))
    } else {
        None
    }
}

/// The column that a step fills with what is worked out of each row, and may not fit.
fn worked_out<'a>(pair: &Pair<'a>, step: &Step) -> Option<&'a StoredColumn> {
    let name = if let Action::AddColumn(column) = &step.action {
        Some(&column.name)
    } else if let Action::Require { column, .. } = &step.action {
        Some(column)
    } else if let Action::Convert { column, .. } = &step.action {
        Some(column).filter(|_| step.grade == Grade::Lossy)
    } else {
        None
    };
    pair.wanted.column(name?).filter(|column| column.origin.is_worked_out() && step.grade != Grade::Safe)
}

/// A condition that holds for values that a column can't take.
fn unfit(dialect: Dialect, value: &str, column: &StoredColumn) -> Option<String> {
    let absent = (!column.optional).then(|| format!("{value} IS NULL"));
    let beyond = most(dialect, column.kind).map(|most| format!("abs({value}) > {most}"));
    let outside = rule(dialect, &format!("({value})"), column).map(|rule| format!("NOT ({rule})"));
    let bounds = column.origin.fill.as_ref().and_then(|fill| doubles(&format!("({value})"), &fill.ty));
    let all: Vec<String> = [absent, beyond, outside, bounds].into_iter().flatten().collect();
    (!all.is_empty()).then(|| all.join(" OR "))
}

/// The largest number that is stored, where a calculation may come to more.
fn most(dialect: Dialect, kind: StoredKind) -> Option<String> {
    let units = match dialect {
        Dialect::Sqlite => 0,
        Dialect::Postgres => u32::MAX,
    };
    match kind {
        StoredKind::Int => Some(INT_LIMIT.to_string()),
        StoredKind::Decimal(scale) => Some(Decimal::new(i64::MAX, units.min(scale.into())).to_string()),
        StoredKind::Float => Some(format!("{:?}", f64::MAX)),
        StoredKind::Bool
        | StoredKind::Text
        | StoredKind::Bytes
        | StoredKind::Uuid
        | StoredKind::Date
        | StoredKind::Instant
        | StoredKind::Duration
        | StoredKind::Json => None,
    }
}

/// Doubles have bounds that the table does not know.
fn doubles(value: &str, ty: &Type) -> Option<String> {
    let Type::Float(bounds) = ty.required() else { return None };
    let below = bounds.min.map(|min| format!("{value} < {min:?}"));
    let above = bounds.max.map(|max| format!("{value} > {max:?}"));
    let all: Vec<String> = [below, above].into_iter().flatten().collect();
    (!all.is_empty()).then(|| all.join(" OR "))
}

/// A condition that holds for numbers and bytes that are not of a shape.
fn beyond(value: &str, shape: &Shape) -> Option<String> {
    let Shape::Plain(ty) = shape else { return None };
    if let Type::Bytes { max } = ty {
        return max.map(|max| format!("length({value}) > {max}"));
    }
    doubles(value, ty)
}

/// Asks for the values of a column that is of another shape, where the database can't tell which are.
fn reshaped(change: &Change<'_>, pair: &Pair<'_>, step: &Step, dialect: Dialect) -> Option<(String, Wanted)> {
    let Action::Reshape { column, shape } = &step.action else { return None };
    let to = shape.to.as_ref().filter(|_| step.grade != Grade::Safe)?;
    if !matches!(shape.kind, StoredKind::Json | StoredKind::Text) {
        return None;
    }
    let value = pair.value(pair.wanted.column(column)?, change.fills, dialect);
    let (key, table) = (quoted(&pair.found.key), quoted(&pair.found.name));
    // What is put where nothing was is looked at with the step that forbids null.
    let before = quoted(&pair.before(column)?.name);
    let sql = format!("SELECT {key}, {value} FROM {table} WHERE {before} IS NOT NULL");
    Some((sql, Wanted::Shape(to.clone(), shape.kind)))
}

/// Asks for the texts that are worked out for a column whose type has rules that no table knows.
fn texts(change: &Change<'_>, pair: &Pair<'_>, step: &Step, dialect: Dialect) -> Option<(String, Wanted)> {
    if matches!(step.action, Action::Reshape { .. }) {
        return reshaped(change, pair, step, dialect);
    }
    if matches!(step.action, Action::Bound { .. }) {
        return Some((crowded(change, pair, step, dialect)?, Wanted::Fewer));
    }
    let column = worked_out(pair, step)?;
    let ty = column.origin.fill.as_ref()?.ty.required();
    let patterned =
        matches!(ty, Type::Email | Type::Url) || matches!(ty, Type::Text(rules) if rules.pattern.is_some());
    if !patterned {
        return None;
    }
    let value = pair.value(column, change.fills, dialect);
    let kept = pair.before(&column.name).filter(|_| matches!(step.action, Action::Require { .. }));
    let fresh = kept.map(|kept| format!(" AND {} IS NULL", quoted(&kept.name))).unwrap_or_default();
    let (key, table) = (quoted(&pair.found.key), quoted(&pair.found.name));
    // A number that stands for a text is one to SQLite until it is stored.
    let text = if dialect == Dialect::Sqlite { format!("CAST({value} AS TEXT)") } else { value.clone() };
    Some((
        format!("SELECT {key}, {text} FROM {table} WHERE {value} IS NOT NULL{fresh}"),
        Wanted::Type(ty.clone()),
    ))
}

/// Asks for rows to which more point than may, and how many do.
fn crowded(change: &Change<'_>, pair: &Pair<'_>, step: &Step, dialect: Dialect) -> Option<String> {
    let Action::Bound { column, most: Some(most), .. } = &step.action else { return None };
    if step.grade == Grade::Safe {
        return None;
    }
    let value = pair.value(pair.wanted.column(column)?, change.fills, dialect);
    let table = quoted(&pair.found.name);
    Some(format!(
        "SELECT k, CAST(count(*) AS text) FROM (SELECT {value} AS k FROM {table}) AS each WHERE k IS NOT NULL \
         GROUP BY k HAVING count(*) > {most} ORDER BY k LIMIT {}",
        SHOWN + 1
    ))
}

/// Asks for values that no index takes. Several that are too long together are not found: how much shorter an
/// index keeps them is not known before.
fn too_long(pair: &Pair<'_>, step: &Step, dialect: Dialect) -> Option<Question> {
    let columns: Vec<&SmolStr> = if let Action::AddIndex(index) = &step.action {
        index.columns.iter().map(|(name, _)| name).collect()
    } else if let Action::AddUnique(columns) = &step.action {
        columns.iter().collect()
    } else {
        return None;
    };
    let before = columns.into_iter().filter_map(|name| pair.before(name));
    let long = before.filter(|it| matches!(it.kind, StoredKind::Text | StoredKind::Bytes | StoredKind::Json));
    let size = |it: &StoredColumn| format!("pg_column_size({}) > {INDEXED}", quoted(&it.name));
    let sizes: Vec<String> = long.map(size).collect();
    (dialect == Dialect::Postgres && !sizes.is_empty()).then(|| rows(pair, &sizes.join(" OR ")))
}

fn rows(pair: &Pair<'_>, condition: &str) -> Question {
    let (key, table) = (quoted(&pair.found.key), quoted(&pair.found.name));
    let sql = format!("SELECT {key} FROM {table} WHERE {condition} LIMIT {}", SHOWN + 1);
    (sql, Some(Each { key, table, condition: condition.to_owned() }))
}

fn duplicates(pair: &Pair<'_>, values: &[String]) -> String {
    let (key, table) = (quoted(&pair.found.key), quoted(&pair.found.name));
    let present: Vec<String> = values.iter().map(|value| format!("{value} IS NOT NULL")).collect();
    let (same, present) = (values.join(", "), present.join(" AND "));
    let counted =
        format!("SELECT {key} AS k, count(*) OVER (PARTITION BY {same}) AS n FROM {table} WHERE {present}");
    format!("SELECT k FROM ({counted}) AS counted WHERE n > 1 LIMIT {}", SHOWN + 1)
}

/// A table that is not there yet has no row to point to.
fn dangling(change: &Change<'_>, foreign: &ForeignKey, value: &str) -> String {
    let Some(target) = change.found.table(&foreign.table) else { return String::new() };
    format!(" AND {value} NOT IN (SELECT {} FROM {})", quoted(&target.key), quoted(&target.name))
}

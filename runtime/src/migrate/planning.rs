//! What there is to do to a database, and what stands in the way: the same for every database.
use super::columns::Pair;
use super::fill::Fills;
use super::probe::{Each, Probe, Wanted};
use super::record::{Past, digest};
use super::shape::{self, Shapes};
use super::{Act, Allowed, Asked, MigrateError, Plan, Planned, Way, probe};
use crate::facts::Facts;
use crate::plan::dialect::Dialect;
use crate::plan::sql::quoted;
use crate::store::DatabaseError;
use crate::store::owner::judged;
use quater_ir::expr::Expr;
use quater_ir::storage::migration::{self, Action, Grade, Step};
use quater_ir::storage::{Storage, StoredKind};

/// A database that can be asked about its tables and rows.
pub(crate) trait Store {
    /// What it speaks.
    const DIALECT: Dialect;

    /// The service whose it is, once that is written down.
    fn owner(&mut self) -> Result<Option<String>, DatabaseError>;

    /// Every migration that counts, the first one first.
    fn past(&mut self) -> Result<Vec<Past>, DatabaseError>;

    /// The tables that are there.
    fn shapes(&mut self) -> Result<Shapes, DatabaseError>;

    /// The tables that would be made.
    fn made(&mut self, storage: &Storage) -> Result<Shapes, DatabaseError>;

    /// The first column of what a query gives, as text.
    fn keys(&mut self, sql: &str) -> Result<Vec<String>, DatabaseError>;

    /// Goes through what a query gives, a key and a text a row, until somebody has seen enough.
    fn texts(&mut self, sql: &str, more: &mut dyn FnMut(String, &str) -> bool) -> Result<(), DatabaseError>;

    /// Keys of some rows of which something holds, or for which it can't be worked out, asked of each alone.
    fn each(&mut self, each: &Each) -> Result<Vec<String>, DatabaseError>;

    /// How steps are done.
    fn acts(&mut self, change: &Change<'_>) -> Result<Vec<Act>, DatabaseError>;
}

/// From which tables to which, by which steps.
pub(crate) struct Change<'a> {
    pub(crate) found: &'a Storage,
    pub(crate) wanted: &'a Storage,
    pub(crate) steps: &'a [Step],
    pub(crate) fills: &'a Fills<'a>,
}

impl Begin {
    /// The tables that it begins with, as they are written down.
    pub(crate) fn found(&self) -> Storage {
        let found = self.past.last().map(|past| &past.storage).cloned().unwrap_or_default();
        if self.way == Way::Back { found.without_earlier_names() } else { found }
    }
}

impl<'a> Change<'a> {
    /// A table that is on both sides.
    pub(crate) fn pair(&self, table: &str) -> Option<Pair<'a>> {
        Some(Pair::new(self.found.table(table)?, self.wanted.table(table)?))
    }
}

/// What a migration begins with, and where it goes.
pub(crate) struct Begin {
    pub(crate) past: Vec<Past>,
    pub(crate) wanted: Storage,
    pub(crate) made: Shapes,
    /// The tables that it begins with, as they were made.
    pub(crate) before: Shapes,
    pub(crate) way: Way,
    pub(crate) version: u32,
    /// Whether it is written down that the database is that of this very service.
    pub(crate) own: bool,
}

/// What there is to do on one way.
pub(crate) fn plan(
    store: &mut impl Store,
    asked: &Asked<'_>,
    url: &str,
) -> Result<(Begin, Plan), MigrateError> {
    let failed = |source| MigrateError::Database { url: url.to_owned(), source };
    let Asked { facts, way, before: called } = *asked;
    let owner = store.owner().map_err(failed)?;
    judged(owner.as_deref(), &facts.program.service.name, called, url)?;
    let past = store.past().map_err(failed)?;
    let mut shapes = store.shapes().map_err(failed)?;
    let program = &facts.program;
    let (wanted, version) = match way {
        Way::Forth => (program.storage.clone(), program.service.version),
        Way::Back => before(&past)?,
    };
    if past.is_empty() {
        let tables = occupied(&shapes, &wanted);
        if !tables.is_empty() {
            return Err(MigrateError::Occupied { url: url.to_owned(), tables });
        }
    }
    let made = store.made(&wanted).map_err(failed)?;
    let found = past.last().map(|past| past.storage.clone()).unwrap_or_default();
    let before = store.made(&found).map_err(failed)?;
    let beside = shape::without_foreign(&mut shapes, [&made, &before]);
    let own = owner.as_deref() == Some(facts.program.service.name.as_str());
    let begin = Begin { past, wanted, made, before, way, version, own };
    let plan = planned(store, facts, &begin, &shapes).map_err(|error| error.at(url))?;
    Ok((begin, Plan { beside, ..plan }))
}

/// The place of the migration that was written down without the shapes of columns, or without how many rows may point
/// to one, where nothing else is to be done: what that is now is written down there, so that the next change is seen.
pub(crate) fn untold(past: &[Past], wanted: &Storage) -> Option<i64> {
    let lacks = |it: &Storage| (wanted.shaped && !it.shaped) || (wanted.bounded && !it.bounded);
    past.last().filter(|last| lacks(&last.storage)).map(|last| last.id)
}

/// Tables whose names others have taken.
pub(crate) fn occupied(shapes: &Shapes, wanted: &Storage) -> Vec<String> {
    let taken = |name: &str| shapes.keys().any(|there| there.eq_ignore_ascii_case(name));
    let names = wanted.tables.iter().map(|table| &table.name).filter(|name| taken(name));
    names.map(|name| format!("table `{name}`")).collect()
}

/// The tables before the migration that was applied last, and their version.
fn before(past: &[Past]) -> Result<(Storage, u32), MigrateError> {
    let [.., before, last] = past else { return Err(MigrateError::First) };
    let steps = migration::plan(&before.storage, &last.storage);
    let lines: Vec<String> = migration::irreversible(&steps).iter().map(ToString::to_string).collect();
    if !lines.is_empty() {
        return Err(MigrateError::Irreversible { lines });
    }
    Ok((migration::undoing(&before.storage, &last.storage), before.version))
}

/// Why planning fails, before anybody says where.
enum Failed {
    Database(DatabaseError),
    Record(serde_json::Error),
}

impl Failed {
    fn at(self, url: &str) -> MigrateError {
        match self {
            Self::Database(source) => MigrateError::Database { url: url.to_owned(), source },
            Self::Record(error) => MigrateError::Record(error),
        }
    }
}

impl From<DatabaseError> for Failed {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

fn planned<S: Store>(store: &mut S, facts: &Facts, begin: &Begin, shapes: &Shapes) -> Result<Plan, Failed> {
    let found = &begin.found();
    let fills = Fills::of(facts, S::DIALECT);
    let mut steps: Vec<Step> = migration::plan(found, &begin.wanted);
    // That values were changed, the tables do not tell: a count of cents is an int like any other.
    let unseen = |step: &Step| {
        use Action::{Bound, Convert, RenameMembers, Reshape};
        matches!(step.action, Bound { .. } | Convert { .. } | RenameMembers { .. } | Reshape { .. })
            || goes_round(step, found, &begin.wanted)
    };
    let done = !steps.is_empty()
        && !steps.iter().any(unseen)
        && !begin.past.is_empty()
        && shape::are(shapes, &begin.made, found);
    let drift = if done { Vec::new() } else { shape::drift(shapes, &begin.before) };
    let harmed = drift.iter().any(|drift| drift.harms);
    if !done && !harmed {
        relax(store, &mut steps, begin.own)?;
    }
    let mut plan = Plan {
        service: facts.program.service.name.clone(),
        version: begin.version,
        from: begin.past.last().cloned(),
        digest: digest(&begin.wanted).map_err(Failed::Record)?,
        steps: Vec::new(),
        acts: Vec::new(),
        drift: drift.into_iter().map(|drift| drift.text).collect(),
        beside: Vec::new(),
        done,
    };
    let change = Change { found, wanted: &begin.wanted, steps: &steps, fills: &fills };
    plan.steps = steps.iter().map(|step| seen_alone(step, &change)).collect();
    if !done && !harmed {
        plan.acts = store.acts(&change)?;
        ask(store, &change, &mut plan)?;
    }
    Ok(plan)
}

/// Whether a column takes a name that is there before and after, so that the tables may look the same.
fn goes_round(step: &Step, found: &Storage, wanted: &Storage) -> bool {
    let has = |of: &Storage, name: &str| of.table(&step.table).is_some_and(|it| it.column(name).is_some());
    matches!(&step.action, Action::RenameColumn { from, to } if has(found, to) && has(wanted, from))
}

/// In a table without rows nothing can be lost, and nothing stands in the way. Programs of the version before may
/// still make rows there.
fn relax(store: &mut impl Store, steps: &mut [Step], own: bool) -> Result<(), DatabaseError> {
    for step in steps.iter_mut().filter(|step| step.grade > Grade::Safe) {
        // What may be the table of somebody else is not dropped unasked.
        let others = matches!(step.action, Action::DropTable(_)) && !own;
        let fixed = others || matches!(step.action, Action::Key { .. } | Action::RenameColumn { .. });
        if !fixed && is_empty(store, &step.table)? {
            let breaks = matches!(&step.action, Action::AddColumn(column) if migration::is_unknown(column));
            step.grade = if breaks { Grade::ExpandContract } else { Grade::Safe };
        }
    }
    Ok(())
}

/// Whether a table holds no row.
pub(crate) fn is_empty(store: &mut impl Store, table: &str) -> Result<bool, DatabaseError> {
    Ok(store.keys(&format!("SELECT 1 FROM {} LIMIT 1", quoted(table)))?.is_empty())
}

fn seen_alone(step: &Step, change: &Change<'_>) -> Planned {
    let fill = if let Action::AddColumn(column) = &step.action {
        column.origin.fill.as_ref().map(|fill| (fill, column.kind))
    } else if let Action::Convert { fill, to, .. } = &step.action {
        fill.as_ref().filter(|_| step.grade == Grade::Lossy).map(|fill| (fill, *to))
    } else {
        None
    };
    let obstacle = fill.and_then(|(fill, kind)| obstacle(fill, kind, change, &step.table));
    Planned { step: step.clone(), rows: Vec::new(), counts: Vec::new(), more: false, obstacle }
}

/// Why rows can't be given a value, whatever they hold.
fn obstacle(fill: &Expr, kind: StoredKind, change: &Change<'_>, table: &str) -> Option<&'static str> {
    if change.fills.sql(fill, kind, &|_| String::new()).is_none() {
        return Some("its default has no value here: are all environment values set?");
    }
    let drawn = change.pair(table).is_some_and(|pair| pair.reads_drawn(fill));
    drawn.then_some("it is made of a column that is new too and drawn for each row: add that one before")
}

/// Asks for rows that stand in the way.
fn ask<S: Store>(store: &mut S, change: &Change<'_>, plan: &mut Plan) -> Result<(), DatabaseError> {
    let mut unknown = Vec::new();
    for probe in probe::probes(change, S::DIALECT) {
        let Some(planned) = plan.steps.get_mut(probe.step).filter(|planned| planned.rows.is_empty()) else {
            continue;
        };
        let mut keys = match (asked(store, change, &probe, &mut planned.counts), &probe.each) {
            // No database says of which row.
            (Err(error), Some(each)) if error.calculation().is_some() => store.each(each)?,
            (Err(error), None) if error.calculation().is_some() => {
                unknown.push(probe.step);
                continue;
            }
            (keys, _) => keys?,
        };
        planned.more = keys.len() > probe::SHOWN;
        planned.obstacle = planned.obstacle.or(probe.why.filter(|_| !keys.is_empty()));
        keys.truncate(probe::SHOWN);
        planned.counts.truncate(probe::SHOWN);
        planned.rows = keys;
    }
    for step in unknown {
        beyond(plan, step);
    }
    Ok(())
}

/// Keys of rows that a question finds.
fn asked<S: Store>(
    store: &mut S,
    change: &Change<'_>,
    probe: &Probe,
    counts: &mut Vec<u64>,
) -> Result<Vec<String>, DatabaseError> {
    let fills = change.fills;
    match &probe.text {
        None => store.keys(&probe.sql),
        Some(Wanted::Fewer) => counted(store, &probe.sql, counts),
        Some(Wanted::Type(ty)) => unfit(store, &probe.sql, |text| fills.fits(text, ty)),
        Some(Wanted::Shape(shape, kind)) => {
            let fitting = fills.fitting(shape, *kind);
            unfit(store, &probe.sql, |text| fitting.fits(text))
        }
    }
}

/// A step that looks at several rows together, of which one has no value: that one is named where it gets it.
fn beyond(plan: &mut Plan, step: usize) {
    let Some(table) = plan.steps.get(step).map(|planned| planned.step.table.clone()) else { return };
    if plan.blocked().any(|other| other.step.table == table) {
        return;
    }
    if let Some(planned) = plan.steps.get_mut(step) {
        planned.obstacle = Some("what is worked out of some row is beyond what a number holds");
    }
}

/// Keys of rows to which too many point, and how many do.
fn counted(store: &mut impl Store, sql: &str, counts: &mut Vec<u64>) -> Result<Vec<String>, DatabaseError> {
    let mut keys = Vec::new();
    store.texts(sql, &mut |key, count| {
        keys.push(key);
        counts.push(count.parse().unwrap_or_default());
        true
    })?;
    Ok(keys)
}

/// Keys of rows whose text does not fit.
fn unfit(
    store: &mut impl Store,
    sql: &str,
    fits: impl Fn(&str) -> bool,
) -> Result<Vec<String>, DatabaseError> {
    let mut keys = Vec::new();
    store.texts(sql, &mut |key, text| {
        if !fits(text) {
            keys.push(key);
        }
        keys.len() <= probe::SHOWN
    })?;
    Ok(keys)
}

/// Says why a plan is not to be carried out.
pub(crate) fn may(plan: &Plan, allowed: &Allowed, url: &str) -> Result<(), MigrateError> {
    if !plan.drift.is_empty() {
        return Err(MigrateError::Drift { url: url.to_owned(), lines: plan.drift.clone() });
    }
    if plan.done {
        return Ok(());
    }
    if plan.blocked().next().is_some() {
        return Err(MigrateError::Blocked(Box::new(plan.clone())));
    }
    let unsafe_steps = || plan.steps.iter().filter(|planned| planned.step.grade > Grade::Safe);
    if !allowed.contract && unsafe_steps().next().is_some() {
        return Err(MigrateError::NotSafe { steps: unsafe_steps().cloned().collect() });
    }
    let codes = plan.unaccepted(allowed);
    if codes.is_empty() {
        return Ok(());
    }
    Err(MigrateError::Unaccepted { codes, plan: Box::new(plan.clone()) })
}

/// Sees that the tables are those that were wanted.
pub(crate) fn whole(mut shapes: Shapes, begin: &Begin) -> Result<(), MigrateError> {
    shape::without_foreign(&mut shapes, [&begin.made, &begin.before]);
    let shapes = &shapes;
    let empty = Storage::default();
    let found = begin.past.last().map_or(&empty, |past| &past.storage);
    if shape::are(shapes, &begin.made, found) {
        return Ok(());
    }
    let mut lines: Vec<String> =
        shape::drift(shapes, &begin.made).into_iter().map(|drift| drift.text).collect();
    let left = |name: &str| !begin.made.contains_key(name) && shapes.contains_key(name);
    let left = found.tables.iter().filter(|table| left(&table.name));
    lines.extend(left.map(|table| format!("table `{}` is still there", table.name)));
    Err(MigrateError::Missed { lines })
}

//! Tables as they are, whatever is written down about them.
use crate::service::StartError;
use quater_ir::storage::Storage;
use std::collections::BTreeMap;

/// What makes a table this one: the text of each part by the part's name, whatever their order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Shape {
    /// Columns and rules.
    pub(crate) parts: BTreeMap<String, String>,
    /// Indexes.
    pub(crate) indexes: BTreeMap<String, String>,
    /// Parts without which the service runs.
    pub(crate) beside: Vec<String>,
}

/// Tables by their names.
pub(crate) type Shapes = BTreeMap<String, Shape>;

/// A difference between a table that is there and what was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Drift {
    pub(crate) text: String,
    /// Whether the service can't run on it.
    pub(crate) harms: bool,
}

impl Shape {
    fn is(&self, other: &Self) -> bool {
        self.parts == other.parts && self.indexes == other.indexes
    }

    /// Whether an index has the name of one that Quater makes.
    fn names(&self, index: &str) -> bool {
        self.indexes.contains_key(index) || self.parts.contains_key(&format!("rule `{index}`"))
    }
}

/// Takes indexes out that somebody else has made, which do no harm; one line each.
pub(crate) fn without_foreign(there: &mut Shapes, made: [&Shapes; 2]) -> Vec<String> {
    let mut lines = Vec::new();
    for (table, shape) in there {
        let ours = |index: &str| made.iter().any(|it| it.get(table).is_some_and(|it| it.names(index)));
        let foreign = shape.indexes.keys().filter(|index| !ours(index));
        lines.extend(foreign.map(|index| foreign_index(index, table)));
        shape.indexes.retain(|index, _| ours(index));
    }
    lines
}

fn foreign_index(index: &str, table: &str) -> String {
    format!("index `{index}` of table `{table}` was not made by Quater")
}

/// Whether the tables that are there are exactly those that are wanted, and those that were before and are not
/// wanted any more are gone; tables of others may stand beside.
pub(crate) fn are(there: &Shapes, made: &Shapes, before: &Storage) -> bool {
    let gone = |name: &str| made.contains_key(name) || !there.contains_key(name);
    before.tables.iter().all(|table| gone(&table.name))
        && made.iter().all(|(name, made)| there.get(name).is_some_and(|there| there.is(made)))
}

/// Everything in which the tables that are there differ from those that were made.
pub(crate) fn drift(there: &Shapes, made: &Shapes) -> Vec<Drift> {
    let mut all = Vec::new();
    for (table, made) in made {
        match there.get(table) {
            Some(shape) => in_table(table, shape, made, &mut all),
            None => all.push(Drift { text: format!("table `{table}` is not there"), harms: true }),
        }
    }
    all
}

/// Refuses a start on tables that the service can't run on, and logs what else was changed.
pub(crate) fn judged(drift: Vec<Drift>, url: &str) -> Result<(), StartError> {
    let (harmful, beside): (Vec<_>, Vec<_>) = drift.into_iter().partition(|drift| drift.harms);
    for drift in beside {
        tracing::warn!(database = url, "{}", drift.text);
    }
    if harmful.is_empty() {
        return Ok(());
    }
    let lines = harmful.into_iter().map(|drift| drift.text).collect();
    Err(StartError::Drift { url: url.to_owned(), lines })
}

fn in_table(table: &str, there: &Shape, made: &Shape, all: &mut Vec<Drift>) {
    for (name, wanted) in &made.parts {
        let text = match there.parts.get(name) {
            Some(found) if found == wanted => continue,
            Some(found) => format!("{name} of table `{table}` is `{found}`, and was made as `{wanted}`"),
            None => format!("{name} of table `{table}` is not there"),
        };
        all.push(Drift { text, harms: true });
    }
    for name in there.parts.keys().filter(|name| !made.parts.contains_key(*name)) {
        let harms = !there.beside.contains(name);
        all.push(Drift { text: format!("{name} of table `{table}` was not made by Quater"), harms });
    }
    for (name, wanted) in &made.indexes {
        let text = match there.indexes.get(name) {
            Some(found) if found == wanted => continue,
            Some(found) => {
                format!("index `{name}` of table `{table}` is `{found}`, and was made as `{wanted}`")
            }
            None => format!("index `{name}` of table `{table}` is not there"),
        };
        all.push(Drift { text, harms: false });
    }
    for name in there.indexes.keys().filter(|name| !made.indexes.contains_key(*name)) {
        all.push(Drift { text: foreign_index(name, table), harms: false });
    }
}

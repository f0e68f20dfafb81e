//! Steps as sentences, and what the file could say instead.
use super::{Action, Conversion, Grade, Reshaped, Step, always_fits, conversion};
use crate::entity::OnDelete;
use crate::storage::{Check, ForeignKey, Index, StoredColumn, StoredKind, Table};
use smol_str::{SmolStr, format_smolstr};
use std::fmt;

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = &self.table;
        match &self.action {
            Action::CreateTable(_) => write!(f, "make table `{table}`"),
            Action::DropTable(_) => write!(f, "drop table `{table}`, with all its rows"),
            Action::AddColumn(column) => {
                write!(f, "add column `{table}.{}`, {}", column.name, described(column))
            }
            Action::DropColumn(column) => {
                write!(f, "drop column `{table}.{}`, with all its values", column.name)
            }
            Action::RenameColumn { from, to } => write!(f, "rename column `{table}.{from}` to `{to}`"),
            Action::Convert { column, from, to, .. } => {
                write!(f, "store column `{table}.{column}` as {}, not {}", kind(*to), kind(*from))
            }
            Action::RenameMembers { column, renamed } => {
                let pairs = renamed.iter().map(|(now, before)| format!("`{before}` by `{now}`"));
                write!(f, "in column `{table}.{column}`, replace {}", pairs.collect::<Vec<_>>().join(" and "))
            }
            Action::AllowNull(column) => write!(f, "let column `{table}.{column}` be null"),
            Action::Require { column, .. } => write!(f, "forbid null in column `{table}.{column}`"),
            Action::Check { column, to: Some(to), .. } => {
                write!(f, "let column `{table}.{column}` hold {}", rule(to))
            }
            Action::Check { column, to: None, .. } => {
                write!(f, "let column `{table}.{column}` hold any value")
            }
            Action::Reshape { column, shape } => {
                write!(f, "let column `{table}.{column}` hold {}", held(shape))
            }
            Action::AddUnique(columns) => write!(f, "make `{table}` unique by ({})", columns.join(", ")),
            Action::DropUnique(columns) => {
                write!(f, "let `{table}` have duplicates by ({})", columns.join(", "))
            }
            Action::AddIndex(index) => write!(f, "add index ({}) to `{table}`", listed(index)),
            Action::DropIndex(index) => write!(f, "drop index ({}) of `{table}`", listed(index)),
            Action::AddForeignKey(foreign) => {
                write!(f, "let column `{table}.{}` point to {}", foreign.column, target(foreign))
            }
            Action::DropForeignKey(foreign) => {
                write!(f, "let column `{table}.{}` point to no table", foreign.column)
            }
            Action::Point { to, .. } => {
                write!(f, "let column `{table}.{}` point to {}", to.column, target(to))
            }
            Action::Bound { column, to, most: Some(most) } => {
                write!(f, "let at most {most} rows of `{table}` point to one of `{to}` by `{column}`")
            }
            Action::Bound { column, to, most: None } => {
                write!(f, "let any number of rows of `{table}` point to one of `{to}` by `{column}`")
            }
            Action::Key { from, to } if from == to => {
                write!(f, "make the key `{table}.{to}` one of another type, or numbered otherwise")
            }
            Action::Key { from, to } => write!(f, "make `{to}` the key of `{table}`, not `{from}`"),
        }
    }
}

impl Step {
    /// Why the step has its grade, where that is not plain.
    pub fn reason(&self) -> Option<String> {
        match (&self.action, self.grade) {
            (Action::AddColumn(column), Grade::Refused) => Some(format!(
                "rows that are there have no value for it: give it a default (`{0}: … = …`), say what they get \
                 (`{0}: … was …`), or let it be absent (`?`)",
                column.name
            )),
            (Action::AddColumn(column), Grade::ExpandContract) if fits(column) => {
                Some("programs of the version before can make no rows then: they have no value for it".to_owned())
            }
            (Action::AddColumn(_), Grade::ExpandContract) => {
                Some("a row for which something is worked out that does not fit stops it".to_owned())
            }
            (Action::Convert { from, to, .. }, Grade::Refused) => Some(format!(
                "no {} is a {}: give the column a default that stands in, let it be absent (`?`), or add a new column",
                kind(*from),
                kind(*to)
            )),
            (Action::Key { .. }, _) => Some(
                "every row that points here would point nowhere: make a new entity, and move the rows by an operation"
                    .to_owned(),
            ),
            (Action::Convert { from, to, .. }, Grade::Lossy) => {
                Some(format!("no {} is a {}, so the old values go", kind(*from), kind(*to)))
            }
            (Action::Convert { from, to, .. }, _) if conversion(*from, *to) == Conversion::Checked => {
                Some("each value is looked at first; one that has no equal stops it".to_owned())
            }
            (Action::RenameColumn { .. } | Action::RenameMembers { .. }, _) => {
                Some("programs of the version before know the old name alone".to_owned())
            }
            (Action::Require { fill: None, .. }, _) => Some("a row that has nothing there stops it".to_owned()),
            (Action::Require { fill: Some(_), .. }, _) => {
                Some("a row that has nothing there gets what the file says".to_owned())
            }
            (Action::Check { .. }, Grade::ExpandContract) => Some("a row that holds more stops it".to_owned()),
            (Action::Reshape { shape, .. }, Grade::ExpandContract) if shape.may_not_fit() => {
                Some("each value is looked at first; one that does not fit stops it".to_owned())
            }
            (Action::Reshape { .. }, Grade::ExpandContract) => {
                Some("programs of the version before know the old name alone".to_owned())
            }
            (Action::AddUnique(_), Grade::ExpandContract) => Some("rows that are the same stop it".to_owned()),
            (Action::AddForeignKey(_) | Action::Point { .. }, Grade::ExpandContract) => {
                Some("a row that points nowhere stops it".to_owned())
            }
            (Action::Bound { to, .. }, Grade::ExpandContract) => Some(format!(
                "a row of `{to}` that more point to stops it: take some of them away first, or let more point there"
            )),
            (_, _) => None,
        }
    }
}

/// Whether every row that is there gets a value that fits.
fn fits(column: &StoredColumn) -> bool {
    !column.origin.is_worked_out() || column.origin.fill.as_ref().is_some_and(always_fits)
}

/// What a kind of column is called.
pub(super) fn kind(kind: StoredKind) -> SmolStr {
    match kind {
        StoredKind::Decimal(digits) => format_smolstr!("decimal({digits})"),
        StoredKind::Bool => SmolStr::new_static("bool"),
        StoredKind::Int => SmolStr::new_static("int"),
        StoredKind::Float => SmolStr::new_static("float"),
        StoredKind::Text => SmolStr::new_static("text"),
        StoredKind::Bytes => SmolStr::new_static("bytes"),
        StoredKind::Uuid => SmolStr::new_static("uuid"),
        StoredKind::Date => SmolStr::new_static("date"),
        StoredKind::Instant => SmolStr::new_static("instant"),
        StoredKind::Duration => SmolStr::new_static("duration"),
        StoredKind::Json => SmolStr::new_static("json"),
    }
}

fn described(column: &StoredColumn) -> String {
    let held = match &column.check {
        Some(check) => format!("{} ({})", kind(column.kind), rule(check)),
        None => kind(column.kind).to_string(),
    };
    match (column.optional, &column.origin.fill) {
        (_, Some(_)) if column.origin.is_worked_out() => {
            format!("{held}, worked out for each row that is there")
        }
        (_, Some(_)) => format!("{held}, with the default in rows that are there"),
        (true, None) => format!("{held}, null in rows that are there"),
        (false, None) => held,
    }
}

/// What a column holds now, where that is another shape.
fn held(shape: &Reshaped) -> String {
    let parts: Vec<String> = shape.differences().iter().map(ToString::to_string).collect();
    match &shape.to {
        None => format!("any {}", kind(shape.kind)),
        Some(to) if parts.is_empty() => format!("`{to}`"),
        Some(_) => parts.join(", "),
    }
}

fn rule(check: &Check) -> String {
    fn ends<T: fmt::Display>(min: &Option<T>, max: &Option<T>) -> String {
        match (min, max) {
            (Some(min), Some(max)) => format!("{min} to {max}"),
            (Some(min), None) => format!("at least {min}"),
            (None, Some(max)) => format!("at most {max}"),
            (None, None) => "any".to_owned(),
        }
    }
    match check {
        Check::Range { min, max } => ends(min, max),
        Check::Length { min, max } => format!("{} characters", ends(min, max)),
        Check::OneOf(texts) => texts.join(" | "),
    }
}

fn listed(index: &Index) -> String {
    let one = |(name, down): &(SmolStr, bool)| if *down { format!("{name} desc") } else { name.to_string() };
    index.columns.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn target(foreign: &ForeignKey) -> String {
    let word = match foreign.on_delete {
        OnDelete::Cascade => "cascade",
        OnDelete::Restrict => "restrict",
        OnDelete::Null => "null",
    };
    format!("`{}`, on delete {word}", foreign.table)
}

/// Tells beside what goes, where something comes that could take it in, how the file would say so.
pub(super) fn suggest(steps: &mut [Step]) {
    let all = steps.to_vec();
    for step in steps {
        if let Action::DropColumn(old) = &step.action {
            step.hint = successor(&all, &step.table, old);
        } else if let Action::DropTable(old) = &step.action {
            step.hint = heir(&all, old);
        }
    }
}

fn successor(steps: &[Step], table: &SmolStr, old: &StoredColumn) -> Option<String> {
    let new = steps.iter().filter(|step| step.table == *table).find_map(|step| {
        let Action::AddColumn(new) = &step.action else { return None };
        takes(new, old).then_some(&new.name)
    })?;
    Some(format!("if `{new}` is what `{0}` was, say so: `{new}: … was {0}`", old.name))
}

fn heir(steps: &[Step], old: &Table) -> Option<String> {
    let new = steps.iter().find_map(|step| {
        let Action::CreateTable(new) = &step.action else { return None };
        is_like(new, old).then_some(&new.name)
    })?;
    Some(format!("if `{new}` is what `{0}` was, keep its table: `entity … in … as \"{0}\"`", old.name))
}

fn takes(new: &StoredColumn, old: &StoredColumn) -> bool {
    new.kind == old.kind && (new.optional || !old.optional)
}

/// Whether most columns of a table that goes are in one that comes.
fn is_like(new: &Table, old: &Table) -> bool {
    let same = |column: &&StoredColumn| new.column(&column.name).is_some_and(|it| it.kind == column.kind);
    old.columns.iter().filter(same).count() * 2 > old.columns.len()
}

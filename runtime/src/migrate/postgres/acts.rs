//! Steps as Postgres's SQL. What takes as long as the rows are many is done outside a transaction, while others
//! go on working: a rule is added unchecked and checked later, an index is made beside the work. What takes
//! something away is done last.
use crate::migrate::Act;
use crate::migrate::columns::Pair;
use crate::migrate::planning::Change;
use crate::migrate::postgres::convert::converted;
use crate::migrate::reshaped::Rewriter;
use crate::plan::dialect::Dialect;
use crate::plan::sql::quoted;
use crate::store::postgres::{ddl, names};
use crate::store::schema::{names as listed, text};
use quater_ir::Id;
use quater_ir::entity::Column;
use quater_ir::expr::Expr;
use quater_ir::storage::migration::{Action, Conversion, Reshaped, Step, conversion};
use quater_ir::storage::{Check, ForeignKey, Index, StoredColumn, StoredKind, Table};
use smol_str::SmolStr;
use std::collections::BTreeSet;

/// What is done, in order; tables that hold rows are named.
pub(super) fn acts(change: &Change<'_>, full: &BTreeSet<SmolStr>) -> Vec<Act> {
    let mut acts = Acts { change, full, at: 0, parts: Default::default(), made_anew: BTreeSet::new() };
    for (at, step) in change.steps.iter().enumerate() {
        acts.at = at;
        acts.step(step);
    }
    acts.dropped_together();
    acts.ordered()
}

/// When something is done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    /// In the first transaction.
    First,
    /// At the end of it, when columns have their new names.
    Late,
    /// Outside a transaction.
    Apart,
    /// In the last transaction.
    Last,
}

struct Acts<'a> {
    change: &'a Change<'a>,
    full: &'a BTreeSet<SmolStr>,
    at: usize,
    parts: [Vec<(usize, Vec<String>)>; 4],
    /// Indexes that are made anew because their order has changed.
    made_anew: BTreeSet<String>,
}

impl Acts<'_> {
    fn push(&mut self, when: When, sql: impl IntoIterator<Item = String>) {
        let sql: Vec<String> = sql.into_iter().map(|sql| plain(&sql)).collect();
        if let Some(part) = self.parts.get_mut(when as usize) {
            part.push((self.at, sql));
        }
    }

    fn alter(&mut self, when: When, table: &str, what: &str) {
        self.push(when, [format!("ALTER TABLE {} {what}", quoted(table))]);
    }

    /// Whether a table has rows to be careful with.
    fn is_full(&self, table: &str) -> bool {
        self.full.contains(table)
    }

    fn step(&mut self, step: &Step) {
        if let Action::CreateTable(table) = &step.action {
            return self.create(table);
        }
        if let Action::DropTable(table) = &step.action {
            return self.push(When::Last, [format!("DROP TABLE {}", quoted(&table.name))]);
        }
        let Some(pair) = self.change.pair(&step.table) else { return };
        match &step.action {
            Action::RenameColumn { .. } => self.rename(&pair),
            Action::AddColumn(column) => self.add(&pair, column),
            Action::DropColumn(column) => {
                let dropped = format!("DROP COLUMN {}", quoted(&column.name));
                self.alter(When::Last, &pair.wanted.name, &dropped);
            }
            Action::Convert { column, from, to, fill } => {
                self.convert(&pair, column, (*from, *to), fill.as_ref());
            }
            Action::RenameMembers { column, renamed } => self.rename_members(&pair, column, renamed),
            Action::AllowNull(column) => {
                let allowed = format!("ALTER COLUMN {} DROP NOT NULL", quoted(column));
                self.alter(When::First, &pair.wanted.name, &allowed);
                self.reorder(&pair, column);
            }
            Action::Require { column, fill } => self.require(&pair, column, fill.as_ref()),
            Action::Check { column, to, .. } => self.check(&pair, column, to.as_ref()),
            Action::Reshape { column, shape } => self.reshape(&pair, column, shape),
            Action::AddUnique(columns) => self.unique(&pair, columns),
            Action::DropUnique(columns) => {
                let columns: Vec<&str> = columns.iter().map(SmolStr::as_str).collect();
                let name = names::unique(&pair.found.name, &columns);
                self.alter(When::First, &pair.found.name, &format!("DROP CONSTRAINT {}", quoted(&name)));
            }
            Action::AddIndex(index) => self.index(&pair, index),
            Action::DropIndex(index) => {
                let name = ddl::index_name(pair.found, &index.columns);
                self.push(When::First, [format!("DROP INDEX {}", quoted(&name))]);
            }
            Action::AddForeignKey(foreign) => self.point(&pair, foreign),
            Action::DropForeignKey(foreign) => {
                let name = names::foreign(&pair.found.name, &foreign.column);
                self.alter(When::First, &pair.found.name, &format!("DROP CONSTRAINT {}", quoted(&name)));
            }
            Action::Point { to, .. } => {
                let name = names::foreign(&pair.wanted.name, &to.column);
                self.alter(When::Late, &pair.wanted.name, &format!("DROP CONSTRAINT {}", quoted(&name)));
                self.point(&pair, to);
            }
            // The database does not hold it.
            Action::Bound { .. } | Action::CreateTable(_) | Action::DropTable(_) | Action::Key { .. } => {}
        }
    }

    fn create(&mut self, table: &Table) {
        self.push(When::First, ddl::statements(table));
        self.push(When::Late, table.foreign_keys.iter().map(|foreign| ddl::foreign(table, foreign)));
    }

    /// Tables that go may point to each other.
    fn dropped_together(&mut self) {
        let gone: Vec<&Table> = self.change.steps.iter().filter_map(|step| dropped(step)).collect();
        for table in &gone {
            let among = |foreign: &&ForeignKey| gone.iter().any(|other| other.name == foreign.table);
            for foreign in table.foreign_keys.iter().filter(among) {
                let name = quoted(&names::foreign(&table.name, &foreign.column));
                self.at = self.change.steps.iter().position(|step| step.table == table.name).unwrap_or(0);
                self.alter(When::Late, &table.name, &format!("DROP CONSTRAINT {name}"));
            }
        }
    }

    /// What is named after a column takes its new name too. All of a table are renamed with the last one, since one
    /// may take the name of another.
    fn rename(&mut self, pair: &Pair<'_>) {
        let table = &pair.wanted.name;
        let own = |step: &Step| step.table == *table && matches!(step.action, Action::RenameColumn { .. });
        if self.change.steps.iter().rposition(own) != Some(self.at) {
            return self.push(When::First, []);
        }
        let both = |column: &StoredColumn| Some((pair.before(&column.name)?, column.name.clone()));
        let all = pair.wanted.columns.iter().filter_map(both).filter(|(was, is)| was.name != *is);
        let [mut columns, mut rules] = [Vec::new(), Vec::new()];
        for (was, is) in all {
            columns.push((was.name.to_string(), is.to_string()));
            if ddl::rule("x", was).is_some() {
                rules.push((names::check(table, &was.name), names::check(table, &is)));
            }
            let points = |of: &Table, name: &str| of.foreign_keys.iter().any(|it| it.column == name);
            if points(pair.found, &was.name) && points(pair.wanted, &is) {
                rules.push((names::foreign(table, &was.name), names::foreign(table, &is)));
            }
        }
        rules.extend(renamed_uniques(pair));
        for (what, pairs) in [("COLUMN", columns), ("CONSTRAINT", rules)] {
            for (from, to) in names::in_turn(pairs) {
                self.alter(
                    When::First,
                    table,
                    &format!("RENAME {what} {} TO {}", quoted(&from), quoted(&to)),
                );
            }
        }
        for (from, to) in names::in_turn(renamed_indexes(pair)) {
            self.push(When::First, [format!("ALTER INDEX {} RENAME TO {}", quoted(&from), quoted(&to))]);
        }
    }

    /// Nulls stand first in an index of a column that may be null, so it is another index.
    fn reorder(&mut self, pair: &Pair<'_>, column: &SmolStr) {
        let found = pair.found.every_index();
        for index in pair.wanted.every_index() {
            let has = index.columns.iter().any(|(name, _)| name == column);
            let kept = has && pair.old_index(&index).is_some_and(|old| found.contains(&old));
            let name = ddl::index_name(pair.wanted, &index.columns);
            if kept && self.made_anew.insert(name.clone()) {
                self.push(When::Late, [format!("DROP INDEX {}", quoted(&name))]);
                self.index(pair, &index);
            }
        }
    }

    fn index(&mut self, pair: &Pair<'_>, index: &Index) {
        let made = ddl::index(pair.wanted, &index.columns);
        if !self.is_full(&pair.wanted.name) {
            return self.push(When::Late, [made]);
        }
        let name = quoted(&ddl::index_name(pair.wanted, &index.columns));
        let beside = made.replacen("CREATE INDEX", "CREATE INDEX CONCURRENTLY", 1);
        self.push(When::Apart, [format!("DROP INDEX CONCURRENTLY IF EXISTS {name}"), beside]);
    }

    fn unique(&mut self, pair: &Pair<'_>, columns: &[SmolStr]) {
        let table = &pair.wanted.name;
        let parts: Vec<&str> = columns.iter().map(SmolStr::as_str).collect();
        let name = quoted(&names::unique(table, &parts));
        if !self.is_full(table) {
            let added = format!("ADD CONSTRAINT {name} UNIQUE ({})", listed(columns));
            return self.alter(When::Late, table, &added);
        }
        let made =
            format!("CREATE UNIQUE INDEX CONCURRENTLY {name} ON {} ({})", quoted(table), listed(columns));
        self.push(When::Apart, [format!("DROP INDEX CONCURRENTLY IF EXISTS {name}"), made]);
        self.alter(When::Last, table, &format!("ADD CONSTRAINT {name} UNIQUE USING INDEX {name}"));
    }

    fn add(&mut self, pair: &Pair<'_>, column: &StoredColumn) {
        let (name, kind) = (quoted(&column.name), ddl::kind(column.kind));
        let fill = column.origin.fill.as_ref().and_then(|fill| self.filling(pair, fill, column.kind));
        let table = &pair.wanted.name;
        if column.origin.is_worked_out() {
            self.alter(When::First, table, &format!("ADD COLUMN {name} {kind}"));
            self.check(pair, &column.name, column.check.as_ref());
            return self.work_out(pair, column, fill);
        }
        match (column.optional, fill) {
            (true, None) => self.alter(When::First, table, &format!("ADD COLUMN {name} {kind}")),
            (false, None) => self.alter(When::First, table, &format!("ADD COLUMN {name} {kind} NOT NULL")),
            (optional, Some(fill)) => {
                let required = if optional { "" } else { " NOT NULL" };
                let added = format!("ADD COLUMN {name} {kind}{required} DEFAULT {fill}");
                self.alter(When::First, table, &added);
                // Programs of the version before go on making rows.
                if optional || !column.origin.is_constant() {
                    self.alter(When::First, table, &format!("ALTER COLUMN {name} DROP DEFAULT"));
                }
            }
        }
        self.check(pair, &column.name, column.check.as_ref());
    }

    /// What rows get, over the columns as they are called and stored after the first transaction.
    fn filling(&self, pair: &Pair<'_>, fill: &Expr, kind: StoredKind) -> Option<String> {
        let named = |read: Id<Column>| pair.wanted.columns.get(read.index()).map(|it| quoted(&it.name));
        self.change.fills.sql(fill, kind, &|read| named(read).unwrap_or_default())
    }

    /// Gives each row that has nothing in a column what is worked out of it: while others go on working, where
    /// there are rows, and once more for rows that came meanwhile, when none can come any more.
    fn work_out(&mut self, pair: &Pair<'_>, column: &StoredColumn, fill: Option<String>) {
        let (table, name) = (&pair.wanted.name, quoted(&column.name));
        let fill = fill.unwrap_or_else(|| "NULL".to_owned());
        let filled = format!("UPDATE {} SET {name} = {fill} WHERE {name} IS NULL", quoted(table));
        let full = self.is_full(table);
        self.push(if full { When::Apart } else { When::Late }, [filled.clone()]);
        if column.optional {
            return;
        }
        let required = format!("ALTER COLUMN {name} SET NOT NULL");
        if !full {
            return self.alter(When::Late, table, &required);
        }
        let rule = quoted(&names::present(table, &column.name));
        let alter = |what: &str| format!("ALTER TABLE {} {what}", quoted(table));
        let held = format!("ADD CONSTRAINT {rule} CHECK ({name} IS NOT NULL) NOT VALID");
        let fresh = alter(&format!("DROP CONSTRAINT IF EXISTS {rule}"));
        let known = alter(&format!("VALIDATE CONSTRAINT {rule}"));
        self.push(When::Apart, [fresh, alter(&held), filled, known]);
        self.alter(When::Last, table, &required);
        self.alter(When::Last, table, &format!("DROP CONSTRAINT {rule}"));
    }

    fn convert(
        &mut self,
        pair: &Pair<'_>,
        name: &SmolStr,
        kinds: (StoredKind, StoredKind),
        fill: Option<&Expr>,
    ) {
        let (table, column) = (&pair.wanted.name, quoted(name));
        let (from, to) = kinds;
        let kind = ddl::kind(to);
        let rule = quoted(&names::check(table, name));
        self.alter(When::First, table, &format!("DROP CONSTRAINT IF EXISTS {rule}"));
        let Some(wanted) = pair.wanted.column(name) else { return };
        let fill = fill.and_then(|fill| self.filling(pair, fill, to));
        let anew = conversion(from, to) == Conversion::None;
        let later = wanted.origin.is_worked_out();
        let value = if !anew {
            converted(&column, from, to)
        } else if wanted.optional || later {
            self.alter(When::First, table, &format!("ALTER COLUMN {column} DROP NOT NULL"));
            fill.clone().filter(|_| !later).unwrap_or_else(|| "NULL".to_owned())
        } else {
            fill.clone().unwrap_or_else(|| "NULL".to_owned())
        };
        // One that was put there with the column is of the type before.
        self.alter(When::First, table, &format!("ALTER COLUMN {column} DROP DEFAULT"));
        self.alter(When::First, table, &format!("ALTER COLUMN {column} TYPE {kind} USING ({value})"));
        if anew && later {
            self.work_out(pair, wanted, fill);
        }
    }

    fn rename_members(&mut self, pair: &Pair<'_>, name: &SmolStr, renamed: &[(SmolStr, SmolStr)]) {
        let (table, column) = (&pair.wanted.name, quoted(name));
        let rule = quoted(&names::check(table, name));
        self.alter(When::First, table, &format!("DROP CONSTRAINT IF EXISTS {rule}"));
        let cases: String =
            renamed.iter().map(|(now, was)| format!(" WHEN {} THEN {}", text(was), text(now))).collect();
        let old: Vec<String> = renamed.iter().map(|(_, was)| text(was)).collect();
        self.push(
            When::First,
            [format!(
                "UPDATE {} SET {column} = CASE {column}{cases} END WHERE {column} IN ({})",
                quoted(table),
                old.join(", ")
            )],
        );
    }

    fn reshape(&mut self, pair: &Pair<'_>, name: &SmolStr, shape: &Reshaped) {
        let rewriter = Rewriter { fills: self.change.fills, dialect: Dialect::Postgres };
        let rewritten = shape.rewrite().map(|rewrite| {
            let (table, column) = (quoted(&pair.wanted.name), quoted(name));
            let value = rewriter.sql(&column, &rewrite, 0);
            format!("UPDATE {table} SET {column} = {value} WHERE {column} IS DISTINCT FROM ({value})")
        });
        self.push(When::First, rewritten);
    }

    fn require(&mut self, pair: &Pair<'_>, name: &SmolStr, fill: Option<&Expr>) {
        let (table, column) = (&pair.wanted.name, quoted(name));
        let Some(wanted) = pair.wanted.column(name) else { return };
        let fill = fill.and_then(|fill| self.filling(pair, fill, wanted.kind));
        if wanted.origin.is_worked_out() {
            let none = |before: &StoredColumn| conversion(before.kind, wanted.kind) == Conversion::None;
            let anew = |before: &StoredColumn| before.kind != wanted.kind && none(before);
            // Where no old value has an equal, all were worked out with the change of kind.
            if !pair.before(name).is_some_and(anew) {
                self.work_out(pair, wanted, fill);
            }
            return self.reorder(pair, name);
        }
        if let Some(fill) = fill {
            let filled = format!("UPDATE {} SET {column} = {fill} WHERE {column} IS NULL", quoted(table));
            self.push(When::First, [filled]);
        }
        let required = format!("ALTER COLUMN {column} SET NOT NULL");
        if self.is_full(table) {
            // A rule that is known to hold spares `SET NOT NULL` the look at every row under its lock.
            let rule = quoted(&names::present(table, name));
            let added = format!("ADD CONSTRAINT {rule} CHECK ({column} IS NOT NULL) NOT VALID");
            self.alter(When::First, table, &added);
            self.alter(When::Apart, table, &format!("VALIDATE CONSTRAINT {rule}"));
            self.alter(When::Last, table, &required);
            self.alter(When::Last, table, &format!("DROP CONSTRAINT {rule}"));
        } else {
            self.alter(When::First, table, &required);
        }
        self.reorder(pair, name);
    }

    fn check(&mut self, pair: &Pair<'_>, name: &SmolStr, wanted: Option<&Check>) {
        let table = &pair.wanted.name;
        let constraint = quoted(&names::check(table, name));
        if pair.before(name).is_some() {
            self.alter(When::First, table, &format!("DROP CONSTRAINT IF EXISTS {constraint}"));
        }
        let column = wanted.and_then(|_| pair.wanted.column(name));
        let Some(rule) = column.and_then(|column| ddl::rule(&quoted(name), column)) else { return };
        let added = format!("ADD CONSTRAINT {constraint} CHECK ({rule})");
        if self.is_full(table) {
            self.alter(When::First, table, &format!("{added} NOT VALID"));
            self.alter(When::Apart, table, &format!("VALIDATE CONSTRAINT {constraint}"));
        } else {
            self.alter(When::First, table, &added);
        }
    }

    fn point(&mut self, pair: &Pair<'_>, foreign: &ForeignKey) {
        let table = &pair.wanted.name;
        let added = plain(&ddl::foreign(pair.wanted, foreign));
        if !self.is_full(table) {
            return self.push(When::Late, [added]);
        }
        self.push(When::Late, [format!("{added} NOT VALID")]);
        let name = quoted(&names::foreign(table, &foreign.column));
        self.alter(When::Apart, table, &format!("VALIDATE CONSTRAINT {name}"));
    }

    /// One transaction where nothing is done apart.
    fn ordered(self) -> Vec<Act> {
        let [first, late, apart, last] = self.parts;
        let together = |parts: Vec<(usize, Vec<String>)>| {
            let mut act = Act::of(Vec::new(), Vec::new());
            for (at, sql) in parts {
                if !act.steps.contains(&at) {
                    act.steps.push(at);
                }
                act.sql.extend(sql);
            }
            act
        };
        let begin: Vec<_> = first.into_iter().chain(late).collect();
        if apart.is_empty() {
            let all = together(begin.into_iter().chain(last).collect());
            return Some(all).filter(|act| !act.sql.is_empty()).into_iter().collect();
        }
        let alone = |(at, sql): (usize, Vec<String>)| Act { apart: true, ..Act::of(vec![at], sql) };
        let acts =
            std::iter::once(together(begin)).chain(apart.into_iter().map(alone)).chain([together(last)]);
        acts.filter(|act| !act.sql.is_empty()).collect()
    }
}

fn dropped(step: &Step) -> Option<&Table> {
    if let Action::DropTable(table) = &step.action { Some(table) } else { None }
}

/// Uniques of columns that have other names, by the names that they had and have.
fn renamed_uniques(pair: &Pair<'_>) -> Vec<(String, String)> {
    let table = &pair.wanted.name;
    let name =
        |columns: &[SmolStr]| names::unique(table, &columns.iter().map(SmolStr::as_str).collect::<Vec<_>>());
    let both = |new: &Vec<SmolStr>| {
        let old = pair.old_names(new).filter(|old| pair.found.uniques.contains(old) && old != new)?;
        Some((name(&old), name(new)))
    };
    pair.wanted.uniques.iter().filter_map(both).collect()
}

/// The same of indexes.
fn renamed_indexes(pair: &Pair<'_>) -> Vec<(String, String)> {
    let found = pair.found.every_index();
    let both = |new: &Index| {
        let old = pair.old_index(new).filter(|old| found.contains(old) && old != new)?;
        Some((ddl::index_name(pair.found, &old.columns), ddl::index_name(pair.wanted, &new.columns)))
    };
    pair.wanted.every_index().iter().filter_map(both).collect()
}

/// A statement without its end.
fn plain(sql: &str) -> String {
    sql.trim_end().trim_end_matches(';').to_owned()
}

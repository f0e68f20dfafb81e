//! From the tables that are there to those that are wanted: the steps between, without any dialect.
mod conversion;
mod reshape;
mod step;
mod undo;
mod words;

pub use conversion::{Conversion, conversion};
pub use reshape::Reshaped;
pub use step::{Action, Grade, Step};
pub use undo::{irreversible, undoing};

use super::{Check, ForeignKey, Index, Storage, StoredColumn, StoredKind, Table};
use crate::expr::{Expr, Node};
use smol_str::SmolStr;
use std::collections::BTreeMap;

/// The steps that turn one set of tables into another, in an order in which they can be done: new tables
/// first, then each table that is on both sides, then tables that go.
pub fn plan(found: &Storage, wanted: &Storage) -> Vec<Step> {
    let mut steps = Vec::new();
    for table in wanted.tables.iter().filter(|table| found.table(&table.name).is_none()) {
        steps.push(Step::new(&table.name, Action::CreateTable(table.clone()), Grade::Safe));
    }
    for wanted_table in &wanted.tables {
        if let Some(there) = found.table(&wanted_table.name) {
            Both::new((there, found), (wanted_table, wanted)).steps(&mut steps);
        }
    }
    // Those that point to others go before them.
    for table in found.tables.iter().rev().filter(|table| wanted.table(&table.name).is_none()) {
        steps.push(Step::new(&table.name, Action::DropTable(table.clone()), Grade::Lossy));
    }
    words::suggest(&mut steps);
    steps
}

/// Columns of a table that have another name now: the new one, and the one before. A column is renamed if
/// it says so, the one it names is there, and its own name is free or becomes so by another renaming. Where
/// names go round, only what is written down tells whether that was done.
pub fn renamed<'a>(found: &'a Table, wanted: &'a Table) -> BTreeMap<&'a SmolStr, &'a SmolStr> {
    let mut pairs: BTreeMap<&SmolStr, &SmolStr> = BTreeMap::new();
    for column in &wanted.columns {
        let was = before(found, wanted, column).filter(|was| !pairs.values().any(|taken| taken == was));
        if let Some(was) = was {
            pairs.insert(&column.name, was);
        }
    }
    loop {
        let leaves = |name: &SmolStr| found.column(name).is_none() || pairs.values().any(|was| *was == name);
        let stuck = pairs.keys().find(|name| !leaves(name)).copied();
        let Some(stuck) = stuck else { return pairs };
        pairs.remove(stuck);
    }
}

/// The column of the table before that a column says that it was, or that was its field's.
fn before<'a>(found: &'a Table, wanted: &'a Table, column: &'a StoredColumn) -> Option<&'a SmolStr> {
    let there = found.column(&column.name);
    if let Some(was) = &column.origin.was {
        let done = there.is_some_and(|there| there.origin.was.as_ref() == Some(was));
        return Some(was).filter(|was| !done && found.column(was).is_some());
    }
    let same = |it: &&StoredColumn| it.field() == column.field() && wanted.column(&it.name).is_none();
    found.columns.iter().find(same).filter(|_| there.is_none()).map(|it| &it.name)
}

/// A table that is on both sides.
struct Both<'a> {
    found: &'a Table,
    wanted: &'a Table,
    all: &'a Storage,
    renamed: BTreeMap<&'a SmolStr, &'a SmolStr>,
    /// Whether both sides say of what shape columns are.
    shaped: bool,
    /// Whether both sides say how many rows may point to one.
    bounded: bool,
}

impl<'a> Both<'a> {
    fn new((found, all): (&'a Table, &'a Storage), (wanted, others): (&'a Table, &'a Storage)) -> Self {
        let shaped = all.shaped && others.shaped;
        let bounded = all.bounded && others.bounded;
        Self { found, wanted, all, renamed: renamed(found, wanted), shaped, bounded }
    }

    /// What a column was before.
    fn before(&self, name: &SmolStr) -> Option<&'a StoredColumn> {
        match self.renamed.get(name) {
            Some(old) => self.found.column(old),
            None if self.renamed.values().any(|old| *old == name) => None,
            None => self.found.column(name),
        }
    }

    /// The name that an old column has now.
    fn now(&self, old: &SmolStr) -> SmolStr {
        let new = self.renamed.iter().find(|(_, was)| **was == old).map(|(new, _)| *new);
        new.unwrap_or(old).clone()
    }

    /// Whether an old column is still there under some name.
    fn stays(&self, old: &SmolStr) -> bool {
        self.renamed.values().any(|was| *was == old) || self.wanted.column(old).is_some()
    }

    fn steps(&self, steps: &mut Vec<Step>) {
        let mut add = |action: Action, grade: Grade| steps.push(Step::new(&self.wanted.name, action, grade));
        if self.now(&self.found.key) != self.wanted.key || self.key_is_otherwise() {
            let (from, to) = (self.found.key.clone(), self.wanted.key.clone());
            add(Action::Key { from, to }, Grade::Refused);
        }
        self.removals(&mut add);
        for (to, from) in &self.renamed {
            add(Action::RenameColumn { from: (*from).clone(), to: (*to).clone() }, Grade::ExpandContract);
        }
        for column in &self.wanted.columns {
            match self.before(&column.name) {
                Some(before) => self.kept_column(before, column, &mut add),
                None => add(Action::AddColumn(column.clone()), new_column(column)),
            }
        }
        for column in self.found.columns.iter().filter(|column| !self.stays(&column.name)) {
            add(Action::DropColumn(column.clone()), Grade::Lossy);
        }
        self.additions(&mut add);
    }

    /// A key of another kind, or one that somebody else numbers, changes every row that points here.
    fn key_is_otherwise(&self) -> bool {
        let kind = |table: &Table| table.column(&table.key).map(|column| column.kind);
        kind(self.found) != kind(self.wanted) || self.found.numbered != self.wanted.numbered
    }

    fn removals(&self, add: &mut impl FnMut(Action, Grade)) {
        // With a column go the indexes and rules that it is in.
        let wanted_indexes = self.wanted.every_index();
        for index in self.found.every_index() {
            let stays = index.columns.iter().all(|(column, _)| self.stays(column));
            if stays && !wanted_indexes.contains(&self.index_now(&index)) {
                add(Action::DropIndex(index), Grade::Safe);
            }
        }
        for unique in &self.found.uniques {
            let stays = unique.iter().all(|column| self.stays(column));
            if stays && !self.wanted.uniques.contains(&self.columns_now(unique)) {
                add(Action::DropUnique(unique.clone()), Grade::Safe);
            }
        }
        for foreign in &self.found.foreign_keys {
            let column = self.now(&foreign.column);
            let still = self.wanted.foreign_keys.iter().any(|it| it.column == column);
            if !still && self.stays(&foreign.column) {
                add(Action::DropForeignKey(foreign.clone()), Grade::Safe);
            }
        }
    }

    fn additions(&self, add: &mut impl FnMut(Action, Grade)) {
        let uniques: Vec<Vec<SmolStr>> = self.found.uniques.iter().map(|it| self.columns_now(it)).collect();
        for unique in self.wanted.uniques.iter().filter(|unique| !uniques.contains(unique)) {
            add(Action::AddUnique(unique.clone()), self.new_unique(unique, &uniques));
        }
        for foreign in &self.wanted.foreign_keys {
            self.relation(foreign, add);
            self.bound(foreign, add);
        }
        let there: Vec<Index> = self.found.every_index().iter().map(|it| self.index_now(it)).collect();
        for index in self.wanted.every_index().into_iter().filter(|index| !there.contains(index)) {
            add(Action::AddIndex(index), Grade::Safe);
        }
    }

    fn relation(&self, wanted: &ForeignKey, add: &mut impl FnMut(Action, Grade)) {
        let Some(before) = self.before(&wanted.column) else {
            return add(Action::AddForeignKey(wanted.clone()), self.fresh_relation(&wanted.column));
        };
        let there = self.found.foreign_keys.iter().find(|it| it.column == before.name);
        match there {
            None => add(Action::AddForeignKey(wanted.clone()), Grade::ExpandContract),
            Some(there) if there.table != wanted.table => {
                let (from, to) = (there.clone(), wanted.clone());
                add(Action::Point { from, to }, Grade::ExpandContract);
            }
            Some(there)
                if there.on_delete != wanted.on_delete || self.target_key_is_another(there, wanted) =>
            {
                let (from, to) = (there.clone(), wanted.clone());
                add(Action::Point { from, to }, Grade::Safe);
            }
            Some(_) => {}
        }
    }

    /// How many rows may point to one, where that is another number now.
    fn bound(&self, wanted: &ForeignKey, add: &mut impl FnMut(Action, Grade)) {
        let before = self.before(&wanted.column);
        let there =
            before.and_then(|it| self.found.foreign_keys.iter().find(|there| there.column == it.name));
        let was = there.filter(|there| there.table == wanted.table).and_then(|there| there.most);
        if !self.bounded || was == wanted.most || self.wanted.names_one(&wanted.column) {
            return;
        }
        let single = before.filter(|before| self.found.names_one(&before.name)).map(|_| 1);
        let held = was.into_iter().chain(single).min();
        let covered = wanted.most.is_none_or(|most| held.is_some_and(|held| held <= most));
        let empty = before.is_none() && self.is_empty(&wanted.column);
        let (column, to, most) = (wanted.column.clone(), wanted.table.clone(), wanted.most);
        let grade = if covered || empty { Grade::Safe } else { Grade::ExpandContract };
        add(Action::Bound { column, to, most }, grade);
    }

    /// Whether the key that is pointed to has another name for a reason beside its renaming.
    fn target_key_is_another(&self, there: &ForeignKey, wanted: &ForeignKey) -> bool {
        let still = self.all.table(&there.table).is_some_and(|table| table.key == there.key);
        there.key != wanted.key && !still
    }

    /// A column that is empty in every row points nowhere yet.
    fn fresh_relation(&self, column: &SmolStr) -> Grade {
        if self.is_empty(column) { Grade::Safe } else { Grade::ExpandContract }
    }

    /// Whether a new column has nothing in any row that is there.
    fn is_empty(&self, column: &SmolStr) -> bool {
        self.wanted.column(column).is_some_and(|column| column.optional && column.origin.fill.is_none())
    }

    /// Rows can't break what the key or another unique holds already, nor what a column holds that is empty.
    fn new_unique(&self, unique: &[SmolStr], uniques: &[Vec<SmolStr>]) -> Grade {
        let held = |columns: &[SmolStr]| columns.iter().all(|column| unique.contains(column));
        let key = self.now(&self.found.key);
        let empty = |name: &SmolStr| self.before(name).is_none() && self.is_empty(name);
        let holds = held(&[key]) || uniques.iter().any(|it| held(it)) || unique.iter().any(empty);
        if holds { Grade::Safe } else { Grade::ExpandContract }
    }

    fn kept_column(&self, was: &StoredColumn, is: &StoredColumn, add: &mut impl FnMut(Action, Grade)) {
        let column = || is.name.clone();
        // The key is told of as a whole.
        if is.name == self.wanted.key && was.kind != is.kind {
            return;
        }
        if was.kind != is.kind {
            let (from, to) = (was.kind, is.kind);
            let grade = match conversion(from, to) {
                Conversion::Exact => Grade::Safe,
                Conversion::Checked => Grade::ExpandContract,
                Conversion::None if is.optional || is.origin.fill.is_some() => Grade::Lossy,
                Conversion::None => Grade::Refused,
            };
            add(Action::Convert { column: column(), from, to, fill: is.origin.fill.clone() }, grade);
        }
        let renamed = renamed_members(was, is);
        if !renamed.is_empty() {
            add(Action::RenameMembers { column: column(), renamed: renamed.clone() }, Grade::ExpandContract);
        }
        if is.optional && !was.optional {
            add(Action::AllowNull(column()), Grade::Safe);
        }
        if was.check != is.check || (was.kind != is.kind && is.check.is_some()) {
            let (from, to) = (was.check.clone(), is.check.clone());
            let covered = was.kind == is.kind && covers(&to, &from, &renamed);
            let grade = if covered { Grade::Safe } else { Grade::ExpandContract };
            add(Action::Check { column: column(), from, to }, grade);
        }
        if self.shaped {
            reshape::reshape(was, is, add);
        }
        if was.optional && !is.optional {
            add(Action::Require { column: column(), fill: is.origin.fill.clone() }, Grade::ExpandContract);
        }
    }

    fn columns_now(&self, columns: &[SmolStr]) -> Vec<SmolStr> {
        columns.iter().map(|column| self.now(column)).collect()
    }

    fn index_now(&self, index: &Index) -> Index {
        Index { columns: index.columns.iter().map(|(name, down)| (self.now(name), *down)).collect() }
    }
}

/// Members that rows may hold under the name before.
fn renamed_members(was: &StoredColumn, is: &StoredColumn) -> Vec<(SmolStr, SmolStr)> {
    let Some(Check::OneOf(old)) = &was.check else { return Vec::new() };
    let new_name = |(now, before): &&(SmolStr, SmolStr)| !old.contains(now) && old.contains(before);
    is.origin.renamed.iter().filter(new_name).cloned().collect()
}

/// A row that is there has nothing for a new column; the file may say what stands in.
fn new_column(column: &StoredColumn) -> Grade {
    match &column.origin.fill {
        Some(fill) if column.origin.is_worked_out() && !always_fits(fill) => Grade::ExpandContract,
        None if !column.optional => Grade::Refused,
        Some(_) if is_unknown(column) => Grade::ExpandContract,
        Some(_) | None => Grade::Safe,
    }
}

/// Whether programs of the version before can make no row any more once a new column is there: they say nothing
/// for it, and the database has nothing to put there.
pub fn is_unknown(column: &StoredColumn) -> bool {
    !column.optional && !column.origin.is_constant()
}

/// Whether a value that is worked out of a row is one of its type, whatever the row holds.
pub(super) fn always_fits(value: &Expr) -> bool {
    let may_not =
        matches!(value.node, Node::Refine { .. } | Node::Arithmetic(..) | Node::Negate(_) | Node::Convert(_));
    !may_not && value.children().into_iter().all(always_fits)
}

/// Whether everything that passes the old rule passes the new one.
fn covers(new: &Option<Check>, old: &Option<Check>, renamed: &[(SmolStr, SmolStr)]) -> bool {
    let within = |new: (Option<i64>, Option<i64>), old: (Option<i64>, Option<i64>)| {
        new.0.is_none_or(|least| old.0.is_some_and(|its| its >= least))
            && new.1.is_none_or(|most| old.1.is_some_and(|its| its <= most))
    };
    let ends = |min: Option<u32>, max: Option<u32>| (min.map(i64::from), max.map(i64::from));
    match (new, old) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(Check::Range { min, max }), Some(Check::Range { min: low, max: high })) => {
            within((*min, *max), (*low, *high))
        }
        (Some(Check::Length { min, max }), Some(Check::Length { min: low, max: high })) => {
            within(ends(*min, *max), ends(*low, *high))
        }
        (Some(Check::OneOf(new)), Some(Check::OneOf(old))) => {
            old.iter().all(|text| new.contains(text) || renamed.iter().any(|(_, before)| before == text))
        }
        (Some(Check::Length { min, max }), Some(Check::OneOf(members))) => members.iter().all(|member| {
            let length = i64::try_from(member.chars().count()).unwrap_or(i64::MAX);
            within(ends(*min, *max), (Some(length), Some(length)))
        }),
        (Some(Check::Range { .. } | Check::Length { .. } | Check::OneOf(_)), Some(_)) => false,
    }
}

/// What a kind of column is called.
pub fn kind_name(kind: StoredKind) -> SmolStr {
    words::kind(kind)
}

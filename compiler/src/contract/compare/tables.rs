//! Tables: what becomes of the rows that are there.
use super::fits::{self, Fit};
use super::{Comparison, Pair, Subject};
use crate::contract::shape::Plain;
use crate::contract::{BOUNDED, Column, SHAPED, Scalar, Shape, Table, stored};
use crate::report::Code;
use quater_ir::storage::shape::{Difference, differences};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// A table that is on both sides.
struct Both<'a> {
    name: &'a SmolStr,
    was: &'a Table,
    is: &'a Table,
    /// Columns that have another name now: the new one, and the one before.
    renamed: BTreeMap<&'a SmolStr, &'a SmolStr>,
}

impl<'a> Both<'a> {
    fn subject(&self) -> Subject {
        Subject::Table(self.name.clone(), None)
    }

    fn column(&self, column: &SmolStr) -> Subject {
        Subject::Table(self.name.clone(), Some(column.clone()))
    }

    /// Columns that are on both sides, by their new names.
    fn kept(&self) -> impl Iterator<Item = (&'a SmolStr, &'a Column, &'a Column)> {
        self.is.columns.iter().filter_map(|(name, is)| Some((name, self.before(name)?, is)))
    }

    /// What a column was.
    fn before(&self, name: &SmolStr) -> Option<&'a Column> {
        match self.renamed.get(name) {
            Some(old) => self.was.columns.get(*old),
            None if self.gave_its_name(name) => None,
            None => self.was.columns.get(name),
        }
    }

    fn gave_its_name(&self, name: &SmolStr) -> bool {
        self.renamed.values().any(|old| *old == name)
    }

    /// Columns that nothing was.
    fn added(&self) -> impl Iterator<Item = (&'a SmolStr, &'a Column)> {
        self.is.columns.iter().filter(|(name, _)| self.before(name).is_none())
    }

    /// Columns that nothing became.
    fn dropped(&self) -> impl Iterator<Item = &'a SmolStr> {
        let kept = |name: &SmolStr| self.gave_its_name(name) || self.is.columns.contains_key(name);
        self.was.columns.keys().filter(move |name| !kept(name))
    }

    /// The name that an old column has now.
    fn now<'n>(&'n self, old: &'n SmolStr) -> &'n SmolStr {
        self.renamed.iter().find(|(_, was)| **was == old).map_or(old, |(new, _)| new)
    }
}

/// A column is renamed if it says so, the one it names is there, and its own name is free or becomes so by another
/// renaming; where it said so before, that was done.
fn renamed<'a>(was: &'a Table, is: &'a Table) -> BTreeMap<&'a SmolStr, &'a SmolStr> {
    let said = is.columns.iter().filter_map(|(name, column)| Some((name, column.was.as_ref()?)));
    let done = |name: &SmolStr, old: &SmolStr| {
        was.columns.get(name).is_some_and(|before| before.was.as_ref() == Some(old))
    };
    let mut pairs: BTreeMap<_, _> =
        said.filter(|(name, old)| was.columns.contains_key(*old) && !done(name, old)).collect();
    loop {
        let free = |name: &SmolStr| !was.columns.contains_key(name) || pairs.values().any(|old| *old == name);
        let Some(stuck) = pairs.keys().find(|name| !free(name)).copied() else { return pairs };
        pairs.remove(stuck);
    }
}

type Rule = fn(&Both<'_>, &mut Comparison<'_>);

const RULES: &[Rule] = &[
    a_column_that_is_renamed_keeps_its_values,
    another_key_changes_every_row,
    a_column_that_is_dropped_loses_its_values,
    a_column_that_holds_less_loses_values,
    a_column_that_may_not_be_null_needs_a_value_for_each_row,
    a_new_column_that_must_be_filled_needs_a_value_for_each_row,
    a_new_column_that_may_stay_empty_is_new,
    a_new_unique_is_noted,
    a_relation_that_points_or_deletes_otherwise_is_noted,
    fewer_rows_behind_one_are_a_loss,
    an_index_that_comes_or_goes_is_told,
];

/// Compares one table.
pub(super) fn compare<'a>(pair: &Pair<'a, Table>, all: &mut Comparison<'a>) {
    match (pair.was, pair.is) {
        (Some(_), None) => a_table_that_is_dropped_loses_its_rows(pair.name, all),
        (None, Some(_)) => a_new_table_loses_nothing(pair.name, all),
        (Some(was), Some(is)) => {
            let both = Both { name: pair.name, was, is, renamed: renamed(was, is) };
            for rule in RULES {
                rule(&both, all);
            }
        }
        (None, None) => {}
    }
}

fn a_table_that_is_dropped_loses_its_rows(name: &SmolStr, all: &mut Comparison<'_>) {
    let text = format!("the table `{name}` is gone, with all its rows");
    all.breaks(Code::E0721, Subject::Table(name.clone(), None), text);
}

fn a_new_table_loses_nothing(name: &SmolStr, all: &mut Comparison<'_>) {
    all.adds(Subject::Table(name.clone(), None), format!("the table `{name}` is there"));
}

fn a_column_that_is_renamed_keeps_its_values(both: &Both<'_>, all: &mut Comparison<'_>) {
    for (new, old) in &both.renamed {
        let text = format!("the column `{old}` of `{}` is called `{new}`, with all its values", both.name);
        all.adds(both.column(new), text);
    }
}

fn another_key_changes_every_row(both: &Both<'_>, all: &mut Comparison<'_>) {
    if *both.now(&both.was.key) != both.is.key {
        let text = format!("the key of `{}` is `{}`, and was `{}`", both.name, both.is.key, both.was.key);
        all.breaks(Code::E0725, both.subject(), text);
    }
}

fn a_column_that_is_dropped_loses_its_values(both: &Both<'_>, all: &mut Comparison<'_>) {
    for name in both.dropped() {
        let text = format!("the column `{name}` of `{}` is gone, with all its values", both.name);
        all.breaks(Code::E0722, both.column(name), text);
        let column = both.was.columns.get(name);
        let alike = both.added().find(|(_, new)| column.is_some_and(|old| holds_all(old, new)));
        if let (Some((new, _)), Some(change)) = (alike, all.changes.last_mut()) {
            let help = format!("if it is `{new}` now, say so behind that column: `{new}: … was {name}`");
            change.help = Some(help);
        }
    }
}

fn a_column_that_holds_less_loses_values(both: &Both<'_>, all: &mut Comparison<'_>) {
    for (name, was, is) in both.kept() {
        let known = known(is, all);
        let is = known.as_ref().unwrap_or(is);
        if let (Some(old), Some(new)) = (stored::shape(all.before, was), stored::shape(all.after, is))
            && is_structure(was)
            && is_structure(is)
        {
            a_part_that_holds_less_loses_values(both, name, &differences(&old, &new), all);
            continue;
        }
        if holds_all(was, is) {
            continue;
        }
        let (old, new) = (held(was), held(is));
        let text = format!("the column `{name}` of `{}` holds `{new}`, and held `{old}`", both.name);
        all.breaks(Code::E0723, both.column(name), text);
    }
}

/// A column as the contract before would tell it, where that does not tell of its shape.
fn known(column: &Column, all: &Comparison<'_>) -> Option<Column> {
    let untold = all.before.lock < SHAPED;
    untold.then(|| Column { shape: stored::held_by_database(&column.shape), ..column.clone() })
}

/// Whether values have parts. One that has, and one that has none, are told as they are.
fn is_structure(column: &Column) -> bool {
    !matches!(column.shape.required(), Shape::Scalar(_))
}

fn a_part_that_holds_less_loses_values(
    both: &Both<'_>,
    name: &SmolStr,
    differences: &[Difference],
    all: &mut Comparison<'_>,
) {
    let less: Vec<String> = differences.iter().filter(|it| !it.fits).map(ToString::to_string).collect();
    if !less.is_empty() {
        let less = less.join(", ");
        let text = format!(
            "the column `{name}` of `{}` holds {less}, which values that are there may not fit",
            both.name
        );
        all.breaks(Code::E0723, both.column(name), text);
    }
}

fn holds_all(was: &Column, is: &Column) -> bool {
    let fit = match (was.shape.required(), is.shape.required()) {
        (Shape::Scalar(was), Shape::Scalar(is)) => fits::scalar(was, is),
        (_, Shape::Scalar(Scalar::Plain(Plain::Json))) => Fit::Within,
        (_, _) => Fit::Otherwise,
    };
    if was.one_of.is_empty() || !is.one_of.is_empty() {
        let listed = is.one_of.is_empty() || (!was.one_of.is_empty() && is_listed(was, is));
        return fit == Fit::Within && listed;
    }
    fits::members(was.one_of.iter().map(SmolStr::as_str), is.shape.required()) == Fit::Within
}

/// Whether every text that a column held is among those it holds, as itself or under another name.
fn is_listed(was: &Column, is: &Column) -> bool {
    let became = |old: &SmolStr| is.were.values().any(|were| were == old);
    was.one_of.iter().all(|text| is.one_of.contains(text) || became(text))
}

fn held(column: &Column) -> String {
    if column.one_of.is_empty() {
        column.shape.required().to_string()
    } else {
        column.one_of.iter().map(SmolStr::as_str).collect::<Vec<_>>().join(" | ")
    }
}

fn a_column_that_may_not_be_null_needs_a_value_for_each_row(both: &Both<'_>, all: &mut Comparison<'_>) {
    for (name, was, is) in both.kept() {
        if was.shape.is_optional() && !is.shape.is_optional() {
            let text = format!("the column `{name}` of `{}` may not be null any more", both.name);
            all.breaks(Code::E0724, both.column(name), text);
        }
    }
}

fn a_new_column_that_must_be_filled_needs_a_value_for_each_row(both: &Both<'_>, all: &mut Comparison<'_>) {
    for (name, new) in both.added() {
        if new.is_empty_at_first() && !new.shape.is_optional() {
            let text =
                format!("the new column `{name}` of `{}` has no value for the rows there are", both.name);
            all.breaks(Code::E0724, both.column(name), text);
        }
    }
}

fn a_new_column_that_may_stay_empty_is_new(both: &Both<'_>, all: &mut Comparison<'_>) {
    for (name, new) in both.added() {
        if new.shape.is_optional() || !new.is_empty_at_first() {
            let text = format!("the column `{name}` of `{}` is there", both.name);
            all.adds(both.column(name), text);
        }
    }
}

fn a_new_unique_is_noted(both: &Both<'_>, all: &mut Comparison<'_>) {
    for columns in &both.is.uniques {
        let held = |unique: &[SmolStr]| unique.iter().all(|column| columns.contains(both.now(column)));
        let holds = held(std::slice::from_ref(&both.was.key)) || both.was.uniques.iter().any(|it| held(it));
        // A column that is empty in every row so far holds nothing twice.
        let fresh = |column: &SmolStr| {
            let new = both.is.columns.get(column).filter(|_| both.before(column).is_none());
            new.is_some_and(|new| new.shape.is_optional() && new.is_empty_at_first())
        };
        if !holds && !columns.iter().any(fresh) {
            let listed = columns.join(", ");
            let text = format!("`{}` is unique by ({listed}), which rows may break", both.name);
            all.breaks(Code::W0706, both.subject(), text);
        }
    }
}

fn a_relation_that_points_or_deletes_otherwise_is_noted(both: &Both<'_>, all: &mut Comparison<'_>) {
    for (name, is) in both.is.relations.iter().filter(|(name, _)| both.before(name).is_some()) {
        let old = both.renamed.get(name).copied().unwrap_or(name);
        let text = match both.was.relations.get(old) {
            None => format!("`{name}` of `{}` points to `{}`, which rows may break", both.name, is.table),
            Some(was) if was.table != is.table => {
                format!(
                    "`{name}` of `{}` points to `{}`, and pointed to `{}`",
                    both.name, is.table, was.table
                )
            }
            Some(was) if was.on_delete != is.on_delete => {
                format!("what a deletion behind `{name}` of `{}` does is another", both.name)
            }
            Some(_) => continue,
        };
        all.breaks(Code::W0707, both.column(name), text);
    }
}

fn fewer_rows_behind_one_are_a_loss(both: &Both<'_>, all: &mut Comparison<'_>) {
    if all.before.lock < BOUNDED {
        return;
    }
    let names_one =
        |of: &Table, name: &SmolStr| of.key == *name || of.uniques.contains(std::slice::from_ref(name));
    for (name, is) in both.is.relations.iter().filter(|(name, _)| both.before(name).is_some()) {
        let old = both.renamed.get(name).copied().unwrap_or(name);
        if names_one(both.was, old) || names_one(both.is, name) {
            continue;
        }
        let there = both.was.relations.get(old).filter(|was| was.table == is.table);
        let was = there.and_then(|was| was.most);
        let Some(most) = is.most.filter(|most| was.is_none_or(|was| *most < was)) else { continue };
        let before = was.map_or_else(|| "any number".to_owned(), |was| was.to_string());
        let text = format!(
            "at most {most} rows of `{}` may point to one of `{}` by `{name}`, and {before} could",
            both.name, is.table
        );
        all.breaks(Code::E0723, both.column(name), text);
    }
}

fn an_index_that_comes_or_goes_is_told(both: &Both<'_>, all: &mut Comparison<'_>) {
    let told = |index: &SmolStr, what: &str| format!("the index ({index}) of `{}` is {what}", both.name);
    let now = |index: &SmolStr| {
        let columns = index.split(", ").map(|part| match part.strip_suffix(" desc") {
            Some(column) => format!("{} desc", both.now(&column.into())),
            None => both.now(&part.into()).to_string(),
        });
        SmolStr::new(columns.collect::<Vec<_>>().join(", "))
    };
    let was: BTreeSet<SmolStr> = both.was.indexes.iter().map(now).collect();
    for index in both.is.indexes.difference(&was) {
        all.adds(both.subject(), told(index, "there"));
    }
    for index in was.difference(&both.is.indexes) {
        all.adds(both.subject(), told(index, "gone"));
    }
}

//! Tables: what becomes of the rows that are there.
use super::fits::{self, Fit};
use super::{Comparison, Pair, Subject, pairs};
use crate::contract::{Column, Shape, Table};
use crate::report::Code;
use smol_str::SmolStr;

/// A table that is on both sides.
struct Both<'a> {
    name: &'a SmolStr,
    was: &'a Table,
    is: &'a Table,
}

impl<'a> Both<'a> {
    fn subject(&self) -> Subject {
        Subject::Table(self.name.clone(), None)
    }

    fn column(&self, column: &SmolStr) -> Subject {
        Subject::Table(self.name.clone(), Some(column.clone()))
    }

    /// Columns that are on both sides.
    fn kept(&self) -> impl Iterator<Item = (&'a SmolStr, &'a Column, &'a Column)> {
        pairs(&self.was.columns, &self.is.columns).filter_map(|pair| Some((pair.name, pair.was?, pair.is?)))
    }
}

type Rule = fn(&Both<'_>, &mut Comparison<'_>);

const RULES: &[Rule] = &[
    another_key_changes_every_row,
    a_column_that_is_dropped_loses_its_values,
    a_column_that_holds_less_loses_values,
    a_column_that_may_not_be_null_needs_a_value_for_each_row,
    a_new_column_that_must_be_filled_needs_a_value_for_each_row,
    a_new_column_that_may_stay_empty_is_new,
    a_new_unique_is_noted,
    a_relation_that_points_or_deletes_otherwise_is_noted,
];

/// Compares one table.
pub(super) fn compare<'a>(pair: &Pair<'a, Table>, all: &mut Comparison<'a>) {
    match (pair.was, pair.is) {
        (Some(_), None) => a_table_that_is_dropped_loses_its_rows(pair.name, all),
        (None, Some(_)) => a_new_table_loses_nothing(pair.name, all),
        (Some(was), Some(is)) => {
            let both = Both { name: pair.name, was, is };
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

fn another_key_changes_every_row(both: &Both<'_>, all: &mut Comparison<'_>) {
    if both.was.key != both.is.key {
        let text = format!("the key of `{}` is `{}`, and was `{}`", both.name, both.is.key, both.was.key);
        all.breaks(Code::E0725, both.subject(), text);
    }
}

fn a_column_that_is_dropped_loses_its_values(both: &Both<'_>, all: &mut Comparison<'_>) {
    for column in both.was.columns.keys().filter(|column| !both.is.columns.contains_key(*column)) {
        let text = format!("the column `{column}` of `{}` is gone, with all its values", both.name);
        all.breaks(Code::E0722, both.column(column), text);
    }
}

fn a_column_that_holds_less_loses_values(both: &Both<'_>, all: &mut Comparison<'_>) {
    for (name, was, is) in both.kept() {
        if holds_all(was, is) {
            continue;
        }
        let (old, new) = (held(was), held(is));
        let text = format!("the column `{name}` of `{}` holds `{new}`, and held `{old}`", both.name);
        all.breaks(Code::E0723, both.column(name), text);
    }
}

fn holds_all(was: &Column, is: &Column) -> bool {
    let fit = match (was.shape.required(), is.shape.required()) {
        (Shape::Scalar(was), Shape::Scalar(is)) => fits::scalar(was, is),
        (_, _) => Fit::Otherwise,
    };
    if was.one_of.is_empty() || !is.one_of.is_empty() {
        let listed = is.one_of.is_empty() || (!was.one_of.is_empty() && was.one_of.is_subset(&is.one_of));
        return fit == Fit::Within && listed;
    }
    fits::members(was.one_of.iter().map(SmolStr::as_str), is.shape.required()) == Fit::Within
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
    for pair in pairs(&both.was.columns, &both.is.columns).filter(|pair| pair.was.is_none()) {
        if pair.is.is_some_and(|is| !is.shape.is_optional() && is.default.is_none()) {
            let text = format!(
                "the new column `{}` of `{}` has no value for the rows there are",
                pair.name, both.name
            );
            all.breaks(Code::E0724, both.column(pair.name), text);
        }
    }
}

fn a_new_column_that_may_stay_empty_is_new(both: &Both<'_>, all: &mut Comparison<'_>) {
    for pair in pairs(&both.was.columns, &both.is.columns).filter(|pair| pair.was.is_none()) {
        if pair.is.is_some_and(|is| is.shape.is_optional() || is.default.is_some()) {
            let text = format!("the column `{}` of `{}` is there", pair.name, both.name);
            all.adds(both.column(pair.name), text);
        }
    }
}

fn a_new_unique_is_noted(both: &Both<'_>, all: &mut Comparison<'_>) {
    for columns in both.is.uniques.difference(&both.was.uniques) {
        let held = |unique: &[SmolStr]| unique.iter().all(|column| columns.contains(column));
        let holds = held(std::slice::from_ref(&both.was.key)) || both.was.uniques.iter().any(|it| held(it));
        // A column that is empty in every row so far holds nothing twice.
        let fresh = |column: &SmolStr| {
            let new = both.is.columns.get(column).filter(|_| !both.was.columns.contains_key(column));
            new.is_some_and(|new| new.shape.is_optional() && new.default.is_none())
        };
        if !holds && !columns.iter().any(fresh) {
            let listed = columns.join(", ");
            let text = format!("`{}` is unique by ({listed}), which rows may break", both.name);
            all.breaks(Code::W0706, both.subject(), text);
        }
    }
}

fn a_relation_that_points_or_deletes_otherwise_is_noted(both: &Both<'_>, all: &mut Comparison<'_>) {
    for pair in pairs(&both.was.relations, &both.is.relations) {
        if !both.was.columns.contains_key(pair.name) {
            continue;
        }
        let Some(is) = pair.is else { continue };
        let text = match pair.was {
            None => {
                format!("`{}` of `{}` points to `{}`, which rows may break", pair.name, both.name, is.table)
            }
            Some(was) if was.table != is.table => {
                format!(
                    "`{}` of `{}` points to `{}`, and pointed to `{}`",
                    pair.name, both.name, is.table, was.table
                )
            }
            Some(was) if was.on_delete != is.on_delete => {
                format!("what a deletion behind `{}` of `{}` does is another", pair.name, both.name)
            }
            Some(_) => continue,
        };
        all.breaks(Code::W0707, both.column(pair.name), text);
    }
}

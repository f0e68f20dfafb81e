//! What each column of a table gets from the table as it was.
use super::convert;
use crate::migrate::fill::Fills;
use crate::plan::sql::quoted;
use crate::store::schema::text;
use quater_ir::storage::migration::{Conversion, conversion, renamed};
use quater_ir::storage::{Check, StoredColumn, Table};
use smol_str::SmolStr;
use std::collections::BTreeMap;

/// A table that is changed.
pub(super) struct Pair<'a> {
    pub(super) found: &'a Table,
    pub(super) wanted: &'a Table,
    renamed: BTreeMap<&'a SmolStr, &'a SmolStr>,
}

impl<'a> Pair<'a> {
    pub(super) fn new(found: &'a Table, wanted: &'a Table) -> Self {
        Self { found, wanted, renamed: renamed(found, wanted) }
    }

    /// What a column was before.
    pub(super) fn before(&self, name: &SmolStr) -> Option<&'a StoredColumn> {
        match self.renamed.get(name) {
            Some(old) => self.found.column(old),
            None if self.renamed.values().any(|old| *old == name) => None,
            None => self.found.column(name),
        }
    }

    /// The value of a column in a row of the table before, as an expression over that row.
    pub(super) fn value(&self, column: &StoredColumn, fills: &Fills<'_>) -> String {
        let fill = || column.origin.fill.as_ref().and_then(|fill| fills.sql(fill, column.kind));
        let required = |fill: Option<String>| {
            if column.optional { None } else { fill }.unwrap_or_else(|| "NULL".to_owned())
        };
        let Some(before) = self.before(&column.name) else { return required(fill()) };
        if before.kind != column.kind && conversion(before.kind, column.kind) == Conversion::None {
            return required(fill());
        }
        let value = self.kept(before, column);
        match fill().filter(|_| before.optional && !column.optional) {
            Some(fill) => format!("coalesce({value}, {fill})"),
            None => value,
        }
    }

    /// The value that a column had, as what it holds now.
    fn kept(&self, before: &StoredColumn, column: &StoredColumn) -> String {
        let name = quoted(&before.name);
        let value = if before.kind == column.kind {
            name
        } else {
            format!("({})", convert::converted(&name, before.kind, column.kind))
        };
        let Some(Check::OneOf(old)) = &before.check else { return value };
        let became = |(now, was): &&(SmolStr, SmolStr)| !old.contains(now) && old.contains(was);
        let cases: String = column
            .origin
            .renamed
            .iter()
            .filter(became)
            .map(|(now, was)| format!(" WHEN {} THEN {}", text(was), text(now)))
            .collect();
        if cases.is_empty() { value } else { format!("CASE {value}{cases} ELSE {value} END") }
    }
}

//! What each column of a table gets from the table as it was.
use super::fill::{Fills, draws};
use super::probe::converted;
use super::reshaped::Rewriter;
use crate::plan::dialect::Dialect;
use crate::plan::sql::quoted;
use crate::store::schema::text;
use quater_ir::Id;
use quater_ir::entity::Column;
use quater_ir::expr::Expr;
use quater_ir::expr::reach::columns_in;
#[cfg(feature = "postgres")]
use quater_ir::storage::Index;
use quater_ir::storage::migration::{Conversion, conversion, renamed};
use quater_ir::storage::shape::rewrite;
use quater_ir::storage::{Check, StoredColumn, StoredKind, Table};
use smol_str::SmolStr;
use std::collections::BTreeMap;

/// A table that is changed.
pub(crate) struct Pair<'a> {
    pub(crate) found: &'a Table,
    pub(crate) wanted: &'a Table,
    renamed: BTreeMap<&'a SmolStr, &'a SmolStr>,
}

impl<'a> Pair<'a> {
    pub(crate) fn new(found: &'a Table, wanted: &'a Table) -> Self {
        Self { found, wanted, renamed: renamed(found, wanted) }
    }

    /// What a column was before.
    pub(crate) fn before(&self, name: &SmolStr) -> Option<&'a StoredColumn> {
        match self.renamed.get(name) {
            Some(old) => self.found.column(old),
            None if self.renamed.values().any(|old| *old == name) => None,
            None => self.found.column(name),
        }
    }

    /// The names that columns had; none if one was not there.
    #[cfg(feature = "postgres")]
    pub(crate) fn old_names(&self, now: &[SmolStr]) -> Option<Vec<SmolStr>> {
        now.iter().map(|name| self.before(name).map(|column| column.name.clone())).collect()
    }

    /// An index by the names before.
    #[cfg(feature = "postgres")]
    pub(crate) fn old_index(&self, now: &Index) -> Option<Index> {
        let old = |(name, down): &(SmolStr, bool)| Some((self.before(name)?.name.clone(), *down));
        Some(Index { columns: now.columns.iter().map(old).collect::<Option<_>>()? })
    }

    /// The value of a column in a row of the table before, as an expression over that row.
    pub(crate) fn value(&self, column: &StoredColumn, fills: &Fills<'_>, dialect: Dialect) -> String {
        let fill = || {
            let after = |read: Id<Column>| self.after(read, fills, dialect);
            column.origin.fill.as_ref().and_then(|fill| fills.sql(fill, column.kind, &after))
        };
        let filled = |fill: Option<String>| fill.unwrap_or_else(|| "NULL".to_owned());
        let Some(before) = self.before(&column.name) else { return filled(fill()) };
        if before.kind != column.kind && conversion(before.kind, column.kind) == Conversion::None {
            return filled(fill());
        }
        let value = self.kept(before, column, fills, dialect);
        match fill().filter(|_| before.optional && !column.optional) {
            Some(fill) => format!("coalesce({value}, {fill})"),
            None => value,
        }
    }

    /// A column that another one is worked out of, as an expression over the row before.
    fn after(&self, read: Id<Column>, fills: &Fills<'_>, dialect: Dialect) -> String {
        // None of them is worked out itself, which the compiler sees to.
        let read = self.wanted.columns.get(read.index()).filter(|it| !it.origin.is_worked_out());
        let value = read.map_or_else(|| "NULL".to_owned(), |it| self.value(it, fills, dialect));
        if value.starts_with('-') { format!("({value})") } else { value }
    }

    /// Whether a value is made of a column that is new too, and drawn for each row: drawn again it is another.
    pub(crate) fn reads_drawn(&self, value: &Expr) -> bool {
        let mut found = false;
        columns_in(value, &mut |read| {
            let read = self.wanted.columns.get(read.index()).filter(|it| self.before(&it.name).is_none());
            found |= read.and_then(|it| it.origin.fill.as_ref()).is_some_and(draws);
        });
        found
    }

    /// The value that a column had, as what it holds now.
    fn kept(
        &self,
        before: &StoredColumn,
        column: &StoredColumn,
        fills: &Fills<'_>,
        dialect: Dialect,
    ) -> String {
        let name = quoted(&before.name);
        if let (StoredKind::Json, Some(was), Some(is)) = (column.kind, &before.shape, &column.shape) {
            let rewriter = Rewriter { fills, dialect };
            return rewrite(was, is).map_or_else(|| name.clone(), |it| rewriter.sql(&name, &it, 0));
        }
        let value = if before.kind == column.kind {
            name
        } else {
            format!("({})", converted(dialect, &name, before.kind, column.kind))
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

//! Rows that relations lead to, as SQL: those that a row points to, and those that point to it.
use super::join::{Back, Level, parts};
use super::nest::Nest;
use super::orderly::{AND, may_fail};
use super::sql::{Sql, form, quoted, target};
use crate::facts::stored;
use crate::service::StartError;
use quater_ir::Id;
use quater_ir::body::Sort;
use quater_ir::entity::{Column, Entity};
use quater_ir::expr::{Aggregate, Expr, Rows, RowsGive};
use quater_ir::storage::StoredKind;
use quater_ir::types::Type;

type Written = Result<(), StartError>;

impl Sql<'_> {
    /// Appends the key of the row that relations lead to, where it may be seen.
    pub(super) fn related(&mut self, of: Id<Entity>, up: u32, via: &[Id<Column>], guard: &Expr) -> Written {
        let entity = self.reached(of, up, via);
        let seen = via
            .iter()
            .rev()
            .fold(guard.clone(), |guard, relation| quater_ir::expr::reach::through(*relation, guard));
        let seen = quater_ir::expr::reach::further_in(seen, up);
        if seen.is(true) {
            self.key(of, up, via, entity);
            return Ok(());
        }
        self.push("(CASE WHEN ");
        self.expr(of, &seen)?;
        self.push(" THEN ");
        self.key(of, up, via, entity);
        self.push(" END)");
        Ok(())
    }

    /// Appends the key of a row that relations lead to.
    fn key(&mut self, of: Id<Entity>, up: u32, via: &[Id<Column>], entity: Id<Entity>) {
        match via.split_last() {
            Some((last, before)) => self.column(of, up, before, *last),
            None => self.column(of, up, &[], self.program.entities[entity].key),
        }
    }

    /// Appends what is made of the rows on a far side.
    pub(super) fn rows(&mut self, of: Id<Entity>, rows: &Rows, ty: &Type) -> Written {
        match &rows.gives {
            RowsGive::Any(condition) => {
                self.push("EXISTS ");
                self.each(of, rows, |sql| sql.push_all("1"), Some((condition, "")))
            }
            RowsGive::All(condition) => {
                self.push("NOT EXISTS ");
                self.each(of, rows, |sql| sql.push_all("1"), Some((condition, " IS NOT TRUE")))
            }
            RowsGive::Aggregate(function, value) => self.aggregate(of, rows, *function, value.as_ref(), ty),
            RowsGive::List(_) | RowsGive::Distinct(_) | RowsGive::One(_) => {
                let nest = Nest::new(self.program, rows)?;
                self.nest(of, rows, &nest)
            }
        }
    }

    pub(super) fn push_all(&mut self, text: &str) -> Written {
        self.push(text);
        Ok(())
    }

    /// Appends `item IN (…)` for a value of each row.
    pub(super) fn among(&mut self, of: Id<Entity>, item: &Expr, rows: &Rows) -> Written {
        let (RowsGive::List(value) | RowsGive::Distinct(value)) = &rows.gives else {
            return Err(StartError::Unsupported { what: "`in` over what is no list".to_owned() });
        };
        self.push("(");
        self.expr(of, item)?;
        self.push(" IN ");
        self.each(of, rows, |sql| sql.expr(of, value), None)?;
        self.push(")");
        Ok(())
    }

    /// Appends a query in parentheses that selects something of each row; a condition may be asked too,
    /// with what goes behind it.
    pub(super) fn each(
        &mut self,
        of: Id<Entity>,
        rows: &Rows,
        select: impl FnOnce(&mut Self) -> Written,
        also: Option<(&Expr, &str)>,
    ) -> Written {
        let alias = self.enter(of, rows);
        self.push("(SELECT ");
        select(self)?;
        self.source(of, rows, &alias)?;
        if let Some((condition, behind)) = also {
            self.push(if rows.take.is_some() { " WHERE (" } else { " AND (" });
            let among = rows.take.is_none() && may_fail(condition);
            if among {
                self.push("CASE WHEN ");
                self.of_this_row(of, rows, &alias);
                self.push(" THEN ");
            }
            self.expr(of, condition)?;
            self.push(if among { " END" } else { "" });
            self.push(&format!("){behind}"));
        }
        self.push(")");
        self.leave();
        Ok(())
    }

    /// Goes one level in, to a row of the far side.
    fn enter(&mut self, of: Id<Entity>, rows: &Rows) -> String {
        if self.levels.is_empty() {
            self.levels.push(Level::bare(of));
        }
        let alias = self.alias('n');
        let back = Back { by: rows.by, up: rows.up + 1, via: rows.via.clone() };
        self.levels.push(Level::far(rows.entity, alias.clone(), back, &rows.guard));
        alias
    }

    fn leave(&mut self) {
        self.close();
        if let [outermost] = self.levels.as_slice()
            && outermost.is_bare()
        {
            self.levels.clear();
        }
    }

    /// Appends where the rows come from and which of them count; with a `take`, so many as a table.
    fn source(&mut self, of: Id<Entity>, rows: &Rows, alias: &str) -> Written {
        if rows.take.is_none() {
            return self.all(of, rows, (alias, ""));
        }
        let table = quoted(&self.program.entities[rows.entity].table);
        // What is joined to the rows taken stands behind them all, so what chooses them looks for itself.
        let outside = self.levels.last_mut().and_then(Level::shut);
        self.push(&format!(" FROM (SELECT {alias}.* FROM {table} AS {alias}"));
        self.which(of, rows, alias)?;
        self.push(" ORDER BY ");
        self.sorted(of, &rows.sort)?;
        let take = rows.take.unwrap_or(u32::MAX);
        self.push(&format!(" LIMIT {take}) AS {alias}"));
        if let Some(level) = self.levels.last_mut() {
            level.reopen(outside);
        }
        self.joins_here();
        Ok(())
    }

    /// Appends where the rows come from, and which of them count.
    fn all(&mut self, of: Id<Entity>, rows: &Rows, (alias, index): (&str, &str)) -> Written {
        let table = quoted(&self.program.entities[rows.entity].table);
        self.push(&format!(" FROM {table} AS {alias}{index}"));
        self.joins_here();
        self.which(of, rows, alias)
    }

    fn which(&mut self, of: Id<Entity>, rows: &Rows, alias: &str) -> Written {
        self.push(" WHERE ");
        self.of_this_row(of, rows, alias);
        let implied =
            |sql: &Self, part: &Expr| rows.via.is_empty() && sql.is_implied(rows.up + 1, rows.by, part);
        let guard = parts(&rows.guard).filter(|part| !implied(self, part));
        let all: Vec<Expr> = guard.chain(rows.condition.iter().filter(|it| !it.is(true))).cloned().collect();
        if all.iter().any(may_fail) {
            self.push(" AND CASE WHEN ");
            self.of_this_row(of, rows, alias);
            self.push(" THEN ");
            self.junction(of, &all, &AND)?;
            self.push(" ELSE FALSE END");
            return Ok(());
        }
        for condition in &all {
            self.push(" AND ");
            self.expr(of, condition)?;
        }
        Ok(())
    }

    /// Appends that a row is one of the row around.
    fn of_this_row(&mut self, of: Id<Entity>, rows: &Rows, alias: &str) {
        let by = quoted(&self.program.entities[rows.entity].columns[rows.by].sql);
        self.push(&format!("{alias}.{by} = "));
        let (up, outer) = (rows.up + 1, self.reached(of, rows.up + 1, &rows.via));
        self.key(of, up, &rows.via, outer);
    }

    /// Appends an order of the row at hand, ties by the key.
    pub(super) fn sorted(&mut self, of: Id<Entity>, sort: &[Sort]) -> Written {
        let (entity, _) = self.level(of, 0);
        let key = self.program.entities[entity].key;
        let is_key = |step: &Sort| step.via.is_empty() && step.column == key && step.seen.is_none();
        let decided = sort.iter().position(is_key);
        for step in sort.iter().take(decided.unwrap_or(sort.len())) {
            let reached = self.reached(of, 0, &step.via);
            let column = &self.program.entities[reached].columns[step.column];
            let absent =
                column.ty.is_optional() || step.seen.is_some() || self.passes_null(entity, &step.via);
            self.step(of, step, &column.ty)?;
            self.push(if step.descending { " DESC" } else { "" });
            self.push(self.dialect.nulls(absent, step.descending));
            self.push(", ");
        }
        self.column(of, 0, &[], key);
        if decided.and_then(|at| sort.get(at)).is_some_and(|step| step.descending) {
            self.push(" DESC");
        }
        Ok(())
    }

    /// Appends what one step of an order compares: a member of an enum by its position, null where the
    /// value may not be seen.
    fn step(&mut self, of: Id<Entity>, step: &Sort, ty: &Type) -> Written {
        if let Some(seen) = &step.seen {
            self.push("(CASE WHEN ");
            self.expr(of, seen)?;
            self.push(" THEN ");
        }
        if let Type::Enum(id) = ty.required() {
            let members = self.program.enums[*id].members.iter().enumerate();
            let cases: String = members.map(|(at, name)| format!(" WHEN '{name}' THEN {at}")).collect();
            self.push("(CASE ");
            self.column(of, 0, &step.via, step.column);
            self.push(&format!("{cases} END)"));
        } else {
            self.column(of, 0, &step.via, step.column);
        }
        self.push(if step.seen.is_some() { " END)" } else { "" });
        Ok(())
    }

    /// Whether one of some relations may be absent.
    fn passes_null(&self, of: Id<Entity>, via: &[Id<Column>]) -> bool {
        let mut at = of;
        via.iter().any(|relation| {
            let absent = self.program.entities[at].columns[*relation].ty.is_optional();
            at = target(self.program, at, *relation).unwrap_or(at);
            absent
        })
    }

    fn aggregate(
        &mut self,
        of: Id<Entity>,
        rows: &Rows,
        function: Aggregate,
        value: Option<&Expr>,
        ty: &Type,
    ) -> Written {
        let (before, after) = self.made_of_all(function, value, ty)?;
        let alias = self.enter(of, rows);
        self.push("(SELECT ");
        self.push(&before);
        match (function, value) {
            (Aggregate::Count, Some(condition)) => {
                self.push("CASE WHEN ");
                self.expr(of, condition)?;
                self.push(" THEN 1 END");
            }
            (_, Some(value)) => self.expr(of, value)?,
            (_, None) => self.push("*"),
        }
        self.push(&after);
        self.source(of, rows, &alias)?;
        self.push(")");
        self.leave();
        Ok(())
    }

    /// What stands around a value to make one of all rows.
    pub(super) fn made_of_all(
        &self,
        function: Aggregate,
        value: Option<&Expr>,
        ty: &Type,
    ) -> Result<(String, String), StartError> {
        let kind = match value.map(|value| form(self.program, &value.ty)) {
            Some(form) => form.kind(),
            None => StoredKind::Int,
        };
        let ordered = value.is_some_and(|value| matches!(stored(self.program, &value.ty), Type::Enum(_)));
        if ordered && matches!(function, Aggregate::Min | Aggregate::Max) {
            return Err(StartError::Unsupported { what: "`min` and `max` of an enum".to_owned() });
        }
        let scale = if let Type::Decimal { scale, .. } = ty.required() { *scale } else { 0 };
        Ok(self.dialect.made_of_all(function, kind, scale))
    }

    /// Appends rows as one value: the cells of each, or the text that an answer has for them.
    pub(super) fn nest(&mut self, of: Id<Entity>, rows: &Rows, nest: &Nest) -> Written {
        let alias = self.enter(of, rows);
        let all = self.takes_all(of, rows);
        let index = if all { self.in_order_by(rows) } else { None };
        let joins_in_order = self.dialect.joins_in_order();
        let [before, after] = self.dialect.nested(nest.text);
        let within = self.dialect.orders_within();
        let in_order = nest.one || index.is_some() || rows.take.is_some() && joins_in_order;
        self.push(&before);
        self.nested_cells(of, nest)?;
        if within && !in_order {
            self.push(" ORDER BY ");
            self.sorted(of, &rows.sort)?;
        }
        self.push(")");
        match index {
            Some(index) => self.all(of, rows, (&alias, &index))?,
            None if all && !joins_in_order => self.all(of, rows, (&alias, ""))?,
            None => self.source(of, rows, &alias)?,
        }
        if !(within || in_order) {
            self.push(" ORDER BY ");
            self.sorted(of, &rows.sort)?;
        }
        self.push(&after);
        self.leave();
        Ok(())
    }

    /// Appends the cells of a row inside another, one at least where they are read as such.
    fn nested_cells(&mut self, of: Id<Entity>, nest: &Nest) -> Written {
        let (list, is_text) = (&nest.cells.list, nest.text.is_some());
        if list.is_empty() && !is_text {
            self.push("NULL");
        }
        for (at, cell) in list.iter().enumerate() {
            self.push(if at > 0 || is_text { ", " } else { "" });
            cell.write(self, of)?;
        }
        Ok(())
    }

    /// Whether no row of a far side is left out because there can be no more than are taken; then each is joined to
    /// others as it is found. Whoever reads them takes no more, whatever there is.
    fn takes_all(&self, of: Id<Entity>, rows: &Rows) -> bool {
        let outer = self.reached(of, rows.up + 1, &rows.via);
        let sides = self.program.entities[outer].sides.values();
        let mut its = sides.filter(|side| side.entity == rows.entity && side.by == rows.by && !side.single);
        rows.take.is_some() && its.any(|side| side.bounds.max == rows.take)
    }

    /// The index that gives all rows of a far side in their order.
    fn in_order_by(&self, rows: &Rows) -> Option<String> {
        let entity = &self.program.entities[rows.entity];
        let by_key = rows.sort.first().is_none_or(|step| {
            step.via.is_empty() && step.column == entity.key && step.seen.is_none() && !step.descending
        });
        let table = self.program.storage.table(&entity.table)?;
        let columns = [(entity.columns[rows.by].sql.clone(), false)];
        let indexed = table.every_index().iter().any(|index| index.columns == columns);
        if by_key && indexed { self.dialect.in_order_by(table, &columns) } else { None }
    }
}

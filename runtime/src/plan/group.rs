//! Values of all rows, and of rows that share a value, as SQL.
use super::lacks::Lacks;
use super::query::{Prepared, rest_of};
use super::sql::{Form, Sql, form, unsupported};
use super::switch::Rest;
use super::walk;
use super::{Statements, cells::Cells};
use crate::kernel::number;
use crate::service::StartError;
use crate::value::Value;
use quater_ir::body::{Groups, Select};
use quater_ir::entity::Entity;
use quater_ir::expr::{Aggregate, Expr, Node, RowsGive};
use quater_ir::storage::StoredKind;
use quater_ir::types::Type;
use quater_ir::{Id, Program};

type Written = Result<(), StartError>;

/// A value made of all rows as an expression, and what it is where there are none.
pub(super) fn whole(function: Aggregate, value: &Expr) -> (Expr, Value) {
    let of = value.ty.required().clone();
    let int = matches!(of, Type::Int(_));
    let (ty, none) = match function {
        Aggregate::Count => (Type::INT, Value::Int(0)),
        Aggregate::Sum => {
            let none = zero(&of);
            (of, none)
        }
        Aggregate::Avg if int => (Type::FLOAT.optional(), Value::Null),
        Aggregate::Min | Aggregate::Max | Aggregate::Avg => (of.optional(), Value::Null),
    };
    (Expr::new(Node::Aggregate { function, value: Some(Box::new(value.clone())) }, ty), none)
}

fn zero(ty: &Type) -> Value {
    if let Type::Decimal { scale, .. } = ty {
        Value::Decimal(number::of_units(0, *scale))
    } else if let Type::Float(_) = ty {
        Value::Float(0.0)
    } else if matches!(ty, Type::Duration) {
        Value::Duration(0)
    } else {
        Value::Int(0)
    }
}

/// A query of groups.
pub(super) struct Grouping<'g> {
    pub(super) select: &'g Select,
    pub(super) groups: &'g Groups,
    pub(super) cells: &'g Cells,
}

impl Grouping<'_> {
    /// The statement, with a condition that depends on what is decided beforehand.
    pub(super) fn prepare(
        &self,
        program: &Program,
        statements: &mut Statements,
        rest: &Rest,
    ) -> Result<Option<Prepared>, StartError> {
        let Some(condition) = rest_of(rest) else { return Ok(None) };
        let of = self.select.entity;
        let mut sql = Sql::new(program, statements.dialect, "SELECT ");
        let values = self.values(program);
        sql.grouped = Some(values.clone());
        self.cells.write(&mut sql, of, &[])?;
        let sorted = self.sorted(program);
        sql.push(" FROM (SELECT ");
        sql.open(of, &self.select.guard);
        let each = self.key(&mut sql, of)?;
        sql.grouped = None;
        let mut lacks = Lacks::default();
        for (at, value) in values.iter().enumerate() {
            lacks.note(sql.wrap(of, ", ", value, &format!(" AS v{at}")))?;
        }
        lacks.end(())?;
        sql.from(of);
        if let Some(list) = each {
            let [before, after] = sql.dialect.list();
            sql.push(&format!(", {before}"));
            sql.gone_through(of, list)?;
            sql.push(&format!("{after} AS e"));
        }
        if let Some(condition) = condition {
            sql.wrap(of, " WHERE ", condition, "")?;
        }
        sql.close();
        sql.grouped = Some(values);
        sql.push(") AS g GROUP BY g.k ORDER BY ");
        for (value, descending) in &sorted {
            sql.step_of_group(of, value, *descending)?;
            sql.push(", ");
        }
        sql.step_of_group(of, &self.shared(), false)?;
        let take = self.select.take.unwrap_or(u32::MAX);
        sql.push(&format!(" LIMIT {take}"));
        Ok(Some(Prepared { number: statements.add(sql.text), binds: sql.binds }))
    }

    /// Appends what the rows of a group share; gives the list that is gone through for it.
    fn key(&self, sql: &mut Sql<'_>, of: Id<Entity>) -> Result<Option<&Expr>, StartError> {
        let key = &self.groups.key;
        if !self.groups.each {
            sql.wrap(of, "", key, " AS k")?;
            return Ok(None);
        }
        let Type::List(inner, _) = key.ty.required() else {
            return unsupported("`group by each` over what is no list");
        };
        let item = match form(sql.program, inner) {
            Form::Scalar(StoredKind::Json) | Form::Structure(_) | Form::Items(_) | Form::Nested(_) => None,
            Form::Scalar(kind) if matches!(key.node, Node::Rows(_)) => sql.dialect.item(kind, "e", false),
            Form::Scalar(kind) => sql.dialect.stored_item(kind, "e"),
        };
        let Some(item) = item else {
            let what = "`group by each` over a list of such values".to_owned();
            return Err(StartError::Unsupported { what });
        };
        sql.push(&format!("{item} AS k"));
        Ok(Some(key))
    }

    /// The shared value, as a group shows it.
    fn shared(&self) -> Expr {
        let ty = if self.groups.each { self.groups.key.ty.item() } else { None };
        Expr::new(Node::GroupKey, ty.unwrap_or(&self.groups.key.ty).clone())
    }

    /// What is made one value of, each once.
    fn values(&self, program: &Program) -> Vec<Expr> {
        let mut values = Vec::new();
        for source in program.records[self.groups.shape].fields.values().filter_map(|it| it.source.as_ref()) {
            aggregated(source, &mut values);
        }
        values
    }

    /// The order of the groups.
    fn sorted(&self, program: &Program) -> Vec<(Expr, bool)> {
        let fields = &program.records[self.groups.shape].fields;
        let source = |(field, descending): &(Id<_>, bool)| {
            fields.find(*field).and_then(|field| field.source.clone()).map(|source| (source, *descending))
        };
        self.groups.sort.iter().filter_map(source).collect()
    }
}

fn aggregated(expr: &Expr, found: &mut Vec<Expr>) {
    if let Node::Aggregate { value: Some(value), .. } = &expr.node {
        if !found.contains(value) {
            found.push((**value).clone());
        }
        return;
    }
    expr.children().into_iter().for_each(|child| aggregated(child, found));
}

impl Sql<'_> {
    /// Appends a list as JSON: one that is stored, or one of values of the rows on a far side.
    fn gone_through(&mut self, of: Id<Entity>, list: &Expr) -> Written {
        let Node::Rows(rows) = &list.node else { return self.expr(of, list) };
        let (value, distinct) = match &rows.gives {
            RowsGive::List(value) => (value, ""),
            RowsGive::Distinct(value) => (value, "DISTINCT "),
            RowsGive::Aggregate(..) | RowsGive::Any(_) | RowsGive::All(_) | RowsGive::One(_) => {
                return unsupported("`group by each` over what is no list");
            }
        };
        let [open, close] = self.dialect.collected();
        let [before, after] = self.dialect.portable(form(self.program, &value.ty).kind());
        let (before, after) = (format!("{open}{distinct}{before}"), format!("{after}{close}"));
        self.each(of, rows, |sql| sql.wrap(of, &before, value, &after), None)
    }

    /// Appends a value made of all rows, or of those of a group.
    pub(super) fn made_of_rows(
        &mut self,
        of: Id<Entity>,
        function: Aggregate,
        value: Option<&Expr>,
        ty: &Type,
    ) -> Written {
        let (before, after) = self.made_of_all(function, value, ty)?;
        let Some(value) = value else { return self.push_all("count(*)") };
        let column = self.grouped.as_ref().and_then(|values| values.iter().position(|it| it == value));
        match column {
            Some(at) => self.push_all(&format!("{before}g.v{at}{after}")),
            None => self.wrap(of, &before, value, &after),
        }
    }

    /// Appends one step of the order of groups.
    fn step_of_group(&mut self, of: Id<Entity>, value: &Expr, descending: bool) -> Written {
        if walk::reads_row(value) {
            self.operand(of, value, true, 0)?;
        } else {
            self.push("1 + 0");
        }
        self.push(if descending { " DESC" } else { "" });
        self.push(self.dialect.nulls(value.ty.is_optional(), descending));
        Ok(())
    }
}

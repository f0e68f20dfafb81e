//! Writing verbs as statements.
use super::Statements;
use super::bound::{Bound, bounds};
use super::cells::{self, Cells, RowPlan};
use super::dialect::Dialect;
use super::query::{Prepared, rest_of};
use super::sql::{self, Form, Sql, quoted};
use super::switch::Switched;
use super::walk;
use crate::service::StartError;
use quater_ir::body::{Assign, Raise, Update};
use quater_ir::entity::{Column, Entity};
use quater_ir::expr::Expr;
use quater_ir::storage::StoredKind;
use quater_ir::{Id, Program};

/// A value for a column.
#[derive(Debug)]
pub(crate) struct Set {
    pub(crate) column: usize,
    pub(crate) value: Expr,
    pub(crate) form: Form,
    /// Whether it is set at all; otherwise it stays what it was.
    pub(crate) when: Option<Expr>,
    /// Null must not stand there.
    pub(crate) required: bool,
}

/// A change of a row that is named by its key.
#[derive(Debug)]
pub(crate) struct Changing {
    pub(crate) entity: Id<Entity>,
    pub(crate) sets: Vec<Set>,
    /// The key's own form.
    pub(crate) key: Form,
    /// Values, key, rest of the permission; nothing where it is not permitted.
    pub(crate) variants: Switched<Option<Prepared>>,
    pub(crate) cells: Vec<cells::Cell>,
    pub(crate) row: RowPlan,
    /// Asked of the row as written.
    pub(crate) permit: Permit,
    pub(crate) exists: usize,
    pub(crate) otherwise: Option<Raise>,
    pub(crate) bounds: Vec<Bound>,
    /// Whether a written row can be told from what was written: values come back as they are sent.
    pub(crate) foreseeable: bool,
}

/// The removal of a row that is named by its key.
#[derive(Debug)]
pub(crate) struct Removing {
    pub(crate) entity: Id<Entity>,
    pub(crate) key: Form,
    pub(crate) variants: Switched<Option<Prepared>>,
    pub(crate) exists: usize,
}

/// How a rule is asked of a row that has been written.
#[derive(Debug)]
pub(crate) enum Permit {
    /// It holds for every row.
    Always,
    /// Over the row in memory.
    Memory(Expr),
    /// By a query with the key bound first, because it looks at other rows.
    Asked(Switched<Option<Prepared>>),
}

/// Whether a column is set.
pub(crate) const WHETHER: Form = Form::Scalar(StoredKind::Bool);

pub(super) fn sets(program: &Program, of: Id<Entity>, values: &[Assign]) -> Vec<Set> {
    let set = |assign: &Assign| {
        let column = &program.entities[of].columns[assign.column];
        let required = !column.ty.is_optional();
        let form = sql::form(program, &column.ty);
        let (value, when) = (assign.value.clone(), assign.when.clone());
        Set { column: assign.column.index(), value, when, form, required }
    };
    values.iter().map(set).collect()
}

/// Every column of an entity.
pub(crate) fn whole(program: &Program, of: Id<Entity>) -> (Cells, RowPlan) {
    some(program, of, program.entities[of].columns.ids())
}

pub(super) fn some(
    program: &Program,
    of: Id<Entity>,
    columns: impl Iterator<Item = Id<Column>>,
) -> (Cells, RowPlan) {
    let mut cells = Cells::default();
    let columns: Vec<Id<Column>> = columns.collect();
    let row = cells::row(program, of, &columns, &mut cells);
    (cells, row)
}

pub(crate) fn update(
    program: &Program,
    statements: &mut Statements,
    update: &Update,
) -> Result<Changing, StartError> {
    let of = update.entity;
    let entity = &program.entities[of];
    let mut values = update.values.clone();
    for (id, column) in entity.columns.iter() {
        if let Some(value) = &column.on_update
            && !values.iter().any(|set| set.column == id)
        {
            values.push(Assign::new(id, value.clone()));
        }
    }
    let sets = sets(program, of, &values);
    let (cells, row) = whole(program, of);
    let name = |at: usize| quoted(&entity.columns[Id::new(at as u32)].sql);
    let key = name(entity.key.index());
    let form = sql::form(program, &entity.columns[entity.key].ty);
    let returned: Vec<String> = row.columns.iter().map(|at| name(*at)).collect();
    let variants = Switched::new(&[&update.permit], |rest| {
        let Some(condition) = rest_of(rest) else { return Ok(None) };
        let table = quoted(&entity.table);
        let mut sql = Sql::new(program, statements.dialect, format!("UPDATE {table} AS t SET "));
        if sets.is_empty() {
            sql.push(&format!("{key} = {key}"));
        }
        for (at, set) in sets.iter().enumerate() {
            sql.push(if at > 0 { ", " } else { "" });
            sql.push(&format!("{} = ", name(set.column)));
            if set.when.is_some() {
                sql.push("CASE WHEN ");
                sql.given(&WHETHER);
                sql.push(" THEN ");
                sql.given(&set.form);
                sql.push(&format!(" ELSE t.{} END", name(set.column)));
            } else {
                sql.given(&set.form);
            }
        }
        sql.push(&format!(" WHERE t.{key} = "));
        sql.given(&form);
        also(&mut sql, of, condition)?;
        sql.push(&format!(" RETURNING {}", returned.join(", ")));
        Ok(Some(Prepared { number: statements.add(sql.text), binds: sql.binds }))
    })?;
    let permit = permit(program, statements, of, &update.permit)?;
    let exists = exists(program, statements, of);
    let otherwise = update.otherwise.clone();
    let written: Vec<usize> = sets.iter().map(|set| set.column).collect();
    let (cells, bounds) = (cells.list, bounds(program, statements, of, &written));
    let plain = |cell: &cells::Cell| matches!(cell.form, Form::Scalar(kind) if kind != StoredKind::Json);
    let foreseeable = cells.iter().all(plain);
    let (entity, key) = (of, form);
    Ok(Changing { entity, sets, key, variants, cells, row, permit, exists, otherwise, bounds, foreseeable })
}

pub(crate) fn delete(
    program: &Program,
    statements: &mut Statements,
    of: Id<Entity>,
    permit: &Expr,
) -> Result<Removing, StartError> {
    let entity = &program.entities[of];
    let (table, key) = (quoted(&entity.table), quoted(&entity.columns[entity.key].sql));
    let form = sql::form(program, &entity.columns[entity.key].ty);
    let variants = Switched::new(&[permit], |rest| {
        let Some(condition) = rest_of(rest) else { return Ok(None) };
        let mut sql =
            Sql::new(program, statements.dialect, format!("DELETE FROM {table} AS t WHERE t.{key} = "));
        sql.given(&form);
        also(&mut sql, of, condition)?;
        Ok(Some(Prepared { number: statements.add(sql.text), binds: sql.binds }))
    })?;
    let exists = exists(program, statements, of);
    Ok(Removing { entity: of, key: form, variants, exists })
}

fn also(sql: &mut Sql<'_>, of: Id<Entity>, condition: Option<&Expr>) -> Result<(), StartError> {
    if let Some(condition) = condition {
        sql.push(" AND ");
        sql.expr(of, condition)?;
    }
    Ok(())
}

fn exists(program: &Program, statements: &mut Statements, of: Id<Entity>) -> usize {
    let entity = &program.entities[of];
    let sql = by_key(program, statements.dialect, entity);
    statements.add(sql.text)
}

/// Asks for a row by a key that is given.
fn by_key<'a>(program: &'a Program, dialect: Dialect, entity: &Entity) -> Sql<'a> {
    let (table, key) = (quoted(&entity.table), &entity.columns[entity.key]);
    let text = format!("SELECT 1 FROM {table} AS t WHERE t.{} = ", quoted(&key.sql));
    let mut sql = Sql::new(program, dialect, text);
    sql.given(&sql::form(program, &key.ty));
    sql
}

pub(super) fn permit(
    program: &Program,
    statements: &mut Statements,
    of: Id<Entity>,
    rule: &Expr,
) -> Result<Permit, StartError> {
    if rule.is(true) {
        return Ok(Permit::Always);
    }
    if !walk::walks_relations(rule) {
        return Ok(Permit::Memory(rule.clone()));
    }
    let entity = &program.entities[of];
    let variants = Switched::new(&[rule], |rest| {
        let Some(condition) = rest_of(rest) else { return Ok(None) };
        let mut sql = by_key(program, statements.dialect, entity);
        also(&mut sql, of, condition)?;
        Ok(Some(Prepared { number: statements.add(sql.text), binds: sql.binds }))
    })?;
    Ok(Permit::Asked(variants))
}

/// The rows that a change of many is about: their keys and what their new values are made from.
#[derive(Debug)]
pub(crate) struct Candidates {
    pub(crate) variants: Switched<Option<Prepared>>,
    pub(crate) cells: Vec<cells::Cell>,
}

/// Plans a change of every selected row: the rows, then the change of each.
pub(crate) fn update_where(
    program: &Program,
    statements: &mut Statements,
    select: &quater_ir::body::Select,
    update: &Update,
) -> Result<(Candidates, Changing), StartError> {
    let entity = &program.entities[select.entity];
    let mut cells = Cells::default();
    cells.add(program, &[], entity.key, &entity.columns[entity.key].ty);
    let mut changing = self::update(program, statements, update)?;
    for set in &mut changing.sets {
        set.value = cells.capture(program, &set.value)?;
    }
    let gives = cells::Gives::Rows(RowPlan { width: 0, columns: Vec::new() });
    let unmasked = quater_ir::body::Select { masks: Vec::new(), ..select.clone() };
    let variants = super::query::variants(program, statements, &unmasked, &cells, &gives, true)?;
    Ok((Candidates { variants, cells: cells.list }, changing))
}

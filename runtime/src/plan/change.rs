//! Writing verbs as statements.
use super::Statements;
use super::bound::{Bound, bounds};
use super::cells::{self, Cells, RowPlan};
use super::changed::{Look, Written, comes_back, depends};
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
    pub(crate) written: Written,
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
    (update, look): (&Update, Look),
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
    let key = sql::form(program, &entity.columns[entity.key].ty);
    let names = row.columns.iter().map(|at| name(*at)).collect::<Vec<_>>().join(", ");
    let variants = Switched::new(&[&update.permit], |rest| {
        let Some(condition) = rest_of(rest) else { return Ok(None) };
        let mut sql = change(program, statements.dialect, entity, &sets);
        sql.push(&format!(" WHERE t.{} = ", name(entity.key.index())));
        sql.given(&key);
        also(&mut sql, of, condition)?;
        if sql.dialect.gives_changed() {
            sql.push(&format!(" RETURNING {names}"));
        }
        Ok(Some(Prepared { number: statements.add(sql.text), binds: sql.binds }))
    })?;
    let columns: Vec<usize> = sets.iter().map(|set| set.column).collect();
    // What no new value touches held before, in the same statement.
    let permit = match &update.permit {
        rule if depends(program, of, rule, &columns) => permit(program, statements, of, rule)?,
        _ => Permit::Always,
    };
    let exists = exists(program, statements, of);
    let otherwise = update.otherwise.clone();
    let (cells, bounds) = (cells.list, bounds(program, statements, of, &columns));
    let dialect = statements.dialect;
    let again = || by_key(program, dialect, entity, &names).text;
    let written = Written::decided(statements, (look, &sets), (&permit, &bounds), again);
    let (entity, foreseeable) = (of, cells.iter().all(|cell| comes_back(&cell.form)));
    Ok(Changing {
        entity,
        sets,
        key,
        variants,
        cells,
        row,
        permit,
        written,
        exists,
        otherwise,
        bounds,
        foreseeable,
    })
}

/// The beginning of a statement that sets columns.
fn change<'a>(program: &'a Program, dialect: Dialect, entity: &Entity, sets: &[Set]) -> Sql<'a> {
    let name = |at: usize| quoted(&entity.columns[Id::new(at as u32)].sql);
    let mut sql = Sql::new(program, dialect, format!("UPDATE {} AS t SET ", quoted(&entity.table)));
    if sets.is_empty() {
        let key = name(entity.key.index());
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
    sql
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
    let sql = by_key(program, statements.dialect, entity, "1");
    statements.add(sql.text)
}

/// Asks for something of a row by a key that is given.
fn by_key<'a>(program: &'a Program, dialect: Dialect, entity: &Entity, what: &str) -> Sql<'a> {
    let (table, key) = (quoted(&entity.table), &entity.columns[entity.key]);
    let text = format!("SELECT {what} FROM {table} AS t WHERE t.{} = ", quoted(&key.sql));
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
        let mut sql = by_key(program, statements.dialect, entity, "1");
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
    (update, look): (&Update, Look),
) -> Result<(Candidates, Changing), StartError> {
    let entity = &program.entities[select.entity];
    let mut cells = Cells::default();
    cells.add(program, &[], entity.key, &entity.columns[entity.key].ty);
    let mut changing = self::update(program, statements, (update, look))?;
    for set in &mut changing.sets {
        set.value = cells.capture(program, &set.value)?;
    }
    let gives = cells::Gives::Rows(RowPlan { width: 0, columns: Vec::new() });
    let unmasked = quater_ir::body::Select { masks: Vec::new(), ..select.clone() };
    let variants = super::query::variants(program, statements, &unmasked, &cells, &gives, true)?;
    Ok((Candidates { variants, cells: cells.list }, changing))
}

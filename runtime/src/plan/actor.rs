//! Looking up who calls.
use super::Statements;
use super::adding::{self, Adding};
use super::cells::{self, Cells, RowPlan};
use super::change::{some, whole};
use super::query::{self, Prepared};
use super::sql::{self, Sql, quoted};
use super::switch::Switched;
use crate::service::StartError;
use quater_ir::auth::{Auth, Proof};
use quater_ir::body::Select;
use quater_ir::entity::{Column, Entity};
use quater_ir::expr::{Expr, Node, Slot};
use quater_ir::types::Type;
use quater_ir::{Id, Program};
use std::collections::BTreeSet;

/// The rows that an `auth` finds, with its role and tenant.
#[derive(Debug)]
pub(crate) struct Actor {
    pub(crate) by_proof: Switched<Option<Prepared>>,
    pub(crate) found: Found,
    /// By a key that is bound alone.
    pub(crate) by_key: Prepared,
    pub(crate) cells: Vec<cells::Cell>,
    pub(crate) row: RowPlan,
    pub(crate) role: Option<Expr>,
    pub(crate) tenant: Option<Expr>,
    /// The row that is made at a first visit.
    pub(crate) create: Option<Adding>,
}

/// What the look-up by what is presented gives.
#[derive(Debug)]
pub(crate) enum Found {
    /// The caller's row.
    Caller,
    /// The key of the caller's row, and the hash of its password where there is one to compare.
    Key(Vec<cells::Cell>),
}

/// Plans the look-up of an actor.
pub(crate) fn actor(
    program: &Program,
    statements: &mut Statements,
    auth: &Auth,
    used: Option<&BTreeSet<Id<Column>>>,
) -> Result<Actor, StartError> {
    let of = caller_of(program, auth);
    let (mut cells, row) = match used {
        Some(used) => some(program, of, used.iter().copied()),
        None => whole(program, of),
    };
    let role = auth.role.as_ref().map(|expr| cells.capture(program, expr)).transpose()?;
    let tenant = auth.tenant.as_ref().map(|expr| cells.capture(program, expr)).transpose()?;
    let by_key = by_key(program, statements, of, &cells)?;
    let key = key_cells(program, auth);
    let select = Select {
        condition: Some(auth.actor.condition.clone()),
        ..Select::new(auth.actor.entity, Expr::constant(true))
    };
    let gives = cells::Gives::Row(RowPlan { width: 0, columns: Vec::new() });
    let selected = key.as_ref().unwrap_or(&cells);
    let by_proof = query::variants(program, statements, &select, selected, &gives, false)?;
    let found = key.map_or(Found::Caller, |key| Found::Key(key.list));
    let create = auth.actor.create.as_ref().map(|it| adding::create(program, statements, it)).transpose()?;
    Ok(Actor { by_proof, found, by_key, cells: cells.list, row, role, tenant, create })
}

/// The entity whose row the caller is.
fn caller_of(program: &Program, auth: &Auth) -> Id<Entity> {
    let searched = &program.entities[auth.actor.entity];
    match auth.actor.actor.map(|relation| searched.columns[relation].ty.required()) {
        Some(Type::Ref(of)) => *of,
        Some(_) | None => auth.actor.entity,
    }
}

/// What is selected where the caller's row is looked up in a second step: it is another one, or a password
/// has to fit first.
fn key_cells(program: &Program, auth: &Auth) -> Option<Cells> {
    let password = if let Proof::Password { column } = auth.proof { Some(column) } else { None };
    if password.is_none() && auth.actor.actor.is_none() {
        return None;
    }
    let searched = &program.entities[auth.actor.entity];
    let mut cells = Cells::default();
    for column in std::iter::once(auth.actor.actor.unwrap_or(searched.key)).chain(password) {
        cells.add(program, &[], column, &searched.columns[column].ty);
    }
    Some(cells)
}

fn by_key(
    program: &Program,
    statements: &mut Statements,
    of: Id<Entity>,
    cells: &Cells,
) -> Result<Prepared, StartError> {
    let entity = &program.entities[of];
    let ty = Type::Ref(of);
    let key = Expr::new(Node::Slot(Slot(0)), ty.clone());
    let mut sql = Sql::new(program, statements.dialect, "SELECT ");
    cells.write(&mut sql, of, &[])?;
    sql.push(&format!(
        " FROM {} AS t WHERE t.{} = ",
        quoted(&entity.table),
        quoted(&entity.columns[entity.key].sql)
    ));
    sql.bind(key, sql::form(program, &ty));
    Ok(Prepared { number: statements.add(sql.text), binds: sql.binds })
}

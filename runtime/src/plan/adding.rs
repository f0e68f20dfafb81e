//! New rows as statements: one, or many with those that point to them.
use super::Statements;
use super::body::Planner;
use super::bound::{Bound, bounds};
use super::change::{Candidates, Changing, Permit, Set, permit, sets, update_where};
use super::changed::Look;
use super::query::Read;
use super::sql::{self, Form, Sql, quoted};
use crate::service::StartError;
use quater_ir::body::{Create, Fetch, Query, Raise, Select, Update};
use quater_ir::entity::{Column, Entity, Numbering};
use quater_ir::expr::{Compare, Expr, Node, Slot};
use quater_ir::storage::StoredKind;
use quater_ir::types::Type;
use quater_ir::{Id, Program};

/// A new row.
#[derive(Debug)]
pub(crate) struct Adding {
    pub(crate) entity: Id<Entity>,
    pub(crate) sets: Vec<Set>,
    /// The column that points back to the row that it is added with.
    pub(crate) back: Option<Back>,
    pub(crate) numbering: Numbering,
    /// Adds one row.
    pub(crate) number: usize,
    pub(crate) permit: Permit,
    pub(crate) otherwise: Option<Raise>,
    pub(crate) bounds: Vec<Bound>,
    pub(crate) nested: Vec<Nesting>,
}

/// The column that points to the row that another one is added with.
#[derive(Debug)]
pub(crate) struct Back {
    pub(crate) column: usize,
    pub(crate) form: Form,
    /// Adds many rows, which are one JSON text.
    pub(crate) many: usize,
}

/// Rows that are added with the one they point to.
#[derive(Debug)]
pub(crate) struct Nesting {
    /// A list with an item for each.
    pub(crate) items: Expr,
    pub(crate) create: Adding,
}

/// A key that the runtime makes.
pub(crate) const KEY: Form = Form::Scalar(StoredKind::Uuid);

/// Rows as a JSON array, with an array of cells for each.
pub(crate) const ROWS: Form = Form::Scalar(StoredKind::Json);

/// Plans a new row with those on its far sides.
pub(crate) fn create(
    program: &Program,
    statements: &mut Statements,
    create: &Create,
) -> Result<Adding, StartError> {
    adding(program, statements, create, (None, ""))
}

fn adding(
    program: &Program,
    statements: &mut Statements,
    create: &Create,
    (by, after): (Option<Id<Column>>, &str),
) -> Result<Adding, StartError> {
    let of = create.entity;
    let entity = &program.entities[of];
    let sets = sets(program, of, &create.values);
    let given = sets.iter().any(|set| set.column == entity.key.index());
    let numbering = if given { Numbering::Given } else { entity.numbering };
    let made = matches!(numbering, Numbering::Uuid).then_some(entity.key.index());
    let link = by.map(|by| (by.index(), sql::form(program, &entity.columns[by].ty)));
    let columns = sets.iter().map(|set| set.column).chain(made).chain(link.iter().map(|(at, _)| *at));
    let names: Vec<String> = columns.map(|at| quoted(&entity.columns[Id::new(at as u32)].sql)).collect();
    let forms =
        sets.iter().map(|set| &set.form).chain(made.map(|_| &KEY)).chain(link.iter().map(|(_, it)| it));
    let forms: Vec<&Form> = forms.collect();
    let table = quoted(&entity.table);
    let mut sql = Sql::new(program, statements.dialect, format!("INSERT INTO {table}"));
    sql.row(&names, forms.iter().copied());
    sql.push(after);
    if numbering == Numbering::Database && after.is_empty() {
        sql.push(&statements.dialect.numbered(&quoted(&entity.columns[entity.key].sql)));
    }
    let number = statements.add(sql.text);
    let back = link.as_ref().map(|(column, form)| {
        let text = many(program, statements, &table, (&names, &forms));
        Back { column: *column, form: form.clone(), many: statements.add(text) }
    });
    let permit = permit(program, statements, of, &create.permit)?;
    let written = sets.iter().map(|set| set.column).chain(by.map(Id::index)).collect::<Vec<_>>();
    let bounds = bounds(program, statements, of, &written);
    let nested = create.nested.iter().map(|nested| {
        let by = entity.sides[nested.side].by;
        let create = adding(program, statements, &nested.create, (Some(by), ""))?;
        Ok(Nesting { items: nested.items.clone(), create })
    });
    let nested = nested.collect::<Result<_, StartError>>()?;
    let otherwise = create.otherwise.clone();
    Ok(Adding { entity: of, sets, back, numbering, number, permit, otherwise, bounds, nested })
}

/// The text that adds as many rows as there are in a JSON array.
fn many(
    program: &Program,
    statements: &Statements,
    table: &str,
    (names, forms): (&[String], &[&Form]),
) -> String {
    let dialect = statements.dialect;
    let cells: Vec<String> =
        forms.iter().enumerate().map(|(at, form)| dialect.taken(form.kind(), at)).collect();
    let text = format!("INSERT INTO {table} ({}) SELECT {} FROM ", names.join(", "), cells.join(", "));
    let mut sql = Sql::new(program, dialect, text);
    let [before, after] = dialect.each_row();
    sql.push(before);
    sql.given(&ROWS);
    sql.push(after);
    sql.text
}

/// A row that is added, or the one that is there already.
#[derive(Debug)]
pub(crate) struct Upserting {
    /// Gives the key of a row that it added, and nothing where one is there.
    pub(crate) create: Adding,
    /// The slots in which the values are that rows are told apart by, each with the position among those of
    /// the new row.
    pub(crate) told_by: Vec<(Slot, usize)>,
    /// What a row is that is there and may not be seen: the columns that it is told apart by.
    pub(crate) by: Vec<Id<Column>>,
    /// The row that is there, which may be seen.
    pub(crate) found: Read,
    pub(crate) update: Option<(Candidates, Changing)>,
}

impl Planner<'_> {
    /// Plans the addition of a row that may be there.
    pub(super) fn upsert(
        &mut self,
        (create, by, guard): (&Create, &[Id<Column>], &Expr),
        update: Option<&Update>,
    ) -> Result<Upserting, StartError> {
        let of = create.entity;
        let entity = &self.program.entities[of];
        let names: Vec<String> = by.iter().map(|column| quoted(&entity.columns[*column].sql)).collect();
        let key = quoted(&entity.columns[entity.key].sql);
        let after = format!(" ON CONFLICT ({}) DO NOTHING RETURNING {key}", names.join(", "));
        let adding = adding(self.program, self.statements, create, (None, &after))?;
        let (mut told_by, mut same) = (Vec::new(), Vec::new());
        for column in by {
            let Some(at) = adding.sets.iter().position(|set| set.column == column.index()) else {
                let what = format!("`upsert` by `{}`, which is not given", entity.columns[*column].name);
                return Err(StartError::Unsupported { what });
            };
            let slot = self.slot();
            told_by.push((slot, at));
            let ty = entity.columns[*column].ty.required();
            let its = Node::Column { up: 0, via: Vec::new(), column: *column };
            let (its, value) = (Expr::new(its, ty.clone()), Expr::new(Node::Slot(slot), ty.clone()));
            same.push(Expr::new(Node::Compare(Compare::Equal, Box::new(its), Box::new(value)), Type::Bool));
        }
        let condition = Some(Expr::new(Node::And(same), Type::Bool));
        let select = Select { condition, ..Select::new(of, guard.clone()) };
        let fetch = Fetch::One(entity.columns.ids().collect());
        let found = self.read(&Query { select: select.clone(), fetch, lock: true })?;
        let change = |update| update_where(self.program, self.statements, &select, (update, Look::May));
        let update = update.map(change).transpose()?;
        Ok(Upserting { create: adding, told_by, by: by.to_vec(), found, update })
    }
}

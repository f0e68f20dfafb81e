//! What is made of the cells of a row: a value, or the text of an answer at once.
use super::cells::Cell;
use super::nest::Nest;
use super::sql::{Form, form};
use super::walk;
use quater_ir::Program;
use quater_ir::expr::{Expr, Node};
use quater_ir::storage::StoredKind;
use quater_ir::types::Type;
use std::sync::Arc;

/// What is made of the cells of a row.
#[derive(Debug, PartialEq)]
pub(crate) struct Make {
    /// The value, over a list of the cells.
    pub(crate) value: Expr,
    /// The same as text.
    pub(crate) text: Part,
    /// Which cells have to be values for the text; empty where none has.
    pub(crate) needed: Vec<bool>,
}

/// A part of the text of an answer.
#[derive(Debug, PartialEq)]
pub(crate) enum Part {
    /// A record: before each member `{"id":` or `,"id":`, as it is written.
    Record(Vec<(Box<[u8]>, Self)>),
    Choice {
        condition: Expr,
        then: Box<Self>,
        otherwise: Box<Self>,
    },
    /// A cell that is written as it is stored.
    Cell(usize, StoredKind),
    /// Rows that stand in a cell.
    Rows(usize, Arc<Nest>),
    /// A value that is made of cells, of a type.
    Value(Expr, Type),
}

impl Make {
    /// Decides how a value over cells is written.
    pub(crate) fn new(program: &Program, value: Expr, cells: &[Cell]) -> Self {
        let text = Part::of(program, &value, &value.ty, cells);
        let mut needed = Vec::new();
        text.looks(&mut |at| {
            needed.resize(needed.len().max(at + 1), false);
            if let Some(place) = needed.get_mut(at) {
                *place = true;
            }
        });
        Self { value, text, needed }
    }
}

impl Part {
    fn of(program: &Program, expr: &Expr, ty: &Type, cells: &[Cell]) -> Self {
        let part = |expr: &Expr, ty: &Type| Self::of(program, expr, ty, cells);
        if let (Node::Record(id, members), Type::Record(of)) = (&expr.node, ty.required())
            && id == of
        {
            let fields = program.records[*id].fields.values().zip(members).enumerate();
            let members = fields.map(|(at, (field, member))| {
                let mark = if at == 0 { '{' } else { ',' };
                let key = format!("{mark}\"{}\":", field.name).into_bytes().into_boxed_slice();
                (key, part(member, &field.ty))
            });
            return Self::Record(members.collect());
        }
        if let Node::If { condition, then, otherwise } = &expr.node {
            let (then, otherwise) = (Box::new(part(then, ty)), Box::new(part(otherwise, ty)));
            return Self::Choice { condition: (**condition).clone(), then, otherwise };
        }
        let cell = cell(expr).and_then(|at| Some((at, cells.get(at)?)));
        let stored = cell.and_then(|(at, cell)| Self::stored(program, at, cell, ty));
        stored.unwrap_or_else(|| Self::Value(expr.clone(), ty.clone()))
    }

    /// A cell whose text needs no value.
    fn stored(program: &Program, at: usize, cell: &Cell, ty: &Type) -> Option<Self> {
        let same = |a: &Type, b: &Type| form(program, a) == form(program, b);
        match (&cell.form, ty.required()) {
            // What the database works out may be too large to be a value.
            (Form::Scalar(kind), _) => {
                (cell.is_column() && same(ty, &cell.ty)).then_some(Self::Cell(at, *kind))
            }
            (Form::Nested(nest), Type::List(item, _)) if !nest.one && !nest.distinct => {
                same(item, &nest.make.value.ty).then(|| Self::Rows(at, Arc::clone(nest)))
            }
            (Form::Nested(nest), one) if nest.one => {
                same(one, &nest.make.value.ty).then(|| Self::Rows(at, Arc::clone(nest)))
            }
            (Form::Nested(_) | Form::Structure(_) | Form::Items(_), _) => None,
        }
    }

    /// Visits the cells that have to be values.
    fn looks(&self, visit: &mut dyn FnMut(usize)) {
        match self {
            Self::Record(members) => members.iter().for_each(|(_, member)| member.looks(visit)),
            Self::Choice { condition, then, otherwise } => {
                walk::columns(condition, &mut |column| visit(column.index()));
                then.looks(visit);
                otherwise.looks(visit);
            }
            Self::Value(expr, _) => walk::columns(expr, &mut |column| visit(column.index())),
            Self::Cell(..) | Self::Rows(..) => {}
        }
    }
}

/// The cell that an expression over cells is.
fn cell(expr: &Expr) -> Option<usize> {
    let Node::Column { up: 0, via, column } = &expr.node else { return None };
    via.is_empty().then_some(column.index())
}

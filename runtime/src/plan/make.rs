//! What is made of the cells of a row: a value, or the text of an answer at once.
use super::cells::{Cell, Cells};
use super::nest::Nest;
use super::piece::Piece;
use super::sql::{Form, form};
use super::walk;
use quater_ir::Program;
use quater_ir::expr::{Expr, Node};
use quater_ir::storage::StoredKind;
use quater_ir::types::Type;
use quater_ir::value::Literal;
use std::sync::Arc;

/// What is made of the cells of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Make {
    /// The value, over a list of the cells.
    pub(crate) value: Expr,
    /// The same as text.
    pub(crate) text: Vec<Op>,
    /// Which cells have to be values for the text; empty where none has.
    pub(crate) needed: Vec<bool>,
}

/// A step of writing the text of an answer.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Op {
    /// What is the same for every row: names, commas, brackets.
    Text(Piece),
    /// A cell that is written as it is stored; whether decimals are numbers.
    Cell(usize, StoredKind, bool),
    /// Rows that stand in a cell.
    Rows(usize, Arc<Nest>),
    /// Rows in a cell that are text already; what stands for none.
    Made(usize, &'static [u8]),
    /// A value that is made of cells, of a type.
    Value(Expr, Type),
    /// Goes on at another step where something does not hold.
    Unless(Test, usize),
    /// Goes on at another step.
    Goto(usize),
}

/// Something that holds or does not.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Test {
    /// A cell with a bool.
    Cell(usize),
    Condition(Expr),
}

impl Make {
    /// Decides how a value over cells is written.
    pub(crate) fn new(program: &Program, value: Expr, cells: &[Cell]) -> Self {
        let mut writing = Writing { program, cells, ops: Vec::new(), closed: 0 };
        writing.value(&value, &value.ty);
        let text = writing.ops;
        let needed = needed(&text);
        Self { value, text, needed }
    }

    /// Whether the text is made of what a row of the database alone says.
    pub(super) fn is_plain(&self) -> bool {
        self.text.iter().all(|op| match op {
            Op::Text(_) | Op::Cell(..) | Op::Made(..) | Op::Goto(_) | Op::Unless(Test::Cell(_), _) => true,
            Op::Rows(..) | Op::Value(..) | Op::Unless(Test::Condition(_), _) => false,
        })
    }

    /// The same where the database gives the rows inside as text, as far as it can.
    pub(super) fn into_text(self, cells: &mut Cells, all: &mut Vec<Arc<Nest>>) -> Self {
        let Self { value, mut text, needed } = self;
        for op in &mut text {
            if let Op::Rows(at, nest) = op
                && !needed.get(*at).copied().unwrap_or_default()
                && let Some(nest) = nest.as_text(all)
            {
                let (at, none): (usize, &[u8]) = (*at, if nest.one { b"null" } else { b"[]" });
                cells.nest(at, nest);
                *op = Op::Made(at, none);
            }
        }
        Self { value, text, needed }
    }
}

/// A text while it is decided on.
struct Writing<'w> {
    program: &'w Program,
    cells: &'w [Cell],
    ops: Vec<Op>,
    /// Steps before this one stay as they are: something goes on behind them.
    closed: usize,
}

impl Writing<'_> {
    fn text(&mut self, text: &str) {
        let open = self.ops.len() > self.closed;
        let mut left = text.as_bytes();
        if let Some(Op::Text(before)) = self.ops.last_mut().filter(|_| open) {
            left = before.fill(left);
        }
        while !left.is_empty() {
            let (piece, further) = Piece::split(left);
            self.ops.push(Op::Text(piece));
            left = further;
        }
    }

    fn value(&mut self, expr: &Expr, ty: &Type) {
        if let (Node::Record(id, members), Type::Record(of)) = (&expr.node, ty.required())
            && id == of
        {
            let fields = &self.program.records[*id].fields;
            for (at, (field, member)) in fields.values().zip(members).enumerate() {
                self.text(&format!("{}\"{}\":", if at == 0 { '{' } else { ',' }, field.name));
                self.value(member, &field.ty);
            }
            self.text(if members.is_empty() { "{}" } else { "}" });
        } else if let Node::If { condition, then, otherwise } = &expr.node {
            self.choice(condition, (then, otherwise), ty);
        } else if let Node::Literal(Literal::Null) = &expr.node {
            self.text("null");
        } else {
            let cell = cell(expr).and_then(|at| Some((at, self.cells.get(at)?)));
            let stored = cell.and_then(|(at, cell)| self.stored(at, cell, ty));
            self.ops.push(stored.unwrap_or_else(|| Op::Value(expr.clone(), ty.clone())));
        }
    }

    fn choice(&mut self, condition: &Expr, (then, otherwise): (&Expr, &Expr), ty: &Type) {
        let is_bool = |at: &usize| {
            let cell = self.cells.get(*at);
            cell.is_some_and(|cell| cell.form == Form::Scalar(StoredKind::Bool))
        };
        let cell = cell(condition).filter(is_bool);
        let test = cell.map_or_else(|| Test::Condition(condition.clone()), Test::Cell);
        let unless = self.ops.len();
        self.ops.push(Op::Unless(test, 0));
        self.value(then, ty);
        let goto = self.ops.len();
        self.ops.push(Op::Goto(0));
        self.lead(unless);
        self.value(otherwise, ty);
        self.lead(goto);
    }

    /// Has an earlier step go on here.
    fn lead(&mut self, from: usize) {
        self.closed = self.ops.len();
        if let Some(Op::Unless(_, to) | Op::Goto(to)) = self.ops.get_mut(from) {
            *to = self.closed;
        }
    }

    /// A cell whose text needs no value.
    fn stored(&self, at: usize, cell: &Cell, ty: &Type) -> Option<Op> {
        let program = self.program;
        let same = |a: &Type, b: &Type| form(program, a) == form(program, b);
        match (&cell.form, ty.required()) {
            // What the database works out may be too large to be a value.
            (Form::Scalar(kind), _) => (cell.is_column() && same(ty, &cell.ty)).then_some(Op::Cell(
                at,
                *kind,
                program.service.decimals_as_numbers,
            )),
            (Form::Nested(nest), Type::List(item, _)) if !nest.one && !nest.distinct => {
                same(item, &nest.make.value.ty).then(|| Op::Rows(at, Arc::clone(nest)))
            }
            (Form::Nested(nest), one) if nest.one => {
                same(one, &nest.make.value.ty).then(|| Op::Rows(at, Arc::clone(nest)))
            }
            (Form::Nested(_) | Form::Structure(_) | Form::Items(_), _) => None,
        }
    }
}

/// Which cells have to be values.
fn needed(text: &[Op]) -> Vec<bool> {
    let mut needed = Vec::new();
    for op in text {
        if let Op::Unless(Test::Condition(expr), _) | Op::Value(expr, _) = op {
            walk::columns(expr, &mut |column| {
                let at = column.index();
                needed.resize(needed.len().max(at + 1), false);
                if let Some(place) = needed.get_mut(at) {
                    *place = true;
                }
            });
        }
    }
    needed
}

/// The cell that an expression over cells is.
fn cell(expr: &Expr) -> Option<usize> {
    let Node::Column { up: 0, via, column } = &expr.node else { return None };
    via.is_empty().then_some(column.index())
}

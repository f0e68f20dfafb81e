//! Which columns a query selects, and what is made of each row.
use super::group;
use super::lacks::Lacks;
use super::make::Make;
use super::nest::Nest;
use super::page::PagePlan;
use super::sql::{self, Form, Sql};
use super::walk;
use crate::service::StartError;
use crate::value::Value;
use quater_ir::body::Fetch;
use quater_ir::entity::{Column, Entity};
use quater_ir::expr::{Expr, Node, Rows, RowsGive};
use quater_ir::types::{Record, Type};
use quater_ir::{Id, Program};
use std::collections::HashMap;
use std::sync::Arc;

/// One selected value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Cell {
    from: From,
    pub(crate) form: Form,
    pub(crate) ty: Type,
}

/// Where a selected value comes from.
#[derive(Debug, Clone, PartialEq)]
enum From {
    /// A column of the row, of one further out, or of one that relations lead to.
    Column { up: u32, via: Vec<Id<Column>>, column: Id<Column> },
    /// Something made of rows on a far side.
    Rows(Box<Rows>),
    /// Something that the database works out.
    Value(Box<Expr>),
}

impl Cell {
    /// The column of the row itself that it is.
    fn own(&self) -> Option<Id<Column>> {
        match &self.from {
            From::Column { up: 0, via, column } if via.is_empty() => Some(*column),
            From::Column { .. } | From::Rows(_) | From::Value(_) => None,
        }
    }

    /// Whether it is a column as it is stored.
    pub(super) const fn is_column(&self) -> bool {
        matches!(self.from, From::Column { .. })
    }

    /// Appends it.
    pub(crate) fn write(&self, out: &mut Sql<'_>, of: Id<Entity>) -> Result<(), StartError> {
        match (&self.from, &self.form) {
            (From::Column { up, via, column }, _) => {
                out.column(of, *up, via, *column);
                Ok(())
            }
            (From::Rows(rows), Form::Nested(nest)) => out.nest(of, rows, nest),
            (From::Rows(rows), _) => out.rows(of, rows, &self.ty),
            (From::Value(value), _) => out.expr(of, value),
        }
    }
}

/// What a query selects.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Cells {
    pub(crate) list: Vec<Cell>,
    known: HashMap<(Vec<Id<Column>>, Id<Column>), usize>,
}

impl Cells {
    /// The position of a column, selected now if it was not before.
    pub(crate) fn add(
        &mut self,
        program: &Program,
        via: &[Id<Column>],
        column: Id<Column>,
        ty: &Type,
    ) -> usize {
        let place = (via.to_vec(), column);
        if let Some(at) = self.known.get(&place) {
            return *at;
        }
        let from = From::Column { up: 0, via: place.0.clone(), column };
        let at = self.push(from, sql::form(program, ty), ty);
        self.known.insert(place, at);
        at
    }

    /// The position of a value that the database works out, selected now if it was not before.
    pub(crate) fn value(&mut self, program: &Program, value: &Expr) -> usize {
        if let Node::Column { up: 0, via, column } = &value.node {
            return self.add(program, via, *column, &value.ty);
        }
        self.push(From::Value(Box::new(value.clone())), sql::form(program, &value.ty), &value.ty)
    }

    fn push(&mut self, from: From, form: Form, ty: &Type) -> usize {
        if let Some(at) = self.list.iter().position(|cell| cell.from == from) {
            return at;
        }
        self.list.push(Cell { from, form, ty: ty.clone() });
        self.list.len() - 1
    }

    /// Has the rows in a cell be read otherwise.
    pub(super) fn nest(&mut self, at: usize, nest: Arc<Nest>) {
        if let Some(cell) = self.list.get_mut(at) {
            cell.form = Form::Nested(nest);
        }
    }

    /// The expression with selected cells in the place of columns and far sides, for evaluation over a
    /// list of them.
    pub(crate) fn capture(&mut self, program: &Program, expr: &Expr) -> Result<Expr, StartError> {
        let mut captured = walk::written_out(program, expr);
        self.take(program, &mut captured)?;
        Ok(captured)
    }

    fn take(&mut self, program: &Program, expr: &mut Expr) -> Result<(), StartError> {
        let at = if let Node::Column { up: 0, via, column } = &expr.node {
            self.add(program, via, *column, &expr.ty)
        } else if let Node::Column { up, via, column } = &expr.node {
            let from = From::Column { up: *up, via: via.clone(), column: *column };
            self.push(from, sql::form(program, &expr.ty), &expr.ty)
        } else if let Node::Related { up, via, .. } = &expr.node {
            let Type::Row(entity) = expr.ty.required() else { return Ok(()) };
            let key = (via.clone(), program.entities[*entity].key);
            let from = From::Column { up: *up, via: key.0, column: key.1 };
            self.push(from, sql::form(program, &expr.ty), &expr.ty)
        } else if let Node::Rows(rows) = &expr.node {
            let form = match &rows.gives {
                RowsGive::List(_) | RowsGive::Distinct(_) | RowsGive::One(_) => {
                    Form::Nested(Arc::new(Nest::new(program, rows)?))
                }
                RowsGive::Aggregate(..) | RowsGive::Any(_) | RowsGive::All(_) => sql::form(program, &expr.ty),
            };
            self.push(From::Rows(rows.clone()), form, &expr.ty)
        } else if let Node::GroupKey | Node::Aggregate { .. } = &expr.node {
            self.value(program, expr)
        } else if let Node::If { condition, then, otherwise } = &mut expr.node
            && walk::compares_columns(condition)
        {
            let at = self.push(From::Value(condition.clone()), sql::form(program, &Type::Bool), &Type::Bool);
            condition.node = Node::Column { up: 0, via: Vec::new(), column: Id::new(at as u32) };
            self.take(program, then)?;
            return self.take(program, otherwise);
        } else {
            return expr.children_mut().into_iter().try_for_each(|child| self.take(program, child));
        };
        expr.node = Node::Column { up: 0, via: Vec::new(), column: Id::new(at as u32) };
        Ok(())
    }

    /// Appends the selected columns; masked ones are null where their condition does not hold.
    pub(crate) fn write(
        &self,
        out: &mut Sql<'_>,
        of: Id<Entity>,
        masks: &[(Id<Column>, Expr)],
    ) -> Result<(), StartError> {
        if self.list.is_empty() {
            out.push("1");
        }
        let mut lacks = Lacks::default();
        for (at, cell) in self.list.iter().enumerate() {
            if at > 0 {
                out.push(", ");
            }
            let mask = masks.iter().find(|(column, _)| cell.own() == Some(*column));
            if let Some((_, condition)) = mask {
                out.push("CASE WHEN ");
                out.expr(of, condition)?;
                out.push(" THEN ");
            }
            lacks.note(cell.write(out, of))?;
            out.push(if mask.is_some() { " END" } else { "" });
        }
        lacks.end(())
    }
}

/// What a query gives.
#[derive(Debug)]
pub(crate) enum Gives {
    /// One row, or null.
    Row(RowPlan),
    /// A list of rows.
    Rows(RowPlan),
    /// One projection, or null.
    Shape(Make),
    /// A list of projections.
    Shapes(Make),
    Count,
    Exists,
    /// A page of projections.
    Page(Box<PagePlan>),
    /// A value made of one of each row; `none` where there are none.
    Whole {
        of: Expr,
        none: Value,
    },
}

impl Gives {
    /// The same where the database gives rows inside rows as text, as far as it can.
    pub(super) fn into_text(self, cells: &mut Cells, all: &mut Vec<Arc<Nest>>) -> Self {
        match self {
            Self::Shape(make) => Self::Shape(make.into_text(cells, all)),
            Self::Shapes(make) => Self::Shapes(make.into_text(cells, all)),
            Self::Page(page) => {
                let PagePlan { shape, limit, from, further } = *page;
                Self::Page(Box::new(PagePlan { shape: shape.into_text(cells, all), limit, from, further }))
            }
            other @ (Self::Row(_) | Self::Rows(_) | Self::Count | Self::Exists | Self::Whole { .. }) => other,
        }
    }
}

/// How rows are put together.
#[derive(Debug)]
pub(crate) struct RowPlan {
    /// How many columns the entity has.
    pub(crate) width: usize,
    /// The column that each cell is.
    pub(crate) columns: Vec<usize>,
}

/// Decides what to select for a reading verb.
pub(crate) fn gives(
    program: &Program,
    of: Id<Entity>,
    fetch: &Fetch,
    cells: &mut Cells,
) -> Result<Gives, StartError> {
    Ok(match fetch {
        Fetch::One(columns) => Gives::Row(row(program, of, columns, cells)),
        Fetch::Many(columns) => Gives::Rows(row(program, of, columns, cells)),
        Fetch::OneShaped(shape) => Gives::Shape(self::shape(program, *shape, cells)?),
        Fetch::ManyShaped(shape) => Gives::Shapes(self::shape(program, *shape, cells)?),
        Fetch::Count => Gives::Count,
        Fetch::Exists => Gives::Exists,
        Fetch::Groups(groups) => Gives::Shapes(self::shape(program, groups.shape, cells)?),
        Fetch::Aggregate(function, value) => {
            let (whole, none) = group::whole(*function, value);
            cells.value(program, &whole);
            Gives::Whole { of: value.clone(), none }
        }
        Fetch::Page(_) => return Err(StartError::Unsupported { what: "a page of another list".to_owned() }),
    })
}

/// A row of these columns and, always, the key.
pub(crate) fn row(program: &Program, of: Id<Entity>, columns: &[Id<Column>], cells: &mut Cells) -> RowPlan {
    let entity = &program.entities[of];
    for column in columns.iter().chain([&entity.key]) {
        cells.add(program, &[], *column, &entity.columns[*column].ty);
    }
    let columns = cells.list.iter().filter_map(Cell::own).map(Id::index).collect();
    RowPlan { width: entity.columns.len(), columns }
}

/// A projection of a row, or a record of a group.
pub(crate) fn shape(program: &Program, shape: Id<Record>, cells: &mut Cells) -> Result<Make, StartError> {
    let (mut members, mut lacks) = (Vec::new(), Lacks::default());
    for field in program.records[shape].fields.values() {
        let Some(source) = &field.source else {
            let what = format!("the field `{}` of a projection without a source", field.name);
            return Err(StartError::Unsupported { what });
        };
        members.extend(lacks.note(cells.capture(program, source))?);
    }
    let members = lacks.end(members)?;
    let record = Expr::new(Node::Record(shape, members), Type::Record(shape));
    Ok(Make::new(program, record, &cells.list))
}

//! Reading verbs as statements.
use super::Statements;
use super::body::Planner;
use super::cells::{self, Cells, Gives};
use super::group::Grouping;
use super::lacks::Lacks;
use super::page::{self, Further, PagePlan, Seal};
use super::room::Room;
use super::sql::{Bind, Form, Sql, quoted};
use super::switch::{self, Rest, Switched};
use crate::service::StartError;
use crate::stop::{Run, Stop};
use crate::value::Value;
use quater_ir::body::{Fetch, Paging, Query, Select, Sort, SortChoice};
use quater_ir::expr::{Arithmetic, Expr, Node, Operands, Operator, Slot};
use quater_ir::storage::StoredKind;
use quater_ir::types::{Record, Type};
use quater_ir::value::Literal;
use quater_ir::{Id, Program};
use smol_str::SmolStr;

/// A statement with its bound values; nothing where no row can fit.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) number: usize,
    pub(crate) binds: Vec<Bind>,
}

/// A reading verb.
#[derive(Debug)]
pub(crate) struct Read {
    /// Its order; several, where callers choose.
    orders: Vec<Order>,
    choice: Option<(Slot, Vec<SmolStr>)>,
    pub(crate) cells: Vec<cells::Cell>,
    pub(crate) gives: Gives,
    /// Whether the rows are held until the transaction ends.
    pub(crate) lock: bool,
    /// For answers of its rows.
    pub(crate) room: Room,
}

/// A reading verb in one of its orders.
#[derive(Debug)]
pub(crate) struct Order {
    /// The columns that it is by.
    pub(crate) name: String,
    pub(crate) variants: Switched<Option<Prepared>>,
    /// Rows behind all of those, where a cursor may part them.
    pub(crate) nulls: Option<Switched<Option<Prepared>>>,
    /// What a cursor carries of a row: cells, and the slots in which it comes back.
    pub(crate) marks: Vec<(usize, Slot)>,
}

impl Read {
    /// The order that fits this call.
    pub(crate) fn order(&self, slots: &[Value]) -> Run<&Order> {
        let mut at = 0;
        if let Some((slot, names)) = &self.choice
            && let Value::Text(chosen) = Value::part(slots, slot.0 as usize)?
        {
            at = names.iter().position(|name| *name == chosen).unwrap_or(0);
        }
        self.orders.get(at).ok_or(Stop::Defect("a list without an order"))
    }
}

impl Read {
    /// How many queries it makes.
    pub(crate) fn queries(&self) -> usize {
        let counts = matches!(&self.gives, Gives::Page(page) if matches!(page.further, Further::Total(_)));
        if counts || self.orders.iter().any(|order| order.nulls.is_some()) { 2 } else { 1 }
    }
}

/// Most statements of one reading verb in all of its orders, as a power of two.
const MOST: usize = 7;

/// How many conditions are decided before a query in one of so many orders is chosen, at most: what callers may
/// give comes on top of what rules ask, as long as there is room.
fn switches(select: &Select, orders: usize) -> usize {
    let page = if select.page.is_some() { 2 } else { 0 };
    let room = MOST.saturating_sub(orders.next_power_of_two().ilog2() as usize);
    room.min(switch::MOST + select.filters.len() + page)
}

/// What is selected, and how.
#[derive(Clone, Copy)]
struct Selection<'s> {
    select: &'s Select,
    sort: &'s [Sort],
    /// That a row comes behind a cursor.
    behind: Option<&'s Expr>,
    cells: &'s Cells,
    gives: &'s Gives,
    lock: bool,
    /// How many conditions are decided beforehand, at most.
    switches: usize,
}

impl Planner<'_> {
    /// Plans a reading verb.
    pub(crate) fn read(&mut self, query: &Query) -> Result<Read, StartError> {
        self.reading(query, false)
    }

    /// Plans a reading verb with whose rows the body ends, and which nobody but a door is given.
    pub(super) fn answer(&mut self, query: &Query) -> Result<Read, StartError> {
        let called = self.doer.is_none_or(|doer| self.statements.called.contains(&doer.name));
        self.reading(query, !called && self.statements.dialect.writes_rows())
    }

    fn reading(&mut self, query: &Query, as_text: bool) -> Result<Read, StartError> {
        let (select, lock) = (&query.select, query.lock);
        let mut cells = Cells::default();
        let mut gives = match (&query.fetch, &select.page) {
            (Fetch::Page(shape), Some(paging)) => self.page(select, *shape, paging, &mut cells)?,
            (fetch, _) => cells::gives(self.program, select.entity, fetch, &mut cells)?,
        };
        if as_text {
            gives = gives.into_text(&mut cells, &mut self.statements.nests);
        }
        let sorts: Vec<&[Sort]> = match &select.choice {
            Some(choice) => choice.orders.iter().map(|(_, sort)| sort.as_slice()).collect(),
            None => vec![&select.sort],
        };
        let marked: Vec<Marked> =
            sorts.iter().map(|sort| self.marked(select, sort, &gives, &mut cells)).collect();
        let switches = switches(select, sorts.len());
        let mut orders = Vec::new();
        for (sort, marked) in sorts.into_iter().zip(marked) {
            let (behind, mut nulls) = (marked.behind.as_ref(), None);
            let variants = if let Fetch::Groups(groups) = &query.fetch {
                let grouping = Grouping { select, groups, cells: &cells };
                Switched::of(&conditions(select, None), switches, |rest| {
                    grouping.prepare(self.program, self.statements, rest)
                })?
            } else {
                let (cells, gives) = (&cells, &gives);
                let selection = Selection { select, sort, behind, cells, gives, lock, switches };
                if let Some(last) = &marked.nulls {
                    let last = Selection { behind: Some(last), ..selection };
                    nulls = Some(last.variants(self.program, self.statements)?);
                }
                selection.variants(self.program, self.statements)?
            };
            let name = page::named(self.program, select.entity, sort);
            orders.push(Order { name, variants, nulls, marks: marked.marks });
        }
        let names = |choice: &SortChoice| choice.orders.iter().map(|(name, _)| name.clone()).collect();
        let choice = select.choice.as_ref().map(|choice| (choice.given, names(choice)));
        Ok(Read { orders, choice, cells: cells.list, gives, lock, room: Room::default() })
    }

    fn page(
        &mut self,
        select: &Select,
        shape: Id<Record>,
        paging: &Paging,
        cells: &mut Cells,
    ) -> Result<Gives, StartError> {
        let shape = cells::shape(self.program, shape, cells)?;
        let further = if paging.by_offset {
            let counted = Select { page: None, take: None, ..select.clone() };
            let none = Cells::default();
            let all = variants(self.program, self.statements, &counted, &none, &Gives::Count, false)?;
            Further::Total(all)
        } else {
            let doer = self
                .doer
                .ok_or_else(|| StartError::Unsupported { what: "a page outside an operation".to_owned() })?;
            Further::Next(Seal::new(doer, paging.from, paging.limit))
        };
        Ok(Gives::Page(Box::new(PagePlan { shape, limit: paging.limit, from: paging.from, further })))
    }

    /// What a cursor carries in one order, in slots of its own.
    fn marked(&mut self, select: &Select, sort: &[Sort], gives: &Gives, cells: &mut Cells) -> Marked {
        let (Gives::Page(page), false) = (gives, select.page.as_ref().is_none_or(|page| page.by_offset))
        else {
            return Marked::default();
        };
        let steps: Vec<(page::Step, Slot)> = page::steps(self.program, select.entity, sort)
            .into_iter()
            .map(|step| (step, self.slot()))
            .collect();
        let marks =
            steps.iter().map(|(step, slot)| (cells.value(self.program, &step.value), *slot)).collect();
        let from = Box::new(Expr::new(Node::Slot(page.from), Type::TEXT.optional()));
        let first = Expr::new(Node::IsNull(from), Type::Bool);
        let behind = Expr::new(Node::Or(vec![first, page::behind(&steps)]), Type::Bool);
        Marked { marks, behind: Some(behind), nulls: page::nulls(&steps) }
    }
}

/// What a cursor carries, and the conditions that it makes.
#[derive(Default)]
struct Marked {
    marks: Vec<(usize, Slot)>,
    behind: Option<Expr>,
    nulls: Option<Expr>,
}

/// Plans a selection of given cells.
pub(crate) fn variants(
    program: &Program,
    statements: &mut Statements,
    select: &Select,
    cells: &Cells,
    gives: &Gives,
    lock: bool,
) -> Result<Switched<Option<Prepared>>, StartError> {
    let (sort, switches) = (select.sort.as_slice(), switches(select, 1));
    Selection { select, sort, behind: None, cells, gives, lock, switches }.variants(program, statements)
}

impl Selection<'_> {
    fn variants(
        &self,
        program: &Program,
        statements: &mut Statements,
    ) -> Result<Switched<Option<Prepared>>, StartError> {
        Switched::of(&conditions(self.select, self.behind), self.switches, |rest| {
            let Some(condition) = rest_of(rest) else { return Ok(None) };
            let mut sql = Sql::new(program, statements.dialect, "");
            self.write(&mut sql, condition)?;
            Ok(Some(Prepared { number: statements.add(sql.text), binds: sql.binds }))
        })
    }

    fn write(&self, sql: &mut Sql<'_>, condition: Option<&Expr>) -> Result<(), StartError> {
        let (select, dialect) = (self.select, sql.dialect);
        let exists = matches!(self.gives, Gives::Exists);
        let paging = select.page.as_ref().filter(|_| matches!(self.gives, Gives::Page(_)));
        let cut = paging.filter(|paging| !paging.by_offset).map(|paging| dialect.page(paging.most));
        sql.push(cut.as_ref().map_or("", |[before, _]| before));
        sql.push("SELECT ");
        sql.open(select.entity, &select.guard);
        let mut lacks = Lacks::default();
        match self.gives {
            Gives::Exists => sql.push("EXISTS(SELECT 1"),
            Gives::Count if select.take.is_some() => sql.push("count(*) FROM (SELECT 1"),
            Gives::Count => sql.push("count(*)"),
            Gives::Row(_) | Gives::Rows(_) | Gives::Shape(_) | Gives::Shapes(_) | Gives::Page(_) => {
                _ = lacks.note(self.cells.write(sql, select.entity, &select.masks))?;
            }
            Gives::Whole { of, .. } if select.take.is_some() => _ = lacks.note(self.whole(sql, of))?,
            Gives::Whole { .. } => _ = lacks.note(self.cells.write(sql, select.entity, &[]))?,
        }
        sql.from(select.entity);
        lacks.note(filter(sql, select, condition))?;
        lacks.end(())?;
        let many = matches!(self.gives, Gives::Rows(_) | Gives::Shapes(_) | Gives::Page(_));
        if many || select.take.is_some() && !exists {
            sql.order(select.entity, self.sort)?;
        }
        if let Some(take) = select.take.filter(|_| !exists) {
            sql.push(&format!(" LIMIT {take}"));
        }
        match self.gives {
            Gives::Exists => sql.push(")"),
            Gives::Count if select.take.is_some() => sql.push(") AS taken"),
            Gives::Whole { .. } if select.take.is_some() => sql.push(") AS g"),
            Gives::Count | Gives::Whole { .. } => {}
            Gives::Row(_) | Gives::Rows(_) | Gives::Shape(_) | Gives::Shapes(_) | Gives::Page(_) => {
                sql.push(if self.lock { dialect.lock() } else { "" });
            }
        }
        match (paging, &cut) {
            (Some(paging), Some([_, behind])) => {
                sql.push(behind);
                sql.bind(one_more(paging.limit), NUMBER);
            }
            (Some(paging), None) => {
                sql.push(" LIMIT ");
                sql.bind(slot(paging.limit), NUMBER);
                sql.push(" OFFSET ");
                sql.bind(slot(paging.from), NUMBER);
            }
            (None, _) => {}
        }
        sql.close();
        Ok(())
    }
}

impl Selection<'_> {
    /// Begins a query of what is made of so many rows.
    fn whole(&self, sql: &mut Sql<'_>, of: &Expr) -> Result<(), StartError> {
        sql.grouped = Some(vec![of.clone()]);
        self.cells.write(sql, self.select.entity, &[])?;
        sql.grouped = None;
        sql.wrap(self.select.entity, " FROM (SELECT ", of, " AS v0")
    }
}

const NUMBER: Form = Form::Scalar(StoredKind::Int);

fn slot(slot: Slot) -> Expr {
    Expr::new(Node::Slot(slot), Type::INT)
}

/// One more than so many, so that it shows whether there are more.
fn one_more(limit: Slot) -> Expr {
    let (one, add) = (Expr::new(Node::Literal(Literal::Int(1)), Type::INT), Operator::Add);
    let how = Arithmetic { operator: add, on: Operands::Int };
    Expr::new(Node::Arithmetic(how, Box::new(slot(limit)), Box::new(one)), Type::INT)
}

/// Plans a deletion of every selected row.
pub(crate) fn delete_where(
    program: &Program,
    statements: &mut Statements,
    select: &Select,
) -> Result<Switched<Option<Prepared>>, StartError> {
    Switched::of(&conditions(select, None), switches(select, 1), |rest| {
        let Some(condition) = rest_of(rest) else { return Ok(None) };
        let entity = &program.entities[select.entity];
        let (table, key) = (quoted(&entity.table), quoted(&entity.columns[entity.key].sql));
        let mut sql = Sql::new(program, statements.dialect, format!("DELETE FROM {table}"));
        if select.take.is_some() {
            sql.push(&format!(" WHERE {key} IN (SELECT t.{key}"));
            sql.open(select.entity, &select.guard);
            sql.from(select.entity);
        } else {
            sql.push(" AS t");
        }
        filter(&mut sql, select, condition)?;
        if let Some(take) = select.take {
            sql.order(select.entity, &select.sort)?;
            sql.push(&format!(" LIMIT {take}{})", statements.dialect.lock()));
            sql.close();
        }
        Ok(Some(Prepared { number: statements.add(sql.text), binds: sql.binds }))
    })
}

/// What a row must fulfil; what comes first decides beforehand first.
fn conditions(select: &Select, behind: Option<&Expr>) -> Vec<Expr> {
    let filters = select.filters.iter().map(|filter| {
        let given = Box::new(Expr::new(Node::Slot(filter.given), Type::Null));
        let absent = Expr::new(Node::IsNull(given), Type::Bool);
        Expr::new(Node::Or(vec![absent, filter.condition.clone()]), Type::Bool)
    });
    let always = behind.into_iter().chain([&select.guard]).chain(&select.condition).cloned();
    always.chain(filters).collect()
}

/// Nothing where no row fits; else the condition that is left, if one is.
pub(crate) const fn rest_of(rest: &Rest) -> Option<Option<&Expr>> {
    match rest {
        Rest::Known(true) => Some(None),
        Rest::Known(false) => None,
        Rest::Asks(expr) => Some(Some(expr)),
    }
}

fn filter(sql: &mut Sql<'_>, select: &Select, condition: Option<&Expr>) -> Result<(), StartError> {
    if let Some(condition) = condition {
        sql.push(" WHERE ");
        sql.expr(select.entity, condition)?;
    }
    Ok(())
}

//! Bodies as steps.
use super::Statements;
use super::adding::{self, Adding, Upserting};
use super::batch::Batches;
use super::call::{self, Calling};
use super::change::{self, Candidates, Changing, Removing};
use super::changed::{Changed, Look};
use super::dialect::Dialect;
use super::keys::Keys;
use super::lacks::Lacks;
use super::native::Native;
use super::query::{self, Prepared, Read};
use super::switch::Switched;
use super::walk;
use crate::service::StartError;
use quater_ir::body::{Arm, Fetch, Query, Raise, Select, Statement, Update};
use quater_ir::entity::{Column, Entity};
use quater_ir::expr::{Compare, Expr, Node, Pattern, Slot};
use quater_ir::operation::Operation;
use quater_ir::resource::{Resource, UpstreamCall};
use quater_ir::types::Type;
use quater_ir::{Id, Program};
use std::collections::{HashMap, HashSet};

/// One step of a body: a statement with its queries planned.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "made once at start, and then read in their order")]
pub(crate) enum Step {
    Let {
        slot: Slot,
        value: Expr,
    },
    Read {
        slot: Slot,
        read: Read,
        otherwise: Option<Raise>,
    },
    /// Reads a row again, by its key; one that is gone stays as it was.
    Again {
        slot: Slot,
        read: Read,
    },
    /// Puts a row into those other slots that hold the row of its key.
    Same {
        row: Slot,
        others: Vec<Slot>,
        key: usize,
    },
    /// Reads and ends with what was read, written out row by row.
    Answer {
        read: Read,
        otherwise: Option<Raise>,
    },
    Create {
        slot: Option<Slot>,
        create: Adding,
    },
    Upsert {
        slot: Option<Slot>,
        upsert: Upserting,
    },
    Call {
        slot: Option<Slot>,
        call: Calling,
    },
    Update {
        row: Slot,
        update: Changing,
    },
    UpdateWhere {
        slot: Option<Slot>,
        rows: Candidates,
        update: Changing,
    },
    Delete {
        row: Slot,
        delete: Removing,
    },
    DeleteWhere {
        slot: Option<Slot>,
        of: Id<Entity>,
        rows: Switched<Option<Prepared>>,
        otherwise: Option<Raise>,
    },
    /// Every key inside a value names a row that is found.
    Keys {
        keys: Keys,
        otherwise: Raise,
    },
    Require {
        condition: Expr,
        otherwise: Raise,
    },
    If {
        condition: Expr,
        then: Vec<Step>,
        otherwise: Vec<Step>,
    },
    For {
        slot: Slot,
        list: Expr,
        block: Vec<Step>,
    },
    Batches {
        batches: Batches,
    },
    Match {
        subject: Expr,
        arms: Vec<(Vec<Pattern>, Vec<Step>)>,
        otherwise: Vec<Step>,
    },
    /// Makes a URL of a stored file.
    Link {
        slot: Slot,
        file: Expr,
        life: Option<Expr>,
    },
    /// Reads a stored file.
    ReadFile {
        slot: Slot,
        file: Expr,
        otherwise: Option<Raise>,
    },
    /// Asks an upstream.
    Request {
        slot: Option<Slot>,
        resource: Id<Resource>,
        call: Id<UpstreamCall>,
        arguments: Vec<Expr>,
        failure: Slot,
        otherwise: Option<Raise>,
    },
    /// Says how far the work is.
    Progress {
        done: Expr,
        total: Expr,
        text: Option<Expr>,
    },
    /// Lets a body in Rust work.
    Native {
        native: Native,
    },
    Return(Option<Expr>),
}

/// Plans the statements of one body.
pub(crate) struct Planner<'a> {
    pub(crate) program: &'a Program,
    pub(crate) statements: &'a mut Statements,
    /// How many slots the body needs, with those that planning adds.
    pub(crate) slots: u32,
    /// Which columns of the row in a slot read as null, and when not.
    pub(super) masks: HashMap<Slot, Masks>,
    /// Slots with rows of which every column is known.
    whole: HashSet<Slot>,
    pub(super) changed: Changed,
    /// Whose body it is.
    pub(crate) doer: Option<&'a Operation>,
}

type Masks = Vec<(Id<Column>, Expr)>;

impl<'a> Planner<'a> {
    /// What plans bodies with so many slots.
    pub(crate) fn new(
        program: &'a Program,
        statements: &'a mut Statements,
        slots: u32,
        doer: Option<&'a Operation>,
    ) -> Self {
        let (masks, whole, changed) = (HashMap::new(), HashSet::new(), Changed::default());
        Self { program, statements, slots, masks, whole, changed, doer }
    }

    /// The same for a body of which this is the whole.
    pub(crate) fn of(self, block: &[Statement]) -> Self {
        Self { changed: Changed::of(self.program, block), ..self }
    }
}

impl Planner<'_> {
    /// A slot of its own for something that planning adds.
    pub(super) const fn slot(&mut self) -> Slot {
        let slot = Slot(self.slots);
        self.slots += 1;
        slot
    }

    /// Plans a block.
    pub(crate) fn block(&mut self, block: &[Statement]) -> Result<Vec<Step>, StartError> {
        let (mut steps, mut lacks) = (Vec::new(), Lacks::default());
        let mut rest = block.iter().peekable();
        while let Some(statement) = rest.next() {
            if let Some((query, otherwise)) = rest.peek().and_then(|next| answers(statement, next)) {
                let read = lacks.note(self.answer(&query))?;
                steps.extend(read.map(|read| Step::Answer { read, otherwise }));
                break;
            }
            let mut statement = statement.clone();
            self.placed(&mut statement);
            for query in self.lift(&mut statement) {
                steps.extend(lacks.note(self.read_into(query))?);
            }
            let hidden = self.hidden(&statement);
            steps.extend(lacks.note(self.step(statement.clone()))?);
            if let Some(query) = hidden {
                steps.extend(lacks.note(self.read_into(query))?);
            }
            steps.extend(self.same(&statement)?);
        }
        lacks.end(steps)
    }

    fn read_into(&mut self, (slot, query): (Slot, Query)) -> Result<Step, StartError> {
        Ok(Step::Read { slot, read: self.read(&query)?, otherwise: None })
    }

    /// Remembers the masks of a row that is read; a row that is written is read again under them.
    fn hidden(&mut self, statement: &Statement) -> Option<(Slot, Query)> {
        if let Statement::Read { slot, query, .. } = statement
            && !query.select.masks.is_empty()
        {
            self.masks.insert(*slot, query.select.masks.clone());
        }
        if let Statement::Upsert { slot: Some(slot), masks, .. } = statement
            && !masks.is_empty()
        {
            self.masks.insert(*slot, masks.clone());
        }
        let (row, entity) = if let Statement::Update { row, update } = statement {
            (row, update.entity)
        } else if let Statement::Upsert { slot: Some(slot), create, .. } = statement {
            (slot, create.entity)
        } else {
            return None;
        };
        let masks = self.masks.get(row)?.clone();
        let held = Expr::new(Node::Slot(*row), Type::Row(entity));
        let fetch = Fetch::One(self.program.entities[entity].columns.ids().collect());
        // Whoever has changed a row holds it.
        Some((*row, Query { lock: true, ..by_key(self.program, entity, fetch, masks, &held) }))
    }

    /// Takes out of a statement's own expressions every projection of a row that looks at other rows:
    /// it is read by the row's key just before.
    fn lift(&mut self, statement: &mut Statement) -> Vec<(Slot, Query)> {
        let mut lifted = Vec::new();
        match statement {
            Statement::Let { value: expr, .. }
            | Statement::Require { condition: expr, .. }
            | Statement::If { condition: expr, .. }
            | Statement::For { list: expr, .. }
            | Statement::Match { subject: expr, .. }
            | Statement::Return(Some(expr)) => self.lift_expr(expr, &mut lifted),
            Statement::Read { .. }
            | Statement::Create { .. }
            | Statement::Update { .. }
            | Statement::UpdateWhere { .. }
            | Statement::Delete { .. }
            | Statement::DeleteWhere { .. }
            | Statement::Keys { .. }
            | Statement::ForRows { .. }
            | Statement::Upsert { .. }
            | Statement::Call { .. }
            | Statement::Request { .. }
            | Statement::Enqueue { .. }
            | Statement::Emit { .. }
            | Statement::Send { .. }
            | Statement::Link { .. }
            | Statement::ReadFile { .. }
            | Statement::Progress { .. }
            | Statement::Return(None) => {}
        }
        lifted
    }

    /// An expression whose projections of rows at hand are read first, each into a slot.
    pub(crate) fn lifted(&mut self, expr: &Expr) -> Result<(Vec<(Slot, Read)>, Expr), StartError> {
        let (mut expr, mut lifted) = (expr.clone(), Vec::new());
        self.lift_expr(&mut expr, &mut lifted);
        let read = |(slot, query): &(Slot, Query)| Ok((*slot, self.read(query)?));
        let reads = lifted.iter().map(read).collect::<Result<_, StartError>>()?;
        Ok((reads, expr))
    }

    fn lift_expr(&mut self, expr: &mut Expr, lifted: &mut Vec<(Slot, Query)>) {
        expr.children_mut().into_iter().for_each(|child| self.lift_expr(child, lifted));
        let Node::Project { shape, row } = &expr.node else { return };
        let fields = self.program.records[*shape].fields.values();
        let walks = fields.filter_map(|field| field.source.as_ref()).any(walk::walks_relations);
        let (true, Type::Row(of)) = (walks, row.ty.required()) else { return };
        let held = if let Node::Slot(held) = row.node { self.masks.get(&held) } else { None };
        let masks = held.cloned().unwrap_or_default();
        let query = by_key(self.program, *of, Fetch::OneShaped(*shape), masks, row);
        let slot = self.slot();
        lifted.push((slot, query));
        expr.node = Node::Slot(slot);
    }

    /// A row that is held is going to be changed: all of it is read, so that it is known how it will be then.
    fn held(&mut self, slot: Slot, query: Query) -> Result<Read, StartError> {
        let Query { select, fetch, lock } = query;
        let all = self.statements.dialect == Dialect::Postgres && lock && select.masks.is_empty();
        let fetch = if let (true, Fetch::One(_)) = (all, &fetch) {
            self.whole.insert(slot);
            Fetch::One(self.program.entities[select.entity].columns.ids().collect())
        } else {
            fetch
        };
        self.read(&Query { select, fetch, lock })
    }

    fn update(&mut self, row: Slot, update: &Update) -> Result<Step, StartError> {
        let look = self.changed.look(update.entity, row);
        let mut update = change::update(self.program, self.statements, (update, look))?;
        update.foreseeable &= self.whole.contains(&row);
        Ok(Step::Update { row, update })
    }

    fn step(&mut self, statement: Statement) -> Result<Step, StartError> {
        let (program, statements) = (self.program, &mut *self.statements);
        Ok(match statement {
            Statement::Let { slot, value } => Step::Let { slot, value },
            Statement::Read { slot, query, otherwise } => {
                Step::Read { slot, read: self.held(slot, query)?, otherwise }
            }
            Statement::Create { slot, create } => {
                self.whole.extend(slot);
                Step::Create { slot, create: adding::create(program, statements, &create)? }
            }
            Statement::Update { row, update } => self.update(row, &update)?,
            Statement::UpdateWhere { slot, select, update } => {
                let (rows, update) =
                    change::update_where(program, statements, &select, (&update, Look::Never))?;
                Step::UpdateWhere { slot, rows, update }
            }
            Statement::Delete { row, entity, permit } => {
                Step::Delete { row, delete: change::delete(program, statements, entity, &permit)? }
            }
            Statement::DeleteWhere { slot, select, otherwise } => Step::DeleteWhere {
                slot,
                of: select.entity,
                rows: query::delete_where(program, statements, &select)?,
                otherwise,
            },
            Statement::Keys { value, select, otherwise } => {
                Step::Keys { keys: self.keys(value, select)?, otherwise }
            }
            Statement::Require { condition, otherwise } => Step::Require { condition, otherwise },
            Statement::If { condition, then, otherwise } => {
                Step::If { condition, then: self.block(&then)?, otherwise: self.block(&otherwise)? }
            }
            Statement::For { slot, list, block } => Step::For { slot, list, block: self.block(&block)? },
            Statement::Return(output) => Step::Return(output),
            Statement::Match { subject, arms, otherwise } => {
                self.choice(subject, &arms, otherwise.as_deref())?
            }
            Statement::Upsert { slot, create, by, guard, update, .. } => {
                Step::Upsert { slot, upsert: self.upsert((&create, &by, &guard), update.as_ref())? }
            }
            Statement::Call { slot, operation, arguments, otherwise } => {
                Step::Call { slot, call: call::call(program, operation, arguments, otherwise) }
            }
            Statement::ForRows { slot, query, batch, block } => {
                Step::Batches { batches: self.batches(slot, &query, batch, &block)? }
            }
            Statement::Link { slot, file, life } => Step::Link { slot, file, life },
            Statement::ReadFile { slot, file, otherwise } => Step::ReadFile { slot, file, otherwise },
            Statement::Request { slot, resource, call, arguments, failure, otherwise } => {
                Step::Request { slot, resource, call, arguments, failure, otherwise }
            }
            Statement::Progress { done, total, text } => Step::Progress { done, total, text },
            Statement::Enqueue { .. } | Statement::Emit { .. } | Statement::Send { .. } => {
                return Err(StartError::Unsupported { what: "such a statement".to_owned() });
            }
        })
    }

    fn choice(
        &mut self,
        subject: Expr,
        arms: &[Arm],
        otherwise: Option<&[Statement]>,
    ) -> Result<Step, StartError> {
        let arms = arms.iter().map(|arm| Ok((arm.patterns.clone(), self.block(&arm.block)?)));
        let arms = arms.collect::<Result<_, StartError>>()?;
        let otherwise = otherwise.map_or(Ok(Vec::new()), |block| self.block(block))?;
        Ok(Step::Match { subject, arms, otherwise })
    }
}

/// The query of a statement that reads rows which the next one returns as projections, so that nobody
/// else sees them.
fn answers(statement: &Statement, next: &Statement) -> Option<(Query, Option<Raise>)> {
    let Statement::Read { slot, query, otherwise } = statement else { return None };
    let Statement::Return(Some(output)) = next else { return None };
    let mut query = query.clone();
    match (&output.node, &query.fetch) {
        (
            Node::Slot(returned),
            Fetch::OneShaped(_) | Fetch::ManyShaped(_) | Fetch::Page(_) | Fetch::Groups(_),
        ) if returned == slot => {}
        (Node::Project { shape, row }, Fetch::One(_)) if matches!(row.node, Node::Slot(returned) if returned == *slot) =>
        {
            query.fetch = Fetch::OneShaped(*shape);
        }
        (_, _) => return None,
    }
    Some((query, otherwise.clone()))
}

/// Reads a row that is at hand again; who holds it may see it.
pub(super) fn by_key(program: &Program, of: Id<Entity>, fetch: Fetch, masks: Masks, row: &Expr) -> Query {
    let entity = &program.entities[of];
    let ty = &entity.columns[entity.key].ty;
    let key = Expr::new(Node::Column { up: 0, via: Vec::new(), column: entity.key }, ty.clone());
    let same = Node::Compare(Compare::Equal, Box::new(key), Box::new(row.clone()));
    let condition = Some(Expr::new(same, Type::Bool));
    let select = Select { masks, condition, ..Select::new(of, Expr::constant(true)) };
    Query { select, fetch, lock: false }
}

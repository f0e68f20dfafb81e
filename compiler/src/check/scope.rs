//! What names mean at one place of a body, a rule or a test.
use super::Checker;
use super::mark::Marks;
use crate::report::Span;
use quater_ir::Id;
use quater_ir::body::{SlotInfo, Statement};
use quater_ir::channel::Channel;
use quater_ir::entity::{Column, Entity};
use quater_ir::expr::{Expr, Node, Slot};
use quater_ir::fault::Fault;
use quater_ir::job::Job;
use quater_ir::operation::{Effects, Operation, Reveal};
use quater_ir::resource::{Resource, UpstreamCall};
use quater_ir::types::Type;
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// What is known about the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    /// There is none: in `env`, `resource` and tests.
    Never,
    /// There may be none: in operations that are public.
    Perhaps,
    /// There is one; or, in a rule, its absence makes the comparison unknown.
    Assumed,
}

/// Whose body it is; rules may name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Doer {
    Operation(Id<Operation>),
    Channel(Id<Channel>),
    Job(Id<Job>),
}

/// What kind of text is being read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Values of `env` and `resource`: only `env` and literals.
    Start,
    /// The look-up of an `auth`: the row, `claims`, `credential`.
    Auth,
    /// Rules, projections, defaults and functions: pure.
    Rule,
    /// A body: verbs are allowed.
    Body,
    /// A test.
    Test,
    /// What a test calls with: the door judges it, so it may break a rule of its type.
    Argument,
}

/// One name that a body gave to a value.
#[derive(Debug, Clone)]
pub(crate) struct Local {
    pub(crate) name: SmolStr,
    pub(crate) value: Expr,
    pub(crate) secret: bool,
    /// Whether `input.name` means it.
    pub(crate) input: bool,
    /// How many list functions stood around the name where it got its value.
    pub(crate) depth: u32,
    /// Where the name stands, if it is written.
    pub(crate) at: Option<Span>,
}

/// The item of a list that a list function is looking at.
#[derive(Debug, Clone)]
pub(crate) struct Element {
    pub(crate) ty: Type,
    pub(crate) secret: bool,
    /// Whether bare names are its members: not where it has a name itself.
    pub(crate) bare: bool,
}

/// Names, the row and the caller at one place, and the body that is being built.
#[derive(Debug)]
pub(crate) struct Scope {
    pub(crate) place: Place,
    pub(crate) actor: Presence,
    /// Bare names are members of this entity.
    pub(crate) row: Option<Id<Entity>>,
    /// How many rows further out the row is whose members bare names are.
    pub(crate) up: u32,
    /// Rows further out, nearest first, whose members bare names are where no nearer row has such.
    pub(crate) outer: Vec<(Id<Entity>, u32)>,
    /// Whether what is made here goes through [`Checker::as_seen`].
    pub(crate) seen: bool,
    /// How many functions that are being written out stand around this.
    pub(crate) written_out: usize,
    pub(crate) locals: Vec<Local>,
    /// Inside a group: what its aggregates are over.
    pub(crate) group: Option<super::group::Grouping>,
    /// Paths such as `title` or `order.note` that were tested not to be null.
    pub(crate) narrowed: Vec<String>,
    /// Paths of unions that were matched, each with the member that it is.
    pub(crate) variants: Vec<(String, u32)>,
    /// Items that list functions are looking at, the outermost first.
    pub(crate) elements: Vec<Element>,
    pub(crate) body: BodyParts,
}

/// A body while it is built.
#[derive(Debug, Default)]
pub(crate) struct BodyParts {
    pub(crate) doer: Option<Doer>,
    pub(crate) slots: Vec<SlotInfo>,
    pub(crate) inputs: u32,
    /// Statements that come first of all: hashing of inputs.
    pub(crate) prelude: Vec<Statement>,
    /// How many loops and conditions stand around the block at hand.
    pub(crate) depth: u32,
    /// The block at hand.
    pub(crate) block: Vec<Statement>,
    /// Where its statements stand.
    pub(crate) marks: Marks,
    pub(crate) effects: EffectSet,
    pub(crate) faults: BTreeSet<Id<Fault>>,
    /// Secrets that are shown on purpose.
    pub(crate) reveals: Vec<Reveal>,
    /// Relations of rows that have been read, so that each is read once.
    pub(crate) walked: Vec<super::walk::Walked>,
    /// Which columns of the row in a slot are looked at.
    pub(crate) used: BTreeMap<Slot, BTreeSet<Id<Column>>>,
    /// What holds for the row in a slot, over its columns.
    pub(crate) known: BTreeMap<Slot, Expr>,
    /// Where the row in a slot was read, for columns that may not be read everywhere.
    pub(crate) partly: BTreeMap<Slot, (Id<Entity>, Span)>,
    pub(crate) output: Option<Type>,
    /// The list whose rows leave one by one, where it stands.
    pub(crate) streamed: Option<Span>,
    /// Whether the type of the output was reported, so that `return` says nothing.
    pub(crate) output_broken: bool,
    /// Whether something is looked for, or made, in one tenant.
    pub(crate) needs_tenant: bool,
    /// Of a job that a change starts: the row before it and after it.
    pub(crate) event: Option<(Expr, Expr)>,
    /// Names whose values were not understood: they say nothing more.
    pub(crate) unknown: Vec<SmolStr>,
}

/// [`Effects`] while they grow.
#[derive(Debug, Default)]
pub(crate) struct EffectSet {
    pub(crate) reads: BTreeSet<Id<Entity>>,
    pub(crate) creates: BTreeSet<Id<Entity>>,
    pub(crate) updates: BTreeSet<Id<Entity>>,
    pub(crate) deletes: BTreeSet<Id<Entity>>,
    pub(crate) invokes: BTreeSet<Id<Operation>>,
    pub(crate) requests: BTreeSet<(Id<Resource>, Id<UpstreamCall>)>,
    pub(crate) enqueues: BTreeSet<Id<Job>>,
    pub(crate) emits: BTreeSet<Id<Channel>>,
    pub(crate) mails: BTreeSet<Id<Resource>>,
    pub(crate) reads_files: BTreeSet<Id<Resource>>,
    pub(crate) progress: bool,
    pub(crate) hashes: bool,
    pub(crate) locks: bool,
    /// Operations that are called, with what they touch.
    pub(crate) called: Vec<(Id<Operation>, Effects)>,
}

impl EffectSet {
    pub(crate) fn finish(self) -> Effects {
        Effects {
            reads: self.reads.into_iter().collect(),
            creates: self.creates.into_iter().collect(),
            updates: self.updates.into_iter().collect(),
            deletes: self.deletes.into_iter().collect(),
            invokes: self.invokes.into_iter().collect(),
            requests: self.requests.into_iter().collect(),
            enqueues: self.enqueues.into_iter().collect(),
            emits: self.emits.into_iter().collect(),
            mails: self.mails.into_iter().collect(),
            reads_files: self.reads_files.into_iter().collect(),
            progress: self.progress,
            hashes: self.hashes,
            locks: self.locks,
        }
    }
}

impl Scope {
    /// A place without names.
    pub(crate) fn new(place: Place, actor: Presence, row: Option<Id<Entity>>) -> Self {
        Self {
            place,
            actor,
            row,
            up: 0,
            outer: Vec::new(),
            seen: false,
            written_out: 0,
            locals: Vec::new(),
            group: None,
            narrowed: Vec::new(),
            variants: Vec::new(),
            elements: Vec::new(),
            body: BodyParts::default(),
        }
    }

    /// A rule over rows of an entity.
    pub(crate) fn rule(row: Option<Id<Entity>>) -> Self {
        Self::new(Place::Rule, Presence::Assumed, row)
    }

    /// Makes a slot.
    pub(crate) fn slot(&mut self, name: impl Into<SmolStr>, ty: Type) -> Slot {
        self.body.slots.push(SlotInfo { name: name.into(), ty });
        Slot(self.body.slots.len() as u32 - 1)
    }

    /// Gives a name to a value.
    pub(crate) fn bind(&mut self, name: &SmolStr, value: Expr, secret: bool) {
        let depth = self.depth();
        self.locals.push(Local { name: name.clone(), value, secret, input: false, depth, at: None });
    }

    /// How many list functions stand around.
    pub(crate) const fn depth(&self) -> u32 {
        self.elements.len() as u32
    }

    /// Lets a name stay silent, because its value was reported.
    pub(crate) fn unknown(&mut self, name: &SmolStr) {
        self.body.unknown.push(name.clone());
    }

    /// The innermost value of a name.
    pub(crate) fn local(&self, name: &str) -> Option<&Local> {
        self.locals.iter().rev().find(|local| local.name == name)
    }

    /// The input of a name.
    pub(crate) fn input(&self, name: &str) -> Option<&Local> {
        self.locals.iter().find(|local| local.input && local.name == name)
    }

    /// Notes that a column of the row in a slot is looked at.
    pub(crate) fn touch(&mut self, row: &Expr, column: Id<Column>) {
        if let Node::Slot(slot) = row.node {
            self.body.used.entry(slot).or_default().insert(column);
        }
    }

    /// Says where the statements stand that were added last.
    pub(crate) fn mark(&mut self, at: Span) {
        self.body.marks.reach(self.body.block.len(), Some(at));
    }

    /// Runs something in an inner block: its names and tests end with it, its statements are given back.
    pub(crate) fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> (T, Vec<Statement>) {
        let locals = self.locals.len();
        let (mut narrowed, mut variants) = (self.narrowed.clone(), self.variants.clone());
        let outer = std::mem::take(&mut self.body.block);
        let (marks, walked) = (self.body.marks.enter(), self.body.walked.clone());
        self.body.depth += 1;
        let result = inner(self);
        self.body.depth -= 1;
        let block = std::mem::replace(&mut self.body.block, outer);
        self.body.marks.leave(marks, block.len());
        // What was read in there is not there outside; what is written in there has changed outside too.
        self.body.walked = if block.iter().any(writes) { Vec::new() } else { walked };
        self.locals.truncate(locals);
        // What a write inside has put in doubt stays in doubt.
        narrowed.retain(|path| self.narrowed.contains(path));
        variants.retain(|path| self.variants.contains(path));
        (self.narrowed, self.variants) = (narrowed, variants);
        (result, block)
    }
}

/// Whether a statement, or one inside it, changes rows.
pub(crate) fn writes(statement: &Statement) -> bool {
    statement.writes() || statement.blocks().into_iter().flatten().any(writes)
}

/// The value in a slot.
pub(crate) fn slot_value(slot: Slot, ty: Type) -> Expr {
    Expr::new(Node::Slot(slot), ty)
}

impl<'a> Checker<'a> {
    /// The name of what does something.
    pub(crate) fn doer_name(&self, doer: Doer) -> Option<&'a str> {
        let name = match doer {
            Doer::Operation(id) => &self.names.operations.nth(id.index())?.1.name,
            Doer::Channel(id) => &self.names.channels.get(id.index())?.1.name,
            Doer::Job(id) => &self.names.jobs.get(id.index())?.1.name,
        };
        Some(&name.text)
    }

    /// A column of the row at hand.
    pub(crate) fn column(&self, entity: Id<Entity>, column: Id<Column>) -> Expr {
        let ty = self.entities[entity].columns[column].ty.clone();
        Expr::new(Node::Column { up: 0, via: Vec::new(), column }, ty)
    }

    /// The column of a name.
    pub(crate) fn column_named(&self, entity: Id<Entity>, name: &str) -> Option<Id<Column>> {
        self.entities[entity].columns.iter().find(|(_, column)| column.name == name).map(|(id, _)| id)
    }
}

//! A checker that rests between two looks at a service of which little has changed.
use super::invoke::BodyState;
use super::unit::AllTold;
use super::{
    Checker, IndexLine, Told, ToolLine, Unit, auth, computed, invoke, mark, offered, outside, projection,
    rule, scope, types,
};
use crate::Asked;
use crate::analyse::Judged;
use crate::report::{Report, Sink, Sources, Span};
use crate::resolve::Names;
use crate::watched::{EVERY, Kind, Look, Watched};
use quater_ir::auth::Auth;
use quater_ir::channel::Channel;
use quater_ir::entity::Entity;
use quater_ir::expr::Expr;
use quater_ir::fault::Fault;
use quater_ir::job::Job;
use quater_ir::lifecycle::{Declared, Lifecycle};
use quater_ir::operation::Operation;
use quater_ir::resource::{Resource, UpstreamCall};
use quater_ir::surface::{AgentResource, Assets, Command, Prompt, Route};
use quater_ir::test::Test;
use quater_ir::types::{Enum, Field, Record, Union};
use quater_ir::{Arena, EnvValue, Id, Service};
use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// Makes [`Kept`] of all that a checker owns. A field of the checker that is not named here does not compile.
macro_rules! kept {
    ($($field:ident: $ty:ty,)*) => {
        /// What a checker owns.
        pub(crate) struct Kept {
            $(pub(crate) $field: $ty,)*
        }

        impl<'a> Checker<'a> {
            /// Lays down what is known.
            pub(crate) fn keep(self) -> Kept {
                let Checker { names: _, sink: _, sources: _, asked: _, $($field,)* } = self;
                Kept { $($field,)* }
            }

            /// Takes it up again.
            pub(crate) fn again(
                kept: Kept,
                names: &'a Names<'a>,
                sources: &'a Sources,
                asked: &'a Asked,
                sink: &'a mut Sink,
            ) -> Self {
                Checker { names, sink, sources, asked, $($field: kept.$field,)* }
            }

            /// Begins anew, and lays down what was known.
            pub(crate) fn anew(self) -> (Self, Kept) {
                let Checker { names, sink, sources, asked, $($field,)* } = self;
                (Checker::begin(names, sources, asked, sink), Kept { $($field,)* })
            }
        }
    };
}

kept! {
    service: Option<Service>,
    env: Arena<EnvValue>,
    env_used: Vec<bool>,
    resources: Arena<Resource>,
    auths: Arena<Auth>,
    caller: auth::Caller,
    enums: Watched<Enum>,
    records: Watched<Record>,
    unions: Arena<Union>,
    union_members: Vec<(Id<Record>, Span)>,
    projected: bool,
    incomplete: BTreeSet<Id<Record>>,
    waiting: projection::Waiting,
    rules_stand: bool,
    field_places: BTreeMap<(Id<Record>, SmolStr), Span>,
    embedded: BTreeMap<(Id<Record>, Id<Field>), Span>,
    types: Watched<types::TypeState>,
    faults: Watched<Fault>,
    entities: Watched<Entity>,
    indexes: Vec<IndexLine>,
    computed: BTreeMap<(Id<Entity>, usize), computed::ComputedState>,
    withheld: Vec<Report>,
    rules: Vec<Vec<rule::RowRule>>,
    tenants: Vec<Option<Expr>>,
    held_by_others: BTreeSet<Id<Entity>>,
    half_ruled: BTreeSet<Id<Entity>>,
    operations: Watched<Operation>,
    bodies: Vec<invoke::BodyState>,
    offerings: BTreeMap<Id<Operation>, offered::Offering>,
    orders: BTreeMap<Id<Operation>, Id<Enum>>,
    channels: Arena<Channel>,
    jobs: Arena<Job>,
    job_wants: Vec<Vec<outside::Wanted>>,
    listened: BTreeMap<(Id<Channel>, usize), Vec<offered::OfferedFilter>>,
    half_known: BTreeSet<scope::Doer>,
    half_calls: BTreeSet<(Id<Resource>, Id<UpstreamCall>)>,
    failure: Option<Id<Record>>,
    lifecycles: Vec<(Declared, Lifecycle)>,
    routes: Vec<Route>,
    tools: Vec<ToolLine>,
    agent_resources: Vec<AgentResource>,
    prompts: Vec<Prompt>,
    assets: Vec<Assets>,
    commands: Vec<Command>,
    tests: Vec<Test>,
    marks: BTreeMap<scope::Doer, Vec<mark::Mark>>,
    asked_nobody: bool,
    open_functions: Vec<usize>,
    inlined: usize,
    telling: Told,
    told: AllTold,
    altered: Changes,
}

/// What units have added to, as it was before they did.
pub(crate) struct Ground {
    /// Records from here on are those of units; some before that are nobody's.
    records: usize,
    /// How many there were when every unit had been looked at once.
    grown: usize,
    enums: usize,
    unions: usize,
    /// Operations before their bodies were looked at.
    pub(super) operations: Arena<Operation>,
    jobs: Arena<Job>,
    channels: Arena<Channel>,
    listened: BTreeMap<(Id<Channel>, usize), Vec<offered::OfferedFilter>>,
}

/// Room for so many records that are declared later.
const ROOM: usize = 256;

/// So many records that no unit names any more are nothing to speak of.
const FEW_RECORDS: usize = 4096;

impl Kept {
    /// Whether units that are gone have left more behind than there is.
    pub(crate) fn is_overgrown(&self, ground: &Ground) -> bool {
        self.records.len() > FEW_RECORDS + 4 * ground.grown
    }
}

/// What is another one than before: to be looked at again is whatever has looked at some of it.
#[derive(Default)]
pub(crate) struct Changes {
    looks: FxHashSet<Look>,
    names: FxHashSet<SmolStr>,
    /// Whether some of it lies where nobody leaves a note.
    pub(crate) beyond: bool,
}

impl Changes {
    /// Adds the thing of a number.
    pub(crate) fn add(&mut self, kind: Kind, number: usize) {
        self.looks.extend([(kind, number as u32), (kind, EVERY)]);
    }

    /// Whether the thing of a number is among it.
    pub(crate) fn holds(&self, kind: Kind, number: usize) -> bool {
        self.looks.contains(&(kind, number as u32))
    }

    /// Whether it is more than names.
    pub(crate) fn are_of_things(&self) -> bool {
        !self.looks.is_empty()
    }

    /// Adds names that mean something else.
    pub(crate) fn rename(&mut self, names: FxHashSet<SmolStr>) {
        if !names.is_empty() {
            self.looks.insert((Kind::Name, EVERY));
        }
        self.names.extend(names);
    }

    /// Whether something of it was looked at.
    pub(crate) fn concern(&self, looks: &[Look]) -> bool {
        !self.looks.is_empty() && looks.iter().any(|look| self.looks.contains(look))
    }

    /// Whether a unit has looked at something of it.
    pub(crate) fn concern_unit(&self, told: &Told) -> bool {
        self.concern(&told.looks) || self.renames(&told.used) || self.renames(&told.asked)
    }

    /// Whether some of these names means something else. A unit asks for few names, but where an operation comes or
    /// goes, all those behind it stand elsewhere.
    fn renames(&self, names: &FxHashSet<SmolStr>) -> bool {
        !self.names.is_empty() && !names.is_disjoint(&self.names)
    }
}

/// Tells the keys of which two lists, in the order of the keys, hold other values.
fn differing<K: Ord, V: PartialEq>(
    old: impl Iterator<Item = (K, V)>,
    new: impl Iterator<Item = (K, V)>,
    mut tell: impl FnMut(K),
) {
    let (mut old, mut new) = (old.peekable(), new.peekable());
    loop {
        let order = match (old.peek(), new.peek()) {
            (Some((old, _)), Some((new, _))) => old.cmp(new),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return,
        };
        let before = if order.is_le() { old.next() } else { None };
        let now = if order.is_ge() { new.next() } else { None };
        match (before, now) {
            (Some((_, before)), Some((_, now))) if before == now => {}
            (Some((key, _)), _) | (None, Some((key, _))) => tell(key),
            (None, None) => return,
        }
    }
}

/// Records up to some number, beside their numbers, in a map whose keys begin with those.
fn below<K, V>(
    map: &BTreeMap<(Id<Record>, K), V>,
    end: usize,
) -> impl Iterator<Item = (&(Id<Record>, K), &V)> {
    map.iter().take_while(move |((id, _), _)| id.index() < end)
}

impl<'a> Checker<'a> {
    /// Remembers what units will add to, once all else is known.
    pub(crate) fn ground(&mut self) -> Ground {
        let records = (self.records.len() + ROOM).next_multiple_of(ROOM);
        self.fill_records(records);
        Ground {
            records,
            grown: 0,
            enums: self.enums.len(),
            unions: self.unions.len(),
            operations: Arena::default(),
            jobs: self.jobs.clone(),
            channels: self.channels.clone(),
            listened: self.listened.clone(),
        }
    }

    /// Records that are nobody's, up to a number.
    fn fill_records(&mut self, end: usize) {
        while self.records.len() < end {
            self.records.add(nobody());
        }
    }

    /// Looks at the signatures that are not known; whether they stand where others stood.
    pub(crate) fn sign_operations(&mut self, ground: &mut Ground) -> bool {
        let mut again = false;
        for id in self.operation_signatures() {
            let signed = self.operations[id].clone();
            if id.index() < ground.operations.len() {
                ground.operations[id] = signed;
                again = true;
            } else {
                ground.operations.add(signed);
            }
        }
        if again {
            self.routes.sort_by_key(|it| it.operation);
            self.tools.sort_by_key(|it| it.operation);
            self.agent_resources.sort_by_key(|it| it.operation);
            self.prompts.sort_by_key(|it| it.operation);
            self.commands.sort_by_key(|it| it.operation);
        }
        again
    }

    /// Counts what there is after a look.
    pub(crate) fn count(&self, ground: &mut Ground) {
        if ground.grown == 0 {
            ground.grown = self.records.len();
        }
    }

    /// What differs from what stood outside of units before; nothing where it is what all of them may look at
    /// without leaving a note.
    pub(crate) fn differs(&self, kept: &Kept, ground: &Ground, mut changes: Changes) -> Option<Changes> {
        let old_unions = kept.unions.iter().take(ground.unions);
        let alike = self.service == kept.service
            && self.env == kept.env
            && self.resources == kept.resources
            && self.auths == kept.auths
            && self.caller == kept.caller
            && self.jobs == ground.jobs
            && self.job_wants == kept.job_wants
            && self.channels == ground.channels
            && self.listened == ground.listened
            && self.half_known == kept.half_known
            && self.half_calls == kept.half_calls
            && self.enums.len() == ground.enums
            && self.unions.iter().eq(old_unions)
            && self.records.len() <= ground.records;
        if !alike {
            return None;
        }
        let enums = numbered(kept.enums.arena()).take(ground.enums);
        differing(enums, numbered(self.enums.arena()), |at| changes.add(Kind::Enum, at));
        let types = numbered(kept.types.arena());
        differing(types, numbered(self.types.arena()), |at| changes.add(Kind::Type, at));
        let faults = numbered(kept.faults.arena());
        differing(faults, numbered(self.faults.arena()), |at| changes.add(Kind::Fault, at));
        self.differing_entities(kept, |at| changes.add(Kind::Entity, at));
        self.differing_records(kept, ground.records, |at| changes.add(Kind::Record, at));
        Some(changes)
    }

    fn differing_entities(&self, kept: &Kept, mut tell: impl FnMut(usize)) {
        differing(numbered(kept.entities.arena()), numbered(self.entities.arena()), &mut tell);
        differing(kept.rules.iter().enumerate(), self.rules.iter().enumerate(), &mut tell);
        differing(kept.tenants.iter().enumerate(), self.tenants.iter().enumerate(), &mut tell);
        let all = |ids: &BTreeSet<Id<Entity>>| ids.iter().map(|id| (id.index(), ())).collect::<Vec<_>>();
        differing(all(&kept.half_ruled).into_iter(), all(&self.half_ruled).into_iter(), &mut tell);
        differing(all(&kept.held_by_others).into_iter(), all(&self.held_by_others).into_iter(), &mut tell);
        differing(kept.computed.iter(), self.computed.iter(), |(id, _)| tell(id.index()));
    }

    fn differing_records(&self, kept: &Kept, end: usize, mut tell: impl FnMut(usize)) {
        // Where fewer are declared than before, there is nobody.
        let nobody = nobody();
        let old = numbered(kept.records.arena()).take(end);
        let rest = (self.records.len()..end).map(|at| (at, &nobody));
        differing(old, numbered(self.records.arena()).chain(rest), &mut tell);
        let all = |ids: &BTreeSet<Id<Record>>| {
            let numbers = ids.iter().map(|id| (id.index(), ()));
            numbers.take_while(|(at, ())| *at < end).collect::<Vec<_>>()
        };
        differing(all(&kept.incomplete).into_iter(), all(&self.incomplete).into_iter(), &mut tell);
        differing(below(&kept.embedded, end), below(&self.embedded, end), |(id, _)| tell(id.index()));
        differing(below(&kept.field_places, end), below(&self.field_places, end), |(id, _)| tell(id.index()));
    }

    /// Takes over what units have made, after all else was looked at anew.
    pub(crate) fn inherit(&mut self, kept: Kept, ground: &Ground) {
        self.fill_records(ground.records);
        self.records = grafted(self.records.take(), kept.records);
        self.enums = grafted(self.enums.take(), kept.enums);
        self.unions = kept.unions;
        let Kept { mut incomplete, mut embedded, mut field_places, .. } = kept;
        let first = Id::new(ground.records as u32);
        self.incomplete.append(&mut incomplete.split_off(&first));
        self.embedded.append(&mut embedded.split_off(&(first, Id::new(0))));
        self.field_places.append(&mut field_places.split_off(&(first, SmolStr::default())));
        self.operations = kept.operations;
        self.bodies = kept.bodies;
        self.offerings = kept.offerings;
        self.orders = kept.orders;
        self.channels = kept.channels;
        self.jobs = kept.jobs;
        self.listened = kept.listened;
        self.failure = kept.failure;
        self.routes = kept.routes;
        self.tools = kept.tools;
        self.agent_resources = kept.agent_resources;
        self.prompts = kept.prompts;
        self.commands = kept.commands;
        self.tests = kept.tests;
        self.marks = kept.marks;
        self.told.inherit(kept.told);
    }

    /// Forgets some units, those that have looked at what changed, and all that call what they do; they are
    /// looked at when the others are, as if for the first time.
    pub(crate) fn forget(
        &mut self,
        changes: &Changes,
        mut open: Vec<Unit>,
        ground: &Ground,
        judged: &mut Judged,
    ) {
        let units = self.told.iter().filter(|(unit, _)| !unit.is_outside());
        open.extend(units.filter(|(_, told)| changes.concern_unit(told)).map(|(unit, _)| *unit));
        judged.forget(changes);
        let callers = if open.is_empty() { FxHashMap::default() } else { self.callers() };
        let calling =
            |index: usize| [index as u32, EVERY].into_iter().filter_map(|it| callers.get(&it)).flatten();
        let mut unsigned: FxHashSet<Id<Operation>> = FxHashSet::default();
        while let Some(unit) = open.pop() {
            if self.told.take(unit).is_none() {
                continue;
            }
            match unit {
                Unit::Signature(index) => {
                    let id = Id::new(index as u32);
                    unsigned.insert(id);
                    self.offerings.remove(&id);
                    open.push(Unit::Operation(index));
                    open.extend(calling(index));
                }
                Unit::Operation(index) => {
                    let id: Id<Operation> = Id::new(index as u32);
                    judged.bodies.remove(&scope::Doer::Operation(id));
                    self.operations[id] = ground.operations[id].clone();
                    if let Some(state) = self.bodies.get_mut(index) {
                        *state = BodyState::Unknown;
                    }
                    open.extend(calling(index));
                }
                Unit::Job(index) => {
                    let id: Id<Job> = Id::new(index as u32);
                    judged.bodies.remove(&scope::Doer::Job(id));
                    self.jobs[id] = ground.jobs[id].clone();
                }
                Unit::Channel(index) => {
                    let id: Id<Channel> = Id::new(index as u32);
                    judged.bodies.remove(&scope::Doer::Channel(id));
                    self.channels[id] = ground.channels[id].clone();
                    let own = ground.listened.iter().filter(|((of, _), _)| *of == id);
                    self.listened.extend(own.map(|(at, filters)| (*at, filters.clone())));
                }
                Unit::Outside | Unit::Part(..) | Unit::Test(_) => {}
            }
        }
        if !unsigned.is_empty() {
            self.routes.retain(|it| !unsigned.contains(&it.operation));
            self.tools.retain(|it| !unsigned.contains(&it.operation));
            self.agent_resources.retain(|it| !unsigned.contains(&it.operation));
            self.prompts.retain(|it| !unsigned.contains(&it.operation));
            self.commands.retain(|it| !unsigned.contains(&it.operation));
        }
    }

    /// By operation: the units of others that have looked at it.
    fn callers(&self) -> FxHashMap<u32, Vec<Unit>> {
        let mut callers: FxHashMap<u32, Vec<Unit>> = FxHashMap::default();
        for (unit, told) in self.told.iter() {
            let own = match unit {
                Unit::Outside | Unit::Part(..) => continue,
                Unit::Signature(index) | Unit::Operation(index) => *index as u32,
                Unit::Job(_) | Unit::Channel(_) | Unit::Test(_) => EVERY,
            };
            let called = told.looks.iter().take_while(|(kind, _)| *kind == Kind::Operation);
            for (_, number) in called.filter(|(_, number)| *number != own) {
                callers.entry(*number).or_default().push(*unit);
            }
        }
        callers
    }
}

/// A record that stands for nothing.
fn nobody() -> Record {
    Record { name: None, docs: String::new(), fields: Arena::default(), of: None }
}

/// The items of an arena by their positions.
fn numbered<T>(arena: &Arena<T>) -> impl Iterator<Item = (usize, &T)> {
    arena.values().enumerate()
}

/// The first items of one arena, and behind them the rest of another.
fn grafted<T>(mut first: Arena<T>, mut other: Watched<T>) -> Watched<T> {
    for id in first.ids() {
        std::mem::swap(&mut first[id], &mut other[id]);
    }
    other
}

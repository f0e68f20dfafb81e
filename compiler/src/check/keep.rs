//! A checker that rests between two looks at a service of which little has changed.
use super::invoke::BodyState;
use super::{
    Checker, IndexLine, Told, ToolLine, Unit, auth, changes, computed, doors, invoke, mark, offered, outside,
    projection, rule, scope, types,
};
use crate::Asked;
use crate::analyse::Judged;
use crate::report::{Report, Sink, Sources, Span};
use crate::resolve::Names;
use quater_ir::auth::Auth;
use quater_ir::channel::Channel;
use quater_ir::entity::Entity;
use quater_ir::expr::Expr;
use quater_ir::fault::Fault;
use quater_ir::job::Job;
use quater_ir::lifecycle::{Declared, Lifecycle};
use quater_ir::operation::{Input, Operation};
use quater_ir::resource::{Resource, UpstreamCall};
use quater_ir::surface::{AgentResource, Assets, Command, Prompt, Route};
use quater_ir::test::Test;
use quater_ir::types::{Enum, Field, Record, Union};
use quater_ir::{Arena, EnvValue, Id, Service};
use smol_str::SmolStr;
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
    enums: Arena<Enum>,
    records: Arena<Record>,
    unions: Arena<Union>,
    union_members: Vec<(Id<Record>, Span)>,
    projected: bool,
    pending_changes: Vec<changes::PendingChange>,
    incomplete: BTreeSet<Id<Record>>,
    queued: Vec<projection::Queued>,
    rules_stand: bool,
    field_places: BTreeMap<(Id<Record>, SmolStr), Span>,
    embedded: BTreeMap<(Id<Record>, Id<Field>), Span>,
    types: Vec<types::TypeState>,
    faults: Arena<Fault>,
    entities: Arena<Entity>,
    indexes: Vec<IndexLine>,
    computed: BTreeMap<(Id<Entity>, usize), computed::ComputedState>,
    withheld: Vec<Report>,
    rules: Vec<Vec<rule::RowRule>>,
    tenants: Vec<Option<Expr>>,
    held_by_others: BTreeSet<Id<Entity>>,
    half_ruled: BTreeSet<Id<Entity>>,
    operations: Arena<Operation>,
    bodies: Vec<invoke::BodyState>,
    offerings: BTreeMap<Id<Operation>, offered::Offering>,
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
    taken: doors::Taken,
    tests: Vec<Test>,
    marks: BTreeMap<scope::Doer, Vec<mark::Mark>>,
    asked_nobody: bool,
    open_functions: Vec<usize>,
    inlined: usize,
    telling: Told,
    told: BTreeMap<Unit, Told>,
}

/// Operations, jobs and channels before their bodies were looked at.
pub(crate) struct Signed {
    operations: Arena<Operation>,
    jobs: Arena<Job>,
    channels: Arena<Channel>,
    listened: BTreeMap<(Id<Channel>, usize), Vec<offered::OfferedFilter>>,
    /// How many records there were.
    records: usize,
}

/// So many records that no body names any more are nothing to speak of.
const FEW_RECORDS: usize = 4096;

impl Kept {
    /// Whether bodies that are gone have left more behind than there is.
    pub(crate) fn is_overgrown(&self, signed: &Signed) -> bool {
        self.records.len() > FEW_RECORDS + 8 * signed.records
    }
}

impl<'a> Checker<'a> {
    /// Gives up, and gives back where reports went.
    pub(crate) fn into_sink(self) -> &'a mut Sink {
        self.sink
    }

    /// Remembers what bodies will add to.
    pub(crate) fn signed(&self) -> Signed {
        Signed {
            operations: self.operations.clone(),
            jobs: self.jobs.clone(),
            channels: self.channels.clone(),
            listened: self.listened.clone(),
            records: self.records.len(),
        }
    }

    /// Whether operations with other bodies than before take the same from their callers.
    pub(crate) fn same_inputs(&mut self, operations: &[usize], signed: &Signed) -> bool {
        operations.iter().all(|index| {
            let id: Id<Operation> = Id::new(*index as u32);
            self.offers_the_same(id, &signed.operations[id])
        })
    }

    /// Finds out again what the list of an operation offers, whose body is another one; whether that is what
    /// it was, so that the inputs of the operation stand.
    fn offers_the_same(&mut self, id: Id<Operation>, signed: &Operation) -> bool {
        let Some((_, node)) = self.names.operations.get(id.index()).copied() else { return false };
        let own = |input: &&Input| node.parameters.iter().any(|it| it.name.text == input.name);
        let mut operation = Operation::new(signed.name.clone(), String::new());
        operation.inputs = signed.inputs.iter().take_while(own).cloned().collect();
        let before = self.offerings.remove(&id);
        self.inlined = 0;
        self.unit(Unit::Offered(id.index()), |checker| checker.offered_inputs(id, &mut operation, node));
        for (input, signed) in operation.inputs.iter_mut().zip(&signed.inputs) {
            input.place = signed.place.clone();
        }
        let page =
            |it: &offered::Offering| it.page.as_ref().map(|page| (page.usual, page.most, page.by_offset));
        let terms = |it: Option<&offered::Offering>| it.map(|it| (it.whole, page(it)));
        operation.inputs == signed.inputs && terms(before.as_ref()) == terms(self.offerings.get(&id))
    }

    /// Forgets some units, and all that call what they do; those are checked when insides are, as if for
    /// the first time.
    pub(crate) fn forget(&mut self, units: Vec<Unit>, signed: &Signed, judged: &mut Judged) {
        let mut open = units;
        while let Some(unit) = open.pop() {
            if self.told.remove(&unit).is_none() {
                continue;
            }
            match unit {
                Unit::Operation(index) => {
                    let id: Id<Operation> = Id::new(index as u32);
                    judged.bodies.remove(&scope::Doer::Operation(id));
                    self.operations[id] = signed.operations[id].clone();
                    if let Some(state) = self.bodies.get_mut(index) {
                        *state = BodyState::Unknown;
                    }
                    let name = &signed.operations[id].name;
                    let callers = self.told.iter().filter(|(_, told)| told.used.contains(name));
                    open.extend(
                        callers.map(|(unit, _)| *unit).filter(|unit| *unit > Unit::Offered(usize::MAX)),
                    );
                }
                Unit::Job(index) => {
                    let id: Id<Job> = Id::new(index as u32);
                    judged.bodies.remove(&scope::Doer::Job(id));
                    self.jobs[id] = signed.jobs[id].clone();
                }
                Unit::Channel(index) => {
                    let id: Id<Channel> = Id::new(index as u32);
                    judged.bodies.remove(&scope::Doer::Channel(id));
                    self.channels[id] = signed.channels[id].clone();
                    let own = signed.listened.iter().filter(|((of, _), _)| *of == id);
                    self.listened.extend(own.map(|(at, filters)| (*at, filters.clone())));
                }
                Unit::Outside | Unit::Offered(_) | Unit::Test(_) => {}
            }
        }
        // What only the whole tells is told anew.
        self.assets.clear();
        self.lifecycles.clear();
    }
}

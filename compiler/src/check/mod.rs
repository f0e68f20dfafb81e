//! From names to typed pieces of a program: one elaborating pass a construct.
//!
//! Checking makes the IR as it goes: the tree of an expression becomes a typed [`quater_ir::expr::Expr`]
//! or, where something was reported, nothing, which silences whatever needed it.
mod access;
mod agent;
mod aggregate;
mod alike;
mod approval;
mod asking;
mod assets;
mod auth;
mod backfill;
mod batch;
mod body;
mod bounds;
mod builtin;
mod call;
mod changes;
mod channel;
mod choices;
mod clause;
mod coerce;
mod collection;
mod compare;
mod computed;
mod content;
mod contradiction;
mod credential;
mod doors;
mod embed;
mod entity;
mod env;
mod expr;
pub(crate) mod facts;
mod fallback;
mod far;
mod fault;
mod file;
mod group;
mod guard;
mod guess;
mod implied;
mod index;
mod invoke;
mod job;
mod join;
mod json;
mod keep;
mod keys;
mod lifecycle;
mod limit;
mod list_function;
mod literal;
pub(crate) mod mark;
mod matching;
mod member;
mod moved;
mod narrowing;
mod native;
mod nested;
mod note;
mod offered;
mod one_tenant;
mod operation;
mod outside;
mod paging;
mod part;
mod projection;
mod query;
mod record;
mod refinement;
mod resource;
mod rows;
pub(crate) mod rule;
mod rust_body;
mod schedule;
pub(crate) mod scope;
mod search;
mod seen;
mod service;
mod statement;
mod stored;
mod stored_names;
mod stream;
mod template;
mod test;
mod test_step;
mod tool_text;
mod truth;
mod types;
mod uncalled;
mod union;
mod unit;
mod unused;
mod upsert;
mod upstream;
mod walk;
mod watch;
mod way;
mod whole;
mod write;

pub(crate) use entity::snake;
pub(crate) use invoke::{DEEPEST_CALLS, too_deep};
pub(crate) use keep::{Changes, Ground, Kept};
pub(crate) use moved::Moves;
pub(crate) use offered::asking_lists;
pub(crate) use part::Part;
pub(crate) use statement::ends;
pub(crate) use truth::never_null;
pub(crate) use unit::{Told, Unit};

use crate::Asked;
use crate::ast;
use crate::report::{Code, Report, Sink, Sources, Span};
use crate::resolve::{Names, nearest};
use crate::watched::{Kind, Look, Watched};
use quater_ir::auth::Auth;
use quater_ir::channel::Channel;
use quater_ir::entity::{Column, Entity};
use quater_ir::expr::Expr;
use quater_ir::fault::{self as faults, Fault};
use quater_ir::job::Job;
use quater_ir::lifecycle::{Declared, Lifecycle};
use quater_ir::operation::Operation;
use quater_ir::resource::{Resource, UpstreamCall};
use quater_ir::surface::{AgentResource, Assets, Command, Prompt, Route};
use quater_ir::test::Test;
use quater_ir::types::{Enum, Field, Record, Type, Union};
use quater_ir::{Arena, EnvValue, Id, Service};
use std::collections::{BTreeMap, BTreeSet};

/// An expression that was understood.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Typed {
    pub(crate) expr: Expr,
    /// Whether its value may never be shown.
    pub(crate) secret: bool,
    pub(crate) at: Span,
}

/// What was not understood, where it is not seen at once that somebody has said why.
#[derive(Debug, Default)]
pub(crate) struct Unsaid {
    /// The first call of a function that could not be written out: reported where nothing else is.
    pub(crate) call: Option<Report>,
    /// Whether there is such a statement.
    pub(crate) statement: bool,
}

/// A `mcp tool` line of an operation.
#[derive(Debug)]
pub(crate) struct ToolLine {
    pub(crate) name: smol_str::SmolStr,
    pub(crate) operation: Id<Operation>,
    /// Whether it runs as a task.
    pub(crate) task: bool,
}

/// An `index` line: whose, and its columns with whether each descends.
pub(crate) type IndexLine = (Id<Entity>, Vec<(Id<Column>, bool)>);

/// The pieces of a program while they are made.
pub(crate) struct Checker<'a> {
    pub(crate) names: &'a Names<'a>,
    pub(crate) sink: &'a mut Sink,
    pub(crate) sources: &'a Sources,
    pub(crate) asked: &'a Asked,
    pub(crate) service: Option<Service>,
    pub(crate) env: Arena<EnvValue>,
    pub(crate) env_used: Vec<bool>,
    pub(crate) resources: Arena<Resource>,
    pub(crate) auths: Arena<Auth>,
    pub(crate) caller: auth::Caller,
    pub(crate) enums: Watched<Enum>,
    pub(crate) records: Watched<Record>,
    pub(crate) unions: Arena<Union>,
    /// Records that are members of unions, with the places that say so.
    pub(crate) union_members: Vec<(Id<Record>, Span)>,
    /// Whether entities and projections are known.
    pub(crate) projected: bool,
    /// Records with a member that was reported: what is missing in them says nothing.
    pub(crate) incomplete: BTreeSet<Id<Record>>,
    /// Records whose members wait for something.
    pub(crate) waiting: projection::Waiting,
    /// Whether they are.
    pub(crate) rules_stand: bool,
    /// Where members of records got their names, where that is asked for.
    pub(crate) field_places: BTreeMap<(Id<Record>, smol_str::SmolStr), Span>,
    /// Where projections show other rows.
    pub(crate) embedded: BTreeMap<(Id<Record>, Id<Field>), Span>,
    pub(crate) types: Watched<types::TypeState>,
    pub(crate) faults: Watched<Fault>,
    pub(crate) entities: Watched<Entity>,
    pub(crate) indexes: Vec<IndexLine>,
    /// Computed fields of entities, by entity and line.
    pub(crate) computed: BTreeMap<(Id<Entity>, usize), computed::ComputedState>,
    /// Reports about computed fields, until all of them are known.
    pub(crate) withheld: Vec<Report>,
    pub(crate) rules: Vec<Vec<rule::RowRule>>,
    /// By entity: the column that says whose a row is.
    pub(crate) tenants: Vec<Option<Expr>>,
    /// Entities whose rows some relation keeps from being deleted.
    pub(crate) held_by_others: BTreeSet<Id<Entity>>,
    /// Entities of which some rule was reported: what else is forbidden there is not known.
    pub(crate) half_ruled: BTreeSet<Id<Entity>>,
    pub(crate) operations: Watched<Operation>,
    /// By operation: whether its body is known.
    pub(crate) bodies: Vec<invoke::BodyState>,
    /// What a list of an operation asks of its callers.
    pub(crate) offerings: BTreeMap<Id<Operation>, offered::Offering>,
    /// Orders that callers choose from, by operation.
    pub(crate) orders: BTreeMap<Id<Operation>, Id<Enum>>,
    pub(crate) channels: Arena<Channel>,
    pub(crate) jobs: Arena<Job>,
    /// By job: what must be given to enqueue it.
    pub(crate) job_wants: Vec<Vec<outside::Wanted>>,
    /// By channel and the position of a clause: what its listeners may narrow it by.
    pub(crate) listened: BTreeMap<(Id<Channel>, usize), Vec<offered::OfferedFilter>>,
    /// Jobs and channels of which something was reported: who uses them says nothing.
    pub(crate) half_known: BTreeSet<scope::Doer>,
    /// Calls of upstreams of which something was reported: who uses them says nothing.
    pub(crate) half_calls: BTreeSet<(Id<Resource>, Id<UpstreamCall>)>,
    /// What went wrong with a call of an upstream, where some body looks at it.
    pub(crate) failure: Option<Id<Record>>,
    pub(crate) lifecycles: Vec<(Declared, Lifecycle)>,
    pub(crate) routes: Vec<Route>,
    pub(crate) tools: Vec<ToolLine>,
    pub(crate) agent_resources: Vec<AgentResource>,
    pub(crate) prompts: Vec<Prompt>,
    pub(crate) assets: Vec<Assets>,
    pub(crate) commands: Vec<Command>,
    pub(crate) tests: Vec<Test>,
    /// Where the statements of each body stand.
    pub(crate) marks: BTreeMap<scope::Doer, Vec<mark::Mark>>,
    /// Whether `actor` was asked for where there is none.
    pub(crate) asked_nobody: bool,
    /// Calls of `fn` that are open right now, to find a function that calls itself.
    pub(crate) open_functions: Vec<usize>,
    /// Nodes made for the declaration at hand, to stop functions that grow without end.
    pub(crate) inlined: usize,
    /// What the unit at hand has told, beside what lies in the sink and in the notebook.
    pub(crate) telling: Told,
    /// What each unit has told.
    pub(crate) told: unit::AllTold,
    /// What is another one than at the look before, as far as is known.
    pub(crate) altered: Changes,
}

impl<'a> Checker<'a> {
    /// Checks a whole service. The order of the passes is the order of what needs what.
    pub(crate) fn run(
        names: &'a Names<'a>,
        sources: &'a Sources,
        asked: &'a Asked,
        sink: &'a mut Sink,
    ) -> Self {
        let mut checker = Self::begin(names, sources, asked, sink);
        checker.operation_signatures();
        checker.insides();
        checker.sum_up();
        checker
    }

    /// Checks all that operations, bodies and tests may look at.
    pub(crate) fn begin(
        names: &'a Names<'a>,
        sources: &'a Sources,
        asked: &'a Asked,
        sink: &'a mut Sink,
    ) -> Self {
        let mut checker = Self::new(names, sources, asked, sink);
        checker.unit(Unit::Outside, Self::outside);
        checker.altered = Changes::default();
        checker
    }

    fn outside(&mut self) {
        let checker = self;
        // 1. What stands alone.
        checker.enums();
        checker.declare_types();
        checker.service();
        checker.environment();
        checker.resources();
        // 2. What callers and rows look like.
        checker.pass(Self::columns);
        checker.actors();
        checker.record_fields();
        checker.declared_faults();
        checker.upstream_calls();
        // 3. Expressions over rows and callers.
        checker.pass(Self::entity_rules);
        checker.declared_projections();
        checker.pass(Self::projections);
        checker.pass(Self::changes);
        checker.told_apart();
        checker.pass(Self::functions);
        checker.auth_conditions();
        // 4. What is done without being called.
        checker.job_signatures();
        checker.channel_signatures();
    }

    /// What is done; each body and each test is a unit. Units that were looked at before are passed over.
    pub(crate) fn insides(&mut self) {
        self.operation_bodies();
        self.job_bodies();
        self.channel_bodies();
        self.test_cases();
    }

    /// What only the whole tells.
    pub(crate) fn sum_up(&mut self) {
        self.tell();
        self.assets.clear();
        self.lifecycles.clear();
        self.file_trees();
        self.lifecycles();
        self.unused_environment();
        self.unused_declarations();
        self.tool_texts();
        let unsaid = self.told.values().find_map(|told| told.unsaid.call.clone());
        if let Some(report) = unsaid.filter(|_| !self.sink.has_errors()) {
            self.sink.push(report);
        }
    }

    fn new(names: &'a Names<'a>, sources: &'a Sources, asked: &'a Asked, sink: &'a mut Sink) -> Self {
        Self {
            names,
            sink,
            sources,
            asked,
            service: None,
            env: Arena::default(),
            env_used: Vec::new(),
            resources: Arena::default(),
            auths: Arena::default(),
            caller: auth::Caller::default(),
            enums: Watched::default(),
            records: Watched::default(),
            unions: Arena::default(),
            union_members: Vec::new(),
            projected: false,
            incomplete: BTreeSet::new(),
            waiting: projection::Waiting::default(),
            rules_stand: false,
            field_places: BTreeMap::new(),
            embedded: BTreeMap::new(),
            types: Watched::default(),
            faults: faults::builtin().into(),
            entities: Watched::default(),
            indexes: Vec::new(),
            computed: BTreeMap::new(),
            withheld: Vec::new(),
            rules: Vec::new(),
            tenants: Vec::new(),
            held_by_others: BTreeSet::new(),
            half_ruled: BTreeSet::new(),
            operations: Watched::default(),
            bodies: Vec::new(),
            offerings: BTreeMap::new(),
            orders: BTreeMap::new(),
            channels: Arena::default(),
            jobs: Arena::default(),
            job_wants: Vec::new(),
            listened: BTreeMap::new(),
            half_known: BTreeSet::new(),
            half_calls: BTreeSet::new(),
            failure: None,
            lifecycles: Vec::new(),
            routes: Vec::new(),
            tools: Vec::new(),
            agent_resources: Vec::new(),
            prompts: Vec::new(),
            assets: Vec::new(),
            commands: Vec::new(),
            tests: Vec::new(),
            marks: BTreeMap::new(),
            asked_nobody: false,
            open_functions: Vec::new(),
            inlined: 0,
            telling: Told::default(),
            told: unit::AllTold::default(),
            altered: Changes::default(),
        }
    }

    /// Takes out what was looked at.
    pub(crate) fn drain_seen(&self, looks: &mut Vec<Look>) {
        self.operations.seen().drain(Kind::Operation, looks);
        self.entities.seen().drain(Kind::Entity, looks);
        self.records.seen().drain(Kind::Record, looks);
        self.enums.seen().drain(Kind::Enum, looks);
        self.types.seen().drain(Kind::Type, looks);
        self.faults.seen().drain(Kind::Fault, looks);
        self.names.drain_seen(looks);
    }

    /// Whether all that is declared was understood. Where it was not, somebody has to have said why: half a program
    /// that is taken for a whole one does less than it seems to promise.
    pub(crate) fn is_whole(&self) -> bool {
        let halves = self.half_known.is_empty() && self.half_calls.is_empty();
        let said = !self.told.values().any(|told| told.unsaid.statement);
        halves && said && self.half_ruled.is_empty() && self.incomplete.is_empty()
    }

    /// Reports, and gives nothing.
    pub(crate) fn report<T>(&mut self, report: Report) -> Option<T> {
        self.sink.push(report);
        None
    }

    /// Reports a code with its message, and gives nothing.
    pub(crate) fn error<T>(&mut self, code: Code, at: Span, message: impl Into<String>) -> Option<T> {
        self.report(Report::new(code, at, message))
    }

    /// Reports a name that means nothing here, with the name that was perhaps meant, and gives nothing.
    pub(crate) fn unknown<'n, T>(
        &mut self,
        code: Code,
        name: &ast::Name,
        message: String,
        known: impl IntoIterator<Item = &'n str>,
    ) -> Option<T> {
        let report = Report::new(code, name.at, message).missing(name.text.clone());
        let known: Vec<&str> = known.into_iter().collect();
        let declared = |known: &str| (code != Code::E0204).then(|| self.names.place_of(known)).flatten();
        self.names.notes.offer(name, code, known.iter().map(|known| (*known, declared(known))));
        if self.names.elsewhere(name).is_some() {
            let text = &name.text;
            return self.report(
                report.help(format!("another file declares it: take it with `use {text} from \"…\"`")),
            );
        }
        match nearest(&name.text, known) {
            Some(near) => self.report(report.meant(name.at, near)),
            None => self.report(report),
        }
    }

    /// The plain letters of a text that may not be computed.
    pub(crate) fn plain<'t>(&mut self, text: &'t ast::Text) -> Option<&'t str> {
        let plain = text.plain();
        if plain.is_none() {
            self.error::<()>(Code::E0310, text.at, "this text can't have `{…}` in it");
        }
        plain
    }
}

/// How many of something: `1 value`, `2 values`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// The `///` lines of something.
pub(crate) fn docs(docs: Option<&ast::Docs>) -> String {
    docs.map(|docs| docs.text.trim().to_owned()).unwrap_or_default()
}

impl Typed {
    /// Its type.
    pub(crate) fn ty(&self) -> &Type {
        &self.expr.ty
    }
}

//! `job`: durable work in the background.
use super::body::Finished;
use super::guard::all;
use super::outside::Wanted;
use super::record::null;
use super::scope::{Doer, Place, Presence, Scope, slot_value};
use super::{Checker, Typed, Unit, docs};
use crate::ast::{self, ClauseKind, ModifierKind, ResourceKind as Kind};
use crate::report::{Code, Report, Span};
use crate::resolve::Meaning;
use quater_ir::Id;
use quater_ir::body::{Body, Statement};
use quater_ir::expr::Slot;
use quater_ir::job::{Job, JobInput, Reach, Retry, Start};
use quater_ir::lifecycle::Lifecycle;
use quater_ir::operation::Effects;
use quater_ir::types::Type;
use smol_str::SmolStr;

/// Tried once, where nothing is said.
const ONCE: Retry = Retry { count: 0, first_wait: 0, longest_wait: 0 };

/// Waits between tries, where only their count is said: 10 seconds, then up to 10 minutes.
const WAITS: (u64, u64) = (10_000, 600_000);

impl<'a> Checker<'a> {
    /// Inputs, queue, tries and start of every job.
    pub(crate) fn job_signatures(&mut self) {
        for index in 0..self.names.jobs.len() {
            let Some((declaration, node)) = self.names.jobs.get(index).copied() else { continue };
            self.inlined = 0;
            let mut job = Job {
                name: node.name.text.clone(),
                docs: docs(declaration.docs.as_ref()),
                lifecycle: Lifecycle::default(),
                inputs: Vec::new(),
                queue: Id::new(0),
                retry: ONCE,
                timeout: None,
                start: None,
                reach: Reach::Enqueued,
                body: Body { slots: Vec::new(), prelude: 0, block: Vec::new() },
                rust: None,
                effects: Effects::NONE,
                reveals: Vec::new(),
                faults: Vec::new(),
            };
            if let Some(queue) = self.resource_named(&node.queue, Kind::Queue, "jobs are kept in a `queue`") {
                job.queue = queue;
            }
            let wants = self.job_inputs(&mut job, node);
            if wants.len() != node.parameters.len() {
                self.half_known.insert(Doer::Job(Id::new(index as u32)));
            }
            self.job_wants.push(wants);
            self.job_clauses(&mut job, node);
            self.jobs.add(job);
        }
    }

    fn job_inputs(&mut self, job: &mut Job, node: &ast::Job) -> Vec<Wanted> {
        let mut wants: Vec<Wanted> = Vec::new();
        for parameter in &node.parameters {
            if wants.iter().any(|other| other.name == parameter.name.text) {
                let message = format!("`{}` is there twice", parameter.name.text);
                self.error::<()>(Code::E0202, parameter.name.at, message);
                continue;
            }
            self.only_modifiers(parameter, |kind| {
                matches!(kind, ModifierKind::Secret | ModifierKind::Default(_) | ModifierKind::Lock)
            });
            let Some(ty) = self.ty(&parameter.ty) else { continue };
            if matches!(ty.required(), Type::Password | Type::File(_)) {
                let message = format!("{} can't wait in a queue", self.describe(ty.required()));
                let report = Report::new(Code::E0301, parameter.ty.at, message);
                self.sink.push(report.help("store it, and give the job the row"));
                continue;
            }
            let mut scope = Scope::new(Place::Rule, Presence::Never, None);
            let default = parameter
                .default()
                .and_then(|value| self.expect(&mut scope, value, &ty, &parameter.name.text));
            let (name, secret) = (parameter.name.text.clone(), parameter.secret().is_some());
            let slot = Slot(job.inputs.len() as u32);
            job.inputs.push(JobInput { name: name.clone(), ty: ty.clone(), secret, slot });
            wants.push(Wanted { name, ty, default: default.map(|default| default.expr), secret });
        }
        wants
    }

    fn job_clauses(&mut self, job: &mut Job, node: &ast::Job) {
        let mut started: Option<Span> = None;
        for clause in &node.clauses {
            if let ClauseKind::Every(_) | ClauseKind::On(_) = clause.kind
                && let Some(first) = started.replace(clause.at)
            {
                let report = Report::new(Code::E0310, clause.at, "one thing starts a job");
                self.sink.push(report.label(first, "this does already"));
                continue;
            }
            match &clause.kind {
                ClauseKind::Retry { count, backoff } => self.retry(job, *count, backoff.as_ref()),
                ClauseKind::Timeout(length) => job.timeout = self.milliseconds(length),
                ClauseKind::Every(schedule) => {
                    job.start = self.schedule(schedule, clause.at).map(Start::Every)
                }
                ClauseKind::EachTenant => job.reach = self.each_tenant(node, clause.at),
                ClauseKind::AcrossTenants => job.reach = Reach::AcrossTenants,
                ClauseKind::On(_)
                | ClauseKind::Effects(_)
                | ClauseKind::Fails(_)
                | ClauseKind::ImplRust { .. }
                | ClauseKind::Stray => {}
                ClauseKind::Http(_)
                | ClauseKind::Mcp(_)
                | ClauseKind::Cli(_)
                | ClauseKind::Allow(_)
                | ClauseKind::Limit(_)
                | ClauseKind::Idempotent
                | ClauseKind::Approve(_)
                | ClauseKind::OnWaiting(_)
                | ClauseKind::Cache(_)
                | ClauseKind::Compress
                | ClauseKind::AuditOff(_)
                | ClauseKind::Receives { .. } => {
                    let report = Report::new(Code::E0310, clause.at, "this line does not belong into a job");
                    self.sink
                        .push(report.help("nobody calls a job: it has no caller, no door and no answer"));
                }
            }
        }
        if let (Some(at), Some(parameter)) = (started, node.parameters.first()) {
            let message = format!("nobody is there to give `{}`", parameter.name.text);
            let report = Report::new(Code::E0533, parameter.at, message).label(at, "this starts the job");
            self.sink
                .push(report.help("a schedule gives nothing; a change gives `event.old` and `event.new`"));
        }
    }

    fn retry(&mut self, job: &mut Job, count: ast::Whole, backoff: Option<&ast::Range>) {
        let Some(count) = u32::try_from(count.value).ok().filter(|count| *count <= 100) else {
            self.error::<()>(Code::E0302, count.at, "a job is tried again 100 times at most");
            return;
        };
        let (mut first_wait, mut longest_wait) = WAITS;
        if let Some(range) = backoff {
            let (Some(low), Some(high)) = (&range.low, &range.high) else {
                let report =
                    Report::new(Code::E0302, range.at, "the first wait and the longest are both said");
                return self.sink.push(report.help("write `backoff 10s..10m`"));
            };
            let (Some(low), Some(high)) = (self.milliseconds(low), self.milliseconds(high)) else { return };
            if low > high {
                self.error::<()>(Code::E0302, range.at, "the first wait is longer than the longest");
                return;
            }
            (first_wait, longest_wait) = (low, high);
        }
        job.retry = Retry { count, first_wait, longest_wait };
    }

    fn each_tenant(&mut self, node: &ast::Job, at: Span) -> Reach {
        if watched(node).is_some() {
            let report = Report::new(Code::E0310, at, "a change is of one tenant already");
            self.sink.push(report.help("the job runs in the tenant of the row"));
        } else if self.tenants.iter().all(Option::is_none) {
            self.error::<()>(Code::E0535, at, "no entity here has a tenant");
        }
        Reach::EachTenant
    }

    /// What every job does.
    pub(crate) fn job_bodies(&mut self) {
        for index in 0..self.names.jobs.len() {
            let Some((declaration, node)) = self.names.jobs.get(index).copied() else { continue };
            if !self.asked.looks_into(declaration.at) {
                continue;
            }
            self.inlined = 0;
            let unit = Unit::Job(index);
            if !self.told.contains_key(&unit) {
                self.unit(unit, |checker| checker.job_body(Id::new(index as u32), node));
            }
        }
    }

    fn job_body(&mut self, id: Id<Job>, node: &'a ast::Job) {
        let mut scope = Scope::new(Place::Body, Presence::Never, None);
        scope.body.doer = Some(Doer::Job(id));
        let inputs = self.jobs[id].inputs.iter();
        let inputs = inputs.map(|input| (input.name.clone(), input.ty.clone(), input.secret)).collect();
        self.bind_parameters(&mut scope, inputs, &node.parameters);
        if let Some((change, _)) = watched(node) {
            let start = self.job_watch(&mut scope, change);
            if start.is_none() {
                scope.unknown(&SmolStr::new_static("event"));
            }
            self.jobs[id].start = start;
        }
        let rust = self.rust_body(&mut scope, &node.clauses, &node.body);
        if rust.is_none() {
            self.block(&mut scope, &node.body);
        }
        self.has_a_tenant(id, &scope, node);
        let Finished { body, effects, faults, reveals } = self.finished(scope);
        self.note_effects(&node.name, &effects, &faults);
        let job = &mut self.jobs[id];
        job.reveals = reveals;
        job.rust = rust;
        job.body = body;
        job.effects = effects;
        job.faults = faults.into_iter().collect();
    }

    /// `on Issue created, updated(status) where …`: the job sees what its rules let it see.
    fn job_watch(&mut self, scope: &mut Scope, change: &ast::Change) -> Option<Start> {
        if let Some(field) = change.filter.first() {
            return self.error(Code::E0310, field.at, "nobody listens to a job: `filter` is for channels");
        }
        let (mut watch, sight) = self.watch(scope, change)?;
        let held = all(std::iter::once(sight.rows).chain(watch.condition).collect());
        watch.condition = (!held.is(true)).then_some(held);
        let row = |absent: bool| {
            let row = Type::Row(watch.entity);
            if absent { row.optional() } else { row }
        };
        let (old_row, new_row) = (row(watch.created), row(watch.deleted));
        let (old, new) = (scope.slot("old", old_row.clone()), scope.slot("new", new_row.clone()));
        for slot in [old, new] {
            scope.body.partly.insert(slot, (watch.entity, change.entity.at));
        }
        let (old_value, new_value) = (slot_value(old, old_row), slot_value(new, new_row));
        scope.bind(&SmolStr::new_static("event.old"), old_value.clone(), false);
        scope.bind(&SmolStr::new_static("event.new"), new_value.clone(), false);
        scope.body.event = Some((old_value, new_value));
        (watch.old, watch.new) = (Some(old), Some(new));
        Some(Start::Change(watch))
    }

    /// `event.old`, `event.new`
    pub(crate) fn event(&mut self, scope: &Scope, name: &ast::Name, at: Span) -> Option<Typed> {
        let (old, new) = scope.body.event.clone()?;
        let mut value = match name.text.as_str() {
            "old" => old,
            "new" => new,
            _ => return self.no_member("`event`", name, ["old", "new"].into_iter()),
        };
        value = self.narrow(scope, &format!("event.{}", name.text), value);
        Some(Typed { expr: value, secret: false, at })
    }

    /// A schedule has no tenant of its own.
    fn has_a_tenant(&mut self, id: Id<Job>, scope: &Scope, node: &ast::Job) {
        let job = &self.jobs[id];
        let every = node.clauses.iter().find(|clause| matches!(clause.kind, ClauseKind::Every(_)));
        if let Some(clause) = every
            && scope.body.needs_tenant
            && node.parameters.is_empty()
            && job.reach == Reach::Enqueued
        {
            let message = format!("`{}` is of no tenant, and would find nothing", job.name);
            let report = Report::new(Code::E0535, clause.at, message);
            self.sink.push(report.help(
                "add a line `each tenant`, to run it once in each, or `across tenants`, to see all at once",
            ));
        }
    }

    /// The job of a name.
    pub(crate) fn job_named(&mut self, path: &ast::Path) -> Option<Id<Job>> {
        let name = path.single();
        match name.and_then(|name| self.names.get(name)) {
            Some(Meaning::Job(id)) => (!self.half_known.contains(&Doer::Job(id))).then_some(id),
            Some(Meaning::Unknown) => None,
            _ => match name {
                Some(name) if name.is_hole() => None,
                Some(name) => {
                    let names = self.names;
                    let known = names.all(|meaning| matches!(meaning, Meaning::Job(_)));
                    self.unknown(Code::E0201, name, format!("there is no job `{}`", name.text), known)
                }
                None => self.error(Code::E0310, path.at, "the name of a job belongs here"),
            },
        }
    }

    /// `enqueue take_payment(order)`
    pub(crate) fn enqueue(&mut self, scope: &mut Scope, call: &ast::Call, at: Span) -> Option<Typed> {
        self.statement_allowed(scope, at)?;
        let job = self.job_named(&call.callee)?;
        if self.names.jobs.get(job.index()).is_some_and(|(_, node)| watched(node).is_some()) {
            let report = Report::new(Code::E0310, at, "a change starts this job, and nothing else can");
            return self.report(report.help("what it does with `event` has no meaning otherwise"));
        }
        let wanted = self.job_wants.get(job.index()).cloned().unwrap_or_default();
        let name = self.jobs[job].name.clone();
        let arguments = self.given_values_of(scope, call, &name, &wanted)?;
        scope.body.effects.enqueues.insert(job);
        scope.body.block.push(Statement::Enqueue { job, arguments });
        Some(Typed { expr: null(Type::Null), secret: false, at })
    }
}

/// The change that starts a job.
pub(crate) fn watched(node: &ast::Job) -> Option<(&ast::Change, Span)> {
    node.clauses.iter().find_map(|clause| {
        let ClauseKind::On(change) = &clause.kind else { return None };
        Some((change, clause.at))
    })
}

//! The stages of a call, in their order: who calls, may they, with what; then the body.

pub(crate) mod approval;
mod authenticate;
mod bind;
mod digest;
pub(crate) mod judge;
mod once;
pub(crate) mod query;
mod review;
mod settle;

pub(crate) use review::Reviewing;
pub(crate) use settle::{Settled, Task};

use crate::access;
use crate::audit::{Manner, Trace};
use crate::call::{Answer, Call, Identity, Input, Key, Refusal, RequestId, Source, Wishes};
use crate::engine::Engine;
use crate::eval::About;
use crate::http::origin;
use crate::items::Items;
use crate::kernel::secret;
use crate::limit::Meter;
use crate::outward::{Reply, Request};
use crate::plan::body::Step;
use crate::plan::common::{BEGIN, BEGIN_WRITE, COMMIT, RELEASE, ROLLBACK, SAVEPOINT};
use crate::presence::Presence;
use crate::run::{Asked, Course, Machine, Stand, Tally};
use crate::spans::{self, Span};
use crate::start::log;
use crate::stop::{Run, Stop};
use crate::store::session::Session;
use crate::value::Value;
use crate::wire;
use quater_ir::Id;
use quater_ir::fault::{INTERNAL, MALFORMED, NOT_FOUND, UNAVAILABLE};
use quater_ir::operation::{Door, Operation, Place};
use quater_ir::resource::ResourceKind;
use smol_str::SmolStr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

/// A call whose caller may make it, with inputs that are good, up to where its body needs the database.
#[derive(Clone)]
pub(crate) struct Ready {
    about: About,
    slots: Vec<Value>,
    pub(crate) trace: Trace,
    /// What the prelude came to, where it ended the body.
    ended: Option<Result<Vec<u8>, Box<Refusal>>>,
    /// The call of an upstream that a dry run has come to, and does not make.
    stopped: Option<String>,
    /// What the caller's key stands for.
    claim: Option<once::Claim>,
    /// What it has to wait for.
    wait: Option<approval::Wait>,
    /// Where the body goes on, where it has begun.
    places: Vec<Stand>,
    /// What ends a transaction in the middle of the body, and begins the next one.
    between: [usize; 2],
    /// Who takes its items one by one, where it only reads.
    items: Items,
    /// What is done for it is within this span.
    pub(crate) span: Option<Arc<Span>>,
}

impl Ready {
    /// For a call in a savepoint, whose transaction nobody may end.
    pub(crate) const fn in_savepoint(mut self) -> Self {
        self.between = [RELEASE, SAVEPOINT];
        self
    }

    /// Whether nothing of it may stay.
    pub(crate) fn is_dry(&self) -> bool {
        self.trace.manner == Some(Manner::DryRun)
    }

    /// Whether its items may leave before its end: nothing of it can be undone or done again.
    fn streams(&self, engine: &Engine) -> bool {
        let plan = engine.plan.operation(self.trace.operation);
        !self.is_dry() && !self.writes(engine) && plan.is_some_and(|plan| plan.streams && !plan.asks)
    }

    /// Whether somebody takes its items one by one.
    #[cfg(feature = "postgres")]
    pub(crate) const fn gives_items(&self) -> bool {
        self.items.are_taken()
    }

    /// Whether the rest of it writes.
    pub(crate) fn writes(&self, engine: &Engine) -> bool {
        let beside = !self.is_dry() && (self.claim.is_some() || self.wait.is_some());
        beside || engine.plan.operation(self.trace.operation).is_some_and(|plan| plan.writes)
    }
}

/// A call whose caller is yet to be found.
#[derive(Clone)]
pub(crate) struct Begun {
    call: Arc<Call>,
    meter: Option<Arc<Meter>>,
    about: About,
    pub(crate) trace: Trace,
    pub(crate) span: Option<Arc<Span>>,
}

/// What letting a caller in gives.
struct Let {
    slots: Vec<Value>,
    ended: Option<Result<Vec<u8>, Box<Refusal>>>,
    claim: Option<once::Claim>,
    wait: Option<approval::Wait>,
}

/// What a caller may do at a door.
#[derive(Debug, Default)]
pub(crate) struct Allowed {
    /// The operations that it may call.
    pub(crate) operations: Vec<Id<Operation>>,
    /// Whether it is known who it is.
    pub(crate) known: bool,
    /// Whether any call can wait for approval.
    pub(crate) waits: bool,
    /// Whether it may decide some calls that wait.
    pub(crate) decides: bool,
}

/// A call that the limits of its address let in.
pub(crate) struct Admitted {
    pub(crate) call: Call,
    /// What counts it for its caller; nothing where there are no limits, and in tests.
    pub(crate) meter: Option<Arc<Meter>>,
    /// Whether its caller still waits.
    pub(crate) presence: Presence,
    /// Where there are traces.
    pub(crate) span: Option<Arc<Span>>,
}

/// A call that came to nothing.
pub(crate) struct Failed {
    pub(crate) refusal: Refusal,
    pub(crate) trace: Trace,
}

impl Engine {
    /// Everything before the body needs the database for itself.
    pub(crate) fn prepare(
        &self,
        session: &mut Session<'_>,
        admitted: Admitted,
    ) -> Result<Ready, Box<Failed>> {
        let mut begun = self.begin(admitted);
        let identified = self.identify(session, &mut begun);
        self.admit(session, begun, identified)
    }

    /// The first stage, which needs no database.
    pub(crate) fn begin(&self, admitted: Admitted) -> Begun {
        let Admitted { call, meter, presence, span } = admitted;
        let mut about = About::nobody(call.door, call.request, call.ip);
        about.progress = call.wishes.progress.clone();
        about.saying = call.wishes.saying.clone();
        about.answers.clone_from(&call.wishes.answers);
        about.presence = presence;
        // What is found at the service's own address is a file.
        let resources = &self.facts.program.resources;
        let files = resources.values().any(|it| matches!(it.kind, ResourceKind::Files { .. }));
        if let (Input::Http(http), true) = (&call.input, files) {
            about.origin = origin(&http.uri, &http.headers).map(SmolStr::from);
        }
        let trace = Trace {
            time: about.now,
            started: Instant::now(),
            request: call.request,
            door: call.door,
            entry: call.entry,
            operation: call.operation,
            actor: None,
            arguments: None,
            manner: call.wishes.dry.then_some(Manner::DryRun),
        };
        Begun { call: Arc::new(call), meter, about, trace, span }
    }

    /// Finds out who calls. It may be tried again.
    pub(crate) fn identify(&self, session: &mut Session<'_>, begun: &mut Begun) -> Run<()> {
        let _within = spans::enter(begun.span.as_ref());
        let Begun { call, about, .. } = begun;
        caught(call.request, session, |session| authenticate::caller(self, session, &call.identity, about))
    }

    /// Lets a caller in who may call, with what is good to call with.
    pub(crate) fn admit(
        &self,
        session: &mut Session<'_>,
        begun: Begun,
        identified: Run<()>,
    ) -> Result<Ready, Box<Failed>> {
        let Begun { call, meter, mut about, mut trace, span } = begun;
        let items = call.wishes.items.clone();
        let _within = spans::enter(span.as_ref());
        let admitted = caught(call.request, session, |session| {
            self.try_admit(session, &call, (meter.as_deref(), identified), &mut about, &mut trace)
        });
        match admitted {
            Ok(Let { slots, ended, claim, wait }) => {
                let (between, places) = ([COMMIT, BEGIN_WRITE], Vec::new());
                let stopped = None;
                let mut ready =
                    Ready { about, slots, trace, ended, stopped, claim, wait, between, places, items, span };
                if !ready.streams(self) {
                    ready.items = Items::default();
                }
                Ok(ready)
            }
            Err(stop) => {
                let refusal = self.ended(stop, &mut trace);
                Err(Box::new(Failed { refusal, trace }))
            }
        }
    }

    fn try_admit(
        &self,
        session: &mut Session<'_>,
        call: &Call,
        (meter, identified): (Option<&Meter>, Run<()>),
        about: &mut About,
        trace: &mut Trace,
    ) -> Run<Let> {
        let program = &self.facts.program;
        if let (Err(Stop::Refused(_)), Some(meter)) = (&identified, meter) {
            meter.mistaken();
        }
        identified?;
        trace.actor = self.actor_key(about);
        if let Some(meter) = meter {
            meter.identified(trace.actor.as_deref(), wire::text::of(&about.tenant).as_deref())?;
        }
        let operation = &program.operations[call.operation];
        if !operation.doors.has(call.door) {
            return Err(Refusal::plain(program, NOT_FOUND).into());
        }
        access::check(&self.facts, about, operation)?;
        let key = keyed(operation, &call.wishes)?;
        let plan = self.plan.operation(call.operation).ok_or(Stop::Defect("an operation without a plan"))?;
        let mut slots = bind::inputs(self, about, operation, plan.slots, &call.input)?;
        let audited = operation.unaudited.is_none();
        trace.arguments = audited.then(|| digest::arguments(self, operation, &slots)).transpose()?;
        let claim = key.map(|key| once::Claim::new(self, operation, about, key, &slots)).transpose()?;
        let wait = self.waits(about, operation, &slots)?;
        let steps = &plan.prelude;
        let output = secret::evenly(plan.verifies, || {
            self.body(session, (about, None), &mut slots, steps, operation, &mut Tally::default())
        });
        let ended = match output.map_err(|stop| self.placed(stop, call.operation, call.door)) {
            Ok(output) => output.map(Ok),
            Err(Stop::Refused(refusal)) if claim.is_some() => Some(Err(refusal)),
            Err(stop) => return Err(stop),
        };
        Ok(Let { slots, ended, claim, wait })
    }

    fn actor_key(&self, about: &About) -> Option<SmolStr> {
        let actor = self.facts.program.actor?;
        let key = self.facts.program.entities[actor].key;
        let row = about.actor.row().ok()?;
        wire::text::of(row.get(key.index())?).map(SmolStr::from)
    }

    fn body(
        &self,
        session: &mut Session<'_>,
        about: (&About, Option<[usize; 2]>),
        slots: &mut Vec<Value>,
        steps: &[Step],
        operation: &Operation,
        tally: &mut Tally,
    ) -> Run<Option<Vec<u8>>> {
        self.machine(session, about, slots, operation, (Course::default(), tally)).run(steps)
    }

    pub(super) fn machine<'a, 's, 'c>(
        &'a self,
        session: &'s mut Session<'c>,
        (about, between): (&'a About, Option<[usize; 2]>),
        slots: &'a mut Vec<Value>,
        operation: &'a Operation,
        (course, tally): (Course, &'a mut Tally),
    ) -> Machine<'a, 's, 'c> {
        let (facts, plan) = (&self.facts, &self.plan);
        let output = operation.output.as_ref();
        Machine { facts, plan, about, slots, session, output, called: false, between, tally, course }
    }

    /// The rest of a call up to where it needs a transaction; gives what it asks of an upstream before that. A
    /// dry run ends there.
    pub(crate) fn ask(
        &self,
        session: &mut Session<'_>,
        ready: &mut Ready,
        reply: Option<Reply>,
    ) -> Result<Option<Box<Request>>, Refusal> {
        let _within = spans::enter(ready.span.as_ref());
        let (request, id) = (ready.trace.request, ready.trace.operation);
        if ready.ended.is_some() {
            return Ok(None);
        }
        self.guarded(request, id, session, |session| {
            let plan = self.plan.operation(id).ok_or(Stop::Defect("an operation without a plan"))?;
            let operation = &self.facts.program.operations[id];
            let mut tally = Tally::default();
            let course = (Course::asking(std::mem::take(&mut ready.places), reply), &mut tally);
            let asked = self
                .machine(session, (&ready.about, None), &mut ready.slots, operation, course)
                .ask(&plan.steps);
            match asked.map_err(|stop| self.placed(stop, id, ready.about.door))? {
                Asked::Ended(output) => ready.ended = Some(Ok(output.unwrap_or_default())),
                Asked::Holds(places) => ready.places = places,
                Asked::Asks(asks, _) if ready.is_dry() => {
                    ready.ended = Some(Ok(b"null".to_vec()));
                    ready.stopped = Some(asks.name(&self.facts));
                }
                Asked::Asks(asks, places) => {
                    ready.places = places;
                    return Ok(Some(asks));
                }
            }
            Ok(None)
        })
    }

    /// The rest of a call that only reads: in one snapshot, where it has more than one query.
    pub(crate) fn read(&self, session: &mut Session<'_>, ready: &mut Ready) -> Result<Answer, Refusal> {
        let _within = spans::enter(ready.span.as_ref());
        let (request, id) = (ready.trace.request, ready.trace.operation);
        let settle = |session: &mut Session<'_>, ready: &mut Ready| {
            let settled = self.settle(session, ready);
            self.concluded(settled, &mut ready.trace)
        };
        if session.is_open() || !self.plan.operation(id).is_some_and(|plan| plan.snapshot) {
            return settle(session, ready);
        }
        self.guarded(request, id, session, |session| session.execute(&self.plan, BEGIN))?;
        let result = settle(session, ready);
        let end = if result.is_ok() { COMMIT } else { ROLLBACK };
        self.guarded(request, id, session, |session| {
            if session.is_open() { session.execute(&self.plan, end) } else { Ok(()) }
        })?;
        result
    }

    /// What the caller of a call that only reads is told.
    pub(crate) fn concluded(&self, settled: Run<Settled>, trace: &mut Trace) -> Result<Answer, Refusal> {
        settled.map_err(|stop| self.ended(stop, trace)).and_then(|settled| settled.result)
    }

    /// What a caller may do at a door.
    pub(crate) fn allowed(
        &self,
        session: &mut Session<'_>,
        identity: &Identity,
        door: Door,
    ) -> Result<Allowed, Refusal> {
        let request = RequestId::fresh();
        self.guarded(request, Id::new(u32::MAX), session, |session| {
            let mut about = About::nobody(door, request, None);
            authenticate::caller(self, session, identity, &mut about)?;
            let operations = self.facts.program.operations.iter().filter(|(_, it)| it.doors.has(door));
            let mut allowed = Allowed { known: !about.actor.is_null(), ..Allowed::default() };
            for (id, operation) in operations {
                if access::holds(&self.facts, &about, &operation.access)? {
                    allowed.operations.push(id);
                }
            }
            for approval in self.facts.program.operations.values().filter_map(|it| it.approval.as_ref()) {
                let decides = allowed.known && access::holds(&self.facts, &about, &approval.by)?;
                allowed.waits = true;
                allowed.decides |= decides;
            }
            Ok(allowed)
        })
    }

    /// Whether a caller has yet to get its row. What is wrong with it is told when it calls.
    pub(crate) fn is_new(&self, session: &mut Session<'_>, identity: &Identity, door: Door) -> bool {
        let request = RequestId::fresh();
        let asked = caught(request, session, |session| {
            authenticate::is_new(self, session, identity, &mut About::nobody(door, request, None))
        });
        asked.unwrap_or(false)
    }

    /// Makes the row of a caller that has none, in the transaction that is open.
    pub(crate) fn welcome(&self, session: &mut Session<'_>, identity: &Identity, door: Door) -> Run<()> {
        let request = RequestId::fresh();
        caught(request, session, |session| {
            authenticate::welcome(self, session, identity, &mut About::nobody(door, request, None))
        })
    }

    /// Does something; what the caller must not see becomes `Internal`, a panic too.
    fn guarded<'c, T>(
        &self,
        request: RequestId,
        operation: Id<Operation>,
        session: &mut Session<'c>,
        act: impl FnOnce(&mut Session<'c>) -> Run<T>,
    ) -> Result<T, Refusal> {
        caught(request, session, act).map_err(|stop| self.told(stop, request, operation))
    }

    /// What the caller of a call that came to nothing is told, and what its record says.
    pub(crate) fn ended(&self, stop: Stop, trace: &mut Trace) -> Refusal {
        if matches!(stop, Stop::Gone) {
            trace.manner = Some(Manner::Cancelled);
        }
        if matches!(&stop, Stop::Refused(refusal) if !refusal.questions.is_empty()) {
            trace.manner = Some(Manner::Asked);
        }
        self.told(stop, trace.request, trace.operation)
    }

    /// What the caller is told; the log gets the rest.
    pub(crate) fn told(&self, stop: Stop, request: RequestId, operation: Id<Operation>) -> Refusal {
        let program = &self.facts.program;
        if let Stop::Database(error) = &stop
            && let Some(broken) = error.calculation()
        {
            return Refusal::about("", "calculation", broken.message());
        }
        let fault = match &stop {
            Stop::Database(error) if error.is_passing() || error.is_of_another_version() => UNAVAILABLE,
            Stop::Gone => return Refusal::gone(),
            Stop::Refused(_) | Stop::Database(_) | Stop::Defect(_) => INTERNAL,
        };
        log(&stop, request, program.operations.find(operation).map_or("", |it| it.name.as_str()));
        if let Stop::Refused(refusal) = stop { *refusal } else { Refusal::plain(program, fault) }
    }
}

/// The key of a call that counts: a dry run leaves none, and what only reads can be repeated as it is.
fn keyed<'w>(operation: &Operation, wishes: &'w Wishes) -> Run<Option<&'w Key>> {
    if operation.idempotent || wishes.key.is_none() || !operation.effects.writes() {
        return Ok(wishes.key.as_ref().filter(|_| operation.idempotent && !wishes.dry));
    }
    let message = format!("`{}` is not idempotent: it takes no key", operation.name);
    Err(Refusal::saying(MALFORMED, message).into())
}

/// Does something; a panic becomes a defect.
fn caught<'c, T>(
    request: RequestId,
    session: &mut Session<'c>,
    act: impl FnOnce(&mut Session<'c>) -> Run<T>,
) -> Run<T> {
    catch_unwind(AssertUnwindSafe(|| act(session))).unwrap_or_else(|_| {
        tracing::error!(%request, "a panic, caught");
        Err(Stop::Defect("a panic"))
    })
}

impl Engine {
    /// Says of fields that a body refuses where their inputs stood.
    fn placed(&self, mut stop: Stop, id: Id<Operation>, door: Door) -> Stop {
        let Stop::Refused(refusal) = &mut stop else { return stop };
        let operation = &self.facts.program.operations[id];
        let routes = self.facts.program.surface.routes.iter().zip(&self.plan.routes);
        let plan = routes
            .filter(|(route, _)| door == Door::Http && route.operation == id)
            .map(|(_, plan)| plan)
            .next();
        for violation in &mut refusal.violations {
            let field = violation.pointer.split('/').nth(1);
            let input = operation.inputs.iter().find(|input| Some(input.name.as_str()) == field);
            violation.place = match (door, input.map(|input| &input.place)) {
                (Door::Mcp | Door::Cli | Door::Socket | Door::Job, _) => Source::Arguments,
                (Door::Http, Some(Place::Path)) => Source::Path,
                (Door::Http, Some(Place::Query)) => Source::Query,
                (Door::Http, Some(Place::Header(_))) => Source::Header,
                (Door::Http, Some(Place::Cookie(_))) => Source::Cookie,
                (Door::Http, Some(Place::Member | Place::Body | Place::Part) | None) => Source::Body,
            };
            let wrapped = plan.into_iter().flat_map(|plan| &plan.pointers);
            let wrapped = wrapped.filter(|(name, _)| Some(name.as_str()) == field).map(|(_, at)| at).next();
            if let (Some(at), Some(field)) = (wrapped, field) {
                let rest = violation.pointer.get(field.len() + 1..).unwrap_or_default();
                violation.pointer = format!("{at}{rest}");
            }
        }
        stop
    }
}

//! A program that runs.
mod error;

pub use error::StartError;

use crate::call::{Answer, Call, Identity, Parts, Refusal, Review};
use crate::changes::Changes;
use crate::files::{self, Files, Intake, Linked, Ticket};
use crate::invoke::{Admitted, Allowed, Reviewing, Task};
use crate::limit::{Limits, Quotas};
use crate::metrics::Metrics;
use crate::native::Bodies;
use crate::presence::Presence;
use crate::spans::Traces;
use crate::start;
use crate::threads::Threads;
use bytes::Bytes;
use quater_ir::fault::{INTERNAL, UNAUTHORIZED};
use quater_ir::operation::{Door, Operation};
use quater_ir::{Id, Program};
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::io::Read;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Bytes of a file that are read at a time.
const CHUNK: usize = 64 * 1024;

/// What a service needs from outside.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Environment values by name, already collected.
    pub env: BTreeMap<SmolStr, String>,
    /// Where each of those is declared, as `store.qtr:12`; nothing of a service whose files are not here.
    pub declared_at: BTreeMap<SmolStr, String>,
    /// The folder of the service's file: relative paths of databases and files begin there.
    pub data: PathBuf,
    /// How many threads read from the database; with none, one connection does everything, which is enough for one call.
    pub readers: usize,
    /// What traces are made with; nothing where there are none.
    pub traces: Option<Traces>,
}

impl Settings {
    /// Settings with these values and as many readers as the machine has cores, at most four.
    pub fn new(env: BTreeMap<SmolStr, String>, data: PathBuf) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
        Self { env, declared_at: BTreeMap::new(), data, readers: cores.min(4), traces: None }
    }
}

/// A running program; cheap to clone.
#[derive(Clone)]
pub struct Service {
    threads: Arc<Threads>,
    limits: Option<Arc<Limits>>,
    folder: Arc<Path>,
    metrics: Arc<Metrics>,
    traces: Option<Traces>,
}

impl Service {
    /// Opens the database, makes its tables where there are none, and plans every operation.
    ///
    /// # Errors
    /// When a value misses, the database does not open or belongs to another version.
    pub fn start(program: Arc<Program>, settings: &Settings) -> Result<Self, StartError> {
        Self::start_with(program, settings, Bodies::new())
    }

    /// The same for a program some bodies of which are written in Rust.
    ///
    /// # Errors
    /// When a body is missing, or there is one for which there is no operation, too.
    pub fn start_with(
        program: Arc<Program>,
        settings: &Settings,
        bodies: Bodies,
    ) -> Result<Self, StartError> {
        let (missing, stray) = (bodies.missing(&program), bodies.stray(&program));
        if !missing.is_empty() || !stray.is_empty() {
            return Err(StartError::Bodies { missing, stray });
        }
        let limits = Limits::plan(&program);
        let (engine, location) = start::engine(program, settings, bodies)?;
        let threads = Arc::new(Threads::start(engine, location, settings)?);
        let metrics = Arc::new(Metrics::new(&threads.engine().facts.program));
        let (folder, traces) = (Arc::from(settings.data.as_path()), settings.traces.clone());
        Ok(Self { threads, limits, folder, metrics, traces })
    }

    /// The program that runs.
    pub fn program(&self) -> &Program {
        &self.threads.engine().facts.program
    }

    /// The text that something told at start stands for.
    pub(crate) fn told(&self, expr: &quater_ir::expr::Expr) -> Option<String> {
        let value = start::constant(&self.threads.engine().facts, expr).ok()?;
        value.text().ok().map(str::to_owned)
    }

    /// What is counted while it runs.
    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// What traces are made with.
    pub(crate) const fn traces(&self) -> Option<&Traces> {
        self.traces.as_ref()
    }

    /// The folder of its file, where its own files begin.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Every SQL statement that was planned at start, one a line, in the order they were planned.
    pub fn statements(&self) -> String {
        self.threads.engine().plan.statements.texts.iter().map(|text| format!("{text};\n")).collect()
    }

    /// Does a call: limits of its address, authentication, limits of the caller, access, inputs, body,
    /// audit, in this order.
    ///
    /// # Errors
    /// With the fault that the caller gets.
    pub async fn invoke(&self, call: Call) -> Result<Answer, Refusal> {
        self.counted(call, &Quotas::default()).await
    }

    /// The same, for whoever wants to know what is left of the limits that the call meets.
    pub(crate) async fn counted(&self, call: Call, quotas: &Quotas) -> Result<Answer, Refusal> {
        let (operation, door) = (call.operation, call.door);
        let files = call.input.files();
        let span = self
            .traces
            .as_ref()
            .map(|traces| Arc::new(traces.call(&self.program().operations[operation], door, call.request)));
        let counting = self.metrics.counting(self.program(), (operation, door), span.clone());
        let arrive = |limits: &Arc<Limits>| {
            limits.arrive(Some(operation), call.ip, !matches!(call.identity, Identity::Nobody), quotas)
        };
        let answer = match self.limits.as_ref().map(arrive).transpose() {
            Ok(meter) => {
                let (meter, presence) = (meter.map(Arc::new), Presence::default());
                // Boxed, so that what is moved from here on is a pointer.
                self.admitted(Box::new(Admitted { call, meter, presence, span })).await
            }
            Err(refusal) => Err(refusal),
        };
        if let (false, Some(folder)) = (files.is_empty(), self.files()) {
            folder.settle(&files, &answer);
        }
        counting.end(answer.as_ref().err());
        answer
    }

    /// Makes a call again for somebody who waits for changes of what it gives: it counts against no limit.
    pub(crate) async fn again(&self, call: Call) -> Result<Answer, Refusal> {
        self.admitted(Box::new(Admitted { call, meter: None, presence: Presence::default(), span: None }))
            .await
    }

    /// Who is told of what calls change.
    pub(crate) fn changes(&self) -> &Arc<Changes> {
        &self.threads.engine().changes
    }

    async fn admitted(&self, mut admitted: Box<Admitted>) -> Result<Answer, Refusal> {
        let id = admitted.call.operation;
        let operation = &self.program().operations[id];
        let longest = Duration::from_millis(operation.timeout.unwrap_or(self.program().service.timeout));
        // What has asked an upstream is written down, whoever still waits.
        let asks = self.threads.engine().plan.operation(id).is_some_and(|plan| plan.asks);
        let waiting = (!asks).then(|| {
            let (presence, waiting) = Presence::watched();
            admitted.presence = presence;
            waiting
        });
        let answer = tokio::time::timeout(longest, async {
            self.meet(&admitted.call.identity, admitted.call.door).await;
            let done = self.done(admitted).await;
            drop(waiting);
            done
        });
        let does = asks || operation.effects.writes();
        answer.await.unwrap_or_else(|_| Err(Refusal::overdue(longest, does)))
    }

    /// Looks at the calls that wait for approval, or decides one.
    ///
    /// # Errors
    /// With the fault that the caller gets.
    pub async fn review(&self, review: Review) -> Result<Answer, Refusal> {
        let longest = Duration::from_millis(self.program().service.timeout);
        let presented = !matches!(review.identity, Identity::Nobody);
        let arrive = |limits: &Arc<Limits>| limits.arrive(None, review.ip, presented, &Quotas::default());
        let meter = self.limits.as_ref().map(arrive).transpose()?;
        let answer = tokio::time::timeout(longest, async {
            for door in [review.door, Door::Cli] {
                self.meet(&review.identity, door).await;
            }
            self.threads.task(Task::Review(Box::new(Reviewing::new(review)))).await
        });
        let answer = answer.await.unwrap_or_else(|_| Err(Refusal::overdue(longest, true)));
        if let (Err(refusal), Some(meter)) = (&answer, &meter)
            && refusal.fault == UNAUTHORIZED
        {
            meter.mistaken();
        }
        answer
    }

    /// The operations of a door that a caller may call.
    ///
    /// # Errors
    /// `Unauthorized` for a bad credential, `TooMany` beyond the limits of the service.
    pub async fn may_call(
        &self,
        identity: Identity,
        door: Door,
        ip: Option<IpAddr>,
    ) -> Result<Vec<Id<Operation>>, Refusal> {
        self.may(identity, door, ip).await.map(|allowed| allowed.operations)
    }

    /// Whether a credential is good at a door. Asking that is no call, and counts against no limit.
    pub(crate) async fn knows(&self, identity: Identity, door: Door) -> bool {
        self.meet(&identity, door).await;
        self.threads.allowed(identity, door).await.is_ok()
    }

    /// What a caller may do at a door.
    pub(crate) async fn may(
        &self,
        identity: Identity,
        door: Door,
        ip: Option<IpAddr>,
    ) -> Result<Allowed, Refusal> {
        let presented = !matches!(identity, Identity::Nobody);
        let arrive = |limits: &Arc<Limits>| limits.arrive(None, ip, presented, &Quotas::default());
        let meter = self.limits.as_ref().map(arrive).transpose()?;
        self.meet(&identity, door).await;
        let allowed = self.threads.allowed(identity, door).await;
        if let (Err(refusal), Some(meter)) = (&allowed, &meter)
            && refusal.fault == UNAUTHORIZED
        {
            meter.mistaken();
        }
        allowed
    }

    /// Does a call. One that asks upstreams comes to its end whether or not its caller waits for it: what it
    /// asked has been done, and must be written down.
    async fn done(&self, call: Box<Admitted>) -> Result<Answer, Refusal> {
        let plan = self.threads.engine().plan.operation(call.call.operation);
        if !plan.is_some_and(|plan| plan.asks) {
            return self.threads.call(call).await;
        }
        let threads = Arc::clone(&self.threads);
        let done = tokio::spawn(async move { threads.call(call).await }).await;
        done.unwrap_or_else(|_| Err(Refusal::plain(self.program(), INTERNAL)))
    }

    /// Where files are.
    pub(crate) fn files(&self) -> Option<&Files> {
        self.threads.engine().facts.files.as_ref()
    }

    /// Removes files of a call that is not made.
    pub(crate) fn discard(&self, parts: &Parts) {
        parts.files().for_each(|file| {
            if let Some(files) = self.files() {
                files.remove(file);
            }
        });
    }

    /// Whether files are among the inputs of an operation.
    pub(crate) fn takes_files(&self, operation: Id<Operation>) -> bool {
        self.program().operations[operation].inputs.iter().any(|input| files::rules(&input.ty).is_some())
    }

    /// Where the files of a call go; nothing for a caller who may not make it, so that nobody reads them: the
    /// call says why.
    pub(crate) async fn intake(
        &self,
        operation: Id<Operation>,
        identity: &Identity,
        door: Door,
        ip: Option<IpAddr>,
    ) -> Option<Intake<'_>> {
        let files = self.files()?;
        let may = self.may_call(identity.clone(), door, ip).await;
        let program = self.program();
        let intake = Intake { files, program, operation: &program.operations[operation] };
        may.is_ok_and(|all| all.contains(&operation)).then_some(intake)
    }

    /// What a ticket for an upload says, and where what comes by it goes.
    pub(crate) fn ticket(&self, text: &str, now: i64) -> Option<(Ticket, &Files)> {
        let key = self.threads.engine().facts.seal.get()?;
        Some((Ticket::read(key, text, now)?, self.files()?))
    }

    /// What tickets are sealed with; nothing without a database.
    pub(crate) fn seal(&self) -> Option<&[u8]> {
        self.threads.engine().facts.seal.get().map(<[u8; 32]>::as_slice)
    }

    /// Takes a file for an input of a call that somebody at this machine is about to make; of one who may not make
    /// it nothing is read.
    ///
    /// # Errors
    /// When the file is too large, of another type, or cannot be read.
    pub async fn take_file(
        &self,
        (operation, input): (Id<Operation>, &str),
        (identity, door): (&Identity, Door),
        (name, media, from): (&str, &str, &mut (dyn Read + Send)),
        parts: &mut Parts,
    ) -> Result<(), Refusal> {
        let Some(intake) = self.intake(operation, identity, door, None).await else { return Ok(()) };
        let Some(rules) = intake.input(input) else { return Ok(()) };
        let mut incoming = intake.begin(rules, media).await?;
        let unreadable =
            |error: std::io::Error| Refusal::about(input, "file", format!("cannot be read: {error}"));
        loop {
            let mut chunk = Vec::with_capacity(CHUNK);
            if (&mut *from).take(CHUNK as u64).read_to_end(&mut chunk).map_err(unreadable)? == 0 {
                break;
            }
            incoming.take(&Bytes::from(chunk)).await?;
        }
        parts.add_file(input, incoming.end(name).await?);
        Ok(())
    }

    /// The file that a link leads to, and where files are.
    pub(crate) fn linked(&self, ticket: &str, now: i64) -> Option<(&Files, Linked)> {
        let facts = &self.threads.engine().facts;
        let linked = files::linked(facts.seal.get()?, ticket, now)?;
        Some((self.files()?, linked))
    }

    /// Notes by which address the service is called.
    pub(crate) fn called_by(&self, origin: impl FnOnce() -> Option<String>) {
        let known = &self.threads.engine().facts.origin;
        if known.get().is_none()
            && let Some(origin) = origin()
        {
            known.get_or_init(|| origin.into());
        }
    }

    /// Everything that must be done before a caller can be known.
    async fn meet(&self, identity: &Identity, door: Door) {
        let engine = self.threads.engine();
        engine.introduce(identity, door).await;
        if engine.welcomes(identity, door) {
            Box::pin(self.threads.welcome(identity.clone(), door)).await;
        }
    }

    /// Finishes what is under way, writes the audit out and closes the database. Calls that come after
    /// it, through clones, are refused.
    pub async fn stop(self) {
        let stopped = tokio::task::spawn_blocking(move || self.threads.stop()).await;
        if stopped.is_err() {
            tracing::error!("stopping ended with a panic");
        }
    }
}

//! `test` declarations, run in process: each on a database of its own, in memory where nothing else is said.

mod calls;
mod doors;
mod expected;
mod filler;
mod given;
mod matching;
#[cfg(feature = "postgres")]
mod postgres;
mod sample;
mod stubs;
mod surroundings;

use crate::call::RequestId;
use crate::engine::Engine;
use crate::eval::{About, Scope};
use crate::outward::Reply;
use crate::plan::Plan;
use crate::plan::dialect::Dialect;
use crate::service::{Settings, StartError};
use crate::start;
use crate::stop::Stop;
use crate::store::session::Session;
use crate::store::sqlite::open::Location;
use crate::store::sqlite::{schema, session as sqlite};
use crate::value::Value;
use expected::Expected;
use quater_ir::Program;
use quater_ir::expr::Expr;
use quater_ir::operation::Door;
use quater_ir::test::{StepKind, Test};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What came of one test.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Its sentence.
    pub name: String,
    /// The line of its declaration, from 1.
    pub line: u32,
    /// Nothing, or the first thing that went otherwise.
    pub result: Result<(), Failure>,
    /// How long it took.
    pub took: Duration,
}

/// What went otherwise than a test says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The line of the step, from 1.
    pub line: u32,
    /// What happened.
    pub message: String,
    /// What should have come of it, where that can be shown.
    pub expected: Option<String>,
    /// What came of it, where that can be shown.
    pub got: Option<String>,
}

impl Failure {
    fn new(line: u32, message: impl Into<String>) -> Self {
        Self { line, message: message.into(), expected: None, got: None }
    }

    fn between(line: u32, message: impl Into<String>, expected: String, got: String) -> Self {
        Self { line, message: message.into(), expected: Some(expected), got: Some(got) }
    }
}

/// Runs the tests whose sentence contains the filter.
///
/// # Errors
/// When the program cannot be planned at all.
pub fn run(program: &Arc<Program>, filter: Option<&str>) -> Result<Vec<Outcome>, StartError> {
    let (engine, expected) = engine(program, Dialect::Sqlite)?;
    chosen(program, filter).map(|(test, at)| in_memory(&engine, (test, expected.of(at)))).collect()
}

/// The same in a database of the server at a `postgres:` address, in which nothing stays.
///
/// # Errors
/// When the program cannot be planned at all, or the server does not answer.
#[cfg(feature = "postgres")]
pub fn run_at(program: &Arc<Program>, filter: Option<&str>, url: &str) -> Result<Vec<Outcome>, StartError> {
    let address = crate::store::postgres::address::Address::parse(url, &PathBuf::new())?;
    // Whoever calls this may be within a runtime, where nobody may wait in another.
    std::thread::scope(|scope| {
        let run = || {
            let (engine, expected) = engine(program, Dialect::Postgres)?;
            let mut place = postgres::Place::open(address)?;
            chosen(program, filter).map(|(test, at)| place.one(&engine, (test, expected.of(at)))).collect()
        };
        let ended = std::thread::Builder::new().spawn_scoped(scope, run).map(|thread| thread.join());
        match ended.map_err(|source| StartError::Thread { source })? {
            Ok(outcomes) => outcomes,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

fn engine(program: &Arc<Program>, dialect: Dialect) -> Result<(Engine, Expected), StartError> {
    let env = surroundings::env(program);
    let settings = Settings { readers: 1, ..Settings::new(env, PathBuf::new()) };
    let mut engine = start::engine_for(Arc::clone(program), &settings, dialect)?;
    let expected = Expected::plan(program, &mut engine.plan)?;
    Ok((engine, expected))
}

/// Tests with their places among all.
fn chosen<'p>(program: &'p Program, filter: Option<&str>) -> impl Iterator<Item = (&'p Test, usize)> {
    let named = move |(test, _): &(&Test, usize)| filter.is_none_or(|filter| test.name.contains(filter));
    program.tests.iter().zip(0..).filter(named)
}

/// A test, and what its expectations read.
type Planned<'a> = (&'a Test, &'a expected::OfTest);

fn in_memory(engine: &Engine, test: Planned<'_>) -> Result<Outcome, StartError> {
    let database =
        |source: rusqlite::Error| StartError::Database { url: Location::Memory.url(), source: source.into() };
    let mut connection = Location::Memory.connect().map_err(database)?;
    schema::prepare(&mut connection, &engine.facts, &Location::Memory.url())?;
    Ok(one(engine, test, Session::Sqlite(sqlite::Session::new(&connection))))
}

fn one(engine: &Engine, (test, expected): Planned<'_>, session: Session<'_>) -> Outcome {
    let started = Instant::now();
    let mut case = Case {
        engine,
        session,
        about: About::nobody(Door::Cli, RequestId::fresh(), None),
        slots: vec![Value::Null; expected.slots],
        test,
        expected,
        made: 0,
        few: BTreeMap::new(),
        tenants: BTreeMap::new(),
        stubs: BTreeMap::new(),
    };
    let result = case.steps();
    Outcome { name: test.name.clone(), line: test.line, result, took: started.elapsed() }
}

/// A test under way.
struct Case<'a> {
    engine: &'a Engine,
    session: Session<'a>,
    about: About,
    slots: Vec<Value>,
    test: &'a Test,
    /// What its expectations read.
    expected: &'a expected::OfTest,
    /// How many values have been made up.
    made: usize,
    /// How many of them for a unique column whose type has few values, by the positions of its entity and its own.
    few: BTreeMap<(usize, usize), usize>,
    /// The tenant that rows belong to where nothing else is said, by the entity it was made for.
    tenants: BTreeMap<usize, Value>,
    /// What upstreams answer, by the positions of a resource and its call.
    stubs: BTreeMap<(usize, usize), Reply>,
}

impl<'a> Case<'a> {
    fn program(&self) -> &'a Program {
        &self.engine.facts.program
    }

    fn plan(&self) -> &'a Plan {
        &self.engine.plan
    }

    fn steps(&mut self) -> Result<(), Failure> {
        let test = self.test;
        for (at, step) in test.steps.iter().enumerate() {
            match &step.kind {
                StepKind::Given { slot, entity, count, many, values, nested } => {
                    let rows = (0..*count)
                        .map(|_| self.given(*entity, values, nested))
                        .collect::<Result<Vec<_>, _>>();
                    let mut rows = rows.map_err(|stop| broken(step.line, &stop))?;
                    let value =
                        if *many { Value::List(rows.into()) } else { rows.pop().unwrap_or(Value::Null) };
                    self.set(slot.0, value);
                }
                StepKind::Call(call) => self.call(step.line, call)?,
                StepKind::Let { slot, value } => {
                    let value = self.value(step.line, value)?;
                    self.set(slot.0, value);
                }
                StepKind::Stub { resource, call, answer } => {
                    let reply = self.stubbed(*resource, *call, answer);
                    let reply = reply.map_err(|stop| broken(step.line, &stop))?;
                    self.stubs.insert((resource.index(), call.index()), reply);
                }
                StepKind::At(_) | StepKind::Run(_) => {
                    let stop = Stop::Defect("a step that is refused at start");
                    return Err(broken(step.line, &stop));
                }
                StepKind::Expect(condition) => self.expect(step.line, at, condition)?,
            }
        }
        Ok(())
    }

    fn set(&mut self, slot: u32, value: Value) {
        if let Some(place) = self.slots.get_mut(slot as usize) {
            *place = value;
        }
    }

    fn scope(&self) -> Scope<'_> {
        Scope { facts: &self.engine.facts, about: &self.about, slots: &self.slots, row: None, item: None }
    }

    fn value(&self, line: u32, expr: &Expr) -> Result<Value, Failure> {
        self.scope().value(expr).map_err(|stop| broken(line, &stop))
    }

    fn expect(&mut self, line: u32, step: usize, condition: &Expr) -> Result<(), Failure> {
        self.read_again().map_err(|stop| broken(line, &stop))?;
        let expected = self.expected;
        let condition = match expected.steps.get(&step) {
            Some((reads, rest)) => {
                self.look(reads).map_err(|stop| broken(line, &stop))?;
                rest
            }
            None => condition,
        };
        if self.value(line, condition)?.holds() {
            return Ok(());
        }
        let quater_ir::expr::Node::Compare(_, left, right) = &condition.node else {
            return Err(Failure::new(line, "the condition does not hold"));
        };
        let (left, right) = (self.shown(left), self.shown(right));
        Err(Failure::between(line, "the condition does not hold", right, left))
    }

    fn shown(&self, expr: &Expr) -> String {
        let mut out = Vec::new();
        let value = self.scope().value(expr);
        let written = value.and_then(|it| crate::wire::write::value(&mut out, self.program(), &it, &expr.ty));
        if written.is_ok() { String::from_utf8_lossy(&out).into_owned() } else { "no value".to_owned() }
    }
}

fn broken(line: u32, stop: &Stop) -> Failure {
    Failure::new(
        line,
        match stop {
            Stop::Refused(refusal) => {
                let what = refusal.violations.iter().map(|it| format!(": `{}` {}", it.pointer, it.message));
                format!("{}{}", refusal.message, what.collect::<String>())
            }
            Stop::Database(error) => format!("the database refuses: {error}"),
            Stop::Defect(what) => format!("a defect of Quater: {what}"),
            Stop::Gone => "given up".to_owned(),
        },
    )
}

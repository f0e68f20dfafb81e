//! What is worked out once at start, so that a call looks nothing up by name.

pub(crate) mod actor;
pub(crate) mod adding;
pub(crate) mod batch;
pub(crate) mod body;
pub(crate) mod bound;
pub(crate) mod call;
mod caller;
mod calls;
pub(crate) mod cells;
pub(crate) mod change;
pub(crate) mod changed;
mod choice;
pub(crate) mod dialect;
mod far;
mod group;
pub(crate) mod inputs;
mod join;
pub(crate) mod keys;
mod lacks;
mod list;
pub(crate) mod make;
mod member;
pub(crate) mod native;
pub(crate) mod nest;
mod orderly;
pub(crate) mod page;
pub(crate) mod piece;
pub(crate) mod plain;
pub(crate) mod query;
pub(crate) mod room;
mod same;
pub(crate) mod sight;
pub(crate) mod sql;
pub(crate) mod steps;
pub(crate) mod switch;
pub(crate) mod system;
pub(crate) mod walk;

use crate::audit::Record;
use crate::service::StartError;
use actor::Actor;
use body::{Planner, Step};
use dialect::Dialect;
use inputs::RoutePlan;
use lacks::Lacks;
use nest::Nest;
use quater_ir::builtin::Builtin;
use quater_ir::operation::{Input, Operation};
use quater_ir::resource::ResourceKind;
use quater_ir::types::Type;
use quater_ir::{Id, Program};
use smol_str::SmolStr;
use sql::{Form, Sql};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// SQL texts by number; every connection prepares each at its first use.
#[derive(Debug, Default)]
pub(crate) struct Statements {
    pub(crate) dialect: Dialect,
    pub(crate) texts: Vec<String>,
    numbers: HashMap<String, usize>,
    /// Rows inside rows of which the database makes text, by their numbers.
    pub(crate) nests: Vec<Arc<Nest>>,
    /// The operations that other operations call.
    called: HashSet<SmolStr>,
}

impl Statements {
    /// None yet.
    pub(crate) fn new(program: &Program, dialect: Dialect) -> Self {
        Self { dialect, called: call::called(program), ..Self::default() }
    }

    /// The number of a text.
    pub(crate) fn add(&mut self, text: String) -> usize {
        if let Some(number) = self.numbers.get(&text) {
            return *number;
        }
        let number = self.texts.len();
        self.texts.push(text.clone());
        self.numbers.insert(text, number);
        number
    }
}

/// Numbers of the statements that every program has.
pub(crate) mod common {
    use super::Dialect;

    pub(crate) const BEGIN: usize = 0;
    pub(crate) const BEGIN_WRITE: usize = 1;
    pub(crate) const COMMIT: usize = 2;
    pub(crate) const ROLLBACK: usize = 3;
    pub(crate) const SAVEPOINT: usize = 4;
    pub(crate) const RELEASE: usize = 5;
    pub(crate) const ROLLBACK_TO: usize = 6;
    pub(crate) const AUDIT: usize = 7;

    /// The texts of all but the last.
    pub(super) const fn texts(dialect: Dialect) -> [&'static str; 7] {
        let [snapshot, write] = dialect.begin();
        [snapshot, write, "COMMIT", "ROLLBACK", "SAVEPOINT call", "RELEASE call", "ROLLBACK TO call"]
    }
}

/// The statement that writes a record.
fn audit(program: &Program, dialect: Dialect) -> String {
    let columns = Record::COLUMNS;
    let names: Vec<String> = columns.iter().map(|(name, _)| (*name).to_owned()).collect();
    let forms: Vec<Form> = columns.iter().map(|(_, kind)| Form::Scalar(*kind)).collect();
    let mut sql = Sql::new(program, dialect, "INSERT INTO _quater_audit");
    sql.row(&names, forms.iter());
    sql.text
}

/// A planned operation.
#[derive(Debug)]
pub(crate) struct OperationPlan {
    /// Steps before the database is needed.
    pub(crate) prelude: Vec<Step>,
    /// What happens when a call begins to wait for approval.
    pub(crate) on_waiting: Vec<Step>,
    pub(crate) steps: Vec<Step>,
    /// What its body in Rust can do to rows.
    pub(crate) verbs: Vec<native::VerbPlan>,
    /// How many slots they use.
    pub(crate) slots: usize,
    pub(crate) writes: bool,
    pub(crate) hashes: bool,
    /// Whether it reads the bytes of stored files, which may be far away.
    pub(crate) reads_files: bool,
    /// Whether it compares a password, so that being refused before must take as long.
    pub(crate) verifies: bool,
    /// Whether it asks upstreams.
    pub(crate) asks: bool,
    /// Whether it gives items that may leave one by one.
    pub(crate) streams: bool,
    /// Whether it only looks rows up by keys and uniques.
    pub(crate) quick: bool,
    /// Whether it makes one query at most, and nothing but what it gives comes of it; a body in Rust may make more, if
    /// they need one snapshot.
    pub(crate) light: bool,
    /// Whether it commits on its way.
    pub(crate) batches: bool,
    /// Whether it makes a query.
    pub(crate) queries: bool,
    /// Whether its queries need one snapshot.
    pub(crate) snapshot: bool,
    /// Whether what it writes may depend on rows that it has read and does not hold.
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "SQLite has one writer"))]
    pub(crate) decides: bool,
}

/// A planned program.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) statements: Statements,
    /// By the ids of operations.
    pub(crate) operations: Vec<OperationPlan>,
    /// By the ids of auths.
    pub(crate) actors: Vec<Actor>,
    pub(crate) routes: Vec<RoutePlan>,
    pub(crate) calls: Option<system::Calls>,
    pub(crate) approvals: Option<system::Approvals>,
}

impl Plan {
    /// Plans a program.
    pub(crate) fn new(program: &Program, dialect: Dialect) -> Result<Self, StartError> {
        let mut statements = Statements::new(program, dialect);
        for text in common::texts(dialect) {
            statements.add(text.to_owned());
        }
        statements.add(audit(program, dialect));
        let used = caller::columns(program).filter(|_| program.actor.is_some());
        let actors =
            program.auths.values().map(|auth| actor::actor(program, &mut statements, auth, used.as_ref()));
        let actors = actors.collect::<Result<_, _>>()?;
        let (mut operations, mut lacks) = (Vec::new(), Lacks::default());
        for id in program.operations.ids() {
            operations.extend(lacks.note(operation(program, &mut statements, id))?);
        }
        let operations = lacks.end(operations)?;
        let calls = system::calls(program, &mut statements);
        let approvals = system::approvals(program, &mut statements);
        Ok(Self { statements, operations, actors, routes: inputs::routes(program), calls, approvals })
    }

    pub(crate) fn operation(&self, id: Id<Operation>) -> Option<&OperationPlan> {
        self.operations.get(id.index())
    }

    /// The text of a statement; empty for a number that no plan gave.
    pub(crate) fn text(&self, number: usize) -> &str {
        self.statements.texts.get(number).map_or("", String::as_str)
    }
}

/// Plans one operation.
pub(crate) fn operation(
    program: &Program,
    statements: &mut Statements,
    id: Id<Operation>,
) -> Result<OperationPlan, StartError> {
    let operation = &program.operations[id];
    let named = |error| named(error, &operation.name);
    let writes = operation.effects.writes();
    let block = operation.body.block.as_slice();
    let (before, rest) = block.split_at_checked(operation.body.prelude).unwrap_or((&[], block));
    let slots = operation.body.slots.len() as u32;
    let mut planner = Planner::new(program, statements, slots, Some(operation)).of(block);
    let prelude = planner.block(before).map_err(named)?;
    let mut steps = planner.block(rest).map_err(named)?;
    if let Some(rust) = &operation.rust {
        steps.push(Step::Native { native: native::native(id, operation, rust) });
    }
    let waiting = operation.approval.as_ref().map_or(&[][..], |approval| &approval.on_waiting);
    let on_waiting = planner.block(waiting).map_err(named)?;
    let slots = planner.slots as usize;
    let verbs = native::verbs(program, statements, operation).map_err(named)?;
    let streams = matches!(operation.output, Some(Type::Stream(_)));
    // Rows that are fetched while others are sent are of one snapshot, too.
    let least = if streams { 0 } else { 1 };
    let (hashes, queries) = (operation.effects.hashes, steps::queries(&steps));
    let snapshot = !writes && queries > least;
    let asks = !operation.effects.requests.is_empty();
    let quick = !(writes || hashes || asks || streams) && steps::is_quick(&steps);
    // A body in Rust may make one query where it could make many.
    let many = snapshot && operation.rust.is_none();
    let light = !(writes || hashes || asks || many || streams) && steps::is_light(&steps);
    let batches = steps.iter().any(|step| matches!(step, Step::Batches { .. }));
    // What has been committed on the way is not done again.
    let decides = writes && !batches && steps::decides(&steps, false);
    let plan = OperationPlan {
        prelude,
        on_waiting,
        steps,
        verbs,
        slots,
        writes,
        hashes,
        reads_files: keeps_files(program) && reads_files(program, operation),
        verifies: hashes && mentions(operation, &format!("{:?}", Builtin::Verify)),
        asks,
        streams,
        quick,
        light,
        batches,
        queries: queries > 0,
        snapshot,
        decides,
    };
    Ok(plan)
}

/// Whether there are files that a body may read.
fn keeps_files(program: &Program) -> bool {
    program.resources.values().any(|resource| matches!(resource.kind, ResourceKind::Files { .. }))
}

/// Whether an operation may read files, wherever they are.
fn reads_files(program: &Program, operation: &Operation) -> bool {
    match &operation.rust {
        Some(rust) => operation.inputs.iter().any(is_file) || rust.sees_files(program),
        None => mentions(operation, "ReadFile"),
    }
}

fn is_file(input: &Input) -> bool {
    matches!(input.ty.required(), Type::File(_))
}

/// Whether the text of a body has such a node.
fn mentions(operation: &Operation, node: &str) -> bool {
    let written = serde_json::to_string(&operation.body);
    written.is_ok_and(|text| text.contains(&format!("\"{node}\"")))
}

/// Says where something stands that is not executable.
fn named(error: StartError, operation: &str) -> StartError {
    if let StartError::Unsupported { what } = error {
        let what = lacks::placed(&what, &format!("operation `{operation}`"));
        return StartError::Unsupported { what };
    }
    error
}

#[cfg(test)]
mod tests;

//! From a program and its surroundings to an engine.
mod sign_in;

use crate::call::RequestId;
use crate::changes::Changes;
use crate::engine::Engine;
use crate::environment;
use crate::eval::{About, Scope};
use crate::facts::Facts;
use crate::files::Files;
use crate::kernel::secret::Fitting;
use crate::missing;
use crate::native::Bodies;
use crate::outward::Upstreams;
use crate::plan::Plan;
use crate::plan::dialect::Dialect;
use crate::service::{Settings, StartError};
use crate::stop::{Run, Stop};
use crate::store::location::Location;
use crate::store::secret;
use crate::store::sqlite::open::Location as File;
use crate::value::Value;
use crate::wire::refine::Patterns;
use quater_ir::auth::Proof;
use quater_ir::expr::{Expr, Node};
use quater_ir::operation::Door;
use quater_ir::resource::{Resource, ResourceKind};
use quater_ir::types::Type;
use quater_ir::{EnvValue, FORMAT, Id, Program};
use std::sync::Arc;
use uuid::Uuid;

/// Makes the engine of a program for its database, and opens its place for files.
pub(crate) fn engine(
    program: Arc<Program>,
    settings: &Settings,
    bodies: Bodies,
) -> Result<(Engine, Location), StartError> {
    let (mut engine, location) = seen(program, settings)?;
    engine.facts.bodies = bodies;
    engine.facts.files = Some(Files::open(&engine.facts, settings)?);
    Ok((engine, location))
}

/// Makes the engine of a program for its database, for whoever only looks: nothing is made or opened.
pub(crate) fn seen(program: Arc<Program>, settings: &Settings) -> Result<(Engine, Location), StartError> {
    let facts = facts(program, settings)?;
    let location = location(&facts, settings)?;
    let engine = planned(facts, location.dialect())?;
    Ok((engine, location))
}

/// Makes the engine of a program for a database of another place than it says.
pub(crate) fn engine_for(
    program: Arc<Program>,
    settings: &Settings,
    dialect: Dialect,
) -> Result<Engine, StartError> {
    let missing = Bodies::new().missing(&program);
    if !missing.is_empty() {
        return Err(StartError::Bodies { missing, stray: Vec::new() });
    }
    let facts = facts(program, settings)?;
    secret::share(&facts, secret::fresh()?);
    planned(facts, dialect)
}

fn planned(facts: Facts, dialect: Dialect) -> Result<Engine, StartError> {
    let plan = Plan::new(&facts.program, dialect)?;
    let mut kinds = facts.program.resources.values().map(|resource| &resource.kind);
    let audited = kinds.any(|kind| matches!(kind, ResourceKind::Database { .. }));
    let resources = facts.program.surface.resources.iter().map(|resource| resource.operation);
    let changes = Arc::new(Changes::plan(&facts.program, resources));
    Ok(Engine { facts, plan, audited, changes })
}

fn facts(program: Arc<Program>, settings: &Settings) -> Result<Facts, StartError> {
    if program.format != FORMAT {
        return Err(StartError::Format { found: program.format, expected: FORMAT });
    }
    missing::refuse(&program)?;
    let patterns = patterns(&program)?;
    let mut facts = Facts::new(Arc::clone(&program), patterns);
    facts.env = environment::values(&facts, settings)?;
    facts.tokens = sign_in::tokens(&facts)?;
    facts.upstreams = Upstreams::plan(&facts)?;
    if program.auths.values().any(|auth| matches!(auth.proof, Proof::Password { .. })) {
        let thread = |_| StartError::Thread { source: std::io::Error::other("no random bytes") };
        facts.fitting = Some(Fitting::new().map_err(thread)?);
    }
    Ok(facts)
}

/// The value of an expression that needs no call.
pub(crate) fn constant(facts: &Facts, expr: &Expr) -> Run<Value> {
    let about = About::nobody(Door::Cli, RequestId(Uuid::nil()), None);
    Scope { facts, about: &about, slots: &[], row: None, item: None }.value(expr)
}

/// What is known where tables alone are asked for: values that miss are absent, save those that the
/// address of the database needs.
pub(crate) fn tables(program: &Arc<Program>, settings: &Settings) -> Result<Facts, StartError> {
    if program.format != FORMAT {
        return Err(StartError::Format { found: program.format, expected: FORMAT });
    }
    let patterns = patterns(program)?;
    let mut facts = Facts::new(Arc::clone(program), patterns);
    let mut needed = Vec::new();
    for resource in program.resources.values() {
        if let ResourceKind::Database { url } = &resource.kind {
            read(url, &mut needed);
        }
    }
    facts.env = environment::needed(&facts, settings, &needed)?;
    Ok(facts)
}

/// The environment values that an expression reads.
fn read(expr: &Expr, found: &mut Vec<Id<EnvValue>>) {
    if let Node::Env(id) = expr.node {
        found.push(id);
    }
    for child in expr.children() {
        read(child, found);
    }
}

/// The patterns of all types of a program.
pub(crate) fn patterns(program: &Program) -> Result<Patterns, StartError> {
    let mut patterns = Patterns::default();
    let columns = program.entities.values().flat_map(|it| it.columns.values()).map(|it| &it.ty);
    let fields = program.records.values().flat_map(|it| it.fields.values()).map(|it| &it.ty);
    let inputs = program.operations.values().flat_map(|it| &it.inputs).map(|it| &it.ty);
    let outputs = program.operations.values().filter_map(|it| it.output.as_ref());
    let bodies = program.operations.values().flat_map(|it| {
        let verbs = it.rust.iter().flat_map(|rust| &rust.verbs);
        verbs.map(|verb| &verb.body).chain([&it.body])
    });
    let slots = bodies.flat_map(|body| &body.slots).map(|it| &it.ty);
    let env = program.env.values().map(|it| &it.ty);
    let faults = program.faults.values().flat_map(|it| it.fields.values()).map(|it| &it.ty);
    let answers = program.resources.values().flat_map(answers);
    let types = columns.chain(fields).chain(inputs).chain(outputs).chain(slots).chain(env);
    for ty in types.chain(faults).chain(answers) {
        add_patterns(ty, &mut patterns)?;
    }
    Ok(patterns)
}

/// What calls of an upstream take and give.
fn answers(resource: &Resource) -> Vec<&Type> {
    let ResourceKind::Http(upstream) = &resource.kind else { return Vec::new() };
    let calls = || upstream.calls.values();
    let taken = calls().flat_map(|it| &it.parameters).map(|it| &it.field.ty);
    taken.chain(calls().filter_map(|it| it.output.as_ref())).collect()
}

fn add_patterns(ty: &Type, patterns: &mut Patterns) -> Result<(), StartError> {
    for inner in ty.children() {
        add_patterns(inner, patterns)?;
    }
    let Type::Text(rules) = ty else { return Ok(()) };
    let Some(pattern) = &rules.pattern else { return Ok(()) };
    patterns.add(pattern).map_err(|_| StartError::Unsupported { what: format!("the pattern /{pattern}/") })
}

/// Where the database is; in memory, for nothing but computing, where there is none.
pub(crate) fn location(facts: &Facts, settings: &Settings) -> Result<Location, StartError> {
    let databases = facts.program.resources.values().filter_map(|resource| match &resource.kind {
        ResourceKind::Database { url } => Some((&resource.name, url)),
        ResourceKind::Files { .. }
        | ResourceKind::Queue { .. }
        | ResourceKind::Http(_)
        | ResourceKind::Mail { .. } => None,
    });
    let databases: Vec<_> = databases.collect();
    let (_, url) = match databases.as_slice() {
        [] => return Ok(Location::Sqlite(File::Memory)),
        [only] => only,
        [_, (second, _), ..] => {
            return Err(StartError::Unsupported { what: format!("a second database (`{second}`)") });
        }
    };
    let value = constant(facts, url).ok();
    let text = value.as_ref().and_then(|value| value.text().ok()).unwrap_or_default();
    Location::parse(text, &settings.data)
}

/// What an engine logs when it cannot go on.
pub(crate) fn log(stop: &Stop, request: RequestId, operation: &str) {
    match stop {
        Stop::Refused(_) | Stop::Gone => {}
        Stop::Database(error) if error.is_of_another_version() => {
            tracing::error!(%request, operation, %error, "the tables are of another version of this service");
        }
        Stop::Database(error) => tracing::error!(%request, operation, %error, "the database failed"),
        Stop::Defect(what) => {
            tracing::error!(%request, operation, what, "a defect of the runtime or compiler")
        }
    }
}

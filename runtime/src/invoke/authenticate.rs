//! Who calls.
use crate::call::{Credential, Identity};
use crate::engine::Engine;
use crate::eval::{About, Scope};
use crate::plan::change::Actor;
use crate::plan::query::Prepared;
use crate::run;
use crate::stop::{Run, Stop};
use crate::store::code;
use crate::store::session::Session;
use crate::value::Value;
use quater_ir::Id;
use quater_ir::auth::{Auth, Proof};
use quater_ir::operation::Door;
use smol_str::SmolStr;

/// Finds the caller's row, role and tenant; a credential that is no good is refused.
pub(super) fn caller(
    engine: &Engine,
    session: &mut Session<'_>,
    identity: &Identity,
    about: &mut About,
) -> Run<()> {
    match identity {
        Identity::Nobody => Ok(()),
        Identity::Presented(_) if engine.facts.program.auths.is_empty() => Ok(()),
        Identity::Presented(credential) => presented(engine, session, credential, about),
        Identity::Known(known) => {
            let auth = first_of(engine, about.door).ok_or(Stop::Defect("a caller without an `auth`"))?;
            let actor = planned(engine, auth)?;
            let slots = [known.key.clone()];
            become_row(engine, session, actor, &actor.by_key, &slots, about)
        }
    }
}

fn planned(engine: &Engine, auth: Id<Auth>) -> Run<&Actor> {
    engine.plan.actors.get(auth.index()).ok_or(Stop::Defect("an `auth` without a plan"))
}

fn first_of(engine: &Engine, door: Door) -> Option<Id<Auth>> {
    engine.facts.program.auths.iter().find(|(_, auth)| auth.doors.has(door)).map(|(id, _)| id)
}

/// Whether a credential has the form that an `auth` judges: a JWT has three parts.
fn fits(auth: &Auth, credential: &Credential) -> bool {
    let form = match auth.proof {
        Proof::Jwt { .. } => credential.text.bytes().filter(|it| *it == b'.').count() == 2,
        Proof::Opaque => true,
        Proof::Password { .. } | Proof::Oauth { .. } => false,
    };
    let scheme = auth.carrier.scheme();
    form && scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(&credential.scheme))
}

fn presented(
    engine: &Engine,
    session: &mut Session<'_>,
    credential: &Credential,
    about: &mut About,
) -> Run<()> {
    let unauthorized = || Stop::from(engine.facts.unauthorized());
    let door = about.door;
    let mut auths = engine.facts.program.auths.iter();
    let judge = auths.find(|(_, auth)| auth.doors.has(door) && fits(auth, credential));
    let (id, auth) = judge.ok_or_else(unauthorized)?;
    if let Proof::Jwt { .. } = auth.proof {
        let key = engine.facts.token_key(id).ok_or(Stop::Defect("an `auth` without its key"))?;
        about.claims = Some(key.open(&credential.text).ok_or_else(unauthorized)?);
    }
    about.credential = Some(SmolStr::new(&credential.text));
    let actor = planned(engine, id)?;
    let scope = Scope { facts: &engine.facts, about, slots: &[], row: None, item: None };
    let prepared = actor.by_proof.choose(&scope)?.and_then(Option::as_ref).ok_or_else(unauthorized)?;
    become_row(engine, session, actor, prepared, &[], about)?;
    about.credential = None;
    about.claims = None;
    Ok(())
}

fn become_row(
    engine: &Engine,
    session: &mut Session<'_>,
    actor: &Actor,
    prepared: &Prepared,
    slots: &[Value],
    about: &mut About,
) -> Run<()> {
    let facts = &engine.facts;
    let scope = Scope { facts, about, slots, row: None, item: None };
    let mut rows = session.bound(&engine.plan, prepared.number, &prepared.binds, &scope)?.rows()?;
    let Some(row) = rows.next()? else { return Err(facts.unauthorized().into()) };
    let cells = actor.cells.iter().enumerate();
    let cells = cells.map(|(at, cell)| code::decode(row.get(at)?, cell, facts)).collect::<Run<Vec<_>>>()?;
    let scope = Scope { row: Some(&cells), ..scope };
    let value = |expr: &Option<quater_ir::expr::Expr>| match expr {
        Some(expr) => scope.plain(expr),
        None => Ok(Value::Null),
    };
    let (role, tenant) = (value(&actor.role)?, value(&actor.tenant)?);
    let found = run::row(row, &actor.cells, &actor.row, facts)?;
    (about.actor, about.role, about.tenant) = (found, role, tenant);
    Ok(())
}

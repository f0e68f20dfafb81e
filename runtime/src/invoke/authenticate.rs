//! Who calls.
use super::judge::{self, Judged};
use crate::call::{Identity, Presented, Refusal};
use crate::engine::Engine;
use crate::eval::{About, Scope, Shown};
use crate::plan::actor::{Actor, Found};
use crate::plan::query::Prepared;
use crate::run::{Course, Machine, Tally};
use crate::stop::{Run, Stop};
use crate::store::code;
use crate::store::session::Session;
use crate::token::{Claims, Closed};
use crate::value::Value;
use quater_ir::Id;
use quater_ir::auth::{Auth, Carrier, Proof};
use quater_ir::fault::{FORBIDDEN, UNAVAILABLE};
use quater_ir::operation::Door;
use smol_str::SmolStr;
use std::sync::Arc;

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
        Identity::Presented(presented) => {
            let (id, password) = show(engine, presented, about)?;
            let actor = planned(engine, id)?;
            let found = look_up(engine, session, actor, password.as_deref(), about);
            about.shown = None;
            found
        }
        Identity::Known(known) => {
            let auth = first_of(engine, about.door).ok_or(Stop::Defect("a caller without an `auth`"))?;
            let actor = planned(engine, auth)?;
            let slots = [known.key.clone()];
            become_row(engine, session, actor, &actor.by_key, &slots, about)
        }
    }
}

/// The door whose ways to sign in judge what is presented: the one it came through, or else another.
pub(super) fn door(engine: &Engine, identity: &Identity, through: Door) -> Door {
    let Identity::Presented(presented) = identity else { return through };
    let judged = |door: &Door| judge::judge(&engine.facts.program, *door, presented).is_some();
    std::iter::once(through).chain(Door::ALL).find(judged).unwrap_or(through)
}

fn planned(engine: &Engine, auth: Id<Auth>) -> Run<&Actor> {
    engine.plan.actors.get(auth.index()).ok_or(Stop::Defect("an `auth` without a plan"))
}

fn first_of(engine: &Engine, door: Door) -> Option<Id<Auth>> {
    engine.facts.program.auths.iter().find(|(_, auth)| auth.doors.has(door)).map(|(id, _)| id)
}

/// That a credential is no good. Why is for the log alone, and nothing of the credential is in it.
fn unauthorized(engine: &Engine, about: &About, why: &str) -> Stop {
    tracing::debug!(request = %about.request, why, "a credential is no good");
    engine.facts.unauthorized().into()
}

/// Why where no row is that of the caller.
const NO_ROW: &str = "no row fits what it says";

/// Puts what a caller shows where conditions of its `auth` find it; gives the `auth`, and the password where
/// that is what it judges by.
fn show(engine: &Engine, presented: &Presented, about: &mut About) -> Run<(Id<Auth>, Option<String>)> {
    let program = &engine.facts.program;
    let judged = judge::judge(program, about.door, presented);
    let Judged { id, auth, credential } =
        judged.ok_or_else(|| unauthorized(engine, about, "no `auth` of this door takes its kind"))?;
    if matches!(auth.carrier, Carrier::Cookie(_)) && !presented.own {
        let why = "a cookie counts only in requests of this service's own pages, and nothing shows that this is one";
        return Err(Refusal::saying(FORBIDDEN, why).into());
    }
    let mut password = None;
    let claims = match &auth.proof {
        Proof::Opaque => Arc::default(),
        Proof::Jwt { .. } | Proof::Oauth { .. } => {
            let tokens = engine.facts.tokens_of(id).ok_or(Stop::Defect("an `auth` without its keys"))?;
            tokens.open(&credential.text).map_err(|closed| match closed {
                Closed::Bad(why) => unauthorized(engine, about, why),
                Closed::Unknown => Refusal::plain(program, UNAVAILABLE).into(),
            })?
        }
        Proof::Password { .. } => {
            let (name, secret) = judge::pair(&credential.text)
                .ok_or_else(|| unauthorized(engine, about, "it is no name and password"))?;
            password = Some(secret);
            Arc::new(Claims::from_iter([("name".to_owned(), name.into())]))
        }
    };
    let (credential, headers) = (SmolStr::new(&credential.text), presented.headers.clone());
    about.shown = Some(Box::new(Shown { credential, claims, headers }));
    Ok((id, password))
}

/// The row that is looked up; with a password, all that is wrong takes as long.
fn look_up(
    engine: &Engine,
    session: &mut Session<'_>,
    actor: &Actor,
    password: Option<&str>,
    about: &mut About,
) -> Run<()> {
    let Found::Key(_) = &actor.found else {
        let prepared = by_proof(engine, actor, about)?.ok_or_else(|| unauthorized(engine, about, NO_ROW))?;
        return become_row(engine, session, actor, prepared, &[], about);
    };
    let found = match found(engine, session, actor, about) {
        Ok(found) => found,
        Err(Stop::Refused(_)) => None,
        Err(stop) => return Err(stop),
    };
    let (key, hash) = found.unwrap_or((Value::Null, Value::Null));
    if let Some(password) = password {
        let fitting = engine.facts.fitting.as_ref().ok_or(Stop::Defect("passwords without a memory"))?;
        if !fitting.verify(hash.text().ok(), password) {
            return Err(unauthorized(engine, about, "no row has that name and password"));
        }
    }
    if key.is_null() {
        return Err(unauthorized(engine, about, NO_ROW));
    }
    become_row(engine, session, actor, &actor.by_key, &[key], about)
}

fn by_proof<'e>(engine: &'e Engine, actor: &'e Actor, about: &About) -> Run<Option<&'e Prepared>> {
    let scope = Scope { facts: &engine.facts, about, slots: &[], row: None, item: None };
    Ok(actor.by_proof.choose(&scope)?.and_then(Option::as_ref))
}

/// The key of the actor, and the hash of its password, of the row that is found.
fn found(
    engine: &Engine,
    session: &mut Session<'_>,
    actor: &Actor,
    about: &About,
) -> Run<Option<(Value, Value)>> {
    let (Found::Key(cells), Some(prepared)) = (&actor.found, by_proof(engine, actor, about)?) else {
        return Ok(None);
    };
    let scope = Scope { facts: &engine.facts, about, slots: &[], row: None, item: None };
    let mut rows = session.bound(&engine.plan, prepared.number, &prepared.binds, &scope)?.rows()?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let mut values =
        cells.iter().enumerate().map(|(at, cell)| code::decode(row.get(at)?, cell, &engine.facts));
    let key = values.next().unwrap_or(Ok(Value::Null))?;
    Ok(Some((key, values.next().unwrap_or(Ok(Value::Null))?)))
}

/// Whether a caller with a good credential has no row yet, and is to get one.
pub(super) fn is_new(
    engine: &Engine,
    session: &mut Session<'_>,
    identity: &Identity,
    about: &mut About,
) -> Run<bool> {
    let Identity::Presented(presented) = identity else { return Ok(false) };
    let (id, _) = show(engine, presented, about)?;
    let actor = planned(engine, id)?;
    if actor.create.is_none() {
        return Ok(false);
    }
    let Some(prepared) = by_proof(engine, actor, about)? else { return Ok(false) };
    let scope = Scope { facts: &engine.facts, about, slots: &[], row: None, item: None };
    let found = session.bound(&engine.plan, prepared.number, &prepared.binds, &scope)?.gives()?;
    Ok(!found)
}

/// Makes the row of a caller whose credential `is_new` has shown.
pub(super) fn welcome(
    engine: &Engine,
    session: &mut Session<'_>,
    identity: &Identity,
    about: &mut About,
) -> Run<()> {
    if !is_new(engine, session, identity, about)? {
        return Ok(());
    }
    let Identity::Presented(presented) = identity else { return Ok(()) };
    let judged = judge::judge(&engine.facts.program, about.door, presented);
    let Some(create) = judged.and_then(|it| engine.plan.actors.get(it.id.index())?.create.as_ref()) else {
        return Ok(());
    };
    let (facts, plan) = (&engine.facts, &engine.plan);
    let (mut none, course, tally) = (Vec::new(), Course::default(), &mut Tally::default());
    let (slots, called, between) = (&mut none, false, None);
    let mut machine =
        Machine { facts, plan, about, slots, session, output: None, called, between, tally, course };
    machine.create(create).map(drop)
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
    let Some(row) = rows.next()? else { return Err(unauthorized(engine, about, NO_ROW)) };
    let cells = actor.cells.iter().enumerate();
    let cells = cells.map(|(at, cell)| code::decode(row.get(at)?, cell, facts)).collect::<Run<Vec<_>>>()?;
    let scope = Scope { row: Some(&cells), ..scope };
    let value = |expr: &Option<quater_ir::expr::Expr>| match expr {
        Some(expr) => scope.plain(expr),
        None => Ok(Value::Null),
    };
    let (role, tenant) = (value(&actor.role)?, value(&actor.tenant)?);
    let found = actor.row.of(cells.into_iter().map(Ok))?;
    (about.actor, about.role, about.tenant) = (found, role, tenant);
    Ok(())
}

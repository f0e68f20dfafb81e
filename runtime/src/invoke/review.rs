//! Requests for approval as those see them who made them or may decide them.
use super::approval::{Request, tenant};
use super::authenticate;
use super::settle::{Settled, answer};
use crate::access;
use crate::audit::{Manner, Trace};
use crate::call::{Decision, Ending, Refusal, Review};
use crate::engine::Engine;
use crate::eval::About;
use crate::kernel::time;
use crate::plan::system::{Approvals, MOST};
use crate::stop::{Run, Stop};
use crate::store::session::Session;
use crate::store::stored::Stored;
use bytes::Bytes;
use quater_ir::Id;
use quater_ir::fault::{CONFLICT, FORBIDDEN, NOT_FOUND};
use quater_ir::operation::Operation;
use quater_ir::storage::StoredKind;
use serde_json::json;
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::time::Instant;
use uuid::Uuid;

/// A review under way.
#[derive(Clone)]
pub(crate) struct Reviewing {
    review: Review,
    pub(crate) trace: Trace,
}

impl Reviewing {
    pub(crate) fn new(review: Review) -> Self {
        let trace = Trace {
            time: time::now(),
            started: Instant::now(),
            request: review.request,
            door: review.door,
            entry: review.entry,
            operation: Id::new(u32::MAX),
            actor: None,
            arguments: None,
            manner: None,
        };
        Self { review, trace }
    }
}

/// Somebody who looks at requests.
struct Viewer {
    about: About,
    key: SmolStr,
    tenant: Option<SmolStr>,
}

impl Engine {
    pub(super) fn review(&self, session: &mut Session<'_>, reviewing: &mut Reviewing) -> Run<Settled> {
        let Reviewing { review, trace } = reviewing;
        let door = authenticate::door(self, &review.identity, review.door);
        let mut about = About::nobody(door, review.request, review.ip);
        authenticate::caller(self, session, &review.identity, &mut about)?;
        let key = self.actor_key(&about).ok_or_else(|| Stop::from(self.facts.unauthorized()))?;
        trace.actor = Some(key.clone());
        let viewer = Viewer { tenant: tenant(&about), about, key };
        let none = || Refusal::plain(&self.facts.program, NOT_FOUND);
        let plan = self.plan.approvals.as_ref().ok_or_else(none)?;
        if let Decision::List { after } = review.decision {
            return self.list(session, plan, &viewer, after.unwrap_or_default());
        }
        let (Decision::Show(id) | Decision::Grant(id) | Decision::Deny(id)) = review.decision else {
            return Err(none().into());
        };
        let find = |session: &mut Session<'_>| {
            self.request(session, plan.find, StoredKind::Uuid, Stored::Blob(id.as_bytes()))
        };
        let request = find(session)?.ok_or_else(none)?;
        let own = request.caller == viewer.key && request.tenant == viewer.tenant;
        let (operation, decides) = self.decides(&viewer, &request)?;
        if !(own || decides) {
            return Err(none().into());
        }
        trace.operation = operation;
        let (state, manner) = match review.decision {
            Decision::Grant(_) => ("granted", Manner::Granted),
            Decision::Deny(_) => ("denied", Manner::Denied),
            Decision::Show(_) | Decision::List { .. } => return Ok(shown(&request, viewer.about.now, false)),
        };
        trace.manner = Some(manner);
        if own {
            return Err(Refusal::saying(FORBIDDEN, "nobody decides about their own call").into());
        }
        self.decide(session, plan, &viewer, (id, state))?;
        let request = find(session)?.ok_or_else(none)?;
        Ok(shown(&request, viewer.about.now, true))
    }

    fn decide(
        &self,
        session: &mut Session<'_>,
        plan: &Approvals,
        viewer: &Viewer,
        (id, state): (Uuid, &str),
    ) -> Run<()> {
        let now = Stored::Integer(viewer.about.now);
        let mut ask = session.ask(&self.plan, plan.decide)?;
        ask.stored(StoredKind::Text, Stored::text(state))?;
        ask.stored(StoredKind::Text, Stored::text(&viewer.key))?;
        ask.stored(StoredKind::Instant, now)?;
        ask.stored(StoredKind::Uuid, Stored::Blob(id.as_bytes()))?;
        ask.stored(StoredKind::Instant, now)?;
        if ask.execute()? == 1 {
            return Ok(());
        }
        Err(Refusal::saying(CONFLICT, "this request does not wait any more").into())
    }

    /// The operation of a request, and whether somebody may decide it.
    fn decides(&self, viewer: &Viewer, request: &Request) -> Run<(Id<Operation>, bool)> {
        let mut operations = self.facts.program.operations.iter();
        let found = operations.find(|(_, operation)| operation.name == request.operation);
        let Some((id, operation)) = found else { return Ok((Id::new(u32::MAX), false)) };
        let may = self.may_decide(viewer, operation)?;
        Ok((id, may && request.tenant == viewer.tenant))
    }

    fn may_decide(&self, viewer: &Viewer, operation: &Operation) -> Run<bool> {
        match &operation.approval {
            Some(approval) => access::holds(&self.facts, &viewer.about, &approval.by),
            None => Ok(false),
        }
    }

    /// Requests that somebody has made or may decide, oldest first.
    fn list(
        &self,
        session: &mut Session<'_>,
        plan: &Approvals,
        viewer: &Viewer,
        after: Uuid,
    ) -> Run<Settled> {
        let now = viewer.about.now;
        let mut found = BTreeMap::new();
        let mut ask = session.ask(&self.plan, plan.own)?;
        ask.stored(StoredKind::Text, Stored::text(&viewer.key))?;
        ask.stored(StoredKind::Uuid, Stored::Blob(after.as_bytes()))?;
        let mut rows = ask.rows()?;
        while let Some(row) = rows.next()? {
            let request = Request::read(row)?;
            if request.tenant == viewer.tenant {
                found.insert(request.id, request.json(now));
            }
        }
        drop(rows);
        for operation in self.facts.program.operations.values() {
            if !self.may_decide(viewer, operation)? {
                continue;
            }
            let mut ask = session.ask(&self.plan, plan.waiting)?;
            ask.stored(StoredKind::Text, Stored::text(&operation.name))?;
            ask.stored(StoredKind::Text, viewer.tenant.as_deref().map_or(Stored::Null, Stored::text))?;
            ask.stored(StoredKind::Instant, Stored::Integer(now))?;
            ask.stored(StoredKind::Uuid, Stored::Blob(after.as_bytes()))?;
            let mut rows = ask.rows()?;
            while let Some(row) = rows.next()? {
                let request = Request::read(row)?;
                found.insert(request.id, request.json(now));
            }
        }
        let next = found.keys().nth(MOST - 1).copied();
        let items: Vec<_> = found.into_values().take(MOST).collect();
        let body = json!({ "items": items, "next": next }).to_string();
        Ok(Settled { result: Ok(answer(Bytes::from(body), Ending::Output)), stays: false })
    }
}

fn shown(request: &Request, now: i64, stays: bool) -> Settled {
    let body = Bytes::from(request.json(now).to_string());
    Settled { result: Ok(answer(body, Ending::Output)), stays }
}

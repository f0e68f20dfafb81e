//! `approve`: a call that somebody else has to agree to waits as a request, and is done when it is made again.
use super::settle::{Settled, answer};
use super::{Ready, digest};
use crate::audit::{Digest, Manner};
use crate::call::{Ending, Refusal};
use crate::engine::Engine;
use crate::eval::{About, Scope};
use crate::kernel::time;
use crate::plan::body::Step;
use crate::plan::system::REQUEST_KINDS;
use crate::run::Tally;
use crate::stop::{Run, Stop};
use crate::store::code;
use crate::store::session::{Row, Session};
use crate::store::stored::Stored;
use crate::value::Value;
use crate::wire;
use bytes::Bytes;
use quater_ir::fault::{CONFLICT, FORBIDDEN};
use quater_ir::operation::Operation;
use quater_ir::storage::StoredKind;
use serde_json::{Value as Json, json};
use smol_str::SmolStr;
use uuid::Uuid;

/// Where requests are found, over HTTP.
pub(crate) const PLACE: &str = "/quater/v1/approvals";

/// A call that has to wait unless somebody has agreed to it.
#[derive(Clone)]
pub(super) struct Wait {
    /// Of the operation, the caller and the arguments: what a grant is good for.
    bound: Digest,
    /// The arguments as people see them.
    arguments: String,
    /// The slots as the inputs filled them.
    inputs: Vec<Value>,
}

/// A request as it is kept.
pub(super) struct Request {
    pub(super) id: Uuid,
    pub(super) operation: SmolStr,
    pub(super) caller: SmolStr,
    pub(super) tenant: Option<SmolStr>,
    arguments: SmolStr,
    pub(super) state: SmolStr,
    made: i64,
    pub(super) expires: i64,
}

impl Request {
    /// Reads the columns of [`REQUEST_KINDS`].
    pub(super) fn read(row: Row<'_>) -> Run<Self> {
        const WRONG: Stop = Stop::Defect("a request for approval is not readable");
        let value = |at: usize| match REQUEST_KINDS.get(at) {
            Some(kind) => code::scalar_of(row.get(at)?, *kind),
            None => Err(WRONG),
        };
        let text = |at: usize| value(at)?.text().map(SmolStr::new);
        let instant = |at: usize| if let Value::Instant(it) = value(at)? { Ok(it) } else { Err(WRONG) };
        let Value::Uuid(id) = value(0)? else { return Err(WRONG) };
        let tenant = if let Stored::Null = row.get(3)? { None } else { Some(text(3)?) };
        Ok(Self {
            id,
            operation: text(1)?,
            caller: text(2)?,
            tenant,
            arguments: text(4)?,
            state: text(5)?,
            made: instant(6)?,
            expires: instant(7)?,
        })
    }

    /// As everybody sees it who may.
    pub(super) fn json(&self, now: i64) -> Json {
        let open = ["waiting", "granted"].contains(&self.state.as_str());
        let state = if open && self.expires <= now { "expired" } else { &self.state };
        json!({
            "approval": self.id, "operation": self.operation.as_str(), "caller": self.caller.as_str(),
            "arguments": serde_json::from_str::<Json>(&self.arguments).unwrap_or(Json::Null),
            "state": state, "made": instant(self.made), "expires": instant(self.expires),
        })
    }
}

fn instant(at: i64) -> String {
    let mut out = Vec::new();
    time::write_instant(&mut out, at);
    String::from_utf8_lossy(&out).into_owned()
}

/// The caller's tenant, as it is kept.
pub(super) fn tenant(about: &About) -> Option<SmolStr> {
    wire::text::of(&about.tenant).map(SmolStr::from)
}

impl Engine {
    /// What a call has to wait for, if it has to.
    pub(super) fn waits(&self, about: &About, operation: &Operation, slots: &[Value]) -> Run<Option<Wait>> {
        let Some(approval) = &operation.approval else { return Ok(None) };
        let scope = Scope { facts: &self.facts, about, slots, row: None, item: None };
        let free = approval
            .condition
            .as_ref()
            .map_or(Ok(false), |condition| scope.holds(condition).map(|it| !it))?;
        if free {
            return Ok(None);
        }
        let arguments = digest::canonical(self, operation, slots)?;
        let caller = self.actor_key(about).ok_or(Stop::Defect("an approval without a caller"))?;
        let bound =
            digest::of_texts(&[&operation.name, &caller, &tenant(about).unwrap_or_default(), &arguments]);
        Ok(Some(Wait { bound, arguments, inputs: slots.to_vec() }))
    }

    /// Does a call that need not wait, or that somebody has agreed to.
    pub(super) fn agreed(&self, session: &mut Session<'_>, ready: &mut Ready) -> Run<Settled> {
        let Some(wait) = ready.wait.take() else { return self.done(session, ready) };
        let plan = self.plan.approvals.as_ref().ok_or(Stop::Defect("approvals without a plan"))?;
        let now = ready.about.now;
        let mut found = self.request(session, plan.bound, StoredKind::Bytes, Stored::Blob(&wait.bound))?;
        if let Some(old) = found.take_if(|it| it.expires <= now) {
            let mut ask = session.ask(&self.plan, plan.expire)?;
            ask.stored(StoredKind::Uuid, Stored::Blob(old.id.as_bytes()))?;
            ask.execute()?;
        }
        let Some(request) = found else {
            self.finds(session, ready)?;
            return self.begin_waiting(session, ready, &wait);
        };
        match request.state.as_str() {
            "granted" => {
                let mut ask = session.ask(&self.plan, plan.take)?;
                ask.stored(StoredKind::Instant, Stored::Integer(now))?;
                ask.stored(StoredKind::Uuid, Stored::Blob(request.id.as_bytes()))?;
                if ask.execute()? == 1 {
                    return self.done(session, ready);
                }
                Err(Refusal::saying(CONFLICT, "this grant has just been used").into())
            }
            "denied" => {
                ready.trace.manner = Some(Manner::Denied);
                let message =
                    "this call was not approved; it can be asked for again when the request has expired";
                Ok(Settled { result: Err(Refusal::saying(FORBIDDEN, message)), stays: false })
            }
            _ => {
                self.finds(session, ready)?;
                Ok(self.waiting(ready, request.id, request.expires, false))
            }
        }
    }

    /// Whether the rows that a call is about are there for its caller: nobody has to agree to what cannot be done. They
    /// are looked for again when somebody has.
    fn finds(&self, session: &mut Session<'_>, ready: &Ready) -> Run<()> {
        let id = ready.trace.operation;
        let steps = self.plan.operation(id).map_or(&[][..], |plan| &plan.steps);
        let looks = |step: &&Step| {
            matches!(step, Step::Let { .. } | Step::Keys { .. } | Step::Read { otherwise: Some(_), .. })
        };
        let steps = steps.get(..steps.iter().take_while(looks).count()).unwrap_or_default();
        let (operation, mut slots) = (&self.facts.program.operations[id], ready.slots.clone());
        self.body(session, (&ready.about, None), &mut slots, steps, operation, &mut Tally::default())
            .map(drop)
    }

    fn begin_waiting(&self, session: &mut Session<'_>, ready: &mut Ready, wait: &Wait) -> Run<Settled> {
        let (plan, id) = (self.plan.approvals.as_ref(), Uuid::now_v7());
        let plan = plan.ok_or(Stop::Defect("approvals without a plan"))?;
        let operation = &self.facts.program.operations[ready.trace.operation];
        let within = operation.approval.as_ref().map_or(0, |approval| approval.within);
        let now = ready.about.now;
        let expires = now.saturating_add(i64::try_from(within).unwrap_or(i64::MAX));
        let (caller, tenant) = (self.actor_key(&ready.about).unwrap_or_default(), tenant(&ready.about));
        let mut ask = session.ask(&self.plan, plan.add)?;
        ask.stored(StoredKind::Uuid, Stored::Blob(id.as_bytes()))?;
        ask.stored(StoredKind::Bytes, Stored::Blob(&wait.bound))?;
        ask.stored(StoredKind::Text, Stored::text(&operation.name))?;
        ask.stored(StoredKind::Text, Stored::text(&caller))?;
        ask.stored(StoredKind::Text, tenant.as_deref().map_or(Stored::Null, Stored::text))?;
        ask.stored(StoredKind::Text, Stored::text(&wait.arguments))?;
        ask.stored(StoredKind::Instant, Stored::Integer(now))?;
        ask.stored(StoredKind::Instant, Stored::Integer(expires))?;
        if ask.execute()? == 0 {
            let other = self.request(session, plan.bound, StoredKind::Bytes, Stored::Blob(&wait.bound))?;
            let other = other.ok_or(Refusal::saying(CONFLICT, "this call is just being decided"))?;
            return Ok(self.waiting(ready, other.id, other.expires, false));
        }
        let steps = self.plan.operation(ready.trace.operation).map_or(&[][..], |plan| &plan.on_waiting);
        let mut slots = wait.inputs.clone();
        let about = (&ready.about, None);
        self.body(session, about, &mut slots, steps, operation, &mut Tally::default())?;
        Ok(self.waiting(ready, id, expires, true))
    }

    fn waiting(&self, ready: &mut Ready, id: Uuid, expires: i64, stays: bool) -> Settled {
        ready.trace.manner = Some(Manner::Waiting);
        let operation = self.facts.program.operations[ready.trace.operation].name.as_str();
        let body = json!({
            "status": "waiting_approval", "approval": id, "operation": operation,
            "expires": instant(expires), "url": format!("{PLACE}/{id}"),
        });
        Settled { result: Ok(answer(Bytes::from(body.to_string()), Ending::Waiting(id))), stays }
    }

    /// The request that one value finds.
    pub(super) fn request(
        &self,
        session: &mut Session<'_>,
        number: usize,
        kind: StoredKind,
        by: Stored<'_>,
    ) -> Run<Option<Request>> {
        let mut ask = session.ask(&self.plan, number)?;
        ask.stored(kind, by)?;
        let mut rows = ask.rows()?;
        rows.next()?.map(Request::read).transpose()
    }
}

//! `idempotent`: a call with a key is done once, and its result is kept in the same commit.
use super::settle::{Settled, answer};
use super::{Ready, digest};
use crate::audit::{Digest, Manner};
use crate::call::{Ending, Key, Refusal, Source, Violation};
use crate::engine::Engine;
use crate::eval::About;
use crate::plan::system::Calls;
use crate::stop::{Run, Stop};
use crate::store::session::Session;
use crate::store::stored::Stored;
use crate::value::Value;
use bytes::Bytes;
use hmac::{Hmac, Mac};
use quater_ir::fault::{CONFLICT, INTERNAL, TIMED_OUT, TOO_MANY, UNAVAILABLE};
use quater_ir::operation::Operation;
use quater_ir::storage::StoredKind;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// How long a result is kept, in milliseconds.
const KEPT: i64 = 86_400_000;

const SAVEPOINT: &str = "SAVEPOINT body";
const UNDO: &str = "ROLLBACK TO body";
const RELEASE: &str = "RELEASE body";

/// What a key stands for.
#[derive(Clone)]
pub(super) struct Claim {
    /// Of the caller, the operation and the key.
    name: Digest,
    /// Of the arguments, secrets too: keyed by the key, which is not kept.
    arguments: Digest,
}

/// A refusal as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    message: String,
    payload: Option<String>,
    violations: Vec<(String, String, String, String)>,
}

impl Claim {
    pub(super) fn new(
        engine: &Engine,
        operation: &Operation,
        about: &About,
        key: &Key,
        slots: &[Value],
    ) -> Run<Self> {
        let caller = engine.actor_key(about).unwrap_or_default();
        let text = String::from_utf8_lossy(key.as_bytes());
        let name = digest::of_texts(&[&caller, &operation.name, &text]);
        let mut keyed = Hmac::<Sha256>::new_from_slice(key.as_bytes())
            .map_err(|_| Stop::Defect("HMAC takes keys of any length"))?;
        keyed.update(digest::canonical(engine, operation, slots)?.as_bytes());
        Ok(Self { name, arguments: keyed.finalize().into_bytes().into() })
    }
}

impl Engine {
    /// Does a call unless it was done before; then gives what came of it.
    pub(super) fn once(&self, session: &mut Session<'_>, ready: &mut Ready, claim: &Claim) -> Run<Settled> {
        let plan = self.plan.calls.as_ref().ok_or(Stop::Defect("keys without a plan"))?;
        let now = ready.about.now;
        let mut sweep = session.ask(&self.plan, plan.sweep)?;
        sweep.stored(StoredKind::Instant, Stored::Integer(now))?;
        sweep.execute()?;
        let mut ask = session.ask(&self.plan, plan.claim)?;
        ask.stored(StoredKind::Bytes, Stored::Blob(&claim.name))?;
        ask.stored(StoredKind::Bytes, Stored::Blob(&claim.arguments))?;
        ask.stored(StoredKind::Instant, Stored::Integer(now.saturating_add(KEPT)))?;
        ask.stored(StoredKind::Instant, Stored::Integer(now))?;
        if ask.execute()? == 0 {
            return self.again(session, plan, ready, claim);
        }
        session.ask_once(SAVEPOINT)?.execute()?;
        let settled = match self.agreed(session, ready) {
            Ok(settled) => settled,
            Err(Stop::Refused(refusal)) if lasts(&refusal) => {
                session.ask_once(UNDO)?.execute()?;
                Settled { result: Err(*refusal), stays: true }
            }
            Err(stop) => return Err(stop),
        };
        session.ask_once(RELEASE)?.execute()?;
        // A call that waits, or may not be done, has no result yet.
        if ready.trace.manner.is_some() {
            let mut ask = session.ask(&self.plan, plan.forget)?;
            ask.stored(StoredKind::Bytes, Stored::Blob(&claim.name))?;
            ask.execute()?;
            return Ok(settled);
        }
        self.keep(session, plan, claim, &settled)?;
        Ok(settled)
    }

    fn keep(&self, session: &mut Session<'_>, plan: &Calls, claim: &Claim, settled: &Settled) -> Run<()> {
        let program = &self.facts.program;
        let (fault, body) = match &settled.result {
            Ok(answer) => (None, answer.body.clone()),
            Err(refusal) => {
                let kept = serde_json::to_vec(&Kept::of(refusal));
                let kept = kept.map_err(|_| Stop::Defect("a refusal is not JSON"))?;
                (Some(program.faults[refusal.fault].name.as_str()), Bytes::from(kept))
            }
        };
        let mut ask = session.ask(&self.plan, plan.keep)?;
        ask.stored(StoredKind::Text, fault.map_or(Stored::Null, Stored::text))?;
        ask.stored(StoredKind::Bytes, Stored::Blob(&body))?;
        ask.stored(StoredKind::Bytes, Stored::Blob(&claim.name))?;
        ask.execute()?;
        Ok(())
    }

    /// The result of the call that had the key first.
    fn again(
        &self,
        session: &mut Session<'_>,
        plan: &Calls,
        ready: &mut Ready,
        claim: &Claim,
    ) -> Run<Settled> {
        const LOST: Stop = Stop::Defect("a kept result is not readable");
        let mut ask = session.ask(&self.plan, plan.find)?;
        ask.stored(StoredKind::Bytes, Stored::Blob(&claim.name))?;
        let mut rows = ask.rows()?;
        let row = rows.next()?.ok_or(LOST)?;
        let (Stored::Blob(arguments), fault, Stored::Blob(body)) = (row.get(0)?, row.get(1)?, row.get(2)?)
        else {
            return Err(LOST);
        };
        ready.trace.manner = Some(Manner::Replayed);
        if arguments != claim.arguments {
            let message = "this key came with other arguments before: a new call needs a new key";
            return Ok(Settled { result: Err(Refusal::saying(CONFLICT, message)), stays: false });
        }
        let result = match fault {
            Stored::Text(name) => {
                let mut faults = self.facts.program.faults.iter();
                let (fault, _) = faults.find(|(_, fault)| fault.name.as_bytes() == name).ok_or(LOST)?;
                let kept: Kept = serde_json::from_slice(body).map_err(|_| LOST)?;
                Err(kept.refusal(fault).ok_or(LOST)?)
            }
            Stored::Null | Stored::Integer(_) | Stored::Real(_) | Stored::Decimal(_) | Stored::Blob(_) => {
                Ok(answer(Bytes::copy_from_slice(body), Ending::Output))
            }
        };
        Ok(Settled { result, stays: false })
    }
}

/// Whether a refusal would be the same at another time.
fn lasts(refusal: &Refusal) -> bool {
    ![INTERNAL, UNAVAILABLE, TIMED_OUT, TOO_MANY].contains(&refusal.fault)
}

impl Kept {
    fn of(refusal: &Refusal) -> Self {
        let payload = refusal.payload.as_deref().map(|text| String::from_utf8_lossy(text).into_owned());
        let violation = |it: &Violation| {
            (it.place.name().to_owned(), it.pointer.clone(), it.code.to_string(), it.message.clone())
        };
        let violations = refusal.violations.iter().map(violation).collect();
        Self { message: refusal.message.clone(), payload, violations }
    }

    fn refusal(self, fault: quater_ir::Id<quater_ir::fault::Fault>) -> Option<Refusal> {
        let violation = |(place, pointer, code, message): (String, String, String, String)| {
            Some(Violation { place: Source::named(&place)?, pointer, code: code.into(), message })
        };
        let violations = self.violations.into_iter().map(violation).collect::<Option<_>>()?;
        let payload = self.payload.map(Bytes::from);
        Some(Refusal { fault, message: self.message, payload, violations, wait: None, questions: Vec::new() })
    }
}

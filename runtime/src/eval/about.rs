//! What is known about a call beside its inputs.
use crate::call::RequestId;
use crate::kernel::time;
use crate::presence::Presence;
use crate::progress::Progress;
use crate::question::Answers;
use crate::said::Saying;
use crate::token::Claims;
use crate::value::Value;
use quater_ir::operation::Door;
use smol_str::SmolStr;
use std::net::IpAddr;
use std::sync::Arc;

/// What is known about a call beside its inputs.
#[derive(Debug, Clone)]
pub(crate) struct About {
    pub(crate) actor: Value,
    pub(crate) role: Value,
    pub(crate) tenant: Value,
    pub(crate) door: Door,
    pub(crate) request: RequestId,
    pub(crate) ip: Option<IpAddr>,
    pub(crate) now: i64,
    /// By which address the service was called, where there is a network.
    pub(crate) origin: Option<SmolStr>,
    /// Where it tells how far it has come.
    pub(crate) progress: Progress,
    /// Where its body says something.
    pub(crate) saying: Saying,
    /// What the caller can be asked, and has answered.
    pub(crate) answers: Option<Arc<Answers>>,
    /// Whether the caller still waits.
    pub(crate) presence: Presence,
    /// What the caller shows, while it is found out who that is.
    pub(crate) shown: Option<Box<Shown>>,
}

/// What a caller shows of itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shown {
    pub(crate) credential: SmolStr,
    pub(crate) claims: Arc<Claims>,
    /// Headers by their lower-case names.
    pub(crate) headers: Vec<(SmolStr, SmolStr)>,
}

impl About {
    /// A call by nobody, at this moment.
    pub(crate) fn nobody(door: Door, request: RequestId, ip: Option<IpAddr>) -> Self {
        let now = time::now();
        let (actor, role, tenant) = (Value::Null, Value::Null, Value::Null);
        let (origin, shown) = (None, None);
        let (progress, saying, presence) = (Progress::default(), Saying::default(), Presence::default());
        let answers = None;
        Self {
            actor,
            role,
            tenant,
            door,
            request,
            ip,
            now,
            origin,
            progress,
            saying,
            answers,
            presence,
            shown,
        }
    }
}

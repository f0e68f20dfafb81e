//! How often may be called: of the service and of each operation, whatever the door.
//!
//! A call that arrives meets the buckets of its address before anybody asks who calls; whoever presents a
//! credential only has to find something in them, and takes from the bucket with its own name once it is
//! known. A credential that is no good counts for the address it came from: so guessing has an end, and
//! good callers behind one address don't use up each other's calls.

mod buckets;

use crate::call::Refusal;
use buckets::{Act, Buckets, Rate, Verdict};
use quater_ir::fault::TOO_MANY;
use quater_ir::operation::{Limit, LimitPer, Operation};
use quater_ir::setting;
use quater_ir::{Id, Program};
use smol_str::SmolStr;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

const SECOND: u64 = 1_000_000_000;

/// The limits of a program and their buckets.
pub(crate) struct Limits {
    begun: Instant,
    /// A store for each window that occurs.
    stores: Vec<(u64, Buckets)>,
    /// Those of the service.
    service: Vec<Planned>,
    /// Those of the service and of the operation, by its id.
    operations: Vec<Vec<Planned>>,
}

struct Planned {
    limit: Limit,
    rate: Rate,
    /// Its store.
    store: usize,
    /// Tells its buckets from those of other limits.
    number: u32,
    name: SmolStr,
}

/// What is left of each limit that a call has met; whoever holds a clone of it can look while the call runs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Quotas(Arc<Mutex<Vec<Quota>>>);

/// What is left of a limit.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Quota {
    /// The limit's name, as [`policies`] has it.
    name: SmolStr,
    /// How many calls.
    left: u64,
    /// Seconds until all of it is there again.
    full: u64,
}

/// The limits that a call meets on its way.
pub(crate) struct Meter {
    limits: Arc<Limits>,
    /// The operation; none where callers only ask what there is.
    operation: Option<Id<Operation>>,
    address: Address,
    /// Whether it said who it is.
    presented: bool,
    seen: Quotas,
}

/// What of an address counts: in IPv6 the network, since whoever has one address there has 2⁶⁴.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Address {
    V4([u8; 4]),
    V6([u8; 8]),
    /// No network, or a proxy that does not say.
    None,
}

#[derive(Hash)]
enum Subject<'a> {
    Address(Address),
    Actor(&'a str),
    Tenant(&'a str),
}

impl From<Option<IpAddr>> for Address {
    fn from(ip: Option<IpAddr>) -> Self {
        match ip.map(|ip| ip.to_canonical()) {
            Some(IpAddr::V4(ip)) => Self::V4(ip.octets()),
            Some(IpAddr::V6(ip)) => {
                let [a, b, c, d, e, f, g, h, ..] = ip.octets();
                Self::V6([a, b, c, d, e, f, g, h])
            }
            None => Self::None,
        }
    }
}

impl Limits {
    /// The limits of a program; none where it says none.
    pub(crate) fn plan(program: &Program) -> Option<Arc<Self>> {
        let mut limits =
            Self { begun: Instant::now(), stores: Vec::new(), service: Vec::new(), operations: Vec::new() };
        let mut number = 0;
        let mut add = |limits: &mut Self, of: &[Limit], service: bool| -> Vec<Planned> {
            let mut planned = Vec::new();
            for limit in of {
                planned.push(limits.planned(*limit, number, service));
                number += 1;
            }
            planned
        };
        limits.service = add(&mut limits, &program.service.limits, true);
        for operation in program.operations.values() {
            let own = add(&mut limits, &operation.limits, false);
            limits.operations.push(own);
        }
        let any = !limits.service.is_empty() || limits.operations.iter().any(|own| !own.is_empty());
        any.then(|| Arc::new(limits))
    }

    fn planned(&mut self, limit: Limit, number: u32, service: bool) -> Planned {
        let window = limit.window.saturating_mul(1_000_000);
        let rate = Rate { step: (window / u64::from(limit.count.max(1))).max(1), window };
        let store = self.stores.iter().position(|(known, _)| *known == window).unwrap_or_else(|| {
            self.stores.push((window, Buckets::new()));
            self.stores.len() - 1
        });
        Planned { limit, rate, store, number, name: name(service, &limit) }
    }

    /// Those that a call meets, the service's first.
    fn of(&self, operation: Option<Id<Operation>>) -> impl Iterator<Item = &Planned> {
        let own = operation.and_then(|id| self.operations.get(id.index()));
        self.service.iter().chain(own.into_iter().flatten())
    }

    fn take(&self, planned: &Planned, subject: Subject<'_>, act: Act) -> Option<Verdict> {
        let now = u64::try_from(self.begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let (_, store) = self.stores.get(planned.store)?;
        Some(store.take(&(planned.number, subject), planned.rate, now, act))
    }

    /// Lets a call in by its address.
    ///
    /// # Errors
    /// `TooMany` where a bucket of the address is empty.
    pub(crate) fn arrive(
        self: &Arc<Self>,
        operation: Option<Id<Operation>>,
        ip: Option<IpAddr>,
        presented: bool,
        seen: &Quotas,
    ) -> Result<Meter, Refusal> {
        let (limits, address, seen) = (Arc::clone(self), Address::from(ip), seen.clone());
        let meter = Meter { limits, operation, address, presented, seen };
        for planned in self.of(operation) {
            let act = if presented && planned.limit.per != LimitPer::Ip { Act::Look } else { Act::Take };
            meter.count(planned, Subject::Address(address), act)?;
        }
        Ok(meter)
    }
}

impl Meter {
    /// Counts a call for whom it comes from, now that this is known.
    ///
    /// # Errors
    /// `TooMany` where a bucket of the caller is empty.
    pub(crate) fn identified(&self, actor: Option<&str>, tenant: Option<&str>) -> Result<(), Refusal> {
        for planned in self.named() {
            let subject = match planned.limit.per {
                LimitPer::Actor => actor.map(Subject::Actor),
                LimitPer::Tenant => tenant.map(Subject::Tenant),
                LimitPer::Ip => None,
            };
            match subject {
                Some(subject) => self.count(planned, subject, Act::Take)?,
                None if self.presented => self.count(planned, Subject::Address(self.address), Act::Take)?,
                None => {}
            }
        }
        Ok(())
    }

    /// Counts a credential that is no good for the address it came from.
    pub(crate) fn mistaken(&self) {
        for planned in self.named().filter(|_| self.presented) {
            // It is refused already.
            drop(self.count(planned, Subject::Address(self.address), Act::Take));
        }
    }

    /// Those that count for somebody with a name.
    fn named(&self) -> impl Iterator<Item = &Planned> {
        self.limits.of(self.operation).filter(|planned| planned.limit.per != LimitPer::Ip)
    }

    fn count(&self, planned: &Planned, subject: Subject<'_>, act: Act) -> Result<(), Refusal> {
        let Some(verdict) = self.limits.take(planned, subject, act) else { return Ok(()) };
        if act == Act::Take || verdict.wait.is_some() {
            self.seen.add(&planned.name, verdict.left, verdict.full.div_ceil(SECOND));
        }
        match verdict.wait {
            Some(wait) => Err(too_many(&planned.limit, Duration::from_nanos(wait))),
            None => Ok(()),
        }
    }
}

fn too_many(limit: &Limit, wait: Duration) -> Refusal {
    let seconds = u32::try_from(wait.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX).max(1);
    let limit = setting::limit(limit);
    let message = format!("the limit of {limit} is used up; the next call may come in {seconds} s");
    Refusal { wait: Some(seconds), ..Refusal::saying(TOO_MANY, message) }
}

/// The limits of an operation, the service's first, as `RateLimit-Policy` says them
/// (draft-ietf-httpapi-ratelimit-headers-10).
pub(crate) fn policies(program: &Program, operation: &Operation) -> String {
    let service = program.service.limits.iter().map(|limit| (true, limit));
    let all = service.chain(operation.limits.iter().map(|limit| (false, limit)));
    let one = |(service, limit): (bool, &Limit)| {
        let (name, window) = (name(service, limit), limit.window.div_ceil(1_000));
        format!("\"{name}\";q={};w={window}", limit.count)
    };
    all.map(one).collect::<Vec<_>>().join(", ")
}

impl Quotas {
    fn add(&self, name: &SmolStr, left: u64, full: u64) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match seen.iter_mut().find(|quota| quota.name == *name) {
            Some(quota) => (quota.left, quota.full) = (left, full),
            None => seen.push(Quota { name: name.clone(), left, full }),
        }
    }

    /// What is left, as `RateLimit` says it; nothing where no limit was met.
    pub(crate) fn left(&self) -> Option<String> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let one = |Quota { name, left, full }: &Quota| format!("\"{name}\";r={left};t={full}");
        (!seen.is_empty()).then(|| seen.iter().map(one).collect::<Vec<_>>().join(", "))
    }
}

/// A limit's name, which no other of an operation has.
fn name(service: bool, limit: &Limit) -> SmolStr {
    let text = setting::limit(limit);
    SmolStr::new(if service { format!("service {text}") } else { text })
}

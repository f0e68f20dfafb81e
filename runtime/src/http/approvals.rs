//! What a request asks of the calls that wait for approval.
use super::actions::From;
use crate::call::{Decision, Entry, Identity, Refusal, Review};
use crate::invoke::query;
use http::request::Parts;
use quater_ir::Program;
use quater_ir::fault::{MALFORMED, NOT_FOUND};
use quater_ir::operation::Door;
use smol_str::SmolStr;
use uuid::Uuid;

/// What is asked of the calls that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    /// All that the caller may see.
    List,
    /// One of them.
    Show,
    /// To agree.
    Grant,
    /// To refuse.
    Deny,
}

/// What a request asks.
pub(super) fn review(
    program: &Program,
    asks: Asks,
    path: &[SmolStr],
    parts: &Parts,
    (identity, from): (Identity, From),
) -> Result<Review, Refusal> {
    let named = path.first().and_then(|text| Uuid::try_parse(text).ok());
    let named = || named.ok_or_else(|| Refusal::plain(program, NOT_FOUND));
    let decision = match asks {
        Asks::List => Decision::List { after: after(parts.uri.query().unwrap_or(""))? },
        Asks::Show => Decision::Show(named()?),
        Asks::Grant => Decision::Grant(named()?),
        Asks::Deny => Decision::Deny(named()?),
    };
    let (door, entry) = (Door::Http, Entry::Remote);
    Ok(Review { decision, door, entry, identity, request: from.id, ip: from.ip })
}

fn after(text: &str) -> Result<Option<Uuid>, Refusal> {
    let mut after = query::pairs(text).filter(|(name, _)| *name == "after").map(|(_, value)| value);
    let given = after.next().filter(|text| !text.is_empty());
    let wrong = |_| Refusal::saying(MALFORMED, "`after` is the id of a request");
    given.map(|text| Uuid::try_parse(text).map_err(wrong)).transpose()
}

//! Files among the arguments of a tool: small ones with their bytes, others by tickets.
use super::result;
use crate::call::{Answer, Ending, Identity, Parts, Refusal};
use crate::files::{Announced, Claimed, Intake, Ticket, rules};
use crate::http::TICKETS;
use crate::kernel::time;
use crate::service::Service;
use quater_ir::Id;
use quater_ir::fault::UNAVAILABLE;
use quater_ir::operation::{Door, Operation};
use rmcp::model::{CallToolResult, JsonObject};
use serde_json::{Value as Json, json};
use std::net::IpAddr;

/// What came of the files of a call.
pub(super) enum Brought {
    /// All are there.
    Whole(Parts, Vec<Claimed>),
    /// Some have to be uploaded first, as this says.
    Missing(Box<CallToolResult>),
    Refused(Refusal),
}

impl Brought {
    /// That of a call without files.
    pub(super) fn nothing() -> Self {
        Self::Whole(Parts::default(), Vec::new())
    }
}

/// Whoever brings files, and from where they may be sent.
pub(super) struct From<'a> {
    pub(super) identity: &'a Identity,
    pub(super) ip: Option<IpAddr>,
    /// The address that the service was called by; nothing over standard input and output.
    pub(super) origin: Option<String>,
}

/// A file that has to come by a ticket.
struct Wanted {
    input: String,
    ticket: String,
    until: i64,
}

/// Takes the files out of the arguments of a tool.
pub(super) async fn bring(
    service: &Service,
    operation: Id<Operation>,
    arguments: &mut JsonObject,
    from: &From<'_>,
) -> Brought {
    let (mut parts, mut claimed) = (Parts::default(), Vec::new());
    // Of a caller who may not call nothing is taken: the call says why.
    let Some(intake) = service.intake(operation, from.identity, Door::Mcp, from.ip).await else {
        return Brought::Whole(parts, claimed);
    };
    let brought = match intake.inline(arguments, &mut parts).await {
        Ok(()) => by_ticket(service, intake, arguments, from, (&mut parts, &mut claimed)).await,
        Err(refusal) => Err(refusal),
    };
    let missing = match brought {
        Ok(wanted) if wanted.is_empty() => return Brought::Whole(parts, claimed),
        Ok(wanted) => Brought::Missing(Box::new(told(&wanted, from))),
        Err(refusal) => Brought::Refused(refusal),
    };
    parts.files().for_each(|file| intake.files.remove(file));
    claimed.into_iter().for_each(|it| it.end(false));
    missing
}

async fn by_ticket(
    service: &Service,
    intake: Intake<'_>,
    arguments: &mut JsonObject,
    from: &From<'_>,
    (parts, claimed): (&mut Parts, &mut Vec<Claimed>),
) -> Result<Vec<Wanted>, Refusal> {
    let mut wanted = Vec::new();
    for input in intake.operation.inputs.iter().filter(|input| rules(&input.ty).is_some()) {
        let name = input.name.as_str();
        let Some(Json::Object(given)) = arguments.get(name) else { continue };
        if let Some(text) = given.get("upload").and_then(Json::as_str) {
            let one = claim(service, intake, name, text, from).await?;
            parts.add_file(name, std::sync::Arc::clone(&one.file));
            claimed.push(one);
            arguments.remove(name);
        } else if given.contains_key("digest") {
            wanted.push(issue(service, intake, name, &Json::Object(given.clone()), from)?);
        }
    }
    Ok(wanted)
}

/// The file that came by a ticket. Whatever is wrong with that, the caller hears the same.
async fn claim(
    service: &Service,
    intake: Intake<'_>,
    input: &str,
    text: &str,
    from: &From<'_>,
) -> Result<Claimed, Refusal> {
    let none = || {
        let message =
            "is no upload of yours for this: it has not come, is used, has ended, or is for another call";
        Refusal::about(input, "upload", message)
    };
    let key = service.seal().ok_or_else(none)?;
    let (ticket, files) = service.ticket(text, time::now()).ok_or_else(none)?;
    if !ticket.is_for(&intake.operation.name, input, (key, from.identity)) {
        return Err(none());
    }
    files.claim(&ticket, intake).await?.ok_or_else(none)
}

fn issue(
    service: &Service,
    intake: Intake<'_>,
    input: &str,
    given: &Json,
    from: &From<'_>,
) -> Result<Wanted, Refusal> {
    let wrong = |why: String| Refusal::about(input, "type", why);
    let only = "comes with its bytes here: `data`, as base64";
    let (Some(key), Some(_)) = (service.seal(), &from.origin) else { return Err(wrong(only.to_owned())) };
    let announced = Announced::read(given)
        .map_err(|error| wrong(format!("is announced by `name`, `type`, `size` and `digest`: {error}")))?;
    let ticket = Ticket::issue(intake, (input, &announced), (key, from.identity), time::now())?;
    let until = ticket.until();
    let ticket = ticket.sealed(key).ok_or_else(|| wrong(only.to_owned()))?;
    Ok(Wanted { input: input.to_owned(), ticket, until })
}

/// Says where files go before the call is made again.
fn told(wanted: &[Wanted], from: &From<'_>) -> CallToolResult {
    let origin = from.origin.as_deref().unwrap_or_default();
    let mut text =
        "Nothing has been done yet: files come first. Send each with HTTP PUT, then call the tool again \
                    with the same arguments, and these in the place of the files:"
            .to_owned();
    let mut uploads = Vec::new();
    for Wanted { input, ticket, until } in wanted {
        let url = format!("{origin}{}", TICKETS.replace("{ticket}", ticket));
        text.push_str(&format!("\n- `{input}`: curl -T FILE \"{url}\", then {{\"upload\": \"{ticket}\"}}"));
        let mut expires = Vec::new();
        time::write_instant(&mut expires, *until);
        let expires = String::from_utf8_lossy(&expires);
        uploads.push(json!({ "input": input, "url": url, "upload": ticket, "expires": expires }));
    }
    result::upload(text, uploads.into())
}

/// Puts away what a call used: for good where it was done.
pub(super) fn put_away(claimed: Vec<Claimed>, outcome: &Result<Answer, Refusal>) {
    let done = match outcome {
        Ok(answer) => matches!(answer.ending, Ending::Output),
        // Whether it was done is not known.
        Err(refusal) => refusal.fault == UNAVAILABLE,
    };
    claimed.into_iter().for_each(|it| it.end(done));
}

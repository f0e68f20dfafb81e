//! A call of the action protocol as a client writes it: as JSON, or as the first of several parts with files in the
//! others.
use super::body::{self, Bounds};
use super::parts;
use crate::call::{Identity, Input, Parts as Given, Refusal};
use crate::service::Service;
use axum::body::HttpBody;
use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use quater_ir::Id;
use quater_ir::fault::MALFORMED;
use quater_ir::operation::{Door, Operation};
use serde::Deserialize;
use serde_json::{Map, Value as Json};
use smol_str::SmolStr;
use std::net::IpAddr;
use std::time::Duration;

/// The part that holds the call.
const CALL: &str = "call";

/// What stands before the name of an input in that of its part.
const INPUT: &str = "input.";

/// A call, as a client writes it.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// Inputs by name, as JSON.
    input: Option<Map<String, Json>>,
    /// Inputs by name, as text that the service reads by their types.
    arguments: Option<Map<String, Json>>,
    #[serde(default)]
    pub(super) dry_run: bool,
    pub(super) key: Option<String>,
    /// Whether it wants to hear how far the call has come.
    #[serde(default)]
    pub(super) progress: bool,
    /// The hash of the actions that the client knows.
    pub(super) schema: Option<String>,
}

/// Which action is called and by whom, as far as that can be told.
type Aim<'a> = (&'a Result<Id<Operation>, Refusal>, &'a Result<Identity, Refusal>);

/// Reads a call and the files that come with it.
pub(super) async fn read<B>(
    service: &Service,
    (operation, identity): Aim<'_>,
    (parts, body): (&Parts, B),
    ip: Option<IpAddr>,
) -> Result<(Asked, Given), Refusal>
where
    B: HttpBody<Data = Bytes>,
{
    let bounds = Bounds {
        most: service.program().service.body_limit,
        patience: Duration::from_millis(service.program().service.patience),
    };
    if !has_parts(&parts.headers) {
        let mut asked = json(&body::read(body, &parts.headers, bounds).await?)?;
        let mut files = Given::default();
        if let (Some(inputs), Ok(operation), Ok(identity)) = (&mut asked.input, operation, identity)
            && inputs.values().any(Json::is_object)
            && service.takes_files(*operation)
            && let Some(intake) = service.intake(*operation, identity, Door::Cli, ip).await
        {
            intake.inline(inputs, &mut files).await?;
        }
        return Ok((asked, files));
    }
    let intake = match (operation, identity) {
        (Ok(operation), Ok(identity)) => service.intake(*operation, identity, Door::Cli, ip).await,
        (Err(_), _) | (_, Err(_)) => None,
    };
    // Of a caller who may not call nothing is kept: the call says why.
    let Some(intake) = intake else {
        body::heard(body, &parts.headers).await;
        return Ok((Asked::default(), Given::default()));
    };
    let mut given = parts::read(body, &parts.headers, intake, INPUT).await?;
    let asked = match given.take_text(CALL) {
        Some(text) if given.texts() == 0 => json(text.as_bytes()),
        _ => {
            let message = format!("a body with parts has one `{CALL}`, and `{INPUT}NAME` for each file");
            Err(Refusal::saying(MALFORMED, message))
        }
    };
    if asked.is_err() {
        given.files().for_each(|file| intake.files.remove(file));
    }
    Ok((asked?, given))
}

fn has_parts(headers: &HeaderMap) -> bool {
    let media = headers.get(CONTENT_TYPE).and_then(|given| given.to_str().ok()).unwrap_or_default();
    media.split(';').next().is_some_and(|media| media.trim().eq_ignore_ascii_case("multipart/form-data"))
}

fn json(bytes: &[u8]) -> Result<Asked, Refusal> {
    serde_json::from_slice(bytes).map_err(|error| {
        Refusal::saying(MALFORMED, format!("the body is not a call of the protocol: {error}"))
    })
}

impl Asked {
    /// Its inputs.
    pub(super) fn input(&mut self) -> Result<Input, Refusal> {
        let malformed = |message: String| Refusal::saying(MALFORMED, message);
        let (input, texts) = (self.input.take(), self.arguments.take());
        let Some(texts) = texts else { return Ok(Input::Object(input.unwrap_or_default())) };
        if input.is_some() {
            return Err(malformed("a call has `input` or `arguments`, not both".to_owned()));
        }
        let mut arguments = Vec::new();
        for (name, value) in texts {
            let values = if let Json::Array(values) = value { values } else { vec![value] };
            for value in values {
                let Json::String(text) = value else {
                    return Err(malformed(format!("the argument `{name}` is a text, or a list of texts")));
                };
                arguments.push((SmolStr::new(&name), text));
            }
        }
        Ok(Input::Arguments(arguments))
    }
}

//! Reading a request's body.
use crate::Refusal;
use axum::body::HttpBody;
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http_body_util::BodyExt;
use quater_ir::fault::{MALFORMED, TIMED_OUT, TOO_LARGE, UNSUPPORTED_MEDIA};
use std::pin::pin;
use std::time::Duration;

/// Most bytes that are set aside before they have arrived.
const TRUSTED_LENGTH: u64 = 64 * 1024;

/// How much a body may hold, and how long it may take to arrive.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub(super) most: u64,
    pub(super) patience: Duration,
}

/// Reads a JSON body: its type is checked first, its length while it arrives.
pub(super) async fn read<B>(body: B, headers: &HeaderMap, bounds: Bounds) -> Result<Bytes, Refusal>
where
    B: HttpBody<Data = Bytes>,
{
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    check_type(headers)?;
    let declared = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let Bounds { most, patience } = bounds;
    if declared.is_some_and(|length| length > most) {
        return Err(too_large(most));
    }
    tokio::time::timeout(patience, collect(body, declared, most)).await.unwrap_or_else(|_| {
        let message = format!("the body did not arrive within {} s", patience.as_secs());
        Err(Refusal::saying(TIMED_OUT, message))
    })
}

/// Takes a body that nobody reads off the connection, while it is small.
pub(super) async fn ignore<B>(body: B, bounds: Bounds) -> Result<(), Refusal>
where
    B: HttpBody<Data = Bytes>,
{
    let Bounds { most, patience } = bounds;
    if body.is_end_stream() {
        return Ok(());
    }
    let taken = tokio::time::timeout(patience, collect(body, None, most)).await;
    taken.unwrap_or_else(|_| Err(Refusal::saying(TIMED_OUT, "the body did not arrive in time"))).map(drop)
}

async fn collect<B>(body: B, declared: Option<u64>, limit: u64) -> Result<Bytes, Refusal>
where
    B: HttpBody<Data = Bytes>,
{
    let mut body = pin!(body);
    let mut first = Bytes::new();
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::saying(MALFORMED, "the body ended before it was whole"))?;
        let Ok(data) = frame.into_data() else { continue };
        if (first.len() + whole.len() + data.len()) as u64 > limit {
            return Err(too_large(limit));
        }
        if first.is_empty() && whole.is_empty() {
            first = data;
            continue;
        }
        if whole.is_empty() {
            whole.reserve(declared.unwrap_or(0).min(TRUSTED_LENGTH) as usize);
            whole.extend_from_slice(&std::mem::take(&mut first));
        }
        whole.extend_from_slice(&data);
    }
    Ok(if whole.is_empty() { first } else { whole.freeze() })
}

fn check_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let given = headers.get(CONTENT_TYPE).and_then(|given| given.to_str().ok()).unwrap_or("");
    let media = given.split(';').next().unwrap_or("").trim();
    if media.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let found = if media.is_empty() { "has no content type".to_owned() } else { format!("is `{media}`") };
    Err(Refusal::saying(
        UNSUPPORTED_MEDIA,
        format!("the body {found}; send JSON with `Content-Type: application/json`"),
    ))
}

fn too_large(limit: u64) -> Refusal {
    Refusal::saying(TOO_LARGE, format!("the body is larger than {limit} bytes"))
}

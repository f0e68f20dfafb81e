//! Reading a request's body.
use crate::Refusal;
use axum::body::HttpBody;
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT};
use http_body_util::BodyExt;
use quater_ir::fault::{MALFORMED, TIMED_OUT, UNSUPPORTED_MEDIA};
use std::pin::{Pin, pin};
use std::time::Duration;

/// Most bytes that are set aside before they have arrived.
const TRUSTED_LENGTH: u64 = 64 * 1024;

/// How much of what is too large is taken off the connection all the same. Most clients read no answer before they have
/// sent everything, and where a connection is closed on bytes that nobody has read the answer is lost.
const HEARD_OUT: u64 = 4 << 20;

/// How long that may take.
const HEARING: Duration = Duration::from_secs(2);

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
    // Whoever asks before sending is answered then.
    let heard_out = if headers.contains_key(EXPECT) { 0 } else { HEARD_OUT };
    if declared.is_some_and(|length| length > bounds.most.saturating_add(heard_out)) {
        return Err(Refusal::too_large(bounds.most));
    }
    take(body, declared, bounds).await
}

/// Takes a body that nobody reads off the connection, while it is small.
pub(super) async fn ignore<B>(body: B, bounds: Bounds) -> Result<(), Refusal>
where
    B: HttpBody<Data = Bytes>,
{
    if body.is_end_stream() {
        return Ok(());
    }
    take(body, None, bounds).await.map(drop)
}

/// Takes some of a body that nobody reads off the connection, so that whoever sends it hears the answer.
pub(super) async fn heard<B>(body: B, headers: &HeaderMap)
where
    B: HttpBody<Data = Bytes>,
{
    if !headers.contains_key(EXPECT) {
        _ = tokio::time::timeout(HEARING, hear_out(pin!(body))).await;
    }
}

async fn take<B>(body: B, declared: Option<u64>, bounds: Bounds) -> Result<Bytes, Refusal>
where
    B: HttpBody<Data = Bytes>,
{
    let Bounds { most, patience } = bounds;
    let mut body = pin!(body);
    let mut whole = None;
    if declared.is_none_or(|length| length <= most) {
        let collected = tokio::time::timeout(patience, collect(body.as_mut(), declared, most)).await;
        whole = collected.unwrap_or_else(|_| {
            let message = format!("the body did not arrive within {} s", patience.as_secs());
            Err(Refusal::saying(TIMED_OUT, message))
        })?;
    }
    if whole.is_none() {
        _ = tokio::time::timeout(HEARING.min(patience), hear_out(body)).await;
    }
    whole.ok_or_else(|| Refusal::too_large(most))
}

/// The whole of a body; nothing where it is larger than the limit.
async fn collect<B>(
    mut body: Pin<&mut B>,
    declared: Option<u64>,
    limit: u64,
) -> Result<Option<Bytes>, Refusal>
where
    B: HttpBody<Data = Bytes>,
{
    let mut first = Bytes::new();
    let mut whole = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::saying(MALFORMED, "the body ended before it was whole"))?;
        let Ok(data) = frame.into_data() else { continue };
        if (first.len() + whole.len() + data.len()) as u64 > limit {
            return Ok(None);
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
    Ok(Some(if whole.is_empty() { first } else { whole.freeze() }))
}

/// Takes some more of a body off the connection, and keeps nothing of it.
async fn hear_out<B>(mut body: Pin<&mut B>)
where
    B: HttpBody<Data = Bytes>,
{
    let mut left = HEARD_OUT;
    while left > 0
        && let Some(Ok(frame)) = body.frame().await
    {
        left = left.saturating_sub(frame.data_ref().map_or(0, |data| data.len() as u64));
    }
}

/// Refuses a body that is not as it says: what is packed is not unpacked here (RFC 9110, section 8.4).
pub(super) fn check_coding(headers: &HeaderMap) -> Result<(), Refusal> {
    let codings = headers.get_all(CONTENT_ENCODING).iter().map(|coding| coding.to_str().unwrap_or("?"));
    let mut other = codings.filter(|coding| !coding.trim().eq_ignore_ascii_case("identity"));
    other.next().map_or(Ok(()), |coding| {
        Err(Refusal::saying(UNSUPPORTED_MEDIA, format!("the body is coded (`{coding}`); send it as it is")))
    })
}

fn check_type(headers: &HeaderMap) -> Result<(), Refusal> {
    check_coding(headers)?;
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

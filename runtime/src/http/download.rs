//! Stored files that a link leads to: whole or in part, and never as a page of this service.
use super::Response;
use crate::files::{Bytes as Stored, Files, Linked};
use axum::body::{Body, HttpBody};
use bytes::{Bytes, BytesMut};
use http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE,
    ETAG, IF_NONE_MATCH, IF_RANGE, RANGE,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use hyper::body::{Frame, SizeHint};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, ReadBuf};

/// The path under which links lead to files.
pub(super) const ROUTE: &str = "/_files/{ticket}";

/// Bytes that are read at a time.
const CHUNK: usize = 64 * 1024;

/// Types that a browser may show in its own window: they run nothing.
const SHOWN: [&str; 6] = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "text/plain"];

/// The answer with a file, or with a part of it.
pub(super) async fn answer(
    files: &Files,
    linked: &Linked,
    now: i64,
    request: &HeaderMap,
) -> io::Result<Response> {
    let size = files.size(&linked.key).await?;
    let etag = format!("\"{}\"", linked.digest);
    let given = |name| request.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if given(IF_NONE_MATCH).is_some_and(|known| {
        known == "*" || known.split(',').any(|it| it.trim().trim_start_matches("W/") == etag)
    }) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        describe(&mut response, linked, &etag, now);
        return Ok(response);
    }
    let same = given(IF_RANGE).is_none_or(|known| known == etag);
    let (status, from, length) = match given(RANGE).filter(|_| same).and_then(|range| part(range, size)) {
        None => (StatusCode::OK, 0, size),
        Some(Ok((from, length))) => (StatusCode::PARTIAL_CONTENT, from, length),
        Some(Err(())) => (StatusCode::RANGE_NOT_SATISFIABLE, 0, 0),
    };
    let stored = files.part(&linked.key, from, length).await?;
    let mut response = Response::new(Body::new(Reading { stored, left: length, buffer: BytesMut::new() }));
    *response.status_mut() = status;
    describe(&mut response, linked, &etag, now);
    let range = match status {
        StatusCode::PARTIAL_CONTENT => Some(format!("bytes {from}-{}/{size}", from + length - 1)),
        StatusCode::RANGE_NOT_SATISFIABLE => Some(format!("bytes */{size}")),
        _ => None,
    };
    if let Some(Ok(range)) = range.map(HeaderValue::try_from) {
        response.headers_mut().insert(CONTENT_RANGE, range);
    }
    Ok(response)
}

/// One range of a file (RFC 9110, section 14.2): where it begins and how long it is. Several are answered with the
/// whole.
fn part(range: &str, size: u64) -> Option<Result<(u64, u64), ()>> {
    let (first, last) = range.strip_prefix("bytes=")?.trim().split_once('-')?;
    let number =
        |text: &str| text.bytes().all(|it| it.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten();
    if first.is_empty() {
        let length = number(last)?.min(size);
        return Some(if length == 0 { Err(()) } else { Ok((size - length, length)) });
    }
    let first = number(first)?;
    let last = if last.is_empty() { u64::MAX } else { number(last)? };
    if last < first {
        return None;
    }
    Some(if first >= size { Err(()) } else { Ok((first, last.min(size - 1) - first + 1)) })
}

/// The type of a file; what is a text here begins as UTF-8, and a browser that guesses takes it for something else.
fn media(linked: &Linked) -> String {
    let charset = if linked.media.starts_with("text/") { "; charset=utf-8" } else { "" };
    format!("{}{charset}", linked.media)
}

fn describe(response: &mut Response, linked: &Linked, etag: &str, now: i64) {
    let shown = SHOWN.contains(&linked.media.as_str());
    let plain: String = linked
        .name
        .chars()
        .map(|it| if it.is_ascii_graphic() && !"\"\\%;".contains(it) { it } else { '_' })
        .collect();
    let mut whole = String::new();
    for byte in linked.name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => whole.push(byte as char),
            other => whole.push_str(&format!("%{other:02X}")),
        }
    }
    let how = if shown { "inline" } else { "attachment" };
    let life = linked.until.map_or(3_600, |until| (until - now).max(0) / 1_000);
    let said = [
        (CONTENT_TYPE, media(linked)),
        (CONTENT_DISPOSITION, format!("{how}; filename=\"{plain}\"; filename*=UTF-8''{whole}")),
        (CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'".to_owned()),
        (CACHE_CONTROL, format!("private, max-age={life}")),
        (ETAG, etag.to_owned()),
        (ACCEPT_RANGES, "bytes".to_owned()),
    ];
    for (name, value) in said {
        if let Ok(value) = HeaderValue::try_from(value) {
            response.headers_mut().insert(name, value);
        }
    }
}

/// A part of a file, read as it is sent.
struct Reading {
    stored: Stored,
    left: u64,
    buffer: BytesMut,
}

impl Reading {
    /// The next bytes; nothing at the end of what there is.
    fn poll_bytes(&mut self, context: &mut Context<'_>) -> Poll<io::Result<Option<Bytes>>> {
        match &mut self.stored {
            Stored::File(file) => {
                let most = usize::try_from(self.left).unwrap_or(CHUNK).min(CHUNK);
                self.buffer.resize(most, 0);
                let mut read = ReadBuf::new(&mut self.buffer);
                ready!(Pin::new(file).poll_read(context, &mut read))?;
                let count = read.filled().len();
                Poll::Ready(Ok((count > 0).then(|| self.buffer.split_to(count).freeze())))
            }
            Stored::Answer(body) => loop {
                let frame = ready!(Pin::new(&mut *body).poll_frame(context)).transpose();
                match frame.map_err(|error| io::Error::other(error.without_url()))?.map(Frame::into_data) {
                    Some(Ok(bytes)) if bytes.is_empty() => {}
                    Some(Ok(bytes)) => return Poll::Ready(Ok(Some(bytes))),
                    Some(Err(_)) => {}
                    None => return Poll::Ready(Ok(None)),
                }
            },
        }
    }
}

impl HttpBody for Reading {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        let bytes = ready!(self.poll_bytes(context))?;
        let left = bytes.as_ref().and_then(|bytes| self.left.checked_sub(bytes.len() as u64));
        let (Some(bytes), Some(left)) = (bytes, left) else {
            return Poll::Ready(Some(Err(io::ErrorKind::UnexpectedEof.into())));
        };
        self.left = left;
        Poll::Ready(Some(Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_one_part_of_a_file() {
        let cases = [
            ("bytes=0-", Some(Ok((0, 10)))),
            ("bytes=0-0", Some(Ok((0, 1)))),
            ("bytes=9-99", Some(Ok((9, 1)))),
            ("bytes=-3", Some(Ok((7, 3)))),
            ("bytes=-99", Some(Ok((0, 10)))),
            ("bytes=10-", Some(Err(()))),
            ("bytes=-0", Some(Err(()))),
            ("bytes=5-4", None),
            ("bytes=0-1,3-4", None),
            ("bytes=+1-2", None),
            ("bytes=1-99999999999999999999", None),
            ("lines=1-2", None),
            ("bytes=-", None),
        ];
        for (range, wanted) in cases {
            assert_eq!(part(range, 10), wanted, "{range}");
        }
        assert_eq!(part("bytes=0-", 0), Some(Err(())));
    }
}

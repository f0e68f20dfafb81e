//! `stream T`: the items of an output one after the other, as lines of JSON or as server-sent events.
//!
//! The items are known before the first is sent; they are cut out and sent as fast as they are taken, and
//! nothing more is done once the caller has gone.
use super::Response;
use axum::body::Body;
use bytes::{Bytes, BytesMut};
use futures_util::stream;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue, StatusCode};
use std::convert::Infallible;

/// Bytes of one piece, if an item is not larger.
const PIECE: usize = 16 * 1024;

/// What ends a row of events, so that a browser does not take the end for a break and ask again.
const END: &[u8] = b"event: end\ndata:\n\n";

/// How items are sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As one JSON array.
    Array,
    /// Each in a line of its own.
    Lines,
    /// Each as an event (HTML standard, section 9.2).
    Events,
}

/// Forms by their media types.
const FORMS: [(&str, Form); 4] = [
    ("application/json", Form::Array),
    ("application/x-ndjson", Form::Lines),
    ("application/jsonl", Form::Lines),
    ("text/event-stream", Form::Events),
];

impl Form {
    /// The form that a caller likes best; an array where it does not say.
    pub(super) fn wanted(request: &HeaderMap) -> Self {
        let lines = request.get_all(ACCEPT).iter().filter_map(|line| line.to_str().ok());
        let mut best = (0.0, Self::Array);
        for one in lines.flat_map(|line| line.split(',')) {
            let mut parts = one.split(';').map(str::trim);
            let media = parts.next().unwrap_or("");
            let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Ok(1.0), str::parse::<f32>);
            let weight = weight.unwrap_or(0.0);
            let form = FORMS.iter().find(|(known, _)| media.eq_ignore_ascii_case(known));
            if let Some((_, form)) = form
                && weight > best.0
            {
                best = (weight, *form);
            }
        }
        best.1
    }

    const fn media(self) -> &'static str {
        match self {
            Self::Array => "application/json",
            Self::Lines => "application/x-ndjson",
            Self::Events => "text/event-stream",
        }
    }

    /// The answer with the items of an array that this runtime wrote.
    pub(super) fn answered(self, status: StatusCode, array: Bytes) -> Response {
        let mut response = Response::new(self.pieces(array));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.media()));
        headers.append(VARY, HeaderValue::from_static("Accept"));
        if self == Self::Events {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        response
    }

    fn pieces(self, array: Bytes) -> Body {
        let ended = self != Self::Events;
        Body::from_stream(stream::unfold(
            (Items { array, at: 1 }, ended),
            move |(mut items, ended)| async move {
                let mut piece = BytesMut::new();
                while piece.len() < PIECE
                    && let Some(item) = items.next()
                {
                    if self == Self::Events {
                        piece.extend_from_slice(b"data: ");
                    }
                    piece.extend_from_slice(&item);
                    piece.extend_from_slice(if self == Self::Events { b"\n\n" } else { b"\n" });
                }
                if piece.len() < PIECE && !ended {
                    piece.extend_from_slice(END);
                    return Some((Ok::<_, Infallible>(piece.freeze()), (items, true)));
                }
                (!piece.is_empty()).then(|| (Ok(piece.freeze()), (items, ended)))
            },
        ))
    }
}

/// The items of a JSON array, as they were written.
struct Items {
    array: Bytes,
    at: usize,
}

impl Iterator for Items {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        let begin = self.at;
        let (mut depth, mut quoted, mut escaped) = (0_u32, false, false);
        let inner = self.array.get(begin..self.array.len().checked_sub(1)?)?;
        let end = inner.iter().position(|byte| {
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                b'{' | b'[' if !quoted => depth += 1,
                b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
                b',' if !quoted => return depth == 0,
                _ => {}
            }
            false
        });
        let end = begin + end.unwrap_or(inner.len());
        if begin == end {
            return None;
        }
        self.at = (end + 1).min(self.array.len());
        Some(self.array.slice(begin..end))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::{Form, Items};
    use bytes::Bytes;
    use http::HeaderMap;
    use http::header::ACCEPT;

    #[test]
    fn items_are_cut_where_they_end() {
        let cut = |text: &'static str| -> Vec<String> {
            let items = Items { array: Bytes::from_static(text.as_bytes()), at: 1 };
            items.map(|item| String::from_utf8_lossy(&item).into_owned()).collect()
        };
        assert!(cut("[]").is_empty());
        assert_eq!(cut("[1]"), ["1"]);
        assert_eq!(
            cut(r#"[{"a":[1,2]},"x,]\"y",null,[[],{}]]"#),
            [r#"{"a":[1,2]}"#, r#""x,]\"y""#, "null", "[[],{}]"]
        );
    }

    #[test]
    fn the_caller_chooses_the_form() {
        let wanted = |accept: &str| {
            let headers = HeaderMap::from_iter([(ACCEPT, accept.parse().unwrap())]);
            Form::wanted(&headers)
        };
        assert_eq!(Form::wanted(&HeaderMap::new()), Form::Array);
        assert_eq!(wanted("*/*"), Form::Array);
        assert_eq!(wanted("text/event-stream"), Form::Events);
        assert_eq!(wanted("application/json;q=0.5, application/x-ndjson"), Form::Lines);
        assert_eq!(wanted("text/event-stream;q=0, application/jsonl;q=0.1"), Form::Lines);
        assert_eq!(wanted("text/html"), Form::Array);
    }
}

//! Answers that leave while their calls are under way: the items of a `stream` as lines of JSON, as server-sent events
//! or as one array, and how far a call is as events before its answer.
//!
//! Nothing more is made once the caller has gone.
use super::exit::Exit;
use super::problem::problem_text;
use super::under_way::{Next, UnderWay};
use super::wrap::Wrap;
use super::{Response, coding};
use crate::call::{Answer, Ending, Refusal, RequestId};
use crate::progress::Told;
use crate::service::Service;
use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde_json::json;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// As many bytes of an array are made before any of it leaves: what ends or fails before is answered as a whole.
const PIECE: usize = 16 * 1024;

/// What ends a row of events, so that a browser does not take the end for a break and ask again.
const END: &[u8] = b"event: end\ndata:\n\n";

/// How long a row of events is quiet before it says that it goes on: what stands between may close what seems idle.
const QUIET: Duration = Duration::from_secs(15);

/// Which it says by a comment (HTML standard, section 9.2.7).
const COMMENT: &[u8] = b":\n\n";

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

    /// An answer in this form, whose body is in gzip or not.
    pub(super) fn head(self, status: StatusCode, body: Body, packs: bool) -> Response {
        let mut response = Response::new(body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.media()));
        if self == Self::Events {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        if packs {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding::GZIP));
        }
        response
    }

    /// The items of an array that this runtime wrote.
    pub(super) fn text(self, array: Bytes) -> Bytes {
        if self == Self::Array {
            return array;
        }
        let mut out = Vec::with_capacity(array.len());
        Items { array, at: 1 }.for_each(|item| self.item(&item, true, &mut out));
        out.extend_from_slice(self.end());
        Bytes::from(out)
    }

    /// Adds an item.
    fn item(self, item: &[u8], first: bool, out: &mut Vec<u8>) {
        let [before, behind]: [&[u8]; 2] = match self {
            Self::Array => [if first { b"[" } else { b"," }, b""],
            Self::Lines => [b"", b"\n"],
            Self::Events => [b"data: ", b"\n\n"],
        };
        out.extend_from_slice(before);
        out.extend_from_slice(item);
        out.extend_from_slice(behind);
    }

    /// What stands behind the last item.
    const fn end(self) -> &'static [u8] {
        match self {
            Self::Array => b"]",
            Self::Lines => b"",
            Self::Events => END,
        }
    }
}

/// An answer that leaves while its call is under way.
pub(super) struct Sent {
    pub(super) form: Form,
    /// The envelope of a whole answer.
    pub(super) wrap: Option<Arc<Wrap>>,
    /// Whether the answer is items.
    pub(super) streams: bool,
    pub(super) service: Service,
    pub(super) id: RequestId,
    pub(super) call: UnderWay,
    /// Whether nothing has been sent yet.
    pub(super) first: bool,
}

impl Sent {
    /// Sends what comes of a call; what ends before anything has left is answered as a whole.
    pub(super) async fn answer(mut self, exit: &Exit, request: &HeaderMap) -> Result<Response, Refusal> {
        let mut begun = Vec::new();
        let least = if self.form == Form::Array { PIECE } else { 1 };
        while begun.len() < least {
            match self.call.next().await {
                Next::Ended(result) => {
                    let mut answer = result?;
                    if !begun.is_empty() {
                        begun.extend_from_slice(self.form.end());
                        answer.body = Bytes::from(begun);
                    }
                    return Ok(exit.answered(answer, request));
                }
                Next::Items(items) => self.items(&items, &mut begun),
                Next::Told(told) => begun.extend_from_slice(&step(&told)),
            }
        }
        let form = self.form;
        let pieces = stream::unfold(Some((begun, self)), |state| async move {
            let (begun, mut sent) = state?;
            if !begun.is_empty() {
                return Some((Ok(begun), Some((Vec::new(), sent))));
            }
            let next = match sent.form {
                Form::Events => sent.call.within(QUIET).await,
                Form::Array | Form::Lines => Some(sent.call.next().await),
            };
            let Some(next) = next else { return Some((Ok(COMMENT.to_vec()), Some((Vec::new(), sent)))) };
            let mut piece = Vec::new();
            match next {
                Next::Items(items) => sent.items(&items, &mut piece),
                Next::Told(told) => piece.extend_from_slice(&step(&told)),
                Next::Ended(result) => return Some((sent.ended(result, piece), None)),
            }
            Some((Ok(piece), Some((Vec::new(), sent))))
        });
        let packs = exit.packs(request, None);
        let body = if packs { coding::packed_as_they_come(pieces) } else { Body::from_stream(pieces) };
        Ok(form.head(exit.status(), body, packs))
    }

    /// Adds items that stand in lines.
    fn items(&mut self, lines: &[u8], out: &mut Vec<u8>) {
        if self.form == Form::Lines {
            return out.extend_from_slice(lines);
        }
        let mut from = 0;
        for end in memchr::memchr_iter(b'\n', lines) {
            self.form.item(lines.get(from..end).unwrap_or_default(), self.first, out);
            (self.first, from) = (false, end + 1);
        }
    }

    /// What stands at the end: what is left of the answer, or the problem of a call that has failed; an array, which
    /// has no place for that, breaks off.
    fn ended(&mut self, result: Result<Answer, Refusal>, mut out: Vec<u8>) -> io::Result<Vec<u8>> {
        match result {
            Ok(answer) if self.streams && answer.ending == Ending::Output => {
                for item in (Items { array: answer.body, at: 1 }) {
                    self.form.item(&item, std::mem::take(&mut self.first), &mut out);
                }
                out.extend_from_slice(self.form.end());
            }
            Ok(answer) => out.extend_from_slice(&event(
                "end",
                &match &self.wrap {
                    Some(wrap) if answer.ending == Ending::Output => wrap.around(&answer.body),
                    _ => answer.body,
                },
            )),
            Err(refusal) => {
                let program = self.service.program();
                let status = program.faults[refusal.fault].status;
                let mut told = format!("{{\"status\":{status},\"problem\":").into_bytes();
                told.extend_from_slice(&problem_text(program, &refusal, self.id).0);
                told.push(b'}');
                match self.form {
                    Form::Array => return Err(io::Error::other("the call has failed")),
                    Form::Lines => self.form.item(&told, false, &mut out),
                    Form::Events => out.extend_from_slice(&event("problem", &told)),
                }
            }
        }
        Ok(out)
    }
}

/// An event with a name, and with data of one line.
pub(super) fn event(name: &str, data: &[u8]) -> Bytes {
    let data = data.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte });
    format!("event: {name}\ndata: ").into_bytes().into_iter().chain(data).chain(*b"\n\n").collect()
}

/// How far a call is, as an event.
fn step(told: &Told) -> Bytes {
    let step = json!({ "done": told.done, "total": told.total, "text": told.text });
    event("progress", step.to_string().as_bytes())
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

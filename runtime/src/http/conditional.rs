//! Conditional requests (RFC 9110, section 13): whether a caller has what it asks for already.
use crate::Refusal;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, IF_UNMODIFIED_SINCE};
use http::{HeaderMap, HeaderName, HeaderValue};
use quater_ir::fault::MALFORMED;
use sha2::{Digest, Sha256};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What tells one state of a thing from another.
#[derive(Debug, Clone)]
pub(super) struct Validators {
    /// The same only for the same bytes.
    pub(super) tag: HeaderValue,
    /// When it was changed, where that is known, in whole seconds.
    pub(super) modified: Option<SystemTime>,
}

/// What becomes of a request that reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is answered.
    Go,
    /// The caller has it already: 304.
    NotModified,
    /// It is not what the caller thinks: 412.
    Failed,
}

/// The tag of a text: of its bytes.
pub(super) fn tag(text: &[u8]) -> Option<HeaderValue> {
    let digest = Sha256::digest(text);
    HeaderValue::try_from(format!("\"{}\"", URL_SAFE_NO_PAD.encode(digest.get(..16)?))).ok()
}

/// Refuses a condition of a request that may write. What is there is not compared before the write, and whoever asks for
/// that relies on it.
pub(super) fn refuse(request: &HeaderMap) -> Result<(), Refusal> {
    let conditions = [
        (IF_MATCH, "If-Match"),
        (IF_NONE_MATCH, "If-None-Match"),
        (IF_UNMODIFIED_SINCE, "If-Unmodified-Since"),
    ];
    let given = conditions.iter().find(|(name, _)| request.contains_key(name));
    given.map_or(Ok(()), |(_, title)| {
        let message = format!(
            "nothing is done: `{title}` is not compared before a write here; send the call without it, and compare by an \
             input of the operation"
        );
        Err(Refusal::saying(MALFORMED, message))
    })
}

impl Validators {
    /// Of a text that has no date.
    pub(super) fn of(text: &[u8]) -> Option<Self> {
        Some(Self { tag: tag(text)?, modified: None })
    }

    /// Of the same text in a coding, which is other bytes (RFC 9110, section 8.8.3.3).
    pub(super) fn coded(self, coding: &str) -> Self {
        let own = self.tag.to_str().ok().and_then(|tag| tag.strip_suffix('"'));
        let tag = own.and_then(|own| HeaderValue::try_from(format!("{own}-{coding}\"")).ok());
        Self { tag: tag.unwrap_or(self.tag), ..self }
    }

    /// What the conditions of a request come to, in the order of RFC 9110, section 13.2.2.
    pub(super) fn judge(&self, request: &HeaderMap) -> Verdict {
        if request.contains_key(IF_MATCH) {
            if !self.among(request, &IF_MATCH, false) {
                return Verdict::Failed;
            }
        } else if let (Some(since), Some(modified)) = (date(request, &IF_UNMODIFIED_SINCE), self.modified)
            && modified > since
        {
            return Verdict::Failed;
        }
        let known = if request.contains_key(IF_NONE_MATCH) {
            self.among(request, &IF_NONE_MATCH, true)
        } else {
            let since = date(request, &IF_MODIFIED_SINCE);
            since.zip(self.modified).is_some_and(|(since, modified)| modified <= since)
        };
        if known { Verdict::NotModified } else { Verdict::Go }
    }

    /// Whether a range may be taken: it is of what the caller has a part of already.
    pub(super) fn in_range(&self, request: &HeaderMap) -> bool {
        let Some(given) = request.get(IF_RANGE) else { return true };
        given == self.tag || (self.modified.is_some() && date(request, &IF_RANGE) == self.modified)
    }

    fn among(&self, request: &HeaderMap, name: &HeaderName, weak: bool) -> bool {
        let given = request.get_all(name).iter().filter_map(|value| value.to_str().ok());
        let mut tags = given.flat_map(|value| value.split(',')).map(str::trim);
        let own = self.tag.as_bytes();
        tags.any(|one| {
            let one = if weak { one.strip_prefix("W/").unwrap_or(one) } else { one };
            one == "*" || one.as_bytes() == own
        })
    }
}

fn date(request: &HeaderMap, name: &HeaderName) -> Option<SystemTime> {
    httpdate::parse_http_date(request.get(name)?.to_str().ok()?).ok()
}

/// A time without the part of its second, as dates of HTTP have it.
pub(super) fn whole(time: SystemTime) -> SystemTime {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    UNIX_EPOCH + Duration::from_secs(since.as_secs())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::{Validators, Verdict};
    use http::{HeaderMap, HeaderName, HeaderValue};

    /// Each line: headers, what they come to for something with the tag `"a"`, changed at 10:00.
    const CASES: &str = r#"
        -                                                                              ; Go
        if-none-match: "a"                                                             ; NotModified
        if-none-match: W/"a"                                                           ; NotModified
        if-none-match: "b", "a"                                                        ; NotModified
        if-none-match: *                                                               ; NotModified
        if-none-match: "b"                                                             ; Go
        if-none-match: "b" | if-modified-since: Wed, 25 Nov 2026 11:00:00 GMT          ; Go
        if-modified-since: Wed, 25 Nov 2026 10:00:00 GMT                               ; NotModified
        if-modified-since: Wed, 25 Nov 2026 09:59:59 GMT                               ; Go
        if-modified-since: yesterday                                                   ; Go
        if-match: "a"                                                                  ; Go
        if-match: *                                                                    ; Go
        if-match: W/"a"                                                                ; Failed
        if-match: "b"                                                                  ; Failed
        if-match: "a" | if-unmodified-since: Wed, 25 Nov 2026 09:00:00 GMT             ; Go
        if-unmodified-since: Wed, 25 Nov 2026 09:59:59 GMT                             ; Failed
        if-unmodified-since: Wed, 25 Nov 2026 10:00:00 GMT                             ; Go
        if-match: "a" | if-none-match: "a"                                             ; NotModified"#;

    #[test]
    fn conditions_come_to_what_is_listed() {
        let modified = httpdate::parse_http_date("Wed, 25 Nov 2026 10:00:00 GMT").unwrap();
        let own = Validators { tag: HeaderValue::from_static("\"a\""), modified: Some(modified) };
        for case in CASES.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (given, verdict) = case.rsplit_once(" ; ").unwrap();
            let mut headers = HeaderMap::new();
            for header in given.split(" | ").map(str::trim).filter(|header| *header != "-") {
                let (name, value) = header.split_once(": ").unwrap();
                headers.append(name.parse::<HeaderName>().unwrap(), value.parse().unwrap());
            }
            assert_eq!(format!("{:?}", own.judge(&headers)), verdict.trim(), "{case}");
        }
        assert_eq!(own.judge(&HeaderMap::new()), Verdict::Go);
    }
}

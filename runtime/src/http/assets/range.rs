//! Parts of a file (RFC 9110, section 14): one range; who asks for several gets the whole.
use http::HeaderMap;
use http::header::RANGE;

/// What of a file is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Range {
    Whole,
    Part {
        from: u64,
        count: u64,
    },
    /// Nothing that is there.
    Beyond,
}

/// What a request asks for of so many bytes; a header that says nothing sensible is passed over.
pub(super) fn of(request: &HeaderMap, length: u64) -> Range {
    let text = request.get(RANGE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let Some(set) = text.strip_prefix("bytes=") else { return Range::Whole };
    let Some((first, last)) = set.split_once('-') else { return Range::Whole };
    let (first, last) = (first.trim(), last.trim());
    let number =
        |text: &str| text.bytes().all(|it| it.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten();
    if first.is_empty() {
        return match number(last) {
            Some(0) => Range::Beyond,
            Some(_) if length == 0 => Range::Beyond,
            Some(count) => part(length.saturating_sub(count), length - 1),
            None => Range::Whole,
        };
    }
    let Some(first) = number(first) else { return Range::Whole };
    let last = if last.is_empty() { Some(u64::MAX) } else { number(last) };
    match last {
        Some(last) if last < first => Range::Whole,
        Some(_) if first >= length => Range::Beyond,
        Some(last) => part(first, last.min(length - 1)),
        None => Range::Whole,
    }
}

const fn part(from: u64, last: u64) -> Range {
    Range::Part { from, count: last - from + 1 }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::of;
    use http::HeaderMap;
    use http::header::RANGE;

    /// Each line: the header, what it asks for of ten bytes.
    const CASES: &str = "
        bytes=0-3                     ; Part { from: 0, count: 4 }
        bytes=4-                      ; Part { from: 4, count: 6 }
        bytes=9-9                     ; Part { from: 9, count: 1 }
        bytes=4-99                    ; Part { from: 4, count: 6 }
        bytes=-3                      ; Part { from: 7, count: 3 }
        bytes=-99                     ; Part { from: 0, count: 10 }
        bytes=10-                     ; Beyond
        bytes=-0                      ; Beyond
        bytes=3-2                     ; Whole
        bytes=0-1,4-5                 ; Whole
        bytes=a-b                     ; Whole
        bytes=+1-2                    ; Whole
        bytes=-                       ; Whole
        bytes=                        ; Whole
        lines=0-3                     ; Whole
        bytes=18446744073709551615-   ; Beyond
        bytes=18446744073709551616-   ; Whole
        bytes=0-18446744073709551615  ; Part { from: 0, count: 10 }";

    #[test]
    fn ranges_are_read_as_listed() {
        for case in CASES.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (given, expected) = case.split_once(" ; ").unwrap();
            let headers = HeaderMap::from_iter([(RANGE, given.trim().parse().unwrap())]);
            assert_eq!(format!("{:?}", of(&headers, 10)), expected.trim(), "{case}");
            if !expected.contains("Whole") {
                assert_eq!(format!("{:?}", of(&headers, 0)), "Beyond", "{case} of nothing");
            }
        }
    }
}

//! Text of URLs and cookies.
use std::borrow::Cow;

/// Percent-decoded text (RFC 3986, section 2.1); nothing where it is no UTF-8 or badly encoded.
pub(crate) fn decode(text: &str, plus_is_space: bool) -> Option<Cow<'_, str>> {
    let encoded = |it: char| it == '%' || plus_is_space && it == '+';
    if !text.contains(encoded) {
        return Some(Cow::Borrowed(text));
    }
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => nibble(bytes.next()?)? << 4 | nibble(bytes.next()?)?,
            b'+' if plus_is_space => b' ',
            other => other,
        });
    }
    String::from_utf8(decoded).ok().map(Cow::Owned)
}

fn nibble(digit: u8) -> Option<u8> {
    (digit as char).to_digit(16).map(|it| it as u8)
}

/// Names and values of a query string, still encoded.
pub(crate) fn pairs(query: &str) -> impl Iterator<Item = (&str, &str)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// The values of cookies of one name (RFC 6265, section 5.4). Browsers send what other pages of the site have set as
/// it is, so a header is bytes: of them only a value that somebody wants has to be text.
pub(crate) fn cookies<'a>(header: &'a [u8], name: &str) -> impl Iterator<Item = &'a [u8]> {
    header.split(|byte| *byte == b';').filter_map(move |pair| {
        let (its, value) = pair.trim_ascii().split_at_checked(name.len())?;
        let value = value.strip_prefix(b"=").filter(|_| its == name.as_bytes())?;
        Some(value.strip_prefix(b"\"").and_then(|it| it.strip_suffix(b"\"")).unwrap_or(value))
    })
}

/// A value of a header or of a cookie, where it is text: visible ASCII (RFC 9110, section 5.5).
pub(crate) fn visible(value: &[u8]) -> Option<&str> {
    let text = value.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
    std::str::from_utf8(value).ok().filter(|_| text)
}

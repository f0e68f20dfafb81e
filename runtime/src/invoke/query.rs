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

/// The value of a cookie.
pub(super) fn cookie<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    cookies(header, name).next()
}

/// The values of cookies of one name (RFC 6265, section 5.4).
pub(crate) fn cookies<'a>(header: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let pairs = header.split(';').filter_map(|pair| pair.trim().split_once('='));
    let values = pairs.filter(move |(its, _)| *its == name).map(|(_, value)| value);
    values.map(|value| value.strip_prefix('"').and_then(|it| it.strip_suffix('"')).unwrap_or(value))
}

//! Content codings (RFC 9110, section 8.4): which of them a caller takes, and answers in gzip.
use axum::body::Body;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::{Stream, StreamExt, stream};
use http::HeaderMap;
use http::header::ACCEPT_ENCODING;
use std::io::{self, Write};

/// The coding that answers are packed in.
pub(super) const GZIP: &str = "gzip";

/// What is smaller is sent as it is: its head is longer than what could be saved.
const LEAST: usize = 1024;

/// As many bytes are packed at once, so that nobody waits long for others' answers.
const PIECE: usize = 64 * 1024;

/// Codings that a caller says how much it likes.
pub(super) struct Wanted<'h>(Vec<(&'h str, f32)>);

impl<'h> Wanted<'h> {
    /// Those of a request (RFC 9110, section 12.5.3).
    pub(super) fn of(request: &'h HeaderMap) -> Self {
        let lines = request.get_all(ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
        let weighed = |one: &'h str| {
            let (name, weight) = one.split_once(';').unwrap_or((one, ""));
            let weight = weight.trim();
            let weight = weight.strip_prefix("q=").or_else(|| weight.strip_prefix("Q="));
            (name.trim(), weight.map_or(Ok(1.0), |weight| weight.trim().parse()).unwrap_or(0.0))
        };
        Self(lines.flat_map(|line| line.split(',')).map(weighed).collect())
    }

    /// How much it likes a coding; nothing where it does not say.
    fn weight(&self, name: &str) -> Option<f32> {
        let named = self.0.iter().find(|(own, _)| own.eq_ignore_ascii_case(name));
        named.or_else(|| self.0.iter().find(|(own, _)| *own == "*")).map(|(_, weight)| *weight)
    }

    /// Whether it takes a coding.
    pub(super) fn takes(&self, name: &str) -> bool {
        self.weight(name).is_some_and(|weight| weight > 0.0)
    }

    /// Whether it takes gzip, and likes nothing done to an answer no better.
    fn gzip(&self) -> bool {
        let plain = self.0.iter().find(|(own, _)| own.eq_ignore_ascii_case("identity"));
        let plain = plain.map_or(0.0, |(_, weight)| *weight);
        let packed = [GZIP, "x-gzip"].into_iter().filter_map(|name| self.weight(name)).next();
        packed.is_some_and(|weight| weight > 0.0 && weight >= plain)
    }
}

/// Whether an answer of so many bytes leaves in gzip; of one whose end is not known, whatever it comes to.
pub(super) fn packs(request: &HeaderMap, length: Option<usize>) -> bool {
    length.is_none_or(|length| length >= LEAST) && Wanted::of(request).gzip()
}

/// A text in gzip.
pub(super) fn packed(text: Bytes) -> Body {
    if text.len() <= PIECE
        && let Ok(packed) = at_once(&text)
    {
        return Body::from(packed);
    }
    let froms = (0..text.len()).step_by(PIECE);
    let pieces = froms.map(move |from| Ok(text.slice(from..text.len().min(from + PIECE))));
    Body::from_stream(packing(stream::iter(pieces), false))
}

fn at_once(text: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = encoder();
    encoder.write_all(text)?;
    encoder.finish()
}

/// Pieces in gzip as they come; each of them can be read as soon as it has arrived.
pub(super) fn packed_as_they_come<P>(pieces: impl Stream<Item = io::Result<P>> + Send + 'static) -> Body
where
    P: AsRef<[u8]> + Send + 'static,
{
    Body::from_stream(packing(pieces, true))
}

fn packing<P: AsRef<[u8]>>(
    pieces: impl Stream<Item = io::Result<P>> + Send + 'static,
    flushes: bool,
) -> impl Stream<Item = io::Result<Vec<u8>>> + Send {
    stream::unfold(Some((Box::pin(pieces), encoder())), move |state| async move {
        let (mut pieces, mut encoder) = state?;
        loop {
            let Some(piece) = pieces.next().await else { return Some((encoder.finish(), None)) };
            let written = piece.and_then(|piece| {
                encoder.write_all(piece.as_ref())?;
                if flushes { encoder.flush() } else { Ok(()) }
            });
            if let Err(error) = written {
                return Some((Err(error), None));
            }
            let out = std::mem::take(encoder.get_mut());
            if !out.is_empty() {
                return Some((Ok(out), Some((pieces, encoder))));
            }
        }
    })
}

fn encoder() -> GzEncoder<Vec<u8>> {
    GzEncoder::new(Vec::new(), Compression::fast())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::{LEAST, packs};
    use http::HeaderMap;
    use http::header::ACCEPT_ENCODING;

    /// Each line: what a request says, and whether it is answered in gzip.
    const CASES: &str = "
        gzip                          ; true
        GZIP                          ; true
        x-gzip                        ; true
        br, gzip                      ; true
        br;q=1.0, gzip;q=0.1          ; true
        *                             ; true
        *;q=0.5                       ; true
        identity;q=0, gzip            ; true
        gzip;q=1.0, identity; q=0.5   ; true
        gzip;q=0.5, identity          ; false
        identity                      ; false
        gzip;q=0                      ; false
        gzip;q=0, *                   ; false
        gzip;q=0.000, *;q=1           ; false
        *;q=0                         ; false
        gzip;q=much                   ; false
        br                            ; false
        -                             ; false";

    #[test]
    fn gzip_goes_to_who_takes_it() {
        for case in CASES.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (said, expected) = case.rsplit_once(';').unwrap();
            let mut headers = HeaderMap::new();
            if said.trim() != "-" {
                headers.insert(ACCEPT_ENCODING, said.trim().parse().unwrap());
            }
            assert_eq!(packs(&headers, None).to_string(), expected.trim(), "{said}");
            assert_eq!(packs(&headers, Some(LEAST)).to_string(), expected.trim(), "{said}");
            assert!(!packs(&headers, Some(LEAST - 1)), "{said}");
        }
    }
}

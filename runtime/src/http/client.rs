//! Whose request it is, behind proxies.
//!
//! Each proxy writes the address that it saw to the right of what it was sent. So behind `n` of them the
//! `n`-th from the right was written by the outermost, which saw the client; what stands to its left the
//! client can have made up.
use crate::Refusal;
use http::header::FORWARDED;
use http::{HeaderMap, HeaderName};
use quater_ir::fault::MALFORMED;
use std::net::{IpAddr, SocketAddr};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// How many proxies stand before a service.
#[derive(Debug, Clone, Copy)]
pub(super) struct Proxies(pub(super) u32);

impl Proxies {
    /// The client's address: of the connection, or what the outermost proxy says. None where that one says
    /// that it does not know.
    ///
    /// # Errors
    /// `Malformed` where the two headers name different clients: of one that the proxies do not write,
    /// all is made up, and which one that is is not known here.
    pub(super) fn client(self, peer: Option<IpAddr>, headers: &HeaderMap) -> Result<Option<IpAddr>, Refusal> {
        if self.0 == 0 {
            return Ok(peer);
        }
        let usual = self.outermost(headers, &X_FORWARDED_FOR, address);
        let standard = self.outermost(headers, &FORWARDED, forwarded_for);
        match (usual, standard) {
            (None, None) => Ok(peer),
            (Some(client), None) | (None, Some(client)) => Ok(client),
            (Some(one), Some(other)) if one == other => Ok(one),
            (Some(_), Some(_)) => {
                let message = "`X-Forwarded-For` and `Forwarded` name different clients";
                Err(Refusal::saying(MALFORMED, message))
            }
        }
    }

    /// What the outermost proxy says in a header; none where there is no such header. A request that has met
    /// fewer of them, as of a probe within, has fewer entries: then it is the first.
    fn outermost(
        self,
        headers: &HeaderMap,
        name: &HeaderName,
        read: impl Fn(&str) -> Option<IpAddr>,
    ) -> Option<Option<IpAddr>> {
        let lines: Vec<&str> = headers.get_all(name).iter().map(|line| line.to_str().unwrap_or("")).collect();
        let entries = lines.iter().rev().flat_map(|line| entries(line).into_iter().rev());
        entries.take(self.0 as usize).last().map(read)
    }
}

/// What commas divide, those in quotes aside.
fn entries(line: &str) -> Vec<&str> {
    divided(line, ',')
}

fn divided(text: &str, by: char) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    let outside = |letter: char| {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        letter == by && !quoted
    };
    text.split(outside).map(str::trim).collect()
}

/// The `for` of an element of `Forwarded` (RFC 7239, section 4).
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let pairs = divided(element, ';').into_iter().filter_map(|pair| pair.split_once('='));
    let node =
        pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for")).map(|(_, node)| node).next()?;
    address(node)
}

/// An address, perhaps in quotes or brackets, perhaps with a port; none for `unknown` and names.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let text = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let ip = bare.parse::<IpAddr>().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|it| it.ip()));
    ip.map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::{Proxies, X_FORWARDED_FOR};
    use http::HeaderMap;
    use http::header::FORWARDED;

    /// Each line: proxies, lines of `X-Forwarded-For`, lines of `Forwarded`, the client. `|` parts the lines of a
    /// header, `-` is none of them; the connection comes from 10.0.0.1.
    const CASES: &str = r#"
        0 ; 6.6.6.6                      ; -                                    ; 10.0.0.1
        0 ; 6.6.6.6                      ; for=7.7.7.7                          ; 10.0.0.1
        1 ; -                            ; -                                    ; 10.0.0.1
        1 ; 1.2.3.4                      ; -                                    ; 1.2.3.4
        1 ; 6.6.6.6, 1.2.3.4             ; -                                    ; 1.2.3.4
        1 ; 6.6.6.6 | 1.2.3.4            ; -                                    ; 1.2.3.4
        1 ; 6.6.6.6,1.2.3.4:5678         ; -                                    ; 1.2.3.4
        1 ; 6.6.6.6, [2001:db8::7]:443   ; -                                    ; 2001:db8::7
        1 ; 6.6.6.6, 2001:db8::7         ; -                                    ; 2001:db8::7
        1 ; ::ffff:1.2.3.4               ; -                                    ; 1.2.3.4
        1 ; 6.6.6.6, unknown             ; -                                    ; nobody
        1 ; 6.6.6.6,                     ; -                                    ; nobody
        2 ; 1.2.3.4, 10.0.0.2            ; -                                    ; 1.2.3.4
        2 ; 6.6.6.6, 1.2.3.4, 10.0.0.2   ; -                                    ; 1.2.3.4
        2 ; 6.6.6.6, 1.2.3.4 | 10.0.0.2  ; -                                    ; 1.2.3.4
        2 ; 1.2.3.4                      ; -                                    ; 1.2.3.4
        1 ; -                            ; for=1.2.3.4                          ; 1.2.3.4
        1 ; -                            ; For="[2001:db8::7]:47";proto=https   ; 2001:db8::7
        1 ; -                            ; for=6.6.6.6, proto=http;for=1.2.3.4  ; 1.2.3.4
        1 ; -                            ; for="6.6.6.6, for=7.7.7.7", for=1.2.3.4 ; 1.2.3.4
        1 ; -                            ; for=6.6.6.6, for=_hidden             ; nobody
        1 ; -                            ; for=6.6.6.6, proto=https             ; nobody
        1 ; 1.2.3.4                      ; for=1.2.3.4                          ; 1.2.3.4
        1 ; 6.6.6.6, 1.2.3.4             ; for=7.7.7.7                          ; refused
        1 ; 6.6.6.6                      ; for=7.7.7.7, for=1.2.3.4             ; refused"#;

    #[test]
    fn clients_are_found_as_listed() {
        for case in CASES.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (count, rest) = case.split_once(" ; ").unwrap();
            let (usual, rest) = rest.split_once(" ; ").unwrap();
            let (standard, client) = rest.rsplit_once(" ; ").unwrap();
            let mut headers = HeaderMap::new();
            for (name, lines) in [(X_FORWARDED_FOR, usual), (FORWARDED, standard)] {
                for line in lines.split('|').map(str::trim).filter(|line| *line != "-") {
                    headers.append(name.clone(), line.parse().unwrap());
                }
            }
            let peer = Some("10.0.0.1".parse().unwrap());
            let found = match Proxies(count.parse().unwrap()).client(peer, &headers) {
                Ok(ip) => ip.map_or("nobody".to_owned(), |ip| ip.to_string()),
                Err(_) => "refused".to_owned(),
            };
            assert_eq!(found, client.trim(), "{case}");
        }
    }
}

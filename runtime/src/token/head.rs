//! The header of a token, read before anything of it is believed.
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm as Signing;
use serde_json::{Map, Value as Json};
use std::str::FromStr;

/// Most bytes of a token.
const TOKEN: usize = 16 * 1024;

/// Most bytes of the name of a key.
const NAME: usize = 256;

/// What a token may call itself; others are made for something else (RFC 8725, section 3.11).
const TYPES: [&str; 3] = ["jwt", "at+jwt", "application/at+jwt"];

/// What a header says that matters.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) algorithm: Signing,
    /// The name of the key.
    pub(super) key: Option<String>,
}

impl Head {
    /// The header, if it names one of the algorithms and demands nothing that is not understood here.
    pub(super) fn read(token: &str, algorithms: &[Signing]) -> Option<Self> {
        if token.len() > TOKEN {
            return None;
        }
        let (encoded, _) = token.split_once('.')?;
        let header: Map<String, Json> =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(encoded).ok()?).ok()?;
        if ["crit", "b64", "enc", "zip"].iter().any(|name| header.contains_key(*name)) {
            return None;
        }
        if let Some(kind) = header.get("typ") {
            let kind = kind.as_str()?;
            TYPES.iter().find(|known| kind.eq_ignore_ascii_case(known))?;
        }
        let algorithm = Signing::from_str(header.get("alg")?.as_str()?).ok()?;
        let algorithm = algorithms.iter().copied().find(|known| *known == algorithm)?;
        let key = match header.get("kid") {
            None => None,
            Some(name) => Some(name.as_str().filter(|name| name.len() <= NAME)?.to_owned()),
        };
        Some(Self { algorithm, key })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const RSA: [Signing; 2] = [Signing::RS256, Signing::ES256];

    fn read(header: &str) -> Option<Head> {
        Head::read(&format!("{}.e30.", URL_SAFE_NO_PAD.encode(header)), &RSA)
    }

    #[test]
    fn a_header_names_a_known_algorithm_or_nothing() {
        let refused = [
            r#"{"alg":"none"}"#,
            r#"{"alg":"None"}"#,
            r#"{"alg":"HS256"}"#,
            r#"{"alg":"rs256"}"#,
            r#"{"alg":"RS512"}"#,
            r#"{"alg":["RS256"]}"#,
            r#"{"typ":"JWT"}"#,
            r#"{"alg":"RS256","typ":"logout+jwt"}"#,
            r#"{"alg":"RS256","typ":1}"#,
            r#"{"alg":"RS256","kid":1}"#,
            r#"{"alg":"RS256","kid":null}"#,
            r#"{"alg":"RS256","crit":["exp"]}"#,
            r#"{"alg":"RS256","b64":false}"#,
            r#"{"alg":"RS256","zip":"DEF"}"#,
            "RS256",
            "",
        ];
        for header in refused {
            assert_eq!(read(header), None, "{header}");
        }
        let taken = read(r#"{"alg":"ES256","typ":"at+JWT","kid":"../../etc/passwd","jku":"https://evil"}"#);
        assert_eq!(taken.unwrap().key.unwrap(), "../../etc/passwd");
        assert_eq!(Head::read("no token", &RSA), None);
        assert_eq!(read(&format!(r#"{{"alg":"RS256","kid":"{}"}}"#, "x".repeat(300))), None);
    }
}

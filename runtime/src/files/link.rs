//! Links: what is known of a file, until when it may be had, and a signature over both.
use crate::kernel::secret;
use crate::value::File;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// Longest link that is looked at.
const LONGEST: usize = 2_048;

/// What a link says of the file that it leads to.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Linked {
    #[serde(rename = "k")]
    pub(crate) key: SmolStr,
    #[serde(rename = "n")]
    pub(crate) name: SmolStr,
    #[serde(rename = "t")]
    pub(crate) media: SmolStr,
    #[serde(rename = "d")]
    pub(crate) digest: SmolStr,
    /// Until when it holds, in milliseconds since 1970; none for as long as the file.
    #[serde(rename = "e", skip_serializing_if = "Option::is_none", default)]
    pub(crate) until: Option<i64>,
}

/// The last part of the URL of a file.
pub(crate) fn ticket(key: &[u8], file: &File, until: Option<i64>) -> Option<String> {
    let linked = Linked {
        key: file.key.clone(),
        name: file.name.clone(),
        media: file.media.clone(),
        digest: file.digest.clone(),
        until,
    };
    let text = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&linked).ok()?);
    let seal = URL_SAFE_NO_PAD.encode(secret::seal(key, &sealed(&text))?);
    Some(format!("{text}.{seal}"))
}

/// What a link says that this service has made and that still holds.
pub(crate) fn linked(key: &[u8], ticket: &str, now: i64) -> Option<Linked> {
    let (text, seal) = ticket.split_once('.').filter(|_| ticket.len() <= LONGEST)?;
    let seal = URL_SAFE_NO_PAD.decode(seal).ok()?.try_into().ok()?;
    if !secret::is_sealed(key, &sealed(text), &seal) {
        return None;
    }
    let linked: Linked = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    linked.until.is_none_or(|until| now < until).then_some(linked)
}

/// What is sealed: nothing else of this service begins so.
fn sealed(text: &str) -> Vec<u8> {
    [b"link\0", text.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn a_link_is_what_this_service_made_while_it_holds() {
        let (own, other) = ([1; 32], [2; 32]);
        let file = File { name: "a.png".into(), media: "image/png".into(), ..File::sample() };
        let made = ticket(&own, &file, Some(1_000)).unwrap();
        assert_eq!(linked(&own, &made, 999).unwrap().name, "a.png");
        assert_eq!(linked(&own, &made, 1_000), None, "it has ended");
        assert_eq!(linked(&other, &made, 999), None, "made by another");
        assert!(linked(&own, &ticket(&own, &file, None).unwrap(), i64::MAX).is_some());
        let (text, seal) = made.split_once('.').unwrap();
        let later = String::from_utf8(URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap().replace("1000", "9000");
        for forged in [
            format!("{}.{seal}", URL_SAFE_NO_PAD.encode(later)),
            format!("{text}."),
            text.to_owned(),
            format!("{text}.{seal}{seal}"),
            format!("{}{made}", "A".repeat(3_000)),
            String::new(),
        ] {
            assert_eq!(linked(&own, &forged, 0), None, "{forged}");
        }
    }
}

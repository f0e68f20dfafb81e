//! Where a page ended, signed.
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use quater_bench::problem::{Problem, Violation};
use sha2::Sha256;
use uuid::Uuid;

pub struct Cursors {
    key: Hmac<Sha256>,
}

/// The last row of a page: when it was placed, in milliseconds, and its key.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub placed: i64,
    pub id: Uuid,
}

impl Cursors {
    pub fn new(secret: &[u8]) -> Self {
        // Takes keys of every length.
        let key = <Hmac<Sha256> as Mac>::new_from_slice(secret);
        Self { key: key.unwrap_or_else(|_| <Hmac<Sha256> as Mac>::new(&Default::default())) }
    }

    /// The status is part of what is signed, so that a cursor goes on with the list that it came from.
    pub fn seal(&self, place: Place, status: &str) -> String {
        let mut bytes = place.placed.to_be_bytes().to_vec();
        bytes.extend_from_slice(place.id.as_bytes());
        let mac = self.mac(&bytes, status).finalize().into_bytes();
        bytes.extend_from_slice(mac.get(..16).unwrap_or_default());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    pub fn open(&self, text: &str, status: &str) -> Result<Place, Problem> {
        self.opened(text, status).ok_or_else(|| {
            let detail = "is not a cursor of this list".to_owned();
            Problem::Invalid(vec![Violation {
                place: "query",
                pointer: "/cursor".into(),
                code: "cursor",
                detail,
            }])
        })
    }

    fn opened(&self, text: &str, status: &str) -> Option<Place> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (place, mac) = bytes.split_at_checked(24)?;
        self.mac(place, status).verify_truncated_left(mac).ok().filter(|()| mac.len() == 16)?;
        let (placed, id) = place.split_at_checked(8)?;
        Some(Place { placed: i64::from_be_bytes(placed.try_into().ok()?), id: Uuid::from_slice(id).ok()? })
    }

    fn mac(&self, bytes: &[u8], status: &str) -> Hmac<Sha256> {
        let mut mac = self.key.clone();
        mac.update(bytes);
        mac.update(status.as_bytes());
        mac
    }
}

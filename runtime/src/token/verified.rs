//! Tokens that were found good, so that what can't change isn't worked out again at each call: their signature, their
//! issuer, whom they are for. What does change is looked at each time: the hour, and the keys.
use super::Claims;
use super::keys::KeySet;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use subtle::ConstantTimeEq as _;

/// Seconds by which clocks may differ.
pub(super) const LEEWAY: u64 = 60;

/// Most bytes of what is kept of all tokens.
const ROOM: u64 = 4 << 20;

/// Most bytes of a token that is kept.
const TOKEN: usize = 2 * 1024;

/// Tokens that were found good, the latest and those that come often.
///
/// They stand by a hash with keys of this process, and are compared in constant time: how long a look takes says nothing
/// of them.
pub(super) struct Verified {
    hasher: RandomState,
    tokens: Cache<u64, Arc<Good>, Bytes>,
}

/// A token that was found good.
struct Good {
    text: Box<str>,
    /// The published keys that it was held against.
    keys: Option<Arc<KeySet>>,
    /// The first and the last second of its life, as unix time.
    life: [u64; 2],
    claims: Arc<Claims>,
}

#[derive(Clone)]
struct Bytes;

impl Weighter<u64, Arc<Good>> for Bytes {
    /// Claims are text in the token, in base 64, and small pieces of memory when they are read.
    fn weight(&self, _: &u64, good: &Arc<Good>) -> u64 {
        256 + 4 * good.text.len() as u64
    }
}

impl Verified {
    pub(super) fn new() -> Self {
        let tokens = Cache::with_weighter(1_024, ROOM, Bytes);
        Self { hasher: RandomState::new(), tokens }
    }

    fn place(&self, token: &str) -> u64 {
        self.hasher.hash_one(token)
    }

    /// The claims of a token that was found good with these keys and is still alive.
    pub(super) fn find(&self, token: &str, keys: Option<&Arc<KeySet>>, now: u64) -> Option<Arc<Claims>> {
        let good = self.tokens.get(&self.place(token))?;
        let same_keys = match (&good.keys, keys) {
            (None, None) => true,
            (Some(its), Some(keys)) => Arc::ptr_eq(its, keys),
            (None, Some(_)) | (Some(_), None) => false,
        };
        let [first, last] = good.life;
        let same = same(good.text.as_bytes(), token.as_bytes());
        (same && same_keys && first <= now && now <= last).then(|| Arc::clone(&good.claims))
    }

    /// Keeps a token that was found good, if it is plain when its life ends.
    pub(super) fn keep(&self, token: &str, keys: Option<Arc<KeySet>>, claims: &Arc<Claims>) {
        let second = |name: &str| claims.get(name).map(serde_json::Value::as_u64);
        let (Some(Some(end)), Some(begin)) = (second("exp"), second("nbf").unwrap_or(Some(0))) else {
            return;
        };
        if token.len() > TOKEN {
            return;
        }
        let life = [begin.saturating_sub(LEEWAY), end.saturating_add(LEEWAY)];
        let good = Good { text: token.into(), keys, life, claims: Arc::clone(claims) };
        self.tokens.insert(self.place(token), Arc::new(good));
    }
}

/// Whether two tokens are one. All bytes are looked at, eight at a time: `subtle` takes each by itself.
fn same(known: &[u8], given: &[u8]) -> bool {
    if known.len() != given.len() {
        return false;
    }
    let ((known, last), (given, end)) = (known.as_chunks::<8>(), given.as_chunks::<8>());
    let word = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
    let differ = known.iter().zip(given).fold(0, |differ, (a, b)| differ | (word(a) ^ word(b)));
    bool::from(differ.ct_eq(&0) & last.ct_eq(end))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::*;
    use serde_json::json;

    fn claims(claims: serde_json::Value) -> Arc<Claims> {
        Arc::new(claims.as_object().unwrap().clone())
    }

    #[test]
    fn a_token_is_found_while_it_lives() {
        let verified = Verified::new();
        let its = claims(json!({ "sub": "ann", "nbf": 1_000, "exp": 2_000 }));
        verified.keep("a.b.c", None, &its);
        for (now, lives) in [(939, false), (940, true), (1_500, true), (2_060, true), (2_061, false)] {
            let found = verified.find("a.b.c", None, now);
            assert_eq!(found.is_some_and(|found| Arc::ptr_eq(&found, &its)), lives, "at {now}");
        }
        assert!(verified.find("a.b.d", None, 1_500).is_none());
    }

    #[test]
    fn a_token_goes_with_its_keys() {
        let verified = Verified::new();
        let (old, new) = (Arc::new(KeySet::default()), Arc::new(KeySet::default()));
        verified.keep("a.b.c", Some(Arc::clone(&old)), &claims(json!({ "exp": 2_000 })));
        assert!(verified.find("a.b.c", Some(&old), 1_000).is_some());
        assert!(verified.find("a.b.c", Some(&new), 1_000).is_none());
        assert!(verified.find("a.b.c", None, 1_000).is_none());
    }

    #[test]
    fn what_does_not_plainly_end_is_not_kept() {
        let verified = Verified::new();
        for odd in
            [json!({}), json!({ "exp": 2e3 }), json!({ "exp": "2000" }), json!({ "exp": 2_000, "nbf": -1 })]
        {
            verified.keep("a.b.c", None, &claims(odd));
            assert!(verified.find("a.b.c", None, 1_000).is_none());
        }
        let long = "a".repeat(TOKEN + 1);
        verified.keep(&long, None, &claims(json!({ "exp": 2_000 })));
        assert!(verified.find(&long, None, 1_000).is_none());
    }

    #[test]
    fn a_token_of_which_any_byte_differs_is_another() {
        let token: Vec<u8> = (b'A'..b'A' + 21).collect();
        for length in 0..=token.len() {
            let known = &token[..length];
            assert!(same(known, &token[..length]));
            assert!(!same(known, &[known, b"x"].concat()));
            for at in 0..length {
                let mut other = known.to_vec();
                other[at] ^= 1;
                assert!(!same(known, &other), "{at} of {length}");
            }
        }
    }

    #[test]
    fn tokens_take_no_more_than_their_room() {
        let verified = Verified::new();
        let its = claims(json!({ "exp": 2_000 }));
        for number in 0..20_000 {
            verified.keep(&format!("{number}.{}", "x".repeat(1_000)), None, &its);
        }
        assert!(verified.tokens.weight() <= ROOM);
        assert!(verified.tokens.len() > 100);
    }
}

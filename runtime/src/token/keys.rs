//! Sets of public keys (RFC 7517).
use super::head::Head;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm as Signing, DecodingKey};
use serde::Deserialize;
use serde_json::Value as Json;

/// Most keys of a set.
const MOST: usize = 64;

/// Fewest digits, in base 64, of the modulus of an RSA key: 2,048 bits.
const MODULUS: usize = 342;

/// What a key of RSA verifies.
const RSA: [(Signing, KeyAlgorithm); 6] = [
    (Signing::RS256, KeyAlgorithm::RS256),
    (Signing::RS384, KeyAlgorithm::RS384),
    (Signing::RS512, KeyAlgorithm::RS512),
    (Signing::PS256, KeyAlgorithm::PS256),
    (Signing::PS384, KeyAlgorithm::PS384),
    (Signing::PS512, KeyAlgorithm::PS512),
];

/// What a key of P-256, of P-384 and of Ed25519 verifies.
const CURVES: [(Signing, KeyAlgorithm); 3] = [
    (Signing::ES256, KeyAlgorithm::ES256),
    (Signing::ES384, KeyAlgorithm::ES384),
    (Signing::EdDSA, KeyAlgorithm::EdDSA),
];

/// A key and what it verifies.
pub(super) struct Key {
    name: Option<String>,
    pub(super) key: DecodingKey,
    takes: Vec<Signing>,
}

/// The keys that somebody publishes.
#[derive(Default)]
pub(super) struct KeySet {
    keys: Vec<Key>,
}

#[derive(Deserialize)]
struct Written {
    keys: Vec<Json>,
}

impl Key {
    pub(super) const fn new(key: DecodingKey, takes: Vec<Signing>) -> Self {
        Self { name: None, key, takes }
    }

    /// A key of a set; nothing for one that verifies no signature, or that nobody here may use. A secret
    /// among public keys is no key: whoever reads the set could sign with it.
    fn read(written: Json) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(written).ok()?;
        if !matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature)) {
            return None;
        }
        let verifies = |acts: &Vec<KeyOperations>| acts.contains(&KeyOperations::Verify);
        if !jwk.common.key_operations.as_ref().is_none_or(verifies) {
            return None;
        }
        let mut takes = if let AlgorithmParameters::RSA(rsa) = &jwk.algorithm {
            if rsa.n.len() >= MODULUS { RSA.map(|(signing, _)| signing).to_vec() } else { Vec::new() }
        } else if let AlgorithmParameters::EllipticCurve(curve) = &jwk.algorithm {
            of_curve(&curve.curve)
        } else if let AlgorithmParameters::OctetKeyPair(pair) = &jwk.algorithm {
            of_curve(&pair.curve)
        } else {
            Vec::new()
        };
        if let Some(only) = jwk.common.key_algorithm {
            let known = RSA.iter().chain(&CURVES).find(|(_, name)| *name == only);
            takes.retain(|signing| known.is_some_and(|(known, _)| known == signing));
        }
        if takes.is_empty() {
            return None;
        }
        let key = DecodingKey::from_jwk(&jwk).ok()?;
        Some(Self { name: jwk.common.key_id, key, takes })
    }
}

impl KeySet {
    /// The keys of a document that are of use.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let written: Written = serde_json::from_slice(text).ok()?;
        Some(Self { keys: written.keys.into_iter().take(MOST).filter_map(Key::read).collect() })
    }

    /// The key of a token: the one that it names, or the only one that there is for its algorithm.
    pub(super) fn find(&self, head: &Head) -> Option<&Key> {
        let mut fitting = self.keys.iter().filter(|key| key.takes.contains(&head.algorithm));
        match &head.key {
            Some(name) => fitting.find(|key| key.name.as_ref() == Some(name)),
            None => fitting.next().filter(|_| fitting.next().is_none()),
        }
    }
}

fn of_curve(curve: &EllipticCurve) -> Vec<Signing> {
    let of = [EllipticCurve::P256, EllipticCurve::P384, EllipticCurve::Ed25519];
    let known = of.iter().zip(CURVES).find(|(known, _)| *known == curve);
    known.map(|(_, (signing, _))| signing).into_iter().collect()
}

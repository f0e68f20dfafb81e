//! An issuer whose keys a test holds: it publishes what it is told to, and signs what is asked of it.
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair as RsaPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value as Json, json};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

pub(crate) fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// A key pair by its name.
pub(crate) enum Pair {
    Rsa(Box<RsaPair>),
    Curve(EcdsaKeyPair),
    Edwards(Ed25519KeyPair),
}

impl Pair {
    pub(crate) fn rsa() -> Self {
        Self::Rsa(Box::new(RsaPair::generate(KeySize::Rsa2048).unwrap()))
    }

    pub(crate) fn curve() -> Self {
        Self::Curve(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
    }

    pub(crate) fn edwards() -> Self {
        Self::Edwards(Ed25519KeyPair::generate().unwrap())
    }

    pub(crate) fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "RS256",
            Self::Curve(_) => "ES256",
            Self::Edwards(_) => "EdDSA",
        }
    }

    pub(crate) fn public(&self, name: &str) -> Json {
        match self {
            Self::Rsa(pair) => {
                let key = pair.public_key();
                let (n, e) = (key.modulus().big_endian_without_leading_zero(), key.exponent());
                let (n, e) = (encoded(n), encoded(e.big_endian_without_leading_zero()));
                json!({ "kty": "RSA", "kid": name, "use": "sig", "n": n, "e": e })
            }
            Self::Curve(pair) => {
                let point = pair.public_key().as_ref();
                let (x, y) = (encoded(&point[1..33]), encoded(&point[33..65]));
                json!({ "kty": "EC", "crv": "P-256", "kid": name, "alg": "ES256", "x": x, "y": y })
            }
            Self::Edwards(pair) => {
                let x = encoded(pair.public_key().as_ref());
                json!({ "kty": "OKP", "crv": "Ed25519", "kid": name, "x": x })
            }
        }
    }

    fn sign(&self, text: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, text, &mut signature).unwrap();
                signature
            }
            Self::Curve(pair) => pair.sign(&random, text).unwrap().as_ref().to_vec(),
            Self::Edwards(pair) => pair.sign(text).as_ref().to_vec(),
        }
    }

    /// A token with any header and claims.
    pub(crate) fn token(&self, header: &Json, claims: &Json) -> String {
        let text = format!("{}.{}", encoded(header.to_string()), encoded(claims.to_string()));
        format!("{text}.{}", encoded(self.sign(text.as_bytes())))
    }
}

/// What is published, and how often it was asked for.
#[derive(Default)]
pub(crate) struct Published {
    pub(crate) keys: Vec<Json>,
    pub(crate) asked: usize,
    pub(crate) same: usize,
    /// What the issuer calls itself, where that is not its own address.
    pub(crate) name: Option<String>,
    pub(crate) away: bool,
}

/// An issuer that listens.
pub(crate) struct Issuer {
    pub(crate) address: SocketAddr,
    pub(crate) published: Arc<Mutex<Published>>,
}

impl Issuer {
    pub(crate) fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let published = Arc::new(Mutex::new(Published::default()));
        let shared = Arc::clone(&published);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, address, &shared);
            }
        });
        Self { address, published }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn publish(&self, keys: Vec<Json>) {
        self.published.lock().unwrap().keys = keys;
    }
}

fn answer(mut stream: TcpStream, address: SocketAddr, published: &Mutex<Published>) {
    let mut head = Vec::new();
    for line in BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok) {
        if line.is_empty() {
            break;
        }
        head.push(line.to_lowercase());
    }
    let mut published = published.lock().unwrap();
    let body = json!({ "keys": published.keys }).to_string();
    let etag = format!("\"{}\"", body.len() + body.bytes().map(usize::from).sum::<usize>());
    let known = head.iter().any(|line| line.strip_prefix("if-none-match: ") == Some(&etag));
    let first = head.first().cloned().unwrap_or_default();
    let reply = if published.away {
        "HTTP/1.1 503 Away\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned()
    } else if first.contains("openid-configuration") {
        let issuer = published.name.clone().unwrap_or_else(|| format!("http://{address}"));
        let body = json!({ "issuer": issuer, "jwks_uri": format!("http://{address}/keys") }).to_string();
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
    } else if known {
        published.same += 1;
        "HTTP/1.1 304 Same\r\nconnection: close\r\n\r\n".to_owned()
    } else {
        published.asked += 1;
        let length = body.len();
        format!(
            "HTTP/1.1 200 OK\r\netag: {etag}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        )
    };
    drop(stream.write_all(reply.as_bytes()));
}

//! Who calls.
use crate::problem::Problem;
use http::HeaderMap;
use http::header::{AUTHORIZATION, HOST};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;
use uuid::Uuid;

/// Names that the service answers to.
const HOSTS: [&str; 3] = ["127.0.0.1", "localhost", "[::1]"];

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Customer,
    Staff,
}

impl From<&str> for Role {
    fn from(name: &str) -> Self {
        match name {
            "staff" => Self::Staff,
            _ => Self::Customer,
        }
    }
}

pub struct Tokens {
    key: DecodingKey,
    rules: Validation,
}

#[derive(Deserialize)]
struct Claims {
    sub: Uuid,
}

impl Tokens {
    pub fn new(secret: &[u8]) -> Self {
        let mut rules = Validation::new(Algorithm::HS256);
        rules.leeway = 30;
        rules.validate_nbf = true;
        Self { key: DecodingKey::from_secret(secret), rules }
    }

    /// Whom the headers prove.
    pub fn subject(&self, headers: &HeaderMap) -> Result<Uuid, Problem> {
        let mut given = headers.get_all(AUTHORIZATION).iter();
        let first = given.next().ok_or(Problem::Unauthorized)?;
        if given.next().is_some() {
            return Err(Problem::Malformed("a request carries one `Authorization` header"));
        }
        let text =
            first.to_str().map_err(|_| Problem::Malformed("the `Authorization` header is not text"))?;
        let (scheme, token) = text.split_once(' ').ok_or(Problem::Unauthorized)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(Problem::Unauthorized);
        }
        let opened = decode::<Claims>(token, &self.key, &self.rules).map_err(|_| Problem::Unauthorized)?;
        Ok(opened.claims.sub)
    }
}

/// Refuses a request that was meant for another host.
pub fn check_host(headers: &HeaderMap) -> Result<(), Problem> {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = host.ok_or(Problem::Malformed("a request names its host"))?;
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if HOSTS.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        Ok(())
    } else {
        Err(Problem::Misdirected)
    }
}

/// The request's own id if it is a UUID, else a new one.
pub fn request_id(headers: &HeaderMap) -> Uuid {
    let given = headers.get("x-request-id").and_then(|id| Uuid::try_parse_ascii(id.as_bytes()).ok());
    given.unwrap_or_else(Uuid::now_v7)
}

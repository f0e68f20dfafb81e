//! Who calls.
use crate::problem::Problem;
use http::HeaderMap;
use http::header::{AUTHORIZATION, HOST};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use rusqlite::{Connection, OptionalExtension};
use serde::Deserialize;
use uuid::Uuid;

/// Names that the service answers to.
const HOSTS: [&str; 4] = ["127.0.0.1", "localhost", "[::1]", "store.example"];

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Customer,
    Staff,
    Manager,
}

pub struct Caller {
    pub id: Uuid,
    pub role: Role,
    pub branch: String,
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

    /// The caller that the headers prove; an error unless there is one.
    pub fn caller(&self, headers: &HeaderMap, connection: &Connection) -> Result<Caller, Problem> {
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
        find(connection, opened.claims.sub)?.ok_or(Problem::Unauthorized)
    }
}

fn find(connection: &Connection, id: Uuid) -> rusqlite::Result<Option<Caller>> {
    let mut statement = connection.prepare_cached("SELECT role, branch FROM user WHERE id = ?")?;
    let row = statement.query_row([id.as_bytes().as_slice()], |row| {
        let role = match row.get_ref(0)?.as_str()? {
            "manager" => Role::Manager,
            "staff" => Role::Staff,
            _ => Role::Customer,
        };
        Ok(Caller { id, role, branch: row.get(1)? })
    });
    row.optional()
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

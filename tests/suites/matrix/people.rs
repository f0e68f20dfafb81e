//! Who calls: people of two branches who signed up through HTTP, and credentials that are no good.
use crate::expect::Bindings;
use crate::server::{SIGNING_KEY, Server, file};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use quater_tests::postgres::Database;
use rusqlite::Connection;
use serde_json::{Value as Json, json};
use sha2::Sha256;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// Name, role and branch.
const PEOPLE: &[(&str, &str, &str)] = &[
    ("ann", "customer", "north"),
    ("bob", "customer", "north"),
    ("zed", "customer", "south"),
    ("sam", "staff", "north"),
    ("max", "manager", "north"),
    ("eve", "staff", "south"),
    ("mia", "manager", "south"),
];

/// Somebody with an account.
struct Person {
    id: String,
    token: String,
    key: String,
}

/// Everybody, and the database that knows them.
pub(crate) struct People {
    by_name: BTreeMap<&'static str, Person>,
    home: Place,
}

/// A database with a folder beside it.
pub(crate) struct Place {
    folder: TempDir,
    /// Nothing for a file in the folder.
    postgres: Option<Database>,
}

impl Place {
    /// One that is empty.
    pub(crate) fn new(postgres: Option<Database>) -> Self {
        Self { folder: TempDir::new().unwrap(), postgres }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("store.db")
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        self.postgres.as_ref().map_or_else(|| file(&self.path()), Database::url)
    }

    /// Serves the store from it.
    pub(crate) fn serve(&self) -> Server {
        Server::start(&self.url(), self.folder.path())
    }

    fn copy(&self) -> Self {
        let copy = Self::new(self.postgres.as_ref().map(Database::copy));
        if copy.postgres.is_none() {
            fs::copy(self.path(), copy.path()).unwrap();
        }
        copy
    }

    /// Does something to the database behind the back of whoever serves it.
    fn run(&self, sql: &str) {
        match &self.postgres {
            Some(database) => database.run(sql),
            None => Connection::open(self.path()).unwrap().execute_batch(sql).unwrap(),
        }
    }

    /// The same if it is a database of that kind: `sqlite` or `postgres`.
    pub(crate) fn does(&self, kind: &str, sql: &str) {
        if (kind == "postgres") == self.postgres.is_some() {
            self.run(sql);
        }
    }

    /// Door, entry, operation, whether there was an actor, and result of every call, in their order.
    pub(crate) fn audit(&self) -> Vec<String> {
        let text = "SELECT door || ' ' || entry || ' ' || operation || ' ' \
                    || CASE WHEN actor IS NULL THEN '-' ELSE 'actor' END || ' ' || result \
                    FROM _quater_audit ORDER BY request";
        if let Some(database) = &self.postgres {
            return database.rows(text);
        }
        let database = Connection::open(self.path()).unwrap();
        let mut statement = database.prepare(text).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }
}

impl People {
    /// Signs everybody up at a server of the real binary. Roles have no door, so they go into the file.
    pub(crate) fn sign_up(home: Place) -> Self {
        let server = home.serve();
        let by_name: BTreeMap<_, _> =
            PEOPLE.iter().map(|(name, _, branch)| (*name, join(&server, name, branch))).collect();
        drop(server);
        give_roles(&home);
        Self { by_name, home }
    }

    pub(crate) fn place(&self) -> Place {
        self.home.copy()
    }

    /// The id of each under their name.
    pub(crate) fn ids(&self) -> Bindings {
        self.by_name.iter().map(|(name, person)| ((*name).to_owned(), person.id.clone())).collect()
    }

    /// The token of a caller; nobody has none, and some are no good though they are made from a good one of sam's.
    pub(crate) fn token(&self, caller: &str) -> Option<String> {
        let sam = &self.by_name["sam"].token;
        let good = || (claims(sam), SIGNING_KEY);
        match caller {
            "nobody" => None,
            "garbled" => Some("not-a-token".to_owned()),
            "forged" => Some(signed(&good().0, "a key of somebody else, and as long")),
            "expired" => Some(signed(&with(claims(sam), "exp", json!(1_600_000_000)), SIGNING_KEY)),
            "gone" => {
                let stranger = json!("01900000-0000-7000-8000-000000000000");
                Some(signed(&with(claims(sam), "sub", stranger), SIGNING_KEY))
            }
            "unsigned" => {
                Some(format!("{}.{}.", coded(&json!({"alg": "none", "typ": "JWT"})), coded(&claims(sam))))
            }
            // The same claims under the right key: so it is not the forging that the others are refused for.
            "resigned" => Some(signed(&good().0, good().1)),
            name => Some(match name.split_once(':') {
                Some(("key", name)) => self.person(name).key.clone(),
                Some(("token", name)) => self.person(name).token.clone(),
                _ => self.person(name).token.clone(),
            }),
        }
    }

    /// The opaque key of a caller, where they have one; else the token.
    pub(crate) fn key(&self, caller: &str) -> Option<String> {
        let person = self.by_name.get(caller);
        person.map_or_else(|| self.token(caller), |person| Some(person.key.clone()))
    }

    fn person(&self, name: &str) -> &Person {
        self.by_name.get(name).unwrap_or_else(|| panic!("nobody is called {name}"))
    }
}

fn join(server: &Server, name: &str, branch: &str) -> Person {
    let http = reqwest::blocking::Client::new();
    let text = |response: reqwest::blocking::Response, status: u16| -> Json {
        let (got, body) = (response.status().as_u16(), response.text().unwrap());
        assert_eq!(got, status, "{name}: {body}");
        serde_json::from_str(&body).unwrap()
    };
    let form =
        json!({ "email": format!("{name}@store.example"), "password": "correct horse", "branch": branch });
    let made = http.post(format!("{}/users", server.url)).header("content-type", "application/json");
    let token = text(made.body(form.to_string()).send().unwrap(), 201)["token"].as_str().unwrap().to_owned();
    let asked = http.post(format!("{}/me/key", server.url)).bearer_auth(&token).send().unwrap();
    let key = text(asked, 201)["key"].as_str().unwrap().to_owned();
    let id = claims(&token)["sub"].as_str().unwrap().to_owned();
    Person { id, token, key }
}

fn give_roles(home: &Place) {
    for (name, role, _) in PEOPLE {
        home.run(&format!("UPDATE \"user\" SET role = '{role}' WHERE email = '{name}@store.example'"));
    }
    home.run("DELETE FROM _quater_audit");
}

fn claims(token: &str) -> Json {
    let payload = token.split('.').nth(1).expect("a token of three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

fn with(mut claims: Json, name: &str, value: Json) -> Json {
    claims[name] = value;
    claims
}

fn coded(json: &Json) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

/// A token under HS256 (RFC 7515), made without the library that the runtime has.
fn signed(claims: &Json, key: &str) -> String {
    let text = format!("{}.{}", coded(&json!({"alg": "HS256", "typ": "JWT"})), coded(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
}

//! Limits and the addresses that they count, over a real socket.
use super::wire::{self, Reply};
use super::{Served, blocking, compile, served, start};
use quater_tests::postgres::Database;
use std::net::SocketAddr;

/// A service with fresh buckets, and somewhere to ask it from.
async fn gate(database: &str) -> (Served, Gate) {
    let served =
        served(start(compile("limits.qtr"), [("DATABASE_URL".into(), database.to_owned())].into())).await;
    let gate = Gate { address: served.address };
    (served, gate)
}

#[derive(Clone, Copy)]
struct Gate {
    address: SocketAddr,
}

impl Gate {
    fn ask(self, line: &str, from: &str, more: &str, body: &str) -> Reply {
        let length = if body.is_empty() {
            String::new()
        } else {
            format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len())
        };
        let request = format!(
            "{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Forwarded-For: {from}\r\n{more}{length}\r\n{body}"
        );
        wire::ask(self.address, &request)
    }

    fn get(self, path: &str, from: &str) -> Reply {
        self.ask(&format!("GET {path}"), from, "", "")
    }

    fn signed(self, path: &str, from: &str, key: &str) -> Reply {
        self.ask(&format!("GET {path}"), from, &format!("Authorization: Bearer {key}\r\n"), "")
    }

    fn statuses(self, count: usize, path: &str, from: &str, key: &str) -> Vec<u16> {
        (0..count).map(|_| self.signed(path, from, key).status).collect()
    }

    fn tool(self, name: &str, from: &str, key: &str) -> String {
        let key = if key.is_empty() { String::new() } else { format!("Authorization: Bearer {key}\r\n") };
        let more = format!(
            "{key}Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2025-11-25\r\n"
        );
        let body = format!(
            r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{name}","arguments":{{}}}}}}"#
        );
        self.ask("POST /mcp", from, &more, &body).body
    }

    fn join(self, team: &str, from: &str) -> String {
        let reply = self.ask("POST /members", from, "", &format!(r#"{{"team":"{team}"}}"#));
        assert_eq!(reply.status, 201, "{}", reply.body);
        reply.json()["key"].as_str().unwrap().to_owned()
    }
}

async fn holds(database: &str) {
    let (_served, gate) = gate(database).await;
    blocking(move || {
        addresses(gate);
        every_door(gate);
        made_up(gate);
        actors(gate);
        guesses(gate);
        tenants(gate);
        whole_service(gate);
    })
    .await;
}

fn addresses(gate: Gate) {
    let whence = |from: &str| gate.get("/whence", from).body;
    assert_eq!(whence("6.6.6.6, 203.0.113.9"), "\"203.0.113.9\"");
    assert_eq!(whence("unknown"), "null");
    let both = gate.ask("GET /whence", "1.2.3.4", "Forwarded: for=9.9.9.9\r\n", "");
    assert_eq!(both.status, 400, "{}", both.body);
}

/// The same bucket behind HTTP and MCP, with what the fields say on the way.
fn every_door(gate: Gate) {
    let first = gate.get("/knock", "198.51.100.1");
    let policy = r#""service 60/hour per ip";q=60;w=3600, "3/hour per ip";q=3;w=3600"#;
    assert_eq!(first.header("ratelimit-policy"), Some(policy));
    let left = r#""service 60/hour per ip";r=59;t=60, "3/hour per ip";r=2;t=1200"#;
    assert_eq!((first.status, first.header("ratelimit")), (200, Some(left)));
    assert!(gate.tool("knock", "198.51.100.1", "").contains("come in"));
    assert_eq!(gate.get("/knock", "198.51.100.1").status, 200);
    let refused = gate.get("/knock", "198.51.100.1");
    assert_eq!((refused.status, refused.json()["code"].as_str()), (429, Some("TooMany")));
    let wait: u32 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1_190..=1_200).contains(&wait), "{wait}");
    assert!(refused.header("ratelimit").unwrap().contains(r#""3/hour per ip";r=0;t="#));
    let told = gate.tool("knock", "198.51.100.1", "");
    assert!(
        told.contains("TooMany: the limit of 3/hour per ip is used up; the next call may come in"),
        "{told}"
    );
}

/// Whatever a client writes before its proxy does, and wherever in its network it comes from.
fn made_up(gate: Gate) {
    for made_up in ["1.1.1.1", "2.2.2.2", "127.0.0.1", "::1"] {
        let reply = gate.get("/knock", &format!("{made_up}, 198.51.100.1"));
        assert_eq!(reply.status, 429, "{made_up}");
    }
    let network = |at: u32| gate.get("/knock", &format!("2001:db8:0:7:{at:x}::{at:x}")).status;
    assert_eq!((1..=4).map(network).collect::<Vec<_>>(), [200, 200, 200, 429]);
    assert_eq!(gate.get("/knock", "2001:db8:0:8::1").status, 200);
}

/// Two people behind one address don't use up each other's calls; one behind two has no more of them.
fn actors(gate: Gate) {
    let (ann, bob) = (gate.join("north", "198.51.100.2"), gate.join("north", "198.51.100.2"));
    assert_eq!(gate.statuses(3, "/mine", "198.51.100.2", &ann), [200, 200, 429]);
    assert_eq!(gate.statuses(1, "/mine", "198.51.100.3", &ann), [429]);
    assert!(gate.tool("mine", "198.51.100.3", &ann).contains("TooMany"));
    assert_eq!(gate.statuses(3, "/mine", "198.51.100.2", &bob), [200, 200, 429]);
}

/// Credentials that are no good count for their address, which is then not judged any more.
fn guesses(gate: Gate) {
    let good = gate.join("south", "198.51.100.4");
    assert_eq!(gate.statuses(3, "/mine", "198.51.100.5", "m_guess"), [401, 401, 429]);
    assert_eq!(gate.statuses(1, "/mine", "198.51.100.5", &good), [429], "not even a good one");
    assert_eq!(gate.statuses(1, "/mine", "198.51.100.4", &good), [200]);
    let nobody = || gate.get("/mine", "198.51.100.6").status;
    assert_eq!([nobody(), nobody(), nobody()], [401, 401, 429], "nobody counts by address");
}

fn tenants(gate: Gate) {
    let [ann, bob, eve] = ["east", "east", "west"].map(|team| gate.join(team, "198.51.100.7"));
    assert_eq!(gate.statuses(2, "/ours", "198.51.100.7", &ann), [200, 200]);
    assert_eq!(gate.statuses(2, "/ours", "198.51.100.8", &bob), [200, 429]);
    assert_eq!(gate.statuses(1, "/ours", "198.51.100.7", &eve), [200]);
}

/// The service's own limit holds for everything together, asking for tools too.
fn whole_service(gate: Gate) {
    let list = |key: &str| {
        let more = format!(
            "Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2025-11-25\r\n{key}"
        );
        gate.ask("POST /mcp", "198.51.100.9", &more, r#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#)
    };
    for _ in 0..30 {
        assert_eq!(list("Authorization: Bearer m_guess\r\n").status, 401);
        assert_eq!(gate.get("/whence", "198.51.100.9").status, 200);
    }
    let refused = list("");
    assert!(refused.body.contains("the limit of 60/hour per ip is used up"), "{}", refused.body);
    assert_eq!(gate.get("/whence", "198.51.100.9").status, 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_hold_at_every_door() {
    holds("sqlite::memory:").await;
    let folder = tempfile::tempdir().unwrap();
    holds(&format!("sqlite:{}", folder.path().join("gate.db").display())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_hold_at_every_door_on_postgres() {
    let Some(database) = Database::fresh() else { return };
    holds(&database.url()).await;
}

//! A certified issuer as a process, from the folder of the judges.
use crate::judges;
use crate::wire;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

/// The issuer, until it is dropped.
pub(crate) struct Provider {
    process: Child,
    pub(crate) url: String,
    address: SocketAddr,
}

impl Provider {
    /// Starts it, where it is installed.
    pub(crate) fn start() -> Option<Self> {
        if !judges::ready() {
            return None;
        }
        let folder = judges::folder();
        // A module finds others beside it.
        let script = folder.join("issuer.mjs");
        std::fs::copy(judges::root().join("tests/judges/issuer.mjs"), &script).unwrap();
        let mut process = Command::new(folder.join("node_modules/node/bin/node"))
            .arg(script)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = line.trim().to_owned();
        let address = url.strip_prefix("http://").unwrap().parse().unwrap();
        Some(Self { process, url, address })
    }

    fn post(&self, path: &str, body: &str) -> wire::Reply {
        let robot = STANDARD.encode("robot:a secret of the robot, long enough");
        wire::ask(
            self.address,
            &format!(
                "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAuthorization: Basic {robot}\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
                self.address,
                body.len()
            ),
        )
    }

    /// A token for a resource.
    pub(crate) fn token(&self, resource: &str) -> String {
        let reply = self.post("/token", &format!("grant_type=client_credentials&resource={resource}"));
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.json()["access_token"].as_str().unwrap().to_owned()
    }

    /// Gives it new keys.
    pub(crate) fn rotate(&self) {
        assert_eq!(self.post("/rotate", "").status, 200);
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

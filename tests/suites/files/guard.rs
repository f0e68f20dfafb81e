//! Stands before a store and checks what that does not: each signature, worked out anew from the rules of AWS
//! (Signature Version 4, query parameters). It remembers what was asked.
use aws_lc_rs::hmac::{HMAC_SHA256, Key, sign};
use sha2::{Digest, Sha256};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

pub(crate) struct Guard {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Guard {
    /// Before a store on a port of this machine, for whoever has a secret.
    pub(crate) fn open(port: u16, secret: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, asked) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<String>>>::default());
        let shared = Arc::clone(&asked);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || drop(pass(client, port, secret, &shared)));
            }
        });
        Self { address, asked }
    }

    /// How often something was asked that begins so and has such a parameter.
    pub(crate) fn count(&self, begin: &str, parameter: &str) -> usize {
        let fits = |line: &&String| line.starts_with(begin) && line.contains(parameter);
        self.asked.lock().unwrap().iter().filter(fits).count()
    }
}

/// One request, and its answer; a connection has no second one.
fn pass(mut client: TcpStream, port: u16, secret: &str, asked: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let (line, rest) = head.split_once("\r\n").unwrap();
    asked.lock().unwrap().push(line.to_owned());
    if !is_signed(line, rest, secret) {
        let body = "<Error><Code>SignatureDoesNotMatch</Code></Error>";
        let length = body.len();
        let answer = format!("HTTP/1.1 403 X\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
        client.write_all(answer.as_bytes())?;
        return if line.starts_with("HEAD") { Ok(()) } else { client.write_all(body.as_bytes()) };
    }
    let mut store = TcpStream::connect(("127.0.0.1", port))?;
    store.write_all(format!("{line}\r\nConnection: close\r\n{rest}").as_bytes())?;
    let (mut from, mut to) = (client.try_clone()?, store.try_clone()?);
    std::thread::spawn(move || {
        drop(std::io::copy(&mut from, &mut to));
        drop(to.shutdown(Shutdown::Write));
    });
    std::io::copy(&mut store, &mut client)?;
    client.shutdown(Shutdown::Both)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn is_signed(line: &str, headers: &str, secret: &str) -> bool {
    let mut words = line.split(' ');
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let value = |name: &str| {
        let pair = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
        pair.unwrap_or("").replace("%2F", "/")
    };
    let mut pairs: Vec<&str> = query.split('&').filter(|it| !it.starts_with("X-Amz-Signature=")).collect();
    pairs.sort_unstable();
    let host = headers.lines().find_map(|line| line.to_lowercase().strip_prefix("host: ").map(str::to_owned));
    let host = host.unwrap();
    let asked = format!("{method}\n{path}\n{}\nhost:{host}\n\nhost\nUNSIGNED-PAYLOAD", pairs.join("&"));
    let (credential, date) = (value("X-Amz-Credential"), value("X-Amz-Date"));
    let scope: Vec<&str> = credential.split('/').skip(1).collect();
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{}\n{}", scope.join("/"), hex(&Sha256::digest(asked)));
    let mut key = format!("AWS4{secret}").into_bytes();
    for part in &scope {
        key = sign(&Key::new(HMAC_SHA256, &key), part.as_bytes()).as_ref().to_vec();
    }
    scope.len() == 4
        && hex(sign(&Key::new(HMAC_SHA256, &key), text.as_bytes()).as_ref()) == value("X-Amz-Signature")
}

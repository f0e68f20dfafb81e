//! HTTP/1.1 by hand, so that a request can be as wrong as a case wants it.
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
    /// The body as it came.
    pub(crate) bytes: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Every line of a header.
    pub(crate) fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
    }

    /// Whether the body came in chunks.
    pub(crate) fn chunked(&self) -> bool {
        self.header("transfer-encoding") == Some("chunked")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// Sends a request and reads to the end; a request that promised more than it has ends there.
pub(crate) fn ask(address: SocketAddr, request: &str) -> Reply {
    let mut open = Open::to(address);
    open.send(request);
    if promised(request) > request.split_once("\r\n\r\n").unwrap().1.len() {
        drop(open.stream.shutdown(Shutdown::Write));
    }
    let mut bytes = Vec::new();
    drop(open.stream.read_to_end(&mut bytes));
    parse(&bytes)
}

fn promised(head: &str) -> usize {
    let length =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ").map(str::to_owned));
    length.map_or(0, |length| length.parse().unwrap())
}

/// A connection that stays open.
pub(crate) struct Open {
    stream: TcpStream,
}

impl Open {
    pub(crate) fn to(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Self { stream }
    }

    pub(crate) fn send(&mut self, text: &str) {
        // The other side may have closed already: refusing a large body is one reason.
        drop(self.stream.write_all(text.as_bytes()));
    }

    pub(crate) fn ask(&mut self, request: &str) -> Reply {
        self.send(request);
        self.reply()
    }

    /// One reply of a connection that stays open.
    pub(crate) fn reply(&mut self) -> Reply {
        let mut bytes = Vec::new();
        let mut chunk = [0; 4096];
        loop {
            let count = self.stream.read(&mut chunk).unwrap();
            bytes.extend_from_slice(&chunk[..count]);
            if count == 0 || whole(&bytes) {
                return parse(&bytes);
            }
        }
    }
}

fn whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.map_or(0, |length| length.parse().unwrap()) <= body.len()
}

fn parse(bytes: &[u8]) -> Reply {
    let text = String::from_utf8_lossy(bytes);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: {text:?}"));
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.map(|line| line.split_once(": ").unwrap_or((line, "")));
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
    Reply { status, headers, body: body.to_owned(), bytes: bytes[end..].to_vec() }
}

/// The bytes in chunks, joined.
pub(crate) fn unchunked(mut chunks: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    while let Some(end) = chunks.windows(2).position(|two| two == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&chunks[..end]).unwrap(), 16).unwrap();
        whole.extend_from_slice(&chunks[end + 2..end + 2 + size]);
        chunks = &chunks[end + 4 + size..];
    }
    whole
}

/// The chunks of a body, joined.
pub(crate) fn joined(chunks: &str) -> String {
    let (mut rest, mut whole) = (chunks, String::new());
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).unwrap();
        whole.push_str(&after[..size]);
        rest = after[size..].trim_start_matches("\r\n");
        if size == 0 {
            break;
        }
    }
    whole
}

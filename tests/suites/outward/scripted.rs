//! An upstream that does as its paths say, well or badly, and remembers what it was asked.
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What it was asked: the first line, the headers and the body.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) headers: Vec<String>,
    pub(crate) body: String,
}

pub(crate) struct Scripted {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    under_way: Arc<AtomicUsize>,
}

impl Scripted {
    pub(crate) fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, under_way) = (Arc::<Mutex<Vec<Asked>>>::default(), Arc::<AtomicUsize>::default());
        let (shared, count) = (Arc::clone(&asked), Arc::clone(&under_way));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (shared, count) = (Arc::clone(&shared), Arc::clone(&count));
                std::thread::spawn(move || {
                    count.fetch_add(1, Ordering::SeqCst);
                    answer(stream, &shared);
                    count.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { address, asked, under_way }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// What it was asked since this was looked at.
    pub(crate) fn take(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }

    /// Waits until it is asked something, or for so long that it will not be.
    pub(crate) async fn is_asked(&self) {
        for _ in 0..1_000 {
            if self.under_way() > 0 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    pub(crate) fn under_way(&self) -> usize {
        self.under_way.load(Ordering::SeqCst)
    }
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    let line = (!lines.is_empty()).then(|| lines.remove(0))?;
    let length =
        lines.iter().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { line, headers: lines, body: String::from_utf8(body).ok()? })
}

fn answer(mut stream: TcpStream, all: &Mutex<Vec<Asked>>) {
    let Some(asked) = read(&stream) else { return };
    let before = {
        let mut all = all.lock().unwrap();
        all.push(asked.clone());
        all.len()
    };
    let json = |status: &str, body: &str| {
        let length = body.len();
        format!(
            "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
             Connection: close\r\n\r\n{body}"
        )
    };
    let order =
        asked.body.split("\"order\":").nth(1).map(|it| it.split([',', '}']).next().unwrap().to_owned());
    let script = order.unwrap_or_else(|| asked.line.split(['/', ' ', '?']).nth(3).unwrap_or("").to_owned());
    let text = match script.as_str() {
        "401" => json("401", r#"{"error":"no"}"#),
        "402" => json("402", "not json"),
        "500" => json("500", "{}"),
        "503" if before < 3 => json("503", "{}"),
        "200" => json("200", r#"{"ref":"r-200","fee":0.25,"more":{"than":"declared"}}"#),
        "201" => json("201", r#"{"ref":7}"#),
        "202" => json("202", r#"{"fee":"0.25"}"#),
        "203" => json("203", "<html>"),
        "204" => "HTTP/1.1 204 X\r\nConnection: close\r\n\r\n".to_owned(),
        "205" => json("200", &format!(r#"{{"ref":"{}"}}"#, "x".repeat(2_000))),
        "206" => "HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\n{\"ref\":".to_owned(),
        "207" => {
            // An endless answer, as fast as it is taken.
            drop(stream.write_all(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n"));
            while stream.write_all(b"400\r\n").is_ok() {
                let more = [b'x'; 0x400];
                if stream.write_all(&more).and_then(|()| stream.write_all(b"\r\n")).is_err() {
                    break;
                }
            }
            return;
        }
        "302" => "HTTP/1.1 302 X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            .to_owned(),
        "300" => {
            std::thread::sleep(Duration::from_millis(300));
            json("200", r#"{"ref":"r-300"}"#)
        }
        "408" => {
            std::thread::sleep(Duration::from_secs(3));
            json("200", r#"{"ref":"late"}"#)
        }
        "444" => return,
        other => json("200", &format!(r#"{{"ref":"r-{other}"}}"#)),
    };
    drop(stream.write_all(text.as_bytes()));
}

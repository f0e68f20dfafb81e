//! HTTP/2 that is meant to do harm, frame by frame: it ends the connection it comes over, and nothing else.
use super::{alive, apart, connect, fort, resident, told};
use crate::blocking;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GO_AWAY: u8 = 7;
const CONTINUATION: u8 = 9;

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

/// A frame (RFC 9113, section 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = length[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// `GET /hello` to localhost, as RFC 7541 packs it.
fn hello() -> Vec<u8> {
    let mut packed = vec![0x82, 0x86, 0x04, 6];
    packed.extend(b"/hello");
    packed.extend([0x01, 9]);
    packed.extend(b"localhost");
    packed
}

/// What somebody does, and how.
type Attack = (&'static str, fn(SocketAddr));

/// How a connection came to its end.
struct Ended {
    /// How many of the pieces could be sent.
    sent: usize,
    /// Whether the server says that it hangs up, and how often it answers.
    told: bool,
    answers: usize,
}

/// Sends pieces one after the other for as long as they are taken, and reads all that comes meanwhile.
fn floods(address: SocketAddr, pieces: impl Iterator<Item = Vec<u8>>) -> Ended {
    let mut stream = connect(address);
    stream.set_write_timeout(Some(Duration::from_secs(5))).unwrap();
    let reader = stream.try_clone().unwrap();
    let read = std::thread::spawn(move || frames(reader));
    let begun = stream.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, &[])].concat());
    let mut sent = 0;
    if begun.is_ok() {
        sent = pieces.take_while(|piece| stream.write_all(piece).is_ok()).count();
    }
    // What is under way gets its answer first.
    std::thread::sleep(Duration::from_millis(500));
    drop(stream.shutdown(Shutdown::Write));
    let (told, answers) = read.join().unwrap();
    Ended { sent, told, answers }
}

/// Whether a `GOAWAY` with an error comes, and how many heads of answers.
fn frames(mut stream: TcpStream) -> (bool, usize) {
    let (mut told, mut answers, mut head) = (false, 0, [0; 9]);
    while stream.read_exact(&mut head).is_ok() {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; length as usize];
        if stream.read_exact(&mut payload).is_err() {
            break;
        }
        told |= head[3] == GO_AWAY && payload.get(4..8).is_some_and(|code| code != [0; 4]);
        answers += usize::from(head[3] == HEADERS);
    }
    (told, answers)
}

/// The numbers of the streams of a client.
fn streams() -> impl Iterator<Item = u32> {
    (0..).map(|at| at * 2 + 1)
}

/// Streams that are opened and given up at once, by the ten thousand (CVE-2023-44487).
fn resets(address: SocketAddr) {
    let cancelled = |stream: u32| {
        let open = frame(HEADERS, END_HEADERS | END_STREAM, stream, &hello());
        [open, frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes())].concat()
    };
    let ended = floods(address, streams().take(50_000).map(cancelled));
    assert!(ended.told && ended.sent < 50_000, "{} streams were opened and given up", ended.sent);
}

/// A head without an end (CVE-2024-27316).
fn continuations(address: SocketAddr) {
    let begin = std::iter::once(frame(HEADERS, END_STREAM, 1, &hello()));
    // Each a header of its own that is not kept: no name, no index.
    let mut one = vec![0x00, 1, b'x', 0x7f, 0xff, 0x76];
    one.extend(vec![b'y'; 15_358]);
    let more = std::iter::repeat_with(move || frame(CONTINUATION, 0, 1, &one)).take(10_000);
    let ended = floods(address, begin.chain(more));
    assert!(ended.sent < 5_000, "{} pieces of one head were taken", ended.sent);
    assert_eq!(ended.answers, 0);
}

/// A header of four thousand bytes, and a byte for each time that it is meant: some megabytes in a few.
fn bombs(address: SocketAddr) {
    let mut packed = hello();
    packed.extend([0x40, 1, b'x', 0x7f, 0xa1, 0x1e]);
    packed.extend(vec![b'y'; 4_000]);
    packed.extend(vec![0xbe; 12_000]);
    let bomb = move |stream: u32| frame(HEADERS, END_HEADERS | END_STREAM, stream, &packed);
    let ended = floods(address, streams().take(200).map(bomb));
    // What is too much gets 431, or loses its stream or its connection.
    assert!(ended.answers <= 200);
}

/// Questions whether anybody is there, each of which wants an answer, by somebody who reads none.
fn pings(address: SocketAddr) {
    let mut stream = connect(address);
    stream.set_write_timeout(Some(Duration::from_secs(2))).unwrap();
    stream.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()).unwrap();
    let many = frame(PING, 0, 0, &[7; 8]).repeat(1_000);
    let sent = (0..2_000).take_while(|_| stream.write_all(&many).is_ok()).count();
    assert!(sent < 2_000, "two million pings were taken without a reader");
}

#[tokio::test(flavor = "multi_thread")]
async fn frames_that_do_harm_end_their_connection() {
    if apart("attacks::streams::frames_that_do_harm_end_their_connection") {
        return;
    }
    let served = fort().await;
    let address = served.address;
    blocking(move || {
        let whole = floods(
            address,
            streams().take(50).map(|it| frame(HEADERS, END_HEADERS | END_STREAM, it, &hello())),
        );
        assert_eq!((whole.answers, whole.told), (50, false), "what is no attack is answered");
        let attacks: [Attack; 4] = [
            ("streams that are given up", resets),
            ("a head without an end", continuations),
            ("heads that unpack to megabytes", bombs),
            ("pings that nobody reads the answers of", pings),
        ];
        for (what, attack) in attacks {
            let before = resident();
            attack(address);
            alive(address);
            told(what, before);
        }
    })
    .await;
}

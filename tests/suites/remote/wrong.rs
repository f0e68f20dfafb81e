//! A server that gets the protocol wrong is found out.
use super::steps::STEPS;
use super::{REFUNDS, Shop, text};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

/// Passes requests on to a service, and spoils what comes back.
fn spoiled(url: &str, spoil: fn(String) -> String) -> String {
    let to = url.trim_start_matches("http://").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let (mut client, to) = (stream.unwrap(), to.clone());
            std::thread::spawn(move || {
                let request = request(&mut client);
                let mut server = TcpStream::connect(&to).unwrap();
                drop(server.write_all(request.as_bytes()));
                let mut reply = Vec::new();
                drop(server.read_to_end(&mut reply));
                let reply = String::from_utf8_lossy(&reply).into_owned();
                let (head, body) = reply.split_once("\r\n\r\n").unwrap();
                let chunked = head.to_lowercase().contains("transfer-encoding: chunked");
                let body = spoil(if chunked { whole(body) } else { body.to_owned() });
                let length = format!("content-length: {}", body.len());
                let framing = ["content-length", "transfer-encoding"];
                let lines = head
                    .lines()
                    .filter(|line| !framing.iter().any(|name| line.to_lowercase().starts_with(name)));
                let head: Vec<&str> = lines.chain([length.as_str()]).collect();
                drop(client.write_all(format!("{}\r\n\r\n{body}", head.join("\r\n")).as_bytes()));
            });
        }
    });
    address
}

/// A body that came in chunks (RFC 9112, section 7.1).
fn whole(mut chunks: &str) -> String {
    let mut body = String::new();
    while let Some((size, rest)) = chunks.split_once("\r\n") {
        let (chunk, rest) = rest.split_at(usize::from_str_radix(size, 16).unwrap());
        body.push_str(chunk);
        chunks = rest.strip_prefix("\r\n").unwrap();
    }
    body
}

/// One request, made to close its connection.
fn request(client: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut chunk = [0; 65_536];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_lowercase().strip_prefix("content-length: ").map(str::to_owned));
            if body.len() >= length.map_or(0, |it| it.parse().unwrap()) {
                return text.replacen("\r\n\r\n", "\r\nconnection: close\r\n\r\n", 1);
            }
        }
        let count = client.read(&mut chunk).unwrap();
        assert!(count > 0, "a whole request was expected");
        bytes.extend_from_slice(&chunk[..count]);
    }
}

/// What is done to a good answer.
type Spoil = fn(String) -> String;

#[test]
fn servers_that_are_wrong_are_found_out() {
    find_out(
        REFUNDS,
        &[
            (|body| body, ""),
            (|body| body.replace("\"request_id\"", "\"id\""), "`request_id` is no UUID"),
            (|body| body.replace("\"code\":\"Malformed\"", "\"code\":\"Bad\""), "the code is \"Bad\""),
            (|body| body.replace("\"pointer\":\"/", "\"pointer\":\""), "is not among `violations`"),
            (|body| body.replace("\"status\":\"error\"", "\"status\":\"failed\""), "`status` is not `error`"),
            (|body| body.replace("\"input_schema\"", "\"schema_of_input\""), "has no `input_schema`"),
        ],
    );
    find_out(
        STEPS,
        &[
            (|body| body, ""),
            (|body| body.replace("\"done\":2", "\"done\":1"), "`done` does not grow"),
            (
                |body| if body.contains("step 1") { body.replace("\"seen\":0", "\"seen\":1") } else { body },
                "another `result`",
            ),
            (
                |body| body.replace("\"dry_run\",\"idempotency\",\"progress\"", "\"dry_run\""),
                "not among `capabilities`",
            ),
        ],
    );
}

#[test]
fn what_a_server_says_steers_no_terminal() {
    let shop = Shop::open(REFUNDS);
    let url = spoiled(&shop.url, |body| {
        let escape = r"\u001b[31m\u009b\u202e\n";
        ["summary", "description", "message", "operation", "service\":{\"name", "state"]
            .into_iter()
            .fold(body, |body, name| body.replace(&format!("{name}\":\""), &format!("{name}\":\"{escape}")))
    });
    shop.quater(&["connect", "shop", &shop.url]);
    let (cleo, max) = (shop.join("cleo", "clerk"), shop.join("max", "manager"));
    let refund = ["--amount", "600", "--why", "broken", "--token", &cleo];
    assert_eq!(shop.quater(&[&["call", "shop", "refund"], &refund[..]].concat()).status.code(), Some(6));
    let never = ["call", "evil", "pay", "--amount", "1", "--why", "never", "--token", &cleo];
    let asked: [&[&str]; 7] = [
        &["connect", "evil", &url],
        &["actions", "list", "evil"],
        &["actions", "describe", "evil", "pay"],
        &["call", "evil", "pay", "--help"],
        &never,
        &[&never[..], &["--json"]].concat(),
        &["approvals", "list", "evil", "--token", &max],
    ];
    for arguments in asked {
        let output = shop.quater(arguments);
        let said = format!("{}{}", text(&output.stdout), text(&output.stderr));
        let shown = ["\\u{1b}[31m\\u{9b}\\u{202e}", "\\u001b[31m\\u009b\\u202e"];
        assert!(shown.iter().any(|shown| said.contains(shown)), "{arguments:?}: {said}");
        assert!(!said.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{arguments:?}: {said:?}");
        // What a whole action is for may have lines; all else stands in one.
        assert!(
            said.contains("\\n") || arguments[1] == "describe" || arguments.contains(&"--help"),
            "{arguments:?}: {said:?}"
        );
    }
}

fn find_out(service: &str, spoils: &[(Spoil, &str)]) {
    let shop = Shop::open(service);
    for (spoil, told) in spoils {
        let url = spoiled(&shop.url, *spoil);
        let checked = shop.quater(&["conform", &url]);
        let said = text(&checked.stdout);
        let wanted = if told.is_empty() { 0 } else { 1 };
        assert_eq!(checked.status.code(), Some(wanted), "{told}: {said}{}", text(&checked.stderr));
        assert!(said.contains(told), "{told}: {said}");
    }
}

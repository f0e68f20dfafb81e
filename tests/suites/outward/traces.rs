//! What a collector is sent of a call, over a real socket: the spans, how they hang together, and nothing secret.
use super::Kind;
use super::scripted::Scripted;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use quater_runtime::http::{HttpOptions, serve};
use quater_runtime::{Collector, Service, Settings, Traces, TracesError};
use quater_tests::postgres::Database;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::{oneshot, watch};

/// A collector that keeps what it is sent.
struct Kept {
    url: String,
    bodies: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Kept {
    fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let bodies = Arc::<Mutex<Vec<Vec<u8>>>>::default();
        let shared = Arc::clone(&bodies);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&shared);
                std::thread::spawn(move || while take(&stream, &shared).is_some() {});
            }
        });
        Self { url, bodies }
    }

    /// All spans, with the name of the service that each is of.
    fn spans(&self) -> Vec<(String, Span)> {
        let bodies = self.bodies.lock().unwrap();
        let requests = bodies.iter().map(|body| ExportTraceServiceRequest::decode(&**body).unwrap());
        let mut found = Vec::new();
        for resource in requests.flat_map(|request| request.resource_spans) {
            let about = resource.resource.unwrap().attributes;
            let name = about.iter().find(|it| it.key == "service.name").unwrap();
            let Some(Value::StringValue(name)) = name.value.clone().unwrap().value else { panic!("a name") };
            let spans = resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
            found.extend(spans.map(|span| (name.clone(), span)));
        }
        found
    }
}

fn take(stream: &TcpStream, bodies: &Mutex<Vec<Vec<u8>>>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let (mut first, mut length) = (String::new(), 0);
    reader.read_line(&mut first).ok().filter(|count| *count > 0)?;
    assert_eq!(first.trim_end(), "POST /v1/traces HTTP/1.1");
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim_end().to_lowercase();
        if let Some(text) = line.strip_prefix("content-length: ") {
            length = text.parse().unwrap();
        }
        if let Some(media) = line.strip_prefix("content-type: ") {
            assert_eq!(media, "application/x-protobuf");
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    bodies.lock().unwrap().push(body);
    let mut stream = stream;
    stream
        .write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/x-protobuf\r\nContent-Length: 0\r\n\r\n")
        .ok()
}

/// A till that listens and makes traces.
struct Traced {
    address: SocketAddr,
    traces: Traces,
    upstream: Scripted,
    service: Service,
    _stop: (oneshot::Sender<()>, watch::Sender<Service>),
}

impl Traced {
    async fn open(kind: Kind, collector: &str, share: f64, database: &str) -> Self {
        let upstream = Scripted::open();
        let traces = Traces::to(&Collector { url: collector.to_owned(), share }, "till").unwrap();
        let pay = upstream.url("");
        let env = [("DATABASE_URL", database), ("PAY_URL", pay.as_str()), ("PAY_KEY", "hush-hush")];
        let env: BTreeMap<_, _> = env.map(|(name, value)| (name.into(), value.to_owned())).into();
        let settings = Settings { traces: Some(traces.clone()), ..Settings::new(env, PathBuf::from(".")) };
        let service = kind.start(kind.text(), &settings).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (newest, services) = watch::channel(service.clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let options = HttpOptions::default();
        tokio::spawn(async move { serve(services, listener, options, async { drop(stopped.await) }).await });
        Self { address, traces, upstream, service, _stop: (stop, newest) }
    }

    async fn ask(&self, request: String) -> String {
        let address = self.address;
        let asked = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        });
        asked.await.unwrap()
    }

    async fn buy(&self, order: u32, headers: &str) -> String {
        let body = format!(r#"{{"order":{order},"amount":"77.77"}}"#);
        let length = body.len();
        let head =
            "POST /sales HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json";
        self.ask(format!("{head}\r\n{headers}Content-Length: {length}\r\n\r\n{body}")).await
    }

    /// Ends, when everything has been sent.
    async fn stop(self) -> Scripted {
        self.service.stop().await;
        let traces = self.traces;
        tokio::task::spawn_blocking(move || traces.stop()).await.unwrap();
        self.upstream
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A text among what a span says of itself.
fn said(span: &Span, key: &str) -> Option<String> {
    let found = span.attributes.iter().find(|it| it.key == key)?;
    let value = found.value.clone()?.value?;
    if let Value::IntValue(number) = value {
        return Some(number.to_string());
    }
    let Value::StringValue(text) = value else { panic!("{value:?}") };
    Some(text)
}

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// A call that asks an upstream and writes: one trace, that of whoever asked.
async fn hangs_together(kind: Kind, database: &str, system: &str) {
    let collector = Kept::open();
    let till = Traced::open(kind, &collector.url, 1.0, database).await;
    let answer = till.buy(5, &format!("traceparent: 00-{TRACE}-00f067aa0ba902b7-01\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    let request = answer.lines().find_map(|line| line.strip_prefix("x-request-id: ")).unwrap().to_owned();
    let upstream = till.stop().await;
    let all = collector.spans();
    assert!(all.iter().all(|(service, span)| service == "till" && hex(&span.trace_id) == TRACE));
    let spans: Vec<&Span> = all.iter().map(|(_, span)| span).collect();
    let named = |name: &str| {
        let found: Vec<_> = spans.iter().filter(|span| span.name == name).collect();
        assert_eq!(found.len(), 1, "{name} among {:?}", spans.iter().map(|it| &it.name).collect::<Vec<_>>());
        *found[0]
    };
    let (server, call, asks) = (named("POST /sales"), named("buy"), named("POST pay.charge"));
    assert_eq!(hex(&server.parent_span_id), "00f067aa0ba902b7");
    assert_eq!(
        (call.parent_span_id.clone(), asks.parent_span_id.clone()),
        (server.span_id.clone(), call.span_id.clone())
    );
    assert_eq!(said(server, "http.response.status_code").as_deref(), Some("201"));
    assert_eq!(said(call, "quater.request"), Some(request));
    assert_eq!(said(asks, "http.response.status_code").as_deref(), Some("200"));
    let inserts = named("INSERT");
    assert_eq!(inserts.parent_span_id, call.span_id);
    assert_eq!(said(inserts, "db.system.name").as_deref(), Some(system));
    let text = said(inserts, "db.query.text").unwrap();
    assert!(text.starts_with("INSERT INTO \"sale\""), "{text}");
    let within = |inner: &Span, outer: &Span| {
        outer.start_time_unix_nano <= inner.start_time_unix_nano
            && inner.end_time_unix_nano <= outer.end_time_unix_nano
    };
    assert!(within(call, server) && within(asks, call) && within(inserts, call));
    let asked = upstream.take().remove(0);
    let told = asked.headers.iter().find_map(|line| line.strip_prefix("traceparent: ")).unwrap();
    assert_eq!(told, format!("00-{TRACE}-{}-01", hex(&asks.span_id)));
    for body in collector.bodies.lock().unwrap().iter() {
        let text = String::from_utf8_lossy(body);
        for secret in ["hush-hush", "77.77", "r-5"] {
            assert!(!text.contains(secret), "`{secret}` is in what is sent");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_of_a_call_hang_together() {
    for kind in Kind::ALL {
        hangs_together(kind, "sqlite::memory:", "sqlite").await;
        let folder = tempfile::tempdir().unwrap();
        hangs_together(kind, &format!("sqlite:{}", folder.path().join("till.db").display()), "sqlite").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn spans_of_a_call_hang_together_on_postgres() {
    for kind in Kind::ALL {
        let Some(database) = Database::fresh() else { return };
        hangs_together(kind, &database.url(), "postgresql").await;
    }
}

/// Who asks may say that a trace is not kept, and no more; nonsense begins a trace of its own.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_cannot_have_more_kept() {
    let collector = Kept::open();
    let till = Traced::open(Kind::Declared, &collector.url, 1.0, "sqlite::memory:").await;
    till.buy(1, &format!("traceparent: 00-{TRACE}-00f067aa0ba902b7-00\r\n")).await;
    let long = "x".repeat(5_000);
    for (order, wrong) in [(2, "00-xyz-00f067aa0ba902b7-01"), (3, "00-0-0-01"), (4, long.as_str())] {
        let answer = till.buy(order, &format!("traceparent: {wrong}\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    }
    till.ask("GET /nowhere/secret HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_owned()).await;
    till.stop().await;
    let spans = collector.spans();
    let calls = spans.iter().filter(|(_, span)| span.name == "buy").count();
    assert_eq!(calls, 3);
    assert!(spans.iter().all(|(_, span)| hex(&span.trace_id) != TRACE && !span.name.contains("secret")));
    let none = Kept::open();
    let till = Traced::open(Kind::Declared, &none.url, 0.0, "sqlite::memory:").await;
    till.buy(1, &format!("traceparent: 00-{TRACE}-00f067aa0ba902b7-01\r\n")).await;
    till.stop().await;
    assert!(none.spans().is_empty(), "a share of none is none, whoever asks");
}

/// A collector that takes a connection and then says nothing holds nobody up, and the end neither.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_a_collector() {
    let deaf = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", deaf.local_addr().unwrap());
    let till = Traced::open(Kind::Declared, &url, 1.0, "sqlite::memory:").await;
    let begun = Instant::now();
    for order in 1..=50 {
        let answer = till.buy(order, "").await;
        assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    }
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(10), "{took:?}");
    let begun = Instant::now();
    till.stop().await;
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
}

#[test]
fn what_is_no_collector_is_told() {
    let wrong =
        |url: &str, share: f64| Traces::to(&Collector { url: url.to_owned(), share }, "till").unwrap_err();
    assert!(matches!(wrong("collector:4318", 1.0), TracesError::BadUrl { .. }));
    assert!(matches!(wrong("grpc://collector:4317", 1.0), TracesError::BadUrl { .. }));
    assert!(matches!(wrong("http://127.0.0.1:4318", 1.5), TracesError::BadShare { .. }));
    assert!(matches!(wrong("http://127.0.0.1:4318", f64::NAN), TracesError::BadShare { .. }));
}

//! What is counted while a service runs, in the text format of Prometheus.
//!
//! Every series is there from the start, and none of its labels comes from a caller: callers can't make more.
use crate::call::Refusal;
use crate::spans::Span;
use quater_ir::fault::TOO_MANY;
use quater_ir::operation::{Door, Operation};
use quater_ir::{Id, Program};
use std::fmt::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Upper bounds of how long calls take, in microseconds.
const BOUNDS: [u64; 12] =
    [500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 2_500_000, 10_000_000];

/// How a call ends.
const ENDS: [&str; 4] = ["ok", "refused", "limited", "failed"];

/// The counters of a service.
pub(crate) struct Metrics {
    begun: SystemTime,
    operations: Vec<Calls>,
    /// By the first digit of the status.
    responses: [AtomicU64; 6],
    /// Requests that are being answered.
    pub(crate) requests: Gauge,
    /// Requests that found all places taken.
    pub(crate) turned_away: AtomicU64,
}

/// Something that there is more or less of.
#[derive(Default)]
pub(crate) struct Gauge(AtomicI64);

/// One more of it, until this is dropped.
pub(crate) struct Held<'g>(&'g Gauge);

/// A call that is counted, and whose span ends, when it has come to its end; without one when this is dropped.
pub(crate) struct Counting<'m> {
    metrics: &'m Metrics,
    program: &'m Program,
    operation: Id<Operation>,
    door: Door,
    begun: Instant,
    span: Option<Arc<Span>>,
    ended: bool,
}

impl Counting<'_> {
    /// The call has ended, perhaps with a refusal.
    pub(crate) fn end(mut self, refusal: Option<&Refusal>) {
        self.count(refusal);
    }

    fn count(&mut self, refusal: Option<&Refusal>) {
        self.ended = true;
        self.metrics.called(self.program, self.operation, self.door, refusal, self.begun.elapsed());
        if let Some(span) = &self.span {
            span.called(self.program, refusal);
        }
    }
}

impl Drop for Counting<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.count(Some(&Refusal::gone()));
        }
    }
}

impl Gauge {
    pub(crate) fn hold(&self) -> Held<'_> {
        self.0.fetch_add(1, Relaxed);
        Held(self)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Relaxed);
    }
}

#[derive(Default)]
struct Calls {
    /// By door and end.
    ended: [[AtomicU64; ENDS.len()]; Door::ALL.len()],
    /// Those that took at most as long, each counted once.
    took: [AtomicU64; BOUNDS.len()],
    /// All, and their time in microseconds.
    count: AtomicU64,
    time: AtomicU64,
}

impl Metrics {
    pub(crate) fn new(program: &Program) -> Self {
        Self {
            begun: SystemTime::now(),
            operations: program.operations.values().map(|_| Calls::default()).collect(),
            responses: Default::default(),
            requests: Gauge::default(),
            turned_away: AtomicU64::new(0),
        }
    }

    /// Counts a call that begins now, once it has ended.
    pub(crate) fn counting<'m>(
        &'m self,
        program: &'m Program,
        (operation, door): (Id<Operation>, Door),
        span: Option<Arc<Span>>,
    ) -> Counting<'m> {
        Counting { metrics: self, program, operation, door, begun: Instant::now(), span, ended: false }
    }

    fn called(
        &self,
        program: &Program,
        operation: Id<Operation>,
        door: Door,
        refusal: Option<&Refusal>,
        took: Duration,
    ) {
        let Some(calls) = self.operations.get(operation.index()) else { return };
        let end = match refusal {
            None => 0,
            Some(refusal) if refusal.fault == TOO_MANY => 2,
            Some(refusal) if program.faults[refusal.fault].status < 500 => 1,
            Some(_) => 3,
        };
        let door = Door::ALL.iter().position(|known| *known == door);
        if let Some(counter) = door.and_then(|door| calls.ended.get(door)?.get(end)) {
            counter.fetch_add(1, Relaxed);
        }
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        if let Some(counter) = BOUNDS.iter().zip(&calls.took).find(|(bound, _)| took <= **bound) {
            counter.1.fetch_add(1, Relaxed);
        }
        calls.count.fetch_add(1, Relaxed);
        calls.time.fetch_add(took, Relaxed);
    }

    /// Counts an answer over HTTP, whatever it is to.
    pub(crate) fn responded(&self, status: u16) {
        if let Some(counter) = self.responses.get(usize::from(status / 100)) {
            counter.fetch_add(1, Relaxed);
        }
    }

    /// All of it, as it is scraped.
    pub(crate) fn text(&self, program: &Program) -> String {
        let mut out = Text(String::new());
        let service = &program.service;
        out.about("quater_service_info", "gauge", "The service that runs.");
        let (name, version) = (&service.name, service.version);
        out.line("quater_service_info", &format!("service=\"{name}\",version=\"{version}\""), 1);
        out.about("process_start_time_seconds", "gauge", "When it started, in seconds since 1970.");
        let begun = self.begun.duration_since(UNIX_EPOCH).unwrap_or_default();
        out.line("process_start_time_seconds", "", begun.as_secs());
        out.about("quater_http_requests_in_flight", "gauge", "HTTP requests that are being answered.");
        out.line("quater_http_requests_in_flight", "", self.requests.0.load(Relaxed).max(0).unsigned_abs());
        out.about(
            "quater_http_requests_turned_away_total",
            "counter",
            "HTTP requests that found all places taken.",
        );
        out.line("quater_http_requests_turned_away_total", "", self.turned_away.load(Relaxed));
        out.about(
            "quater_http_responses_total",
            "counter",
            "Answers over HTTP, by the class of their status.",
        );
        for (class, counter) in self.responses.iter().enumerate().skip(1) {
            out.line("quater_http_responses_total", &format!("status=\"{class}xx\""), counter.load(Relaxed));
        }
        let calls = || program.operations.values().zip(&self.operations);
        out.about(
            "quater_calls_total",
            "counter",
            "Calls that have ended, by operation, door and how they ended.",
        );
        for (operation, calls) in calls() {
            calls.ends(operation, &mut out);
        }
        out.about("quater_call_duration_seconds", "histogram", "How long calls took.");
        for (operation, calls) in calls() {
            calls.times(operation, &mut out);
        }
        out.0
    }
}

impl Calls {
    fn ends(&self, operation: &Operation, out: &mut Text) {
        for (door, ended) in Door::ALL.iter().zip(&self.ended) {
            if !operation.doors.has(*door) {
                continue;
            }
            for (end, counter) in ENDS.iter().zip(ended) {
                let labels =
                    format!("operation=\"{}\",door=\"{}\",result=\"{end}\"", operation.name, door.name());
                out.line("quater_calls_total", &labels, counter.load(Relaxed));
            }
        }
    }

    fn times(&self, operation: &Operation, out: &mut Text) {
        let name = &operation.name;
        let mut so_far = 0;
        for (bound, counter) in BOUNDS.iter().zip(&self.took) {
            so_far += counter.load(Relaxed);
            let labels = format!("operation=\"{name}\",le=\"{}\"", seconds(*bound));
            out.line("quater_call_duration_seconds_bucket", &labels, so_far);
        }
        let count = self.count.load(Relaxed).max(so_far);
        out.line("quater_call_duration_seconds_bucket", &format!("operation=\"{name}\",le=\"+Inf\""), count);
        let labels = format!("operation=\"{name}\"");
        out.line("quater_call_duration_seconds_sum", &labels, seconds(self.time.load(Relaxed)));
        out.line("quater_call_duration_seconds_count", &labels, count);
    }
}

fn seconds(microseconds: u64) -> f64 {
    Duration::from_micros(microseconds).as_secs_f64()
}

struct Text(String);

impl Text {
    fn about(&mut self, name: &str, kind: &str, help: &str) {
        self.0.push_str(&format!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
    }

    fn line(&mut self, name: &str, labels: &str, value: impl std::fmt::Display) {
        let labels = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
        // Writing into text does not fail.
        _ = writeln!(self.0, "{name}{labels} {value}");
    }
}

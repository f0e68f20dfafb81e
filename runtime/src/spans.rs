//! Traces: a span for each request, call, statement and question to an upstream, sent to a collector by OTLP. Off
//! unless it is asked for. What a collector does not take in time is thrown away; no call ever waits for it.
use crate::call::{Refusal, RequestId};
use http::{HeaderMap, Method};
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{FutureExt, SpanKind, Status, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, ContextGuard, KeyValue};
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracer, SdkTracerProvider, Span as Recording,
};
use quater_ir::Program;
use quater_ir::operation::{Door, Operation};
use reqwest::Url;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Most spans that wait to be sent: some megabytes.
const WAITING: usize = 8_192;

/// How long a span waits for company.
const LINGER: Duration = Duration::from_secs(1);

/// How long the collector may take for what it is sent, and for the last of it when the process ends.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether this process makes any: what asks for each statement must cost nothing where it does not.
static MADE: AtomicBool = AtomicBool::new(false);

/// Where traces go, and how many of them.
#[derive(Debug, Clone)]
pub struct Collector {
    /// Its address, such as `http://127.0.0.1:4318`; `/v1/traces` is put behind it.
    pub url: String,
    /// The share of traces that are kept, from 0 to 1.
    pub share: f64,
}

/// Why no traces can be sent.
#[derive(Debug, thiserror::Error)]
pub enum TracesError {
    /// The address is not one of HTTP.
    #[error("`{url}` is not the address of a collector: use `http://HOST:4318`")]
    BadUrl {
        /// What was said.
        url: String,
    },
    /// The share is no share.
    #[error("{share} is not a share of traces: use a number from 0 to 1")]
    BadShare {
        /// What was said.
        share: f64,
    },
    /// What sends them cannot be made.
    #[error("traces cannot be sent")]
    Sender {
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// What makes spans and sends them. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Traces {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

/// A span that has begun, and what begins within it.
#[derive(Debug, Clone)]
pub(crate) struct Span(Context);

/// A statement that runs; ends with its value.
#[derive(Default)]
pub(crate) struct Statement {
    /// Nothing where nobody records it.
    _recording: Option<Box<Recording>>,
}

/// What makes the spans within a span.
#[derive(Debug)]
struct Maker(SdkTracer);

impl Traces {
    /// Begins to send to a collector, under the name of a service.
    ///
    /// # Errors
    /// When the address or the share is none, or there is no thread to send from.
    pub fn to(collector: &Collector, service: &str) -> Result<Self, TracesError> {
        let bad = || TracesError::BadUrl { url: collector.url.clone() };
        let url = Url::parse(&collector.url).map_err(|_| bad())?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(bad());
        }
        if !(0.0..=1.0).contains(&collector.share) {
            return Err(TracesError::BadShare { share: collector.share });
        }
        let endpoint = format!("{}/v1/traces", url.as_str().trim_end_matches('/'));
        let exporter = SpanExporter::builder().with_http().with_protocol(Protocol::HttpBinary);
        let exporter = exporter.with_endpoint(endpoint).with_timeout(PATIENCE).build();
        let exporter = exporter.map_err(|error| TracesError::Sender { source: Box::new(error) })?;
        let batches = BatchConfigBuilder::default().with_max_queue_size(WAITING).with_scheduled_delay(LINGER);
        let batches = BatchSpanProcessor::builder(exporter).with_batch_config(batches.build()).build();
        // Whether a trace is kept is for this service to say: a stranger who asks for it cannot raise the share.
        let share = || Sampler::TraceIdRatioBased(collector.share);
        let sampler = Sampler::parent_based(share()).with_remote_parent_sampled(share());
        let provider = SdkTracerProvider::builder()
            .with_span_processor(batches)
            .with_sampler(sampler)
            .with_resource(Resource::builder().with_service_name(service.to_owned()).build())
            .build();
        MADE.store(true, Ordering::Relaxed);
        Ok(Self { tracer: provider.tracer("quater"), provider })
    }

    /// Sends what is left; takes some seconds at most.
    pub fn stop(&self) {
        if let Err(error) = self.provider.shutdown_with_timeout(PATIENCE) {
            tracing::warn!(%error, "not all traces were sent");
        }
    }

    /// The span of a request, within that of whoever asks, where it says one.
    pub(crate) fn request(&self, method: &Method, route: &str, headers: &HeaderMap) -> Span {
        let from =
            TraceContextPropagator::new().extract_with_context(&Context::new(), &HeaderExtractor(headers));
        let name = format!("{method} {route}");
        let about = vec![
            KeyValue::new("http.request.method", method.to_string()),
            KeyValue::new("http.route", route.to_owned()),
        ];
        self.begin(name, SpanKind::Server, about, &from)
    }

    /// The span of a call, within that of its request where there is one.
    pub(crate) fn call(&self, operation: &Operation, door: Door, request: RequestId) -> Span {
        let about = vec![
            KeyValue::new("quater.operation", operation.name.to_string()),
            KeyValue::new("quater.door", door.name()),
            KeyValue::new("quater.request", request.to_string()),
        ];
        self.begin(operation.name.to_string(), SpanKind::Internal, about, &Context::current())
    }

    fn begin(&self, name: String, kind: SpanKind, about: Vec<KeyValue>, within: &Context) -> Span {
        let builder = self.tracer.span_builder(name).with_kind(kind).with_attributes(about);
        let span = self.tracer.build_with_context(builder, within);
        Span(within.with_span(span).with_value(Maker(self.tracer.clone())))
    }
}

impl Span {
    /// What is done on this thread until the guard goes is within the span.
    pub(crate) fn enter(&self) -> ContextGuard {
        self.0.clone().attach()
    }

    /// What a future does is within the span.
    pub(crate) fn around<F: Future>(&self, work: F) -> impl Future<Output = F::Output> {
        work.with_context(self.0.clone())
    }

    /// Ends the span of a request.
    pub(crate) fn answered(&self, status: u16) {
        let span = self.0.span();
        span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status)));
        if status >= 500 {
            span.set_status(Status::error(""));
        }
        span.end();
    }

    /// Ends the span of a call.
    pub(crate) fn called(&self, program: &Program, refusal: Option<&Refusal>) {
        let span = self.0.span();
        if let Some(refusal) = refusal {
            let fault = &program.faults[refusal.fault];
            span.set_attribute(KeyValue::new("error.type", fault.name.to_string()));
            if fault.status >= 500 {
                span.set_status(Status::error(""));
            }
        }
        span.end();
    }

    /// The span of a question to an upstream.
    pub(crate) fn asks(&self, upstream: &str, call: &str, method: &Method, url: &Url) -> Option<Self> {
        let Maker(tracer) = self.0.get()?;
        let mut about = vec![
            KeyValue::new("http.request.method", method.to_string()),
            KeyValue::new("server.address", url.host_str().unwrap_or("").to_owned()),
        ];
        about.extend(url.port_or_known_default().map(|port| KeyValue::new("server.port", i64::from(port))));
        let builder = tracer.span_builder(format!("{method} {upstream}.{call}"));
        let builder = builder.with_kind(SpanKind::Client).with_attributes(about);
        Some(Self(self.0.with_span(tracer.build_with_context(builder, &self.0))))
    }

    /// Tells the upstream which span asks it.
    pub(crate) fn tell(&self, headers: &mut HeaderMap) {
        TraceContextPropagator::new().inject_context(&self.0, &mut HeaderInjector(headers));
    }

    /// Ends the span of a question to an upstream: with a status, or with why there is none.
    pub(crate) fn replied(&self, reply: Result<u16, &str>) {
        let span = self.0.span();
        match reply {
            Ok(status) => {
                span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status)));
                if status >= 400 {
                    span.set_status(Status::error(""));
                }
            }
            Err(why) => span.set_status(Status::error(why.to_owned())),
        }
        span.end();
    }
}

impl Statement {
    /// A statement that begins here, of whatever span this thread is in. Its values are not shown.
    pub(crate) fn begin(system: &'static str, text: &str) -> Self {
        tracing::trace!(target: "quater::sql", statement = text);
        if !MADE.load(Ordering::Relaxed) {
            return Self::default();
        }
        let recording = Context::map_current(|within| {
            let Maker(tracer) = within.get().filter(|_| within.span().is_recording())?;
            let verb = text.split([' ', '\n']).next().unwrap_or("").to_owned();
            let builder =
                tracer.span_builder(verb.clone()).with_kind(SpanKind::Client).with_attributes(vec![
                    KeyValue::new("db.system.name", system),
                    KeyValue::new("db.operation.name", verb),
                    KeyValue::new("db.query.text", text.to_owned()),
                ]);
            Some(Box::new(tracer.build_with_context(builder, within)))
        });
        Self { _recording: recording }
    }
}

/// The span of a thread's work, for as long as it is entered.
pub(crate) fn enter(span: Option<&Arc<Span>>) -> Option<ContextGuard> {
    span.map(|span| span.enter())
}

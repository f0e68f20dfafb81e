//! Metrics, at an address of their own: what they tell is not for callers.
use super::Response;
use crate::service::Service;
use axum::body::Body;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, StatusCode};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::convert::Infallible;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// How long whoever scrapes is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// The text format of Prometheus.
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// Answers `GET /metrics` with what the newest service counts, for as long as it is polled.
pub async fn scrape(services: watch::Receiver<Service>, listener: TcpListener) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let services = services.clone();
        let answer = service_fn(move |request: hyper::Request<Incoming>| {
            let service = services.borrow().clone();
            async move { Ok::<_, Infallible>(answer(&request, &service)) }
        });
        let mut server = hyper::server::conn::http1::Builder::new();
        server.timer(TokioTimer::new()).header_read_timeout(PATIENCE).keep_alive(false);
        let connection = server.serve_connection(TokioIo::new(stream), answer);
        // One at a time is enough, and bounds what strangers can hold.
        if !matches!(tokio::time::timeout(PATIENCE, connection).await, Ok(Ok(()))) {
            tracing::debug!("a connection to the metrics ended early");
        }
    }
}

fn answer(request: &hyper::Request<Incoming>, service: &Service) -> Response {
    let found = request.uri().path() == "/metrics" && matches!(*request.method(), Method::GET | Method::HEAD);
    if !found {
        let mut response = Response::new(Body::from("there is only GET /metrics\n"));
        *response.status_mut() = StatusCode::NOT_FOUND;
        return response;
    }
    let mut response = Response::new(Body::from(service.metrics().text(service.program())));
    response.headers_mut().insert(CONTENT_TYPE, TEXT);
    response
}

//! Streams to clients that would stay open for ever: they end when their service stops.
use axum::body::{Body, HttpBody};
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::sync::watch;

/// Whether a service stops; that it has gone says so too.
#[derive(Debug, Clone)]
pub(super) struct Stopping(watch::Receiver<bool>);

impl Stopping {
    pub(super) fn of(service: &watch::Sender<bool>) -> Self {
        Self(service.subscribe())
    }

    /// Waits for the stop.
    pub(super) async fn wait(&mut self) {
        // An error is that nobody is left to say it.
        drop(self.0.wait_for(|stopping| *stopping).await);
    }
}

/// A body that ends at the stop.
pub(super) struct Ending {
    body: Body,
    stopped: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Ending {
    pub(super) fn new(body: Body, mut stopping: Stopping) -> Self {
        Self { body, stopped: Box::pin(async move { stopping.wait().await }) }
    }
}

impl HttpBody for Ending {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if polled.is_pending() && self.stopped.as_mut().poll(context).is_ready() {
            return Poll::Ready(None);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

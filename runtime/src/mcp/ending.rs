//! Streams to clients that would stay open for ever: they end when their service stops.
use axum::body::Body;
use futures_util::StreamExt;
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
pub(super) fn ending(body: Body, mut stopping: Stopping) -> Body {
    Body::from_stream(body.into_data_stream().take_until(async move { stopping.wait().await }))
}

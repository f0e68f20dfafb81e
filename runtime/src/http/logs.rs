//! One line of the log for each request.
use super::{download, upload};
use crate::call::RequestId;
use http::StatusCode;
use http::request::Parts;
use std::net::IpAddr;
use std::time::Instant;
use tracing::Level;

/// What is told of a request that has been answered: never its query, its headers or its body, nor the link of a file.
pub(super) struct Seen {
    method: String,
    path: String,
    begun: Instant,
    info: bool,
}

impl Seen {
    /// Nothing, where nobody would read it: requests are logged at `info` where that is wished for, else at `debug`.
    pub(super) fn of(parts: &Parts, info: bool) -> Option<Self> {
        let read = if info { tracing::enabled!(Level::INFO) } else { tracing::enabled!(Level::DEBUG) };
        read.then(|| Self {
            method: parts.method.to_string(),
            path: told(parts.uri.path()).to_owned(),
            begun: Instant::now(),
            info,
        })
    }

    pub(super) fn log(&self, request: RequestId, peer: Option<IpAddr>, status: StatusCode) {
        let Self { method, path, begun, info } = self;
        let (method, path, status) = (method.as_str(), path.as_str(), status.as_u16());
        let took = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let peer = peer.map(tracing::field::display);
        if *info {
            tracing::info!(%request, method, path, status, took, peer, "request");
        } else {
            tracing::debug!(%request, method, path, status, took, peer, "request");
        }
    }
}

/// A path as the log has it: whoever has the link of a file has the file, and whoever has a ticket may send one.
fn told(path: &str) -> &str {
    let secret = [download::ROUTE, upload::TICKETS];
    let meant = |route: &&str| route.split_once('{').is_some_and(|(prefix, _)| path.starts_with(prefix));
    secret.into_iter().find(meant).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn links_of_files_are_not_logged() {
        assert_eq!(told("/_files/eyJrIjoi.c2VhbA"), "/_files/{ticket}");
        assert_eq!(told("/quater/v1/uploads/eyJrIjoi.c2VhbA"), "/quater/v1/uploads/{ticket}");
        assert_eq!(told("/orders/7"), "/orders/7");
    }
}

//! Sending: in its time, again where that does no harm, and with an answer that ends.
use super::address::Private;
use super::{Reply, Request, Upstream, Upstreams, call_of};
use crate::facts::Facts;
use crate::spans::Span;
use bytes::Bytes;
use reqwest::header::HeaderMap;
use reqwest::{Error, Method};
use std::error::Error as _;
use std::time::{Duration, Instant};

/// How often something is asked at most.
const TRIES: u32 = 3;

/// How long is waited before the second time; twice as long before the third.
const PAUSE: Duration = Duration::from_millis(100);

/// Why there is no answer.
enum Failed {
    Client(Error),
    TooLarge,
}

impl Upstreams {
    /// Asks, and waits for what comes of it.
    pub(crate) async fn send(&self, facts: &Facts, request: &Request, within: Option<&Span>) -> Reply {
        let Some(upstream) = self.get(request.resource) else {
            return Reply::Unanswered("it has no address".to_owned());
        };
        let begun = Instant::now();
        let call = call_of(facts, request.resource, request.call).map_or("", |call| call.name.as_str());
        let span = within.and_then(|it| it.asks(&upstream.name, call, &request.method, &request.url));
        let mut headers = request.headers.clone();
        if let Some(span) = &span {
            span.tell(&mut headers);
        }
        let work = async {
            let turn = upstream.turns.acquire().await;
            let reply = upstream.tries(request, &headers).await;
            drop(turn);
            reply
        };
        let reply = tokio::time::timeout(upstream.timeout, work).await.unwrap_or_else(|_| {
            Reply::Unanswered(format!("it did not answer within {} ms", upstream.timeout.as_millis()))
        });
        let took = begun.elapsed();
        if let Some(span) = span {
            span.replied(match &reply {
                Reply::Answered { status, .. } => Ok(*status),
                Reply::Unanswered(why) => Err(why),
            });
        }
        match &reply {
            Reply::Answered { status, .. } => {
                tracing::debug!(upstream = %upstream.name, call, status, ?took, "an upstream answers");
            }
            Reply::Unanswered(why) => {
                tracing::warn!(upstream = %upstream.name, call, why, ?took, "an upstream does not answer");
            }
        }
        reply
    }
}

impl Upstream {
    /// Asks again what changes nothing when it is asked twice, and what has not arrived.
    async fn tries(&self, request: &Request, headers: &HeaderMap) -> Reply {
        let again = [Method::GET, Method::PUT, Method::DELETE].contains(&request.method);
        let mut tried = 1;
        loop {
            let last = tried == TRIES;
            match self.once(request, headers).await {
                Ok(Reply::Answered { status: 502..=504, .. }) if again && !last => {}
                Ok(reply) => return reply,
                Err(Failed::TooLarge) => {
                    return Reply::Unanswered(format!("its answer has more than {} bytes", self.limit));
                }
                Err(Failed::Client(error)) if is_private(&error) => {
                    return Reply::Unanswered(Private.to_string());
                }
                Err(Failed::Client(error)) if (again || error.is_connect()) && !last => {}
                Err(Failed::Client(error)) if error.is_connect() => {
                    return Reply::Unanswered("it cannot be reached".to_owned());
                }
                Err(Failed::Client(_)) => return Reply::Unanswered("its answer broke off".to_owned()),
            }
            tokio::time::sleep(PAUSE * tried).await;
            tried += 1;
        }
    }

    async fn once(&self, request: &Request, headers: &HeaderMap) -> Result<Reply, Failed> {
        let mut asked = self.client.request(request.method.clone(), request.url.clone());
        asked = asked.headers(headers.clone());
        if let Some(body) = &request.body {
            asked = asked.body(body.clone());
        }
        let mut answer = asked.send().await.map_err(Failed::Client)?;
        let status = answer.status().as_u16();
        if answer.content_length().is_some_and(|length| length > self.limit as u64) {
            return Err(Failed::TooLarge);
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(Failed::Client)? {
            if body.len() + chunk.len() > self.limit {
                return Err(Failed::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply::Answered { status, body: Bytes::from(body) })
    }
}

/// Whether a name led inside, at whatever depth that is said.
fn is_private(error: &Error) -> bool {
    let mut source = error.source();
    while let Some(error) = source {
        if error.is::<Private>() {
            return true;
        }
        source = error.source();
    }
    false
}

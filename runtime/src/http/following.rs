//! A call whose client wants to hear how far it has come: lines of JSON, one for each step and the reply last.
//! A call that ends before it has told anything is answered as ever.
use super::actions::{answered, complaint, reply};
use super::{Response, caught};
use crate::call::{Answer, Call, Refusal, RequestId};
use crate::progress::{Heard, Told};
use crate::service::Service;
use axum::body::Body;
use futures_util::future::BoxFuture;
use futures_util::stream;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use quater_ir::fault::INTERNAL;
use serde_json::{Value as Json, json};
use std::convert::Infallible;

/// A call under way. Nothing of it stays once this is dropped before its end.
struct Followed {
    service: Service,
    id: RequestId,
    heard: Heard,
    call: BoxFuture<'static, Result<Answer, Refusal>>,
    /// What it has come to, until that is told.
    ended: Option<Result<Answer, Refusal>>,
}

enum Next {
    Told(Told),
    Ended(Result<Answer, Refusal>),
}

/// Does a call and tells its steps.
pub(super) async fn answer(service: Service, call: Call, heard: Heard) -> Result<Response, Refusal> {
    let (id, invoked) = (call.request, service.clone());
    let call = Box::pin(async move {
        caught(invoked.invoke(call)).await.unwrap_or_else(|panic| {
            tracing::error!(request = %id, panic, "a call ended in a panic");
            Err(Refusal::plain(invoked.program(), INTERNAL))
        })
    });
    let mut followed = Followed { service, id, heard, call, ended: None };
    match followed.next().await {
        Next::Ended(result) => Ok(answered(&result?, id)),
        first @ Next::Told(_) => Ok(lines(first, followed)),
    }
}

fn lines(first: Next, followed: Followed) -> Response {
    let lines = stream::unfold(Some((Some(first), followed)), |state| async move {
        let (first, mut followed) = state?;
        let next = match first {
            Some(first) => first,
            None => followed.next().await,
        };
        let line = format!("{}\n", followed.line(&next));
        let state = if let Next::Told(_) = next { Some((None, followed)) } else { None };
        Some((Ok::<_, Infallible>(line), state))
    });
    let mut response = Response::new(Body::from_stream(lines));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

impl Followed {
    async fn next(&mut self) -> Next {
        let result = match self.ended.take() {
            Some(result) => result,
            None => tokio::select! {
                biased;
                Some(told) = self.heard.next() => return Next::Told(told),
                result = &mut self.call => result,
            },
        };
        match self.heard.left() {
            Some(told) => {
                self.ended = Some(result);
                Next::Told(told)
            }
            None => Next::Ended(result),
        }
    }

    fn line(&self, next: &Next) -> String {
        match next {
            Next::Told(told) => step(told).to_string(),
            Next::Ended(Ok(answer)) => reply(answer, self.id),
            Next::Ended(Err(refusal)) => complaint(self.service.program(), refusal, self.id),
        }
    }
}

/// A step, as the protocol tells it.
fn step(told: &Told) -> Json {
    json!({ "status": "progress", "done": told.done, "total": told.total, "text": told.text })
}

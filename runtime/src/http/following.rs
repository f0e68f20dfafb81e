//! A call whose client wants to hear how far it has come: lines of JSON, one for each step and the reply last.
//! A call that ends before it has told anything is answered as ever.
use super::Response;
use super::actions::{answered, complaint, reply};
use super::under_way::{Next, UnderWay};
use crate::call::{Call, Refusal, RequestId};
use crate::limit::Quotas;
use crate::progress::{Heard, Told};
use crate::service::Service;
use axum::body::Body;
use futures_util::stream;
use http::HeaderValue;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use serde_json::{Value as Json, json};
use std::convert::Infallible;

struct Followed {
    service: Service,
    id: RequestId,
    call: UnderWay,
}

/// Does a call and tells its steps.
pub(super) async fn answer(service: Service, call: Call, heard: Heard) -> Result<Response, Refusal> {
    let id = call.request;
    let call = UnderWay::begin(service.clone(), call, Quotas::default(), (Some(heard), None));
    let mut followed = Followed { service, id, call };
    match followed.call.next().await {
        Next::Ended(result) => Ok(answered(&result?, id)),
        first @ (Next::Told(_) | Next::Items(_)) => Ok(lines(first, followed)),
    }
}

fn lines(first: Next, followed: Followed) -> Response {
    let lines = stream::unfold(Some((Some(first), followed)), |state| async move {
        let (first, mut followed) = state?;
        let next = match first {
            Some(first) => first,
            None => followed.call.next().await,
        };
        let line = format!("{}\n", followed.line(&next));
        let state = if let Next::Ended(_) = next { None } else { Some((None, followed)) };
        Some((Ok::<_, Infallible>(line), state))
    });
    let mut response = Response::new(Body::from_stream(lines));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

impl Followed {
    fn line(&self, next: &Next) -> String {
        match next {
            Next::Told(told) => step(told).to_string(),
            // A whole reply is asked for here, so none come.
            Next::Items(_) => String::new(),
            Next::Ended(Ok(answer)) => reply(answer, self.id),
            Next::Ended(Err(refusal)) => complaint(self.service.program(), refusal, self.id),
        }
    }
}

/// A step, as the protocol tells it.
fn step(told: &Told) -> Json {
    json!({ "status": "progress", "done": told.done, "total": told.total, "text": told.text })
}

//! Files on their way through the door: taken before a call, and left or removed by what came of it.
use super::{Response, body, download, parts, problem};
use crate::call::{Identity, Parts, Refusal, RequestId};
use crate::files::no_ticket;
use crate::kernel::time;
use crate::service::Service;
use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use http_body_util::BodyExt;
use quater_ir::Id;
use quater_ir::fault::{MALFORMED, NOT_FOUND, TIMED_OUT, UNAVAILABLE};
use quater_ir::operation::{Door, Operation};
use std::net::IpAddr;

/// Takes the parts of a body from a caller who may call; from another nothing is kept, and the call says why.
pub(super) async fn receive<B>(
    service: &Service,
    id: Id<Operation>,
    (headers, sent): (&HeaderMap, B),
    (identity, ip): (&Identity, Option<IpAddr>),
) -> Result<Parts, Refusal>
where
    B: HttpBody<Data = Bytes>,
{
    match service.intake(id, identity, Door::Http, ip).await {
        Some(intake) => parts::read(sent, headers, intake, "").await,
        None => {
            body::heard(sent, headers).await;
            Ok(Parts::default())
        }
    }
}

/// The file that a link leads to.
pub(super) async fn stored(service: &Service, ticket: &str, request: &HeaderMap, id: RequestId) -> Response {
    let now = time::now();
    if let Some((files, linked)) = service.linked(ticket, now) {
        match download::answer(files, &linked, now, request).await {
            Ok(response) => return response,
            Err(error) => tracing::warn!(request = %id, %error, "a stored file cannot be read"),
        }
    }
    let message = "there is no file at this link, or the link has ended";
    problem(service.program(), &Refusal::saying(NOT_FOUND, message), id)
}

/// Where tickets are answered.
pub(crate) const TICKETS: &str = "/quater/v1/uploads/{ticket}";

/// Takes what a ticket is for. Whoever holds it may send that, and nothing else.
pub(super) async fn ticketed<B>(service: &Service, ticket: &str, body: B, id: RequestId) -> Response
where
    B: HttpBody<Data = Bytes>,
{
    match brought(service, ticket, body).await {
        Ok(()) => {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NO_CONTENT;
            response
        }
        Err(refusal) => problem(service.program(), &refusal, id),
    }
}

async fn brought<B>(service: &Service, ticket: &str, body: B) -> Result<(), Refusal>
where
    B: HttpBody<Data = Bytes>,
{
    let (ticket, files) = service.ticket(ticket, time::now()).ok_or_else(no_ticket)?;
    let longest = parts::patience_for(ticket.size());
    let uploading = files.begin_upload(ticket).await;
    let mut uploading = uploading.map_err(|error| {
        tracing::error!(%error, "an upload cannot be stored");
        Refusal::plain(service.program(), UNAVAILABLE)
    })??;
    let slow = || Refusal::saying(TIMED_OUT, "the upload does not arrive fast enough");
    let taken = tokio::time::timeout(longest, async {
        let mut body = std::pin::pin!(body);
        while let Some(frame) = body.frame().await {
            let frame =
                frame.map_err(|_| Refusal::saying(MALFORMED, "the body ended before it was whole"))?;
            if let Ok(data) = frame.into_data() {
                uploading.take(&data).await?;
            }
        }
        uploading.end().await
    });
    taken.await.unwrap_or_else(|_| Err(slow()))
}

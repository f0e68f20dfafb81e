//! Files on their way through the door: taken before a call, and left or removed by what came of it.
use super::{Response, download, parts, problem};
use crate::call::{Answer, Identity, Parts, Refusal, RequestId};
use crate::files::Files;
use crate::kernel::time;
use crate::service::Service;
use crate::value::File;
use axum::body::HttpBody;
use bytes::Bytes;
use http::HeaderMap;
use quater_ir::Id;
use quater_ir::fault::{NOT_FOUND, UNAVAILABLE};
use quater_ir::operation::{Door, Operation};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Takes the parts of a body from a caller who may call; from another nothing is read, and the call says why.
pub(super) async fn receive<B>(
    service: &Service,
    id: Id<Operation>,
    (headers, body): (&HeaderMap, B),
    (identity, ip): (&Identity, Option<IpAddr>),
) -> Result<Parts, Refusal>
where
    B: HttpBody<Data = Bytes>,
{
    let may = service.may_call(identity.clone(), Door::Http, ip).await;
    let Some(files) = service.files().filter(|_| may.is_ok_and(|all| all.contains(&id))) else {
        return Ok(Parts::default());
    };
    parts::read(body, headers, &service.program().operations[id], service.program(), files).await
}

/// Removes what no row keeps, where it is known what came of the call; else it is found later.
pub(super) fn settle(files: &Files, taken: &[Arc<File>], ended: &Result<Answer, Refusal>) {
    let lost = |file: &&Arc<File>| match ended {
        Ok(_) => !file.kept.load(Ordering::Relaxed),
        Err(refusal) => refusal.fault != UNAVAILABLE,
    };
    taken.iter().filter(lost).for_each(|file| files.remove(file));
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

//! A call under way, and what is heard of it meanwhile.
use super::caught;
use crate::call::{Answer, Call, Refusal};
use crate::items::Taken;
use crate::limit::Quotas;
use crate::progress::{Heard, Told};
use crate::service::Service;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use quater_ir::fault::INTERNAL;

/// A call under way. Nothing of it stays once this is dropped before its end.
pub(super) struct UnderWay {
    heard: Option<Heard>,
    taken: Option<Taken>,
    call: BoxFuture<'static, Result<Answer, Refusal>>,
    /// What it has come to, until that is told.
    ended: Option<Result<Answer, Refusal>>,
}

/// What is heard next.
pub(super) enum Next {
    /// How far it is.
    Told(Told),
    /// Items of its output, each with a line break behind it.
    Items(Bytes),
    /// What it has come to; nothing comes behind it.
    Ended(Result<Answer, Refusal>),
}

impl UnderWay {
    /// Begins a call.
    pub(super) fn begin(
        service: Service,
        call: Call,
        quotas: Quotas,
        (heard, taken): (Option<Heard>, Option<Taken>),
    ) -> Self {
        let id = call.request;
        let call = Box::pin(async move {
            caught(service.counted(call, &quotas)).await.unwrap_or_else(|panic| {
                tracing::error!(request = %id, panic, "a call ended in a panic");
                Err(Refusal::plain(service.program(), INTERNAL))
            })
        });
        Self { heard, taken, call, ended: None }
    }

    /// Waits for what is heard next.
    pub(super) async fn next(&mut self) -> Next {
        let result = match self.ended.take() {
            Some(result) => result,
            None => tokio::select! {
                biased;
                Some(told) = told(&mut self.heard) => return Next::Told(told),
                Some(items) = taken(&mut self.taken) => return Next::Items(items),
                result = &mut self.call => result,
            },
        };
        let left = self.heard.as_mut().and_then(Heard::left).map(Next::Told);
        match left.or_else(|| self.taken.as_mut().and_then(Taken::rest).map(Next::Items)) {
            Some(next) => {
                self.ended = Some(result);
                next
            }
            None => Next::Ended(result),
        }
    }
}

async fn told(heard: &mut Option<Heard>) -> Option<Told> {
    heard.as_mut()?.next().await
}

async fn taken(taken: &mut Option<Taken>) -> Option<Bytes> {
    taken.as_mut()?.next().await
}

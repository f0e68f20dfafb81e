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
use std::time::Duration;

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

impl UnderWay {
    /// What is heard within some time; nothing of what comes later is lost.
    pub(super) async fn within(&mut self, time: Duration) -> Option<Next> {
        tokio::time::timeout(time, self.next()).await.ok()
    }
}

async fn told(heard: &mut Option<Heard>) -> Option<Told> {
    heard.as_mut()?.next().await
}

async fn taken(taken: &mut Option<Taken>) -> Option<Bytes> {
    taken.as_mut()?.next().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_stops_waiting_loses_nothing() {
        let (end, ended) = tokio::sync::oneshot::channel();
        let call = Box::pin(async move { ended.await.unwrap_or_else(|_| unreachable!("it is sent")) });
        let mut call = UnderWay { heard: None, taken: None, call, ended: None };
        assert!(call.within(Duration::from_millis(1)).await.is_none());
        assert!(end.send(Err(Refusal::saying(INTERNAL, "late"))).is_ok());
        let heard = call.within(Duration::from_secs(60)).await;
        assert!(matches!(heard, Some(Next::Ended(Err(refusal))) if refusal.message == "late"));
    }
}

//! How far a call has come, as `notifications/progress`.
use crate::call::Wishes;
use crate::progress::{Heard, Progress, Told};
use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::{RequestContext, RoleServer};
use std::pin::pin;

/// Listens to a call where its client wants to hear.
pub(super) fn listen(
    context: &RequestContext<RoleServer>,
    wishes: &mut Wishes,
) -> Option<(ProgressToken, Heard)> {
    let token = context.meta.get_progress_token()?;
    let (progress, heard) = Progress::heard();
    wishes.progress = progress;
    Some((token, heard))
}

/// Does a call, and tells the client how far it has come.
pub(super) async fn pass_on<T>(
    context: &RequestContext<RoleServer>,
    heard: Option<(ProgressToken, Heard)>,
    call: impl Future<Output = T>,
) -> T {
    let Some((token, mut heard)) = heard else { return call.await };
    let mut call = pin!(call);
    let done = loop {
        tokio::select! {
            biased;
            Some(told) = heard.next() => tell(context, &token, told).await,
            done = &mut call => break done,
        }
    };
    while let Some(told) = heard.left() {
        tell(context, &token, told).await;
    }
    done
}

async fn tell(context: &RequestContext<RoleServer>, token: &ProgressToken, told: Told) {
    if let Err(error) = context.peer.notify_progress(notification(token.clone(), told)).await {
        tracing::debug!(%error, "a client does not hear how far its call has come");
    }
}

fn notification(token: ProgressToken, told: Told) -> ProgressNotificationParam {
    let mut notification = ProgressNotificationParam::new(token, told.done as f64);
    notification.total = Some(told.total as f64);
    notification.message = told.text;
    notification
}

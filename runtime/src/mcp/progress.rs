//! What a call tells while it runs: how far it has come, as `notifications/progress`, and what its body says, as
//! `notifications/message`.
#![expect(deprecated, reason = "what is said goes to clients as those of today know it")]
use crate::call::Wishes;
use crate::progress::{Heard, Progress, Told};
use crate::said::{Level, Said, Saying};
use rmcp::model::{LoggingLevel, LoggingMessageNotificationParam, ProgressNotificationParam, ProgressToken};
use rmcp::service::{RequestContext, RoleServer};
use std::future::pending;
use std::pin::pin;
use tokio::sync::mpsc::Receiver;

/// What of a call is heard.
pub(super) struct Listening {
    progress: Option<(ProgressToken, Heard)>,
    said: Option<Receiver<Said>>,
    /// What matters less is not passed on.
    least: Level,
}

/// Listens to a call where its client wants to hear; to what its body says from a level on.
pub(super) fn listen(
    context: &RequestContext<RoleServer>,
    wishes: &mut Wishes,
    least: Option<Level>,
) -> Listening {
    let progress = context.meta.get_progress_token().map(|token| {
        let (progress, heard) = Progress::heard();
        wishes.progress = progress;
        (token, heard)
    });
    let said = least.map(|_| {
        let (saying, said) = Saying::heard();
        wishes.saying = saying;
        said
    });
    Listening { progress, said, least: least.unwrap_or(Level::Error) }
}

/// The least level that a client wants to hear of; nothing where no body says anything that matters so much.
pub(super) const fn least(wanted: LoggingLevel) -> Option<Level> {
    match wanted {
        LoggingLevel::Debug => Some(Level::Debug),
        LoggingLevel::Info => Some(Level::Info),
        LoggingLevel::Notice | LoggingLevel::Warning => Some(Level::Warning),
        LoggingLevel::Error => Some(Level::Error),
        LoggingLevel::Critical | LoggingLevel::Alert | LoggingLevel::Emergency => None,
    }
}

/// Does a call, and tells the client what is heard of it meanwhile, all of it before the end.
pub(super) async fn pass_on<T>(
    context: &RequestContext<RoleServer>,
    mut listening: Listening,
    call: impl Future<Output = T>,
) -> T {
    let mut call = pin!(call);
    let done = loop {
        tokio::select! {
            biased;
            Some((token, told)) = next_told(&mut listening.progress) => tell(context, token, told).await,
            Some(said) = next_said(&mut listening.said) => say(context, listening.least, said).await,
            done = &mut call => break done,
        }
    };
    if let Some((token, mut heard)) = listening.progress {
        while let Some(told) = heard.left() {
            tell(context, token.clone(), told).await;
        }
    }
    while let Some(said) = listening.said.as_mut().and_then(|said| said.try_recv().ok()) {
        say(context, listening.least, said).await;
    }
    done
}

async fn next_told(progress: &mut Option<(ProgressToken, Heard)>) -> Option<(ProgressToken, Told)> {
    match progress {
        Some((token, heard)) => heard.next().await.map(|told| (token.clone(), told)),
        None => pending().await,
    }
}

async fn next_said(said: &mut Option<Receiver<Said>>) -> Option<Said> {
    match said {
        Some(said) => said.recv().await,
        None => pending().await,
    }
}

async fn tell(context: &RequestContext<RoleServer>, token: ProgressToken, told: Told) {
    let mut notification = ProgressNotificationParam::new(token, told.done as f64);
    notification.total = Some(told.total as f64);
    notification.message = told.text;
    if let Err(error) = context.peer.notify_progress(notification).await {
        tracing::debug!(%error, "a client does not hear how far its call has come");
    }
}

async fn say(context: &RequestContext<RoleServer>, least: Level, said: Said) {
    if said.level < least {
        return;
    }
    let level = match said.level {
        Level::Debug => LoggingLevel::Debug,
        Level::Info => LoggingLevel::Info,
        Level::Warning => LoggingLevel::Warning,
        Level::Error => LoggingLevel::Error,
    };
    let line = LoggingMessageNotificationParam::new(level, said.text.into());
    if let Err(error) = context.peer.notify_logging_message(line).await {
        tracing::debug!(%error, "a client does not hear what its call says");
    }
}

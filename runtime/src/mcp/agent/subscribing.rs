//! Resources that clients want to hear of.
use super::{Agent, note};
use crate::call::{Entry, Refusal};
use crate::mcp::denied::REFUSED;
use crate::mcp::result;
use crate::mcp::subscriptions::{Listening, Reading, Subscriptions, Unheard};
use crate::mcp::{Caller, REVISIONS};
use bytes::Bytes;
use memchr::memmem;
use quater_ir::fault::UNAUTHORIZED;
use rmcp::ErrorData;
use rmcp::model::{
    ClientNotification, ClientRequest, ProtocolVersion, ServerConfig, ServerResult, SubscribeRequestMethod,
    UnsubscribeRequestMethod,
};
use rmcp::service::{NotificationContext, RequestContext, RoleServer, Service};
use serde_json::Value as Json;
use std::borrow::Cow;
use std::sync::Arc;

/// The method of a client that listens.
const LISTEN: &str = "subscriptions/listen";

/// Where its message names resources.
const NAMED: &str = "/params/notifications/resourceSubscriptions";

/// Most resources of one such message; what comes behind is not acknowledged.
const MOST: usize = 100;

impl Agent {
    /// Whether there is anything to hear of.
    pub(super) fn tells(&self) -> bool {
        self.service.changes().happen()
    }

    /// Begins a subscription that lasts as long as the session.
    pub(super) async fn subscribe_to(
        &self,
        uri: &str,
        context: &RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        // A client without a session would never be told.
        if !self.asks || !self.tells() {
            return Err(ErrorData::method_not_found::<SubscribeRequestMethod>());
        }
        let visit = self.visit(context)?;
        let reading = self.reading(uri, &visit.caller).ok_or_else(|| super::missing(uri, context))?;
        match self.subscribed.begin(&self.service, uri, reading).await {
            Ok(()) => {
                self.subscribed.tell(&self.service, &context.peer);
                Ok(())
            }
            Err(Unheard::Full) => {
                Err(ErrorData::new(REFUSED, "there are too many subscriptions; end one first", None))
            }
            Err(Unheard::Refused(refusal)) => {
                let error = result::error(self.program(), &refusal);
                note(&visit, refusal);
                Err(error)
            }
        }
    }

    /// Ends one.
    pub(super) async fn unsubscribe_from(
        &self,
        uri: &str,
        context: &RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        if !self.asks || !self.tells() {
            return Err(ErrorData::method_not_found::<UnsubscribeRequestMethod>());
        }
        self.greet(context).await?;
        self.subscribed.end(uri);
        Ok(())
    }

    /// Begins subscriptions for a client that listens, to those resources that its caller can read.
    async fn take_up(&self, uris: &[&str], caller: &Caller) -> Result<Arc<Subscriptions>, Refusal> {
        let begun = Arc::new(Subscriptions::default());
        for uri in uris.iter().take(MOST) {
            let Some(reading) = self.reading(uri, caller) else { continue };
            match begun.begin(&self.service, uri, reading).await {
                Ok(()) | Err(Unheard::Full) => {}
                Err(Unheard::Refused(refusal)) if refusal.fault == UNAUTHORIZED => return Err(refusal),
                Err(Unheard::Refused(_)) => {}
            }
        }
        Ok(begun)
    }

    /// Takes a message over HTTP up before rmcp acknowledges it: the resources that stay in it are those to hear of.
    ///
    /// # Errors
    /// `Unauthorized`.
    pub(in crate::mcp) async fn overhear(
        &self,
        body: Bytes,
        caller: &Caller,
    ) -> Result<(Bytes, Option<Arc<Subscriptions>>), Refusal> {
        if !self.tells() || memmem::find(&body, b"resourceSubscriptions").is_none() {
            return Ok((body, None));
        }
        let Ok(mut message) = serde_json::from_slice::<Json>(&body) else { return Ok((body, None)) };
        let listens = message.get("method").and_then(Json::as_str) == Some(LISTEN);
        let Some(named) = message.pointer_mut(NAMED).and_then(Json::as_array_mut).filter(|_| listens) else {
            return Ok((body, None));
        };
        let texts: Option<Vec<&str>> = named.iter().map(Json::as_str).collect();
        let Some(texts) = texts else { return Ok((body, None)) };
        let begun = self.take_up(&texts, caller).await?;
        *named = begun.uris().into_iter().map(Json::String).collect();
        Ok((Bytes::from(message.to_string()), Some(begun)))
    }

    fn reading(&self, uri: &str, caller: &Caller) -> Option<Reading> {
        let (shelf, arguments) = self.library.find(uri)?;
        let entry = if self.own.is_some() { Entry::Local } else { Entry::Remote };
        Some(Reading { operation: shelf.operation, arguments, caller: caller.clone(), entry })
    }
}

/// An agent for one client over standard input and output.
pub(in crate::mcp) struct Line(pub(in crate::mcp) Agent);

impl Service<RoleServer> for Line {
    async fn handle_request(
        &self,
        mut request: ClientRequest,
        mut context: RequestContext<RoleServer>,
    ) -> Result<ServerResult, ErrorData> {
        if let ClientRequest::SubscriptionsListenRequest(listen) = &mut request
            && let Some(named) = &mut listen.params.notifications.resource_subscriptions
        {
            let caller = self.0.visit(&context)?.caller;
            let texts: Vec<&str> = named.iter().map(String::as_str).collect();
            let begun = self.0.take_up(&texts, &caller).await;
            let begun = begun.map_err(|refusal| result::error(self.0.program(), &refusal))?;
            *named = begun.uris();
            context.extensions.insert(Listening { begun, stopping: None });
        }
        Service::handle_request(&self.0, request, context).await
    }

    async fn handle_notification(
        &self,
        notification: ClientNotification,
        context: NotificationContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        Service::handle_notification(&self.0, notification, context).await
    }

    fn get_info(&self) -> ServerConfig {
        Service::get_info(&self.0)
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        Cow::Borrowed(REVISIONS)
    }
}

//! The call of a tool, with the files that it brings, and decisions on calls that wait.
use super::{Agent, unreadable};
use crate::call::{Answer, Entry, Input, Refusal, Review, Wishes};
use crate::http::origin;
use crate::mcp::asking::Talk;
use crate::mcp::files::{self, Brought};
use crate::mcp::tools::Listed;
use crate::mcp::wishes::wishes;
use crate::mcp::{Caller, approvals, result};
use http::request::Parts;
use quater_ir::Id;
use quater_ir::operation::{Door, Operation};
use rmcp::ErrorData;
use rmcp::model::{CallToolRequestParams, CallToolResponse, CallToolResult, JsonObject};
use rmcp::service::{RequestContext, RoleServer};

impl Agent {
    /// Takes the files out of the arguments of a call.
    async fn bring(
        &self,
        context: &RequestContext<RoleServer>,
        operation: Id<Operation>,
        arguments: &mut JsonObject,
    ) -> Result<Brought, ErrorData> {
        let visit = self.visit(context)?;
        let parts = context.extensions.get::<Parts>();
        let origin = parts.and_then(|parts| origin(&parts.uri, &parts.headers));
        let from = files::From { identity: &visit.caller.identity, ip: visit.caller.ip, origin };
        Ok(files::bring(&self.service, operation, arguments, &from).await)
    }

    /// Makes the call of a tool once; gives what came of it, or what its client has to do before.
    pub(super) async fn attempt(
        &self,
        request: &CallToolRequestParams,
        context: &RequestContext<RoleServer>,
        (tool, talk): (&Listed, &Talk),
    ) -> Result<Result<Result<Answer, Refusal>, Box<CallToolResult>>, ErrorData> {
        let wishes = Wishes { answers: Some(talk.known()), ..wishes(&context.meta)? };
        let mut arguments = request.arguments.clone().unwrap_or_default();
        let mut brought = Brought::nothing();
        if self.service.takes_files(tool.operation) {
            brought = Box::pin(self.bring(context, tool.operation, &mut arguments)).await?;
        }
        let (parts, claimed) = match brought {
            Brought::Whole(parts, claimed) => (parts, claimed),
            Brought::Missing(told) => return Ok(Err(told)),
            Brought::Refused(refusal) => return Ok(Ok(Err(refusal))),
        };
        let input = Input::Object(arguments).with(parts);
        let outcome = self.invoke(context, tool.operation, input, wishes).await?;
        files::put_away(claimed, &outcome);
        Ok(Ok(outcome))
    }

    /// Looks at calls that wait for approval, or decides one.
    pub(super) async fn review(
        &self,
        request: &CallToolRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let unknown = || ErrorData::invalid_params(format!("there is no tool `{}`", request.name), None);
        let allowed = self.may(context).await?;
        let decision = approvals::decision(request, &allowed).ok_or_else(unknown)?;
        let decision = match decision {
            Ok(decision) => decision,
            Err(refusal) => return Ok(result::refused(self.program(), &refusal).into()),
        };
        let Caller { identity, request, ip } = self.visit(context)?.caller;
        let entry = if self.own.is_some() { Entry::Local } else { Entry::Remote };
        let review = Review { decision, door: Door::Mcp, entry, identity, request, ip };
        match self.service.review(review).await {
            Ok(answer) => {
                result::success(&answer, true, false).map(CallToolResponse::from).map_err(unreadable)
            }
            Err(refusal) => Ok(result::refused(self.program(), &refusal).into()),
        }
    }
}

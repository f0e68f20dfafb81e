//! Calls of tools for clients that want to hear nothing but the answer.
use super::{Agent, cancelled, taken_back};
use crate::call::{Answer, Call, Entry, Input, Refusal, Wishes};
use crate::http::caught;
use crate::mcp::Caller;
use crate::mcp::tools::Listed;
use crate::mcp::under_way::Maker;
use quater_ir::fault::INTERNAL;
use quater_ir::operation::Door;
use rmcp::model::{CallToolResult, JsonObject, ProtocolVersion, RequestId as RequestIdOfClient};

impl Agent {
    /// A tool that takes no files and has nothing to say or to ask, so that its call is one message and its answer another.
    pub(in crate::mcp) fn plain_tool(&self, name: &str) -> Option<&Listed> {
        let talks = |tool: &Listed| {
            let rust = self.program().operations[tool.operation].rust.as_ref();
            rust.is_some_and(|rust| rust.log || !rust.asks.is_empty())
        };
        self.tools.get(name).filter(|tool| !self.service.takes_files(tool.operation) && !talks(tool))
    }

    /// Makes the call of such a tool, for a client that wants to hear nothing but its answer.
    pub(in crate::mcp) async fn plainly(
        &self,
        caller: Caller,
        id: RequestIdOfClient,
        (tool, arguments): (&Listed, JsonObject),
    ) -> Result<Answer, Refusal> {
        let Caller { identity, request, ip } = caller;
        let mut held = Maker::of(&identity, ip).map(|by| self.under_way.hold(by, id));
        let (operation, input, wishes) = (tool.operation, Input::Object(arguments), Wishes::default());
        let (door, entry) = (Door::Mcp, Entry::Remote);
        let call = Call { operation, door, entry, input, identity, request, ip, wishes };
        let done = tokio::select! {
            done = Box::pin(caught(self.service.invoke(call))) => done,
            () = taken_back(&mut held) => Ok(Err(cancelled())),
        };
        done.unwrap_or_else(|panic| Err(self.panicked(request, &panic)))
    }

    /// What such a client is told of an answer.
    pub(in crate::mcp) fn told_plainly(
        &self,
        answer: &Answer,
        tool: &Listed,
        revision: &ProtocolVersion,
    ) -> Result<CallToolResult, Refusal> {
        self.told(answer, tool, Some(revision)).map_err(|error| {
            tracing::error!(error = %error.message, "an answer cannot be told");
            Refusal::plain(self.program(), INTERNAL)
        })
    }
}

//! Upstreams in tests: nothing is asked of anybody, a line of the test says what comes of it.
use super::{Case, Failure};
use crate::call::Refusal;
use crate::invoke::Ready;
use crate::outward::{self, Reply};
use crate::stop::{Run, Stop};
use crate::wire::write;
use bytes::Bytes;
use quater_ir::Id;
use quater_ir::resource::{Resource, UpstreamCall};
use quater_ir::test::Answer;

impl Case<'_> {
    /// What a stub answers.
    pub(super) fn stubbed(
        &self,
        resource: Id<Resource>,
        call: Id<UpstreamCall>,
        answer: &Answer,
    ) -> Run<Reply> {
        let (status, value) = match answer {
            Answer::Fails(status) => return Ok(Reply::Answered { status: *status, body: Bytes::new() }),
            Answer::Gives(value) => (200, value),
        };
        let declared = outward::call_of(&self.engine.facts, resource, call);
        let output = declared.and_then(|call| call.output.as_ref());
        let output = output.ok_or(Stop::Defect("a stub of a call that answers nothing"))?;
        let mut body = Vec::new();
        write::value(&mut body, self.program(), &self.scope().value(value)?, output)?;
        Ok(Reply::Answered { status, body: body.into() })
    }

    /// Goes on with a call up to where it needs a transaction.
    pub(super) fn ask(&mut self, line: u32, ready: &mut Ready) -> Result<Result<(), Refusal>, Failure> {
        let engine = self.engine;
        if !engine.plan.operation(ready.trace.operation).is_some_and(|plan| plan.asks) {
            return Ok(Ok(()));
        }
        let mut reply = None;
        loop {
            let request = match engine.ask(&mut self.session, ready, reply) {
                Ok(Some(request)) => request,
                Ok(None) => return Ok(Ok(())),
                Err(refusal) => return Ok(Err(refusal)),
            };
            let place = (request.resource.index(), request.call.index());
            let declared = outward::call_of(&engine.facts, request.resource, request.call);
            let silent = declared.is_some_and(|call| call.output.is_none());
            reply = match self.stubs.get(&place) {
                Some(stub) => Some(stub.clone()),
                None if silent => Some(Reply::Answered { status: 204, body: Bytes::new() }),
                None => {
                    let resource = &self.program().resources[request.resource].name;
                    let call = declared.map_or("", |call| call.name.as_str());
                    let message = format!("nothing says what `{resource}.{call}` answers");
                    let help = format!("a line before the call: `stub {resource}.{call} gives {{ … }}`");
                    return Err(Failure { expected: Some(help), ..Failure::new(line, message) });
                }
            };
        }
    }
}

//! Upstreams that a body in Rust asks. It does not wait: it leaves with what it asks, and is run again with the reply.
use super::history::{Act, Came};
use super::{Shaped, Work};
use crate::native::{Failure, Gives, Shape, UpstreamError, Wanted};
use crate::outward::Reply;
use crate::stop::{Run, Stop};
use quater_ir::Id;
use quater_ir::resource::{Resource, ResourceKind, UpstreamCall};

/// A call of an upstream.
type Called<'a> = ((Id<Resource>, Id<UpstreamCall>), &'a UpstreamCall);

impl<'a> Work<'_, 'a, '_, '_> {
    /// What an upstream gives, or how it fails; nothing where it is asked once the body has ended.
    pub(super) fn requested(
        &mut self,
        named: (&str, &str),
        arguments: &dyn Gives,
    ) -> Run<Option<Result<Shaped<'a>, UpstreamError>>> {
        let ((resource, call), declared) = self.upstream(named)?;
        let fields = declared.parameters.iter().map(|it| &it.field);
        let parts = fields.map(|field| (&field.name, &field.ty, field.default.as_ref()));
        let (given, values) = self.filled(arguments, Wanted::Parameters(&declared.parameters), parts)?;
        let act = Act::Request(resource, call, given);
        let came = match self.before(&act)? {
            Some(came) => came,
            None if !self.replay.asking => return Err(self.asks_late(named)),
            None if self.machine.about.presence.has_gone() => return Err(Stop::Gone),
            // It ends with what its caller is asked, and begins anew.
            None if !self.questions.is_empty() => return Ok(None),
            None => {
                let (upstreams, scope) = (&self.machine.facts.upstreams, self.machine.scope());
                match upstreams.request(&scope, resource, call, values)? {
                    Ok(request) => {
                        self.open(act)?;
                        self.machine.course.request = Some(request);
                        return Ok(None);
                    }
                    Err(why) => {
                        let came = self.replied(&act, &Reply::Unanswered(why))?;
                        self.keep(act, came.clone())?;
                        came
                    }
                }
            }
        };
        let output = declared.output.as_ref().map_or(Shape::Nothing, Shape::Type);
        Ok(Some(match came {
            Came::Gave(value) => Ok((value, output)),
            Came::Failed(how) => Err(UpstreamError::new(&how, self.unavailable())),
            Came::Refused(_) => return Err(Stop::Defect("an upstream that is refused")),
        }))
    }

    /// What a reply comes to.
    pub(super) fn replied(&self, act: &Act, reply: &Reply) -> Run<Came> {
        let Act::Request(resource, call, _) = act else { return Err(Stop::Defect("no request")) };
        let settled = reply.settle(&self.machine.scope(), *resource, *call)?;
        Ok(settled.map_or_else(Came::Failed, Came::Gave))
    }

    /// The call of these names, among those that the body may make.
    fn upstream(&self, (resource, call): (&str, &str)) -> Run<Called<'a>> {
        let facts = self.machine.facts;
        let found = self.rust.requests.iter().find_map(|(of, id)| {
            let known = &facts.program.resources[*of];
            let ResourceKind::Http(upstream) = &known.kind else { return None };
            let declared = &upstream.calls[*id];
            (known.name == resource && declared.name == call).then_some(((*of, *id), declared))
        });
        found.ok_or(Stop::Defect("an upstream that is not among the effects"))
    }

    fn unavailable(&self) -> Failure {
        let refused = Stop::from(self.machine.unanswered());
        Failure::of(&refused, &self.machine.facts.program)
    }

    fn asks_late(&self, (resource, call): (&str, &str)) -> Stop {
        let (request, operation) = (self.machine.about.request, self.operation.name.as_str());
        tracing::error!(%request, operation, resource, call, "a body in Rust asks an upstream where it writes");
        Stop::Defect("an upstream is asked in a transaction")
    }
}

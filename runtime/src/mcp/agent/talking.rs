//! What is said between a body and a client while a call goes on.
use super::{Agent, is_stateless};
use crate::call::{Answer, Input, Wishes};
use crate::mcp::asking::{self, Earlier, Talk};
use crate::mcp::{progress, result};
use crate::said::Level;
use quater_ir::Id;
use quater_ir::operation::Operation;
use rmcp::ErrorData;
use rmcp::model::InputRequiredResult;
use rmcp::service::{RequestContext, RoleServer};
use smol_str::SmolStr;
use std::sync::PoisonError;

/// An answer, or what the client is asked before.
pub(super) enum Reached {
    Answer(Answer),
    Asked(InputRequiredResult),
}

impl Agent {
    /// Calls what is no tool, with what has been answered of it.
    pub(super) async fn reach(
        &self,
        context: &RequestContext<RoleServer>,
        operation: Id<Operation>,
        arguments: Vec<(SmolStr, String)>,
        earlier: Earlier<'_>,
    ) -> Result<Reached, ErrorData> {
        let mut talk = self.hear(context, operation, (earlier, format!("{arguments:?}")))?;
        loop {
            let wishes = Wishes { answers: Some(talk.known()), ..Wishes::default() };
            let input = Input::Arguments(arguments.clone());
            match self.invoke(context, operation, input, wishes).await? {
                Ok(answer) => return Ok(Reached::Answer(answer)),
                Err(refusal) if refusal.questions.is_empty() => {
                    return Err(result::error(self.program(), &refusal));
                }
                Err(refusal) => {
                    let asked = self.asker.ask(context, self.program(), &refusal.questions, &mut talk);
                    if let Some(asked) = Box::pin(asked).await? {
                        return Ok(Reached::Asked(asked));
                    }
                }
            }
        }
    }

    /// What a client has answered of a call.
    pub(super) fn hear(
        &self,
        context: &RequestContext<RoleServer>,
        operation: Id<Operation>,
        (earlier, arguments): (Earlier<'_>, String),
    ) -> Result<Talk, ErrorData> {
        let caller = self.visit(context)?.caller;
        let name = &self.program().operations[operation].name;
        let bound = asking::bound(name, &arguments, &caller.identity);
        // What else a client is asked, it answers with something else.
        let earlier = if asking::asks(self.program(), operation) { earlier } else { (None, None) };
        self.asker.hear(context, earlier, (bound, self.asks))
    }

    /// The least that a client wants to hear of a body that says something.
    pub(super) fn least(
        &self,
        context: &RequestContext<RoleServer>,
        operation: Id<Operation>,
    ) -> Option<Level> {
        if !self.program().operations[operation].rust.as_ref().is_some_and(|rust| rust.log) {
            return None;
        }
        if is_stateless(context) {
            return context.meta.log_level().and_then(progress::least);
        }
        *self.least.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

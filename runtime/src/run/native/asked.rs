//! Questions of a body in Rust to whoever called.
use super::Work;
use crate::native::{Failure, Root};
use crate::question::{Answers, Given, LONGEST_KEY, MOST, Question, What};
use crate::wire::read::Reader;
use crate::wire::write;
use quater_ir::Id;
use quater_ir::expr::Expr;
use quater_ir::native::Ask;
use quater_ir::types::{Record, Type};
use serde_json::Value as Json;

impl Work<'_, '_, '_, '_> {
    /// What has no answer yet is asked, all of it, when the body has ended.
    pub(super) fn asked(&mut self, question: Question) -> Result<Vec<u8>, Failure> {
        let Question { key, what } = &question;
        let mut open = self.questions.iter().chain(&self.in_vain);
        if key.is_empty() || key.len() > LONGEST_KEY || open.any(|other| other.key == *key) {
            return Err(Failure::internal(format!("`{key}` is no key for a question, or that of another")));
        }
        if !self.rust.asks.contains(&ask(what)) || self.questions.len() >= MOST {
            return Err(Failure::internal("a question that is not among the effects, or one too many"));
        }
        if self.replay.asked() > 0 {
            let why =
                "an upstream has been asked, and would be asked again with the answer: ask the caller first";
            return Err(Failure::internal(why));
        }
        let none = Answers::default();
        let answers = self.machine.about.answers.as_deref().unwrap_or(&none);
        if !answers.may_be(what) {
            self.in_vain.push(question);
            return Err(Failure::unanswered());
        }
        match answers.given.get(key).and_then(|given| self.answer(what, given)) {
            Some(answer) => Ok(answer),
            None => {
                self.questions.push(question);
                Err(Failure::unanswered())
            }
        }
    }

    /// The form of a name, among those that the body has.
    pub(super) fn form_named(&self, name: &str) -> Option<Id<Record>> {
        let records = &self.machine.facts.program.records;
        let forms =
            self.rust.asks.iter().filter_map(|ask| if let Ask::Form(id) = ask { Some(*id) } else { None });
        forms.into_iter().find(|id| records[*id].name.as_deref() == Some(name))
    }

    /// An answer as JSON text; nothing where it is none to this question.
    fn answer(&self, what: &What, given: &Given) -> Option<Vec<u8>> {
        let action = |action: &str| Some(format!("{{\"action\":\"{action}\"}}").into_bytes());
        match (what, given) {
            (What::Form { record, .. }, Given::Filled(content)) => self.filled_in(*record, content),
            (What::Form { .. }, Given::Declined) => action("decline"),
            (What::Form { .. }, Given::Cancelled) => action("cancel"),
            (What::Model { .. }, Given::Said(text)) => serde_json::to_vec(text).ok(),
            (What::Roots, Given::Roots(roots)) => {
                let root =
                    |(uri, name): &(String, Option<String>)| Root { uri: uri.clone(), name: name.clone() };
                serde_json::to_vec(&roots.iter().map(root).collect::<Vec<_>>()).ok()
            }
            (What::Form { .. } | What::Model { .. } | What::Roots, _) => None,
        }
    }

    /// A record that was filled in, if it keeps the rules of its type.
    fn filled_in(&self, record: Id<Record>, content: &Json) -> Option<Vec<u8>> {
        let facts = self.machine.facts;
        let (text, ty) = (content.to_string(), Type::Record(record));
        let default = |expr: &Expr| self.machine.scope().value(expr);
        let mut reader = Reader::new(&facts.program, &facts.patterns, &default);
        // What the form does not have, a client may send all the same.
        reader.lenient = true;
        let value = reader.value(serde_json::from_str(&text).ok()?, &ty);
        if !reader.violations.is_empty() || reader.stop.is_some() {
            return None;
        }
        let mut out = b"{\"action\":\"accept\",\"content\":".to_vec();
        write::stored(&mut out, &facts.program, &value, &ty).ok()?;
        out.push(b'}');
        Some(out)
    }
}

/// Which kind of question this is.
const fn ask(what: &What) -> Ask {
    match what {
        What::Form { record, .. } => Ask::Form(*record),
        What::Model { .. } => Ask::Model,
        What::Roots => Ask::Roots,
    }
}

//! What a body in Rust may ask whoever calls: a method for each.
use super::names::{snake, value};
use super::operation::{TYPES, doer, method_of};
use super::text::Text;
use super::types::Types;
use quater_ir::native::{Ask, RustBody};
use quater_ir::types::Type;

/// The struct that has the methods.
pub(super) const NAME: &str = "Asks";

/// How a question without an answer ends.
const ERRORS: &str = "Where there is no answer yet, or the caller can't be asked. The call ends once the body does, with all that\nhas been asked, and is made again from its beginning once there are answers.";

/// What a module declares about the questions of its body.
pub(super) fn declare(types: &Types<'_>, rust: &RustBody) -> Option<String> {
    if rust.asks.is_empty() {
        return None;
    }
    let docs = "What the body may ask whoever calls. `key` tells its questions apart.";
    Some(doer(NAME, docs, &rust.asks, |text, ask| method(text, types, *ask)))
}

fn method(text: &mut Text, types: &Types<'_>, ask: Ask) {
    let (docs, name, parameters, gives, call) = match ask {
        Ask::Form(record) => {
            let name = types.program.records[record].name.clone().unwrap_or_default();
            let spelt = types.spell(&Type::Record(record), TYPES);
            (
                format!("Has a person fill in `{name}`."),
                value(&snake(&name)),
                "key: &str, message: &str",
                format!("quater::Asked<{spelt}>"),
                format!("fill_in(\"{name}\", key, message)"),
            )
        }
        Ask::Model => (
            "Has the caller's model go on from a text, with at most so many tokens.".to_owned(),
            "model".to_owned(),
            "key: &str, prompt: &str, most: u32",
            "String".to_owned(),
            "ask_model(key, prompt, most)".to_owned(),
        ),
        Ask::Roots => (
            "The folders and files that the caller lets others work on.".to_owned(),
            "roots".to_owned(),
            "key: &str",
            "Vec<quater::Root>".to_owned(),
            "ask_roots(key)".to_owned(),
        ),
    };
    method_of(text, &docs, |text| {
        text.doc("");
        text.doc("# Errors");
        text.doc(ERRORS);
        text.open(&format!("pub fn {name}(&mut self, {parameters}) -> Result<{gives}, Error> {{"));
        text.line(&format!("Ok(self.call.{call}?)"));
        text.close("}");
    });
}

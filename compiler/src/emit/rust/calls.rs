//! Operations that a body in Rust may call: a method for each, and a struct of what it is given.
use super::names::{pascal, rename, value};
use super::operation::{TYPES, doer, method_of};
use super::stage::Stage;
use super::text::Text;
use super::types::Types;
use quater_ir::native::RustBody;
use quater_ir::operation::Operation;
use quater_ir::types::Type;
use std::collections::BTreeSet;

/// The struct that has the methods.
pub(super) const NAME: &str = "Calls";

/// Everything that a module declares about what its body may call.
pub(super) fn declare(types: &Types<'_>, rust: &RustBody, stages: &[Stage]) -> Vec<String> {
    let called = rust.calls.iter().map(|id| &types.program.operations[*id]);
    let with_inputs = called.filter(|operation| !operation.inputs.is_empty());
    let mut out: Vec<String> = with_inputs.map(|operation| inputs(types, operation)).collect();
    let docs = "Operations that the body may call. One that fails ends the call, as a verb does.";
    let mut declared = BTreeSet::new();
    for (name, called) in stages.iter().filter_map(|stage| stage.calls(types.program, rust, NAME)) {
        if declared.insert(name.clone()) {
            out.push(doer(&name, docs, called, |text, operation| method(text, types, operation)));
        }
    }
    out
}

fn method(text: &mut Text, types: &Types<'_>, operation: &Operation) {
    let name = &operation.name;
    let docs = if operation.docs.is_empty() { format!("Calls `{name}`.") } else { operation.docs.clone() };
    let output = operation.output.as_ref().map_or_else(|| "()".to_owned(), |ty| types.spell(ty, TYPES));
    let (parameter, given) = if operation.inputs.is_empty() {
        (String::new(), "&()")
    } else {
        (format!(", input: &{}", given_name(operation)), "input")
    };
    method_of(text, &docs, |text| {
        text.doc("");
        text.doc("# Errors");
        text.doc(&format!("As `{name}` fails."));
        text.open(&format!("pub fn {}(&mut self{parameter}) -> Result<{output}, Error> {{", value(name)));
        text.line(&format!("Ok(self.call.call(\"{name}\", {given})?)"));
        text.close("}");
    });
}

fn given_name(operation: &Operation) -> String {
    format!("{}Input", pascal(&operation.name))
}

/// Something that is given under a name.
pub(super) struct Part<'p> {
    pub(super) name: &'p str,
    pub(super) docs: &'p str,
    pub(super) ty: &'p Type,
    pub(super) secret: bool,
    /// Whether it need not be given.
    pub(super) left_out: bool,
}

/// What an operation is given.
fn inputs(types: &Types<'_>, operation: &Operation) -> String {
    let docs = format!("What `{}` is given; what is left out gets its default.", operation.name);
    let parts = operation.inputs.iter().map(|input| Part {
        name: &input.name,
        docs: &input.docs,
        ty: &input.ty,
        secret: input.secret,
        left_out: input.default.is_some() || input.ty.is_optional(),
    });
    given(types, &given_name(operation), &docs, &parts.collect::<Vec<_>>())
}

/// A struct of what is given.
pub(super) fn given(types: &Types<'_>, name: &str, docs: &str, parts: &[Part<'_>]) -> String {
    let mut text = Text::default();
    text.doc(docs);
    let default = if parts.iter().all(|part| part.left_out) { "Default, " } else { "" };
    text.line(&format!("#[derive(Debug, Clone, {default}PartialEq, serde::Serialize)]"));
    text.open(&format!("pub struct {name} {{"));
    for part in parts {
        text.doc(&types.told(part.docs, part.ty));
        let name = value(part.name);
        let mut attributes: Vec<String> = rename(part.name, &name).into_iter().collect();
        if part.left_out {
            attributes.push("skip_serializing_if = \"Option::is_none\"".to_owned());
        }
        if !attributes.is_empty() {
            text.line(&format!("#[serde({})]", attributes.join(", ")));
        }
        let spelt = types.spell_kept(part.ty, part.secret, TYPES);
        let wraps = part.left_out && !part.ty.is_optional();
        text.line(&if wraps {
            format!("pub {name}: Option<{spelt}>,")
        } else {
            format!("pub {name}: {spelt},")
        });
    }
    text.close("}");
    text.finish()
}

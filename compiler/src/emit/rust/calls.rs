//! Operations that a body in Rust may call: a method for each, and a struct of what it is given.
use super::names::{pascal, rename, value};
use super::operation::{TYPES, doer, method_of};
use super::text::Text;
use super::types::Types;
use quater_ir::native::RustBody;
use quater_ir::operation::{Input, Operation};

/// The struct that has the methods.
pub(super) const NAME: &str = "Calls";

/// Everything that a module declares about what its body may call.
pub(super) fn declare(types: &Types<'_>, rust: &RustBody) -> Vec<String> {
    if rust.calls.is_empty() {
        return Vec::new();
    }
    let called: Vec<&Operation> = rust.calls.iter().map(|id| &types.program.operations[*id]).collect();
    let with_inputs = called.iter().filter(|operation| !operation.inputs.is_empty());
    let mut out: Vec<String> = with_inputs.map(|operation| given(types, operation)).collect();
    let docs = "Operations that the body may call. One that fails ends the call, as a verb does.";
    out.push(doer(NAME, docs, called, |text, operation| method(text, types, operation)));
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

/// What an operation is given.
fn given(types: &Types<'_>, operation: &Operation) -> String {
    let mut text = Text::default();
    text.doc(&format!("What `{}` is given; what is left out gets its default.", operation.name));
    let all = operation.inputs.iter().all(left_out);
    let default = if all { "Default, " } else { "" };
    text.line(&format!("#[derive(Debug, Clone, {default}PartialEq, serde::Serialize)]"));
    text.open(&format!("pub struct {} {{", given_name(operation)));
    for input in &operation.inputs {
        text.doc(&types.told(&input.docs, &input.ty));
        let name = value(&input.name);
        let mut attributes: Vec<String> = rename(&input.name, &name).into_iter().collect();
        if left_out(input) {
            attributes.push("skip_serializing_if = \"Option::is_none\"".to_owned());
        }
        if !attributes.is_empty() {
            text.line(&format!("#[serde({})]", attributes.join(", ")));
        }
        let spelt = types.spell_kept(&input.ty, input.secret, TYPES);
        let wraps = left_out(input) && !input.ty.is_optional();
        text.line(&if wraps {
            format!("pub {name}: Option<{spelt}>,")
        } else {
            format!("pub {name}: {spelt},")
        });
    }
    text.close("}");
    text.finish()
}

/// Whether an input need not be given.
fn left_out(input: &Input) -> bool {
    input.default.is_some() || input.ty.is_optional()
}

//! How a body may end early.
use super::names::{pascal, rename, value};
use super::operation::TYPES;
use super::stage;
use super::text::Text;
use super::types::Types;
use quater_ir::Id;
use quater_ir::fault::{BUILTIN_COUNT, Fault, INVALID};
use quater_ir::operation::Operation;

/// Names that an enum of errors has for itself.
const OWN: [&str; 2] = ["Invalid", "Failed"];

/// The enum of an operation's errors, and how they become what the caller gets.
pub(super) fn declare(text: &mut Text, types: &Types<'_>, operation: &Operation) {
    let fails = operation.rust.as_ref().map_or(&[][..], |rust| &rust.fails);
    let raised = |id: &&Id<Fault>| id.index() >= BUILTIN_COUNT || (fails.contains(id) && **id != INVALID);
    let raised = operation.faults.iter().filter(raised);
    let faults: Vec<&Fault> = raised.map(|id| &types.program.faults[*id]).collect();
    text.doc(&format!("How `{}` may end early.", operation.name));
    text.line("#[derive(Debug)]");
    text.open("pub enum Error {");
    for fault in &faults {
        let docs = if fault.docs.is_empty() { format!("`{}`", fault.name) } else { fault.docs.clone() };
        text.doc(&format!("{docs} ({})", fault.status));
        if fault.fields.is_empty() {
            text.line(&format!("{},", variant(fault)));
            continue;
        }
        text.open(&format!("{} {{", variant(fault)));
        for field in fault.fields.values() {
            text.doc(&types.told(&field.docs, &field.ty));
            text.line(&format!("{}: {},", value(&field.name), types.spell(&field.ty, TYPES)));
        }
        text.close("},");
    }
    text.doc("An input breaks a rule that its type does not tell. (422)");
    text.open("Invalid {");
    text.doc("The input.");
    text.line("field: String,");
    text.doc("What is wrong with it.");
    text.line("text: String,");
    text.close("},");
    text.doc("A verb came to nothing, or something went wrong inside.");
    text.line("Failed(quater::Failure),");
    text.close("}");
    from_failure(text, types, &faults);
    if stage::asks(operation) {
        text.line("");
        text.open("impl From<quater::UpstreamError> for Error {");
        text.open("fn from(error: quater::UpstreamError) -> Self {");
        text.line("Self::from(quater::Failure::from(error))");
        text.close("}");
        text.close("}");
    }
    to_failure(text, &faults);
    shown(text, &faults);
}

fn variant(fault: &Fault) -> String {
    let name = pascal(&fault.name);
    if OWN.contains(&name.as_str()) { format!("{name}_") } else { name }
}

/// The names of a fault's members, for patterns.
fn members(fault: &Fault) -> String {
    fault.fields.values().map(|field| value(&field.name)).collect::<Vec<_>>().join(", ")
}

fn from_failure(text: &mut Text, types: &Types<'_>, faults: &[&Fault]) {
    text.line("");
    text.open("impl From<quater::Failure> for Error {");
    text.open("fn from(failure: quater::Failure) -> Self {");
    if faults.is_empty() {
        text.line("Self::Failed(failure)");
    } else {
        text.open("match failure.name() {");
        for fault in faults {
            if fault.fields.is_empty() {
                text.line(&format!("Some(\"{}\") => Self::{},", fault.name, variant(fault)));
            } else {
                with_payload(text, types, fault);
            }
        }
        text.line("_ => Self::Failed(failure),");
        text.close("}");
    }
    text.close("}");
    text.close("}");
}

/// The arm of an error with members.
fn with_payload(text: &mut Text, types: &Types<'_>, fault: &Fault) {
    let (variant, members) = (variant(fault), members(fault));
    text.open(&format!("Some(\"{}\") => {{", fault.name));
    text.line("#[derive(serde::Deserialize)]");
    text.open("struct Payload {");
    for field in fault.fields.values() {
        let name = value(&field.name);
        if let Some(rename) = rename(&field.name, &name) {
            text.line(&format!("#[serde({rename})]"));
        }
        text.line(&format!("{name}: {},", types.spell(&field.ty, TYPES)));
    }
    text.close("}");
    text.open("match failure.payload() {");
    text.line(&format!("Some(Payload {{ {members} }}) => Self::{variant} {{ {members} }},"));
    text.line("None => Self::Failed(failure),");
    text.close("}");
    text.close("}");
}

fn to_failure(text: &mut Text, faults: &[&Fault]) {
    text.line("");
    text.open("impl From<Error> for quater::Failure {");
    text.open("fn from(error: Error) -> Self {");
    text.open("match error {");
    for fault in faults {
        let (name, variant) = (&fault.name, variant(fault));
        if fault.fields.is_empty() {
            text.line(&format!("Error::{variant} => Self::raise(\"{name}\", &quater::json!({{}})),"));
            continue;
        }
        text.open(&format!("Error::{variant} {{ {} }} => {{", members(fault)));
        let entries =
            fault.fields.values().map(|field| format!("\"{}\": {}", field.name, value(&field.name)));
        let entries = entries.collect::<Vec<_>>().join(", ");
        text.line(&format!("Self::raise(\"{name}\", &quater::json!({{ {entries} }}))"));
        text.close("}");
    }
    text.line("Error::Invalid { field, text } => Self::invalid(&field, &text),");
    text.line("Error::Failed(failure) => failure,");
    text.close("}");
    text.close("}");
    text.close("}");
}

fn shown(text: &mut Text, faults: &[&Fault]) {
    text.line("");
    text.open("impl std::fmt::Display for Error {");
    text.open("fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {");
    text.open("match self {");
    for fault in faults {
        let pattern = if fault.fields.is_empty() { "" } else { " { .. }" };
        text.line(&format!("Self::{}{pattern} => f.write_str(\"{}\"),", variant(fault), fault.name));
    }
    text.line("Self::Invalid { field, text } => write!(f, \"`{field}`: {text}\"),");
    text.line("Self::Failed(failure) => failure.fmt(f),");
    text.close("}");
    text.close("}");
    text.close("}");
    text.line("");
    text.line("impl std::error::Error for Error {}");
}

//! What is given to what is being called.
use super::service::Service;
use quater_compiler::report::FileId;
use quater_compiler::uses::{DefinitionKind, builtin};

/// What is being called, with the part that is being written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Signature {
    /// The name with its parameters.
    pub(crate) label: String,
    /// Its documentation.
    pub(crate) docs: String,
    /// Each parameter as it stands in the label.
    pub(crate) parameters: Vec<String>,
    /// Which of them is being written.
    pub(crate) active: u32,
}

/// The call around an offset.
pub(crate) fn signature(service: &Service, file: FileId, offset: u32) -> Option<Signature> {
    let text = service.text_of(file).get(..offset as usize)?;
    let (open, active) = open_call(text)?;
    let before = text.get(..open)?.trim_end();
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let start = before.trim_end_matches(is_word).len();
    let name = before.get(start..)?;
    let meant = service.meaning(file, start as u32).map(|(_, definition)| definition);
    let callable = |kind: DefinitionKind| {
        matches!(
            kind,
            DefinitionKind::Function
                | DefinitionKind::Operation
                | DefinitionKind::Job
                | DefinitionKind::Channel
                | DefinitionKind::Error
                | DefinitionKind::Upstream
        )
    };
    let named = || service.uses().definitions().iter().find(|one| one.name == name && callable(one.kind));
    let Some(definition) = meant.filter(|one| callable(one.kind)).or_else(named) else {
        let (parameters, docs) = builtin(name)?;
        let label = format!("{name}({})", parameters.join(", "));
        return Some(Signature { label, docs: docs.to_owned(), parameters, active });
    };
    let given = service.uses().members(definition.at);
    let parameters: Vec<String> = given.map(|one| service.text(one.whole).trim().to_owned()).collect();
    let label = format!("{}({})", definition.name, parameters.join(", "));
    Some(Signature { label, docs: definition.docs.clone(), parameters, active })
}

/// Where the innermost parenthesis opens that is still open, and how many commas stand behind it.
fn open_call(text: &str) -> Option<(usize, u32)> {
    let (mut depth, mut commas, mut in_text) = (0_u32, 0, false);
    for (at, letter) in text.char_indices().rev().take(4_000) {
        match letter {
            '"' => in_text = !in_text,
            _ if in_text => {}
            ')' | ']' | '}' => depth += 1,
            '(' if depth == 0 => return Some((at, commas)),
            '(' | '[' | '{' => depth = depth.checked_sub(1)?,
            ',' if depth == 0 => commas += 1,
            _ => {}
        }
    }
    None
}

//! What a file does not say but the compiler knows: where parameters come from, types of names, effects.
use super::service::Service;
use quater_compiler::report::{FileId, Span};
use quater_compiler::uses::{Definition, DefinitionKind};

/// A word behind something.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Hint {
    /// Behind which byte.
    pub(crate) at: Span,
    /// The text.
    pub(crate) text: String,
    /// Whether it is a type.
    pub(crate) ty: bool,
}

/// The hints on a stretch of a file.
pub(crate) fn hints(service: &Service, file: FileId, (from, to): (u32, u32)) -> Vec<Hint> {
    let near = service.uses().defined_in(file).filter(|one| one.at.end >= from && one.at.start <= to);
    near.filter_map(|definition| hint(service, definition)).collect()
}

fn hint(service: &Service, definition: &Definition) -> Option<Hint> {
    if let (DefinitionKind::Local, Some(ty)) = (definition.kind, &definition.inferred) {
        return Some(Hint { at: definition.at.after(), text: format!(": {ty}"), ty: true });
    }
    if definition.kind == DefinitionKind::Parameter {
        let owner = service.uses().definition(definition.owner?)?;
        let place = service.found.place_of_input(&owner.name, &definition.name)?;
        return Some(Hint { at: definition.whole.after(), text: format!(" {place}"), ty: false });
    }
    let inferred = service.uses().inferred(definition.at)?;
    let mut parts = inferred.effects.clone();
    if !inferred.errors.is_empty() {
        let errors: Vec<&str> = inferred.errors.iter().map(|error| error.as_str()).collect();
        parts.push(format!("fails {}", errors.join(", ")));
    }
    let text = service.text_of(definition.at.file);
    let behind = text.get(definition.at.end as usize..)?;
    let end = definition.at.end as usize + behind.find(" {\n").map_or(0, |brace| brace + 2);
    let at = Span::new(definition.at.file, end, end);
    (!parts.is_empty()).then(|| Hint { at, text: format!("  {}", parts.join(" · ")), ty: false })
}

//! What one wants to know of a name without going there.
use super::service::Service;
use quater_compiler::report::{FileId, Sources, Span};
use quater_compiler::uses::{Definition, DefinitionKind};

/// So many statements of an operation are shown.
const MOST_STATEMENTS: usize = 4;

/// A description of the name at a place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Hover {
    /// The name.
    pub(crate) at: Span,
    /// Markdown.
    pub(crate) text: String,
}

/// Describes the name at an offset.
pub(crate) fn hover(service: &Service, file: FileId, offset: u32) -> Option<Hover> {
    let mut found = service.uses().at(file, offset);
    // `{ title }` is a member and a value: the value comes first, as it is what is written.
    found.reverse();
    let at = found.first()?.at;
    let texts = found.iter().filter_map(|one| Some(described(service, service.uses().definition(one.of)?)));
    let text = texts.collect::<Vec<_>>().join("\n\n---\n\n");
    (!text.is_empty()).then_some(Hover { at, text })
}

fn described(service: &Service, definition: &Definition) -> String {
    let code = match &definition.inferred {
        Some(ty) => format!("{}: {ty}", definition.name),
        None => head(&service.found.sources, definition),
    };
    let mut parts = vec![format!("```qtr\n{code}\n```")];
    parts.extend(owner(service, definition));
    parts.extend(Some(definition.docs.clone()).filter(|docs| !docs.is_empty()));
    let lines = lines_that_matter(service, definition);
    if !lines.is_empty() {
        parts.push(format!("```qtr\n{}\n```", lines.join("\n")));
    }
    if let Some(inferred) = service.uses().inferred(definition.at) {
        parts.extend((!inferred.effects.is_empty()).then(|| inferred.effects.join(" · ")));
        let errors = inferred.errors.iter().map(|error| format!("`{error}`")).collect::<Vec<_>>();
        parts.extend((!errors.is_empty()).then(|| format!("fails with {}", errors.join(", "))));
    }
    if definition.kind == DefinitionKind::Operation {
        let statements = service.statements(&definition.name);
        let shown = statements.iter().take(MOST_STATEMENTS).map(|sql| format!("```sql\n{sql}\n```"));
        parts.extend(shown);
        let rest = statements.len().saturating_sub(MOST_STATEMENTS);
        parts.extend((rest > 0).then(|| format!("and {rest} more: `quater explain-query`")));
    }
    parts.join("\n\n")
}

/// What one reads to know a declaration: all of a short one, else what stands before its block.
pub(super) fn head(sources: &Sources, definition: &Definition) -> String {
    let whole = sources.text(definition.whole).trim();
    let text = match definition.kind {
        DefinitionKind::Service
        | DefinitionKind::Resource
        | DefinitionKind::Auth
        | DefinitionKind::Entity
        | DefinitionKind::Operation
        | DefinitionKind::Channel
        | DefinitionKind::Job
        | DefinitionKind::Test => before_block(whole),
        DefinitionKind::Env
        | DefinitionKind::Upstream
        | DefinitionKind::Type
        | DefinitionKind::Enum
        | DefinitionKind::Value
        | DefinitionKind::Error
        | DefinitionKind::Function
        | DefinitionKind::Field
        | DefinitionKind::Computed
        | DefinitionKind::Parameter
        | DefinitionKind::Local => whole,
    };
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("///"));
    lines.map(evenly_spaced).collect::<Vec<_>>().join("\n")
}

/// A line without the spaces that put its parts into columns.
fn evenly_spaced(line: &str) -> String {
    let indent = line.len() - line.trim_start().len();
    let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
    format!("{}{}", " ".repeat(indent), words.join(" "))
}

/// The text up to the brace that opens its last block; all of it without one.
fn before_block(text: &str) -> &str {
    let block = quater_compiler::parse::brackets(text).into_iter().find(|pair| {
        pair.end == text.len() && text.get(pair.clone()).is_some_and(|block| block.starts_with('{'))
    });
    block.and_then(|pair| text.get(..pair.start)).unwrap_or(text).trim_end()
}

/// What a member belongs to.
fn owner(service: &Service, definition: &Definition) -> Option<String> {
    let owner = service.uses().definition(definition.owner?)?;
    Some(format!("of `{}`", owner.name))
}

/// The rules of an entity; the doors and rules of an operation.
fn lines_that_matter<'s>(service: &'s Service, definition: &Definition) -> Vec<&'s str> {
    let words: &[&str] = match definition.kind {
        DefinitionKind::Entity => &["allow", "deny", "tenant", "unique", "index"],
        DefinitionKind::Operation | DefinitionKind::Channel | DefinitionKind::Job => {
            &["http", "mcp", "cli", "allow", "limit", "approve", "idempotent", "every", "retry"]
        }
        DefinitionKind::Service
        | DefinitionKind::Env
        | DefinitionKind::Resource
        | DefinitionKind::Upstream
        | DefinitionKind::Auth
        | DefinitionKind::Type
        | DefinitionKind::Enum
        | DefinitionKind::Value
        | DefinitionKind::Error
        | DefinitionKind::Function
        | DefinitionKind::Test
        | DefinitionKind::Field
        | DefinitionKind::Computed
        | DefinitionKind::Parameter
        | DefinitionKind::Local => &[],
    };
    let starts = |line: &&str| line.split(' ').next().is_some_and(|word| words.contains(&word));
    service.text(definition.whole).lines().skip(1).map(str::trim).filter(starts).collect()
}

//! Another name for something, everywhere, if nothing else changes its meaning by that.
use super::change::{Change, applied};
use super::service::Service;
use quater_compiler::parse::is_foreign;
use quater_compiler::report::{Edit, FileId, Severity, Span};
use quater_compiler::uses::{Reading, Uses, builtin};
use std::collections::BTreeSet;

/// Words that are no names.
const RESERVED: &[&str] =
    &["true", "false", "null", "and", "or", "not", "in", "is", "has", "else", "actor", "input"];

/// Words of the language with a `_`.
const WORDS: &[&str] = &["signed_in", "waiting_approval"];

/// The name at an offset, if it can get another one.
pub(crate) fn renamable(service: &Service, file: FileId, offset: u32) -> Option<Span> {
    service.meaning(file, offset).map(|(one, _)| one.at)
}

/// The edits that give what stands at an offset a new name, or why it can't have it.
pub(crate) fn rename(service: &Service, file: FileId, offset: u32, new: &str) -> Result<Change, String> {
    let Some((_, definition)) = service.meaning(file, offset) else {
        return Err("there is no name here that could get another one".to_owned());
    };
    is_name(new)?;
    let old = definition.name.as_str();
    if old == new {
        return Ok(Change::default());
    }
    let mut edits = vec![Edit { at: definition.at, text: new.to_owned() }];
    for at in service.uses().of(definition.at).filter(|at| service.text(*at) == old) {
        let text = match service.uses().reading(at, definition.at) {
            Reading::Plain => new.to_owned(),
            Reading::PunMember => format!("{new}: {old}"),
            Reading::PunValue => format!("{old}: {new}"),
        };
        edits.push(Edit { at, text });
    }
    edits.sort_by_key(|edit| edit.at);
    edits.dedup();
    let count = edits.len();
    let change = Change { edits };
    if is_swap(service, (old, new), count) {
        return Ok(change);
    }
    unharmed(service, &change, definition.at)?;
    Ok(change)
}

fn is_name(new: &str) -> Result<(), String> {
    let mut letters = new.chars();
    let first = letters.next().is_some_and(|letter| letter.is_ascii_alphabetic());
    if !first || !letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_') {
        return Err(format!("`{new}` is no name: a letter, then letters, digits and `_`"));
    }
    if RESERVED.contains(&new) {
        return Err(format!("`{new}` is a word of the language"));
    }
    Ok(())
}

/// Whether an edit does no more than give each place where a word stands another word that stands nowhere: then
/// all means what it meant, and nothing needs to be checked. Said of names alone that no word of the language
/// looks like.
fn is_swap(service: &Service, (old, new): (&str, &str), count: usize) -> bool {
    let upper = |name: &str| name.starts_with(|letter: char| letter.is_ascii_uppercase());
    let lower = |letter: char| letter.is_ascii_lowercase();
    let named = if upper(new) { new.contains(lower) } else { new.contains('_') };
    let known = WORDS.contains(&new) || is_foreign(new) || builtin(new).is_some();
    if upper(old) != upper(new) || !named || known {
        return false;
    }
    let mut found = 0;
    for file in &service.files {
        let lines = file.text.lines().filter(|line| !line.trim_start().starts_with("//"));
        for word in
            lines.flat_map(|line| line.split(|letter: char| !letter.is_alphanumeric() && letter != '_'))
        {
            found += usize::from(word == old);
            if folded(word).eq(folded(new)) {
                return false;
            }
        }
    }
    found == count
}

/// A name as tables and documents may write it.
fn folded(name: &str) -> impl Iterator<Item = char> {
    name.chars().filter(|letter| *letter != '_').map(|letter| letter.to_ascii_lowercase())
}

/// That the service has no new errors with the edits, and every edited place still means one thing.
fn unharmed(service: &Service, change: &Change, definition: Span) -> Result<(), String> {
    let texts = applied(service, change);
    let after = service.with(&texts);
    let errors = |reports: &[quater_compiler::report::Report]| {
        let errors = reports.iter().filter(|report| report.code.severity() == Severity::Error);
        errors.map(|report| (report.code, report.message.clone())).collect::<Vec<_>>()
    };
    let before = errors(&service.found.reports);
    let (now, known) = (errors(&after.reports), before.len());
    if now.len() > known {
        let new = now.into_iter().find(|error| !before.contains(error));
        return Err(new.map_or_else(
            || "that name means something else already".to_owned(),
            |(_, message)| format!("that name would break the service: {message}"),
        ));
    }
    let moved = change.edits.iter().filter(|edit| edit.at.file == definition.file && edit.at < definition);
    let shift: i64 = moved.map(|edit| edit.text.len() as i64 - i64::from(edit.at.end - edit.at.start)).sum();
    let start = i64::from(definition.start) + shift;
    let uses = after.uses();
    let found = uses.at(definition.file, u32::try_from(start).unwrap_or(0));
    let places = |uses: &Uses, of: Span| uses.of(of).collect::<BTreeSet<_>>().len();
    let count = places(service.uses(), definition);
    let same = found.iter().any(|one| places(uses, one.of) == count);
    if same { Ok(()) } else { Err("that name means something else in one of its places".to_owned()) }
}

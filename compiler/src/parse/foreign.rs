//! Words and signs of other languages, and what they are called here.
use smol_str::SmolStr;

use super::build::Build;
use super::expected::Place;
use crate::ast::Name;
use crate::report::{Code, Report, Span};

/// Scalars by the names that other languages give them.
const SCALARS: [(&str, &str); 24] = [
    ("string", "text"),
    ("String", "text"),
    ("str", "text"),
    ("varchar", "text"),
    ("char", "text"),
    ("integer", "int"),
    ("Int", "int"),
    ("number", "int"),
    ("long", "int"),
    ("bigint", "int"),
    ("i32", "int"),
    ("i64", "int"),
    ("boolean", "bool"),
    ("Boolean", "bool"),
    ("double", "float"),
    ("Float", "float"),
    ("f64", "float"),
    ("numeric", "decimal"),
    ("datetime", "instant"),
    ("DateTime", "instant"),
    ("timestamp", "instant"),
    ("timestamptz", "instant"),
    ("blob", "bytes"),
    ("UUID", "uuid"),
];

/// Words by the place they are met in: at the start of a line, or behind something.
const WORDS: [(&str, &str); 41] = [
    ("model", "entity"),
    ("table", "entity"),
    ("collection", "entity"),
    ("class", "type"),
    ("struct", "type"),
    ("interface", "type"),
    ("record", "type"),
    ("alias", "type"),
    ("op", "operation"),
    ("endpoint", "operation"),
    ("mutation", "operation"),
    ("action", "operation"),
    ("def", "fn"),
    ("func", "fn"),
    ("function", "fn"),
    ("import", "use"),
    ("require", "use"),
    ("include", "use"),
    ("exception", "error"),
    ("datasource", "resource"),
    ("provider", "resource"),
    ("task", "job"),
    ("worker", "job"),
    ("cron", "every"),
    ("const", "let"),
    ("var", "let"),
    ("val", "let"),
    ("insert", "create"),
    ("select", "list"),
    ("remove", "delete"),
    ("assert", "require"),
    ("ensure", "require"),
    ("foreach", "for"),
    ("switch", "match"),
    ("permit", "allow"),
    ("forbid", "deny"),
    ("primary", "key"),
    ("rename", "was"),
    ("references", "on delete"),
    ("default", "="),
    ("and_then", "else"),
];

/// Signs, longest first.
const SIGNS: [(&str, &str); 9] = [
    ("===", "=="),
    ("!==", "!="),
    ("<>", "!="),
    ("&&", "and"),
    ("||", "or"),
    ("??", "else"),
    ("!", "not "),
    ("=", "=="),
    ("->", "=>"),
];

/// What other languages say with an `@`, and what is written here.
const ATTRIBUTES: [(&str, &str); 14] = [
    ("id", "key"),
    ("primary", "key"),
    ("pk", "key"),
    ("unique", "unique"),
    ("secret", "secret"),
    ("hidden", "secret"),
    ("updatedAt", "= now() on update"),
    ("createdAt", "= now()"),
    ("auth", "allow signed_in"),
    ("authenticated", "allow signed_in"),
    ("authorize", "allow signed_in"),
    ("public", "allow public"),
    ("required", ""),
    ("nonnull", ""),
];

/// Whether a name is a word of another language that is understood here.
pub(super) fn is_foreign(name: &str) -> bool {
    SCALARS.iter().chain(&WORDS).any(|(theirs, _)| *theirs == name)
}

/// Whether a name is a scalar of another language.
pub(super) fn is_scalar(name: &str) -> bool {
    SCALARS.iter().any(|(theirs, _)| *theirs == name)
}

/// A type's name; one of another language is reported and read as the scalar it means.
pub(super) fn scalar(build: &mut Build<'_>, name: Name) -> Name {
    let Some((_, ours)) = SCALARS.iter().find(|(theirs, _)| *theirs == name.text) else { return name };
    let report = Report::new(Code::E0106, name.at, format!("there is no type `{}` here", name.text))
        .help(format!("it is called `{ours}`"))
        .fix(format!("write `{ours}`"), name.at, *ours);
    build.report(report);
    Name { text: SmolStr::new_static(ours), at: name.at }
}

/// What a word at the start of a line or behind something is called here, if that may stand there.
pub(super) fn word(word: &str, known: &[&'static str]) -> Option<&'static str> {
    let found = WORDS.iter().find(|(theirs, ours)| *theirs == word && known.contains(ours));
    found.map(|(_, ours)| *ours)
}

/// A report on a sign of another language that some text starts with, if it does.
pub(super) fn sign(text: &str, place: Place, at: impl Fn(usize) -> Span) -> Option<Report> {
    if text.starts_with("=>") {
        return None;
    }
    if let Some((theirs, ours)) = SIGNS.iter().find(|(theirs, _)| text.starts_with(theirs)) {
        let found = at(theirs.len());
        let fixed = ours.trim_end();
        let report = Report::new(Code::E0106, found, format!("`{theirs}` is not a sign of this language"));
        return Some(report.help(format!("write `{fixed}`")).fix(format!("write `{fixed}`"), found, *ours));
    }
    let first = text.chars().next()?;
    let (message, help) = match first {
        ';' => {
            let report = Report::new(Code::E0106, at(1), "lines end without a `;`");
            return Some(report.help("take it out").fix("take it out", at(1), ""));
        }
        '\'' | '`' => ("this quote starts no text", "texts stand in double quotes"),
        '#' => ("`#` starts no comment", "comments start with `//`, documentation with `///`"),
        '@' => return Some(attribute(text.get(1..).unwrap_or(""), place, at)),
        _ => return None,
    };
    Some(Report::new(Code::E0106, at(1), message).help(help))
}

/// A report on an `@` with a name behind it.
fn attribute(text: &str, place: Place, at: impl Fn(usize) -> Span) -> Report {
    let end = text.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(text.len());
    let name = text.get(..end).unwrap_or("");
    let arguments = text.get(end..).is_some_and(|rest| rest.starts_with('('));
    let found = at(1 + name.len());
    let report = Report::new(Code::E0106, found, "there are no `@` attributes");
    let known = ATTRIBUTES.iter().find(|(theirs, _)| *theirs == name && !arguments);
    match known.map(|(_, ours)| *ours) {
        None => report.help("what a field is stands behind its type: `id: uuid key`"),
        Some("") => {
            report.help("a field is required unless its type ends in `?`").fix("take it out", found, "")
        }
        Some(ours) => {
            // Of rows it is said what may be done.
            let of_rows = place == Place::Entity;
            let ours = if of_rows { ours.replace("allow ", "allow all ") } else { ours.to_owned() };
            report.help(format!("write `{ours}`")).fix(format!("write `{ours}`"), found, ours)
        }
    }
}

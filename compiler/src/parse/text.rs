//! Texts: escapes and interpolations.
use quater_grammar::Rule;
use smol_str::SmolStr;

use super::build::{Build, Pair, first};
use super::expr::{expr, hole};
use crate::ast::{Text, TextPart};
use crate::report::{Code, Report};

/// A `text` pair.
pub(super) fn text(build: &mut Build<'_>, pair: &Pair<'_>) -> Text {
    let at = build.at(pair);
    let parts = pair.clone().into_inner().map(|part| match part.as_rule() {
        Rule::letters => TextPart::Letters(letters(build, &part)),
        _ => TextPart::Value(first(&part).map_or_else(|| hole(at), |inner| expr(build, &inner))),
    });
    Text { parts: parts.collect(), at }
}

fn letters(build: &mut Build<'_>, pair: &Pair<'_>) -> SmolStr {
    let mut rest = pair.as_str();
    let mut read = String::with_capacity(rest.len());
    while let Some(special) = rest.find(['\\', '{', '}']) {
        let (plain, from) = rest.split_at(special);
        read.push_str(plain);
        let (meant, length) = special_letter(from);
        if let Some(meant) = meant {
            read.push(meant);
        } else {
            let start = pair.as_span().start() + pair.as_str().len() - from.len();
            let at = build.span(start, start + length);
            let message = format!("`{}` stands for nothing", from.get(..length).unwrap_or(from));
            let help = "known are `\\n`, `\\t`, `\\r`, `\\\"`, `\\\\` and `\\u{1F600}`";
            build.report(Report::new(Code::E0107, at, message).help(help));
        }
        rest = from.get(length..).unwrap_or("");
    }
    read.push_str(rest);
    SmolStr::new(read)
}

/// What a doubled brace or an escape at the start of a text means, and how long it is.
fn special_letter(text: &str) -> (Option<char>, usize) {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some('{'), _) => (Some('{'), 2),
        (Some('}'), _) => (Some('}'), 2),
        (_, Some('n')) => (Some('\n'), 2),
        (_, Some('t')) => (Some('\t'), 2),
        (_, Some('r')) => (Some('\r'), 2),
        (_, Some(quoted @ ('"' | '\\'))) => (Some(quoted), 2),
        (_, Some('u')) => unicode(text),
        (_, other) => (None, 1 + other.map_or(0, char::len_utf8)),
    }
}

fn unicode(text: &str) -> (Option<char>, usize) {
    let inside = text.strip_prefix("\\u{").and_then(|rest| rest.split_once('}'));
    match inside {
        Some((hex, _)) => (u32::from_str_radix(hex, 16).ok().and_then(char::from_u32), hex.len() + 4),
        None => (None, 2),
    }
}

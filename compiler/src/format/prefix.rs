//! What stands before a declaration or a field.
use super::doc::{Doc, maybe, row, text, words};
use super::expr::quoted;
use crate::ast::{Docs, Prefix, PrefixKind};

/// A line with its documentation above it.
pub(super) fn docs_lines(docs: Option<&Docs>, line: Doc) -> Doc {
    match docs {
        None => line,
        Some(docs) => Doc::Above(docs.text.lines().map(docs_line).collect(), Box::new(line)),
    }
}

/// A line of documentation.
pub(super) fn docs_line(line: &str) -> String {
    if line.is_empty() { "///".to_owned() } else { format!("/// {line}") }
}

/// One prefix.
pub(super) fn prefix(prefix: &Prefix) -> Doc {
    match &prefix.kind {
        PrefixKind::Since(version) => text(format!("since {}", version.value)),
        PrefixKind::Deprecated { reason, sunset, instead } => {
            let sunset = maybe(sunset.as_ref(), |sunset| text(format!("sunset {sunset}")));
            let instead = maybe(instead.as_ref(), |instead| text(format!("use {}", instead.text)));
            let inside = words([sunset, instead]);
            let block =
                if inside.flat().is_empty() { text("") } else { row([text("{ "), inside, text(" }")]) };
            words([text("deprecated"), maybe(reason.as_ref(), |reason| text(quoted(reason))), block])
        }
        PrefixKind::Silence { code, reason } => text(format!("allow {} {}", code.text, quoted(reason))),
        PrefixKind::Stray => text(""),
    }
}

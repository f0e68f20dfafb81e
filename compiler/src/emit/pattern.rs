//! Regular expressions of schemas: anchored, in the linear subset that every dialect shares.
use quater_ir::types::{Bounds, TextRules};
use rust_decimal::Decimal;

/// Digits that a stored decimal always has room for: it is a 64-bit count of its last digit's units.
const DECIMAL_DIGITS: u32 = 18;

/// Any character that a text may hold: SQLite ends texts at U+0000, so the runtime refuses it.
const CHARACTER: &str = r"[^\x00]";

/// What a text must match, beside its length.
pub(super) fn of_text(rules: &TextRules) -> Option<String> {
    match (&rules.pattern, rules.trim, rules.length.min) {
        (Some(pattern), true, _) => Some(format!(r"^\s*(?:{pattern})\s*$")),
        (Some(pattern), false, _) => Some(anchored(pattern)),
        (None, true, Some(1)) => Some(r"\S".to_owned()),
        (None, true, Some(min @ 2..)) => Some(format!(r"\S[\s\S]{{{},}}\S", min - 2)),
        (None, true, None | Some(0)) | (None, false, _) => None,
    }
}

/// The same, to the last character: true even of texts that nobody would write.
pub(super) fn of_text_exactly(rules: &TextRules) -> String {
    match (of_text(rules), rules.length.min) {
        (None, _) => format!("^{CHARACTER}*$"),
        (Some(pattern), _) if rules.pattern.is_some() => pattern,
        (Some(_), Some(min @ 2..)) => {
            let edge = r"[^\s\x00]";
            format!("^{CHARACTER}*{edge}{CHARACTER}{{{},}}{edge}{CHARACTER}*$", min - 2)
        }
        (Some(_), _) => format!(r"^{CHARACTER}*[^\s\x00]{CHARACTER}*$"),
    }
}

fn anchored(pattern: &str) -> String {
    if pattern.contains('|') { format!("^(?:{pattern})$") } else { format!("^{pattern}$") }
}

/// The text of a decimal: plain digits, no more behind the point than its type has.
pub(super) fn of_decimal(scale: u8, bounds: &Bounds<Decimal>) -> String {
    let sign = if bounds.min.is_some_and(|min| min >= Decimal::ZERO) { "" } else { "-?" };
    let scale = u32::from(scale);
    let above = DECIMAL_DIGITS.saturating_sub(scale).max(1) - 1;
    let whole = format!("(?:0|[1-9][0-9]{{0,{above}}})");
    match scale {
        0 => format!("^{sign}{whole}$"),
        1 => format!(r"^{sign}{whole}(?:\.[0-9])?$"),
        _ => format!(r"^{sign}{whole}(?:\.[0-9]{{1,{scale}}})?$"),
    }
}

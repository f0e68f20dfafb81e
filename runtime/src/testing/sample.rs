//! Text that matches a pattern.
use quater_ir::types::Bounds;
use regex_syntax::hir::{Class, Hir, HirKind};

/// How often a repetition repeats at most, where a text has to be longer than it would be.
const REPEATS: u32 = 200;

/// A text that the pattern matches and that is as long as it has to be.
pub(super) fn fitting(pattern: &str, length: &Bounds<u32>, number: usize) -> Option<String> {
    let fits = |text: &String| u32::try_from(text.chars().count()).is_ok_and(|count| length.allow(&count));
    let first = of(pattern, number, 1)?;
    if fits(&first) {
        return Some(first);
    }
    let longer = (0..=REPEATS).filter(|repeats| *repeats != 1);
    Some(longer.filter_map(|repeats| of(pattern, number, repeats)).find(fits).unwrap_or(first))
}

/// A text that the pattern matches; numbers choose among the characters of its classes, the last one
/// changing fastest.
fn of(pattern: &str, number: usize, repeats: u32) -> Option<String> {
    let hir = regex_syntax::parse(&quater_ir::pattern::for_rust(pattern).ok()?).ok()?;
    let mut choices = Vec::new();
    collect(&hir, repeats, &mut choices);
    let mut number = number;
    let mut text: Vec<char> = Vec::with_capacity(choices.len());
    for options in choices.iter().rev() {
        let at = number % options.len().max(1);
        number /= options.len().max(1);
        text.push(*options.get(at)?);
    }
    Some(text.into_iter().rev().collect())
}

/// Appends the characters that may stand at each place.
fn collect(hir: &Hir, repeats: u32, choices: &mut Vec<Vec<char>>) {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => {
            let text = String::from_utf8_lossy(&literal.0);
            choices.extend(text.chars().map(|letter| vec![letter]));
        }
        HirKind::Class(class) => choices.push(letters(class)),
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(u32::MAX);
            for _ in 0..repetition.min.max(repeats).min(most) {
                collect(&repetition.sub, repeats, choices);
            }
        }
        HirKind::Capture(capture) => collect(&capture.sub, repeats, choices),
        HirKind::Concat(parts) => parts.iter().for_each(|part| collect(part, repeats, choices)),
        HirKind::Alternation(parts) => parts.iter().take(1).for_each(|part| collect(part, repeats, choices)),
    }
}

/// The visible ASCII of a class, or else its first character.
fn letters(class: &Class) -> Vec<char> {
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(class) => class.ranges().iter().map(|range| (range.start(), range.end())).collect(),
        Class::Bytes(class) => {
            class.ranges().iter().map(|range| (range.start() as char, range.end() as char)).collect()
        }
    };
    let plain = ('!'..='~').filter(|letter| ranges.iter().any(|(from, to)| (from..=to).contains(&letter)));
    let plain: Vec<char> = plain.collect();
    if plain.is_empty() { ranges.first().map(|(from, _)| *from).into_iter().collect() } else { plain }
}

//! Paths of URLs.
use smol_str::SmolStr;

use super::build::{Build, Pair};
use crate::ast::{Name, Route, RouteSegment};
use crate::report::{Code, Report};

/// A `route` pair.
pub(super) fn route(build: &mut Build<'_>, pair: &Pair<'_>) -> Route {
    let at = build.at(pair);
    let mut start = pair.as_span().start() + 1;
    let mut segments = Vec::new();
    for written in pair.as_str().split('/').skip(1) {
        let end = start + written.len();
        let span = build.span(start, end);
        let inside = written.strip_prefix('{').and_then(|rest| rest.strip_suffix(['}', '\u{1F}']));
        match inside {
            Some(name) if is_name(name) => {
                let name = Name { text: SmolStr::new(name), at: build.span(start + 1, end - 1) };
                segments.push(RouteSegment::Parameter(name));
            }
            None if !written.contains(['{', '}']) => {
                segments.push(RouteSegment::Fixed(SmolStr::new(written)));
            }
            _ => {
                let help = "a parameter is a whole segment: `/orders/{order}`";
                build.report(
                    Report::new(Code::E0101, span, format!("`{written}` is no segment of a path")).help(help),
                );
            }
        }
        start = end + 1;
    }
    // A slash alone has no segments.
    if matches!(segments.as_slice(), [RouteSegment::Fixed(letters)] if letters.is_empty()) {
        segments.clear();
    }
    Route { segments, at }
}

fn is_name(text: &str) -> bool {
    let starts = text.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    starts && text.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

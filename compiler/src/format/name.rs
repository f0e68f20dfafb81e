//! Names, paths and routes.
use super::doc::{Doc, commas, text};
use crate::ast::{Name, Path, Route, RouteSegment};

/// A name.
pub(super) fn name(name: &Name) -> Doc {
    text(name.text.as_str())
}

/// Names with commas between.
pub(super) fn names(names: &[Name]) -> Doc {
    commas(names.iter().map(name))
}

/// Columns in parentheses; nothing for all of them.
pub(super) fn columns(columns: &[Name]) -> String {
    let listed: Vec<&str> = columns.iter().map(|name| name.text.as_str()).collect();
    if listed.is_empty() { String::new() } else { format!("({})", listed.join(", ")) }
}

/// A path.
pub(super) fn path(path: &Path) -> Doc {
    text(path.names.iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join("."))
}

/// A route.
pub(super) fn route(route: &Route) -> Doc {
    let segments = route.segments.iter().map(|segment| match segment {
        RouteSegment::Fixed(letters) => format!("/{letters}"),
        RouteSegment::Parameter(name) => format!("/{{{}}}", name.text),
    });
    let path: String = segments.collect();
    text(if path.is_empty() { "/".to_owned() } else { path })
}

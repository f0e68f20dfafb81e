//! What the makers of tables share, whatever the database.
use crate::plan::sql::quoted;
use smol_str::SmolStr;

/// Names in SQL, by comma.
pub(crate) fn names(columns: &[SmolStr]) -> String {
    columns.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}

/// Texts in SQL, by comma.
pub(super) fn texts(texts: &[SmolStr]) -> String {
    texts.iter().map(|it| text(it)).collect::<Vec<_>>().join(", ")
}

/// A text in SQL.
pub(crate) fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A condition on the bounds of a value; nothing where there are none.
pub(super) fn between<T: std::fmt::Display>(value: &str, min: Option<T>, max: Option<T>) -> Option<String> {
    match (min, max) {
        (Some(min), Some(max)) => Some(format!("{value} BETWEEN {min} AND {max}")),
        (Some(min), None) => Some(format!("{value} >= {min}")),
        (None, Some(max)) => Some(format!("{value} <= {max}")),
        (None, None) => None,
    }
}

/// Statements that make something, each with the name of what it makes.
pub(super) fn makings(texts: &str) -> impl Iterator<Item = (&str, &str)> {
    texts.split_inclusive(";\n").map(|text| (text.split_whitespace().nth(2).unwrap_or_default(), text))
}

//! Written by `quater gen rust` from `imports.qtr`: what is changed here is lost.

/// What came of a price list.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ImportReport {
    /// `int`
    pub read: i64,
    /// `int`
    pub created: i64,
    /// `int`
    pub changed: i64,
    /// `[Skipped { line: int, why: text }](..2000)`
    pub skipped: Vec<Skipped>,
}

/// A row of a price list, as its supplier wrote it.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PriceRow {
    /// `text(..40)`
    pub sku: String,
    /// `text(..200)`
    pub title: String,
    /// `text(..20)`
    pub price: String,
}

/// A row that was left out.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Skipped {
    /// `int`
    pub line: i64,
    /// `text`
    pub why: String,
}

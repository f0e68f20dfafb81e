//! The canonical layout of a file: two spaces, one item a line, comments where they were.
//!
//! Files make a tree of `doc`s, one file a construct; `print` lays it out. Nothing here judges: a file with
//! syntax errors is refused, so that no letter of it can be lost.
mod access;
mod clause;
mod declaration;
mod doc;
mod entity;
mod expr;
mod field;
mod name;
mod prefix;
mod print;
mod record;
mod schedule;
mod service;
mod statement;
mod test;
mod types;
mod verb;

use crate::parse::parse;
use crate::report::{FileId, Report};

/// A file in its canonical layout, or what keeps it from being read.
pub fn format(file: FileId, text: &str) -> Result<String, Vec<Report>> {
    let parsed = parse(file, text);
    if !parsed.reports.is_empty() {
        return Err(parsed.reports);
    }
    let items: Vec<doc::Item> = parsed.file.declarations.iter().map(|one| declaration::item(one)).collect();
    Ok(print::print(text, &parsed.comments, &items))
}

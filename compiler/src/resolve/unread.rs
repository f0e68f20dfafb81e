//! What follows from lines that can't be read: a name that stands in one may be declared there.
use crate::ast::File;
use crate::report::Report;
use smol_str::SmolStr;
use std::collections::BTreeSet;

/// The reports without those that miss a name which stands in a line that was reported itself.
pub(crate) fn without_followers(mut reports: Vec<Report>, files: &[File]) -> Vec<Report> {
    let declarations = files.iter().flat_map(|file| &file.declarations);
    let unread: BTreeSet<&SmolStr> = declarations.flat_map(|declaration| &declaration.unread).collect();
    reports.retain(|report| report.missing.as_ref().is_none_or(|name| !unread.contains(name)));
    reports
}

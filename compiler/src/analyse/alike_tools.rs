//! Tools whose texts give a model nothing to choose by.
use crate::check::Checker;
use crate::report::{Code, Report, Span};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Tools that say the same as others.
pub(super) fn alike_tools(checker: &Checker<'_>) -> Vec<Report> {
    let mut found = Vec::new();
    let mut said: BTreeMap<Vec<String>, (&str, Span)> = BTreeMap::new();
    for tool in &checker.tools {
        let declared = checker.names.operations.nth(tool.operation.index());
        let Some(docs) = declared.and_then(|(declaration, _)| declaration.docs.as_ref()) else { continue };
        match said.entry(words(&docs.text)) {
            Entry::Vacant(place) => _ = place.insert((&tool.name, docs.at)),
            Entry::Occupied(first) => {
                let (name, at) = first.get();
                let message = format!("the tools `{name}` and `{}` say the same", tool.name);
                let report = Report::new(Code::W0503, docs.at, message).label(*at, "said here already");
                found
                    .push(report.help(
                        "say what this one does that the other does not: a model has only these words",
                    ));
            }
        }
    }
    found
}

/// The different words of a text, in the order of the alphabet.
fn words(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut words: Vec<String> = words.map(str::to_lowercase).collect();
    words.sort_unstable();
    words.dedup();
    words
}

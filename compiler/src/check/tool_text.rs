//! Texts of tools, which models pay for in every turn.
use super::Checker;
use crate::report::{Code, Report};

/// Several clients cut the text of a tool here.
const MOST_LETTERS: usize = 1024;

impl Checker<'_> {
    /// Warns of tools whose text is longer than clients take.
    pub(crate) fn tool_texts(&mut self) {
        for tool in &self.tools {
            let declared = self.names.operations.nth(tool.operation.index());
            let docs = declared.and_then(|(declaration, _)| declaration.docs.as_ref());
            let Some(docs) = docs.filter(|docs| docs.text.len() > MOST_LETTERS) else { continue };
            let letters = docs.text.trim().chars().count();
            if letters > MOST_LETTERS {
                let message = format!("the text of the tool `{}` has {letters} characters", tool.name);
                let report = Report::new(Code::W0501, docs.at, message);
                self.sink.push(report.help(format!("several clients cut it at {MOST_LETTERS}; say less")));
            }
        }
    }
}

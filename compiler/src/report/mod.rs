//! What the compiler says about a program: one neutral [`Report`] that every renderer draws.
mod catalog;
mod fingerprint;
pub mod render;
mod source;

pub use catalog::{Code, Severity};
pub use fingerprint::fingerprints;
use smol_str::SmolStr;
pub(crate) use source::Imagined;
pub use source::{FileId, LineColumn, Source, Sources, Span};

/// One finding: what is wrong, where, why, and what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The catalog row this finding is an instance of.
    pub code: Code,
    /// One sentence: lower case, no full stop, the user's own text in backticks.
    pub message: String,
    /// The place that the finding is about.
    pub at: Span,
    /// What to say at that place; empty where the message says it all.
    pub note: String,
    /// Other places that explain the finding.
    pub related: Vec<Label>,
    /// The next step, where there is one to give.
    pub help: Option<String>,
    /// Edits that would mend it.
    pub fixes: Vec<Fix>,
    /// Edits that mend it too, but decide something: an editor offers them, nobody applies them unasked.
    pub choices: Vec<Fix>,
    /// The name that is not there, where that is all there is to it.
    pub(crate) missing: Option<SmolStr>,
}

/// A second place that a report speaks of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub at: Span,
    /// What is to be seen there.
    pub text: String,
}

/// One way to mend a report: all of its edits, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What applying it does, as an imperative: "rename to `title`".
    pub title: String,
    /// Replacements, in no particular order, never overlapping.
    pub edits: Vec<Edit>,
}

/// Replaces the text at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty for an insertion.
    pub at: Span,
    /// The new text.
    pub text: String,
}

impl Report {
    /// A finding of `code` at a place; its severity is the catalog's.
    pub fn new(code: Code, at: Span, message: impl Into<String>) -> Self {
        let (message, note) = (message.into(), String::new());
        let (related, fixes, choices) = (Vec::new(), Vec::new(), Vec::new());
        Self { code, message, at, note, related, help: None, fixes, choices, missing: None }
    }

    /// Says something at the place itself.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Points at a second place.
    #[must_use]
    pub fn label(mut self, at: Span, text: impl Into<String>) -> Self {
        self.related.push(Label { at, text: text.into() });
        self
    }

    /// Gives the next step.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says which name is not there, or which word of a line.
    #[must_use]
    pub(crate) fn missing(mut self, name: impl Into<SmolStr>) -> Self {
        self.missing = Some(name.into());
        self
    }

    /// Offers a replacement of one place as a fix.
    #[must_use]
    pub fn fix(mut self, title: impl Into<String>, at: Span, text: impl Into<String>) -> Self {
        self.fixes.push(Fix { title: title.into(), edits: vec![Edit { at, text: text.into() }] });
        self
    }

    /// Offers a replacement of one place that decides something.
    #[must_use]
    pub fn choice(mut self, title: impl Into<String>, at: Span, text: impl Into<String>) -> Self {
        self.choices.push(Fix { title: title.into(), edits: vec![Edit { at, text: text.into() }] });
        self
    }

    /// Asks whether a name that is like the one at a place was meant. It is a guess: the name may be one that is still
    /// to be declared.
    #[must_use]
    pub(crate) fn meant(self, at: Span, near: &str) -> Self {
        self.help(format!("did you mean `{near}`?")).choice(format!("write `{near}`"), at, near)
    }
}

impl Report {
    /// The same at other places.
    #[must_use]
    pub(crate) fn placed(mut self, place: &impl Fn(Span) -> Span) -> Self {
        self.at = place(self.at);
        self.related.iter_mut().for_each(|label| label.at = place(label.at));
        let edits = self.fixes.iter_mut().chain(&mut self.choices).flat_map(|fix| &mut fix.edits);
        edits.for_each(|edit| edit.at = place(edit.at));
        self
    }
}

/// A finding that does not count, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppressed {
    /// The finding.
    pub report: Report,
    /// Why it may be, in the words of whoever let it.
    pub reason: String,
    /// The line that lets it; none where something outside the files does.
    pub by: Option<Span>,
}

/// Where phases put their reports.
#[derive(Debug, Default)]
pub struct Sink {
    reports: Vec<Report>,
}

impl Sink {
    /// Takes one report.
    pub fn push(&mut self, report: Report) {
        self.reports.push(report);
    }

    /// Whether anything so far forbids running the program.
    pub fn has_errors(&self) -> bool {
        self.reports.iter().any(|report| report.code.severity() == Severity::Error)
    }

    /// All reports as they came.
    pub(crate) fn into_reports(self) -> Vec<Report> {
        self.reports
    }

    /// All reports, by file and place, each said once.
    pub fn finish(mut self) -> Vec<Report> {
        self.reports.sort_by(|a, b| (a.at, a.code, &a.message).cmp(&(b.at, b.code, &b.message)));
        self.reports.dedup();
        self.reports
    }
}

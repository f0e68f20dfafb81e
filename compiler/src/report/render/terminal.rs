//! The text with its places marked, for people.
use super::place::{indices, tame};
use crate::report::{FileId, Report, Severity, Sources, Span};
use codespan_reporting::diagnostic::{Diagnostic, Label, Severity as Level};
use codespan_reporting::files::{Error, Files};
use codespan_reporting::term::termcolor::Buffer;
use codespan_reporting::term::{self, Config, DisplayStyle};
use std::borrow::Cow;
use std::ops::Range;

/// Whether to colour what is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colour {
    /// With escape sequences.
    Always,
    /// Text only.
    Never,
}

/// A longer line is not drawn: nobody can read it, and a file may be one line of megabytes.
const LONGEST_LINE: usize = 500;

/// Draws each report with the lines it speaks of, in as many files as it names.
pub fn terminal(reports: &[Report], sources: &Sources, colour: Colour) -> String {
    let shown = Shown { sources, texts: sources.iter().map(|(_, source)| tame(&source.text)).collect() };
    let mut out = match colour {
        Colour::Always => Buffer::ansi(),
        Colour::Never => Buffer::no_color(),
    };
    for report in reports {
        let display_style = if shown.is_readable(report) { DisplayStyle::Rich } else { DisplayStyle::Medium };
        let config = Config { display_style, ..Config::default() };
        // A buffer cannot refuse a write, and the ranges have been made to fit their files.
        _ = term::emit_to_write_style(&mut out, &config, &shown, &diagnostic(report, sources));
    }
    String::from_utf8_lossy(out.as_slice()).into_owned()
}

fn diagnostic(report: &Report, sources: &Sources) -> Diagnostic<FileId> {
    let level = match report.code.severity() {
        Severity::Error => Level::Error,
        Severity::Warning => Level::Warning,
    };
    let range = |at: Span| sources.get(at.file).map_or(0..0, |source| indices(at, source));
    let primary = Label::primary(report.at.file, range(report.at)).with_message(tame(&report.note));
    let related = report
        .related
        .iter()
        .map(|label| Label::secondary(label.at.file, range(label.at)).with_message(tame(&label.text)));
    let fixes = report.fixes.iter().map(|fix| format!("fix: {}", tame(&fix.title)));
    Diagnostic::new(level)
        .with_code(report.code.name())
        .with_message(tame(&report.message))
        .with_labels_iter(std::iter::once(primary).chain(related))
        .with_notes_iter(report.help.iter().map(|help| format!("help: {}", tame(help))).chain(fixes))
}

struct Shown<'s> {
    sources: &'s Sources,
    texts: Vec<Cow<'s, str>>,
}

impl Shown<'_> {
    fn is_readable(&self, report: &Report) -> bool {
        let mut places = std::iter::once(report.at).chain(report.related.iter().map(|label| label.at));
        places.all(|at| {
            let Some(source) = self.sources.get(at.file) else { return false };
            let mut lines = source.line_of(at.start)..=source.line_of(at.end);
            lines.all(|line| source.line_range(line).len() <= LONGEST_LINE)
        })
    }
}

impl<'a> Files<'a> for Shown<'a> {
    type FileId = FileId;
    type Name = Cow<'a, str>;
    type Source = &'a str;

    fn name(&'a self, id: FileId) -> Result<Self::Name, Error> {
        self.sources.get(id).map(|source| tame(&source.name)).ok_or(Error::FileMissing)
    }

    fn source(&'a self, id: FileId) -> Result<&'a str, Error> {
        self.texts.get(id.0 as usize).map(Cow::as_ref).ok_or(Error::FileMissing)
    }

    fn line_index(&'a self, id: FileId, byte: usize) -> Result<usize, Error> {
        let source = self.sources.get(id).ok_or(Error::FileMissing)?;
        Ok(source.line_of(u32::try_from(byte).unwrap_or(u32::MAX)))
    }

    fn line_range(&'a self, id: FileId, line: usize) -> Result<Range<usize>, Error> {
        Ok(self.sources.get(id).ok_or(Error::FileMissing)?.line_range(line))
    }
}

//! What was said about a piece so far: one fault gets one report, so a line is spoken of once.
use smol_str::SmolStr;
use std::collections::BTreeSet;

use crate::report::{Code, Report, Span};

/// The reports of one piece.
pub(super) struct Said<'a> {
    reports: Vec<Report>,
    lines: BTreeSet<usize>,
    line_starts: &'a [usize],
    /// Words of lines that can't be read.
    unread: BTreeSet<SmolStr>,
    /// Where an editor asks what may stand there, and the words that may.
    asked: Option<(usize, Vec<&'static str>)>,
}

impl<'a> Said<'a> {
    /// Starts with what is wrong with the characters.
    pub(super) fn new(lexical: Vec<Report>, line_starts: &'a [usize]) -> Self {
        let mut said = Self {
            reports: Vec::new(),
            lines: BTreeSet::new(),
            line_starts,
            unread: BTreeSet::new(),
            asked: None,
        };
        lexical.into_iter().for_each(|report| said.push(report));
        said
    }

    /// Starts with nothing, to be told what may stand at an offset.
    pub(super) fn asked(at: usize, line_starts: &'a [usize]) -> Self {
        Self { asked: Some((at, Vec::new())), ..Self::new(Vec::new(), line_starts) }
    }

    /// Whether somebody asks what may stand somewhere.
    pub(super) const fn is_asked(&self) -> bool {
        self.asked.is_some()
    }

    /// Whether somebody asks what may stand at a place.
    pub(super) fn asks(&self, at: Span) -> bool {
        self.asked.as_ref().is_some_and(|(asked, _)| *asked == at.start as usize)
    }

    /// Says which words may stand where somebody asks.
    pub(super) fn offer(&mut self, words: impl Iterator<Item = &'static str>) {
        if let Some((_, offered)) = &mut self.asked {
            offered.extend(words);
        }
    }

    /// The words that may stand where somebody asks.
    pub(super) fn take_offered(&mut self) -> Vec<&'static str> {
        self.asked.take().map(|(_, words)| words).unwrap_or_default()
    }

    fn line_of(&self, at: u32) -> usize {
        self.line_starts.partition_point(|start| *start <= at as usize)
    }

    /// Whether something was said about a line of this region.
    pub(super) fn speaks_of(&self, region: Span) -> bool {
        let (first, last) = (self.line_of(region.start), self.line_of(region.end));
        self.lines.range(first..=last.max(first)).next().is_some()
    }

    /// Takes a report. Where a brace is missing, the line that lacks it counts as spoken of too.
    pub(super) fn push(&mut self, report: Report) {
        self.lines.insert(self.line_of(report.at.start));
        if report.code == Code::E0102 {
            let labels: Vec<usize> =
                report.related.iter().map(|label| self.line_of(label.at.start)).collect();
            self.lines.extend(labels);
        }
        self.reports.push(report);
    }

    /// Takes a report, unless something was said about a line of the region.
    pub(super) fn push_in(&mut self, region: Span, report: Report) {
        if !self.speaks_of(region) {
            self.push(report);
            self.lines.insert(self.line_of(region.start));
        }
    }

    /// Keeps the words of a line that can't be read.
    pub(super) fn leave_unread(&mut self, text: &str) {
        let words = text.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
        let names = words.filter(|word| word.starts_with(|letter: char| letter.is_alphabetic()));
        self.unread.extend(names.map(SmolStr::new));
    }

    /// The words of all lines that can't be read.
    pub(super) fn take_unread(&mut self) -> Vec<SmolStr> {
        std::mem::take(&mut self.unread).into_iter().collect()
    }

    /// All of it.
    pub(super) fn into_reports(self) -> Vec<Report> {
        self.reports
    }
}

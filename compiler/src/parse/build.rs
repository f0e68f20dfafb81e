//! What every construct's file uses to make nodes of pairs.
use pest::iterators::Pair as PestPair;
use quater_grammar::Rule;
use smol_str::SmolStr;

use super::frame::Frame;
use super::layout::Smooth;
use super::said::Said;
use crate::ast::{Docs, Name, Path, Whole};
use crate::report::{Code, Report, Span};

/// A rule that matched, with what matched inside it.
pub(super) type Pair<'i> = PestPair<'i, Rule>;

/// One piece being made into a declaration.
pub(super) struct Build<'a> {
    pub(super) frame: Frame,
    pub(super) piece: &'a Smooth,
    /// What is wrong in this piece; what its characters and braces lack is there from the start.
    pub(super) said: Said<'a>,
}

impl Build<'_> {
    /// The place of a pair, without the space behind it.
    pub(super) fn at(&self, pair: &Pair<'_>) -> Span {
        let span = pair.as_span();
        let kept = pair.as_str().trim_end_matches([' ', '\n', ',']).len();
        self.span(span.start(), span.start() + kept)
    }

    /// The place of a pair up to its first block or line break: the header of a declaration.
    pub(super) fn head(&self, pair: &Pair<'_>) -> Span {
        let (start, text) = (pair.as_span().start(), pair.as_str());
        let head = text.split(['{', '\u{1E}', '\n']).next().unwrap_or(text);
        self.span(start, start + head.trim_end_matches(' ').len())
    }

    /// The place of the word that a pair begins with.
    pub(super) fn lead(&self, pair: &Pair<'_>) -> Span {
        let (start, text) = (pair.as_span().start(), pair.as_str());
        let word = text.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(text.len());
        self.span(start, start + word)
    }

    /// A place of the smoothed text as a place of the file.
    pub(super) fn span(&self, start: usize, end: usize) -> Span {
        self.frame.span(self.piece.origin(start), self.piece.origin(end))
    }

    /// Whether something was said about a line of this region already.
    pub(super) fn is_reported(&self, region: Span) -> bool {
        self.said.speaks_of(region)
    }

    /// Reports, unless something was said about a line of the region already: one fault, one report.
    pub(super) fn report_in(&mut self, region: Span, report: Report) {
        self.said.push_in(region, report);
    }

    /// Reports, unless something was said about its line already.
    pub(super) fn report(&mut self, report: Report) {
        self.report_in(report.at, report);
    }

    /// Says that something is missing at the end of what is there.
    pub(super) fn missing(&mut self, behind: Span, what: &str) {
        self.report(Report::new(Code::E0104, behind.after(), format!("{what} is missing here")));
    }

    /// A `name` pair.
    pub(super) fn name(&self, pair: &Pair<'_>) -> Name {
        Name { text: SmolStr::new(pair.as_str()), at: self.at(pair) }
    }

    /// The name that is not there, reported.
    pub(super) fn no_name(&mut self, behind: Span, what: &str) -> Name {
        self.missing(behind, what);
        Name { text: SmolStr::default(), at: behind.after() }
    }

    /// The `name` pairs directly inside a pair.
    pub(super) fn names(&self, pair: &Pair<'_>) -> Vec<Name> {
        let inner = pair.clone().into_inner();
        inner.filter(|inner| inner.as_rule() == Rule::name).map(|name| self.name(&name)).collect()
    }

    /// The names of a `names` pair inside a pair; empty where there is none.
    pub(super) fn names_inside(&self, pair: &Pair<'_>) -> Vec<Name> {
        let inner = pair.clone().into_inner().find(|inner| inner.as_rule() == Rule::names);
        inner.map(|names| self.names(&names)).unwrap_or_default()
    }

    /// A `path` or `reference_path` pair.
    pub(super) fn path(&self, pair: &Pair<'_>) -> Path {
        let mut at = pair.as_span().start();
        let mut names = Vec::new();
        for word in pair.as_str().split('.') {
            names.push(Name { text: SmolStr::new(word), at: self.span(at, at + word.len()) });
            at += word.len() + 1;
        }
        Path { names, at: self.at(pair) }
    }

    /// A `number` pair that must be whole.
    pub(super) fn whole(&mut self, pair: &Pair<'_>) -> Whole {
        let at = self.at(pair);
        let value = pair.as_str().parse().unwrap_or_else(|_| {
            let message = format!("`{}` is not a whole number", pair.as_str());
            self.report(Report::new(Code::E0107, at, message));
            0
        });
        Whole { value, at }
    }

    /// A `docs` pair.
    pub(super) fn docs(&self, pair: &Pair<'_>) -> Docs {
        let lines = pair.clone().into_inner().map(|line| {
            let text = line.as_str().trim_start_matches('/').trim_end();
            text.strip_prefix(' ').unwrap_or(text).to_owned()
        });
        Docs { text: lines.collect::<Vec<_>>().join("\n"), at: self.at(pair) }
    }
}

/// The first pair of a rule directly inside a pair.
pub(super) fn child<'i>(pair: &Pair<'i>, rule: Rule) -> Option<Pair<'i>> {
    pair.clone().into_inner().find(|inner| inner.as_rule() == rule)
}

/// All pairs of a rule directly inside a pair.
pub(super) fn children<'i>(pair: &Pair<'i>, rule: Rule) -> impl Iterator<Item = Pair<'i>> {
    pair.clone().into_inner().filter(move |inner| inner.as_rule() == rule)
}

/// The first pair inside a pair, whatever it is.
pub(super) fn first<'i>(pair: &Pair<'i>) -> Option<Pair<'i>> {
    pair.clone().into_inner().next()
}

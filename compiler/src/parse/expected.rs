//! The second pass: what was expected where a line stopped making sense.
//!
//! The first pass only knows that a line is no item. This parses the line alone, with the rule of its
//! place, and takes the failure that got furthest.
use pest::Parser;
use pest::error::{ErrorVariant, InputLocation};
use quater_grammar::{QuaterParser, Rule};

use super::build::{Build, Pair};
use super::cut::DECLARATIONS;
use super::habit::Stopped;
use super::{foreign, habit, words};
use crate::report::{Code, Fix, Report, Span};

/// Stands at the cursor: nothing of the grammar, so that it is told what would have been taken.
pub(super) const CURSOR: &str = "\u{A4}";

/// Where a stray line or member stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Prefix,
    Declaration,
    Header,
    Settings,
    Fields,
    Parameters,
    Upstream,
    Auth,
    Values,
    Entity,
    Operation,
    Steps,
    Arms,
    Record,
    Test,
}

impl Place {
    fn rule(self) -> Rule {
        match self {
            Self::Prefix | Self::Declaration => Rule::one_declaration,
            Self::Header => Rule::one_header,
            Self::Settings => Rule::one_setting,
            Self::Fields => Rule::one_field,
            Self::Parameters => Rule::one_parameter,
            Self::Upstream => Rule::one_upstream,
            Self::Auth => Rule::one_auth_item,
            Self::Values => Rule::one_enum_value,
            Self::Entity => Rule::one_entity_item,
            Self::Operation => Rule::one_step,
            Self::Steps => Rule::one_inner_step,
            Self::Arms => Rule::one_arm,
            Self::Record => Rule::one_entry,
            Self::Test => Rule::one_test_item,
        }
    }

    /// The words that a line may start with here.
    pub(super) fn words(self) -> &'static [&'static str] {
        match self {
            Self::Declaration => &DECLARATIONS,
            Self::Settings => words::SETTINGS,
            Self::Auth => words::AUTH,
            Self::Entity => words::ENTITY,
            Self::Operation => words::OPERATION,
            Self::Steps | Self::Arms => words::STEPS,
            Self::Test => words::TEST,
            Self::Prefix => &["since", "deprecated", "allow"],
            Self::Header | Self::Fields | Self::Parameters | Self::Upstream | Self::Values | Self::Record => {
                &[]
            }
        }
    }

    /// What stands here, for a sentence.
    fn what(self) -> &'static str {
        match self {
            Self::Prefix => "`since 2`, `deprecated …` or `allow W0601 \"reason\"`",
            Self::Declaration => "a declaration",
            Self::Header => "the header of a declaration",
            Self::Settings => "a setting",
            Self::Fields => "a field: a name, `:` and a type",
            Self::Parameters => "a parameter: a name, `:` and a type",
            Self::Upstream => "a typed call, as in `get(id: uuid) -> Thing = GET /things/{id}`",
            Self::Auth => "a line of an `auth`",
            Self::Values => "a value of an `enum`",
            Self::Entity => "a field or a rule",
            Self::Operation => "a door, a rule or a step",
            Self::Steps => "a step",
            Self::Arms => "an arm, as in `paid => …`",
            Self::Record => "a member of a record, as in `name: value`",
            Self::Test => "a line of a test",
        }
    }
}

/// Reports a pair that no rule of its place took, unless its lines were spoken of already.
pub(super) fn stray(build: &mut Build<'_>, pair: &Pair<'_>, place: Place) {
    let region = build.at(pair);
    build.said.leave_unread(pair.as_str());
    if build.is_reported(region) {
        return;
    }
    let text = pair.as_str().trim_end_matches([' ', '\n']);
    let undocumented = behind_docs(text);
    let start = pair.as_span().start() + text.len() - undocumented.len();
    let report = if undocumented.len() < text.len() && furthest(undocumented, place).is_none() {
        Report::new(Code::E0101, region, "documentation speaks of nothing here").help(
            "it stands before a declaration, a field, a value or a typed call; a comment starts with `//`",
        )
    } else {
        offer(build, undocumented, start, place);
        explain(build, undocumented, start, place)
    };
    build.report_in(region, report);
}

/// What stands behind lines of documentation.
fn behind_docs(mut text: &str) -> &str {
    while text.starts_with("///") {
        text = text.split_once('\n').map_or("", |(_, rest)| rest.trim_start_matches([' ', '\n']));
    }
    text
}

/// Reports text that stands alone, with the offset in the piece where it starts.
pub(super) fn stray_text(build: &mut Build<'_>, text: &str, start: usize, place: Place) {
    let trimmed = text.trim_end_matches([' ', '\n']);
    let region = build.span(start, start + trimmed.len());
    build.said.leave_unread(trimmed);
    if !build.is_reported(region) {
        offer(build, trimmed, start, place);
        let report = explain(build, trimmed, start, place);
        build.report_in(region, report);
    }
}

/// Reports a word that is not one of a closed set.
pub(super) fn word_of(build: &mut Build<'_>, at: Span, word: &str, what: &str, known: &[&'static str]) {
    let mut report = Report::new(Code::E0105, at, format!("`{word}` is not {what}"));
    report = match words::closest(word, known.iter().copied()) {
        Some(meant) => {
            report.help(format!("did you mean `{meant}`?")).fix(format!("write `{meant}`"), at, meant)
        }
        None => report.help(format!("known are `{}`", known.join("`, `"))),
    };
    build.report(report);
}

/// Says what is wrong with a text. A fix that leaves something else wrong may be none, so it is only offered.
fn explain(build: &Build<'_>, text: &str, start: usize, place: Place) -> Report {
    let mut report = suppose(build, text, start, place);
    let (certain, others) = std::mem::take(&mut report.fixes)
        .into_iter()
        .partition(|fix| leaves(build, fix, (text, start), place).is_none());
    report.fixes = certain;
    report.choices.extend::<Vec<Fix>>(others);
    report
}

/// Where a text stops making sense when a fix is made, and where it goes on behind that; nothing where all of it
/// makes sense.
fn leaves(
    build: &Build<'_>,
    fix: &Fix,
    (text, start): (&str, usize),
    place: Place,
) -> Option<(usize, usize)> {
    let [edit] = fix.edits.as_slice() else { return Some((0, 0)) };
    let offset = |at: u32| at.saturating_sub(build.span(start, start).start) as usize;
    let (from, to) = (offset(edit.at.start), offset(edit.at.end));
    let (Some(before), Some(behind)) = (text.get(..from), text.get(to..)) else { return Some((0, 0)) };
    let (failed_at, _) = furthest(&format!("{before}{}{behind}", edit.text), place)?;
    Some((failed_at, from + edit.text.trim_end().len()))
}

/// Whether what is supposed to be meant gets a line further than what stands there.
fn helps(build: &Build<'_>, report: &Report, (text, start): (&str, usize), place: Place) -> bool {
    report.fixes.iter().all(|fix| {
        leaves(build, fix, (text, start), place).is_none_or(|(failed_at, behind)| failed_at > behind + 1)
    })
}

/// What is likely meant, else what was expected.
fn suppose(build: &Build<'_>, text: &str, start: usize, place: Place) -> Report {
    let place_of = |at: usize, length: usize| build.span(start + at, start + at + length);
    let lead = word_at(text);
    if let Some(report) = habit::of_line(lead, text, place, place_of(0, lead.len())) {
        return report;
    }
    if let Some(report) = misspelt_lead(lead, text, place, place_of(0, lead.len())) {
        return report;
    }
    let (failed_at, wanted) = furthest(text, place).unwrap_or_default();
    let rest = text.get(failed_at..).unwrap_or("").trim_start_matches(' ');
    let at = text.len() - rest.len();
    let found = token_at(rest);
    let here = place_of(at, found.len());
    let helps = |report: &Report| helps(build, report, (text, start), place);
    // What is put in may stand in many places: it is right where the whole line is.
    let certain = |report: &Report| {
        let whole = |fix| leaves(build, fix, (text, start), place).is_none();
        if report.code == Code::E0101 { report.fixes.iter().all(whole) } else { helps(report) }
    };
    if let Some(report) = habit::of_rest(build, &Stopped { place, text, start, at, found }).filter(certain) {
        return report;
    }
    let sign = foreign::sign(rest, place, |length| place_of(at, length));
    // These are signs of this language, too, in other places.
    if let Some(report) = sign.filter(|report| !["->", "=", "!"].contains(&found) || helps(report)) {
        return report;
    }
    let known: Vec<&'static str> =
        wanted.iter().flat_map(|rule| words::of_rule(*rule).iter().copied()).collect();
    if let Some(report) = meant(found, &known, here).filter(helps) {
        return report;
    }
    if let Some(report) = misspelt_verb(build, text, start, at, found).filter(helps) {
        return report;
    }
    if found == "is" && wanted.contains(&Rule::is_null) {
        let report = Report::new(Code::E0101, here, "`is` tests for one thing only");
        return report.help("write `is null` or `is not null`; other values compare with `==`");
    }
    if at == 0 && place.words().contains(&lead) {
        return Report::new(Code::E0101, here, format!("this is not a whole `{lead}` line"));
    }
    if at == 0 {
        return Report::new(Code::E0101, here, format!("`{found}` starts nothing that may stand here"))
            .help(format!("expected {}", place.what()));
    }
    let phrases = phrases(&wanted);
    let message = match (found, phrases.is_empty()) {
        ("", true) => "this line ends too soon".to_owned(),
        ("", false) => format!("this line ends where {phrases} should follow"),
        (_, true) => format!("`{found}` cannot stand here"),
        (_, false) => format!("expected {phrases}, found `{found}`"),
    };
    let report = Report::new(Code::E0101, here, message);
    if found == "{" && phrases == "a value" {
        return report.help("no record stands directly in a condition; put parentheses around it");
    }
    report
}

/// Says which words may stand at the cursor, if the line stops making sense there and somebody asks.
fn offer(build: &mut Build<'_>, text: &str, start: usize, place: Place) {
    if !build.said.is_asked() {
        return;
    }
    let (failed_at, wanted) = furthest(text, place).unwrap_or_default();
    let rest = text.get(failed_at..).unwrap_or("").trim_start_matches(' ');
    let at = text.len() - rest.len();
    // Of several words that belong together the first may be there already: `on`, and then `delete`.
    let Some((written, _)) = rest.split_once(CURSOR) else { return };
    let cursor = start + at + written.len();
    if build.said.asks(build.span(cursor, cursor)) {
        let starts: &[&str] = if at == 0 { place.words() } else { &[] };
        let words = wanted.iter().flat_map(|rule| words::of_rule(*rule).iter().copied());
        let left = starts.iter().copied().chain(words).filter_map(|word| word.strip_prefix(written));
        build.said.offer(left.filter(|word| !word.is_empty()));
    }
}

/// A line whose first word is known nowhere here, but is close to one that is.
fn misspelt_lead(lead: &str, text: &str, place: Place, at: Span) -> Option<Report> {
    let known = place.words();
    let behind = text.get(lead.len()..).unwrap_or("").trim_start();
    if lead.is_empty() || known.contains(&lead) || behind.starts_with(':') {
        return None;
    }
    let ours = foreign::word(lead, known);
    if let Some(ours) = ours {
        let report = Report::new(Code::E0106, at, format!("`{lead}` is not a word of this language"));
        let help = match ours {
            "use" => "it is called `use`: `use Money from \"./money.qtr\"`".to_owned(),
            ours => format!("it is called `{ours}`"),
        };
        return Some(report.help(help).fix(format!("write `{ours}`"), at, ours));
    }
    let meant = words::closest(lead, known.iter().copied())?;
    let report = Report::new(Code::E0105, at, format!("`{lead}` is not {}", place.what()));
    Some(report.help(format!("did you mean `{meant}`?")).fix(format!("write `{meant}`"), at, meant))
}

/// A name with another word behind it that is close to a verb.
fn misspelt_verb(build: &Build<'_>, text: &str, start: usize, at: usize, found: &str) -> Option<Report> {
    let before = text.get(..at)?.trim_end();
    let word = before.rsplit(|letter: char| !letter.is_alphanumeric() && letter != '_').next()?;
    let parted = before.len() < at && found.starts_with(|letter: char| letter.is_alphanumeric());
    let ours =
        foreign::word(word, words::VERBS).or_else(|| words::closest(word, words::VERBS.iter().copied()));
    let meant = ours.filter(|_| parted)?;
    let here = build.span(start + before.len() - word.len(), start + before.len());
    let report = Report::new(Code::E0105, here, format!("`{word}` is not a verb"));
    Some(report.help(format!("did you mean `{meant}`?")).fix(format!("write `{meant}`"), here, meant))
}

/// A word that is close to one that could stand in its place.
fn meant(found: &str, known: &[&'static str], at: Span) -> Option<Report> {
    if found == "required" && known.contains(&"key") {
        let report = Report::new(Code::E0106, at, "`required` is not a word of this language");
        return Some(report.help("a field is required unless its type ends in `?`").fix(
            "take it out",
            at,
            "",
        ));
    }
    if known.contains(&found) {
        return None;
    }
    let (code, meant) = match foreign::word(found, known) {
        Some(ours) => (Code::E0106, ours),
        // A word that stands elsewhere is not misspelt.
        None if words::STEPS.contains(&found) => return None,
        None => (Code::E0105, words::closest(found, known.iter().copied())?),
    };
    let report = Report::new(code, at, format!("`{found}` cannot stand here"));
    Some(report.help(format!("did you mean `{meant}`?")).fix(format!("write `{meant}`"), at, meant))
}

/// How far the rule of a place gets in a text, and which rules it wanted there; nothing where it takes all.
fn furthest(text: &str, place: Place) -> Option<(usize, Vec<Rule>)> {
    let error = QuaterParser::parse(place.rule(), text).err().filter(|_| !text.is_empty())?;
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    let wanted = match error.variant {
        ErrorVariant::ParsingError { positives, .. } => positives,
        ErrorVariant::CustomError { .. } => Vec::new(),
    };
    Some((at, wanted))
}

fn phrases(wanted: &[Rule]) -> String {
    let mut phrases: Vec<&str> = wanted.iter().filter_map(|rule| words::phrase(*rule)).collect();
    if phrases.contains(&"a value") {
        phrases.retain(|phrase| {
            !["a number", "a text in quotes", "a name", "a record in braces"].contains(phrase)
        });
    }
    phrases.sort_unstable();
    phrases.dedup();
    match phrases.as_slice() {
        [] | [_, _, _, _, ..] => String::new(),
        [only] => (*only).to_owned(),
        [first, second] => format!("{first} or {second}"),
        [first, second, third] => format!("{first}, {second} or {third}"),
    }
}

/// The word that a text starts with; empty where it starts with something else.
fn word_at(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(text.len());
    text.get(..end).unwrap_or("")
}

/// The word or sign that a text starts with; empty at the end of a line.
fn token_at(text: &str) -> &str {
    let word = word_at(text);
    if let Some(arrow) = text.get(..2).filter(|sign| ["->", "=>"].contains(sign)) {
        return arrow;
    }
    match text.chars().next() {
        Some('\n' | '\u{1E}' | '\u{1F}') | None => "",
        Some(first) if word.is_empty() => text.get(..first.len_utf8()).unwrap_or(""),
        Some(_) => word,
    }
}

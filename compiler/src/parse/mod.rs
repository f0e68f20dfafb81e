//! Text to tree. Never fails: what cannot be read stays in the tree as a hole or a stray, and is reported once.
//!
//! 1. `scan` reads characters: comments, texts and regexes that close on their line, brackets.
//! 2. `cut` makes pieces of the file, one declaration each.
//! 3. `layout` joins the lines of one item and, with `braces`, mends braces that do not pair.
//! 4. The grammar parses each piece alone; one file a construct makes nodes of its pairs.
//! 5. `expected` parses what no rule took once more, to say what was wanted where.
#![allow(clippy::wildcard_enum_match_arm, reason = "a pair's rule is one of the few that its parent names")]

mod access;
mod argument;
mod assets;
mod auth;
mod braces;
mod build;
mod channel;
mod clause;
mod cut;
mod declaration;
mod entity;
mod enumeration;
mod env;
mod error;
mod expected;
mod expr;
mod field;
mod foreign;
mod frame;
mod function;
mod habit;
mod import;
mod job;
mod layout;
mod literal;
mod operation;
mod pieces;
mod prefix;
mod query;
mod record;
mod resource;
mod route;
mod said;
mod scan;
mod schedule;
mod service;
mod statement;
mod test;
mod text;
mod types;
mod verb;
mod words;

use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::{Arc, Once};

use self::build::Build;
use self::frame::Frame;
pub(crate) use self::pieces::{Pieces, Places};
use self::said::Said;
pub(crate) use self::scan::Comment;
use self::scan::Scan;
use crate::ast::{Declaration, File};
use crate::report::{FileId, Report};

/// What the grammar may do for one piece before it gives up, in rule calls.
const MOST_CALLS: usize = 100_000_000;
/// From how many pieces on it pays to read them on several threads.
const MANY_PIECES: usize = 128;
/// On how many.
const WORKERS: usize = 4;
/// The deepest nesting of braces, parentheses and brackets.
const DEEPEST: usize = 64;

/// A file as it was read.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The tree.
    pub file: File,
    /// What is wrong with the text, in its order.
    pub reports: Vec<Report>,
    /// `//` comments, in the order of the text.
    pub(crate) comments: Vec<Comment>,
}

/// Reads a file.
pub fn parse(file: FileId, text: &str) -> Parsed {
    let mut scan = scan::scan(file, text);
    let line_starts: Vec<usize> = scan.lines.iter().map(|line| line.start).collect();
    let (jobs, beside) = jobs(&mut scan);
    let done =
        read_many(jobs, &|(lines, own)| read(Frame::of(file), &scan, lines, Said::new(own, &line_starts)));
    let (declarations, reports): (Vec<_>, Vec<_>) = done.into_iter().unzip();
    let mut reports: Vec<Report> = reports.into_iter().flatten().collect();
    reports.extend(beside);
    reports.sort_by_key(|report| report.at);
    let declarations = declarations.into_iter().map(Arc::new).collect();
    Parsed { file: File { declarations }, reports, comments: scan.comments }
}

/// The pieces of a text, each with what is wrong with its characters; and what is wrong behind all of them.
fn jobs(scan: &mut Scan) -> (Vec<Job>, Vec<Report>) {
    let mut lexical = std::mem::take(&mut scan.reports);
    lexical.sort_by_key(|report| report.at);
    let mut lexical = lexical.into_iter().peekable();
    let mut jobs = Vec::new();
    for lines in cut::cut(scan) {
        let mut own = Vec::new();
        while let Some(report) = lexical.next_if(|report| scan.line_of(report.at.start as usize) < lines.end)
        {
            own.push(report);
        }
        jobs.push((lines, own));
    }
    (jobs, lexical.collect())
}

/// Whether a name is a word of another language, which is understood as one of this.
pub fn is_foreign(name: &str) -> bool {
    foreign::is_foreign(name)
}

/// The end of a text from the declaration before its last one: nothing above makes a difference.
fn near_end(text: &str) -> &str {
    let starts = text.rmatch_indices('\n').map(|(at, _)| at + 1);
    let from = starts.filter(|at| text.get(*at..).is_some_and(begins_declaration)).nth(1);
    from.and_then(|from| text.get(from..)).unwrap_or(text)
}

/// The start of a text up to the end of the declaration that follows.
fn near_start(text: &str) -> &str {
    let starts = text.match_indices('\n').map(|(at, _)| at + 1);
    let to = starts.filter(|at| text.get(*at..).is_some_and(begins_declaration)).nth(1);
    to.and_then(|to| text.get(..to)).unwrap_or(text)
}

fn begins_declaration(line: &str) -> bool {
    let word = line.split(|letter: char| !letter.is_ascii_lowercase()).next().unwrap_or("");
    cut::DECLARATIONS.contains(&word)
}

/// The words of the language that may stand at an offset, in the place of the word that stands there.
pub fn words_at(text: &str, offset: usize) -> Vec<String> {
    let (before, behind) = text.split_at_checked(offset).unwrap_or((text, ""));
    let (before, behind) = (near_end(before), near_start(behind));
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let (before, behind) = (before.trim_end_matches(is_word), behind.trim_start_matches(is_word));
    let marked = format!("{before}{}{behind}", expected::CURSOR);
    let scan = scan::scan(FileId(0), &marked);
    let line = scan.line_of(before.len());
    let Some(lines) = cut::cut(&scan).into_iter().find(|lines| lines.contains(&line)) else {
        return cut::DECLARATIONS.iter().map(ToString::to_string).collect();
    };
    let line_starts: Vec<usize> = scan.lines.iter().map(|line| line.start).collect();
    let (_, offered) = piece(Frame::of(FileId(0)), &scan, lines, Said::asked(before.len(), &line_starts));
    let mut words: Vec<String> = offered.into_iter().map(str::to_owned).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// The brackets of a text that pair, outside texts, regexes and comments, by where they open.
pub fn brackets(text: &str) -> Vec<Range<usize>> {
    let scan = scan::scan(FileId(0), text);
    let (mut open, mut pairs) = (Vec::new(), Vec::new());
    for at in scan.brackets.iter().copied() {
        if matches!(scan.byte(at), b'{' | b'(' | b'[') {
            open.push(at);
        } else if let Some(from) = open.pop() {
            pairs.push(from..at + 1);
        }
    }
    pairs.sort_by_key(|pair| pair.start);
    pairs
}

/// A piece by its lines, with what is wrong with its characters.
type Job = (Range<usize>, Vec<Report>);
/// What becomes of a piece.
type Done = (Declaration, Vec<Report>);

/// Reads pieces, in the order of the text; many of them on several threads, as none looks at another.
fn read_many<J: Send>(mut jobs: Vec<J>, one: &(dyn Fn(J) -> Done + Sync)) -> Vec<Done> {
    let read_some = |jobs: Vec<J>| -> Vec<Done> { jobs.into_iter().map(one).collect() };
    if jobs.len() < MANY_PIECES {
        return read_some(jobs);
    }
    let share = jobs.len().div_ceil(WORKERS);
    std::thread::scope(|scope| {
        let mut workers = Vec::with_capacity(WORKERS);
        while !jobs.is_empty() {
            let others = jobs.split_off(share.min(jobs.len()));
            let own = std::mem::replace(&mut jobs, others);
            workers.push(scope.spawn(move || read_some(own)));
        }
        let joined = workers.into_iter().map(|worker| match worker.join() {
            Ok(done) => done,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        joined.flatten().collect()
    })
}

/// Reads the piece on some lines.
fn read(frame: Frame, scan: &Scan, lines: Range<usize>, said: Said<'_>) -> Done {
    piece(frame, scan, lines, said).0
}

/// Reads the piece on some lines, with the words that may stand where somebody asks.
fn piece(frame: Frame, scan: &Scan, lines: Range<usize>, mut said: Said<'_>) -> (Done, Vec<&'static str>) {
    static LIMIT: Once = Once::new();
    LIMIT.call_once(|| pest::set_call_limit(NonZeroUsize::new(MOST_CALLS)));
    if is_too_deep(scan, lines.clone()) {
        let rough = layout::rough(scan, lines);
        let mut build = Build { frame, piece: &rough, said };
        declaration::too_much(&mut build, "this is nested deeper than 64 brackets");
        return ((declaration::nothing(&build), build.said.into_reports()), Vec::new());
    }
    let smooth = layout::smooth(frame, scan, lines, &mut said);
    let mut build = Build { frame, piece: &smooth, said };
    let declaration = declaration::piece(&mut build);
    let offered = build.said.take_offered();
    ((declaration, build.said.into_reports()), offered)
}

/// Whether the brackets of some lines nest deeper than anybody writes.
fn is_too_deep(scan: &Scan, lines: Range<usize>) -> bool {
    let mut depth = 0_usize;
    let lines = scan.lines.get(lines).unwrap_or(&[]);
    lines.iter().flat_map(|line| scan.brackets_of(line)).any(|at| {
        match scan.byte(*at) {
            b'{' | b'(' | b'[' => depth += 1,
            _ => depth = depth.saturating_sub(1),
        }
        depth > DEEPEST
    })
}

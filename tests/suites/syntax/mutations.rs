//! One edit, one report: whatever is broken in a declaration is said once, there, and nowhere else.
//!
//! Each case is one declaration between its neighbours, so that a report that leaks out is seen.
use std::ops::Range;

use super::sources::{read, shown, with_everything};

/// A declaration with its neighbours: their text, and which part of it is the declaration's own.
struct Window {
    text: String,
    own: Range<usize>,
}

/// On how many threads the edits of one kind are tried.
const THREADS: usize = 4;

/// What the edits of one kind came to.
struct Tally {
    cases: usize,
    wrong: Vec<String>,
}

fn windows() -> Vec<Window> {
    let mut windows = Vec::new();
    for source in with_everything() {
        let tree = read(&source.text).file;
        let starts: Vec<usize> = tree.declarations.iter().map(|one| first_line(&source.text, one)).collect();
        let ends: Vec<usize> = starts.iter().skip(1).copied().chain([source.text.len()]).collect();
        for nth in 0..starts.len() {
            let from = starts[nth.saturating_sub(1)];
            let to = ends[(nth + 1).min(ends.len() - 1)];
            let own = starts[nth] - from..ends[nth] - from;
            windows.push(Window { text: source.text[from..to].to_owned(), own });
        }
    }
    windows
}

/// Where a declaration starts, with what stands before it.
fn first_line(text: &str, declaration: &quater_compiler::ast::Declaration) -> usize {
    let docs = declaration.docs.as_ref().map(|docs| docs.at.start);
    let prefix = declaration.prefixes.iter().map(|prefix| prefix.at.start).min();
    let starts = [docs, prefix, Some(declaration.at.start)];
    let start = starts.into_iter().flatten().min().unwrap() as usize;
    text[..start].rfind('\n').map_or(0, |at| at + 1)
}

impl Tally {
    fn new() -> Self {
        Self { cases: 0, wrong: Vec::new() }
    }

    /// Replaces a part of a window and looks at the reports.
    fn edit(&mut self, window: &Window, part: Range<usize>, with: &str, most: usize, least: usize) {
        let mut text = window.text.clone();
        text.replace_range(part.clone(), with);
        let grown = (text.len() + window.own.end).saturating_sub(window.text.len());
        let reports = read(&text).reports;
        self.cases += 1;
        let inside = |report: &quater_compiler::report::Report| {
            let at = report.at.start as usize;
            window.own.start <= at && at <= grown
        };
        if reports.len() < least || reports.len() > most || !reports.iter().all(inside) {
            let line = window.text[..part.start].rfind('\n').map_or(0, |at| at + 1);
            let edited = text[line.min(text.len())..].lines().next().unwrap_or("");
            let said: Vec<String> = reports.iter().map(|report| shown(&text, report)).collect();
            let above = window.text[..line].lines().last().unwrap_or("");
            self.wrong.push(format!("{above}\n{edited} <- {with:?}\n    {}", said.join("\n    ")));
        }
    }

    /// Goes through all windows, on several threads.
    fn over(each: impl Fn(&mut Self, &Window) + Sync) -> Self {
        let windows = windows();
        let share = windows.len().div_ceil(THREADS);
        let mut all = Self::new();
        std::thread::scope(|scope| {
            let each = &each;
            let part = move |windows: &[Window]| {
                let mut tally = Self::new();
                windows.iter().for_each(|window| each(&mut tally, window));
                tally
            };
            let parts: Vec<_> =
                windows.chunks(share).map(|windows| scope.spawn(move || part(windows))).collect();
            for part in parts {
                let part = part.join().unwrap();
                all.cases += part.cases;
                all.wrong.extend(part.wrong);
            }
        });
        all
    }

    fn all_right(self) {
        assert!(self.cases > 100, "only {} cases", self.cases);
        let count = self.wrong.len();
        assert!(self.wrong.is_empty(), "{count} of {} wrong:\n{}", self.cases, self.wrong.join("\n"));
    }
}

#[test]
fn a_lost_brace_is_said_once() {
    let tally = Tally::over(|tally, window| {
        for at in window.own.clone().filter(|at| matches!(window.text.as_bytes()[*at], b'{' | b'}')) {
            tally.edit(window, at..at + 1, "", 1, 1);
        }
    });
    tally.all_right();
}

#[test]
fn a_stray_line_is_said_once() {
    let tally = Tally::over(|tally, window| {
        let body = window.own.start..window.own.end.min(last_brace(window));
        let starts = body.clone().filter(|at| *at > body.start && window.text.as_bytes()[at - 1] == b'\n');
        // A comma of its own behind the last of some inputs is one that may trail.
        let trails = |at: usize, stray: &str| {
            stray.trim() == "," && window.text[at..].trim_start().starts_with([')', ']'])
        };
        for at in starts {
            for stray in
                ["  what is this\n", "  @@ ??\n", "what is this\n", "    (\n", "  :\n", "  = 4\n", "  ,\n"]
            {
                if !trails(at, stray) {
                    tally.edit(window, at..at, stray, 1, 1);
                }
            }
        }
    });
    tally.all_right();
}

fn last_brace(window: &Window) -> usize {
    window.text[window.own.clone()].rfind('}').map_or(window.own.start, |at| window.own.start + at)
}

/// Words that the syntax knows; where one stands as a name, its neighbours tell.
const KEYWORDS: &str = "service version hosts cors limit per use from env secret resource database files queue http \
    static cache auth on mcp cli bearer jwt opaque where tenant type enum error fn entity in unique \
    else was delete restrict cascade allow read create update write when by sort desc index via public signed_in \
    operation POST GET PATCH PUT DELETE returns across tenants let return find require tool for lock enqueue page list \
    filter range patch approve within idempotent link task effects fails impl rust progress channel sends \
    updated ws sse job retry backoff call every day at zone each test given as gives expect take if not is \
    exists or and count run stub with succeeds deny search";

#[test]
fn a_misspelt_keyword_is_said_once() {
    let keywords: Vec<&str> = KEYWORDS.split_whitespace().collect();
    let tally = Tally::over(|tally, window| {
        for word in words(window).into_iter().filter(|word| keywords.contains(&&window.text[word.clone()])) {
            let written = &window.text[word.clone()];
            let (head, tail) = written.split_at(1);
            tally.edit(window, word.clone(), &format!("{head}x{tail}"), 1, 1);
            let shorter = &written[..written.len() - 1];
            if shorter.len() > 2 && !keywords.contains(&shorter) {
                tally.edit(window, word.clone(), shorter, 1, 1);
            }
        }
    });
    tally.all_right();
}

/// The words of a window's declaration that are not names by what stands around them.
fn words(window: &Window) -> Vec<Range<usize>> {
    let bytes = window.text.as_bytes();
    let is_word = |at: usize| bytes.get(at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let mut found = Vec::new();
    let mut line_start = window.own.start;
    for line in window.text[window.own.clone()].split_inclusive('\n') {
        let code = code_of(line);
        let mut at = 0;
        while at < code.len() {
            let start = line_start + at;
            if !is_word(start) || code.as_bytes()[at] == b' ' {
                at += 1;
                continue;
            }
            let length = (start..).take_while(|next| is_word(*next)).count();
            let before = code[..at].trim_end();
            let behind = &code[(at + length).min(code.len())..];
            let named = before.ends_with(['.', '/', '{', '=', '[', '+'])
                || before.ends_with("let")
                || behind.starts_with([':', '.', '}', ','])
                || [" =>", " +", " >", " (b"].iter().any(|sign| behind.starts_with(sign))
                || (behind.starts_with('(')
                    && ["count", "sum", "sort"].contains(&&window.text[start..start + length]));
            let verb = [
                "list", "find", "exists", "count", "create", "update", "link", "call", "database", "queue",
                "files", "http", "POST", "GET", "as", "patch", "page",
            ];
            let called = before.ends_with('=')
                && !behind.starts_with('(')
                && verb.contains(&&window.text[start..start + length]);
            if !named || called {
                found.push(start..start + length);
            }
            at += length;
        }
        line_start += line.len();
    }
    found
}

/// A line with its texts, comments and documentation blanked.
fn code_of(line: &str) -> String {
    if line.trim_start().starts_with("//") {
        return String::new();
    }
    let mut inside = false;
    let blank = |letter: char| {
        let quote = letter == '"';
        inside ^= quote;
        if inside || quote { "_".repeat(0) + &" ".repeat(letter.len_utf8()) } else { letter.to_string() }
    };
    line.chars().map(blank).collect()
}

#[test]
fn a_line_cut_short_is_said_at_most_once() {
    let tally = Tally::over(|tally, window| {
        let mut start = window.own.start;
        for line in window.text[window.own.clone()].split_inclusive('\n') {
            let end = start + line.trim_end().len();
            let content = start + line.len() - line.trim_start().len();
            for cut in (content + 1..end).filter(|cut| window.text.is_char_boundary(*cut)) {
                tally.edit(window, cut..end, "", 1, 0);
            }
            start += line.len();
        }
    });
    let (wrong, cases) = (tally.wrong.len(), tally.cases);
    assert!(wrong * 50 <= cases, "{wrong} of {cases} said twice or elsewhere:\n{}", tally.wrong.join("\n"));
    let thrice: Vec<&String> = tally.wrong.iter().filter(|case| case.matches("\n    ").count() > 2).collect();
    assert!(thrice.is_empty(), "said thrice: {thrice:#?}");
}

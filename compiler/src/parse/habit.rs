//! What people write out of habit from other languages, where more than one word is another one here.
use super::build::Build;
use super::expected::Place;
use super::foreign;
use crate::report::{Code, Report, Span};

/// A line that stopped making sense: its text, where that starts in the piece, and where it stopped.
pub(super) struct Stopped<'t> {
    pub(super) place: Place,
    pub(super) text: &'t str,
    pub(super) start: usize,
    pub(super) at: usize,
    /// The word or sign there.
    pub(super) found: &'t str,
}

impl<'t> Stopped<'t> {
    fn span(&self, build: &Build<'_>, from: usize, to: usize) -> Span {
        build.span(self.start + from, self.start + to)
    }

    /// What stands before it, without the space between.
    fn before(&self) -> &'t str {
        self.text.get(..self.at).unwrap_or("").trim_end_matches(' ')
    }

    /// What stands behind it, without the space between.
    fn behind(&self) -> &'t str {
        self.text.get(self.at + self.found.len()..).unwrap_or("").trim_start_matches(' ')
    }

    /// The word right before it.
    fn last_word(&self) -> &'t str {
        let before = self.before();
        before.rsplit(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or("")
    }

    /// Whether the word before it stands behind some verb.
    fn verb_is(&self, verb: &str) -> bool {
        let before = self.before();
        before.strip_suffix(self.last_word()).is_some_and(|before| before.ends_with(verb))
    }

    fn here(&self, build: &Build<'_>) -> Span {
        self.span(build, self.at, self.at + self.found.len())
    }

    /// How far it is to the end of a word that stands behind it.
    fn through(&self, word: &str) -> usize {
        self.text.len() - self.behind().len() + word.len()
    }
}

/// A step that raises an error by itself, and what belongs to another line.
pub(super) fn of_line(lead: &str, text: &str, place: Place, at: Span) -> Option<Report> {
    if !matches!(place, Place::Operation | Place::Steps | Place::Arms) {
        return None;
    }
    let behind = text.get(lead.len()..).unwrap_or("").trim_start_matches(' ');
    match lead {
        "throw" | "raise" | "fail" | "abort" => {
            let error: String = behind.chars().take_while(|letter| letter.is_alphanumeric()).collect();
            let error = if error.is_empty() || error == "new" { "Conflict" } else { &error };
            let report = Report::new(Code::E0106, at, format!("`{lead}` is not a word of this language"));
            Some(report.help(format!("an error stands behind what must hold: `require … else {error}`")))
        }
        "returns" if behind.starts_with(|letter: char| letter.is_ascii_digit()) => {
            let report = Report::new(Code::E0101, at, "`returns` is no line of its own");
            Some(report.help("the status stands behind the path: `http POST /orders returns 201`"))
        }
        _ => None,
    }
}

/// What is meant where a line stopped making sense.
pub(super) fn of_rest(build: &Build<'_>, stopped: &Stopped<'_>) -> Option<Report> {
    let (found, behind) = (stopped.found, stopped.behind());
    let here = stopped.here(build);
    let foreign = |at, what: &str| Report::new(Code::E0106, at, format!("`{what}` is not said so here"));
    match found {
        "order" | "orderBy" | "order_by" | "orderby" => {
            let end =
                if behind.starts_with("by ") { stopped.through("by") } else { stopped.at + found.len() };
            let at = stopped.span(build, stopped.at, end);
            Some(foreign(at, "order by").help("rows are sorted by `sort title`, `sort title desc`").fix(
                "write `sort`",
                at,
                "sort",
            ))
        }
        "limit" => Some(foreign(here, "limit").help("the first rows are taken by `take 50`").fix(
            "write `take`",
            here,
            "take",
        )),
        "between" => Some(foreign(here, "between").help("write `x >= 1 and x <= 5`")),
        "for" if is_in_list(stopped.before()) => {
            Some(foreign(here, "for").help("a list is made of another one by `map(xs, x => x + 1)`"))
        }
        "!" if stopped.before().len() == stopped.at && stopped.at > 0 => {
            let report = Report::new(Code::E0106, here, "`!` is not a sign of this language");
            let report = report.help("a field is required unless its type ends in `?`");
            Some(report.fix("take it out", here, ""))
        }
        "primary" if behind.starts_with("key") => {
            let at = stopped.span(build, stopped.at, stopped.through(""));
            Some(foreign(at, "primary").help("the key of an entity is marked `key`").fix(
                "take it out",
                at,
                "",
            ))
        }
        "[" if behind.starts_with(']') && is_type(stopped.last_word()) => {
            let item = stopped.last_word();
            let from = stopped.before().len() - item.len();
            let at = stopped.span(build, from, stopped.through("]"));
            let report = Report::new(Code::E0106, at, "a list is not written so here");
            let report = report.help(format!("write `[{item}]`, with a bound `[{item}](..20)`"));
            Some(report.fix(format!("write `[{item}]`"), at, format!("[{item}]")))
        }
        "(" if ["create ", "update "].iter().any(|verb| stopped.verb_is(verb)) => {
            let report = Report::new(Code::E0101, here, "what a row gets stands in braces");
            let row = stopped.last_word();
            Some(report.help(format!("write `{row} {{ title: …, stock: … }}`")))
        }
        _ if stopped.last_word() == "match" && stopped.before().contains(' ') => {
            let from = stopped.before().len() - "match".len();
            let at = stopped.span(build, from, from + "match".len());
            let report = Report::new(Code::E0101, at, "no `match` stands directly in a condition");
            Some(report.help("put parentheses around it: `(match … { … })`"))
        }
        "->" => parenthesis(build, stopped),
        _ => sorted_by(build, stopped).or_else(|| comma(build, stopped)).or_else(|| colon(build, stopped)),
    }
}

/// Whether a word can only be a type: a scalar, here or elsewhere, or a name in the letters of one.
fn is_type(word: &str) -> bool {
    const SCALARS: [&str; 15] = [
        "bool", "int", "float", "decimal", "text", "bytes", "uuid", "date", "instant", "duration", "email",
        "url", "json", "password", "file",
    ];
    let named = word.starts_with(|letter: char| letter.is_ascii_uppercase());
    named || SCALARS.contains(&word) || foreign::is_scalar(word)
}

/// The end of the inputs of an operation, which is not there.
fn parenthesis(build: &Build<'_>, stopped: &Stopped<'_>) -> Option<Report> {
    let before = stopped.before();
    let count = |sign: char| before.matches(sign).count();
    if count('(') != count(')') + 1 {
        return None;
    }
    let report = Report::new(Code::E0101, stopped.here(build), "a `)` is missing before `->`");
    let end = stopped.span(build, before.len(), before.len());
    Some(report.fix("write `)`", end, ")"))
}

/// A name without its type, or without what stands between them.
fn colon(build: &Build<'_>, stopped: &Stopped<'_>) -> Option<Report> {
    let name = stopped.last_word();
    let before = stopped.before();
    let is_named = matches!(stopped.place, Place::Entity | Place::Fields | Place::Parameters);
    if !is_named
        || before.len() != name.len()
        || stopped.place.words().contains(&name)
        || !name.starts_with(|letter: char| letter.is_ascii_lowercase())
    {
        return None;
    }
    if stopped.found.is_empty() {
        let at = stopped.span(build, before.len() - name.len(), before.len());
        let report = Report::new(Code::E0101, at, format!("`{name}` has no type"));
        return Some(report.help(format!("write it behind the name: `{name}: text(..80)`")));
    }
    let end = stopped.span(build, before.len(), before.len());
    let report = Report::new(Code::E0101, stopped.here(build), format!("a `:` is missing behind `{name}`"));
    (stopped.found == "[" || is_type(stopped.found)).then(|| report.fix("write `:`", end, ":"))
}

/// `sort by title`, where `by` was taken for what is sorted by.
fn sorted_by(build: &Build<'_>, stopped: &Stopped<'_>) -> Option<Report> {
    let before = stopped.before();
    let from = if stopped.found == "by" && before.ends_with(" sort") {
        stopped.at
    } else {
        before.strip_suffix(" sort by")?.len() + " sort ".len()
    };
    let (by, end) = (stopped.span(build, from, from + "by".len()), from + "by ".len());
    let report = Report::new(Code::E0106, by, "`by` does not stand behind `sort`");
    let report = report.help("write `sort title`, `sort title desc`");
    Some(report.fix("take it out", stopped.span(build, from, end), ""))
}

/// Whether the innermost bracket that is open is that of a list.
fn is_in_list(before: &str) -> bool {
    let mut closed = 0_usize;
    for sign in before.chars().rev() {
        match sign {
            ']' | '}' | ')' => closed += 1,
            '[' | '{' | '(' if closed > 0 => closed -= 1,
            '[' => return true,
            '{' | '(' => return false,
            _ => {}
        }
    }
    false
}

/// A member that stands behind another one without a comma.
fn comma(build: &Build<'_>, stopped: &Stopped<'_>) -> Option<Report> {
    let is_name = stopped.found.starts_with(|letter: char| letter.is_ascii_lowercase());
    if !is_name || !stopped.behind().starts_with(':') {
        return None;
    }
    let end = stopped.before().len();
    let message = format!("a comma is missing before `{}`", stopped.found);
    let report = Report::new(Code::E0101, stopped.here(build), message);
    Some(report.fix("write a comma", stopped.span(build, end, end), ","))
}

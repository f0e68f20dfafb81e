//! The files of `tests/cases/matrix`; `README.md` there says how they are written.
use crate::expect::{Bindings, Failure, Outcome, same};
use crate::judges::root;
use serde_json::{Deserializer, Value as Json};
use std::fs;

/// A file of cases, each of which begins where the one before has ended.
pub(crate) struct Story {
    pub(crate) file: String,
    pub(crate) cases: Vec<Case>,
}

/// One call and what must come of it.
pub(crate) struct Case {
    pub(crate) line: usize,
    pub(crate) caller: String,
    pub(crate) operation: String,
    pub(crate) input: Json,
    pub(crate) wishes: Wishes,
    pub(crate) expected: Expected,
    /// The doors that alone can say it.
    only: Option<String>,
    /// The doors that cannot.
    not: Option<String>,
}

/// How a call is to be done.
#[derive(Clone, Default)]
pub(crate) struct Wishes {
    pub(crate) dry: bool,
    pub(crate) key: Option<String>,
}

/// Who is said to do something to the database.
const DATABASES: [&str; 2] = ["sqlite", "postgres"];

pub(crate) enum Expected {
    Gives(Json),
    Fails(Failure),
    /// What a dry run found.
    Tried(Json),
    /// That somebody has to agree, and what their request is called.
    Waits(String),
    /// A success or an error of which nothing but its kind is told.
    Kind(String),
    /// The names of the tools that the caller is shown.
    Tools(Json),
}

/// How an operation is reached.
#[derive(Clone)]
pub(crate) struct Reached {
    pub(crate) name: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) status: u16,
    /// Whether the output is a list, which MCP puts into an object.
    pub(crate) list: bool,
    pub(crate) words: Vec<String>,
}

impl Case {
    /// Whether this is a statement for a database.
    pub(crate) fn is_statement(&self) -> bool {
        DATABASES.contains(&self.caller.as_str())
    }

    /// Whether a door can say this; its name, and where its calls come from.
    pub(crate) fn speaks(&self, door: &str, entry: &str) -> bool {
        let named = |list: &str| list.split(',').any(|name| name == door || name == entry);
        self.only.as_deref().is_none_or(named) && !self.not.as_deref().is_some_and(named)
    }
}

impl Expected {
    pub(crate) fn hold(&self, outcome: &Outcome, bindings: &mut Bindings) -> Result<(), String> {
        let (holds, expected) = match (self, outcome) {
            (Self::Gives(expected) | Self::Tools(expected), Outcome::Gives(got)) => {
                (same(expected, got, bindings), expected.to_string())
            }
            (Self::Fails(expected), Outcome::Fails(got)) => {
                let mut expected = expected.clone();
                expected.status = got.status.and(expected.status);
                (expected == *got, format!("{expected:?}"))
            }
            (Self::Tried(expected), Outcome::Tried(got)) => {
                (same(expected, got, bindings), expected.to_string())
            }
            (Self::Waits(name), Outcome::Waits(id)) => {
                let (name, id) = (Json::from(name.as_str()), Json::from(id.as_str()));
                (same(&name, &id, bindings), name.to_string())
            }
            (Self::Kind(kind), Outcome::Gives(_)) => (kind == "ok", kind.clone()),
            (Self::Kind(kind), Outcome::Fails(got)) => (*kind == got.code, kind.clone()),
            (Self::Gives(expected) | Self::Tools(expected) | Self::Tried(expected), _) => {
                (false, expected.to_string())
            }
            (Self::Waits(expected) | Self::Kind(expected), _) => (false, expected.clone()),
            (Self::Fails(expected), _) => (false, format!("{expected:?}")),
        };
        if holds { Ok(()) } else { Err(format!("  expected {expected}\n  got      {outcome:?}")) }
    }
}

/// Where the stories lie.
pub(crate) fn folder() -> std::path::PathBuf {
    root().join("tests/cases/matrix")
}

/// The operations by the table in `operations.txt`.
pub(crate) fn operations() -> Vec<Reached> {
    let text = fs::read_to_string(folder().join("operations.txt")).unwrap();
    let rows = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let row = |line: &str| {
        let [name, method, path, status, output, words @ ..] =
            &line.split_whitespace().collect::<Vec<_>>()[..]
        else {
            panic!("not a row: {line}");
        };
        Reached {
            name: (*name).to_owned(),
            method: (*method).to_owned(),
            path: (*path).to_owned(),
            status: status.parse().unwrap(),
            list: *output == "list",
            words: words.iter().map(|word| (*word).to_owned()).collect(),
        }
    };
    rows.map(row).collect()
}

/// Every story, by the name of its file.
pub(crate) fn stories() -> Vec<Story> {
    let mut paths: Vec<_> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "cases"));
    paths.sort();
    let story = |path: &std::path::PathBuf| {
        let file = path.file_name().unwrap().to_str().unwrap().to_owned();
        let cases = parse(&fs::read_to_string(path).unwrap(), &file);
        Story { file, cases }
    };
    paths.iter().map(story).collect()
}

/// A table of calls and callers.
#[derive(Default)]
struct Table {
    columns: Vec<Vec<String>>,
    /// How many cases there were before it.
    begins: usize,
    only: Option<String>,
    not: Option<String>,
}

fn parse(text: &str, file: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    let mut table = Table::default();
    for (at, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line.trim_end())) {
        let place = || format!("{file}:{at}: {line}");
        let heads = !table.columns.is_empty() && table.begins == cases.len();
        match line.split_once(' ').unwrap_or((line, "")) {
            ("", _) => table = Table::default(),
            ("#", _) => {}
            ("|", _) if table.columns.is_empty() => {
                (table.columns, table.begins) = (cells(line).map(words).collect(), cases.len());
            }
            ("|", _) => cases.extend(table.row(at, line)),
            ("only", rest) if heads => table.only = reasoned(rest, &place()),
            ("not", rest) if heads => table.not = reasoned(rest, &place()),
            (database, rest) if DATABASES.contains(&database) => {
                cases.push(Case { operation: rest.to_owned(), ..case(at, database, "x") });
            }
            ("~", rest) => {
                let found = given(rest, &place());
                block(&mut cases).for_each(|case| case.expected = Expected::Tried(found.clone()));
            }
            ("?", rest) => {
                block(&mut cases).for_each(|case| case.expected = Expected::Waits(rest.to_owned()));
            }
            ("=", rest) => expect(&mut cases, &given(rest, &place())),
            ("!", rest) => fail(&mut cases, &failure(rest, &place())),
            ("-", rest) => violation(&mut cases, rest, &place()),
            ("only", rest) => block(&mut cases).for_each(|case| case.only = reasoned(rest, &place())),
            ("not", rest) => block(&mut cases).for_each(|case| case.not = reasoned(rest, &place())),
            (callers, rest) => {
                let made = callers.split(',').map(|caller| case(at, caller, rest));
                cases.extend(made);
            }
        }
    }
    cases
}

/// The cases of the last line with a call: one for every caller that it names.
fn block(cases: &mut [Case]) -> impl Iterator<Item = &mut Case> {
    let line = cases.last().expect("a call above").line;
    cases.iter_mut().filter(move |case| case.line == line)
}

fn words(cell: &str) -> Vec<String> {
    cell.split_whitespace().map(str::to_owned).collect()
}

/// The cells of a row that has bars at both ends; a bar alone between spaces parts them.
fn cells(line: &str) -> impl Iterator<Item = &str> {
    line.trim_start_matches('|').trim_end_matches('|').split(" | ").map(str::trim)
}

fn case(line: usize, caller: &str, call: &str) -> Case {
    let (operation, mut input) = call.split_once(' ').unwrap_or((call, "{}"));
    let mut wishes = Wishes::default();
    while !input.starts_with('{') {
        let (wish, rest) = input.split_once(' ').unwrap_or((input, "{}"));
        match wish.split_once('=') {
            Some(("key", key)) => wishes.key = Some(key.to_owned()),
            None if wish == "dry" => wishes.dry = true,
            _ => panic!("line {line}: `{wish}` is no wish"),
        }
        input = rest;
    }
    let input = serde_json::from_str(input).unwrap_or_else(|why| panic!("line {line}: {why}: {input}"));
    let (caller, operation) = (caller.to_owned(), operation.to_owned());
    let expected = Expected::Kind("ok".to_owned());
    Case { line, caller, operation, input, wishes, expected, only: None, not: None }
}

impl Table {
    /// The cases of a row: one call by every caller.
    fn row(&self, at: usize, line: &str) -> Vec<Case> {
        let mut cells = cells(line);
        let call = cells.next().unwrap();
        let kinds = cells.map(kind).collect::<Vec<_>>();
        assert_eq!(kinds.len() + 1, self.columns.len(), "line {at} has not the cells of its table");
        let callers = self.columns[1..].iter().zip(kinds);
        let cases = callers.flat_map(|(callers, kind)| callers.iter().map(move |caller| (caller, kind)));
        let case = |(caller, kind): (&String, &str)| Case {
            expected: Expected::Kind(kind.to_owned()),
            only: self.only.clone(),
            not: self.not.clone(),
            ..case(at, caller, call)
        };
        cases.map(case).collect()
    }
}

fn kind(cell: &str) -> &str {
    match cell {
        "401" => "Unauthorized",
        "403" => "Forbidden",
        "404" => "NotFound",
        other => other,
    }
}

fn expect(cases: &mut [Case], json: &Json) {
    for case in block(cases) {
        let listing = case.operation == "tools";
        case.expected = if listing { Expected::Tools(json.clone()) } else { Expected::Gives(json.clone()) };
    }
}

fn fail(cases: &mut [Case], failure: &Failure) {
    block(cases).for_each(|case| case.expected = Expected::Fails(failure.clone()));
}

fn given(text: &str, place: &str) -> Json {
    serde_json::from_str(text).unwrap_or_else(|why| panic!("{place}: {why}"))
}

/// `status Code "message" {payload}`
fn failure(text: &str, place: &str) -> Failure {
    let mut parts = text.splitn(3, ' ');
    let (status, code) = (parts.next().unwrap(), parts.next().unwrap_or_else(|| panic!("{place}: no code")));
    let mut rest = Deserializer::from_str(parts.next().unwrap_or("")).into_iter::<Json>();
    let message = rest.next().and_then(Result::ok).unwrap_or_else(|| panic!("{place}: no message"));
    Failure {
        status: Some(status.parse().unwrap()),
        code: code.to_owned(),
        message: message.as_str().unwrap().to_owned(),
        violations: Vec::new(),
        data: rest.next().map(|data| data.unwrap_or_else(|why| panic!("{place}: {why}"))),
    }
}

/// `/pointer code "message"`
fn violation(cases: &mut [Case], text: &str, place: &str) {
    let parts: Vec<&str> = text.splitn(3, ' ').collect();
    let [pointer, code, message] = parts[..] else { panic!("{place}: pointer, code and message") };
    let message = given(message, place).as_str().unwrap().to_owned();
    for case in block(cases) {
        let Expected::Fails(failure) = &mut case.expected else { panic!("{place}: behind no error") };
        failure.violations.push([pointer.to_owned(), code.to_owned(), message.clone()]);
        failure.violations.sort();
    }
}

/// `door because …`
fn reasoned(text: &str, place: &str) -> Option<String> {
    let (door, reason) = text.split_once(" because ").unwrap_or_else(|| panic!("{place}: no reason"));
    assert!(!reason.is_empty(), "{place}: no reason");
    Some(door.to_owned())
}

//! Programs that are wrong in one place, marked under it, each with its right twin: `cases/check/*.md`.
//!
//! A block marked `file NAME` is a file that every program of its page may `use`.
//! A line that begins with `^` marks the line above: the carets stand under the reported span, behind
//! them the code and the message. What the first block of a file says, before any heading, is put in
//! front of every program of that file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use quater_compiler::report::{Code, Report, Source, Sources};
use quater_compiler::{Asked, analyse_as};
use quater_tests::annotated::{annotate, on_a_day};
use quater_tests::golden;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// One `qtr` block as it stands in a file, and as it would stand if its marks were true.
struct Example {
    heading: String,
    written: String,
    marked: String,
    codes: Vec<Code>,
}

fn is_mark(line: &str) -> bool {
    line.trim_start().starts_with('^')
}

/// The program under the marks.
fn program(block: &str) -> String {
    block.lines().filter(|line| !is_mark(line)).map(|line| format!("{line}\n")).collect()
}

/// A program with what is reported about it; reports about the text in front of it stand first.
///
/// A program of a few lines rarely uses all that it declares: where that is what the case is about, its heading
/// says so.
fn marked(
    front: &str,
    program: &str,
    files: &[Source],
    about: &str,
    production: bool,
) -> (String, Vec<Code>) {
    let asked = Asked { production, ..on_a_day() };
    let mut sources = Sources::default();
    sources.add(Source::new("case.qtr", format!("{front}{program}")));
    files.iter().for_each(|file| _ = sources.add(file.clone()));
    let mut reports = analyse_as(sources, &asked).reports;
    let before = u32::try_from(front.len()).unwrap();
    let is_part = |report: &Report| report.at.start < before || !about.contains("nothing uses");
    reports.retain(|report| report.code != Code::W0202 || about.is_empty() || !is_part(report));
    for report in &mut reports {
        report.at.start = report.at.start.saturating_sub(before);
        report.at.end = report.at.end.saturating_sub(before);
    }
    (annotate(program, &reports), reports.iter().map(|report| report.code).collect())
}

/// The programs of a file, and the file with true marks.
fn read(text: &str) -> (Vec<Example>, String) {
    // A page says in its first line whether its services are looked at as strangers would meet them.
    let production = text.lines().next().is_some_and(|line| line.contains("production"));
    let (mut examples, mut rewritten) = (Vec::new(), String::new());
    let (mut heading, mut front, mut files) = (String::new(), String::new(), Vec::new());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        writeln!(rewritten, "{line}").unwrap();
        if let Some(title) = line.strip_prefix("## ") {
            title.clone_into(&mut heading);
        }
        let Some(mark) = line.strip_prefix("```qtr") else { continue };
        let written: String =
            lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
        if let Some(name) = mark.strip_prefix(",file ") {
            writeln!(rewritten, "{written}```").unwrap();
            files.push(Source::new(name, written));
            continue;
        }
        if heading.is_empty() {
            front.clone_from(&written);
            writeln!(rewritten, "{written}```").unwrap();
            continue;
        }
        let (marked, codes) = marked(&front, &program(&written), &files, &heading, production);
        writeln!(rewritten, "{marked}```").unwrap();
        examples.push(Example { heading: heading.clone(), written, marked, codes });
    }
    (examples, rewritten)
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/check");
    let mut files: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{} holds no cases", folder.display());
    files
}

#[test]
fn every_mark_is_reported_and_nothing_else_is() {
    for file in files() {
        let text = std::fs::read_to_string(&file).unwrap();
        let (_, rewritten) = read(&text);
        golden::expect(&file, &rewritten);
    }
}

#[test]
fn every_wrong_program_has_a_right_twin() {
    for file in files() {
        let (examples, _) = read(&std::fs::read_to_string(&file).unwrap());
        for example in &examples {
            let twins = examples.iter().filter(|other| other.heading == example.heading);
            let (wrong, right): (Vec<_>, Vec<_>) = twins.partition(|twin| twin.written.lines().any(is_mark));
            assert!(!wrong.is_empty(), "{}: `{}` marks nothing", file.display(), example.heading);
            assert!(!right.is_empty(), "{}: `{}` has no right twin", file.display(), example.heading);
        }
    }
}

#[test]
fn every_code_above_the_syntax_is_met_three_times() {
    let mut met: BTreeMap<&str, usize> = BTreeMap::new();
    for file in files() {
        let (examples, _) = read(&std::fs::read_to_string(&file).unwrap());
        for example in examples.iter().filter(|example| example.written == example.marked) {
            let mut codes: Vec<&str> = example.codes.iter().map(|code| code.name()).collect();
            codes.dedup();
            codes.into_iter().for_each(|code| *met.entry(code).or_default() += 1);
        }
    }
    // Those of syntax have their own suite, and so have those that compare two versions of a service.
    let elsewhere = |code: &str| code.starts_with("E01") || code[1..].starts_with("07");
    let above = Code::ALL.iter().map(|code| code.name()).filter(|code| !elsewhere(code));
    let rare: Vec<&str> = above.filter(|code| met.get(code).is_none_or(|times| *times < 3)).collect();
    assert!(rare.is_empty(), "met by fewer than three wrong programs: {}", rare.join(", "));
}

#[test]
fn nothing_is_said_about_the_examples() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    for folder in examples.read_dir().unwrap().map(|entry| entry.unwrap().path()) {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        // A client has none.
        let Ok(text) = std::fs::read_to_string(folder.join(format!("{name}.qtr"))) else { continue };
        let (marked, _) = marked("", &text, &[], "", false);
        assert!(marked == text, "examples/{name}:\n{marked}");
    }
}

/// What can come of an operation, by name.
fn faults(body: &str) -> Vec<String> {
    let text = format!(
        "service shop version 1\n\nresource db = database(\"sqlite::memory:\")\n\nerror Taken = 409\n\nerror Again = 409\n\n\
         entity Mug in db {{\n  id: uuid key\n  name: text(1..40) unique else Taken\n  allow all public\n}}\n\n\
         operation act(mug: Mug lock, word: text(1..40)) {{\n  http POST /act\n  allow public\n  {body}\n}}\n"
    );
    let mut sources = Sources::default();
    sources.add(Source::new("case.qtr", text));
    let analysis = analyse_as(sources, &on_a_day());
    let program = analysis.program.unwrap_or_else(|| panic!("{:?}", analysis.reports));
    let operation = program.operations.values().next().unwrap();
    operation.faults.iter().map(|fault| program.faults[*fault].name.to_string()).collect()
}

#[test]
fn a_verb_with_an_else_raises_nothing_for_a_broken_unique() {
    for verb in ["create Mug { name: word }", "update mug { name: word }"] {
        let told = |fault: &str, body: &str| faults(body).iter().any(|name| name == fault);
        assert!(told("Taken", verb), "{verb}");
        let caught = format!("{verb} else Again");
        assert!(told("Again", &caught) && !told("Taken", &caught), "{caught}");
    }
    let both = faults("create Mug { name: word } else Again\n  update mug { name: word }");
    assert!(["Again", "Taken"].iter().all(|fault| both.iter().any(|name| name == fault)), "{both:?}");
}

/// The codes of what is said of some declarations, found with as much room as the command has.
fn codes(declarations: String) -> Vec<Code> {
    let look = move || {
        let mut sources = Sources::default();
        sources.add(Source::new("case.qtr", format!("service deep version 1\n\n{declarations}")));
        let reports = analyse_as(sources, &on_a_day()).reports;
        reports.into_iter().map(|report| report.code).collect()
    };
    std::thread::Builder::new().stack_size(8 << 20).spawn(look).unwrap().join().unwrap()
}

/// Operations of which each calls the next; the first has a door.
fn calling(count: usize, reversed: bool) -> String {
    let mut all: Vec<String> = (0..count)
        .map(|at| {
            let door = if at == 0 { "  http POST /first\n  allow public\n" } else { "" };
            let body = if at + 1 == count { "x".to_owned() } else { format!("call c{}(x)", at + 1) };
            format!("operation c{at}(x: int) -> int {{\n{door}  return {body}\n}}\n\n")
        })
        .collect();
    if reversed {
        all.reverse();
    }
    all.concat()
}

/// Functions of which each calls the next.
fn written_out(count: usize) -> String {
    let one = |at: usize| format!("fn f{at}(x: int) -> int = f{}(x)\n\n", at + 1);
    let user = "operation all(x: int) -> int {\n  http GET /all\n  allow public\n  return f0(x)\n}\n";
    (1..count).map(|at| one(at - 1)).collect::<String>()
        + &format!("fn f{}(x: int) -> int = x\n\n{user}", count - 1)
}

/// An `if` with so many conditions.
fn choosing(count: usize) -> String {
    let one = |at: usize| format!("if x == {at} {{\n    return {at}\n  }} else ");
    let all: String = (0..count).map(one).collect();
    format!(
        "operation all(x: int) -> int {{\n  http GET /all\n  allow public\n  {all}{{\n    return 0\n  }}\n}}\n"
    )
}

#[test]
fn what_stands_too_deep_is_told_and_ends_nothing() {
    for (fine, wrong, code) in [
        (calling(32, false), calling(33, false), Code::E0630),
        (calling(32, true), calling(33, true), Code::E0630),
        (written_out(64), written_out(65), Code::E0312),
        (choosing(100), choosing(101), Code::E0109),
    ] {
        assert_eq!(codes(fine.clone()), [], "{fine}");
        assert_eq!(codes(wrong.clone()), [code], "{wrong}");
    }
    for endless in [calling(2_000, false), calling(2_000, true), written_out(2_000), choosing(2_000)] {
        assert!(!codes(endless).is_empty());
    }
}

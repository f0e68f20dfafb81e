//! A service with one line lost or misspelt: what is said about it is said about the declaration that was
//! touched, or about one that speaks of it; never about its neighbours.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use proptest::prelude::*;
use quater_compiler::report::{Code, FileId, Report, Severity, Source, Sources};
use quater_compiler::{Analysis, Asked, analyse_as, format};
use quater_ir::Program;
use std::ops::Range;
use std::path::Path;

/// On how many threads the edits are tried.
const THREADS: usize = 4;

/// A declaration of a service.
#[derive(Debug, Clone)]
struct Declared {
    /// Its bytes.
    at: Range<usize>,
    /// Its name; none of those that have none.
    name: Option<String>,
    /// Its first word.
    word: String,
}

fn services() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    for folder in root.join("examples").read_dir().unwrap().map(|entry| entry.unwrap().path()) {
        let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
        // A client has none.
        let Ok(text) = std::fs::read_to_string(folder.join(format!("{name}.qtr"))) else { continue };
        found.push((name, text));
    }
    assert!(!found.is_empty(), "no example to damage");
    found
}

fn analysed(text: &str) -> Analysis {
    let mut sources = Sources::default();
    sources.add(Source::new("service.qtr", text.to_owned()));
    analyse_as(sources, &Asked { documents: false, ..Asked::default() })
}

fn reports(text: &str) -> Vec<Report> {
    analysed(text).reports.into_iter().filter(|report| report.code.severity() == Severity::Error).collect()
}

fn declarations(text: &str) -> Vec<Declared> {
    let file = quater_compiler::parse::parse(quater_compiler::report::FileId(0), text).file;
    let of = |declaration: &quater_compiler::ast::Declaration| {
        let at = declaration.at.range();
        let word = text[at.clone()].split(|letter: char| !letter.is_alphanumeric()).next().unwrap();
        let name = declaration.kind.name().map(|name| name.text.to_string());
        Declared { word: word.to_owned(), name, at }
    };
    file.declarations.iter().map(|one| of(one)).collect()
}

/// Whether a text has a word.
fn speaks(text: &str, word: &str) -> bool {
    text.split(|letter: char| !(letter.is_alphanumeric() || letter == '_')).any(|found| found == word)
}

/// Whether one declaration says something about another.
fn refers(text: &str, one: &Declared, other: &Declared) -> bool {
    let said = &text[one.at.clone()];
    match other.word.as_str() {
        // Callers and their roles are spoken of without the name of what finds them.
        "auth" => ["actor", "signed_in", "role", "sign", "tenant"].iter().any(|word| speaks(said, word)),
        "entity" if text.contains(&format!("actor {}", other.name.as_deref().unwrap_or("?"))) => {
            speaks(said, "actor") || other.name.as_ref().is_some_and(|name| speaks(said, name))
        }
        "env" => speaks(said, "env"),
        "service" => false,
        _ => other.name.as_ref().is_some_and(|name| speaks(said, name)),
    }
}

/// Whether a declaration refers to another, itself or through what it names of types, entities and calls.
fn reaches(text: &str, all: &[Declared], one: usize, other: usize) -> bool {
    let (mut seen, mut open) = (vec![false; all.len()], vec![one]);
    while let Some(at) = open.pop() {
        if refers(text, &all[at], &all[other]) {
            return true;
        }
        for (next, declared) in all.iter().enumerate() {
            // A test looks at what the operations that it calls give.
            let called = all[one].word == "test" && declared.word == "operation";
            let leads = called || matches!(declared.word.as_str(), "type" | "entity");
            if leads && !seen[next] && refers(text, &all[at], declared) {
                seen[next] = true;
                open.push(next);
            }
        }
    }
    false
}

/// Whether a report stands where the damage was done, or at something that has to do with it.
fn belongs(text: &str, all: &[Declared], touched: usize, place: usize, code: Code) -> bool {
    let one = all.iter().position(|one| one.at.contains(&place));
    let Some(one) = one else { return true };
    let via = |way: &Declared| {
        let rules = text[way.at.clone()].contains(" via ");
        rules && refers(text, &all[one], way) && refers(text, way, &all[touched])
    };
    one == touched
        || reaches(text, all, one, touched)
        // A rule by `via` asks the rules of another entity.
        || (matches!(code, Code::E0401 | Code::E0402) && all.iter().any(via))
        // What a declaration says of another may have been all that was said of it.
        || (code == Code::E0508 && refers(text, &all[touched], &all[one]))
}

/// One edit: in which declaration, what it replaces, by what.
type Edit = (usize, Range<usize>, &'static str);

/// Loses each line of a service in turn, misspells its first word, cuts it short, puts a stray one before it and
/// loses its braces.
fn edits(text: &str, all: &[Declared]) -> Vec<Edit> {
    let of_line = |nth: usize, line: Range<usize>| {
        let written = &text[line.clone()];
        let word = line.start + written.len() - written.trim_start().len();
        let end = line.start + written.trim_end().len();
        // A declaration of one line has no inside: whatever it loses is missed where its members are spoken of.
        if all[nth].at.start == line.start {
            return vec![(nth, line, ""), (nth, word..word, "x")];
        }
        let stray = (nth, line.start..line.start, "  what is this\n");
        let mut edits = vec![(nth, line.clone(), ""), (nth, word..word, "x"), stray];
        let half = (word + end).div_ceil(2);
        edits.extend((half < end && text.is_char_boundary(half)).then_some((nth, half..end, "")));
        let brace = |at: &usize| matches!(text.as_bytes()[*at], b'{' | b'}');
        edits.extend(line.filter(brace).map(|at| (nth, at..at + 1, "")));
        edits
    };
    let of_declaration = |(nth, one): (usize, &Declared)| {
        let mut start = one.at.start;
        let lines: Vec<Range<usize>> = text[one.at.clone()]
            .split_inclusive('\n')
            .map(|line| {
                start += line.len();
                start - line.len()..start
            })
            .collect();
        // Without its first line it is another declaration, or part of the one above.
        let header = usize::from(lines.len() > 1);
        lines.into_iter().skip(header).flat_map(|line| of_line(nth, line)).collect::<Vec<_>>()
    };
    all.iter().enumerate().flat_map(of_declaration).collect()
}

/// How many edits were tried, and what was said about others.
fn damage(name: &str, text: &str) -> (usize, Vec<String>) {
    let all = declarations(text);
    let edits = edits(text, &all);
    let share = edits.len().div_ceil(THREADS);
    let all = &all;
    std::thread::scope(|scope| {
        let judge = move |edits: &[Edit]| {
            edits.iter().flat_map(|edit| strays(name, text, all, edit)).collect::<Vec<_>>()
        };
        let parts: Vec<_> = edits.chunks(share).map(|edits| scope.spawn(move || judge(edits))).collect();
        (edits.len(), parts.into_iter().flat_map(|part| part.join().unwrap()).collect())
    })
}

/// What is said, after one edit, where nothing has to do with it.
fn strays(name: &str, text: &str, all: &[Declared], (touched, at, with): &Edit) -> Vec<String> {
    let mut damaged = text.to_owned();
    damaged.replace_range(at.clone(), with);
    let back = |place: usize| {
        if place <= at.start { place } else { (place + at.len() - with.len()).max(at.start) }
    };
    let stray = |report: &Report| !belongs(text, all, *touched, back(report.at.start as usize), report.code);
    let told = |report: Report| {
        let line = text[..at.start].matches('\n').count() + 1;
        let said = text[..back(report.at.start as usize)].matches('\n').count() + 1;
        format!("{name}:{line} {with:?}: {} {} in line {said}", report.code.name(), report.message)
    };
    reports(&damaged).into_iter().filter(stray).map(told).collect()
}

#[test]
fn what_is_broken_is_said_where_it_is_broken() {
    for (name, text) in services() {
        if !reports(&text).is_empty() {
            continue;
        }
        let (edits, strays) = damage(&name, &text);
        assert!(edits > 100, "{name} has only {edits} edits");
        assert!(strays.is_empty(), "{} of {edits} edits:\n{}", strays.len(), strays.join("\n"));
    }
}

/// A program without the lines of its tests, which are all that the layout may change.
fn program(text: &str) -> Option<Program> {
    let mut program = analysed(text).program?;
    for test in &mut program.tests {
        test.line = 0;
        test.steps.iter_mut().for_each(|step| step.line = 0);
    }
    Some(program)
}

/// Every service of the examples and of the two pages that is right, as it stands there.
fn right() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut texts: Vec<String> = services().into_iter().map(|(_, text)| text).collect();
    for page in ["docs/language.md", "docs/guide.md"] {
        let page = std::fs::read_to_string(root.join(page)).unwrap();
        let blocks = page.split("```qtr\n").skip(1).filter_map(|block| block.split_once("```"));
        texts.extend(blocks.map(|(block, _)| block.to_owned()));
    }
    texts.retain(|text| program(text).is_some());
    assert!(texts.len() > 10, "only {} right services", texts.len());
    texts
}

#[test]
fn the_layout_changes_no_meaning() {
    for text in right() {
        // As somebody else would have laid it out.
        let loose = text.replace("\n  ", "\n      ").replace("\n\n", "\n\n\n").replace(" {\n", "   {\n");
        let printed = format::format(FileId(0), &loose).unwrap();
        assert_eq!(program(&loose), program(&text), "{loose}");
        assert_eq!(program(&printed), program(&text), "{printed}");
        assert_eq!(format::format(FileId(0), &printed).as_ref(), Ok(&printed), "{printed}");
    }
}

/// What a fuzzer found, as far as it is kept: right and wrong texts that reach much of the compiler.
#[test]
fn what_a_fuzzer_found_is_judged_and_keeps_its_meaning() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/texts");
    let mut tried = 0;
    for file in folder.read_dir().unwrap().map(|entry| entry.unwrap().path()) {
        let bytes = std::fs::read(&file).unwrap();
        let Ok(text) = std::str::from_utf8(&bytes) else { continue };
        tried += 1;
        let analysis = analysed(text);
        let wrong = analysis.reports.iter().any(|report| report.code.severity() == Severity::Error);
        assert_eq!(analysis.program.is_none(), wrong, "{}", file.display());
        if let Ok(printed) = format::format(FileId(0), text) {
            assert_eq!(format::format(FileId(0), &printed).as_ref(), Ok(&printed), "{}", file.display());
            assert_eq!(program(text), program(&printed), "{}", file.display());
        }
    }
    assert!(tried > 30, "only {tried} texts");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    /// A bounded look through the doors that `fuzz/` opens for hours.
    #[test]
    fn a_service_with_random_edits_is_judged_and_keeps_its_meaning_when_printed(
        text in prop::sample::select(right()),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..30, "[ \n{}()\"a-z:=,0-9.]{0,4}"), 1..4),
    ) {
        let mut text = text;
        for (at, length, with) in edits {
            let start = at.index(text.len());
            let end = (start + length).min(text.len());
            if text.is_char_boundary(start) && text.is_char_boundary(end) {
                text.replace_range(start..end, &with);
            }
        }
        let before = program(&text);
        if let Ok(printed) = format::format(FileId(0), &text) {
            prop_assert_eq!(before, program(&printed), "{} became {}", text, printed);
        }
    }
}

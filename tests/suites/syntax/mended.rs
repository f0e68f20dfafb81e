//! A fix that a report offers is one: the text with its edits made reads without a report, and is what was meant.
use quater_compiler::report::{Code, Fix, Report};

use super::sources::{read, root};

/// A text with the edits of a fix made.
fn made(text: &str, fix: &Fix) -> String {
    let mut edits = fix.edits.clone();
    edits.sort_by_key(|edit| edit.at.start);
    let mut text = text.to_owned();
    for edit in edits.iter().rev() {
        text.replace_range(edit.at.range(), &edit.text);
    }
    text
}

/// A text with the first fix of its first report made, and so on until none is offered.
fn mended(text: &str) -> String {
    let mut text = text.to_owned();
    for _ in 0..100 {
        let reports = read(&text).reports;
        let Some(fix) = reports.iter().find_map(|report| report.fixes.first()) else { return text };
        text = made(&text, fix);
    }
    panic!("fixes go round in circles:\n{text}")
}

#[test]
fn words_of_other_languages_are_mended() {
    for (wrong, right) in [
        ("model User in shop {\n  id: uuid key\n}\n", "entity User in shop {\n  id: uuid key\n}\n"),
        ("op pay() {\n  allow public\n}\n", "operation pay() {\n  allow public\n}\n"),
        ("operation pay() {\n  @auth\n}\n", "operation pay() {\n  allow signed_in\n}\n"),
        ("entity User in shop {\n  @auth\n}\n", "entity User in shop {\n  allow all signed_in\n}\n"),
        ("entity User in shop {\n  id: uuid @id\n}\n", "entity User in shop {\n  id: uuid key\n}\n"),
        (
            "entity User in shop {\n  at: instant @updatedAt\n}\n",
            "entity User in shop {\n  at: instant = now() on update\n}\n",
        ),
        ("fn a() = x && y\n", "fn a() = x and y\n"),
        ("fn a() = x || y\n", "fn a() = x or y\n"),
        ("fn a() = !x\n", "fn a() = not x\n"),
        ("fn a() = x === y\n", "fn a() = x == y\n"),
        ("type A { b: string }\n", "type A { b: text }\n"),
        ("type A { b: boolean }\n", "type A { b: bool }\n"),
        (
            "entity User in shop {\n  id: uuid key\n  name: text required\n}\n",
            "entity User in shop {\n  id: uuid key\n  name: text \n}\n",
        ),
        ("entity User in shop {\n  name: text @required\n}\n", "entity User in shop {\n  name: text \n}\n"),
        ("function a() = x\n", "fn a() = x\n"),
        ("import A from \"./a.qtr\"\n", "use A from \"./a.qtr\"\n"),
    ] {
        let reports = read(wrong).reports;
        let codes: Vec<Code> = reports.iter().map(|report| report.code).collect();
        assert_eq!(codes, [Code::E0106], "{wrong}");
        assert_eq!(mended(wrong), right);
        assert_eq!(read(right).reports, [], "{right}");
    }
}

#[test]
fn whatever_fix_is_offered_takes_its_report_away() {
    let folder = root().join("tests/cases/syntax");
    let mut tried = 0;
    for page in folder.read_dir().unwrap().map(|entry| entry.unwrap().path()) {
        let page = std::fs::read_to_string(page).unwrap();
        for block in page.split("```qtr\n").skip(1).map(|block| block.split("```").next().unwrap()) {
            let is_mark = |line: &&str| line.trim_start().starts_with('^');
            let text: String =
                block.lines().filter(|line| !is_mark(line)).map(|line| format!("{line}\n")).collect();
            let before = read(&text).reports;
            let offered = before.iter().flat_map(|report| report.fixes.iter().map(move |fix| (report, fix)));
            for (report, fix) in offered {
                tried += 1;
                let after = read(&made(&text, fix)).reports;
                let same =
                    |other: &Report| (other.at.start, &other.message) == (report.at.start, &report.message);
                assert!(!after.iter().any(same), "{}\n{}", fix.title, made(&text, fix));
            }
        }
    }
    assert!(tried > 20, "only {tried} fixes");
}

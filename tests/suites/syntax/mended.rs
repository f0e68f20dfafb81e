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
        ("type A { b: text! }\n", "type A { b: text }\n"),
        ("type A { b: text[] }\n", "type A { b: [text] }\n"),
        ("entity User in shop {\n  id: uuid primary key\n}\n", "entity User in shop {\n  id: uuid key\n}\n"),
        ("entity User in shop {\n  id: uuid key;\n}\n", "entity User in shop {\n  id: uuid key\n}\n"),
        (
            "operation all() {\n  return list User order by name desc take 5\n}\n",
            "operation all() {\n  return list User sort name desc take 5\n}\n",
        ),
        (
            "operation all() {\n  return list User where age > 1 limit 5\n}\n",
            "operation all() {\n  return list User where age > 1 take 5\n}\n",
        ),
        (
            "operation all() {\n  return list User sort by name take 5\n}\n",
            "operation all() {\n  return list User sort name take 5\n}\n",
        ),
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
fn what_is_missing_is_put_in() {
    for (wrong, right) in [
        ("operation a(x: int = 0 -> Card {\n}\n", "operation a(x: int = 0) -> Card {\n}\n"),
        ("operation a(x: text(1..9) stock: int) {\n}\n", "operation a(x: text(1..9), stock: int) {\n}\n"),
        ("entity User in shop {\n  id uuid key\n}\n", "entity User in shop {\n  id: uuid key\n}\n"),
    ] {
        assert_eq!(read(wrong).reports.len(), 1, "{wrong}");
        assert_eq!(mended(wrong), right);
        assert_eq!(read(right).reports, [], "{right}");
    }
}

#[test]
fn what_may_be_meant_otherwise_is_not_written() {
    for wrong in [
        "operation a() {\n  throw Conflict\n}\n",
        "operation a() {\n  fail Conflict\n}\n",
        "operation a() {\n  http POST /a\n  returns 201\n}\n",
        "operation a(xs: [int]) {\n  return [x + 1 for x in xs]\n}\n",
        "operation a() {\n  create User(name)\n}\n",
        "operation a() {\n  return list User where age between 1 and 5 take 5\n}\n",
        "import \"./x.qtr\"\n",
        "entity User in shop {\n  id: uuid key\n  when it was set\n}\n",
    ] {
        let reports = read(wrong).reports;
        assert_eq!(reports.len(), 1, "{wrong}");
        assert_eq!(mended(wrong), wrong);
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

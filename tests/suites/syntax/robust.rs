//! Text that nobody means well with: each gives one clear report, quickly, and nothing falls over.
use std::time::{Duration, Instant};

use proptest::prelude::*;
use quater_compiler::format::format;
use quater_compiler::report::{Code, FileId};

use super::sources::{read, shown, with_everything};

/// What a file may take, in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// Reads a text that is wrong in one way.
fn wrong(text: &str, code: Code) {
    let start = Instant::now();
    let reports = read(text).reports;
    let said: Vec<String> = reports.iter().take(5).map(|report| shown(text, report)).collect();
    assert!(start.elapsed() < PATIENCE, "took {:?}", start.elapsed());
    assert_eq!(reports.len(), 1, "{said:#?}");
    assert_eq!(reports[0].code, code, "{said:#?}");
}

const ENTITY: &str = "entity User in shop {\n  id: uuid key\n}\n";

#[test]
fn a_nesting_bomb_is_one_report() {
    let deep = 100_000;
    for bomb in ["(", "[", "{", "{ a: ", "f(", "not (", "\"{", "-(", "x => ("] {
        wrong(&format!("fn f() = {}\n{ENTITY}", bomb.repeat(deep / bomb.len())), Code::E0109);
    }
    wrong(&format!("fn f() = {}1{}\n", "(".repeat(1_000), ")".repeat(1_000)), Code::E0109);
    wrong(&format!("fn f() = {}1{}\n", "f({ a: [".repeat(40), "] })".repeat(40)), Code::E0109);
    wrong(&"{\n".repeat(100_000), Code::E0109);
    wrong(&format!("operation a() {{\n{}", "  if x {\n".repeat(10_000)), Code::E0109);
}

#[test]
fn brackets_without_partners_take_no_more_than_their_share() {
    for open in ["(", "[", "f(", "f(a: ", "reveal f(", "x => (", "match (", "find A(", "not ("] {
        wrong(&format!("fn f() = {}\n{ENTITY}", open.repeat(60)), Code::E0101);
    }
    let start = Instant::now();
    for lines in ["}\n", ")\n", "  }\n", "x {\n", "x {\n}\n", "@@\n", "  @@\n", "\0\n"] {
        assert!(!read(&format!("{ENTITY}{}", lines.repeat(10_000))).reports.is_empty());
        assert!(!read(&format!("entity A in b {{\n{}", lines.repeat(10_000))).reports.is_empty());
    }
    assert!(start.elapsed() < PATIENCE * 4, "took {:?}", start.elapsed());
}

#[test]
fn brackets_up_to_the_bound_are_read() {
    for (open, close) in [("(", ")"), ("[", "]"), ("f(", ")"), ("{ a: ", " }"), ("not (", ")")] {
        let text = format!("fn f() = {}1{}\n", open.repeat(60), close.repeat(60));
        assert_eq!(read(&text).reports, [], "{open}");
    }
    let blocks =
        format!("operation a() {{\n  allow public\n{}{}}}\n", "if x {\n".repeat(60), "}\n".repeat(60));
    assert_eq!(read(&blocks).reports, []);
}

#[test]
fn a_long_chain_is_one_report() {
    for link in ["+ 1 ", "and x ", ".a", "[0]", "else y ", "is null "] {
        wrong(&format!("fn f() = x {}\n{ENTITY}", link.repeat(10_000)), Code::E0109);
    }
    for link in ["not ", "-"] {
        wrong(&format!("fn f() = {}x\n{ENTITY}", link.repeat(10_000)), Code::E0109);
    }
}

#[test]
fn a_line_of_ten_megabytes_is_one_report() {
    for piece in ["a", "{", "\"", "é"] {
        wrong(&format!("{ENTITY}{}\n{ENTITY}", piece.repeat(10_000_000 / piece.len())), Code::E0109);
    }
}

#[test]
fn characters_that_no_file_may_hold_are_one_report_a_line() {
    wrong("entity User in shop {\n  id: uu\0id key\n}\n", Code::E0110);
    wrong("entity User in shop {\n  id: \0\0\0\0 uuid key\n}\n", Code::E0110);
    wrong("type A = text\rtype B = text\rtype C = text\r", Code::E0110);
    wrong("entity User in shop {\n  id: uuid key\n\tname: text\n}\n", Code::E0110);
    wrong("\0", Code::E0110);
}

#[test]
fn what_editors_put_into_files_is_read() {
    let text = "entity User in shop {\n  id: uuid key\n  name: text(..9)\n}\n";
    for variant in [
        format!("\u{feff}{text}"),
        text.replace('\n', "\r\n"),
        text.replace("  ", "\t"),
        text.trim_end().to_owned(),
    ] {
        assert_eq!(read(&variant).reports, [], "{variant:?}");
        assert_eq!(read(&variant).file.declarations.len(), 1);
    }
    assert_eq!(read("").reports, []);
    assert_eq!(read("// nothing\n\n").reports, []);
}

#[test]
fn a_text_that_does_not_close_is_one_report() {
    wrong("error A = 400 \"no end\nerror B = 400\n", Code::E0103);
    wrong("test \"no end {\n  expect 1 == 1\n}\n", Code::E0103);
    wrong("type A = text(/no end)\ntype B = text\n", Code::E0103);
    wrong("error A = 400 \"a { hole\"\n", Code::E0103);
    wrong("error A = 400 \"a } hole\"\n", Code::E0103);
}

#[test]
fn many_broken_declarations_take_no_more_than_their_share() {
    let broken = "operation a(x: int {\n  http GTE /a\n  let x = = 1\n  return {\n}\n".repeat(2_000);
    let start = Instant::now();
    assert!(read(&broken).reports.len() >= 2_000);
    assert!(start.elapsed() < PATIENCE, "took {:?}", start.elapsed());
}

#[test]
fn many_declarations_keep_their_order_and_their_reports() {
    let text: String = (0..1_000)
        .map(|nth| format!("type T{nth} = text{}\n", if nth % 10 == 0 { " !" } else { "" }))
        .collect();
    let parsed = read(&text);
    let names = parsed.file.declarations.iter().map(|one| one.kind.name().unwrap().text.to_string());
    assert!(names.eq((0..1_000).map(|nth| format!("T{nth}"))));
    assert_eq!(parsed.reports.len(), 100);
    assert!(parsed.reports.is_sorted_by_key(|report| report.at));
}

fn sources() -> impl Strategy<Value = String> {
    let texts: Vec<String> = with_everything().into_iter().map(|source| source.text).collect();
    prop::sample::select(texts)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn garbage_never_panics(text in "\\PC{0,200}") {
        read(&text);
    }

    #[test]
    fn garbage_of_our_own_signs_never_panics(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "{", "}", "(", ")", "[", "]", "\"", "/", "//", "///", "\n", "\n  ", "entity A in b", "type", "x", ":", "=",
            "=>", "..", "1", "?", "*", "allow", "where", "match", "else", "for", "in", "é", "\\", "{{", ",", "-", "\u{1e}",
        ]), 0..60),
    ) {
        read(&pieces.join(" "));
        read(&pieces.concat());
    }

    #[test]
    fn random_edits_never_panic(
        text in sources(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..20, "[ \\n{}()\"a-z:=,/]{0,3}"), 1..5),
    ) {
        let mut text = text;
        for (at, length, with) in edits {
            let start = at.index(text.len());
            let end = (start + length).min(text.len());
            if text.is_char_boundary(start) && text.is_char_boundary(end) {
                text.replace_range(start..end, &with);
            }
        }
        let parsed = read(&text);
        for report in &parsed.reports {
            prop_assert!(report.at.start <= report.at.end && report.at.end as usize <= text.len());
        }
        if let Ok(printed) = format(FileId(0), &text) {
            let again = format(FileId(0), &printed);
            prop_assert_eq!(Ok(&printed), again.as_ref(), "of {}", text);
            let same = quater_compiler::ast::same(&parsed.file, &read(&printed).file);
            prop_assert!(same, "{} became {}", text, printed);
        }
    }
}

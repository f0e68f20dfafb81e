//! Text to trees: what is read, what is refused, and what never goes wrong.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests"
)]

#[path = "syntax/mended.rs"]
mod mended;
#[path = "syntax/mutations.rs"]
mod mutations;
#[path = "syntax/robust.rs"]
mod robust;
#[path = "syntax/sources.rs"]
mod sources;
#[path = "syntax/whole.rs"]
mod whole;

/// Wrong programs with what must be said of them.
#[test]
fn cases() {
    let folder = sources::root().join("tests/cases/syntax");
    quater_tests::annotated::run(&folder, |text| sources::read(text).reports);
}

/// Each case holds what is wrong, and behind it what is right and differs in little.
#[test]
fn every_wrong_text_has_a_right_twin() {
    let is_mark = |line: &&str| line.trim_start().starts_with('^');
    for page in sources::root().join("tests/cases/syntax").read_dir().unwrap() {
        let path = page.unwrap().path();
        if path.extension().is_none_or(|end| end != "md") {
            continue;
        }
        let page = std::fs::read_to_string(&path).unwrap();
        for case in page.split("\n## ").skip(1) {
            let name = format!("{}: {}", path.display(), case.lines().next().unwrap());
            let blocks: Vec<&str> =
                case.split("```qtr\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
            let [wrong, right] = blocks.as_slice() else { panic!("{name}: {} blocks", blocks.len()) };
            let marks = wrong.lines().filter(is_mark).count();
            assert!(marks > 0, "{name}: nothing is wrong");
            assert_eq!(sources::read(right).reports, [], "{name}");
            let own = right.lines().filter(|line| !wrong.lines().any(|other| other == *line)).count();
            assert!(own <= 2 * marks, "{name}: {own} lines differ for {marks} reports");
        }
    }
}

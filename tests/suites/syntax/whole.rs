//! Whole services are read without a report, and printing them loses nothing.
use quater_compiler::ast::same;
use quater_compiler::format::format;
use quater_compiler::report::FileId;

use super::sources::{read, shown, tree, with_everything};

#[test]
fn whole_services_have_no_report_no_hole_and_no_stray() {
    for source in with_everything() {
        let parsed = read(&source.text);
        let reports: Vec<String> = parsed.reports.iter().map(|report| shown(&source.text, report)).collect();
        assert_eq!(reports, Vec::<String>::new(), "{}", source.name);
        let tree = format!("{:?}", parsed.file);
        assert!(!tree.contains("Hole") && !tree.contains("Stray"), "{} has a hole or a stray", source.name);
    }
}

#[test]
fn printing_and_reading_again_gives_the_same_tree() {
    for source in with_everything() {
        let printed = formatted(&source.name, &source.text);
        assert!(same(&tree(&source.text), &tree(&printed)), "{} became\n{printed}", source.name);
    }
}

#[test]
fn printing_what_was_printed_changes_nothing() {
    for source in with_everything() {
        let once = formatted(&source.name, &source.text);
        assert_eq!(once, formatted(&source.name, &once), "{}", source.name);
    }
}

#[test]
fn a_tab_in_a_text_stays_one() {
    assert_eq!(formatted("tab", "fn a() =\t\"a\tb{c\t+ \"\t\"}\"\n"), "fn a() = \"a\\tb{c + \"\\t\"}\"\n");
}

#[test]
fn a_block_may_open_on_a_line_of_its_own() {
    let wrong =
        "entity User in shop\n{\n  id: uuid key\n}\n\noperation a(\n  x: int\n)\n{\n  allow public\n}\n";
    let right = "entity User in shop {\n  id: uuid key\n}\n\noperation a(x: int) {\n  allow public\n}\n";
    assert_eq!(formatted("block", wrong), right);
}

#[test]
fn every_comment_stays() {
    for source in with_everything() {
        let commented = with_comments(&source.text);
        let printed = formatted(&source.name, &commented);
        assert!(same(&tree(&source.text), &tree(&printed)), "{} became\n{printed}", source.name);
        let comments = |text: &str| {
            let mut found: Vec<String> = text
                .match_indices("// #")
                .map(|(at, _)| text[at..].lines().next().unwrap().to_owned())
                .collect();
            found.sort();
            found
        };
        assert_eq!(comments(&commented), comments(&printed), "{}", source.name);
        assert_eq!(printed, formatted(&source.name, &printed), "{}", source.name);
    }
}

/// A comment behind every line and one above every line that is not documentation.
fn with_comments(text: &str) -> String {
    let mut commented = String::new();
    for (nth, line) in text.lines().enumerate() {
        let indent = &line[..line.len() - line.trim_start().len()];
        if line.trim_start().starts_with("///") || line.is_empty() {
            commented.push_str(line);
            commented.push('\n');
        } else {
            commented.push_str(&format!("{indent}// #a{nth}\n{line} // #b{nth}\n"));
        }
    }
    commented
}

fn formatted(name: &str, text: &str) -> String {
    match format(FileId(0), text) {
        Ok(printed) => printed,
        Err(reports) => {
            let reports: Vec<String> = reports.iter().map(|report| shown(text, report)).collect();
            panic!("{name} is refused:\n{}\n{text}", reports.join("\n"))
        }
    }
}

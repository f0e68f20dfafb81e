//! What is planned between two versions of a service, without a database: `cases/migration.md`. A case is a
//! heading, the version before, the version after, and the steps with their grades, reasons and hints. The
//! first block stands in front of every other.
use quater_compiler::report::{Source, Sources};
use quater_ir::storage::Storage;
use quater_ir::storage::migration::{self, Step};
use quater_tests::golden;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

fn tables(front: &str, block: &str) -> Storage {
    let mut sources = Sources::default();
    sources.add(Source::new("case.qtr", format!("{front}{block}")));
    let analysis = quater_compiler::analyse(sources);
    analysis.program.unwrap_or_else(|| panic!("{:#?}\n{block}", analysis.reports)).storage
}

fn line(step: &Step) -> String {
    let mut line = format!("{}: {step}\n", step.grade.name());
    for more in step.reason().into_iter().chain(step.hint.clone()) {
        line.push_str(&format!("  {more}\n"));
    }
    line
}

#[test]
fn every_change_has_its_steps() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/migration.md");
    let text = std::fs::read_to_string(&path).unwrap();
    let (mut rewritten, mut front, mut before) = (String::new(), None::<String>, None::<String>);
    let mut grades: BTreeMap<&str, usize> = BTreeMap::new();
    let mut lines = text.lines();
    while let Some(head) = lines.next() {
        if !head.starts_with("```") {
            writeln!(rewritten, "{head}").unwrap();
            continue;
        }
        let block: String =
            lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
        if head == "```steps" {
            continue;
        }
        writeln!(rewritten, "{head}\n{block}```").unwrap();
        let Some(front) = &front else {
            front = Some(block);
            continue;
        };
        let Some(was) = before.take() else {
            before = Some(block);
            continue;
        };
        let (was, is) = (tables(front, &was), tables(front, &block));
        let steps = migration::plan(&was, &is);
        steps.iter().for_each(|step| *grades.entry(step.grade.name()).or_default() += 1);
        write!(rewritten, "```steps\n{}```\n", steps.iter().map(line).collect::<String>()).unwrap();
        assert!(migration::plan(&is, &is).is_empty(), "nothing leads from tables to themselves");
    }
    golden::expect(&path, &rewritten);
    assert_eq!(grades.len(), 4, "every grade is met: {grades:?}");
}

/// A code is that of its step, wherever that is planned.
#[test]
fn a_loss_has_the_same_code_everywhere() {
    let front = "service notes version 1\nresource db = database(\"sqlite::memory:\")\n";
    let entity = |fields: &str| format!("entity Note in db {{\n  id: uuid key\n{fields}}}\n");
    let code = |was: &str, is: &str| {
        let steps = migration::plan(&tables(front, &entity(was)), &tables(front, &entity(is)));
        steps.iter().find_map(Step::code).unwrap()
    };
    let (alone, among) =
        (code("  a: text?\n", ""), code("  b: int?\n  a: text?\n", "  b: text?\n  c: bool?\n"));
    assert_eq!(alone, among, "among other steps");
    assert_ne!(alone, code("  b: text?\n", ""), "another column");
    assert_ne!(alone, code("  a: int?\n", ""), "another kind");
    assert_eq!(alone, "u8zw8", "in every build");
}

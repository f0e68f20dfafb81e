//! Completion in half-typed lines: over the examples, a line is cut in front of a name that means something, and
//! it is counted how often what stood there is offered. `QUATER_RECALL=5000` asks about more names.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::indexing_slicing, reason = "tests")]

use super::torture::{Chance, services};
use super::{Document, Snapshot, Workspace, completion};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const NAMES: usize = 120;
/// Of a hundred names, so many are offered at least: what is found today. Those that are missed are printed.
const ENOUGH: usize = 88;

#[test]
fn what_stood_in_a_cut_line_is_offered() {
    let names = std::env::var("QUATER_RECALL").ok().and_then(|count| count.parse().ok()).unwrap_or(NAMES);
    let paths = services(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples"));
    let (mut chance, mut asked, mut found) = (Chance::new(0xCA11), 0, 0);
    let mut missed: BTreeMap<String, usize> = BTreeMap::new();
    for path in &paths {
        let uri = format!("file://{}", path.display());
        let text = fs::read_to_string(path).unwrap();
        let mut workspace = Workspace::default();
        let mut look = |text: &str| {
            let document = Document { path: Some(path.clone()), version: 1, text: text.into() };
            let mut snapshot = Snapshot::default();
            snapshot.set(uri.clone(), document);
            workspace.look(&snapshot);
            workspace.of(&uri, &snapshot).unwrap()
        };
        let (whole, file) = look(&text);
        let uses: Vec<_> = whole.uses().all().iter().filter(|one| one.at.file == file).copied().collect();
        for _ in 0..names.div_ceil(paths.len()).min(uses.len()) {
            let at = uses[chance.below(uses.len())].at.range();
            let line_end = text[at.start..].find('\n').map_or(text.len(), |end| at.start + end);
            let cut = format!("{}{}", &text[..at.start], &text[line_end..]);
            let (service, file) = look(&cut);
            let items = completion::complete(&service, file, at.start as u32).items;
            asked += 1;
            if items.iter().any(|item| item.label == text[at.clone()]) {
                found += 1;
            } else {
                let line_start = text[..at.start].rfind('\n').map_or(0, |start| start + 1);
                let line = format!("{}|{}", &text[line_start..at.start], &text[at.start..line_end]);
                *missed.entry(line.trim().to_owned()).or_default() += 1;
            }
        }
    }
    missed.iter().for_each(|(line, count)| println!("{count} {line}"));
    println!("{found} of {asked} names were offered");
    assert!(found * 100 >= asked * ENOUGH, "{found} of {asked}");
}

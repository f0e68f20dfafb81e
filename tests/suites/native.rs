//! Bodies in Rust: a service some of whose bodies are in Rust answers like the declared one, and nothing that such a
//! body does goes past the rules of its service.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "native/agreement.rs"]
mod agreement_of_both;
#[path = "native/asking.rs"]
mod asking;
#[path = "native/bounds.rs"]
mod bounds;
#[path = "native/files.rs"]
mod files;
#[path = "native/kinds.rs"]
mod kinds;
#[path = "runtime/place.rs"]
#[allow(dead_code, unused_macros, unused_imports, reason = "another suite needs more of it")]
mod place;
#[path = "outward/scripted.rs"]
#[allow(dead_code, reason = "another suite needs more of it")]
mod scripted;
#[path = "native/travel.rs"]
mod travel;

use quater_compiler::report::{Source, Sources};
use quater_ir::Program;
use std::sync::Arc;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn compile(name: &str, text: &str) -> Arc<Program> {
    let mut sources = Sources::default();
    sources.add(Source::new(name, text.to_owned()));
    let analysis = quater_compiler::analyse(sources);
    Arc::new(analysis.program.unwrap_or_else(|| panic!("no program: {:#?}", analysis.reports)))
}

/// What the manual shows is what the example does, word for word.
#[test]
fn the_manual_shows_the_example() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let read = |path: &str| std::fs::read_to_string(root.join(path)).unwrap();
    let page = read("docs/rust.md");
    let paths = [
        "examples/imports/imports.qtr",
        "examples/imports/src/bodies.rs",
        "tests/agents/src/bodies.rs",
        "tests/till/src/bodies.rs",
    ];
    let sources = paths.map(read);
    let mut shown = 0;
    for (at, block) in page.split("```").enumerate().filter(|(at, _)| at % 2 == 1) {
        let Some((language @ ("qtr" | "rust"), text)) = block.split_once('\n') else { continue };
        shown += 1;
        assert!(sources.iter().any(|source| source.contains(text)), "{language} block {}: {text}", at / 2);
    }
    assert!(shown >= 3, "{shown} blocks");
}

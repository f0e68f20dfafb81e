//! The house rules that no compiler lint covers: sizes, edges, names, comments, paths.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "tests"
)]

#[path = "tidy/rust_source.rs"]
mod rust_source;
#[path = "tidy/tree.rs"]
mod tree;

use quater_compiler::report::Code;
use rust_source::RustSource;
use std::sync::LazyLock;
use tree::Tree;

const FILE_LINES: usize = 500;
const FUNCTION_LINES: usize = 60;
const NESTING: usize = 4;

/// The diagram of "The house": who may depend on whom.
const EDGES: &[(&str, &[&str])] = &[
    ("quater-grammar", &[]),
    ("quater-ir", &[]),
    ("quater-compiler", &["quater-grammar", "quater-ir"]),
    ("quater-runtime", &["quater-ir"]),
    ("quater-host", &["quater-ir", "quater-runtime"]),
    ("quater-lsp", &["quater-compiler"]),
    // The last two are services that its suites serve.
    (
        "quater",
        &["quater-ir", "quater-compiler", "quater-runtime", "quater-host", "quater-lsp", "imports", "agents"],
    ),
    // What `quater gen rust` makes.
    ("imports", &["quater-host"]),
    ("agreement", &["quater-host"]),
    ("till", &["quater-host"]),
    ("agents", &["quater-host"]),
    ("bench-native", &["quater-host"]),
];

const DRAWERS: &[&str] = &["utils", "util", "helpers", "helper", "common", "misc", "shared"];

#[track_caller]
fn none(rule: &str, found: impl IntoIterator<Item = String>) {
    let found: Vec<String> = found.into_iter().collect();
    assert!(found.is_empty(), "{rule}, but:\n  {}", found.join("\n  "));
}

static TREE: LazyLock<Tree> = LazyLock::new(Tree::read);

static RUST: LazyLock<Vec<(&str, RustSource)>> = LazyLock::new(|| {
    let files = TREE.written().filter(|file| file.path.ends_with(".rs"));
    files.map(|file| (file.path.as_str(), RustSource::parse(&file.path, &file.text))).collect()
});

#[test]
fn files_are_short() {
    let tree = &*TREE;
    let source =
        |path: &str| [".rs", ".pest", ".py", ".ts", ".js", ".sh"].iter().any(|end| path.ends_with(end));
    let long = tree.written().filter(|file| source(&file.path)).filter_map(|file| {
        let lines = file.text.lines().count();
        (lines > FILE_LINES).then(|| format!("{} has {lines}", file.path))
    });
    none(&format!("a file has at most {FILE_LINES} lines"), long);
}

#[test]
fn functions_are_short() {
    let long = RUST.iter().flat_map(|(path, source)| {
        let long = source.functions.iter().filter(|function| function.lines > FUNCTION_LINES);
        long.map(move |f| format!("{path}:{} `{}` has {}", f.line, f.name, f.lines)).collect::<Vec<_>>()
    });
    none(&format!("a function has at most {FUNCTION_LINES} lines"), long);
}

#[test]
fn functions_are_flat() {
    let deep = RUST.iter().flat_map(|(path, source)| {
        let deep = source.functions.iter().filter(|function| function.nesting > NESTING);
        deep.map(move |f| format!("{path}:{} `{}` has {}", f.line, f.name, f.nesting)).collect::<Vec<_>>()
    });
    none(&format!("control flow nests at most {NESTING} deep"), deep);
}

#[test]
fn crates_depend_along_the_diagram() {
    let strays = tree::dependencies().into_iter().filter_map(|(from, to)| {
        let allowed = EDGES.iter().find(|(name, _)| *name == from).map(|(_, allowed)| *allowed);
        match allowed {
            None if from == "quater-tests" || from.starts_with("quater-bench") => None,
            None => Some(format!("`{from}` is not in the diagram")),
            Some(allowed) => (!allowed.contains(&to.as_str())).then(|| format!("`{from}` depends on `{to}`")),
        }
    });
    none("crates depend on each other as the diagram says", strays);
}

#[test]
fn there_are_no_drawers() {
    let tree = &*TREE;
    let is_drawer = |part: &str| DRAWERS.contains(&part.trim_end_matches(".rs"));
    let paths = tree.files.iter().filter(|file| file.path.ends_with(".rs"));
    let found = paths.filter(|file| file.path.split('/').any(is_drawer)).map(|file| file.path.clone());
    none("a module is named after what it holds", found);
}

#[test]
fn no_code_is_commented_out() {
    let found = RUST.iter().flat_map(|(path, source)| {
        let lines = source.commented_out.iter();
        lines.map(move |(line, text)| format!("{path}:{line} {text}")).collect::<Vec<_>>()
    });
    none("code is deleted, not commented out", found);
}

#[test]
fn work_left_open_names_its_issue() {
    let tree = &*TREE;
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:"), concat!("HA", "CK:")];
    let bare =
        |line: &str| marks.iter().any(|mark| line.contains(mark) && !line.contains(&format!("{mark}(#")));
    none("an open end carries its issue number, as in `(#12)`", tree.lines_where(bare));
}

#[test]
fn nothing_depends_on_one_machine() {
    let tree = &*TREE;
    let homes = [
        concat!("/wor", "k/"),
        concat!("/roo", "t/"),
        concat!("/hom", "e/"),
        concat!("/Use", "rs/"),
        concat!("C:", "\\"),
    ];
    none(
        "no tracked file names a place on one machine",
        tree.lines_where(|line| homes.iter().any(|h| line.contains(h))),
    );
    let locks =
        tree.files.iter().filter(|file| file.path.ends_with(".lock") || file.path.ends_with("-lock.json"));
    let foreign =
        locks.flat_map(|file| file.text.lines().map(|line| (&file.path, line.trim()))).filter(|(_, line)| {
            let cargo = line.starts_with("source = ") && !line.starts_with("source = \"registry+");
            cargo || line.starts_with("\"resolved\":")
        });
    none(
        "packages come from registries, and lock files name no place to load them from",
        foreign.map(|(path, line)| format!("{path}: {line}")),
    );
}

#[test]
fn documents_name_paths_that_exist() {
    let tree = &*TREE;
    let dangling = ["README.md", "ARCHITECTURE.md"].into_iter().flat_map(|document| {
        let text = tree.text(document).unwrap_or_else(|| panic!("{document} is missing"));
        let named = tree::paths_named(text, tree);
        named
            .into_iter()
            .filter(|path| !tree.holds(path))
            .map(move |path| format!("{document} names `{path}`"))
    });
    none("paths in the documents exist", dangling.collect::<Vec<_>>());
}

/// A slip whose place has moved is one that nobody tries any more.
#[test]
fn slips_stand_where_they_would_be_made() {
    let tree = &*TREE;
    let slips = tree.text("tests/mutants/planner.txt").unwrap_or_else(|| panic!("there are no slips"));
    let lost = slips.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).filter(|line| {
        let mut parts = line.split('|');
        let (path, before) = (parts.next().unwrap(), parts.next().unwrap());
        !tree.text(path).is_some_and(|text| text.contains(before))
    });
    none("what a slip would replace is there", lost.map(str::to_owned));
}

#[test]
fn every_code_has_its_page() {
    let tree = &*TREE;
    let untitled = Code::ALL.iter().filter_map(|code| {
        let title = format!("# {}: {}", code.name(), code.title());
        (code.page().lines().next() != Some(&title)).then(|| format!("the page should begin `{title}`"))
    });
    none("the first line of a page is its code and title", untitled);
    let pages = tree.files.iter().filter_map(|file| file.path.strip_prefix("compiler/explain/"));
    let known = |page: &str| Code::ALL.iter().any(|code| page == format!("{}.md", code.name()));
    none("every page belongs to a code", pages.filter(|page| !known(page)).map(str::to_owned));
}

#[test]
fn the_grammar_is_named_by_parse_and_format_only() {
    let may = |path: &str| path.starts_with("compiler/src/parse") || path.starts_with("compiler/src/format");
    let outside = RUST.iter().filter(|(path, _)| !may(path));
    let strays =
        outside.filter(|(_, source)| source.names("quater_grammar")).map(|(path, _)| (*path).to_owned());
    none("only parse and format know the grammar", strays);
}

#[test]
fn the_wire_types_are_named_by_proto_only() {
    let outside = RUST.iter().filter(|(path, _)| !path.starts_with("lsp/src/server/proto/"));
    let named = outside.filter(|(_, source)| source.names("gen_lsp_types") || source.names("lsp_types"));
    none("only lsp/src/server/proto names the protocol's types", named.map(|(path, _)| (*path).to_owned()));
}

#[test]
fn the_scanner_sees_what_it_should() {
    let text = r#"
fn deep(x: u8) {
    // let old = 1;
    // A reason; it ends with a semicolon in prose;
    for _ in 0..x {
        if x > 1 { match x { 2 => while true {}, _ => loop {} } } else if x == 0 { return }
    }
    let _ = "
    // inside = text;
    ";
}
"#;
    let source = RustSource::parse("sample.rs", text);
    let deep = &source.functions[0];
    assert_eq!((deep.name.as_str(), deep.line, deep.lines, deep.nesting), ("deep", 2, 10, 4));
    assert_eq!(source.commented_out, [(3, "let old = 1;".to_owned())]);
    assert!(source.names("deep") && !source.names("inside"));
    let named =
        tree::paths_named("`a/b.rs`, `/orders`, `Cargo.toml`, [x](docs/y.md), `text/csv`, `a b/c`", &TREE);
    assert_eq!(named, ["a/b.rs", "Cargo.toml", "docs/y.md"]);
}

//! The published schema of built services is the one of the types that are written, and real ones fit it.
use super::published;
use super::validator;
use quater_compiler::report::{Source, Sources};
use quater_ir::artifact::{self, Artifact, Production, Unreadable};
use quater_ir::{FORMAT, Program};
use quater_tests::golden;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// Services that have, with the examples, everything that can be written down.
const SERVICES: [&str; 7] = [
    "tests/cases/syntax/everything.qtr",
    "tests/doors/service.qtr",
    "tests/suites/auth/gate.qtr",
    "tests/suites/files/album.qtr",
    "tests/suites/outward/till.qtr",
    "tests/suites/runtime/shapes.qtr",
    "tests/suites/lists/library.qtr",
];

fn program(path: &str) -> Option<Program> {
    let mut sources = Sources::default();
    sources.add(Source::new("service.qtr", std::fs::read_to_string(root().join(path)).unwrap()));
    quater_compiler::analyse(sources).program
}

/// Every file of an example that is a service by itself.
fn examples() -> Vec<String> {
    let folders = std::fs::read_dir(root().join("examples")).unwrap().map(|entry| entry.unwrap().path());
    let files = folders.filter(|path| path.is_dir()).flat_map(|path| std::fs::read_dir(path).unwrap());
    let paths = files
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "qtr"));
    let mut found: Vec<String> = paths.map(|path| path.to_str().unwrap().to_owned()).collect();
    found.sort();
    found
}

static ARTIFACTS: LazyLock<Vec<(String, Artifact)>> = LazyLock::new(|| {
    let built = |path: String| {
        let program = program(&path)?;
        Some((path, Artifact { program, production: Production::default(), files: Vec::new() }))
    };
    examples().into_iter().chain(SERVICES.map(str::to_owned)).filter_map(built).collect()
});

#[test]
fn the_published_schema_is_that_of_the_types() {
    let schema = published::schema(&root().join("ir/src"));
    let file = root().join(format!("docs/schema/artifact-{FORMAT}.schema.json"));
    golden::expect(&file, &format!("{schema:#}\n"));
    assert!(jsonschema::meta::is_valid(&schema));
}

#[test]
fn what_is_built_fits_the_schema() {
    let validator = validator(&published::schema(&root().join("ir/src")));
    assert!(ARTIFACTS.len() >= 8, "{:?}", ARTIFACTS.iter().map(|(path, _)| path).collect::<Vec<_>>());
    for (path, artifact) in ARTIFACTS.iter() {
        let value = serde_json::to_value(artifact).unwrap();
        let wrong: Vec<String> = validator
            .iter_errors(&value)
            .take(3)
            .map(|error| format!("{}: {error:.300}", error.instance_path()))
            .collect();
        assert!(wrong.is_empty(), "{path}\n{}", wrong.join("\n"));
    }
    let mut strange = serde_json::to_value(&ARTIFACTS[0].1).unwrap();
    strange["program"]["operations"][0]["colour"] = json!("red");
    assert!(!validator.is_valid(&strange));
    let mut short = serde_json::to_value(&ARTIFACTS[0].1).unwrap();
    short["program"]["operations"][0].as_object_mut().unwrap().remove("access");
    assert!(!validator.is_valid(&short));
}

#[test]
fn what_is_written_is_read() {
    for (path, artifact) in ARTIFACTS.iter() {
        let bytes = artifact::write(artifact).unwrap();
        assert!(artifact::read(&bytes).unwrap() == *artifact, "{path}");
        assert!(artifact::write(&artifact::read(&bytes).unwrap()).unwrap() == bytes, "{path}");
    }
}

#[test]
fn nothing_cut_or_damaged_is_served() {
    let bytes = artifact::write(&ARTIFACTS[0].1).unwrap();
    let head = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    let places = (0..head + 64).chain((head..bytes.len()).step_by(997)).chain(bytes.len() - 64..bytes.len());
    for at in places {
        assert!(artifact::read(&bytes[..at]).is_err(), "cut at {at}");
        for bit in [0x01, 0x20, 0x80] {
            let mut damaged = bytes.clone();
            damaged[at] ^= bit;
            assert!(artifact::read(&damaged).is_err(), "bit {bit:#x} of byte {at}");
        }
    }
    let mut longer = bytes;
    longer.push(b' ');
    assert!(matches!(artifact::read(&longer), Err(Unreadable::Length { .. })));
}

/// An artifact with another first line or body, and a digest that fits.
fn forged(body: &str, format: u32) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    let sha256: String = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
    let head = json!({ "quater": "artifact", "format": format, "bytes": body.len(), "sha256": sha256 });
    format!("{head}\n{body}").into_bytes()
}

#[test]
fn what_is_strange_is_refused() {
    let read = |bytes: &[u8]| artifact::read(bytes).unwrap_err();
    assert!(matches!(read(b""), Unreadable::Other));
    assert!(matches!(read(b"service store version 1\n"), Unreadable::Other));
    assert!(matches!(read(b"{\"quater\":\"lock\",\"format\":1}\n"), Unreadable::Other));
    assert_eq!(
        read(&forged("{}\n", FORMAT + 1)).to_string(),
        format!("it has format {}, and this build of quater reads format {FORMAT}", FORMAT + 1)
    );
    assert!(matches!(read(&forged("{}\n", FORMAT)), Unreadable::Stranger(_)));
    let nested = "[".repeat(1_000_000);
    assert!(matches!(read(&forged(&nested, FORMAT)), Unreadable::Deep));
    let mut value: Value = serde_json::to_value(&ARTIFACTS[0].1).unwrap();
    let mut inner = value["program"]["operations"][0]["output"].take();
    for _ in 0..900 {
        inner = json!({ "Optional": inner });
    }
    value["program"]["operations"][0]["output"] = inner;
    let read = artifact::read(&forged(&value.to_string(), FORMAT)).unwrap();
    assert!(artifact::write(&read).is_ok(), "what nests deep is read whole");
}

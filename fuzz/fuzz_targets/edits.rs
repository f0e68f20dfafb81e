//! Good services with their words moved about: nearer to what people write by mistake than bytes are. The
//! input is a list of edits; each puts a word of one service in the place of, or beside, a word of another.
#![no_main]
use quater_compiler::ast::same;
use quater_compiler::format::format;
use quater_compiler::parse::parse;
use quater_compiler::report::{FileId, Severity, Source, Sources};
use quater_compiler::analyse;
use std::sync::OnceLock;

const REFERENCE: &str = include_str!("../../docs/language.md");

/// The words and signs of each service of the reference, with the room between them.
fn words() -> &'static [Vec<&'static str>] {
    static WORDS: OnceLock<Vec<Vec<&'static str>>> = OnceLock::new();
    WORDS.get_or_init(|| {
        let blocks = REFERENCE.split("\n```qtr").skip(1).filter_map(|rest| rest.split_once('\n')?.1.split_once("```"));
        blocks.map(|(block, _)| cut(block)).collect()
    })
}

fn cut(text: &str) -> Vec<&str> {
    let kind = |letter: char| match letter {
        letter if letter.is_alphanumeric() || letter == '_' => 0,
        ' ' => 1,
        _ => 2,
    };
    let mut found = Vec::new();
    let mut from = 0;
    let mut last = None;
    for (at, letter) in text.char_indices() {
        if last.is_some_and(|last| last != kind(letter) || last == 2) {
            found.push(&text[from..at]);
            from = at;
        }
        last = Some(kind(letter));
    }
    found.push(&text[from..]);
    found
}

/// One edit of four bytes: what to do, where, and which word to take.
fn edit(words: &mut Vec<&'static str>, pool: &[&'static str], [what, high, low, taken]: [u8; 4]) {
    let length = words.len();
    let at = usize::from(u16::from_be_bytes([high, low])) * length / 65_536;
    let taken = pool[(usize::from(taken) * 257 + at) % pool.len()];
    match what % 5 {
        0 => words[at] = taken,
        1 => words.insert(at, taken),
        2 if length > 1 => _ = words.remove(at),
        3 => words[at..].iter_mut().take(usize::from(what / 5)).rev().for_each(|word| *word = ""),
        _ => words.swap(at, (at + usize::from(what)) % length),
    }
}

libfuzzer_sys::fuzz_target!(|edits: &[u8]| {
    let Some((which, edits)) = edits.split_first() else { return };
    let services = words();
    let which = usize::from(*which);
    let mut text = services[which % services.len()].clone();
    let pool = &services[which / services.len() % services.len()];
    for four in edits.chunks_exact(4).take(16) {
        edit(&mut text, pool, [four[0], four[1], four[2], four[3]]);
    }
    let text = text.concat();
    let mut sources = Sources::default();
    sources.add(Source::new("service.qtr", text.clone()));
    let analysis = analyse(sources);
    let wrong = analysis.reports.iter().any(|report| report.code.severity() == Severity::Error);
    assert_eq!(analysis.program.is_none(), wrong);
    if let Ok(printed) = format(FileId(0), &text) {
        assert_eq!(format(FileId(0), &printed).as_ref(), Ok(&printed));
        assert!(same(&parse(FileId(0), &text).file, &parse(FileId(0), &printed).file));
    }
});

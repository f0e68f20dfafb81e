//! What is printed reads as what was written, and is printed alike again.
#![no_main]
use quater_compiler::ast::same;
use quater_compiler::format::format;
use quater_compiler::parse::parse;
use quater_compiler::report::FileId;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(printed) = format(FileId(0), text) else { return };
    assert_eq!(format(FileId(0), &printed).as_ref(), Ok(&printed));
    assert!(same(&parse(FileId(0), text).file, &parse(FileId(0), &printed).file));
});

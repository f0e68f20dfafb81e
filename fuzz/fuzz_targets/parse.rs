//! Reading a file never fails, and every report lies inside the file.
#![no_main]
use quater_compiler::parse::parse;
use quater_compiler::report::FileId;

libfuzzer_sys::fuzz_target!(|text: &str| {
    for report in parse(FileId(0), text).reports {
        assert!(report.at.start <= report.at.end && report.at.end as usize <= text.len());
    }
});

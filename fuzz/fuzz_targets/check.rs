//! Checking a service never fails; there is a program where there is no error.
#![no_main]
use quater_compiler::analyse;
use quater_compiler::report::{Severity, Source, Sources};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let mut sources = Sources::default();
    sources.add(Source::new("service.qtr", text.to_owned()));
    let analysis = analyse(sources);
    let wrong = analysis.reports.iter().any(|report| report.code.severity() == Severity::Error);
    assert_eq!(analysis.program.is_none(), wrong);
});

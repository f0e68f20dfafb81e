//! `--stats`: how much was read, what it holds, and how long it took.
use quater_compiler::Analysis;
use quater_compiler::ast::DeclarationKind;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

/// How long the parts of a check took.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    pub(crate) read: Duration,
    pub(crate) check: Duration,
}

/// The numbers, a line each.
pub(crate) fn stats(analysis: &Analysis, times: Times) -> String {
    let lines: usize = analysis.sources.iter().map(|(_, source)| source.text.lines().count()).sum();
    let bytes: usize = analysis.sources.iter().map(|(_, source)| source.text.len()).sum();
    let mut out = format!("files {}, lines {lines}, bytes {bytes}\n", analysis.sources.iter().count());
    let declared = analysis.files.iter().flat_map(|file| &file.declarations);
    let kinds = tally(declared.map(|declaration| word(&declaration.kind)));
    let codes = tally(analysis.reports.iter().map(|report| report.code.name()));
    _ = writeln!(out, "declarations: {kinds}\nfindings: {codes}");
    _ = writeln!(
        out,
        "suppressed: {}",
        tally(analysis.suppressed.iter().map(|passed| passed.report.code.name()))
    );
    let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
    let (read, check) = (milliseconds(times.read), milliseconds(times.check));
    _ = writeln!(out, "read in {read:.1} ms, checked in {check:.1} ms");
    out
}

fn tally(words: impl Iterator<Item = &'static str>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    words.for_each(|word| *counts.entry(word).or_default() += 1);
    let told: Vec<String> = counts.iter().map(|(word, count)| format!("{word} {count}")).collect();
    if told.is_empty() { "none".to_owned() } else { told.join(", ") }
}

fn word(kind: &DeclarationKind) -> &'static str {
    match kind {
        DeclarationKind::Service(_) => "service",
        DeclarationKind::Import(_) => "use",
        DeclarationKind::Env(_) => "env",
        DeclarationKind::Resource(_) => "resource",
        DeclarationKind::Assets(_) => "static",
        DeclarationKind::Auth(_) => "auth",
        DeclarationKind::Type(_) => "type",
        DeclarationKind::Enumeration(_) => "enum",
        DeclarationKind::Error(_) => "error",
        DeclarationKind::Function(_) => "fn",
        DeclarationKind::Entity(_) => "entity",
        DeclarationKind::Operation(_) => "operation",
        DeclarationKind::Channel(_) => "channel",
        DeclarationKind::Job(_) => "job",
        DeclarationKind::Test(_) => "test",
        DeclarationKind::Stray => "unreadable",
    }
}

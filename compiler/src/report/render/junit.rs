//! JUnit XML: a file is a suite, a finding a case; a file without findings is one case that passed.
use super::place::Place;
use crate::report::{Report, Severity, Source, Sources};
use std::fmt::Write;

/// Draws all files; a finding less severe than `worst` passes, and is told in the case's output.
pub fn junit(reports: &[Report], worst: Severity, sources: &Sources) -> String {
    let fails = |report: &&Report| report.code.severity() <= worst;
    let failures = reports.iter().filter(fails).count();
    let quiet = sources.iter().filter(|(id, _)| !reports.iter().any(|report| report.at.file == *id)).count();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let tests = reports.len() + quiet;
    _ = writeln!(
        out,
        "<testsuites name=\"quater check\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\">"
    );
    for (id, source) in sources.iter() {
        let own: Vec<&Report> = reports.iter().filter(|report| report.at.file == id).collect();
        suite(&mut out, source, &own, worst, sources);
    }
    out.push_str("</testsuites>\n");
    out
}

fn suite(out: &mut String, source: &Source, reports: &[&Report], worst: Severity, sources: &Sources) {
    let name = escaped(&source.name);
    let failures = reports.iter().filter(|report| report.code.severity() <= worst).count();
    let tests = reports.len().max(1);
    _ = writeln!(
        out,
        "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" skipped=\"0\">"
    );
    if reports.is_empty() {
        _ = writeln!(out, "    <testcase classname=\"{name}\" name=\"no findings\"/>");
    }
    for report in reports {
        case(out, &name, report, worst, sources);
    }
    out.push_str("  </testsuite>\n");
}

fn case(out: &mut String, file: &str, report: &Report, worst: Severity, sources: &Sources) {
    let Place { start, .. } = Place::of(report.at, sources);
    let (code, line, message) = (report.code.name(), start.line, escaped(&report.message));
    let title = format!("{code} at {line}:{}", start.column);
    _ = writeln!(out, "    <testcase classname=\"{file}\" name=\"{title}\" file=\"{file}\" line=\"{line}\">");
    let help = report.help.as_ref().map_or_else(String::new, |help| format!("\nhelp: {}", escaped(help)));
    let text = format!("{file}:{line}:{}: {message}{help}", start.column);
    if report.code.severity() <= worst {
        _ = writeln!(out, "      <failure message=\"{message}\" type=\"{code}\">{text}</failure>");
    } else {
        _ = writeln!(out, "      <system-out>{text}</system-out>");
    }
    out.push_str("    </testcase>\n");
}

/// Text as XML, without the characters that no XML document may hold.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            '\u{fffe}' | '\u{ffff}' => out.push('?'),
            c if c.is_control() => out.push('?'),
            c => out.push(c),
        }
    }
    out
}

#![allow(clippy::unwrap_used, reason = "tests")]
use super::{Colour, github, json, plain, terminal};
use crate::report::{Code, Report, Source, Sources, Span};

fn sources(texts: &[(&str, &str)]) -> Sources {
    let mut sources = Sources::default();
    for (name, text) in texts {
        sources.add(Source::new(*name, (*text).to_owned()));
    }
    sources
}

/// A report on `what` in the first file, pointing at `there` in the second.
fn sample(sources: &Sources, what: &str, there: &str) -> Report {
    let find = |text: &str| {
        let mut files = sources.iter();
        files
            .find_map(|(id, file)| file.text.find(text).map(|at| Span::new(id, at, at + text.len())))
            .unwrap()
    };
    Report::new(Code::E0101, find(what), format!("`{what}` may not stand here, 100%"))
        .note("this")
        .label(find(there), "declared here")
        .help("remove it")
        .fix("remove the line", find(what), "")
}

#[test]
fn each_renderer_says_the_same() {
    let sources = sources(&[("a.qtr", "one\n  tvö þrjú\n"), ("b.qtr", "four\n")]);
    let reports = [sample(&sources, "þrjú", "four")];
    assert_eq!(plain(&reports, &sources), "a.qtr:2:7: error[E0101]: `þrjú` may not stand here, 100%\n");
    assert_eq!(
        github(&reports, &sources),
        "::error file=a.qtr,line=2,col=7,endLine=2,endColumn=11,title=E0101%3A unexpected text::\
         `þrjú` may not stand here, 100%25%0Athis%0Ahelp: remove it\n"
    );
    assert_eq!(
        json(&reports, &sources),
        concat!(
            r#"{"version":1,"code":"E0101","severity":"error","title":"unexpected text","#,
            r#""message":"`þrjú` may not stand here, 100%","file":"a.qtr","#,
            r#""start":{"byte":11,"line":2,"column":7},"end":{"byte":17,"line":2,"column":11},"note":"this","#,
            r#""related":[{"file":"b.qtr","start":{"byte":0,"line":1,"column":1},"#,
            r#""end":{"byte":4,"line":1,"column":5},"text":"declared here"}],"help":"remove it","#,
            r#""fixes":[{"title":"remove the line","edits":[{"file":"a.qtr","#,
            r#""start":{"byte":11,"line":2,"column":7},"end":{"byte":17,"line":2,"column":11},"text":""}]}]}"#,
            "\n"
        )
    );
    assert_eq!(
        terminal(&reports, &sources, Colour::Never),
        "error[E0101]: `þrjú` may not stand here, 100%
  ┌─ a.qtr:2:7
  │
2 │   tvö þrjú
  │       ^^^^ this
  │
  ┌─ b.qtr:1:1
  │
1 │ four
  │ ---- declared here
  │
  = help: remove it
  = fix: remove the line

"
    );
    assert!(terminal(&reports, &sources, Colour::Always).contains("\u{1b}["));
}

#[test]
fn hostile_text_is_tamed() {
    let sources = sources(&[("a.qtr", "\u{1b}[2Jx\u{202e}y\n")]);
    let reports = [sample(&sources, "\u{1b}[2Jx", "\u{202e}")];
    for drawn in [plain(&reports, &sources), terminal(&reports, &sources, Colour::Never)] {
        assert!(drawn.contains("?[2Jx"), "{drawn}");
        assert!(!drawn.contains(['\u{1b}', '\u{202e}']), "{drawn}");
    }
}

#[test]
fn a_line_of_megabytes_is_not_drawn() {
    let long = "x".repeat(10_000_000);
    let sources = sources(&[("a.qtr", &long)]);
    let reports = [Report::new(Code::E0101, Span::new(crate::report::FileId(0), 5, 10_000_000), "too long")];
    assert_eq!(terminal(&reports, &sources, Colour::Never), "a.qtr:1:6: error[E0101]: too long\n");
}

#[test]
fn spans_that_fit_no_text_are_drawn_anyway() {
    let sources = sources(&[("a.qtr", "þ\n")]);
    for (start, end) in [(1, 1), (0, 1), (3, 90), (80, 90), (2, 0)] {
        let reports = [Report::new(Code::E0101, Span::new(crate::report::FileId(0), start, end), "odd")];
        assert!(terminal(&reports, &sources, Colour::Never).contains("odd"), "{start}..{end}");
        assert!(plain(&reports, &sources).contains("odd"), "{start}..{end}");
    }
}

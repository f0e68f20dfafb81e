//! `allow W… "reason"` above a declaration.
use super::nearest;
use crate::ast;
use crate::report::{Code, Report, Severity, Sink, Span, Suppressed};
use smol_str::SmolStr;

/// A warning that may be in one declaration.
#[derive(Debug)]
pub(crate) struct Silence {
    code: Code,
    reason: SmolStr,
    /// The line that says so.
    at: Span,
    /// The declaration with what stands before it.
    over: Span,
}

/// What one prefix silences; a code that can't be silenced is reported.
pub(super) fn silence(
    declaration: &ast::Declaration,
    prefix: &ast::Prefix,
    code: &ast::Name,
    reason: &ast::Text,
    sink: &mut Sink,
) -> Option<Silence> {
    let Some(reason) = reason.plain() else {
        sink.push(Report::new(Code::E0310, reason.at, "this text can't have `{…}` in it"));
        return None;
    };
    if code.is_hole() {
        return None;
    }
    let warnings = || Code::ALL.iter().copied().filter(|code| code.severity() == Severity::Warning);
    let Some(known) = warnings().find(|known| known.name() == code.text) else {
        if Code::ALL.iter().any(|known| known.name() == code.text) {
            let message = format!("`{}` is an error, and errors can't be silenced", code.text);
            sink.push(Report::new(Code::E0208, code.at, message));
            return None;
        }
        let report = Report::new(Code::E0208, code.at, format!("there is no warning `{}`", code.text));
        sink.push(match nearest(&code.text, warnings().map(Code::name)) {
            Some(near) => report.meant(code.at, near),
            None => report.help("`quater explain` lists all codes"),
        });
        return None;
    };
    let before = declaration.docs.iter().map(|docs| docs.at).chain(declaration.prefixes.iter().map(|p| p.at));
    let over = before.fold(declaration.at, Span::to);
    Some(Silence { code: known, reason: SmolStr::new(reason), at: prefix.at, over })
}

/// Takes out what is silenced, and reports each silence that had nothing to do.
pub(crate) fn settle(
    reports: Vec<Report>,
    silences: &[Silence],
    production: bool,
) -> (Vec<Report>, Vec<Suppressed>) {
    let mut used = vec![false; silences.len()];
    let (mut heard, mut suppressed) = (Vec::new(), Vec::new());
    for report in reports {
        let silence = silences.iter().zip(&mut used).find(|(silence, _)| silence.covers(&report));
        match silence {
            Some((silence, used)) => {
                *used = true;
                suppressed.push(Suppressed {
                    report,
                    reason: silence.reason.to_string(),
                    by: Some(silence.at),
                });
            }
            None => heard.push(report),
        }
    }
    // What is looked for before strangers come alone is not missed elsewhere.
    let looked = |silence: &Silence| production || !silence.code.is_of_production();
    let idle = silences
        .iter()
        .zip(used)
        .filter(|(silence, used)| !used && looked(silence))
        .map(|(silence, _)| silence.idle());
    heard.extend(idle);
    heard.sort_by_key(|report| report.at);
    (heard, suppressed)
}

impl Silence {
    fn covers(&self, report: &Report) -> bool {
        let Span { file, start, end } = self.over;
        self.code == report.code && file == report.at.file && (start..=end).contains(&report.at.start)
    }

    fn idle(&self) -> Report {
        let message = format!("there is no {} here to be silenced", self.code.name());
        Report::new(Code::W0201, self.at, message).help("remove the line")
    }
}

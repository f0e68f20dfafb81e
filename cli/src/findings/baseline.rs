//! Findings that are known and pass.
use crate::atomic;
use crate::failure::Failure;
use crate::project;
use quater_compiler::Analysis;
use quater_compiler::report::{Suppressed, fingerprints};
use quater_host::failure::Failure as Hosted;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::mem;
use std::path::Path;

/// What came of comparing with a baseline.
pub(crate) struct Known {
    /// Findings that passed.
    pub(crate) passed: usize,
    /// Entries without a finding.
    pub(crate) gone: usize,
}

/// Moves what a baseline knows to the findings that do not count.
pub(crate) fn pass(path: &Path, analysis: &mut Analysis) -> Result<Known, Failure> {
    let known = read(path)?;
    let marks = fingerprints(&analysis.reports, &analysis.sources);
    let mut met = BTreeSet::new();
    for (report, mark) in mem::take(&mut analysis.reports).into_iter().zip(marks) {
        if known.contains(&mark) {
            let reason = "known: it is in the baseline".to_owned();
            analysis.suppressed.push(Suppressed { report, reason, by: None });
            met.insert(mark);
        } else {
            analysis.reports.push(report);
        }
    }
    Ok(Known { passed: met.len(), gone: known.len() - met.len() })
}

/// Writes all that was found as the new baseline; gives how much that is.
pub(crate) fn write(path: &Path, analysis: &Analysis) -> Result<usize, Failure> {
    let marks = fingerprints(&analysis.reports, &analysis.sources);
    let findings = analysis.reports.iter().zip(marks).map(|(report, mark)| {
        let file = analysis.sources.get(report.at.file).map_or("", |source| source.name.as_str());
        json!({ "fingerprint": mark, "code": report.code.name(), "file": file, "message": report.message })
    });
    let baseline = json!({ "version": 1, "findings": findings.collect::<Vec<_>>() });
    atomic::write(path, &format!("{baseline:#}\n"))?;
    Ok(analysis.reports.len())
}

impl Known {
    /// What passed and what is gone, in a line each.
    pub(crate) fn told(&self) -> String {
        let (passed, gone) = (self.passed, self.gone);
        let mut told = format!("{passed} known by the baseline\n");
        if gone > 0 {
            let advice = "write the baseline anew with `--write-baseline`";
            told.push_str(&format!("{gone} known before and no longer found: {advice}\n"));
        }
        told
    }
}

fn read(path: &Path) -> Result<BTreeSet<String>, Failure> {
    let text = match project::read(path) {
        Err(Failure::Hosted(Hosted::Missing { path })) => return Err(Failure::NoBaseline { path }),
        read => read?,
    };
    let wrong = |why| Failure::Baseline { path: path.to_owned(), why };
    let baseline: Value = serde_json::from_str(&text).map_err(|why| wrong(Some(why)))?;
    let findings = baseline.get("findings").and_then(Value::as_array);
    let findings =
        findings.filter(|_| baseline.get("version") == Some(&json!(1))).ok_or_else(|| wrong(None))?;
    let mark = |finding: &Value| finding.get("fingerprint").and_then(Value::as_str).map(str::to_owned);
    findings.iter().map(|finding| mark(finding).ok_or_else(|| wrong(None))).collect()
}

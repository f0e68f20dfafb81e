//! What a finding is known by after the text around it has moved.
use super::{Report, Source, Sources};
use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};

/// One fingerprint a report, in their order: of the code, the file, the line's own text and the message.
/// Findings that share all of these are numbered as they come.
pub fn fingerprints<'r>(reports: impl IntoIterator<Item = &'r Report>, sources: &Sources) -> Vec<String> {
    let root = sources.iter().next().map_or("", |(_, source)| folder(&source.name));
    let mut met: FxHashMap<String, usize> = FxHashMap::default();
    let mut one = |report: &Report| {
        let source = sources.get(report.at.file);
        let file = source.map_or("", |source| below(root, &source.name));
        let line = source.map_or_else(String::new, |source| line(source, report.at.start));
        let content = format!("{}\0{file}\0{line}\0{}", report.code.name(), report.message);
        let earlier = met.entry(content.clone()).or_default();
        let digest = Sha256::digest(format!("{content}\0{earlier}"));
        *earlier += 1;
        digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    };
    reports.into_iter().map(&mut one).collect()
}

fn folder(name: &str) -> &str {
    name.rfind('/').map_or("", |at| name.get(..=at).unwrap_or(""))
}

/// A file's name as seen from the folder of the service, wherever the command was run.
fn below<'n>(root: &str, name: &'n str) -> &'n str {
    name.strip_prefix(root).unwrap_or(name)
}

/// The line at a place without its layout.
fn line(source: &Source, byte: u32) -> String {
    let line = source.text.get(source.line_range(source.line_of(byte))).unwrap_or("");
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::fingerprints;
    use crate::report::{Code, FileId, Report, Source, Sources, Span};

    /// Fingerprints of a report at each `x` of a text.
    fn of(name: &str, text: &str) -> Vec<String> {
        let mut sources = Sources::default();
        sources.add(Source::new(name, text.to_owned()));
        let at = |(at, _): (usize, &str)| Span::new(FileId(0), at, at + 1);
        let reports: Vec<Report> =
            text.match_indices('x').map(|found| Report::new(Code::E0101, at(found), "odd")).collect();
        fingerprints(&reports, &sources)
    }

    #[test]
    fn moves_change_nothing_and_twins_differ() {
        let here = of("a.qtr", "x one\nx two\nx two\n");
        assert_eq!(here, of("shop/a.qtr", "\n\n  x  one\nsomething\n\tx two\nx two\n"));
        let distinct: std::collections::BTreeSet<&String> = here.iter().collect();
        assert_eq!(distinct.len(), 3);
        assert_ne!(here, of("b.qtr", "x one\nx two\nx two\n"));
    }
}

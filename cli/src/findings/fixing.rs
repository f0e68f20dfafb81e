//! `--fix`: the edits that reports offer, applied until none is left.
use crate::atomic;
use crate::failure::Failure;
use quater_compiler::report::{Edit, FileId, Report, Source, Sources, Span};
use quater_compiler::{Analysis, analyse};
use similar::TextDiff;
use std::collections::BTreeMap;
use std::path::Path;

/// A fix may make room for another, but not for ever.
const MOST_ROUNDS: usize = 20;

/// Files with their fixes.
pub(crate) struct Mended {
    /// What is said about the files as they are now.
    pub(crate) before: Analysis,
    /// What is said about them with the fixes.
    pub(crate) after: Analysis,
    /// How many fixes there are.
    pub(crate) fixes: usize,
}

/// Fixes what can be fixed, in memory.
pub(crate) fn mend(sources: Sources) -> Result<Mended, Failure> {
    let before = analyse(sources.clone());
    let mut after = analyse(sources);
    let mut fixes = 0;
    for _ in 0..MOST_ROUNDS {
        let (edits, count) = choose(&after.reports);
        if edits.is_empty() {
            return Ok(Mended { before, after, fixes });
        }
        fixes += count;
        after = analyse(applied(&after.sources, &edits));
    }
    Err(Failure::EndlessFixes)
}

/// The first fix of each report, as far as they leave each other alone: edits by file and place, and how many
/// fixes they are.
fn choose(reports: &[Report]) -> (Vec<&Edit>, usize) {
    let mut chosen: BTreeMap<(FileId, u32), &Edit> = BTreeMap::new();
    let mut count = 0;
    for fix in reports.iter().filter_map(|report| report.fixes.first()) {
        if !fix.edits.iter().any(|edit| meets(edit.at, &chosen)) {
            chosen.extend(fix.edits.iter().map(|edit| ((edit.at.file, edit.at.start), edit)));
            count += 1;
        }
    }
    (chosen.into_values().collect(), count)
}

/// Whether a place overlaps one that is chosen; of those, which never overlap, its two neighbours tell.
fn meets(at: Span, chosen: &BTreeMap<(FileId, u32), &Edit>) -> bool {
    let before = chosen.range(..=(at.file, at.start)).next_back().map(|(_, edit)| edit.at);
    let after = chosen.range((at.file, at.start)..).next().map(|(_, edit)| edit.at);
    let mut neighbours = before.into_iter().chain(after).filter(|other| other.file == at.file);
    neighbours.any(|other| other.start == at.start || (other.start < at.end && at.start < other.end))
}

fn applied(sources: &Sources, edits: &[&Edit]) -> Sources {
    let mut new = Sources::default();
    for (id, source) in sources.iter() {
        let own = edits.iter().filter(|edit| edit.at.file == id);
        let mut text = String::with_capacity(source.text.len());
        let mut done = 0;
        for edit in own {
            let range = edit.at.range();
            text.push_str(source.text.get(done..range.start).unwrap_or(""));
            text.push_str(&edit.text);
            done = range.end;
        }
        text.push_str(source.text.get(done..).unwrap_or(""));
        new.add(Source::new(source.name.clone(), text));
    }
    new
}

impl Mended {
    /// Files that the fixes change: before and after.
    pub(crate) fn changed(&self) -> Vec<(&Source, &Source)> {
        let after = |id: FileId| self.after.sources.get(id);
        let pairs = self.before.sources.iter().filter_map(|(id, before)| Some((before, after(id)?)));
        pairs.filter(|(before, after)| before.text != after.text).collect()
    }

    /// Writes the changed files.
    pub(crate) fn write(&self) -> Result<(), Failure> {
        for (_, new) in self.changed() {
            atomic::write(Path::new(new.name.as_str()), &new.text)?;
        }
        Ok(())
    }

    /// The changes as a unified diff.
    pub(crate) fn diff(&self) -> String {
        let one = |(old, new): (&Source, &Source)| {
            let name = &old.name;
            let outside = name.starts_with('/') || name.starts_with("..");
            let [a, b] = if outside { ["", ""] } else { ["a/", "b/"] };
            let diff = TextDiff::from_lines(&old.text, &new.text);
            diff.unified_diff().header(&format!("{a}{name}"), &format!("{b}{name}")).to_string()
        };
        self.changed().into_iter().map(one).collect()
    }

    /// What was done, in one line.
    pub(crate) fn told(&self) -> String {
        let (fixes, files) = (self.fixes, self.changed().len());
        let plural = |count| if count == 1 { "" } else { "s" };
        let nouns = if fixes == 1 { "fix" } else { "fixes" };
        format!("{fixes} {nouns} in {files} file{}\n", plural(files))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::{applied, choose};
    use quater_compiler::report::{Code, FileId, Report, Source, Sources, Span};

    /// The text after one round of fixes, each `(start, end, new text)`, and how many were made.
    fn mended(text: &str, fixes: &[(usize, usize, &str)]) -> (String, usize) {
        let mut sources = Sources::default();
        sources.add(Source::new("a.qtr", text.to_owned()));
        let report = |(start, end, new): &(usize, usize, &str)| {
            let at = Span::new(FileId(0), *start, *end);
            Report::new(Code::E0101, at, "odd").fix("mend", at, *new).fix("a second way", at, "never")
        };
        let reports: Vec<Report> = fixes.iter().map(report).collect();
        let (edits, count) = choose(&reports);
        let after = applied(&sources, &edits);
        (after.get(FileId(0)).unwrap().text.clone(), count)
    }

    #[test]
    fn what_is_certain_is_made_and_a_guess_at_a_name_is_not() {
        let text = |ty: &str, name: &str| {
            let head = "service hello version 1\n\noperation greet(name: text(1..40)) -> ";
            format!(
                "{head}{{ said: {ty} }} {{\n  http GET /hello\n  allow public\n  return {{ said: {name} }}\n}}\n"
            )
        };
        for (ty, name, count) in [("text", "nam", 0), ("string", "name", 1)] {
            let mut sources = Sources::default();
            sources.add(Source::new("a.qtr", text(ty, name)));
            let mended = super::mend(sources).unwrap();
            assert_eq!(mended.fixes, count, "{ty} {name}");
            assert_eq!(mended.after.reports.len(), 1 - count, "{ty} {name}");
        }
    }

    #[test]
    fn fixes_that_overlap_wait_for_the_next_round() {
        for (fixes, text, count) in [
            (&[(0, 3, "ONE"), (4, 7, "TWO")][..], "ONE TWO three", 2),
            (&[(4, 7, "TWO"), (0, 3, "ONE")], "ONE TWO three", 2),
            (&[(0, 5, "x"), (4, 7, "TWO")], "xwo three", 1),
            (&[(4, 7, "TWO"), (0, 5, "x")], "one TWO three", 1),
            (&[(0, 13, ""), (4, 7, "TWO")], "", 1),
            (&[(3, 3, "!"), (3, 3, "!")], "one! two three", 1),
            (&[(0, 3, "ONE"), (3, 3, "!")], "ONE! two three", 2),
            (&[], "one two three", 0),
        ] {
            assert_eq!(mended("one two three", fixes), (text.to_owned(), count), "{fixes:?}");
        }
    }
}

//! `use`: which files belong to a service, and which names they take from each other.
use super::{Meaning, Names, nearest};
use crate::ast::{self, DeclarationKind};
use crate::report::{Code, FileId, Report, Sink, Sources, Span};
use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;

/// One `use`.
pub(super) struct Taken<'a> {
    into: FileId,
    /// None where the file is missing, which has been reported.
    from: Option<FileId>,
    from_at: Span,
    names: &'a [ast::Name],
}

/// The files that the first one reaches through `use`, and every `use` on the way.
pub(super) fn reached<'a>(
    files: &'a [ast::File],
    sources: &Sources,
    sink: &mut Sink,
) -> (FxHashSet<FileId>, Vec<Taken<'a>>) {
    let paths: FxHashMap<SmolStr, FileId> =
        sources.iter().map(|(id, source)| (joined("", &source.name), id)).collect();
    let mut reached = FxHashSet::default();
    let mut taken = Vec::new();
    let mut open = vec![FileId(0)];
    while let Some(into) = open.pop() {
        if !reached.insert(into) {
            continue;
        }
        let declarations = files.get(into.0 as usize).into_iter().flat_map(|file| &file.declarations);
        for declaration in declarations {
            let DeclarationKind::Import(import) = &declaration.kind else { continue };
            let from_at = import.from.at;
            let from = file_named(import, into, sources, &paths, sink);
            open.extend(from);
            taken.push(Taken { into, from, from_at, names: &import.names });
        }
    }
    (reached, taken)
}

fn file_named(
    import: &ast::Import,
    into: FileId,
    sources: &Sources,
    paths: &FxHashMap<SmolStr, FileId>,
    sink: &mut Sink,
) -> Option<FileId> {
    let written = import.from.plain().filter(|written| !written.is_empty())?;
    let own = sources.get(into).map_or("", |source| source.name.as_str());
    let folder = own.rsplit_once('/').map_or("", |(folder, _)| folder);
    let found = paths.get(&joined(folder, written)).copied();
    if found.is_none() {
        let report = Report::new(Code::E0207, import.from.at, format!("there is no file `{written}`"));
        sink.push(report.help("a path is taken from the folder of the file that says `use`"));
    }
    found
}

/// A path without `.` and, as far as they can be followed, without `..`.
fn joined(folder: &str, path: &str) -> SmolStr {
    let mut parts: Vec<&str> = Vec::new();
    let absolute = if path.starts_with('/') { "" } else { folder };
    for part in absolute.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    SmolStr::new(parts.join("/"))
}

impl Names<'_> {
    /// Lets a file see the names that it takes.
    pub(super) fn import(&mut self, taken: &Taken<'_>, sources: &Sources, sink: &mut Sink) {
        for name in taken.names.iter().filter(|name| !name.is_hole()) {
            let place = self.known.meanings.get(&name.text).map(|(_, declared)| *declared);
            let declared = place.map(|place| place.file);
            if taken.from.is_some() && declared == taken.from {
                self.notes.means(name.at, place);
            }
            if taken.from.is_none() || declared != taken.from {
                if taken.from.is_some() {
                    self.not_there(taken, name, sources, sink);
                }
                self.known.meanings.entry(name.text.clone()).or_insert((Meaning::Unknown, name.at));
            } else if !self.known.imported.insert((taken.into, name.text.clone())) {
                let message = format!("`{}` is taken twice", name.text);
                sink.push(Report::new(Code::E0202, name.at, message));
            }
        }
    }

    fn not_there(&self, taken: &Taken<'_>, name: &ast::Name, sources: &Sources, sink: &mut Sink) {
        let file = sources.text(taken.from_at).trim_matches('"');
        let message = format!("`{file}` declares no `{}`", name.text);
        let mut report = Report::new(Code::E0201, name.at, message);
        let mut there: Vec<&str> = self
            .known
            .meanings
            .iter()
            .filter(|(_, (_, at))| Some(at.file) == taken.from)
            .map(|(name, _)| name.as_str())
            .collect();
        there.sort_unstable();
        if let Some(near) = nearest(&name.text, there) {
            report = report.meant(name.at, near);
        }
        sink.push(report);
    }
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn paths_are_followed() {
        for (folder, path, whole) in [
            ("shop", "./common.qtr", "shop/common.qtr"),
            ("shop/api", "../common.qtr", "shop/common.qtr"),
            ("", "./a/../b.qtr", "b.qtr"),
            ("", "../b.qtr", "../b.qtr"),
        ] {
            assert_eq!(joined(folder, path), whole, "{folder} and {path}");
        }
    }
}

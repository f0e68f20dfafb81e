//! Which files make up the service that a document belongs to.
use super::snapshot::Snapshot;
use quater_compiler::outline;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// The root of the service of a file: itself if it declares one, else the only other file of its
/// folder that does, else itself.
pub(super) fn root_of(path: &Path, snapshot: &Snapshot) -> PathBuf {
    let declares = |path: &Path| snapshot.text_at(path).is_some_and(|text| outline::declares_service(&text));
    if declares(path) {
        return path.to_owned();
    }
    let mut roots = siblings(path).into_iter().filter(|sibling| declares(sibling));
    match (roots.next(), roots.next()) {
        (Some(root), None) => root,
        (None | Some(_), _) => path.to_owned(),
    }
}

/// A root with every file that it reaches by `use`, and the document that was asked about.
pub(super) fn files(root: &Path, asked: &Path, snapshot: &Snapshot) -> Vec<(PathBuf, Arc<str>)> {
    let mut files: Vec<(PathBuf, Arc<str>)> = Vec::new();
    let mut open = vec![asked.to_owned(), root.to_owned()];
    while let Some(path) = open.pop() {
        if files.iter().any(|(known, _)| *known == path) {
            continue;
        }
        let Some(text) = snapshot.text_at(&path) else { continue };
        let folder = path.parent().unwrap_or(Path::new(""));
        open.extend(outline::imports(&text).map(|named| joined(folder, named)));
        files.push((path, text));
    }
    files
}

fn siblings(path: &Path) -> Vec<PathBuf> {
    let Some(entries) = path.parent().and_then(|folder| std::fs::read_dir(folder).ok()) else {
        return Vec::new();
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "qtr")).collect()
}

/// A path that a file names, from its folder.
pub(super) fn joined(folder: &Path, named: &str) -> PathBuf {
    let mut path = folder.to_owned();
    for part in Path::new(named).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => _ = path.pop(),
            Component::Normal(_) | Component::RootDir | Component::Prefix(_) => path.push(part),
        }
    }
    path
}

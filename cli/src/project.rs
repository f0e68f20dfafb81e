//! Files of a service: found, read, and put in the order that the compiler wants.
use crate::failure::Failure;
use crate::target;
use quater_compiler::outline;
use quater_compiler::report::{Source, Sources};
use quater_host::failure::Failure as Hosted;
use quater_host::text_file;
use std::path::{Component, Path, PathBuf};

/// The files that a target names: a file with all that it `use`s, or a folder's service first,
/// then its other files by name.
pub(crate) fn load(target: &Path) -> Result<Sources, Failure> {
    let files = if target.is_dir() { folder(target)? } else { with_imports(target)? };
    let mut sources = Sources::default();
    for (path, text) in files {
        sources.add(Source::new(shown(&path), text));
    }
    Ok(sources)
}

/// The text of one file.
pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    if target::is_built(path) {
        return Err(Hosted::NoSource { name: path.display().to_string() }.into());
    }
    Ok(text_file::read(path).map_err(Hosted::of_service)?)
}

/// The folder of each file, in their order.
pub(crate) fn folders_of(sources: &Sources) -> Vec<PathBuf> {
    let folder_of = |name: &str| match Path::new(name).parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        Some(_) | None => PathBuf::from("."),
    };
    sources.iter().map(|(_, source)| folder_of(&source.name)).collect()
}

/// Every `.qtr` file of a folder, by name.
pub(crate) fn qtr_files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |why| Hosted::Unreadable { path: folder.to_owned(), why };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "qtr") && path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The folders in a folder that people write in: not hidden, not linked, not made by tools.
pub(crate) fn folders(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |why| Hosted::Unreadable { path: folder.to_owned(), why };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name();
        let made = name.as_encoded_bytes().starts_with(b".") || name == "target" || name == "node_modules";
        if !made && entry.file_type().map_err(failed)?.is_dir() {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

fn folder(folder: &Path) -> Result<Vec<(PathBuf, String)>, Failure> {
    let read = |path: PathBuf| read(&path).map(|text| (path, text));
    let files = qtr_files(folder)?.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let (roots, mut others): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|(_, text)| outline::declares_service(text));
    match roots.len() {
        0 => Err(Failure::NoService { folder: folder.to_owned() }),
        1 => {
            let mut files = reached_from(roots)?;
            others.retain(|(path, _)| !files.iter().any(|(known, _)| known == path));
            files.extend(others);
            Ok(files)
        }
        _ => {
            let files = roots.into_iter().map(|(path, _)| path).collect();
            Err(Failure::ManyServices { folder: folder.to_owned(), files })
        }
    }
}

/// A file, then what it names in `use`, and so on; what is missing is left to the compiler to report.
fn with_imports(root: &Path) -> Result<Vec<(PathBuf, String)>, Failure> {
    reached_from(vec![(root.to_owned(), read(root)?)])
}

fn reached_from(mut files: Vec<(PathBuf, String)>) -> Result<Vec<(PathBuf, String)>, Failure> {
    let mut at = 0;
    while let Some((path, text)) = files.get(at) {
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        let named: Vec<PathBuf> = outline::imports(text).map(|named| joined(&folder, named)).collect();
        for path in named {
            if path.is_file() && !files.iter().any(|(known, _)| known == &path) {
                let text = read(&path)?;
                files.push((path, text));
            }
        }
        at += 1;
    }
    Ok(files)
}

/// A path as a file of a folder names it.
pub(crate) fn joined(folder: &Path, named: &str) -> PathBuf {
    let mut path = folder.to_owned();
    for part in Path::new(named).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if path.file_name().is_some() => _ = path.pop(),
            Component::ParentDir | Component::Normal(_) | Component::RootDir | Component::Prefix(_) => {
                path.push(part)
            }
        }
    }
    path
}

fn shown(path: &Path) -> String {
    let path = path.strip_prefix(".").unwrap_or(path);
    path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/")
}

#[cfg(test)]
mod tests {
    use super::joined;
    use std::path::Path;

    #[test]
    fn imports_are_joined_by_their_parts() {
        for (folder, named, want) in [
            ("a", "./b.qtr", "a/b.qtr"),
            ("a/c", "../b.qtr", "a/b.qtr"),
            ("", "../b.qtr", "../b.qtr"),
            ("a", "../../b.qtr", "../b.qtr"),
        ] {
            assert_eq!(joined(Path::new(folder), named), Path::new(want), "{folder} {named}");
        }
    }
}

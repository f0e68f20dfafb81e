//! Where a file lies, if a path may lead to it at all.
//!
//! Names are taken apart before anything is asked of the disk; what the disk then says is where the file
//! really is, behind all links, and that must be inside the folder.
use super::media;
use smol_str::SmolStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The file of a folder whose path is asked for.
pub(super) const INDEX: &str = "index.html";

/// What lies beside a file in its stead, the smaller first.
pub(super) const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// What was found.
#[derive(Debug)]
pub(super) enum Place {
    File(Found),
    /// A folder, whose path ends with a slash.
    Folder,
}

/// An open file.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) file: File,
    /// Where it begins in what was opened.
    pub(super) begin: u64,
    pub(super) length: u64,
    pub(super) modified: Option<SystemTime>,
    /// What tells it from others, where it is not the moment of its last change.
    pub(super) tag: Option<SmolStr>,
    pub(super) media: &'static str,
    pub(super) encoding: Option<&'static str>,
}

/// The names that a path below a tree is made of; none where one of them is not to be had. The last is
/// `index.html` where the path ends with a slash.
pub(super) fn names(inside: &str) -> Option<Vec<String>> {
    let mut parts: Vec<&str> = inside.split('/').collect();
    let last = parts.pop()?;
    let mut names = parts.into_iter().map(name).collect::<Option<Vec<_>>>()?;
    names.push(if last.is_empty() { INDEX.to_owned() } else { name(last)? });
    Some(names)
}

/// The name of a file or folder; none for one that means another place, is another on some system, or is hidden.
fn name(part: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        bytes.push(u8::from_str_radix(after.get(..2)?, 16).ok()?);
        rest = after.get(2..)?;
    }
    bytes.extend_from_slice(rest.as_bytes());
    let name = String::from_utf8(bytes).ok()?;
    let hidden = name.starts_with('.') && name != ".well-known";
    let bad = name.is_empty() || hidden || name.contains(['/', '\\', ':']) || name.contains(char::is_control);
    (!bad).then_some(name)
}

/// Looks for a file, or for what lies beside it in an encoding that the caller takes.
pub(super) fn find(root: &Path, names: &[String], encodings: &[&'static str]) -> Option<Place> {
    let path = names.iter().fold(root.to_owned(), |path, name| path.join(name));
    let real = inside(root, &path)?;
    if real.is_dir() {
        return inside(root, &real.join(INDEX)).map(|_| Place::Folder);
    }
    let media = media::of(names.last()?);
    let beside = ENCODINGS.iter().filter(|(name, _)| encodings.contains(name)).find_map(|(name, end)| {
        let mut path = path.clone().into_os_string();
        path.push(end);
        open(&inside(root, &PathBuf::from(path))?, media, Some(name))
    });
    beside.or_else(|| open(&real, media, None)).map(Place::File)
}

/// Where a path really leads; none if that is not inside.
fn inside(root: &Path, path: &Path) -> Option<PathBuf> {
    fs::canonicalize(path).ok().filter(|real| real.starts_with(root))
}

fn open(path: &Path, media: &'static str, encoding: Option<&'static str>) -> Option<Found> {
    // Anything but a file may keep whoever opens it waiting.
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let file = File::open(path).ok()?;
    let about = file.metadata().ok()?;
    let (length, modified) = (about.len(), about.modified().ok());
    Some(Found { file, begin: 0, length, modified, tag: None, media, encoding })
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn names_lead_nowhere_else() {
        let joined = |path: &str| names(path).map(|names| names.join("|"));
        assert_eq!(joined("a/b.css").as_deref(), Some("a|b.css"));
        assert_eq!(joined("").as_deref(), Some("index.html"));
        assert_eq!(joined("a%20b/%c3%a9.txt").as_deref(), Some("a b|é.txt"));
        assert_eq!(joined(".well-known/x").as_deref(), Some(".well-known|x"));
        let refused = [
            "..",
            "../a",
            "a/../b",
            "%2e%2e/a",
            "..%2fa",
            "a%2fb",
            "a%5cb",
            "a\\b",
            "./a",
            "a//b",
            "/a",
            ".env",
            ".git/config",
            "a/.hidden",
            "%00",
            "a%00.txt",
            "c:",
            "c:/a",
            "a%",
            "a%2",
            "a%zz",
            "%ff",
            "a\nb",
            "%0a",
        ];
        for path in refused {
            assert_eq!(joined(path), None, "{path}");
        }
    }
}

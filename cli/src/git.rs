//! Files as they were at a revision, read by the `git` command: every word is an argument of its own,
//! and none that somebody typed can be taken for an option.
use crate::failure::Failure;
use crate::project;
use quater_compiler::outline;
use quater_compiler::report::{Source, Sources};
use quater_host::failure::Failure as Hosted;
use quater_host::text_file;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A commit, seen from the folder of a service.
pub(crate) struct Revision {
    /// As it was typed.
    name: String,
    /// The commit's hash.
    commit: String,
    /// The folder of the service.
    folder: PathBuf,
    /// The service's file in it, where a file was named.
    file: Option<PathBuf>,
}

impl Revision {
    /// Looks a revision up in the repository that a target is in.
    pub(crate) fn find(name: &str, target: &Path) -> Result<Self, Failure> {
        let parent = target.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        let (folder, file) = match target.file_name() {
            Some(file) if !target.is_dir() => (parent, Some(PathBuf::from(file))),
            Some(_) | None => (target, None),
        };
        let unknown = || Failure::NoRevision { revision: format!("git:{name}") };
        if name.is_empty() || name.starts_with('-') {
            return Err(unknown());
        }
        let wanted = format!("{name}^{{commit}}");
        let found = git(folder, ["rev-parse", "--verify", "--quiet", &wanted])?;
        let commit = String::from_utf8_lossy(&found.stdout).trim().to_owned();
        let is_hash = !commit.is_empty() && commit.chars().all(|c| c.is_ascii_hexdigit());
        if !found.status.success() || !is_hash {
            return Err(unknown());
        }
        Ok(Self { name: name.to_owned(), commit, folder: folder.to_owned(), file })
    }

    /// The text that a file had, by its path from the folder of the service; none if it was not there.
    pub(crate) fn read(&self, path: &Path) -> Result<Option<String>, Failure> {
        let path = path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
        let object = format!("{}:./{path}", self.commit);
        let found = git(&self.folder, ["cat-file", "blob", &object])?;
        if !found.status.success() {
            return Ok(None);
        }
        let path = PathBuf::from(format!("git:{}:{path}", self.name));
        if found.stdout.len() as u64 > text_file::LARGEST {
            return Err(Hosted::TooLarge { path }.into());
        }
        Ok(text_file::text(found.stdout).map(Some).map_err(|line| Hosted::NotUtf8 { path, line })?)
    }

    /// The service's files: the one that was named or declares it, and what that names in `use`.
    pub(crate) fn service(&self) -> Result<Sources, Failure> {
        let nothing = || Failure::NothingThen { revision: format!("git:{}", self.name) };
        let mut files = match &self.file {
            Some(file) => vec![(file.clone(), self.read(file)?.ok_or_else(nothing)?)],
            None => self.all()?,
        };
        let root = files.iter().position(|(_, text)| outline::declares_service(text)).ok_or_else(nothing)?;
        files.rotate_left(root);
        let mut at = 0;
        while let Some((path, text)) = files.get(at) {
            let folder = path.parent().unwrap_or(Path::new("")).to_owned();
            let named: Vec<PathBuf> =
                outline::imports(text).map(|named| project::joined(&folder, named)).collect();
            for path in named {
                if !files.iter().any(|(known, _)| *known == path)
                    && let Some(text) = self.read(&path)?
                {
                    files.push((path, text));
                }
            }
            at += 1;
        }
        let mut sources = Sources::default();
        for (path, text) in files {
            sources.add(Source::new(path.to_string_lossy(), text));
        }
        Ok(sources)
    }

    /// Every `.qtr` file of the folder.
    fn all(&self) -> Result<Vec<(PathBuf, String)>, Failure> {
        let listed = git(&self.folder, ["ls-tree", "-z", "--name-only", &self.commit, "./"])?;
        let names = String::from_utf8_lossy(&listed.stdout).into_owned();
        let mut files = Vec::new();
        for name in names.split_terminator('\0').filter(|name| name.ends_with(".qtr")) {
            let path = PathBuf::from(name);
            if let Some(text) = self.read(&path)? {
                files.push((path, text));
            }
        }
        Ok(files)
    }
}

fn git<I: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = I>) -> Result<Output, Failure> {
    Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .env("GIT_TERMINAL_PROMPT", "0")
        .stdin(Stdio::null())
        .output()
        .map_err(|why| Failure::NoGit { why })
}

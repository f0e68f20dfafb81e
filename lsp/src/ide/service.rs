//! A service as it was last looked at: its files and what the compiler knows of them.
use quater_compiler::contract::{self, Contract};
use quater_compiler::report::{FileId, Report, Source, Span};
use quater_compiler::session::{Explain, Look, Session};
use quater_compiler::uses::{Definition, Use, Uses};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A file of a service.
#[derive(Debug, Clone)]
pub(crate) struct File {
    /// Where it lies; none for a document that was never saved.
    pub(crate) path: Option<PathBuf>,
    /// The URI by which the editor has it open.
    pub(crate) uri: Option<String>,
    /// Its text.
    pub(crate) text: Arc<str>,
}

/// The contract that is committed beside a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lock {
    /// Where it lies.
    pub(crate) path: PathBuf,
    /// Its text.
    pub(crate) text: String,
}

/// What is remembered of a service between looks.
#[derive(Clone, Default)]
pub(crate) struct Memory {
    session: Arc<Mutex<Session>>,
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memory")
    }
}

impl Memory {
    /// What is remembered; a look that failed half-way has left nothing that is wrong.
    fn session(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A service as it was last looked at.
#[derive(Debug)]
pub(crate) struct Service {
    /// Its files, the root first, as the compiler numbers them.
    pub(crate) files: Vec<File>,
    /// What the compiler says.
    pub(crate) found: Look,
    /// The contract beside it.
    pub(crate) lock: Option<Lock>,
    /// The same, as far as it can be read.
    before: Option<Arc<Contract>>,
    /// Why the contract can't be compared with.
    pub(crate) unreadable: Option<String>,
    memory: Memory,
    explain: Option<Explain>,
}

impl Service {
    /// Looks at some files, the root first, and compares them with the contract beside them. What was known
    /// of them earlier helps, and makes no difference.
    pub(crate) fn look(
        files: Vec<File>,
        lock: Option<Lock>,
        earlier: Option<&Self>,
        explain: Option<Explain>,
    ) -> Self {
        let memory = earlier.map(|earlier| earlier.memory.clone()).unwrap_or_default();
        let (mut before, mut unreadable) = (None, None);
        match earlier.filter(|earlier| earlier.lock == lock) {
            Some(earlier) => (before, unreadable) = (earlier.before.clone(), earlier.unreadable.clone()),
            None => match lock.as_ref().map(|lock| contract::parse(&lock.text)) {
                Some(Ok(contract)) => before = Some(Arc::new(contract)),
                Some(Err(why)) => unreadable = Some(why.to_string()),
                None => {}
            },
        }
        let found = memory.session().look(&named(&files), before.as_deref());
        Self { files, found, lock, before, unreadable, memory, explain }
    }

    /// The statements that an operation runs, where somebody can tell.
    pub(crate) fn statements(&self, operation: &str) -> Vec<String> {
        let Some(explain) = self.explain else { return Vec::new() };
        self.memory.session().explained(&named(&self.files), operation, explain)
    }

    /// What its names mean.
    pub(crate) fn uses(&self) -> &Uses {
        self.found.uses()
    }

    /// Whether these are the files that it was made of.
    pub(crate) fn is_of(&self, files: &[File], lock: Option<&Lock>) -> bool {
        let same = |(a, b): (&File, &File)| a.path == b.path && a.uri == b.uri && a.text == b.text;
        let files = self.files.len() == files.len() && self.files.iter().zip(files).all(same);
        files && self.lock.as_ref() == lock
    }

    /// Whether it begins with the same file.
    pub(crate) fn is_rooted_in(&self, files: &[File]) -> bool {
        let root = |files: &[File]| files.first().map(|file| (file.path.clone(), file.uri.clone()));
        root(&self.files) == root(files)
    }

    /// The file that an editor has open, or that lies at a path.
    pub(crate) fn file(&self, uri: &str, path: Option<&Path>) -> Option<FileId> {
        let is = |file: &File| match path {
            Some(path) => file.path.as_deref() == Some(path),
            None => file.uri.as_deref() == Some(uri),
        };
        self.files.iter().position(is).map(|at| FileId(at as u32))
    }

    /// A file's text with its lines.
    pub(crate) fn source(&self, file: FileId) -> Option<&Source> {
        self.found.sources.get(file)
    }

    /// A file's text.
    pub(crate) fn text_of(&self, file: FileId) -> &str {
        self.source(file).map_or("", |source| source.text.as_str())
    }

    /// The text at a place.
    pub(crate) fn text(&self, at: Span) -> &str {
        self.found.sources.text(at)
    }

    /// What stands at an offset and what it means.
    pub(crate) fn meaning(&self, file: FileId, offset: u32) -> Option<(Use, &Definition)> {
        self.uses().at(file, offset).into_iter().find_map(|one| Some((one, self.uses().definition(one.of)?)))
    }

    /// The reports on one file.
    pub(crate) fn reports(&self, file: FileId) -> impl Iterator<Item = &Report> {
        self.found.reports.iter().filter(move |report| report.at.file == file)
    }

    /// The same files with another text for one of them, looked at for the sake of one place.
    pub(crate) fn probed(&self, file: FileId, text: String, at: Span) -> Look {
        let mut files = self.files.clone();
        if let Some(file) = files.get_mut(file.0 as usize) {
            file.text = text.into();
        }
        self.memory.session().probe(&named(&files), at)
    }

    /// The same files with other texts for some of them, looked at anew.
    pub(crate) fn with(&self, texts: &[(FileId, String)]) -> Look {
        let mut files = self.files.clone();
        for (id, text) in texts {
            if let Some(file) = files.get_mut(id.0 as usize) {
                file.text = text.as_str().into();
            }
        }
        self.memory.session().look(&named(&files), None)
    }
}

/// The texts of some files with the names that reports and `use` know them by.
fn named(files: &[File]) -> Vec<(String, Arc<str>)> {
    let name = |file: &File| {
        let path = file.path.as_ref().map(|path| path.to_string_lossy());
        path.as_deref().or(file.uri.as_deref()).unwrap_or("untitled").to_owned()
    };
    files.iter().map(|file| (name(file), Arc::clone(&file.text))).collect()
}

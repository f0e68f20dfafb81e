//! A service as it was last looked at: its files and what the compiler knows of them.
use quater_compiler::contract;
use quater_compiler::report::{FileId, Report, Source, Sources, Span};
use quater_compiler::uses::{Definition, Use, Uses};
use quater_compiler::{Analysis, Asked, analyse_as};
use std::path::{Path, PathBuf};
use std::sync::Arc;

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

/// A service as it was last looked at.
#[derive(Debug)]
pub(crate) struct Service {
    /// Its files, the root first, as the compiler numbers them.
    pub(crate) files: Vec<File>,
    /// What the compiler says.
    pub(crate) analysis: Analysis,
    /// What its names mean.
    pub(crate) uses: Uses,
    /// The contract beside it.
    pub(crate) lock: Option<Lock>,
    /// Why the contract can't be compared with.
    pub(crate) unreadable: Option<String>,
}

impl Service {
    /// Looks at some files, the root first, and compares them with the contract beside them.
    pub(crate) fn look(files: Vec<File>, lock: Option<Lock>) -> Self {
        let mut analysis = analysed(&files);
        let uses = analysis.uses.take().unwrap_or_default();
        let before = lock.as_ref().map(|lock| contract::parse(&lock.text));
        let mut unreadable = None;
        match (before, &analysis.program) {
            (Some(Ok(before)), Some(program)) => {
                let told = contract::judge(&before, program, &analysis.files).reports;
                analysis.reports.extend(told);
                analysis.reports.sort_by_key(|report| (report.at, report.code));
            }
            (Some(Err(why)), _) => unreadable = Some(why.to_string()),
            (Some(Ok(_)) | None, _) => {}
        }
        Self { files, analysis, uses, lock, unreadable }
    }

    /// Whether these are the files that it was made of.
    pub(crate) fn is_of(&self, files: &[File], lock: Option<&Lock>) -> bool {
        let same = |(a, b): (&File, &File)| a.path == b.path && a.uri == b.uri && a.text == b.text;
        let files = self.files.len() == files.len() && self.files.iter().zip(files).all(same);
        files && self.lock.as_ref() == lock
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
        self.analysis.sources.get(file)
    }

    /// A file's text.
    pub(crate) fn text_of(&self, file: FileId) -> &str {
        self.source(file).map_or("", |source| source.text.as_str())
    }

    /// The text at a place.
    pub(crate) fn text(&self, at: Span) -> &str {
        self.analysis.sources.text(at)
    }

    /// What stands at an offset and what it means.
    pub(crate) fn meaning(&self, file: FileId, offset: u32) -> Option<(Use, &Definition)> {
        self.uses.at(file, offset).into_iter().find_map(|one| Some((one, self.uses.definition(one.of)?)))
    }

    /// The reports on one file.
    pub(crate) fn reports(&self, file: FileId) -> impl Iterator<Item = &Report> {
        self.analysis.reports.iter().filter(move |report| report.at.file == file)
    }

    /// The same files with another text for one of them, looked at for the sake of one place.
    pub(crate) fn probed(&self, file: FileId, text: String, at: Span) -> Analysis {
        let mut files = self.files.clone();
        if let Some(file) = files.get_mut(file.0 as usize) {
            file.text = text.into();
        }
        looked_at(&files, Some(at))
    }

    /// The same files with other texts for some of them, looked at anew.
    pub(crate) fn with(&self, texts: &[(FileId, String)]) -> Analysis {
        let mut files = self.files.clone();
        for (id, text) in texts {
            if let Some(file) = files.get_mut(id.0 as usize) {
                file.text = text.as_str().into();
            }
        }
        analysed(&files)
    }
}

fn analysed(files: &[File]) -> Analysis {
    looked_at(files, None)
}

fn looked_at(files: &[File], within: Option<Span>) -> Analysis {
    let mut sources = Sources::default();
    for file in files {
        let path = file.path.as_ref().map(|path| path.to_string_lossy());
        let name = path.as_deref().or(file.uri.as_deref()).unwrap_or("untitled");
        sources.add(Source::new(name, file.text.to_string()));
    }
    analyse_as(sources, &Asked { documents: false, uses: true, within, ..Asked::default() })
}

//! A service behind the code of an executable: put there by `quater build`, found there when it starts.
use crate::built::Built;
use crate::failure::Failure;
use memchr::memmem;
use quater_ir::FORMAT;
use quater_ir::artifact;
use quater_runtime::http::Pack;
use std::env;
use std::fs::File;
use std::hint::black_box;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// The version of a runner, which is that of the `quater` that fills it.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What a mark begins with.
const NAME: [u8; 16] = *b"quater carries:\xf1";

/// The same backwards, so that what looks for a mark does not hold one.
const BACKWARDS: [u8; NAME.len()] = *b"\xf1:seirrac retauq";

/// Where a mark says which service is carried, in bytes from its begin; its format and its version stand behind that.
const PLACE: usize = NAME.len();
const ABOUT: usize = PLACE + 16;

/// A place in the data of a runner that is filled in, in its copy that carries a service: so that knows that it does
/// even where its end was cut off.
#[repr(C)]
struct Mark {
    name: [u8; NAME.len()],
    /// Where the service begins in the file, little-endian as all numbers here; nothing is carried at 0.
    from: [u8; 8],
    length: [u8; 8],
    /// The format of services that are read here.
    format: [u8; 4],
    /// The length of the version, and the version.
    size: [u8; 1],
    version: [u8; VERSION.len()],
}

static MARK: Mark = Mark {
    name: NAME,
    from: [0; 8],
    length: [0; 8],
    format: FORMAT.to_le_bytes(),
    size: [VERSION.len() as u8],
    version: match VERSION.as_bytes().first_chunk() {
        Some(version) => *version,
        None => [0; VERSION.len()],
    },
};

/// The service of this executable with the files behind it; none where nobody has put one there.
pub(crate) fn service() -> Result<Option<(Built, Pack)>, Failure> {
    // The compiler must not know what stands in it.
    let mark = black_box(&MARK);
    let (from, length) = (u64::from_le_bytes(mark.from), u64::from_le_bytes(mark.length));
    if from == 0 {
        return Ok(None);
    }
    let path = own_path()?;
    let artifact = artifact::read(&bytes(&path, from, length)?);
    let artifact = artifact.map_err(|why| Failure::Built { path: path.clone(), why })?;
    let pack = Pack::open(path.clone(), from.saturating_add(length), &artifact.files);
    let pack = pack.map_err(|why| Failure::Packed { path, why })?;
    let name = artifact.program.service.name.to_string();
    Ok(Some((Built { artifact, name, folder: PathBuf::from(".") }, pack)))
}

/// Where this executable is. Linux tells it under `/proc`; where that is not there, what it was started as does.
fn own_path() -> Result<PathBuf, Failure> {
    let named = || env::args_os().next().map(PathBuf::from).filter(|path| path.components().count() > 1);
    env::current_exe().or_else(|why| named().ok_or(why)).map_err(|why| Failure::NoExecutable { why })
}

fn bytes(path: &Path, from: u64, length: u64) -> Result<Vec<u8>, Failure> {
    let failed = |why| Failure::Unreadable { path: path.to_owned(), why };
    let mut file = File::open(path).map_err(failed)?;
    file.seek(SeekFrom::Start(from)).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(length).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 != length {
        return Err(Failure::CutOff { path: path.to_owned() });
    }
    Ok(bytes)
}

/// Why a service can't be put behind a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoRunner {
    /// It is something else.
    #[error("it has no place for a service")]
    Other,
    /// It carries a service.
    #[error("it carries a service already")]
    Full,
    /// It would not know the service.
    #[error("it is of quater {version} (format {format}), and this is quater {VERSION} (format {FORMAT})")]
    Version {
        /// Its version.
        version: String,
        /// The format of services that it reads.
        format: u32,
    },
}

/// Puts a service and its files behind a runner.
///
/// # Errors
/// Where it is none, or not of this version.
pub fn fill(runner: &mut Vec<u8>, service: &[u8], files: &[u8]) -> Result<(), NoRunner> {
    let at = mark(runner)?;
    let (from, length) = (runner.len() as u64, service.len() as u64);
    let place = from.to_le_bytes().into_iter().chain(length.to_le_bytes());
    for (byte, value) in runner.iter_mut().skip(at + PLACE).zip(place) {
        *byte = value;
    }
    runner.extend_from_slice(service);
    runner.extend_from_slice(files);
    Ok(())
}

/// Where the mark of a runner is.
fn mark(runner: &[u8]) -> Result<usize, NoRunner> {
    let mut name = black_box(BACKWARDS);
    name.reverse();
    let mut marks = memmem::find_iter(runner, &name);
    let (Some(at), None) = (marks.next(), marks.next()) else { return Err(NoRunner::Other) };
    let (place, about) = (runner.get(at + PLACE..at + ABOUT), runner.get(at + ABOUT..));
    let (format, about) = about.and_then(<[u8]>::split_first_chunk).ok_or(NoRunner::Other)?;
    let (size, about) = about.split_first().ok_or(NoRunner::Other)?;
    let version = about.get(..usize::from(*size)).ok_or(NoRunner::Other)?;
    let (format, version) = (u32::from_le_bytes(*format), String::from_utf8_lossy(version).into_owned());
    if format != FORMAT || version != VERSION {
        return Err(NoRunner::Version { version, format });
    }
    if place.is_some_and(|place| place.iter().any(|byte| *byte != 0)) {
        return Err(NoRunner::Full);
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::{ABOUT, BACKWARDS, FORMAT, NAME, NoRunner, PLACE, VERSION, fill};

    fn runner(format: u32, version: &str) -> Vec<u8> {
        let mut bytes = b"code".to_vec();
        bytes.extend_from_slice(&NAME);
        bytes.extend_from_slice(&[0; ABOUT - PLACE]);
        bytes.extend_from_slice(&format.to_le_bytes());
        bytes.push(version.len() as u8);
        bytes.extend_from_slice(version.as_bytes());
        bytes.extend_from_slice(b"more code");
        bytes
    }

    #[test]
    fn a_runner_of_this_version_is_filled_once() {
        assert!(NAME.iter().eq(BACKWARDS.iter().rev()));
        let mut filled = runner(FORMAT, VERSION);
        let before = filled.len() as u64;
        fill(&mut filled, b"service", b"files").unwrap();
        assert!(filled.ends_with(b"more codeservicefiles"));
        let place = filled.get(4 + PLACE..4 + ABOUT).unwrap();
        assert_eq!(place, [before.to_le_bytes(), 7_u64.to_le_bytes()].concat());
        assert_eq!(fill(&mut filled, b"service", b""), Err(NoRunner::Full));
    }

    #[test]
    fn nothing_else_is() {
        let other = |format, version: &str| Err(NoRunner::Version { version: version.to_owned(), format });
        assert_eq!(fill(&mut runner(FORMAT + 1, VERSION), b"", b""), other(FORMAT + 1, VERSION));
        assert_eq!(fill(&mut runner(FORMAT, "0.0.1"), b"", b""), other(FORMAT, "0.0.1"));
        assert_eq!(fill(&mut b"a text".to_vec(), b"", b""), Err(NoRunner::Other));
        assert_eq!(fill(&mut NAME.to_vec(), b"", b""), Err(NoRunner::Other));
        assert_eq!(fill(&mut runner(FORMAT, VERSION).repeat(2), b"", b""), Err(NoRunner::Other));
    }
}

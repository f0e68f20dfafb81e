//! The service that an executable carries behind its own code, put there by `quater build`.
use crate::built;
use crate::failure::Failure;
use quater_ir::artifact::Artifact;
use quater_runtime::http::Pack;
use std::env;
use std::fs::File;
use std::hint::black_box;
use std::io::{Read, Seek, SeekFrom};
use std::sync::{Arc, OnceLock};

/// What the mark of an executable begins with.
const NAME: usize = 16;

/// Where a mark is filled in: the place of the service in the file and its length, little-endian.
const MARK: usize = NAME + 16;

/// Filled in, in the copy of the executable that carries a service: so an executable knows that it does even
/// where its end was cut off.
static EMPTY: [u8; MARK] = *b"quater carries:\xf1\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// Where a service lies in a file.
struct Place {
    from: u64,
    length: u64,
}

/// The service of this executable; none for `quater` itself.
pub(crate) fn service() -> Result<Option<Arc<Artifact>>, Failure> {
    static SERVICE: OnceLock<Option<Arc<Artifact>>> = OnceLock::new();
    if let Some(known) = SERVICE.get() {
        return Ok(known.clone());
    }
    let found = place().map(|place| read(&place)).transpose()?.map(Arc::new);
    Ok(SERVICE.get_or_init(|| found).clone())
}

/// Where the mark of this executable says that a service is. The compiler must not know what stands in it.
fn place() -> Option<Place> {
    let mark = black_box(&EMPTY);
    let number = |at: usize| {
        let bytes = mark.get(at..at + 8)?;
        Some(u64::from_le_bytes(bytes.try_into().ok()?))
    };
    let (from, length) = (number(NAME)?, number(NAME + 8)?);
    (from > 0).then_some(Place { from, length })
}

/// The files that stand behind the service of this executable.
pub(crate) fn pack() -> Result<Option<Pack>, Failure> {
    let (Some(place), Some(service)) = (place(), service()?) else { return Ok(None) };
    let path = env::current_exe().map_err(|why| Failure::NoExecutable { why })?;
    let pack = Pack::open(path.clone(), place.from.saturating_add(place.length), &service.files);
    pack.map(Some).map_err(|why| Failure::Packed { path, why })
}

fn read(place: &Place) -> Result<Artifact, Failure> {
    let path = env::current_exe().map_err(|why| Failure::NoExecutable { why })?;
    let failed = |why| Failure::Unreadable { path: path.clone(), why };
    let mut file = File::open(&path).map_err(failed)?;
    file.seek(SeekFrom::Start(place.from)).map_err(failed)?;
    let mut bytes = Vec::new();
    file.take(place.length).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 != place.length {
        return Err(Failure::CutOff { path });
    }
    built::parsed(&path, &bytes)
}

/// A copy of this executable that carries a service and its files.
pub(crate) fn executable(artifact: &[u8], files: &[u8]) -> Result<Vec<u8>, Failure> {
    let path = env::current_exe().map_err(|why| Failure::NoExecutable { why })?;
    let failed = |why| Failure::Unreadable { path: path.clone(), why };
    let mut bytes = std::fs::read(&path).map_err(failed)?;
    let (from, length) = (bytes.len() as u64, artifact.len() as u64);
    let mut marks = memchr::memmem::find_iter(&bytes, black_box(&EMPTY));
    let (Some(at), None) = (marks.next(), marks.next()) else {
        return Err(Failure::NoMark { path });
    };
    let filled = bytes.iter_mut().skip(at + NAME);
    for (byte, value) in filled.zip(from.to_le_bytes().into_iter().chain(length.to_le_bytes())) {
        *byte = value;
    }
    bytes.extend_from_slice(artifact);
    bytes.extend_from_slice(files);
    Ok(bytes)
}

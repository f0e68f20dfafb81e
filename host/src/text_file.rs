//! Files that are read whole, up to a size that no honest one reaches.
use crate::failure::Failure;
use std::fs::File;
use std::io::{Error, ErrorKind, Read};
use std::path::Path;

/// Most bytes of a file.
pub const LARGEST: u64 = 64 << 20;

/// The text of a file.
///
/// # Errors
/// Where it is not there, can't be read, is too large or no text.
pub fn read(path: &Path) -> Result<String, Failure> {
    text(bytes(path)?).map_err(|line| Failure::NotUtf8 { path: path.to_owned(), line })
}

/// The bytes of a file.
///
/// # Errors
/// As [`read`].
pub fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |why: Error| {
        let path = path.to_owned();
        if why.kind() == ErrorKind::NotFound {
            Failure::NoFile { path }
        } else {
            Failure::Unreadable { path, why }
        }
    };
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(Failure::TooLarge { path: path.to_owned() });
    }
    Ok(bytes)
}

/// Bytes as text.
///
/// # Errors
/// The line of the first byte that is none.
pub fn text(bytes: Vec<u8>) -> Result<String, usize> {
    String::from_utf8(bytes).map_err(|e| {
        let valid = e.as_bytes().iter().take(e.utf8_error().valid_up_to());
        valid.filter(|byte| **byte == b'\n').count() + 1
    })
}

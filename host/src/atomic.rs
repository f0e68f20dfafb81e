//! Files that are there whole or not at all.
use crate::failure::Failure;
use std::fs;
use std::io;
use std::path::Path;

/// Writes a file beside the old one, if there is one, and then moves it there, so that nobody sees half of it.
pub fn write(path: &Path, text: &str) -> Result<(), Failure> {
    failing(path, written(path, text.as_bytes(), false))
}

/// The same for bytes; with `runs` they are a program.
pub fn write_bytes(path: &Path, bytes: &[u8], runs: bool) -> Result<(), Failure> {
    failing(path, written(path, bytes, runs))
}

fn failing(path: &Path, written: io::Result<()>) -> Result<(), Failure> {
    written.map_err(|why| Failure::Unwritable { path: path.to_owned(), why })
}

fn written(path: &Path, bytes: &[u8], runs: bool) -> io::Result<()> {
    let old = match fs::metadata(path) {
        // A pipe or a device can't be put in place of, only written to.
        Ok(old) if !old.is_file() => return fs::write(path, bytes),
        Ok(old) => Some(old.permissions()),
        Err(why) if why.kind() == io::ErrorKind::NotFound => None,
        Err(why) => return Err(why),
    };
    let target = if old.is_some() { fs::canonicalize(path)? } else { path.to_owned() };
    let mut name = target.file_name().map(ToOwned::to_owned).unwrap_or_default();
    name.push(format!(".{}.new", std::process::id()));
    let new = target.with_file_name(name);
    let moved = fs::write(&new, bytes).and_then(|()| {
        if let Some(permissions) = old {
            fs::set_permissions(&new, permissions)?;
        }
        if runs {
            make_executable(&new)?;
        }
        fs::rename(&new, &target)
    });
    if moved.is_err() {
        _ = fs::remove_file(&new);
    }
    moved
}

/// Whoever may read it may run it.
#[cfg(unix)]
fn make_executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let mode = fs::metadata(path)?.permissions().mode();
    fs::set_permissions(path, fs::Permissions::from_mode(mode | (mode & 0o444) >> 2))
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> io::Result<()> {
    Ok(())
}

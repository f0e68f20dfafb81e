//! Standard output and error.
use std::io::Write;

/// Writes to standard output; a reader that has gone is no error.
pub(crate) fn out(text: &str) {
    _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Writes to standard error; a reader that has gone is no error.
pub(crate) fn err(text: &str) {
    _ = std::io::stderr().lock().write_all(text.as_bytes());
}

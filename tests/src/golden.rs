//! Files that say what is expected.
use std::path::Path;

/// Compares a text with a file, or writes the file under `UPDATE_EXPECT=1`.
///
/// # Panics
/// When they differ, or the file cannot be read or written.
#[expect(clippy::panic, reason = "a failed expectation ends its test")]
pub fn expect(file: &Path, got: &str) {
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        if let Err(error) = std::fs::write(file, got) {
            panic!("{}: {error}", file.display());
        }
        return;
    }
    let expected = match std::fs::read_to_string(file) {
        Ok(expected) => expected,
        Err(error) => panic!("{}: {error}; UPDATE_EXPECT=1 writes it", file.display()),
    };
    let line = got.lines().zip(expected.lines()).position(|(got, expected)| got != expected);
    let line = line.unwrap_or_else(|| got.lines().count().min(expected.lines().count()));
    assert!(
        got == expected,
        "{}:{}: differs\n  expected: {}\n       got: {}\nUPDATE_EXPECT=1 rewrites it; read that diff",
        file.display(),
        line + 1,
        expected.lines().nth(line).unwrap_or("the end"),
        got.lines().nth(line).unwrap_or("the end"),
    );
}

//! Environment values from a file and from the process.
use crate::failure::Failure;
use crate::text_file;
use std::collections::BTreeMap;
use std::path::Path;

/// The values of a file, overridden by those of the process.
///
/// # Errors
/// Where the file is not there, or has a line that is none.
pub fn values(file: Option<&Path>) -> Result<BTreeMap<String, String>, Failure> {
    let read = |path: &Path| {
        if !path.exists() {
            return Err(Failure::NoEnvFile { path: path.to_owned() });
        }
        said(path, &text_file::read(path)?)
    };
    let mut values = file.map(read).transpose()?.unwrap_or_default();
    values.extend(
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
    );
    Ok(values)
}

/// What the text of a file says.
fn said(path: &Path, text: &str) -> Result<BTreeMap<String, String>, Failure> {
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line.trim()));
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let failed = |line, why| Failure::EnvFile { path: path.to_owned(), line, why };
    lines.map(|(at, line)| pair(line).map_err(|why| failed(at, why))).collect()
}

fn pair(line: &str) -> Result<(String, String), &'static str> {
    let line = line.strip_prefix("export ").unwrap_or(line);
    let (name, value) = line.split_once('=').ok_or("there is no `=`")?;
    let (name, value) = (name.trim(), value.trim());
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.is_empty() || !name.chars().all(letter) {
        return Err("the name has other characters than letters, digits and `_`");
    }
    Ok((name.to_owned(), unquoted(value)?.to_owned()))
}

fn unquoted(value: &str) -> Result<&str, &'static str> {
    match value.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)).ok_or("a quote is not closed")
        }
        Some(_) | None => Ok(value.split_once(" #").map_or(value, |(value, _)| value.trim_end())),
    }
}

#[cfg(test)]
mod tests {
    use super::pair;

    #[test]
    fn lines_are_read_as_people_write_them() {
        let cases = [
            ("A=b", Ok(("A", "b"))),
            ("export A = b c ", Ok(("A", "b c"))),
            ("A='b # c'", Ok(("A", "b # c"))),
            ("A=b#c # why", Ok(("A", "b#c"))),
            ("A=", Ok(("A", ""))),
            ("A=\"b", Err("a quote is not closed")),
            ("A", Err("there is no `=`")),
            ("A-B=c", Err("the name has other characters than letters, digits and `_`")),
        ];
        for (line, want) in cases {
            assert_eq!(pair(line), want.map(|(name, value)| (name.to_owned(), value.to_owned())), "{line}");
        }
    }
}

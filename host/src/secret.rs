//! Secrets of a command line. Others on the machine can read what is typed there, and shells keep it; so each can
//! come from a variable, a file or standard input instead.
use crate::failure::Failure;
use clap::Args;
use std::io::{IsTerminal, Read, Stdin, stdin};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// The variable that holds a credential.
pub const TOKEN: &str = "QUATER_TOKEN";

/// The variable that names a file with one.
pub const TOKEN_FILE: &str = "QUATER_TOKEN_FILE";

/// What help says of a credential on the command line.
pub const TOKEN_HELP: &str = "Credential of the caller; others on this machine can read it here, so rather set \
                              `QUATER_TOKEN` or say `--token-file`";

/// What help says of a file with a credential.
pub const TOKEN_FILE_HELP: &str =
    "Read the credential from a file that this or `QUATER_TOKEN_FILE` names, or from standard input (`-`)";

/// Most bytes of a secret.
const LARGEST: u64 = 64 << 10;

/// Whether somebody reads standard input already.
static CLAIMED: AtomicBool = AtomicBool::new(false);

/// Who asks.
#[derive(Debug, Clone, Default, Args)]
pub struct Who {
    #[arg(long, value_name = "TOKEN", help = TOKEN_HELP, conflicts_with = "token_file")]
    token: Option<String>,
    #[arg(long, value_name = "FILE", help = TOKEN_FILE_HELP)]
    token_file: Option<PathBuf>,
    /// What was read once.
    #[arg(skip)]
    known: OnceLock<Option<String>>,
}

impl Who {
    /// The credential: that of the command line, else that of the variables, if there is one.
    ///
    /// # Errors
    /// Where a file can't be read, or holds none.
    pub fn token(&self) -> Result<Option<&String>, Failure> {
        if let Some(known) = self.known.get() {
            return Ok(known.as_ref());
        }
        let set = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
        let typed = match (&self.token, &self.token_file) {
            (Some(token), _) => Some(token.clone()),
            (None, Some(file)) => Some(token(file)?),
            (None, None) => match (set(TOKEN), set(TOKEN_FILE)) {
                (Some(token), _) => Some(token),
                (None, Some(file)) => Some(token(Path::new(&file))?),
                (None, None) => None,
            },
        };
        Ok(self.known.get_or_init(|| typed).as_ref())
    }

    /// Whether the credential comes on standard input.
    pub fn is_input(&self) -> bool {
        self.token_file.as_deref().is_some_and(is_input)
    }
}

/// The credential that a file holds.
///
/// # Errors
/// As [`Who::token`].
pub fn token(file: &Path) -> Result<String, Failure> {
    let token = read(file, "token")?.trim().to_owned();
    if token.is_empty() || token.contains(char::is_control) {
        return Err(Failure::NoToken { path: file.to_owned() });
    }
    Ok(token)
}

/// What a file holds, or standard input, up to the end of its last line; somebody at a terminal is asked for it by
/// a name, and it is not shown.
///
/// # Errors
/// Where it can't be read, or is no text.
pub fn read(file: &Path, name: &str) -> Result<String, Failure> {
    let failed = |why| Failure::Unreadable { path: file.to_owned(), why };
    let mut bytes = Vec::new();
    if is_input(file) {
        let input = input()?;
        if input.is_terminal() {
            return rpassword::prompt_password(format!("{name}: ")).map_err(failed);
        }
        input.take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        let file = std::fs::File::open(file).map_err(failed)?;
        file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    }
    if bytes.len() as u64 > LARGEST {
        return Err(failed(std::io::Error::other("it is larger than a secret is")));
    }
    let text = String::from_utf8(bytes).map_err(|_| failed(std::io::Error::other("it is not UTF-8")))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}

/// Standard input, for the one who reads it.
///
/// # Errors
/// Where somebody does already.
pub fn input() -> Result<Stdin, Failure> {
    if CLAIMED.swap(true, Ordering::Relaxed) { Err(Failure::InputTwice) } else { Ok(stdin()) }
}

fn is_input(path: &Path) -> bool {
    path == Path::new("-")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::{read, token};

    #[test]
    fn a_secret_ends_where_its_last_line_does() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        for (held, want) in [("a b\n", "a b"), ("a\r\n", "a"), (" a \n\n", " a \n"), ("", "")] {
            std::fs::write(&path, held).unwrap();
            assert_eq!(read(&path, "secret").unwrap(), want, "{held:?}");
        }
        for (held, want) in [(" a.b\n\n", Some("a.b")), ("\n", None), ("a\nb", None)] {
            std::fs::write(&path, held).unwrap();
            assert_eq!(token(&path).ok().as_deref(), want, "{held:?}");
        }
        std::fs::write(&path, [0xff]).unwrap();
        assert!(read(&path, "secret").is_err());
        std::fs::write(&path, vec![b'a'; 65_537]).unwrap();
        assert!(read(&path, "secret").is_err());
        assert!(read(&folder.path().join("nothing"), "secret").is_err());
    }
}

//! A checked service as bytes, to be served where its files are not: two lines of JSON.
//!
//! The first line says what it is: the [format](crate::FORMAT), and how long the second is and its digest. The second
//! is an [`Artifact`]. The digest finds what was cut or damaged on the way; it is no signature.
use crate::{FORMAT, Program};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use smol_str::SmolStr;
use std::{io, thread};

/// What the first line says this is.
const KIND: &str = "artifact";

/// The deepest nesting of the second line: far beyond what the compiler lets anybody write.
const DEEPEST: usize = 2_048;

/// What it takes to read [`DEEPEST`] levels.
const STACK: usize = 64 << 20;

/// A service that was built.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Artifact {
    /// The service, without its tests.
    pub program: Program,
    /// What `quater check --production` found.
    pub production: Production,
    /// Files of its `static` folders that stand behind it; in a file of its own none.
    pub files: Vec<Packed>,
}

/// A file of a `static` folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packed {
    /// The path that its folder is served under.
    pub tree: SmolStr,
    /// Its path in the folder, as `css/page.css`.
    pub name: String,
    /// Where it begins, counted from the end of the service.
    pub from: u64,
    /// How long it is.
    pub length: u64,
    /// Its digest, as lower-case hex digits.
    pub sha256: SmolStr,
}

/// What of a service must not be met by strangers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Production {
    /// What was found.
    pub objections: Vec<Objection>,
    /// Codes that the files allow with a reason.
    pub allowed: Vec<SmolStr>,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// Its code, as in `W0806`.
    pub code: SmolStr,
    /// Its sentence.
    pub message: String,
}

#[derive(Serialize, Deserialize)]
struct Head {
    quater: SmolStr,
    format: u32,
    bytes: u64,
    sha256: SmolStr,
}

/// The part of a first line that every format has.
#[derive(Deserialize)]
struct Kind {
    quater: SmolStr,
    format: u32,
}

/// Why bytes are no service that can be served here.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// They are something else.
    #[error("it is not a built service")]
    Other,
    /// They are of another version of the format.
    #[error("it has format {found}, and this build of quater reads format {FORMAT}")]
    Format {
        /// Theirs.
        found: u32,
    },
    /// Some miss, or there are more than there should be.
    #[error("it should hold {wanted} bytes behind its first line, and holds {found}")]
    Length {
        /// What the first line says.
        wanted: u64,
        /// What is there.
        found: u64,
    },
    /// They are not those that were written.
    #[error("its bytes are not those that were written: the digest differs")]
    Damaged,
    /// They nest deeper than anything that the compiler writes.
    #[error("it nests deeper than {DEEPEST} levels")]
    Deep,
    /// They are well, and hold something that is not known here.
    #[error("it was not written by this build of quater")]
    Stranger(#[source] serde_json::Error),
    /// There is no thread to read them on.
    #[error("this machine gives no thread to read it on")]
    Thread(#[source] io::Error),
}

/// The bytes of a service; the same service, the same bytes.
///
/// # Errors
/// Where a service nests deeper than [`read`] follows.
pub fn write(artifact: &Artifact) -> Result<Vec<u8>, Unreadable> {
    let mut body = serde_json::to_vec(artifact).map_err(Unreadable::Stranger)?;
    if is_deep(&body) {
        return Err(Unreadable::Deep);
    }
    body.push(b'\n');
    let head = Head {
        quater: SmolStr::new_static(KIND),
        format: FORMAT,
        bytes: body.len() as u64,
        sha256: SmolStr::new(digest(&body)),
    };
    let mut bytes = serde_json::to_vec(&head).map_err(Unreadable::Stranger)?;
    bytes.push(b'\n');
    bytes.extend_from_slice(&body);
    Ok(bytes)
}

/// Whether bytes begin as those of a service do, whatever comes of reading them.
pub fn is_one(bytes: &[u8]) -> bool {
    bytes.starts_with(b"{\"quater\":")
}

/// The service of some bytes.
///
/// # Errors
/// Where they are not all that was written, or written by something that this build does not know.
pub fn read(bytes: &[u8]) -> Result<Artifact, Unreadable> {
    let end = bytes.iter().position(|byte| *byte == b'\n').ok_or(Unreadable::Other)?;
    let (first, rest) = bytes.split_at_checked(end).ok_or(Unreadable::Other)?;
    let body = rest.get(1..).unwrap_or_default();
    let kind: Kind = serde_json::from_slice(first).map_err(|_| Unreadable::Other)?;
    if kind.quater != KIND {
        return Err(Unreadable::Other);
    }
    if kind.format != FORMAT {
        return Err(Unreadable::Format { found: kind.format });
    }
    let head: Head = serde_json::from_slice(first).map_err(Unreadable::Stranger)?;
    if head.bytes != body.len() as u64 {
        return Err(Unreadable::Length { wanted: head.bytes, found: body.len() as u64 });
    }
    if head.sha256 != digest(body) {
        return Err(Unreadable::Damaged);
    }
    if is_deep(body) {
        return Err(Unreadable::Deep);
    }
    parsed(body)
}

/// Reads on a thread whose stack is deep enough for any service that could be written.
fn parsed(body: &[u8]) -> Result<Artifact, Unreadable> {
    thread::scope(|scope| {
        let parse = || {
            let mut reader = serde_json::Deserializer::from_slice(body);
            reader.disable_recursion_limit();
            let artifact = Artifact::deserialize(&mut reader)?;
            reader.end().map(|()| artifact)
        };
        let reading = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, parse);
        let read = reading.map_err(Unreadable::Thread)?.join();
        // A panic of the reader goes on where it was asked for.
        read.unwrap_or_else(|panic| std::panic::resume_unwind(panic)).map_err(Unreadable::Stranger)
    })
}

fn digest(body: &[u8]) -> String {
    hex(&Sha256::digest(body))
}

/// Bytes as lower-case hex digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a text cannot fail.
        _ = write!(text, "{byte:02x}");
    }
    text
}

fn is_deep(json: &[u8]) -> bool {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    json.iter().any(|byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > DEEPEST
    })
}

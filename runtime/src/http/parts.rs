//! Bodies of parts (RFC 7578), read as they come: texts are kept, files go to where files are kept, and nothing is
//! ever held whole.
use super::body;
use crate::Refusal;
use crate::call::Parts;
use crate::files::{Intake, rules};
use crate::value::File;
use axum::body::HttpBody;
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http_body_util::BodyExt;
use memchr::memmem::Finder;
use quater_ir::Program;
use quater_ir::fault::{MALFORMED, TIMED_OUT, TOO_LARGE, UNSUPPORTED_MEDIA};
use quater_ir::operation::{Door, Input, Operation};
use quater_ir::types::FileRules;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a body may pause.
const PATIENCE: Duration = Duration::from_secs(20);

/// Most bytes of the headers of a part.
const HEAD: usize = 8 * 1024;

/// How many parts of other names are read before the body is given up.
const STRANGERS: usize = 32;

/// Most bytes of a boundary (RFC 2046, section 5.1.1).
const BOUNDARY: usize = 70;

/// Fewest bytes a second of a body that takes long: whoever sends slower holds a connection for nothing.
const SLOWEST: u64 = 16 * 1024;

/// How long the parts of an operation may take to arrive.
pub(super) fn patience(program: &Program, operation: &Operation) -> Duration {
    let files = operation.inputs.iter().filter_map(|input| rules(&input.ty));
    let most: u64 = files.map(|rules| rules.max.unwrap_or(program.service.upload_limit)).sum();
    patience_for(most + program.service.body_limit)
}

/// How long the files of any operation for agents and command lines may take to arrive; no time where none takes
/// files.
pub(super) fn longest(program: &Program) -> Duration {
    let operations = program.operations.values();
    let takes = operations.filter(|it| it.doors.has(Door::Mcp) || it.doors.has(Door::Cli));
    let takes = takes.filter(|it| it.inputs.iter().any(|input| rules(&input.ty).is_some()));
    takes.map(|it| patience(program, it)).max().unwrap_or_default()
}

/// How long so many bytes may take to arrive.
pub(super) fn patience_for(bytes: u64) -> Duration {
    PATIENCE + Duration::from_secs(bytes / SLOWEST)
}

/// Reads the parts of a body: each input once at most. What was taken of one that is no good is removed. Parts
/// with files are named as their inputs, behind a prefix.
pub(super) async fn read<B>(
    body: B,
    headers: &HeaderMap,
    intake: Intake<'_>,
    prefix: &str,
) -> Result<Parts, Refusal>
where
    B: HttpBody<Data = Bytes>,
{
    let boundary = boundary(headers)?;
    let mut taking = Taking { intake, prefix, parts: Parts::default(), texts: 0 };
    let body = std::pin::pin!(body);
    let mut stream = Stream::new(body, &boundary);
    let taken = taking.all(&mut stream).await;
    if taken.is_err() {
        taking.parts.files().for_each(|file| intake.files.remove(file));
    }
    taken.map(|()| taking.parts)
}

fn malformed(why: impl Into<String>) -> Refusal {
    Refusal::saying(MALFORMED, why)
}

fn boundary(headers: &HeaderMap) -> Result<Vec<u8>, Refusal> {
    body::check_coding(headers)?;
    let given = headers.get(CONTENT_TYPE).and_then(|given| given.to_str().ok()).unwrap_or("");
    let (media, parameters) = given.split_once(';').unwrap_or((given, ""));
    if !media.trim().eq_ignore_ascii_case("multipart/form-data") {
        let why = "the body has parts: send `Content-Type: multipart/form-data`";
        return Err(Refusal::saying(UNSUPPORTED_MEDIA, why));
    }
    let boundary = parameter(parameters, "boundary").unwrap_or_default();
    if boundary.is_empty()
        || boundary.len() > BOUNDARY
        || !boundary.bytes().all(|it| (b' '..=b'~').contains(&it))
    {
        return Err(malformed("the content type names no boundary of 1 to 70 letters"));
    }
    Ok(boundary.into_bytes())
}

/// A parameter of a header (RFC 9110, section 5.6.6), as browsers write it: `"` in a name is `%22`.
fn parameter(text: &str, wanted: &str) -> Option<String> {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([';', ' ', '\t']);
        let (name, after) = rest.split_once('=')?;
        let (value, behind) = value(after)?;
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value);
        }
        rest = behind;
    }
}

fn value(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let (word, behind) = text.split_at(text.find(';').unwrap_or(text.len()));
        return Some((word.trim().to_owned(), behind));
    };
    let mut value = String::new();
    let mut letters = quoted.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((value.replace("%22", "\""), quoted.get(at + 1..)?)),
            '\\' => value.push(letters.next()?.1),
            other => value.push(other),
        }
    }
    None
}

/// What a part says of itself.
struct Head {
    name: String,
    file: Option<String>,
    media: String,
}

impl Head {
    fn read(text: &[u8]) -> Result<Self, Refusal> {
        let text = std::str::from_utf8(text).map_err(|_| malformed("the headers of a part are no UTF-8"))?;
        let line = |name: &str| {
            let mut lines = text.split("\r\n").filter_map(|line| line.split_once(':'));
            lines.find(|(its, _)| its.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
        };
        let said = line("content-disposition").unwrap_or("");
        let (kind, parameters) = said.split_once(';').unwrap_or((said, ""));
        let name = parameter(parameters, "name").filter(|_| kind.trim().eq_ignore_ascii_case("form-data"));
        let name = name.ok_or_else(|| malformed("a part does not say its name"))?;
        let media = line("content-type").unwrap_or("").to_owned();
        Ok(Self { name, file: parameter(parameters, "filename"), media })
    }
}

struct Taking<'a> {
    intake: Intake<'a>,
    prefix: &'a str,
    parts: Parts,
    texts: u64,
}

impl Taking<'_> {
    async fn all<B>(&mut self, stream: &mut Stream<'_, B>) -> Result<(), Refusal>
    where
        B: HttpBody<Data = Bytes>,
    {
        while let Some(head) = stream.part().await? {
            if self.parts.given().len() > self.intake.operation.inputs.len() + STRANGERS {
                return Err(malformed("the body has far more parts than the operation has inputs"));
            }
            let name = head.name.strip_prefix(self.prefix);
            let input = name.and_then(|name| Some((name, self.intake.input(name)?)));
            if self.parts.has(input.map_or(head.name.as_str(), |(name, _)| name), input.is_some()) {
                return Err(malformed(format!("the part `{}` is there twice", head.name)));
            }
            match input {
                Some((name, input)) => {
                    let file = self.file(stream, &head, input).await?;
                    self.parts.add_file(name, file);
                }
                None => {
                    let text = self.text(stream).await?;
                    self.parts.add_text(&head.name, text);
                }
            }
        }
        Ok(())
    }

    async fn file<B>(
        &self,
        stream: &mut Stream<'_, B>,
        head: &Head,
        input: (&Input, &FileRules),
    ) -> Result<Arc<File>, Refusal>
    where
        B: HttpBody<Data = Bytes>,
    {
        let name = head.file.as_deref().unwrap_or("");
        let mut incoming = self.intake.begin(input, &head.media).await?;
        while let Some(bytes) = stream.bytes().await? {
            incoming.take(&bytes).await?;
        }
        incoming.end(name).await
    }

    async fn text<B>(&mut self, stream: &mut Stream<'_, B>) -> Result<String, Refusal>
    where
        B: HttpBody<Data = Bytes>,
    {
        let limit = self.intake.program.service.body_limit;
        let mut whole = Vec::new();
        while let Some(bytes) = stream.bytes().await? {
            self.texts += bytes.len() as u64;
            if self.texts > limit {
                return Err(Refusal::saying(TOO_LARGE, format!("the body is larger than {limit} bytes")));
            }
            whole.extend_from_slice(&bytes);
        }
        String::from_utf8(whole).map_err(|_| malformed("a part that is no file is no UTF-8"))
    }
}

/// A body cut at its boundaries.
struct Stream<'b, B> {
    body: Pin<&'b mut B>,
    buffer: BytesMut,
    /// Two dashes and the boundary, on a line of their own.
    mark: Finder<'b>,
    length: usize,
    begun: Instant,
    received: u64,
    ended: bool,
}

impl<'b, B> Stream<'b, B>
where
    B: HttpBody<Data = Bytes>,
{
    fn new(body: Pin<&'b mut B>, boundary: &[u8]) -> Self {
        let mark = [b"\r\n--", boundary].concat();
        // The first boundary needs no line before it.
        let (buffer, length) = (BytesMut::from(&b"\r\n"[..]), mark.len());
        let mark = Finder::new(&mark).into_owned();
        Self { body, buffer, mark, length, begun: Instant::now(), received: 0, ended: false }
    }

    /// Takes more of the body; refuses what comes too slowly, and a body that ends here.
    async fn more(&mut self) -> Result<(), Refusal> {
        let frame = tokio::time::timeout(PATIENCE, self.body.frame()).await;
        let slow = || Refusal::saying(TIMED_OUT, "the body does not arrive fast enough");
        let frame = frame.map_err(|_| slow())?;
        let Some(Ok(frame)) = frame else { return Err(malformed("the body ended before it was whole")) };
        if let Ok(data) = frame.into_data() {
            self.received += data.len() as u64;
            self.buffer.extend_from_slice(&data);
        }
        let earned = PATIENCE + Duration::from_secs(self.received / SLOWEST);
        if self.begun.elapsed() > earned { Err(slow()) } else { Ok(()) }
    }

    /// What the next part says of itself; nothing behind the last.
    async fn part(&mut self) -> Result<Option<Head>, Refusal> {
        if self.ended {
            return Ok(None);
        }
        while self.buffer.len() < self.length + 2 {
            self.more().await?;
        }
        if self.mark.find(&self.buffer) != Some(0) {
            return Err(malformed("the body does not begin with its boundary"));
        }
        let behind = self.buffer.get(self.length..self.length + 2);
        if behind == Some(b"--") {
            self.ended = true;
            return Ok(None);
        }
        if behind != Some(b"\r\n") {
            return Err(malformed("a boundary does not end its line"));
        }
        drop(self.buffer.split_to(self.length));
        let end = loop {
            if let Some(end) = memchr::memmem::find(&self.buffer, b"\r\n\r\n") {
                break end;
            }
            if self.buffer.len() > HEAD {
                return Err(malformed(format!("the headers of a part have more than {HEAD} bytes")));
            }
            self.more().await?;
        };
        if end > HEAD {
            return Err(malformed(format!("the headers of a part have more than {HEAD} bytes")));
        }
        let head = self.buffer.split_to(end);
        drop(self.buffer.split_to(4));
        Head::read(head.get(2..).unwrap_or_default()).map(Some)
    }

    /// The next bytes of a part; nothing at its end.
    async fn bytes(&mut self) -> Result<Option<Bytes>, Refusal> {
        loop {
            match self.mark.find(&self.buffer) {
                Some(0) => return Ok(None),
                Some(at) => return Ok(Some(self.buffer.split_to(at).freeze())),
                None => {}
            }
            // The end of what is there may be the beginning of a boundary.
            let sure = self.buffer.len().saturating_sub(self.length - 1);
            if sure > 0 {
                return Ok(Some(self.buffer.split_to(sure).freeze()));
            }
            self.more().await?;
        }
    }
}

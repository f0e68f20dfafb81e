//! Bodies of parts (RFC 7578), read as they come: texts are kept, files go to where files are kept, and nothing is
//! ever held whole.
use crate::Refusal;
use crate::call::Parts;
use crate::files::{Files, Untaken};
use crate::value::File;
use axum::body::HttpBody;
use bytes::{Bytes, BytesMut};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use http_body_util::BodyExt;
use memchr::memmem::Finder;
use quater_ir::Program;
use quater_ir::fault::{MALFORMED, TIMED_OUT, TOO_LARGE, UNAVAILABLE, UNSUPPORTED_MEDIA};
use quater_ir::operation::{Input, Operation, Place};
use quater_ir::types::{FileRules, Type};
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
    PATIENCE + Duration::from_secs((most + program.service.body_limit) / SLOWEST)
}

/// What a file must be like.
fn rules(ty: &Type) -> Option<&FileRules> {
    if let Type::File(rules) = ty.required() { Some(rules) } else { None }
}

/// Reads the parts of a body: each input once at most. What was taken of one that is no good is removed.
pub(super) async fn read<B>(
    body: B,
    headers: &HeaderMap,
    operation: &Operation,
    program: &Program,
    files: &Files,
) -> Result<Parts, Refusal>
where
    B: HttpBody<Data = Bytes>,
{
    let boundary = boundary(headers)?;
    let mut taking = Taking { operation, program, files, parts: Parts::default(), texts: 0 };
    let body = std::pin::pin!(body);
    let mut stream = Stream::new(body, &boundary);
    let taken = taking.all(&mut stream).await;
    if taken.is_err() {
        taking.parts.files().for_each(|file| files.remove(file));
    }
    taken.map(|()| taking.parts)
}

fn malformed(why: impl Into<String>) -> Refusal {
    Refusal::saying(MALFORMED, why)
}

fn boundary(headers: &HeaderMap) -> Result<Vec<u8>, Refusal> {
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
    operation: &'a Operation,
    program: &'a Program,
    files: &'a Files,
    parts: Parts,
    texts: u64,
}

impl Taking<'_> {
    async fn all<B>(&mut self, stream: &mut Stream<'_, B>) -> Result<(), Refusal>
    where
        B: HttpBody<Data = Bytes>,
    {
        while let Some(head) = stream.part().await? {
            let inputs = &self.operation.inputs;
            let input = inputs.iter().find(|it| it.place == Place::Part && it.name == head.name);
            if self.parts.given().len() > inputs.len() + STRANGERS {
                return Err(malformed("the body has far more parts than the operation has inputs"));
            }
            if self.parts.has(&head.name) {
                return Err(malformed(format!("the part `{}` is there twice", head.name)));
            }
            match input.and_then(|input| Some((input, rules(&input.ty)?))) {
                Some((input, rules)) => {
                    let file = self.file(stream, &head, input, rules).await?;
                    self.parts.add_file(&head.name, file);
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
        input: &Input,
        rules: &FileRules,
    ) -> Result<Arc<File>, Refusal>
    where
        B: HttpBody<Data = Bytes>,
    {
        let most = rules.max.unwrap_or(self.program.service.upload_limit);
        let told = |untaken: Untaken| match untaken {
            Untaken::TooLarge(most) => {
                Refusal::saying(TOO_LARGE, format!("`{}` has more than {most} bytes", input.name))
            }
            Untaken::OtherType(media) => {
                let message = format!("is `{media}`, and must be one of {}", rules.media.join(", "));
                Refusal::about(&input.name, "media", message)
            }
            Untaken::Unkept(error) => {
                tracing::error!(%error, "an upload cannot be stored");
                Refusal::plain(self.program, UNAVAILABLE)
            }
        };
        let name = head.file.as_deref().unwrap_or("");
        let mut receiving = self.files.receive(&head.media, rules, most).await.map_err(told)?;
        while let Some(bytes) = stream.bytes().await? {
            receiving.take(&bytes).await.map_err(told)?;
        }
        receiving.end(name).await.map_err(told)
    }

    async fn text<B>(&mut self, stream: &mut Stream<'_, B>) -> Result<String, Refusal>
    where
        B: HttpBody<Data = Bytes>,
    {
        let limit = self.program.service.body_limit;
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

//! What a door hands to [`crate::Service::invoke`], and what it gets back.
use crate::items::Items;
use crate::progress::Progress;
use crate::question::{Answers, Question};
use crate::said::Saying;
use crate::value::File;
use bytes::Bytes;
use http::{HeaderMap, Uri};
use quater_ir::Id;
use quater_ir::auth::Carrier;
use quater_ir::fault::Fault;
use quater_ir::operation::{Door, Operation};
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};
use smol_str::SmolStr;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use uuid::Uuid;

/// One call of an operation.
#[derive(Debug)]
pub struct Call {
    /// Which operation.
    pub operation: Id<Operation>,
    /// Through which door; the door's own code says so, never the client.
    pub door: Door,
    /// Whether the caller sits at this machine.
    pub entry: Entry,
    /// Its inputs, still as the client wrote them.
    pub input: Input,
    /// Who calls.
    pub identity: Identity,
    /// Names the call in the log and in the audit.
    pub request: RequestId,
    /// The caller's address, where there is a network.
    pub ip: Option<IpAddr>,
    /// How the caller wants it done.
    pub wishes: Wishes,
}

/// How a caller wants a call done, beside its inputs.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    /// Names the call: another one with the same key gives the first result again.
    pub key: Option<Key>,
    /// Whether it is only tried: nothing of it stays, and its effects are told.
    pub dry: bool,
    /// Who hears how far it has come.
    pub progress: Progress,
    /// Who takes the items of a `stream` one by one. Where it only reads, all of them go there, and the answer
    /// is an empty list; else they are in the answer.
    pub items: Items,
    /// Who hears what its body says meanwhile.
    pub saying: Saying,
    /// What the caller can be asked, and has answered.
    pub answers: Option<Arc<Answers>>,
}

/// Somebody looks at calls that wait for approval, or decides one.
#[derive(Debug, Clone)]
pub struct Review {
    /// What is asked.
    pub decision: Decision,
    /// Through which door.
    pub door: Door,
    /// Whether they sit at this machine.
    pub entry: Entry,
    /// Who asks.
    pub identity: Identity,
    /// Names the request in the log and in the audit.
    pub request: RequestId,
    /// Their address, where there is a network.
    pub ip: Option<IpAddr>,
}

/// What is asked of the calls that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Those that the caller has made or may decide, a hundred at most.
    List {
        /// The last one that is known already.
        after: Option<Uuid>,
    },
    /// One of them.
    Show(Uuid),
    /// Agree to one.
    Grant(Uuid),
    /// Refuse one.
    Deny(Uuid),
}

/// A caller's own name for a call: 1 to 255 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// A key; nothing for a text that can't be one.
    pub fn new(text: &str) -> Option<Self> {
        let fits = (1..=255).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        fits.then(|| Self(text.to_owned()))
    }

    /// What a text must be to be a key.
    pub const RULE: &'static str = "a key has 1 to 255 visible ASCII characters";

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// Where a call comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// From this process: `quater call`, a test.
    Local,
    /// Over a connection.
    Remote,
}

impl Entry {
    /// Its name in the audit.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Remote => "remote",
        }
    }
}

/// Inputs as a door received them.
#[derive(Debug)]
pub enum Input {
    /// The parts of an HTTP request.
    Http(HttpInput),
    /// One JSON object with a member for each input.
    Object(Map<String, Json>),
    /// Text for each input by name, read by the input's type; lists may repeat a name, and records are
    /// JSON text.
    Arguments(Vec<(SmolStr, String)>),
    /// Any of these with the files that came along.
    Accompanied(Box<Self>, Parts),
}

impl Input {
    /// The files that it brings.
    pub(crate) fn files(&self) -> Vec<Arc<File>> {
        match self {
            Self::Http(http) => http.parts.files().cloned().collect(),
            Self::Accompanied(_, parts) => parts.files().cloned().collect(),
            Self::Object(_) | Self::Arguments(_) => Vec::new(),
        }
    }

    /// The same with files, if there are any.
    pub fn with(self, parts: Parts) -> Self {
        if parts.given.is_empty() { self } else { Self::Accompanied(Box::new(self), parts) }
    }
}

/// The parts of an HTTP request that inputs are bound from.
#[derive(Debug)]
pub struct HttpInput {
    /// Position of the route in `Program::surface.routes`.
    pub route: usize,
    /// Text of each `{name}` of the route's path, in the order of the path, still percent-encoded.
    pub path: Vec<SmolStr>,
    /// The request's target; its query is read here.
    pub uri: Uri,
    /// The request's headers.
    pub headers: HeaderMap,
    /// The request's body; empty for none. That its type is JSON is checked by the door.
    pub body: Bytes,
    /// The parts of a body that has any, files already taken.
    pub parts: Parts,
}

/// The parts of a body (RFC 7578).
#[derive(Debug, Default)]
pub struct Parts {
    given: Vec<(SmolStr, Part)>,
}

/// One part of a body.
#[derive(Debug)]
pub(crate) enum Part {
    Text(String),
    File(Arc<File>),
}

impl Parts {
    pub(crate) fn has(&self, name: &str, file: bool) -> bool {
        self.given.iter().any(|(its, part)| its == name && matches!(part, Part::File(_)) == file)
    }

    /// How many texts there are.
    pub(crate) fn texts(&self) -> usize {
        self.given.iter().filter(|(_, part)| matches!(part, Part::Text(_))).count()
    }

    /// Takes a text out.
    pub(crate) fn take_text(&mut self, name: &str) -> Option<String> {
        let at = self.given.iter().position(|(its, part)| its == name && matches!(part, Part::Text(_)))?;
        match self.given.remove(at).1 {
            Part::Text(text) => Some(text),
            Part::File(_) => None,
        }
    }

    pub(crate) fn add_text(&mut self, name: &str, text: String) {
        self.given.push((name.into(), Part::Text(text)));
    }

    pub(crate) fn add_file(&mut self, name: &str, file: Arc<File>) {
        self.given.push((name.into(), Part::File(file)));
    }

    pub(crate) fn given(&self) -> &[(SmolStr, Part)] {
        &self.given
    }

    /// The files among them.
    pub(crate) fn files(&self) -> impl Iterator<Item = &Arc<File>> {
        self.given.iter().filter_map(|(_, part)| match part {
            Part::File(file) => Some(file),
            Part::Text(_) => None,
        })
    }
}

/// Who calls.
#[derive(Debug, Clone)]
pub enum Identity {
    /// Somebody without a credential.
    Nobody,
    /// Somebody who presents something.
    Presented(Presented),
    /// A row of the actor entity, vouched for inside this process.
    Known(Known),
}

impl Identity {
    /// A digest of what a caller shows, the same whenever they show it.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        match self {
            Self::Nobody => digest.update("nobody"),
            Self::Presented(presented) => {
                digest.update("somebody");
                for Credential { carrier, text } in &presented.credentials {
                    let carrier = format!("{carrier:?}");
                    for part in [carrier.as_str(), text] {
                        digest.update((part.len() as u64).to_be_bytes());
                        digest.update(part);
                    }
                }
            }
            Self::Known(known) => digest.update(format!("known {:?}", known.key)),
        }
        digest.finalize().into()
    }
}

/// What a caller presents.
#[derive(Debug, Clone)]
pub struct Presented {
    /// Everything that may say who it is; which `auth` judges which is decided inside.
    pub credentials: Vec<Credential>,
    /// Headers that conditions of an `auth` look at, by their lower-case names.
    pub headers: Vec<(SmolStr, SmolStr)>,
    /// Whether no page of another site can have made the caller send a cookie along.
    pub own: bool,
}

/// One credential, with what carries it.
#[derive(Debug, Clone)]
pub struct Credential {
    /// A scheme word of the `Authorization` header, in any case, another header, or a cookie.
    pub carrier: Carrier,
    /// What it says.
    pub text: String,
}

/// Proof that this process itself names the caller; only tests can make one.
#[derive(Debug, Clone)]
pub struct Known {
    pub(crate) key: crate::value::Value,
}

/// The id of one request: a UUID version 7, or one that a trusted proxy gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(pub Uuid);

impl RequestId {
    /// A new one.
    pub fn fresh() -> Self {
        Self(Uuid::now_v7())
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A success.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// JSON text: the output, empty when the operation gives nothing; what a dry run found; or what is waited for.
    pub body: Bytes,
    /// Which of these.
    pub ending: Ending,
}

/// What a success says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The output.
    Output,
    /// What a dry run would have given and changed.
    DryRun,
    /// The request that waits for somebody to agree.
    Waiting(Uuid),
}

/// An error that the caller gets: one value that HTTP renders as problem details, MCP as a tool error
/// and the command line as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Which fault; its status and name are in the program.
    pub fault: Id<Fault>,
    /// What happened, for people.
    pub message: String,
    /// The fault's payload as the JSON text of one object, where it has one.
    pub payload: Option<Bytes>,
    /// For `Invalid`: everything that is wrong.
    pub violations: Vec<Violation>,
    /// Seconds after which it is worth trying again, where that is known.
    pub wait: Option<u32>,
    /// What the caller has to answer before it makes the call again.
    pub questions: Vec<Question>,
}

/// One thing that is wrong with the inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where the value stood.
    pub place: Source,
    /// JSON Pointer (RFC 6901) within the place: `/lines/0/qty` of a body, `/limit` of a query.
    pub pointer: String,
    /// A stable word for programs.
    pub code: SmolStr,
    /// What is wrong, for people and models.
    pub message: String,
}

/// The part of a request that a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The JSON body.
    Body,
    /// The path.
    Path,
    /// The query.
    Query,
    /// A header.
    Header,
    /// A cookie.
    Cookie,
    /// The arguments of a tool or a command.
    Arguments,
}

impl Source {
    const ALL: [Self; 6] = [Self::Body, Self::Path, Self::Query, Self::Header, Self::Cookie, Self::Arguments];

    /// The part of a name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.name() == name)
    }

    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Body => "body",
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
            Self::Cookie => "cookie",
            Self::Arguments => "arguments",
        }
    }
}

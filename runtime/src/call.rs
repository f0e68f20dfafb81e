//! What a door hands to [`crate::Service::invoke`], and what it gets back.
use bytes::Bytes;
use http::{HeaderMap, Uri};
use quater_ir::Id;
use quater_ir::auth::Carrier;
use quater_ir::fault::Fault;
use quater_ir::operation::{Door, Operation};
use serde_json::{Map, Value as Json};
use smol_str::SmolStr;
use std::fmt;
use std::net::IpAddr;
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
    /// The output as JSON text; empty when the operation gives nothing.
    pub body: Bytes,
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
}

/// One thing that is wrong with the inputs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where the value stood.
    pub place: Source,
    /// JSON Pointer (RFC 6901) within the place: `/lines/0/qty` of a body, `/limit` of a query.
    pub pointer: String,
    /// A stable word for programs.
    pub code: &'static str,
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

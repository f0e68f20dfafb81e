//! What callers see, computed once: routes, tools, commands and the documents, as bytes.
use crate::Id;
use crate::operation::Operation;
use crate::types::Record;
use crate::value::Literal;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::fmt;

/// Everything that doors answer to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Surface {
    /// HTTP routes, in the order of the file.
    pub routes: Vec<Route>,
    /// MCP tools, by name.
    pub tools: Vec<Tool>,
    /// MCP resources, by URI.
    pub resources: Vec<AgentResource>,
    /// MCP prompts, by name.
    pub prompts: Vec<Prompt>,
    /// File trees, in the order of the file; an operation goes first.
    pub assets: Vec<Assets>,
    /// Commands, by words.
    pub commands: Vec<Command>,
    /// `openapi.json`, as it is sent.
    pub openapi: String,
    /// Records that bodies in Rust ask people to fill in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forms: Vec<Form>,
    /// What the action protocol tells of the commands, as one JSON object.
    #[serde(default)]
    pub manifest: String,
}

/// A record that people are asked to fill in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    /// The record.
    pub record: Id<Record>,
    /// JSON Schema of it, in the subset that MCP has for forms.
    pub schema: String,
    /// The same for clients of the revisions before 2025-11-25, where they know it otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<String>,
}

/// One HTTP route.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path with `{name}` for parameters, the service's base included.
    pub path: SmolStr,
    /// What it calls.
    pub operation: Id<Operation>,
    /// The status of success.
    pub status: u16,
    /// How the request's body wraps the inputs; none for an object with a member each.
    pub input: Option<Template>,
    /// How the answer's body wraps the output; none for the output itself.
    pub output: Option<Template>,
}

/// A JSON value with holes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Template {
    /// An object.
    Object(Vec<(SmolStr, Self)>),
    /// A list.
    List(Vec<Self>),
    /// A fixed value.
    Literal(Literal),
    /// What a call or its error has.
    Hole(Hole),
}

/// What stands in a [`Template`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hole {
    /// All inputs of the body as one object.
    Input,
    /// One input, by its name.
    Member(SmolStr),
    /// The output.
    Output,
    /// One member of the output, by its name.
    OutputMember(SmolStr),
    /// The name of the error.
    Code,
    /// The title of the error.
    Title,
    /// The status of the error.
    Status,
    /// The message of the error.
    Message,
    /// A list of texts: the message, or one for each violation.
    Messages,
    /// An object with a list of texts for each member that broke a rule.
    Fields,
    /// The payload of the error.
    Data,
    /// The id of the request.
    RequestId,
}

impl Hole {
    /// What `fault.name` stands for.
    pub fn of_fault(name: &str) -> Option<Self> {
        Self::OF_FAULT.iter().find(|hole| hole.name() == name).cloned()
    }

    /// Everything that `fault` has.
    pub const OF_FAULT: [Self; 8] = [
        Self::Code,
        Self::Title,
        Self::Status,
        Self::Message,
        Self::Messages,
        Self::Fields,
        Self::Data,
        Self::RequestId,
    ];

    /// The last word of what is written for it.
    pub fn name(&self) -> &str {
        match self {
            Self::Input => "input",
            Self::Member(name) | Self::OutputMember(name) => name,
            Self::Output => "output",
            Self::Code => "code",
            Self::Title => "title",
            Self::Status => "status",
            Self::Message => "message",
            Self::Messages => "messages",
            Self::Fields => "fields",
            Self::Data => "data",
            Self::RequestId => "request_id",
        }
    }
}

impl fmt::Display for Hole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input | Self::Output => f.write_str(self.name()),
            Self::Member(name) => write!(f, "input.{name}"),
            Self::OutputMember(name) => write!(f, "output.{name}"),
            Self::Code
            | Self::Title
            | Self::Status
            | Self::Message
            | Self::Messages
            | Self::Fields
            | Self::Data
            | Self::RequestId => write!(f, "fault.{}", self.name()),
        }
    }
}

/// A file tree under a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assets {
    /// The path, the service's base included, without a slash at its end.
    pub path: SmolStr,
    /// The folder, relative to the service's file.
    pub folder: SmolStr,
    /// How long answers may be used again, in milliseconds.
    pub cache: Option<u64>,
    /// Whether a path without a file gives `index.html`.
    pub spa: bool,
    /// Whether a `.br` or `.gz` beside a file is sent in its place.
    pub precompressed: bool,
}

/// An MCP resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgentResource {
    /// Its URI, with `{name}` for inputs (RFC 6570, level 1).
    pub uri: SmolStr,
    /// Its name.
    pub name: SmolStr,
    /// What it is, for models.
    pub description: String,
    /// The media type of its text; empty where each answer says its own.
    pub media: SmolStr,
    /// What it calls.
    pub operation: Id<Operation>,
}

/// An MCP prompt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prompt {
    /// Its name.
    pub name: SmolStr,
    /// What it is, for people.
    pub description: String,
    /// What it calls.
    pub operation: Id<Operation>,
}

/// An HTTP method that can be routed; `HEAD` and `OPTIONS` are derived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

impl Method {
    /// Its name on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// One MCP tool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tool {
    /// Its name.
    pub name: SmolStr,
    /// Its title, for people.
    pub title: String,
    /// What it does, for models.
    pub description: String,
    /// What it calls.
    pub operation: Id<Operation>,
    /// JSON Schema 2020-12 of its arguments, as it is sent.
    pub input_schema: String,
    /// JSON Schema 2020-12 of its structured content, always an object, as it is sent.
    pub output_schema: Option<String>,
    /// Whether the output is put into an object under `result`, because it is not one itself.
    pub wrapped: bool,
    /// Whether it runs as a task that is asked about later.
    pub task: bool,
    /// The four hints; true by inference.
    pub hints: Hints,
}

/// The hints of an MCP tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hints {
    /// Changes nothing.
    pub read_only: bool,
    /// May undo or overwrite what was there.
    pub destructive: bool,
    /// A second equal call changes nothing more.
    pub idempotent: bool,
    /// Reaches beyond this service.
    pub open_world: bool,
}

/// One command of the command line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// Its words.
    pub words: Vec<SmolStr>,
    /// What it calls.
    pub operation: Id<Operation>,
}

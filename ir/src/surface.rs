//! What callers see, computed once: routes, tools, commands and the documents, as bytes.
use crate::Id;
use crate::operation::Operation;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// Everything that doors answer to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Surface {
    /// HTTP routes, in the order of the file.
    pub routes: Vec<Route>,
    /// MCP tools, by name.
    pub tools: Vec<Tool>,
    /// Commands, by words.
    pub commands: Vec<Command>,
    /// `openapi.json`, as it is sent.
    pub openapi: String,
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

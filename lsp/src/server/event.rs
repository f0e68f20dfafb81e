//! Everything that can happen to the server.
use super::position::Stretch;
use super::question::Asked;
use crate::ide::Service;
use lsp_server::{Message, RequestId};
use std::sync::Arc;

/// One change of a text: of a stretch, or of everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Edit {
    /// What is replaced.
    pub(super) at: Option<Stretch>,
    /// By what.
    pub(super) text: String,
}

/// What somebody has set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Settings {
    /// Whether hints are shown.
    pub(super) hints: bool,
    /// Whether lenses are shown.
    pub(super) lenses: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { hints: true, lenses: true }
    }
}

/// One thing that happened.
#[derive(Debug)]
pub(super) enum Event {
    /// A document is open with this text.
    Opened { uri: String, version: i32, text: String },
    /// The text of a document changed.
    Edited { uri: String, version: i32, edits: Vec<Edit> },
    /// A document was closed.
    Closed { uri: String },
    /// A file on the disk may be another.
    Disk,
    /// Somebody has set something.
    Set(Settings),
    /// Something is asked.
    Ask { id: RequestId, asked: Asked },
    /// Somebody does not want an answer any more.
    Cancel { id: RequestId },
    /// The editor wants to end.
    Shutdown { id: RequestId },
    /// The editor ends.
    Exit,
    /// A request that this server does not know.
    Unknown { id: RequestId, method: String },
    /// A request whose parameters are not what the protocol says.
    Malformed { id: RequestId, why: String },
    /// Something that needs no answer.
    Nothing,
    /// The worker has looked at the documents.
    Looked(Vec<Arc<Service>>),
    /// The worker has an answer.
    Answered { id: RequestId, answer: Message },
    /// The editor is gone.
    Gone,
}

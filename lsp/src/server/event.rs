//! Everything that can happen to the server.
use crate::ide::Findings;
use lsp_server::RequestId;

/// One thing that happened.
#[derive(Debug)]
pub(super) enum Event {
    /// A document is open with this text: newly, or changed.
    Text { uri: String, version: i32, text: String },
    /// A document was closed.
    Closed { uri: String },
    /// A file on the disk may be another.
    Saved,
    /// The agreed form of a document is asked for.
    Format { id: RequestId, uri: String },
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
    Analysed(Vec<Findings>),
    /// The editor is gone.
    Gone,
}

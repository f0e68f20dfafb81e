//! What an editor asks, answered in plain data; nothing here knows the protocol.
mod bundle;
mod diagnostics;
mod formatting;
mod snapshot;

pub(crate) use diagnostics::{Findings, findings};
pub(crate) use formatting::formatted;
pub(crate) use snapshot::{Document, Snapshot};

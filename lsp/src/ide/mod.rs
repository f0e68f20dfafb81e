//! What an editor asks, answered in plain data; nothing here knows the protocol.
pub(crate) mod actions;
mod bundle;
pub(crate) mod change;
pub(crate) mod completion;
mod ends;
pub(crate) mod formatting;
pub(crate) mod hints;
pub(crate) mod hover;
pub(crate) mod lenses;
pub(crate) mod moved;
pub(crate) mod navigation;
#[cfg(test)]
mod reached;
#[cfg(test)]
mod recall;
pub(crate) mod rename;
mod service;
pub(crate) mod shape;
pub(crate) mod signature;
mod snapshot;
mod snippets;
pub(crate) mod symbols;
pub(crate) mod tokens;
#[cfg(test)]
mod torture;
mod workspace;

pub(crate) use service::Service;
pub(crate) use snapshot::{Document, Snapshot};
pub(crate) use workspace::Workspace;

//! Values as JSON and as text.
mod exact;
pub(crate) mod faults;
pub(crate) mod read;
pub(crate) mod refine;
pub(crate) mod structure;
#[cfg(test)]
mod tests;
pub(crate) mod text;
pub(crate) mod tree;
pub(crate) mod write;

use crate::value::Value;
use tree::Tree;

/// JSON as a value; nothing where it holds a character that no database keeps.
pub(crate) fn json(json: &serde_json::Value) -> Option<Value> {
    let tree = Tree::from(json);
    (!tree.holds_nul()).then(|| Value::Json(tree.settled().text().into()))
}

//! Leaf renderers: each draws the same reports for another reader, and knows nothing of the others.
mod github;
mod gitlab;
mod json;
mod junit;
mod place;
mod plain;
mod sarif;
mod summary;
mod terminal;
#[cfg(test)]
mod tests;

pub use github::github;
pub use gitlab::gitlab;
pub use json::json;
pub use junit::junit;
pub use plain::plain;
pub use sarif::sarif;
pub use summary::summary;
pub use terminal::{Colour, terminal};

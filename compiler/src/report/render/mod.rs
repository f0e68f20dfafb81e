//! Leaf renderers: each draws the same reports for another reader, and knows nothing of the others.
mod github;
mod json;
mod place;
mod plain;
mod terminal;
#[cfg(test)]
mod tests;

pub use github::github;
pub use json::json;
pub use plain::plain;
pub use terminal::{Colour, terminal};

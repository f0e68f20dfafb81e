//! What `quater check` does with what the compiler says.
pub(crate) mod baseline;
pub(crate) mod fixing;
mod format;
mod output;
pub(crate) mod stats;

pub(crate) use format::Format;
pub(crate) use output::{Output, deliver};

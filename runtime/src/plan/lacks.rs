//! What can't be planned: all of it is told at once.
use crate::service::StartError;
use std::collections::BTreeSet;

/// What is lacking so far.
#[derive(Default)]
pub(super) struct Lacks(BTreeSet<String>);

impl Lacks {
    /// Goes on where something is lacking; any other error ends it.
    pub(super) fn note<T>(&mut self, planned: Result<T, StartError>) -> Result<Option<T>, StartError> {
        match planned {
            Err(StartError::Unsupported { what }) => {
                self.0.extend(what.split(BETWEEN).map(str::to_owned));
                Ok(None)
            }
            other => other.map(Some),
        }
    }

    /// The whole, where nothing is lacking.
    pub(super) fn end<T>(self, whole: T) -> Result<T, StartError> {
        if self.0.is_empty() {
            return Ok(whole);
        }
        let what = self.0.into_iter().collect::<Vec<_>>().join(BETWEEN);
        Err(StartError::Unsupported { what })
    }
}

/// The same with a place behind each.
pub(super) fn placed(what: &str, place: &str) -> String {
    what.split(BETWEEN).map(|it| format!("{it} ({place})")).collect::<Vec<_>>().join(BETWEEN)
}

const BETWEEN: &str = ", ";

//! Why evaluation ends early.
use crate::call::Refusal;
use crate::store::DatabaseError;

/// Why evaluation ends early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The caller gets this.
    Refused(Box<Refusal>),
    /// The database failed; the caller gets `Internal`, the log gets this.
    Database(DatabaseError),
    /// Something that the compiler rules out happened; names it for the log.
    Defect(&'static str),
    /// Nobody waits for it any more.
    Gone,
}

pub(crate) type Run<T> = Result<T, Stop>;

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<DatabaseError> for Stop {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

impl Stop {
    /// `Invalid` about one field; an empty name is about the whole input.
    pub(crate) fn invalid(field: &str, code: &'static str, message: impl Into<String>) -> Self {
        Refusal::about(field, code, message).into()
    }
}

/// A name as one step of a JSON Pointer (RFC 6901, section 3).
pub(crate) fn escape(name: &str) -> std::borrow::Cow<'_, str> {
    if name.contains(['~', '/']) { name.replace('~', "~0").replace('/', "~1").into() } else { name.into() }
}

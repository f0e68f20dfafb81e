//! Errors that a caller can get: declared ones and the built-in ones, in one table.
use crate::types::Field;
use crate::{Arena, Id};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// An error with a name, a status and a typed payload.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// Its name, as callers see it in `type` and `code`.
    pub name: SmolStr,
    /// What it means.
    pub docs: String,
    /// Its HTTP status (RFC 9110); the MCP error and the exit code follow from it.
    pub status: u16,
    /// What it tells the caller.
    pub message: Vec<Part>,
    /// Its payload; problem details and tool errors carry it as one object under `data`, where its
    /// members cannot clash with `status` and the like.
    pub fields: Arena<Field>,
}

/// A piece of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Part {
    /// Fixed text.
    Text(SmolStr),
    /// A value of the payload.
    Field(Id<Field>),
}

macro_rules! builtin_faults {
    ($($constant:ident $name:literal $status:literal $message:literal,)*) => {
        /// Names of the built-in faults, at the head of every program's table.
        #[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "only their order is used")]
        enum Order { $($constant),* }

        $(#[doc = concat!("`", $name, "` (", stringify!($status), "): ", $message, ".")]
        pub const $constant: Id<Fault> = Id::new(Order::$constant as u32);)*

        const BUILTIN: &[(&str, u16, &str)] = &[$(($name, $status, $message)),*];
    };
}

builtin_faults! {
    INVALID "Invalid" 422 "the input breaks a rule",
    UNAUTHORIZED "Unauthorized" 401 "a valid credential is needed",
    FORBIDDEN "Forbidden" 403 "this caller may not do that",
    NOT_FOUND "NotFound" 404 "there is no such thing, or this caller may not see it",
    CONFLICT "Conflict" 409 "the state does not allow it",
    TOO_MANY "TooMany" 429 "too many calls in this time",
    MALFORMED "Malformed" 400 "the request cannot be read",
    METHOD_NOT_ALLOWED "MethodNotAllowed" 405 "the path exists, the method does not",
    TOO_LARGE "TooLarge" 413 "the body is larger than the service takes",
    UNSUPPORTED_MEDIA "UnsupportedMedia" 415 "the body's content type is not one that is read here",
    MISDIRECTED "Misdirected" 421 "this service does not answer to that host name",
    INTERNAL "Internal" 500 "something went wrong on the server; the request id names it in the log",
    UNAVAILABLE "Unavailable" 503 "the service cannot answer just now",
    TIMED_OUT "TimedOut" 408 "the request did not arrive in time",
}

/// The built-in faults, in the order of their constants. `Invalid` carries no payload of its own:
/// its violations are a list that every door knows how to show.
pub fn builtin() -> Arena<Fault> {
    let fault = |(name, status, message): &(&str, u16, &str)| Fault {
        name: SmolStr::new(name),
        docs: String::new(),
        status: *status,
        message: vec![Part::Text(SmolStr::new(message))],
        fields: Arena::default(),
    };
    BUILTIN.iter().map(fault).collect()
}

/// How many faults [`builtin`] gives.
pub const BUILTIN_COUNT: usize = BUILTIN.len();

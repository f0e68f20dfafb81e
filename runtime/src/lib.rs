//! Serves a checked program.
//!
//! Doors decode a request into a [`Call`], hand it to [`Service::invoke`] and encode what comes back.
//! Authentication, access, validation, transactions and the audit happen behind that one function.

mod access;
pub mod audit;
pub mod call;
mod changes;
mod engine;
pub mod environment;
mod eval;
mod explain;
mod facts;
mod files;
pub mod http;
mod invoke;
mod items;
mod kernel;
mod limit;
mod mcp;
mod metrics;
pub mod migrate;
mod missing;
pub mod native;
mod outward;
mod pace;
mod plan;
mod presence;
mod progress;
mod question;
mod refusal;
mod run;
mod said;
pub mod seed;
mod service;
mod spans;
mod start;
mod stop;
mod store;
pub mod testing;
mod threads;
mod token;
mod value;
mod wire;

pub use call::{
    Answer, Call, Credential, Decision, Ending, Entry, HttpInput, Identity, Input, Key, Parts, Presented,
    Refusal, RequestId, Review, Source, Violation, Wishes,
};
pub use explain::{Explained, explain, statements};
pub use items::{Items, Taken};
pub use mcp::serve_stdio;
pub use progress::{Heard, Progress, Told};
pub use question::{Answers, Given, Question, What};
pub use said::{Level, Said, Saying};
pub use service::{Service, Settings, StartError};
pub use spans::{Collector, Traces, TracesError};
pub use store::DatabaseError;
#[cfg(feature = "postgres")]
pub use store::PostgresError;

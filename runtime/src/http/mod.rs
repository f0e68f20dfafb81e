//! The HTTP door: requests become calls, answers and refusals become responses.
//!
//! Everything a request meets is planned when a service starts ([`Doors::plan`]): one table of routes
//! holds the program's routes, the pages beside them and the MCP endpoint, so that methods, `HEAD`,
//! `OPTIONS` and refusals are the same for all. No layers: [`Doors::answer`] is the whole middleware.

mod body;
mod challenge;
mod client;
mod cors;
mod credential;
mod doors;
mod head;
mod host;
mod lifecycle;
mod pages;
mod problem;
mod routes;
mod serve;
mod watch;
mod wrap;

pub use doors::{Doors, HttpOptions, longest};
pub use routes::RouteClash;
pub use serve::serve;

pub(crate) use problem::{data, problem};
pub(crate) use watch::caught;

/// What every response carries.
pub type Response = http::Response<axum::body::Body>;

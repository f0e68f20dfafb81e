//! The HTTP door: requests become calls, answers and refusals become responses.
//!
//! Everything a request meets is planned when a service starts ([`Doors::plan`]): one table of routes
//! holds the program's routes, the pages beside them and the MCP endpoint, so that methods, `HEAD`,
//! `OPTIONS` and refusals are the same for all. No layers: [`Doors::answer`] is the whole middleware.

mod actions;
mod approvals;
mod asking;
mod assets;
mod body;
mod challenge;
mod client;
mod coding;
mod conditional;
mod cors;
mod credential;
mod doors;
mod download;
mod exit;
mod following;
mod head;
mod host;
mod lifecycle;
mod logs;
mod pages;
mod parts;
mod patient;
mod problem;
mod routes;
mod scrape;
mod serve;
mod streamed;
mod tools;
mod under_way;
mod upload;
mod watch;
mod wrap;

pub use assets::media::of as media_of;
pub use assets::{MissingFolder, Pack, PackError};
pub use doors::{Doors, DoorsError, HttpOptions};
pub use exit::longest_of_all as longest;
pub use routes::RouteClash;
pub use scrape::scrape;
pub use serve::serve;

pub(crate) use challenge::origin;
pub(crate) use problem::{data, problem};
pub(crate) use upload::TICKETS;
pub(crate) use watch::caught;

/// What every response carries.
pub type Response = http::Response<axum::body::Body>;

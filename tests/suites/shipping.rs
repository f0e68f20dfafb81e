//! What is made of a service for others: an executable, a file that is served without its source, and clients in
//! other languages, held to the live service.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "shipping/built.rs"]
mod built;
#[path = "shipping/clients.rs"]
mod clients;
#[path = "matrix/judges.rs"]
mod judges;
#[path = "matrix/server.rs"]
mod server;

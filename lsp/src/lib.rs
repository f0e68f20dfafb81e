//! The language server: [`ide`] answers questions in plain data, [`server`] speaks the protocol.
mod ide;
mod server;

pub use server::{Broken, Ended, serve_stdio};

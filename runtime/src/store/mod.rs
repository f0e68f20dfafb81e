//! The store: one way to ask, whatever the database.
//!
//! A [`session::Session`] is a connection with its statements. What is asked of it goes in and comes out as
//! [`stored::Stored`] values; only the folders of the databases know their drivers.

pub(crate) mod broken;
pub(crate) mod code;
mod error;
pub(crate) mod location;
pub(crate) mod numbers;
pub(crate) mod owner;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
pub(crate) mod schema;
pub(crate) mod secret;
pub(crate) mod session;
pub(crate) mod sqlite;
pub(crate) mod stored;

pub use error::DatabaseError;
#[cfg(feature = "postgres")]
pub use postgres::PostgresError;

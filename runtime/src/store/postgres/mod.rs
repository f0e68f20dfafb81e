//! Postgres: addresses, connections, tables, statements and broken constraints.

pub(crate) mod address;
mod asked;
pub(crate) mod broken;
mod cell;
mod connect;
pub(crate) mod ddl;
mod fault;
mod foreseen;
pub(crate) mod kept;
pub(crate) mod lane;
pub(crate) mod names;
pub(crate) mod nested;
pub(crate) mod owner;
pub(crate) mod relay;
pub(crate) mod schema;
mod secret;
pub(crate) mod session;
mod tls;

pub use fault::PostgresError;

/// Its name among those of OpenTelemetry.
pub(crate) const NAME: &str = "postgresql";

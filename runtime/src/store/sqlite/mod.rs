//! SQLite: connections, tables, statements and broken constraints.

pub(crate) mod broken;
pub(crate) mod ddl;
mod functions;
pub(crate) mod nested;
pub(crate) mod open;
pub(crate) mod owner;
pub(crate) mod schema;
mod secret;
pub(crate) mod session;
pub(crate) mod text;

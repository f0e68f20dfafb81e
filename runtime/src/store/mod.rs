//! SQLite: connections, the schema and the threads that own them.

pub(crate) mod broken;
pub(crate) mod code;
pub(crate) mod open;
pub(crate) mod schema;
pub(crate) mod session;

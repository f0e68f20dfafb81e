//! Since when something is there, and when it goes.
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// Since when something is there, and whether it is on its way out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifecycle {
    /// The version of the service that brought it.
    pub since: Option<u32>,
    /// That it goes.
    pub deprecated: Option<Deprecated>,
}

/// That something is on its way out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deprecated {
    /// Why.
    pub reason: Option<String>,
    /// The day after which it may be gone, as `2027-01-31` (RFC 8594).
    pub sunset: Option<SmolStr>,
    /// What to use instead, by its name in the file.
    pub instead: Option<SmolStr>,
}

//! Since when something is there, and when it goes.
use crate::auth::Auth;
use crate::entity::Entity;
use crate::fault::Fault;
use crate::types::{Enum, Record, Union};
use crate::{Id, Program};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// A declaration that does not hold its own [`Lifecycle`]; operations, channels and jobs do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Declared {
    /// A way to sign in.
    Auth(Id<Auth>),
    /// A record.
    Record(Id<Record>),
    /// A union.
    Union(Id<Union>),
    /// An enum.
    Enum(Id<Enum>),
    /// An error.
    Fault(Id<Fault>),
    /// An entity.
    Entity(Id<Entity>),
}

impl Program {
    /// That a declaration goes, if it does.
    pub fn deprecated(&self, declared: Declared) -> Option<&Deprecated> {
        let found = self.lifecycles.iter().find(|(known, _)| *known == declared);
        found.and_then(|(_, lifecycle)| lifecycle.deprecated.as_ref())
    }
}

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

impl Deprecated {
    /// In a sentence for people and models.
    pub fn sentence(&self) -> String {
        let mut text = "Deprecated".to_owned();
        if let Some(reason) = &self.reason {
            text.push_str(&format!(": {}", reason.trim_end_matches('.')));
        }
        text.push('.');
        if let Some(day) = &self.sunset {
            text.push_str(&format!(" It may be gone after {day}."));
        }
        if let Some(instead) = &self.instead {
            text.push_str(&format!(" Use `{instead}` instead."));
        }
        text
    }
}

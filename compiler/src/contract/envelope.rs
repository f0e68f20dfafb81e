//! How a body wraps what it carries, as JSON in which every hole is a text: `{ "article": "output" }`.
use quater_ir::expr::text_of_literal;
use quater_ir::surface::Template;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::fmt;

/// A body with holes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Envelope {
    /// A hole by its name, as in `output.title`; a fixed value is JSON, a fixed text therefore in quotes.
    Leaf(String),
    /// A list.
    List(Vec<Self>),
    /// An object.
    Object(BTreeMap<SmolStr, Self>),
}

/// A route of an operation: its status alone where nothing wraps its bodies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Route {
    /// The status of success.
    pub status: u16,
    /// How a request wraps the inputs of its body.
    pub takes: Option<Envelope>,
    /// How an answer wraps the output.
    pub gives: Option<Envelope>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Plain(u16),
    Wrapped {
        status: u16,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        takes: Option<Envelope>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gives: Option<Envelope>,
    },
}

impl From<Written> for Route {
    fn from(written: Written) -> Self {
        match written {
            Written::Plain(status) => Self { status, takes: None, gives: None },
            Written::Wrapped { status, takes, gives } => Self { status, takes, gives },
        }
    }
}

impl From<Route> for Written {
    fn from(route: Route) -> Self {
        match route {
            Route { status, takes: None, gives: None } => Self::Plain(status),
            Route { status, takes, gives } => Self::Wrapped { status, takes, gives },
        }
    }
}

impl Envelope {
    /// Whether whoever reads what `earlier` wrapped finds all of it here, at the same places.
    pub(super) fn holds(&self, earlier: &Self) -> bool {
        match (self, earlier) {
            (Self::Object(is), Self::Object(was)) => {
                was.iter().all(|(name, was)| is.get(name).is_some_and(|is| is.holds(was)))
            }
            (Self::List(is), Self::List(was)) => {
                is.len() == was.len() && is.iter().zip(was).all(|(is, was)| is.holds(was))
            }
            (_, _) => self == earlier,
        }
    }
}

impl From<&Template> for Envelope {
    fn from(template: &Template) -> Self {
        match template {
            Template::Object(members) => {
                Self::Object(members.iter().map(|(name, inside)| (name.clone(), inside.into())).collect())
            }
            Template::List(items) => Self::List(items.iter().map(Self::from).collect()),
            Template::Literal(literal) => Self::Leaf(text_of_literal(literal)),
            Template::Hole(hole) => Self::Leaf(hole.to_string()),
        }
    }
}

impl fmt::Display for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Leaf(text) => return f.write_str(text),
            Self::List(items) => items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "),
            Self::Object(members) => {
                let members = members.iter().map(|(name, inside)| format!("{name}: {inside}"));
                return write!(f, "{{ {} }}", members.collect::<Vec<_>>().join(", "));
            }
        };
        write!(f, "[{text}]")
    }
}

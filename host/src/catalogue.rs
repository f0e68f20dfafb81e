//! What can be called, as the action protocol tells it: of a service here and of one elsewhere alike.
#![expect(missing_docs, reason = "they are called as in the protocol, which docs/protocol.md describes")]
use crate::failure::Failure;
use crate::output;
use quater_ir::Program;
use serde::Deserialize;
use serde_json::Value as Json;

/// The actions of a service.
#[derive(Debug, Clone, Deserialize)]
pub struct Catalogue {
    /// What it can do beside calls; a service here is not asked.
    #[serde(default)]
    pub capabilities: Vec<String>,
    /// About the service.
    pub service: Service,
    /// Ways to sign in.
    #[serde(default)]
    pub auth: Vec<Scheme>,
    /// Every error.
    pub errors: Vec<Fault>,
    /// Every action, by the words of its command.
    pub actions: Vec<Action>,
}

/// About a service.
#[derive(Debug, Clone, Deserialize)]
pub struct Service {
    pub name: String,
}

/// A way to sign in.
#[derive(Debug, Clone, Deserialize)]
pub struct Scheme {
    /// Its word in `Authorization`.
    pub scheme: String,
}

/// An error.
#[derive(Debug, Clone, Deserialize)]
pub struct Fault {
    pub code: String,
    pub status: u16,
}

/// Something that can be called.
#[derive(Debug, Clone, Deserialize)]
pub struct Action {
    pub name: String,
    /// The words of its command.
    pub command: Vec<String>,
    pub summary: String,
    pub description: String,
    pub inputs: Vec<Input>,
    /// The type of what it gives, for people.
    pub output: Option<String>,
    /// Who may call.
    pub access: Vec<String>,
    pub doors: Vec<String>,
    pub writes: bool,
    pub idempotent: bool,
    pub approval: Option<Approval>,
    /// Whether it tells how far it has come.
    #[serde(default)]
    pub progress: bool,
    /// Codes of its errors.
    pub errors: Vec<String>,
}

/// Whose approval an action may need.
#[derive(Debug, Clone, Deserialize)]
pub struct Approval {
    pub by: Vec<String>,
}

/// One input.
#[derive(Debug, Clone, Deserialize)]
pub struct Input {
    pub name: String,
    pub description: String,
    /// For people.
    #[serde(rename = "type")]
    pub ty: String,
    pub kind: Kind,
    /// Whether it may be given several times.
    pub list: bool,
    pub required: bool,
    pub secret: bool,
    #[serde(default)]
    pub values: Vec<String>,
}

/// How a value is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Text,
    Number,
    Bool,
    Enum,
    Json,
    File,
}

impl Catalogue {
    /// That of a program.
    pub fn of(program: &Program) -> Result<Self, Failure> {
        let told = serde_json::from_str(&program.surface.manifest).and_then(Self::read);
        told.map_err(|why| Failure::Answer { why })
    }

    /// As a service tells it; what it says steers no terminal, whoever shows it.
    ///
    /// # Errors
    /// Where it is not as the protocol says.
    pub fn read(mut told: Json) -> serde_json::Result<Self> {
        tame(&mut told, false);
        serde_json::from_value(told)
    }

    /// Whether an action elsewhere can be heard of while it runs.
    pub fn tells(&self, action: &str) -> bool {
        let tells = self.actions.iter().any(|it| it.name == action && it.progress);
        tells && self.capabilities.iter().any(|it| it == "progress")
    }

    /// The status of an error.
    pub fn status(&self, code: &str) -> u16 {
        self.errors.iter().find(|fault| fault.code == code).map_or(0, |fault| fault.status)
    }
}

fn tame(told: &mut Json, has_lines: bool) {
    match told {
        Json::String(text) if has_lines => *text = output::tame(text).into_owned(),
        Json::String(text) => *text = output::line(text).into_owned(),
        Json::Array(items) => items.iter_mut().for_each(|item| tame(item, has_lines)),
        Json::Object(members) => {
            members.iter_mut().for_each(|(name, member)| tame(member, name == "description"));
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

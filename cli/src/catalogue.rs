//! What can be called, as the action protocol tells it: of a service here and of one elsewhere alike.
use crate::failure::Failure;
use quater_ir::Program;
use serde::Deserialize;

/// The actions of a service.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Catalogue {
    /// What it can do beside calls; a service here is not asked.
    #[serde(default)]
    pub(crate) capabilities: Vec<String>,
    /// About the service.
    pub(crate) service: Service,
    /// Ways to sign in.
    #[serde(default)]
    pub(crate) auth: Vec<Scheme>,
    /// Every error.
    pub(crate) errors: Vec<Fault>,
    /// Every action, by the words of its command.
    pub(crate) actions: Vec<Action>,
}

/// About a service.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Service {
    pub(crate) name: String,
}

/// A way to sign in.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Scheme {
    /// Its word in `Authorization`.
    pub(crate) scheme: String,
}

/// An error.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Fault {
    pub(crate) code: String,
    pub(crate) status: u16,
}

/// Something that can be called.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Action {
    pub(crate) name: String,
    /// The words of its command.
    pub(crate) command: Vec<String>,
    pub(crate) summary: String,
    pub(crate) description: String,
    pub(crate) inputs: Vec<Input>,
    /// The type of what it gives, for people.
    pub(crate) output: Option<String>,
    /// Who may call.
    pub(crate) access: Vec<String>,
    pub(crate) doors: Vec<String>,
    pub(crate) writes: bool,
    pub(crate) idempotent: bool,
    pub(crate) approval: Option<Approval>,
    /// Whether it tells how far it has come.
    #[serde(default)]
    pub(crate) progress: bool,
    /// Codes of its errors.
    pub(crate) errors: Vec<String>,
}

/// Whose approval an action may need.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Approval {
    pub(crate) by: Vec<String>,
}

/// One input.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) description: String,
    /// For people.
    #[serde(rename = "type")]
    pub(crate) ty: String,
    pub(crate) kind: Kind,
    /// Whether it may be given several times.
    pub(crate) list: bool,
    pub(crate) required: bool,
    pub(crate) secret: bool,
    #[serde(default)]
    pub(crate) values: Vec<String>,
}

/// How a value is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Text,
    Number,
    Bool,
    Enum,
    Json,
    File,
}

impl Catalogue {
    /// That of a program.
    pub(crate) fn of(program: &Program) -> Result<Self, Failure> {
        serde_json::from_str(&program.surface.manifest).map_err(|why| Failure::Answer { why })
    }

    /// Whether an action elsewhere can be heard of while it runs.
    pub(crate) fn tells(&self, action: &str) -> bool {
        let tells = self.actions.iter().any(|it| it.name == action && it.progress);
        tells && self.capabilities.iter().any(|it| it == "progress")
    }

    /// The status of an error.
    pub(crate) fn status(&self, code: &str) -> u16 {
        self.errors.iter().find(|fault| fault.code == code).map_or(0, |fault| fault.status)
    }
}

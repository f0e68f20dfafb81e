//! Who may do something, and whose changes are meant, as texts.
use crate::Program;
use crate::expr::text;
use crate::job::Watch;
use crate::operation;
use crate::value::Literal;
use serde::{Deserialize, Serialize};
use smol_str::{SmolStr, format_smolstr};

/// One `allow` of an operation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Anyone.
    Public,
    /// Anyone with a good credential.
    SignedIn,
    /// Those of a role.
    Role(String),
    /// Those for whom a condition holds.
    When(String),
}

impl Access {
    /// The roles of which a caller must have one beside what else is asked, where it is an `allow role … when …`:
    /// no such condition lets in whom those roles alone would not.
    pub fn roles(&self) -> Option<Vec<Self>> {
        let Self::When(condition) = self else { return None };
        let (roles, _) = condition.strip_prefix("((role in ")?.split_once("]) and ")?;
        let roles: Vec<serde_json::Value> = serde_json::from_str(&format!("{roles}]")).ok()?;
        let name = |role: serde_json::Value| {
            Self::Role(role.as_str().map_or_else(|| role.to_string(), str::to_owned))
        };
        Some(roles.into_iter().map(name).collect())
    }
}

/// One `allow`, each of its roles for itself.
pub fn access(program: &Program, access: &operation::Access) -> Vec<Access> {
    let role = |literal: &Literal| match literal {
        Literal::Text(name) => name.to_string(),
        Literal::Int(number) => number.to_string(),
        Literal::Bool(truth) => truth.to_string(),
        Literal::Null => "null".to_owned(),
        Literal::Float(number) => number.to_string(),
        Literal::Decimal(number) => number.to_string(),
        Literal::Duration(length) => format!("{length}ms"),
    };
    match access {
        operation::Access::Public => vec![Access::Public],
        operation::Access::SignedIn => vec![Access::SignedIn],
        operation::Access::Role(roles) => roles.iter().map(|it| Access::Role(role(it))).collect(),
        operation::Access::When(condition) => vec![Access::When(text(program, condition))],
    }
}

/// Changes of rows by their names: `Order created`.
pub fn changes(program: &Program, watch: &Watch) -> impl Iterator<Item = SmolStr> {
    let entity = &program.entities[watch.entity].name;
    let kinds =
        [(watch.created, "created"), (watch.updated.is_some(), "updated"), (watch.deleted, "deleted")];
    kinds.into_iter().filter(|(is, _)| *is).map(move |(_, kind)| format_smolstr!("{entity} {kind}"))
}

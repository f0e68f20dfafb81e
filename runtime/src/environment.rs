//! Environment values: each as it is declared, and all at once that is wrong with what the surroundings say.
//! What they say is shown nowhere.
use crate::facts::Facts;
use crate::service::{Settings, StartError};
use crate::start::{constant, patterns};
use crate::token;
use crate::value::Value;
use crate::wire::read::Reader;
use quater_ir::auth::{Auth, JwtKey, Proof};
use quater_ir::expr::{Expr, Node};
use quater_ir::{EnvValue, Id, Program, type_text};
use smol_str::SmolStr;
use std::fmt;
use std::sync::Arc;

/// An environment value of a service, and how it stands with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: SmolStr,
    /// Its type, as a file would have it.
    pub ty: String,
    /// Whether it is never shown.
    pub secret: bool,
    /// Where it is declared, if that is known.
    pub at: Option<String>,
    /// How it stands.
    pub state: State,
}

/// How it stands with an environment value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// It is set, and as declared.
    Set,
    /// It is not set, and its default holds.
    Default,
    /// It is not set, and may be absent.
    Absent,
    /// It is not set, and must be.
    Missing,
    /// It is set, and not as declared: why, without what it is.
    Unusable(String),
}

impl Variable {
    /// Whether a service does not start with it.
    pub const fn is_wrong(&self) -> bool {
        matches!(self.state, State::Missing | State::Unusable(_))
    }
}

/// For people: how it is declared, and what is wrong with it.
impl fmt::Display for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, ty, secret, at, state } = self;
        write!(f, "`{name}: {ty}{}`", if *secret { " secret" } else { "" })?;
        if let Some(at) = at {
            write!(f, " ({at})")?;
        }
        match state {
            State::Set => f.write_str(" is set"),
            State::Default => f.write_str(" has its default"),
            State::Absent => f.write_str(" is absent"),
            State::Missing => f.write_str(" is missing"),
            State::Unusable(why) => write!(f, " {why}"),
        }
    }
}

/// Every environment value of a service, and how it stands with each in some surroundings.
///
/// # Errors
/// Where the program has a pattern that this runtime cannot execute.
pub fn variables(program: &Arc<Program>, settings: &Settings) -> Result<Vec<Variable>, StartError> {
    let facts = Facts::new(Arc::clone(program), patterns(program)?);
    Ok(read(&facts, settings, |_| true).into_iter().map(|(variable, _)| variable).collect())
}

/// Refuses surroundings in which something is missing or wrong.
///
/// # Errors
/// With all of it.
pub fn judge(program: &Arc<Program>, settings: &Settings) -> Result<(), StartError> {
    sound(variables(program, settings)?.into_iter())
}

/// The values that a service runs with.
pub(crate) fn values(facts: &Facts, settings: &Settings) -> Result<Vec<Value>, StartError> {
    taken(read(facts, settings, |_| true))
}

/// The same where some alone are needed: what is wrong with others makes them absent.
pub(crate) fn needed(
    facts: &Facts,
    settings: &Settings,
    needed: &[Id<EnvValue>],
) -> Result<Vec<Value>, StartError> {
    taken(read(facts, settings, |id| needed.contains(&id)))
}

fn taken(read: Vec<(Variable, Value)>) -> Result<Vec<Value>, StartError> {
    let (variables, values): (Vec<_>, Vec<_>) = read.into_iter().unzip();
    sound(variables.into_iter()).map(|()| values)
}

fn sound(variables: impl Iterator<Item = Variable>) -> Result<(), StartError> {
    let wrong: Vec<Variable> = variables.filter(Variable::is_wrong).collect();
    if wrong.is_empty() { Ok(()) } else { Err(StartError::BadEnv { wrong }) }
}

fn read(
    facts: &Facts,
    settings: &Settings,
    is_needed: impl Fn(Id<EnvValue>) -> bool,
) -> Vec<(Variable, Value)> {
    let one = |(id, declared): (Id<EnvValue>, &EnvValue)| {
        let (state, value) = match state(facts, id, declared, settings) {
            (State::Missing | State::Unusable(_), _) if !is_needed(id) => (State::Absent, Value::Null),
            told => told,
        };
        let (name, ty) = (declared.name.clone(), type_text(&declared.ty, &facts.program));
        let at = settings.declared_at.get(&name).cloned();
        (Variable { name, ty, secret: declared.secret, at, state }, value)
    };
    facts.program.env.iter().map(one).collect()
}

fn state(facts: &Facts, id: Id<EnvValue>, declared: &EnvValue, settings: &Settings) -> (State, Value) {
    let default = |expr: &Expr| constant(facts, expr);
    let (state, value) = match (settings.env.get(&declared.name), &declared.default) {
        (Some(text), _) => {
            let mut reader = Reader::new(&facts.program, &facts.patterns, &default);
            let value = reader.text(text, &declared.ty);
            match reader.violations.pop() {
                Some(violation) => return (State::Unusable(violation.message), Value::Null),
                None => (State::Set, value),
            }
        }
        (None, Some(expr)) => match default(expr) {
            Ok(value) => (State::Default, value),
            Err(_) => return (State::Unusable("has a default without a value".to_owned()), Value::Null),
        },
        (None, None) if declared.ty.is_optional() => (State::Absent, Value::Null),
        (None, None) => return (State::Missing, Value::Null),
    };
    let least = facts.program.auths.values().filter_map(|auth| least(auth, id)).max();
    match (least, value.text()) {
        (Some(least), Ok(text)) if text.len() < least => {
            (State::Unusable(format!("signs tokens, so it must have at least {least} bytes")), Value::Null)
        }
        _ => (state, value),
    }
}

/// How many bytes an environment value must have because an `auth` signs with it.
fn least(auth: &Auth, id: Id<EnvValue>) -> Option<usize> {
    match &auth.proof {
        Proof::Jwt { key: JwtKey::Secret(Expr { node: Node::Env(of), .. }), algorithms, .. } if *of == id => {
            Some(token::secret_minimum(algorithms))
        }
        Proof::Jwt { .. } | Proof::Opaque | Proof::Password { .. } | Proof::Oauth { .. } => None,
    }
}

//! What holds for every call of a running program.
use crate::call::Refusal;
use crate::files::Files;
use crate::kernel::secret::Fitting;
use crate::native::Bodies;
use crate::outward::Upstreams;
use crate::pace::Pace;
use crate::stop::{Run, Stop};
use crate::token::Tokens;
use crate::value::Value;
use crate::wire::read;
use crate::wire::refine::{self, Patterns};
use quater_ir::auth::Auth;
use quater_ir::fault::UNAUTHORIZED;
use quater_ir::types::{Enum, Type};
use quater_ir::{Id, Program};
use serde_json::Value as Json;
use smol_str::SmolStr;
use std::sync::{Arc, OnceLock};

/// What holds for every call.
pub(crate) struct Facts {
    pub(crate) program: Arc<Program>,
    /// Environment values, by their ids.
    pub(crate) env: Vec<Value>,
    /// What tokens of those auths that take any are like, by their ids.
    pub(crate) tokens: Vec<Option<Tokens>>,
    /// Passwords that were found to fit, where an auth takes any.
    pub(crate) fitting: Option<Fitting>,
    pub(crate) upstreams: Upstreams,
    /// Bodies that are written in Rust.
    pub(crate) bodies: Bodies,
    /// How long those compute, beside what others do for them.
    pub(crate) computing: Pace,
    /// Where files are; nowhere in tests.
    pub(crate) files: Option<Files>,
    /// Where the first request came to.
    pub(crate) origin: OnceLock<SmolStr>,
    pub(crate) patterns: Patterns,
    /// What cursors are sealed with: a secret of the database, known once that is open.
    pub(crate) seal: OnceLock<[u8; 32]>,
}

impl Facts {
    /// What holds of a program before its surroundings are looked at.
    pub(crate) fn new(program: Arc<Program>, patterns: Patterns) -> Self {
        let computing = Pace::unknown(program.operations.len());
        Self {
            program,
            env: Vec::new(),
            tokens: Vec::new(),
            fitting: None,
            upstreams: Upstreams::default(),
            bodies: Bodies::new(),
            computing,
            files: None,
            origin: OnceLock::new(),
            patterns,
            seal: OnceLock::new(),
        }
    }

    pub(crate) fn tokens_of(&self, auth: Id<Auth>) -> Option<&Tokens> {
        self.tokens.get(auth.index()).and_then(Option::as_ref)
    }

    /// A row as its key; anything else as it is.
    pub(crate) fn keyed(&self, value: Value, ty: &Type) -> Run<Value> {
        match (value, ty.required()) {
            (Value::Row(row), Type::Row(entity)) => {
                Value::part(&row, self.program.entities[*entity].key.index())
            }
            (Value::Row(_), _) => Err(Stop::Defect("a row without its entity")),
            (value, _) => Ok(value),
        }
    }

    /// The position of a member in its enum.
    pub(crate) fn ordinal(&self, id: Id<Enum>, member: &Value) -> Value {
        let Value::Text(name) = member else { return Value::Null };
        let at = self.program.enums[id].members.iter().position(|it| it == name);
        at.map_or(Value::Null, |at| Value::Int(at as i64))
    }

    /// A claim as a value of a type.
    pub(crate) fn claim(&self, claim: &Json, ty: &Type) -> Option<Value> {
        let value = match (claim, self.stored(ty)) {
            // The subject of a token is always a text (RFC 7519, section 4.1.2), a key may be a number.
            (Json::String(text), Type::Int(_)) => {
                let number: i64 = text.parse().ok()?;
                Value::Int((number.to_string() == *text).then_some(number)?)
            }
            (Json::String(text), ty) => read::from_text(text, ty)?,
            (Json::Number(number), Type::Int(_)) => Value::Int(number.as_i64()?),
            (Json::Bool(truth), Type::Bool) => Value::Bool(*truth),
            _ => return None,
        };
        refine::check(value, self.stored(ty), &self.program, &self.patterns).ok()
    }

    /// The type that is stored for values of a type: of a relation, the other key's.
    pub(crate) fn stored<'a>(&'a self, ty: &'a Type) -> &'a Type {
        stored(&self.program, ty)
    }

    /// The address of this service, where a call does not say by which it was made.
    pub(crate) fn address(&self) -> SmolStr {
        match (self.program.service.hosts.first(), self.origin.get()) {
            (Some(host), _) => format!("https://{host}").into(),
            (None, Some(origin)) => origin.clone(),
            (None, None) => SmolStr::new_static("http://localhost"),
        }
    }

    pub(crate) fn unauthorized(&self) -> Refusal {
        Refusal::plain(&self.program, UNAUTHORIZED)
    }
}

/// The type that is stored for values of a type: of a relation, the other key's; never optional.
pub(crate) fn stored<'a>(program: &'a Program, ty: &'a Type) -> &'a Type {
    let ty = ty.required();
    if let Type::Ref(id) | Type::Row(id) = ty {
        let entity = &program.entities[*id];
        return stored(program, &entity.columns[entity.key].ty);
    }
    ty
}

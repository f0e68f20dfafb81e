//! What is outside a service.
use crate::expr::Expr;
use crate::surface::Method;
use crate::types::{Field, Type};
use crate::{Arena, Id};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// One `resource`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    /// Its name.
    pub name: SmolStr,
    /// What it is.
    pub kind: ResourceKind,
}

/// What a resource is. Its expressions read `env` alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ResourceKind {
    /// A database at a `sqlite:` or `postgres:` URL.
    Database {
        /// Gives the URL.
        url: Expr,
    },
    /// A place for files at a `file:` or `s3:` URL.
    Files {
        /// Gives the URL.
        url: Expr,
    },
    /// A queue of jobs.
    Queue {
        /// The database that keeps it.
        database: Id<Resource>,
    },
    /// An HTTP service that this one calls.
    Http(Box<Upstream>),
    /// A mail server at an `smtp:` or `smtps:` URL.
    Mail {
        /// Gives the URL.
        url: Expr,
    },
}

/// An HTTP service that this one calls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Upstream {
    /// Gives the URL that paths are joined to; none where each call takes a whole address.
    pub url: Option<Expr>,
    /// How this service proves who it is.
    pub credential: Option<UpstreamCredential>,
    /// Headers that every call has, by name.
    pub headers: Vec<(SmolStr, Expr)>,
    /// Longest wait for an answer, in milliseconds.
    pub timeout: u64,
    /// Most bytes of an answer.
    pub answer_limit: u64,
    /// Whether addresses of private networks may be called (RFC 1918 and the like).
    pub private: bool,
    /// What can be asked of it.
    pub calls: Arena<UpstreamCall>,
}

/// How a service proves who it is to another one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum UpstreamCredential {
    /// A bearer token (RFC 6750).
    Bearer(Expr),
    /// A name and a password (RFC 7617).
    Basic {
        /// The name.
        user: Expr,
        /// The password.
        password: Expr,
    },
}

/// One typed call of an HTTP service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UpstreamCall {
    /// Its name.
    pub name: SmolStr,
    /// What it is for.
    pub docs: String,
    /// Its parameters; a place says where each goes.
    pub parameters: Vec<UpstreamParameter>,
    /// What it answers; none where the answer's body is passed over.
    pub output: Option<Type>,
    /// Its method.
    pub method: Method,
    /// Its path with `{name}` for parameters, or the parameter that is the whole address.
    pub target: UpstreamTarget,
}

/// Where an upstream call goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum UpstreamTarget {
    /// A path under the URL of the resource.
    Path(SmolStr),
    /// The parameter of this position holds the address.
    Address(u32),
}

/// One parameter of an upstream call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UpstreamParameter {
    /// Its name and type.
    pub field: Field,
    /// Where the request carries it.
    pub place: crate::operation::Place,
}

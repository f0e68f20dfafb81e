//! How a caller signs in, and where it must.
use super::model::SecurityScheme;
use indexmap::IndexMap;
use quater_ir::Program;
use quater_ir::auth::{Auth, Carrier, Proof};
use quater_ir::operation::{Access, Door, Operation};
use std::iter;

fn auths(program: &Program) -> impl Iterator<Item = &Auth> {
    program.auths.values().filter(|auth| auth.doors.has(Door::Http))
}

/// Whether HTTP callers can sign in at all.
pub(super) fn applies(program: &Program) -> bool {
    auths(program).next().is_some()
}

/// Whether a cookie may say who calls, which counts only in requests of the service's own pages.
pub(super) fn by_cookie(program: &Program) -> bool {
    auths(program).any(|auth| matches!(auth.carrier, Carrier::Cookie(_)))
}

/// Every way to sign in.
pub(super) fn schemes(program: &Program) -> IndexMap<String, SecurityScheme> {
    auths(program).map(|auth| (auth.name.to_string(), scheme(auth))).collect()
}

fn scheme(auth: &Auth) -> SecurityScheme {
    let (format, proof) = match &auth.proof {
        Proof::Jwt { .. } | Proof::Oauth { .. } => (Some("JWT"), "a signed token"),
        Proof::Opaque => (None, "a key"),
        Proof::Password { .. } => (None, "a password"),
    };
    let docs = auth.docs.trim();
    let told = |how: String| if docs.is_empty() { how } else { docs.to_owned() };
    match &auth.carrier {
        Carrier::Scheme(word) if word.eq_ignore_ascii_case("bearer") => {
            let description = told(format!("Sign in with {proof}."));
            SecurityScheme::Http { scheme: "bearer", bearer_format: format, description }
        }
        Carrier::Scheme(word) => {
            // A word of their own is no registered scheme, and tools know no other way to send it.
            let how = format!("The word `{word}`, a space and {proof}.");
            let description = if docs.is_empty() { how } else { format!("{docs}\n\n{how}") };
            SecurityScheme::ApiKey { name: "Authorization".to_owned(), place: "header", description }
        }
        Carrier::Basic => {
            let description = told("Sign in with a name and a password.".to_owned());
            SecurityScheme::Http { scheme: "basic", bearer_format: None, description }
        }
        Carrier::Header(name) => {
            let description = told(format!("Sign in with {proof}."));
            SecurityScheme::ApiKey { name: name.to_string(), place: "header", description }
        }
        Carrier::Cookie(name) => {
            let description = told(format!("Sign in with {proof}."));
            SecurityScheme::ApiKey { name: name.to_string(), place: "cookie", description }
        }
    }
}

/// What one operation asks for: any of these suffices, an empty one asks for nothing.
pub(super) fn required(program: &Program, operation: &Operation) -> Vec<IndexMap<String, Vec<String>>> {
    let signed_in = auths(program).map(|auth| IndexMap::from([(auth.name.to_string(), Vec::new())]));
    if !applies(program) {
        Vec::new()
    } else if operation.access.iter().any(|access| matches!(access, Access::Public)) {
        iter::once(IndexMap::new()).chain(signed_in).collect()
    } else {
        signed_in.collect()
    }
}

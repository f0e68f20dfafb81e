//! What of the surroundings is not ready for strangers; what of the files is not, `quater check --production` tells.
use crate::failure::Failure;
use crate::service::{Environment, Here};
use quater_ir::Program;
use quater_ir::auth::{JwtKey, Proof};
use quater_ir::expr::{Expr, Node};
use smol_str::SmolStr;

/// Words that people put where a secret belongs until they have one.
const PLACEHOLDERS: [&str; 9] = [
    "changeme",
    "change-me",
    "change_me",
    "secret",
    "password",
    "example",
    "development",
    "insecure",
    "default",
];

/// Different bytes that a key has at least, unless it is no random one.
const DIFFERENT: usize = 10;

/// Refuses keys that can be guessed, and a log that tells everything.
pub(crate) fn ready(here: &Here, from: &Environment) -> Result<(), Failure> {
    let settings = here.settings(from)?;
    let weak = |name: &&SmolStr| settings.env.get(*name).is_some_and(|value| is_weak(value));
    let names: Vec<String> = keys(&here.program).iter().filter(weak).map(ToString::to_string).collect();
    if !names.is_empty() {
        return Err(Failure::WeakSecrets { names });
    }
    let loud = std::env::var("QUATER_LOG").unwrap_or_default();
    if ["debug", "trace"].iter().any(|level| loud.to_ascii_lowercase().contains(level)) {
        return Err(Failure::LoudLog { filter: loud });
    }
    Ok(())
}

/// The environment values that sign tokens.
fn keys(program: &Program) -> Vec<SmolStr> {
    let secret = |auth: &quater_ir::auth::Auth| match &auth.proof {
        Proof::Jwt { key: JwtKey::Secret(Expr { node: Node::Env(id), .. }), .. } => {
            Some(program.env[*id].name.clone())
        }
        Proof::Jwt { .. } | Proof::Opaque | Proof::Password { .. } | Proof::Oauth { .. } => None,
    };
    program.auths.values().filter_map(secret).collect()
}

/// Whether a key holds a word in its stead, or hardly any different bytes.
fn is_weak(key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    let mut bytes: Vec<u8> = key.bytes().collect();
    bytes.sort_unstable();
    bytes.dedup();
    bytes.len() < DIFFERENT || PLACEHOLDERS.iter().any(|word| lower.contains(word))
}

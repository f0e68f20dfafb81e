//! `env`
use quater_grammar::Rule;
use smol_str::SmolStr;

use super::build::{Build, Pair};
use super::declaration::{body, junk};
use super::expected::{Place, stray};
use super::field::field;
use crate::ast::{Env, Field, Name};

/// An `env` pair.
pub(super) fn env(build: &mut Build<'_>, pair: &Pair<'_>) -> Env {
    junk(build, pair);
    let mut fields = Vec::new();
    for line in body(build, pair, Rule::env_body) {
        if line.as_rule() == Rule::bad_line {
            stray(build, &line, Place::Fields);
            fields.push(Field::hole(Name { text: SmolStr::default(), at: build.at(&line) }));
        } else {
            fields.push(field(build, &line));
        }
    }
    Env { fields }
}

//! `enum`
use quater_grammar::Rule;

use super::build::{Build, Pair, child};
use super::declaration::{body, junk};
use super::expected::{Place, stray};
use super::field::name_inside;
use crate::ast::{Enumeration, EnumerationValue};

/// An `enumeration` pair.
pub(super) fn enumeration(build: &mut Build<'_>, pair: &Pair<'_>) -> Enumeration {
    junk(build, pair);
    let name = name_inside(build, pair);
    let mut values = Vec::new();
    for value in body(build, pair, Rule::enum_body) {
        if value.as_rule() == Rule::bad_member {
            stray(build, &value, Place::Values);
            continue;
        }
        values.push(EnumerationValue {
            docs: child(&value, Rule::docs).map(|docs| build.docs(&docs)),
            name: name_inside(build, &value),
            was: child(&value, Rule::was).map(|was| name_inside(build, &was)),
            at: build.at(&value),
        });
    }
    Enumeration { name, values }
}

//! Environment values that tests run with: made up, so that no test reads the machine's.
use super::filler;
use crate::wire::text;
use quater_ir::Program;
use smol_str::SmolStr;
use std::collections::BTreeMap;

/// Long enough for a signing secret.
const SECRET: &str = "a secret of tests, which is not one";

/// A value for each variable without a default.
pub(super) fn env(program: &Program) -> BTreeMap<SmolStr, String> {
    let needed = program.env.values().filter(|it| it.default.is_none() && !it.ty.is_optional());
    needed
        .filter_map(|it| {
            let value = filler::value(program, &it.ty, SECRET, 1);
            Some((it.name.clone(), text::of(&value)?.into_owned()))
        })
        .collect()
}

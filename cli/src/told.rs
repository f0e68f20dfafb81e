//! What the surroundings of a command say about a service: settings by variables, and the day.
use crate::env_file;
use crate::failure::Failure;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use quater_compiler::Asked;
use quater_ir::setting::{Setting, Value};
use std::collections::BTreeMap;
use std::path::Path;

/// Settings that variables say, each with the variable.
pub(crate) type Said = BTreeMap<Setting, Value>;

/// The settings that variables of a file and of the process say.
pub(crate) fn settings(env_file: Option<&Path>) -> Result<Said, Failure> {
    let values = env_file::values(env_file)?;
    let mut said = Said::new();
    for (variable, text) in &values {
        let Some(setting) = Setting::of_variable(variable) else { continue };
        let bad = |why| Failure::BadSetting { variable: variable.clone(), why };
        said.insert(setting, setting.read(text).map_err(bad)?);
    }
    Ok(said)
}

/// A service as it runs in these surroundings.
pub(crate) fn running(env_file: Option<&Path>) -> Result<Asked, Failure> {
    let settings = settings(env_file)?.into_values().collect();
    Ok(Asked { settings, today: Some(today()), ..Asked::default() })
}

/// The day, in UTC.
pub(crate) fn today() -> smol_str::SmolStr {
    Timestamp::now().to_zoned(TimeZone::UTC).date().to_string().into()
}

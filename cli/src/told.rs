//! What the surroundings of a command say about a service: settings by variables, and the day.
use crate::failure::Failure;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use quater_compiler::Asked;
use quater_host::service::said;
use std::path::Path;

/// A service as it runs in these surroundings.
pub(crate) fn running(env_file: Option<&Path>) -> Result<Asked, Failure> {
    let settings = said(env_file)?.into_values().collect();
    Ok(Asked { settings, today: Some(today()), ..Asked::default() })
}

/// The day, in UTC.
pub(crate) fn today() -> smol_str::SmolStr {
    Timestamp::now().to_zoned(TimeZone::UTC).date().to_string().into()
}

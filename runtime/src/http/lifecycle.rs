//! What answers say of an operation that is on its way out.
use http::header::LINK;
use http::{HeaderName, HeaderValue};
use jiff::civil::Date;
use quater_ir::Program;
use quater_ir::lifecycle::Deprecated;
use quater_ir::operation::Operation;

/// RFC 9745.
const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");

/// RFC 8594.
const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// The headers of every answer of an operation; none where it stays.
pub(super) fn headers(program: &Program, operation: &Operation) -> Vec<(HeaderName, HeaderValue)> {
    let Some(deprecated) = &operation.lifecycle.deprecated else { return Vec::new() };
    // The file says that it is deprecated and not since when: long ago is true of every such day.
    let mut headers = vec![(DEPRECATION, HeaderValue::from_static("@0"))];
    headers.extend(sunset(deprecated).map(|value| (SUNSET, value)));
    headers.extend(successor(program, deprecated).map(|value| (LINK, value)));
    headers
}

/// The end of its last day.
fn sunset(deprecated: &Deprecated) -> Option<HeaderValue> {
    let day: Date = deprecated.sunset.as_ref()?.parse().ok()?;
    HeaderValue::try_from(day.strftime("%a, %d %b %Y 23:59:59 GMT").to_string()).ok()
}

/// Where the operation to use instead is, if that is one path.
fn successor(program: &Program, deprecated: &Deprecated) -> Option<HeaderValue> {
    let name = deprecated.instead.as_ref()?;
    let named = |route: &&quater_ir::surface::Route| program.operations[route.operation].name == *name;
    let route = program.surface.routes.iter().find(named).filter(|route| !route.path.contains('{'))?;
    HeaderValue::try_from(format!("<{}>; rel=\"successor-version\"", route.path)).ok()
}

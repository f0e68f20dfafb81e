//! A scalar as plain text: in interpolation, in query strings, on the command line.
use crate::kernel::time;
use crate::value::Value;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;

/// The text of a scalar; nothing for null, rows, records and lists.
pub(crate) fn of(value: &Value) -> Option<Cow<'_, str>> {
    Some(match value {
        Value::Bool(truth) => Cow::Borrowed(if *truth { "true" } else { "false" }),
        Value::Int(int) => Cow::Owned(int.to_string()),
        Value::Float(float) => Cow::Owned(float.to_string()),
        Value::Decimal(decimal) => Cow::Owned(decimal.to_string()),
        Value::Text(text) => Cow::Borrowed(text),
        Value::Bytes(bytes) => Cow::Owned(STANDARD.encode(bytes)),
        Value::Uuid(uuid) => Cow::Owned(uuid.to_string()),
        Value::Date(days) => written(|out| time::write_date(out, *days)),
        Value::Instant(instant) => written(|out| time::write_instant(out, *instant)),
        Value::Duration(duration) => written(|out| time::write_duration(out, *duration)),
        Value::Json(json) => Cow::Borrowed(json),
        Value::Null
        | Value::Row(_)
        | Value::Record(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Variant(..)
        | Value::Patch(_)
        | Value::File(_) => return None,
    })
}

fn written(write: impl FnOnce(&mut Vec<u8>)) -> Cow<'static, str> {
    let mut out = Vec::new();
    write(&mut out);
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

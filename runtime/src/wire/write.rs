//! Values to JSON text.
use super::structure;
use crate::kernel::time;
use crate::stop::{Run, Stop};
use crate::value::Value;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use quater_ir::Program;
use quater_ir::types::Type;
use rust_decimal::Decimal;
use std::io::Write;
use uuid::Uuid;

/// Appends a value of a type.
pub(crate) fn value(out: &mut Vec<u8>, program: &Program, value: &Value, ty: &Type) -> Run<()> {
    written(out, (program, program.service.decimals_as_numbers), value, ty)
}

/// Appends a value of a type as it is stored: decimals are text, whatever the service sends.
pub(crate) fn stored(out: &mut Vec<u8>, program: &Program, value: &Value, ty: &Type) -> Run<()> {
    written(out, (program, false), value, ty)
}

/// What is written for, and whether decimals are numbers.
pub(super) type For<'p> = (&'p Program, bool);

pub(super) fn written(out: &mut Vec<u8>, of: For<'_>, value: &Value, ty: &Type) -> Run<()> {
    let (program, as_numbers) = of;
    match (value, ty) {
        (Value::Null, _) => out.extend_from_slice(b"null"),
        (it, Type::Optional(inner)) => written(out, of, it, inner)?,
        (Value::Record(members), Type::Record(id)) => record(out, of, members, *id)?,
        (Value::List(items), Type::List(item, _) | Type::Stream(item)) => list(out, of, items, item)?,
        (Value::Record(parts), Type::Page(page)) => structure::page(out, of, parts, page)?,
        (Value::List(items), Type::Tuple(parts)) => structure::tuple(out, of, items, parts)?,
        (Value::Map(entries), Type::Map(_, inner, _)) => structure::map(out, of, entries, inner)?,
        (Value::Variant(member, parts), Type::Union(id)) => {
            structure::variant(out, of, *member, parts, *id)?;
        }
        (Value::Patch(members), Type::Patch(id)) => structure::patch(out, of, members, *id)?,
        (Value::File(file), Type::File(_)) => structure::file(out, file),
        (Value::Row(row), Type::Row(id) | Type::Ref(id)) => {
            let entity = &program.entities[*id];
            let key = Value::part(row, entity.key.index())?;
            written(out, of, &key, &entity.columns[entity.key].ty)?;
        }
        (Value::Decimal(it), Type::Decimal { scale, .. }) => {
            decimal(out, crate::kernel::number::round(*it, u32::from(*scale)), as_numbers);
        }
        (Value::Int(it), Type::Decimal { scale, .. }) => {
            let it = crate::kernel::number::round((*it).into(), u32::from(*scale));
            decimal(out, it, as_numbers);
        }
        (it, _) => scalar(out, it, as_numbers)?,
    }
    Ok(())
}

/// Appends a record.
pub(super) fn record(
    out: &mut Vec<u8>,
    of: For<'_>,
    members: &[Value],
    id: quater_ir::Id<quater_ir::types::Record>,
) -> Run<()> {
    out.push(b'{');
    for (at, (field, member)) in of.0.records[id].fields.values().zip(members).enumerate() {
        if at > 0 {
            out.push(b',');
        }
        key(out, &field.name);
        written(out, of, member, &field.ty)?;
    }
    out.push(b'}');
    Ok(())
}

fn list(out: &mut Vec<u8>, of: For<'_>, items: &[Value], ty: &Type) -> Run<()> {
    out.push(b'[');
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        written(out, of, item, ty)?;
    }
    out.push(b']');
    Ok(())
}

/// Appends `"name":`; names are identifiers, so nothing in them needs escaping.
pub(crate) fn key(out: &mut Vec<u8>, name: &str) {
    out.push(b'"');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

/// Appends a scalar.
pub(crate) fn scalar(out: &mut Vec<u8>, value: &Value, decimals_as_numbers: bool) -> Run<()> {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(truth) => boolean(out, *truth),
        Value::Int(it) => int(out, *it),
        Value::Float(it) => float(out, *it),
        Value::Decimal(it) => decimal(out, *it, decimals_as_numbers),
        Value::Text(it) => text(out, it),
        Value::Bytes(it) => bytes(out, it),
        Value::Uuid(it) => uuid(out, it),
        Value::Date(days) => quoted(out, |out| time::write_date(out, *days)),
        Value::Instant(it) => quoted(out, |out| time::write_instant(out, *it)),
        Value::Duration(it) => quoted(out, |out| time::write_duration(out, *it)),
        Value::Json(it) => out.extend_from_slice(it.as_bytes()),
        Value::Row(_)
        | Value::Record(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Variant(..)
        | Value::Patch(_)
        | Value::File(_) => {
            return Err(Stop::Defect("a scalar was expected"));
        }
    }
    Ok(())
}

/// Appends `true` or `false`.
pub(crate) fn boolean(out: &mut Vec<u8>, truth: bool) {
    out.extend_from_slice(if truth { b"true" } else { b"false" });
}

/// Appends a whole number.
pub(crate) fn int(out: &mut Vec<u8>, int: i64) {
    out.extend_from_slice(itoa::Buffer::new().format(int).as_bytes());
}

/// Appends a double in the shortest form that reads back the same.
pub(crate) fn float(out: &mut Vec<u8>, float: f64) {
    let written = serde_json::to_writer(&mut *out, &float);
    debug_assert!(written.is_ok(), "a Vec takes everything");
}

/// Appends a decimal with all digits of its scale.
pub(crate) fn decimal(out: &mut Vec<u8>, decimal: Decimal, as_number: bool) {
    if let (Ok(number), Ok(scale)) = (i64::try_from(decimal.mantissa()), u8::try_from(decimal.scale())) {
        return units(out, number, scale, as_number);
    }
    let written = if as_number { write!(out, "{decimal}") } else { write!(out, "\"{decimal}\"") };
    debug_assert!(written.is_ok(), "a Vec takes everything");
}

/// Appends a decimal that is given in units of its last digit.
pub(crate) fn units(out: &mut Vec<u8>, units: i64, scale: u8, as_number: bool) {
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(units.unsigned_abs());
    let scale = usize::from(scale);
    if !as_number {
        out.push(b'"');
    }
    if units < 0 {
        out.push(b'-');
    }
    let whole = digits.len().saturating_sub(scale);
    let (whole, fraction) = digits.split_at(whole);
    out.extend_from_slice(if whole.is_empty() { b"0" } else { whole.as_bytes() });
    if scale > 0 {
        out.push(b'.');
        out.extend(std::iter::repeat_n(b'0', scale - fraction.len()));
        out.extend_from_slice(fraction.as_bytes());
    }
    if !as_number {
        out.push(b'"');
    }
}

/// Appends a UUID in its hyphenated form.
pub(crate) fn uuid(out: &mut Vec<u8>, uuid: &Uuid) {
    let mut buffer = Uuid::encode_buffer();
    out.push(b'"');
    out.extend_from_slice(uuid.hyphenated().encode_lower(&mut buffer).as_bytes());
    out.push(b'"');
}

/// Appends bytes as base64 (RFC 4648, section 4).
pub(crate) fn bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    out.extend_from_slice(STANDARD.encode(bytes).as_bytes());
    out.push(b'"');
}

/// Appends what `write` appends, between quotes.
pub(crate) fn quoted(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    out.push(b'"');
    write(out);
    out.push(b'"');
}

/// Appends text between quotes, escaped (RFC 8259, section 7).
pub(crate) fn text(out: &mut Vec<u8>, text: &str) {
    let raw = text.as_bytes();
    out.reserve(raw.len() + 2);
    out.push(b'"');
    // Most texts have nothing to escape; without a way out of the loop many bytes are compared at once.
    if raw.iter().fold(false, |any, byte| any | is_escaped(*byte)) {
        escaped(out, raw);
    } else {
        out.extend_from_slice(raw);
    }
    out.push(b'"');
}

/// The same of bytes that should be UTF-8; false, and nothing appended, where they are not.
pub(crate) fn utf8(out: &mut Vec<u8>, raw: &[u8]) -> bool {
    // What is ASCII and has nothing to escape is known to be both by one look.
    if raw.iter().fold(false, |any, byte| any | is_escaped(*byte) | !byte.is_ascii()) {
        return std::str::from_utf8(raw).map(|it| text(out, it)).is_ok();
    }
    out.reserve(raw.len() + 2);
    out.push(b'"');
    out.extend_from_slice(raw);
    out.push(b'"');
    true
}

const fn is_escaped(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'"') | (byte == b'\\')
}

fn escaped(out: &mut Vec<u8>, raw: &[u8]) {
    let mut plain = 0;
    for (at, byte) in raw.iter().enumerate().filter(|(_, byte)| is_escaped(**byte)) {
        out.extend_from_slice(raw.get(plain..at).unwrap_or_default());
        escape(out, *byte);
        plain = at + 1;
    }
    out.extend_from_slice(raw.get(plain..).unwrap_or_default());
}

fn escape(out: &mut Vec<u8>, byte: u8) {
    match byte {
        b'"' => out.extend_from_slice(b"\\\""),
        b'\\' => out.extend_from_slice(b"\\\\"),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        other => {
            let written = write!(out, "\\u{other:04x}");
            debug_assert!(written.is_ok(), "a Vec takes everything");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{text, units, utf8};

    #[test]
    fn bytes_that_are_text_are_written_as_it() {
        for it in ["", "plain", "a \"quoted\" \\ one", "line\nbreak \u{1}\u{7f}", "Tee \u{1f375}", "Ἀνά"]
        {
            let (mut wanted, mut got) = (Vec::new(), Vec::new());
            text(&mut wanted, it);
            assert!(utf8(&mut got, it.as_bytes()));
            assert_eq!(String::from_utf8_lossy(&got), String::from_utf8_lossy(&wanted));
        }
        for it in [&[0xff_u8][..], b"half \xe2\x82", &[b'"', 0x80]] {
            let mut got = Vec::new();
            assert!(!utf8(&mut got, it));
            assert!(got.is_empty());
        }
    }

    #[test]
    fn units_become_digits_with_a_point() {
        for (number, scale, text) in [
            (0, 0, "0"),
            (7, 0, "7"),
            (0, 2, "0.00"),
            (5, 2, "0.05"),
            (-5, 2, "-0.05"),
            (1_234, 2, "12.34"),
            (-100, 2, "-1.00"),
            (i64::MIN, 3, "-9223372036854775.808"),
        ] {
            let mut out = Vec::new();
            units(&mut out, number, scale, true);
            assert_eq!(String::from_utf8_lossy(&out), text);
            let mut quoted = Vec::new();
            units(&mut quoted, number, scale, false);
            assert_eq!(String::from_utf8_lossy(&quoted), format!("\"{text}\""));
        }
    }
}

//! A contract as JSON that people review: one fact a line, sorted, so that a change is a line of a diff.
use super::Contract;
use serde_json::Value;

/// Most characters of a line that holds a whole object or list.
const WIDTH: usize = 110;

/// Levels at which every member has a line of its own, however short.
const SPREAD: usize = 3;

/// The text of `quater.lock`: the same contract, the same bytes.
pub fn print(contract: &Contract) -> String {
    let mut out = String::new();
    write(&serde_json::json!(contract), 0, 0, &mut out);
    out.push('\n');
    out
}

/// Writes a value; `before` is the width of what stands before it in its line.
fn write(value: &Value, level: usize, before: usize, out: &mut String) {
    let short = inline(value);
    let spread = match value {
        Value::Object(members) => {
            !members.is_empty()
                && (level < SPREAD
                    || members.values().any(Value::is_object)
                    || before + short.chars().count() > WIDTH)
        }
        Value::Array(items) => !items.is_empty() && before + short.chars().count() > WIDTH,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    match value {
        Value::Object(members) if spread => {
            out.push('{');
            for (at, (name, member)) in members.iter().enumerate() {
                let name = format!("{}: ", Value::from(name.as_str()));
                line(at, level, out);
                out.push_str(&name);
                write(member, level + 1, 2 * (level + 1) + name.chars().count(), out);
            }
            close('}', level, out);
        }
        Value::Array(items) if spread => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                line(at, level, out);
                write(item, level + 1, 2 * (level + 1), out);
            }
            close(']', level, out);
        }
        Value::Object(_)
        | Value::Array(_)
        | Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_) => out.push_str(&short),
    }
}

fn line(at: usize, level: usize, out: &mut String) {
    out.push_str(if at == 0 { "\n" } else { ",\n" });
    out.push_str(&"  ".repeat(level + 1));
}

fn close(brace: char, level: usize, out: &mut String) {
    out.push('\n');
    out.push_str(&"  ".repeat(level));
    out.push(brace);
}

fn inline(value: &Value) -> String {
    match value {
        Value::Object(members) if members.is_empty() => "{}".to_owned(),
        Value::Object(members) => {
            let members =
                members.iter().map(|(name, it)| format!("{}: {}", Value::from(name.as_str()), inline(it)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => format!("[{}]", items.iter().map(inline).collect::<Vec<_>>().join(", ")),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}

//! Types as the language writes them.
use crate::Program;
use crate::types::{Bounds, FileRules, Record, Type};

/// A type as one would write it in a `.qtr` file, with the members of the record that it is or lists.
pub fn type_text(ty: &Type, program: &Program) -> String {
    if let Type::List(item, bounds) = ty {
        format!("[{}]{}", type_text(item, program), bounds.behind())
    } else if let Type::Optional(inner) = ty {
        format!("{}?", type_text(inner, program))
    } else if let Type::Record(id) = ty {
        let record = &program.records[*id];
        let name = record.name.as_ref().map(|name| format!("{name} "));
        format!("{}{}", name.unwrap_or_default(), members(record, program))
    } else {
        short(ty, program)
    }
}

/// A type with named records by their names alone.
fn short(ty: &Type, program: &Program) -> String {
    match ty {
        Type::Enum(id) => program.enums[*id].members.join("|"),
        Type::Record(id) => {
            let record = &program.records[*id];
            record.name.as_ref().map_or_else(|| members(record, program), ToString::to_string)
        }
        Type::Ref(id) | Type::Row(id) => program.entities[*id].name.to_string(),
        Type::List(item, bounds) => format!("[{}]{}", short(item, program), bounds.behind()),
        Type::Optional(inner) => format!("{}?", short(inner, program)),
        Type::Map(key, value, bounds) => {
            format!("{{ {}: {} }}{}", short(key, program), short(value, program), bounds.behind())
        }
        Type::Tuple(parts) => {
            let parts = parts.iter().map(|part| short(part, program)).collect::<Vec<_>>();
            format!("({})", parts.join(", "))
        }
        Type::Union(id) => {
            let union = &program.unions[*id];
            let members = || union.members.iter().map(|member| member.name.as_str()).collect::<Vec<_>>();
            union.name.as_ref().map_or_else(|| members().join(" | "), ToString::to_string)
        }
        Type::Page(page) => format!("page {}", short(&page.of, program)),
        Type::Stream(item) => format!("stream {}", short(item, program)),
        Type::Patch(id) => format!("patch {}", members(&program.records[*id], program)),
        Type::File(rules) => file(rules),
        Type::Bool
        | Type::Int(_)
        | Type::Float(_)
        | Type::Decimal { .. }
        | Type::Text(_)
        | Type::Bytes { .. }
        | Type::Uuid
        | Type::Date
        | Type::Instant
        | Type::Duration
        | Type::Json
        | Type::Url
        | Type::Email
        | Type::Password
        | Type::Null => scalar(ty),
    }
}

/// A type that has no parts; `json` for any other.
pub(crate) fn scalar(ty: &Type) -> String {
    match ty {
        Type::Bool => "bool".to_owned(),
        Type::Int(bounds) => format!("int{}", bounds.behind()),
        Type::Float(bounds) => format!("float{}", bounds.behind()),
        Type::Decimal { scale, bounds } => {
            let bounds = bounds.between().map_or_else(String::new, |range| format!(", {range}"));
            format!("decimal({scale}{bounds})")
        }
        Type::Text(rules) => rules.to_string(),
        Type::Bytes { max } => format!("bytes{}", Bounds { min: None, max: *max }.behind()),
        Type::Uuid => "uuid".to_owned(),
        Type::Date => "date".to_owned(),
        Type::Instant => "instant".to_owned(),
        Type::Duration => "duration".to_owned(),
        Type::Url => "url".to_owned(),
        Type::Email => "email".to_owned(),
        Type::Password => "password".to_owned(),
        Type::File(_) => "file".to_owned(),
        Type::Null => "null".to_owned(),
        Type::Json
        | Type::Enum(_)
        | Type::Record(_)
        | Type::Ref(_)
        | Type::Row(_)
        | Type::List(..)
        | Type::Map(..)
        | Type::Tuple(_)
        | Type::Union(_)
        | Type::Page(_)
        | Type::Stream(_)
        | Type::Patch(_)
        | Type::Optional(_) => "json".to_owned(),
    }
}

fn file(rules: &FileRules) -> String {
    let media = rules.media.iter().map(|media| format!("\"{media}\""));
    let inside: Vec<String> = media.chain(rules.max.map(|max| format!("..{max}b"))).collect();
    if inside.is_empty() { "file".to_owned() } else { format!("file({})", inside.join(", ")) }
}

fn members(record: &Record, program: &Program) -> String {
    let members =
        record.fields.values().map(|field| format!("{}: {}", field.name, short(&field.ty, program)));
    format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
}

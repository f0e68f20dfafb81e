//! Shapes as the language writes types.
use super::{Members, Shape};
use crate::types::{Bounds, Type};
use std::fmt;

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(ty) => f.write_str(&scalar(ty)),
            Self::OneOf { members, .. } => f.write_str(&members.join(" | ")),
            Self::Optional(of) => write!(f, "{of}?"),
            Self::List(of, bounds) => write!(f, "[{of}]{}", bounds.behind()),
            Self::Map(key, of, bounds) => write!(f, "{{ {key}: {of} }}{}", bounds.behind()),
            Self::Tuple(parts) => {
                let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
                write!(f, "({})", parts.join(", "))
            }
            Self::Record(members) => f.write_str(&record(members)),
            Self::Union(kinds) => {
                let kinds: Vec<String> =
                    kinds.iter().map(|(kind, members)| format!("{kind} {}", record(members))).collect();
                f.write_str(&kinds.join(" | "))
            }
            Self::Again(_) => f.write_str("…"),
        }
    }
}

fn record(members: &Members) -> String {
    if members.is_empty() {
        return "{}".to_owned();
    }
    let members = members.iter().map(|(name, member)| format!("{name}: {}", member.shape));
    format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
}

fn scalar(ty: &Type) -> String {
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
        // The rest has parts, or is not stored.
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

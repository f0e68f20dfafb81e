//! Shapes as the language writes types.
use super::{Members, Shape};
use crate::type_text::scalar;
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

//! Types of values, with their refinements.
use crate::entity::Entity;
use crate::expr::Expr;
use crate::{Arena, Id};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::fmt::{self, Display};

/// Largest `int`, and, negated, the smallest: every JSON client holds these exactly (2^53 - 1).
pub const INT_LIMIT: i64 = 9_007_199_254_740_991;

/// Most characters of a `url`.
pub const URL_LIMIT: u32 = 2_048;

/// Most characters of an `email` (RFC 5321, path limit less the angle brackets).
pub const EMAIL_LIMIT: u32 = 254;

/// What a value may be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Type {
    /// True or false.
    Bool,
    /// A whole number within ±[`INT_LIMIT`].
    Int(Bounds<i64>),
    /// An IEEE 754 double; never NaN or infinite.
    Float(Bounds<f64>),
    /// An exact number with a fixed count of digits behind the point.
    Decimal {
        /// Digits behind the point.
        scale: u8,
        /// Least and most.
        bounds: Bounds<Decimal>,
    },
    /// Unicode text.
    Text(TextRules),
    /// Bytes; base64 in JSON.
    Bytes {
        /// Most bytes.
        max: Option<u64>,
    },
    /// A UUID.
    Uuid,
    /// A day of the Gregorian calendar.
    Date,
    /// A point in time, in milliseconds.
    Instant,
    /// A length of time, in milliseconds.
    Duration,
    /// Any JSON.
    Json,
    /// An absolute URL.
    Url,
    /// A mail address, trimmed and lower-cased.
    Email,
    /// An Argon2id hash: set from text, verified against text, never shown.
    Password,
    /// A member of a closed set, by its name.
    Enum(Id<Enum>),
    /// A record.
    Record(Id<Record>),
    /// The key of a row.
    Ref(Id<Entity>),
    /// A row read from its table.
    Row(Id<Entity>),
    /// A list.
    List(Box<Type>, Bounds<u32>),
    /// Values by key, in the order they were put in. A key is a text, a member of an enum, an int or a
    /// UUID; on the wire it is a JSON object.
    Map(Box<Type>, Box<Type>, Bounds<u32>),
    /// A fixed row of values; on the wire a JSON array.
    Tuple(Vec<Type>),
    /// One of several records; on the wire its `kind` says which.
    Union(Id<Union>),
    /// Part of a list of rows, with the way to the next part.
    Page(Page),
    /// Items one after the other, sent as they come: only an output.
    Stream(Box<Type>),
    /// Changes to the members of a record: each may be absent, and null clears it.
    Patch(Id<Record>),
    /// An upload, or the file that a column keeps.
    File(FileRules),
    /// The type inside, or null.
    Optional(Box<Type>),
    /// Only null: the type of a bare `null`.
    Null,
}

/// Least and most, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds<T> {
    /// Least.
    pub min: Option<T>,
    /// Most.
    pub max: Option<T>,
}

impl<T> Bounds<T> {
    /// Anything goes.
    pub const ANY: Self = Self { min: None, max: None };
}

impl<T: PartialOrd> Bounds<T> {
    /// Whether a value lies within.
    pub fn allow(&self, value: &T) -> bool {
        self.min.as_ref().is_none_or(|min| value >= min) && self.max.as_ref().is_none_or(|max| value <= max)
    }

    /// Whether everything that `other` allows lies within.
    pub fn cover(&self, other: &Self) -> bool {
        let low = self.min.as_ref().is_none_or(|min| other.min.as_ref().is_some_and(|its| its >= min));
        let high = self.max.as_ref().is_none_or(|max| other.max.as_ref().is_some_and(|its| its <= max));
        low && high
    }
}

impl<T: Display> Bounds<T> {
    /// Them as the language writes them: `1..80`; none where anything goes.
    pub fn between(&self) -> Option<String> {
        let end = |value: &Option<T>| value.as_ref().map_or_else(String::new, ToString::to_string);
        (self.min.is_some() || self.max.is_some()).then(|| format!("{}..{}", end(&self.min), end(&self.max)))
    }

    /// Them as they stand behind a type: `(1..80)`, or nothing.
    pub fn behind(&self) -> String {
        self.between().map_or_else(String::new, |range| format!("({range})"))
    }
}

/// What `page T` gives: `{ items, next? }`, or `{ items, total }` where it is counted by offset.
/// [`Node::Member`](crate::expr::Node) 0 is the items, 1 the other one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Page {
    /// What each item is.
    pub of: Box<Type>,
    /// Most items of one page.
    pub most: u32,
    /// Whether callers say how many rows to pass over, instead of giving a cursor back.
    pub by_offset: bool,
}

/// What a file must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRules {
    /// Media types that are taken (RFC 6838), in lower case; none for any.
    pub media: Vec<SmolStr>,
    /// Most bytes.
    pub max: Option<u64>,
}

/// How text is normalised, then checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextRules {
    /// White space at both ends goes.
    pub trim: bool,
    /// Letter case is folded.
    pub case: Option<Case>,
    /// Least and most characters (Unicode scalar values).
    pub length: Bounds<u32>,
    /// What the whole text must match: the linear subset that Rust and ECMAScript share.
    pub pattern: Option<SmolStr>,
}

impl TextRules {
    /// Any text.
    pub const ANY: Self = Self { trim: false, case: None, length: Bounds::ANY, pattern: None };
}

/// Letter case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Case {
    /// Lower case.
    Lower,
    /// Upper case.
    Upper,
}

impl Display for TextRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pattern = self.pattern.as_ref().map(|pattern| format!("/{pattern}/"));
        let inside: Vec<String> = pattern.into_iter().chain(self.length.between()).collect();
        if inside.is_empty() { f.write_str("text") } else { write!(f, "text({})", inside.join(", ")) }
    }
}

impl Type {
    /// Text without any rule.
    pub const TEXT: Self = Self::Text(TextRules::ANY);
    /// A whole number without a narrower bound.
    pub const INT: Self = Self::Int(Bounds::ANY);
    /// A float without a bound.
    pub const FLOAT: Self = Self::Float(Bounds::ANY);

    /// This type or null; an optional stays as it is.
    #[must_use]
    pub fn optional(self) -> Self {
        if self.is_optional() { self } else { Self::Optional(Box::new(self)) }
    }

    /// Whether null is one of its values.
    pub fn is_optional(&self) -> bool {
        matches!(self, Self::Optional(_) | Self::Null)
    }

    /// What each item is, of a list, a page or a stream.
    pub fn item(&self) -> Option<&Self> {
        if let Self::List(of, _) | Self::Stream(of) | Self::Page(Page { of, .. }) = self {
            Some(of)
        } else {
            None
        }
    }

    /// The type without null.
    pub fn required(&self) -> &Self {
        if let Self::Optional(inner) = self { inner } else { self }
    }

    /// The types that stand in this one; a record's members and a union's stand elsewhere.
    pub fn children(&self) -> Vec<&Self> {
        match self {
            Self::List(of, _) | Self::Optional(of) | Self::Stream(of) => vec![of],
            Self::Page(page) => vec![&page.of],
            Self::Map(key, of, _) => vec![key, of],
            Self::Tuple(parts) => parts.iter().collect(),
            Self::Bool
            | Self::Int(_)
            | Self::Float(_)
            | Self::Decimal { .. }
            | Self::Text(_)
            | Self::Bytes { .. }
            | Self::Uuid
            | Self::Date
            | Self::Instant
            | Self::Duration
            | Self::Json
            | Self::Url
            | Self::Email
            | Self::Password
            | Self::Enum(_)
            | Self::Record(_)
            | Self::Ref(_)
            | Self::Row(_)
            | Self::Union(_)
            | Self::Patch(_)
            | Self::File(_)
            | Self::Null => Vec::new(),
        }
    }

    /// Whether agents are shown a value of this type rather than told it.
    pub fn is_content(&self, unions: &Arena<Union>) -> bool {
        let one = if let Self::List(of, _) = self { of } else { self };
        if let Self::Union(id) = one { unions[*id].content } else { false }
    }

    /// The records that a value of this type may be, those inside its [children](Self::children) left out.
    pub fn records(&self, unions: &Arena<Union>) -> Vec<Id<Record>> {
        if let Self::Record(id) | Self::Patch(id) = self {
            vec![*id]
        } else if let Self::Union(id) = self {
            unions[*id].members.iter().map(|member| member.record).collect()
        } else {
            Vec::new()
        }
    }
}

/// One of several named types, told apart by `kind`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Union {
    /// Its name; none where it is written in place.
    pub name: Option<SmolStr>,
    /// What it is for.
    pub docs: String,
    /// Its members, in the order of the file.
    pub members: Vec<Member>,
    /// Whether it is the language's own: what agents are shown.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub content: bool,
}

/// One member of a union.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Its name, which is the value of `kind`.
    pub name: SmolStr,
    /// What it is.
    pub record: Id<Record>,
}

/// A closed set of names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enum {
    /// Its name.
    pub name: SmolStr,
    /// What it is for.
    pub docs: String,
    /// Its members, in the order they are declared and sorted.
    pub members: Vec<SmolStr>,
    /// Members that had another name: the name they have, and the one before.
    pub renamed: Vec<(SmolStr, SmolStr)>,
    /// What members are for, of those that say it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub told: Vec<(SmolStr, String)>,
}

impl Enum {
    /// What people are shown of a member where they choose one: the first line of what it is for.
    pub fn title(&self, member: &str) -> Option<&str> {
        let (_, docs) = self.told.iter().find(|(name, _)| name == member)?;
        let line = docs.lines().next()?.trim();
        Some(line.strip_suffix('.').unwrap_or(line)).filter(|line| !line.is_empty())
    }
}

/// A record type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its name; none where it is written in place.
    pub name: Option<SmolStr>,
    /// What it is for.
    pub docs: String,
    /// Its members.
    pub fields: Arena<Field>,
    /// The entity it is a projection of; then every field has a [`Field::source`].
    pub of: Option<Id<Entity>>,
}

/// One member of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Field {
    /// Its name, as on the wire.
    pub name: SmolStr,
    /// What it is for.
    pub docs: String,
    /// Its type.
    pub ty: Type,
    /// What stands in when an input leaves it out.
    pub default: Option<Expr>,
    /// Whether it may never be shown.
    pub secret: bool,
    /// In a projection: its value, over the columns of the row.
    pub source: Option<Expr>,
}

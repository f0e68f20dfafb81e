//! JSON as it was written: order and repeated names kept, text borrowed where it can be.
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

/// From here on doubles are written with an exponent.
const EXPONENT: f64 = 1e16;

/// Whole numbers below this are ints.
const INTS: f64 = 9_223_372_036_854_775_807.0;

/// One JSON value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Tree<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// A number with more digits than a double keeps, as it was written.
    Number(&'a str),
    Text(Cow<'a, str>),
    List(Vec<Tree<'a>>),
    Object(Vec<(Cow<'a, str>, Tree<'a>)>),
}

impl Tree<'_> {
    /// What it is, for messages.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Int(_) | Self::Float(_) | Self::Number(_) => "a number",
            Self::Text(_) => "a string",
            Self::List(_) => "an array",
            Self::Object(_) => "an object",
        }
    }

    /// It as every database gives it back: members by their names, the last of equal ones alone, and a
    /// whole number without an exponent where it is an int.
    pub(crate) fn settled(self) -> Self {
        self.in_order(Self::kept)
    }

    /// Members by their names, the last of equal ones alone.
    pub(crate) fn sorted(self) -> Self {
        self.in_order(|it| it)
    }

    fn in_order(self, part: fn(Self) -> Self) -> Self {
        match self {
            Self::List(items) => Self::List(items.into_iter().map(|item| item.in_order(part)).collect()),
            Self::Object(members) => {
                let members: BTreeMap<_, _> =
                    members.into_iter().map(|(name, member)| (name, member.in_order(part))).collect();
                Self::Object(members.into_iter().collect())
            }
            it @ (Self::Null
            | Self::Bool(_)
            | Self::Int(_)
            | Self::Float(_)
            | Self::Number(_)
            | Self::Text(_)) => part(it),
        }
    }

    fn kept(self) -> Self {
        if let Self::Number(text) = self {
            // No database has to keep more of it than others.
            return text.parse().map_or(Self::Null, |double| Self::Float(double).kept());
        }
        let Self::Float(float) = self else { return self };
        if float == 0.0 {
            Self::Float(0.0)
        } else if float.fract() == 0.0 && (EXPONENT..INTS).contains(&float.abs()) {
            Self::Int(float as i64)
        } else {
            self
        }
    }

    /// Whether some text in it holds U+0000, which not every database keeps.
    pub(crate) fn holds_nul(&self) -> bool {
        match self {
            Self::Text(text) => text.contains('\0'),
            Self::List(items) => items.iter().any(Self::holds_nul),
            Self::Object(members) => {
                members.iter().any(|(name, member)| name.contains('\0') || member.holds_nul())
            }
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Float(_) | Self::Number(_) => false,
        }
    }

    /// It as JSON text.
    pub(crate) fn text(&self) -> String {
        let mut out = Vec::new();
        self.write(&mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    /// Appends it as JSON text.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Null => out.extend_from_slice(b"null"),
            Self::Bool(truth) => super::write::boolean(out, *truth),
            Self::Int(int) => super::write::int(out, *int),
            Self::Float(float) => super::write::float(out, *float),
            Self::Number(text) => out.extend_from_slice(text.as_bytes()),
            Self::Text(text) => super::write::text(out, text),
            Self::List(items) => {
                out.push(b'[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    item.write(out);
                }
                out.push(b']');
            }
            Self::Object(members) => {
                out.push(b'{');
                for (at, (name, member)) in members.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    super::write::text(out, name);
                    out.push(b':');
                    member.write(out);
                }
                out.push(b'}');
            }
        }
    }
}

impl<'a> From<&'a Json> for Tree<'a> {
    fn from(json: &'a Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(truth) => Self::Bool(*truth),
            Json::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(int), _) => Self::Int(int),
                (None, Some(float)) => Self::Float(float),
                (None, None) => Self::Null,
            },
            Json::String(text) => Self::Text(Cow::Borrowed(text)),
            Json::Array(items) => Self::List(items.iter().map(Self::from).collect()),
            Json::Object(members) => Self::Object(
                members
                    .iter()
                    .map(|(name, value)| (Cow::Borrowed(name.as_str()), Self::from(value)))
                    .collect(),
            ),
        }
    }
}

impl<'de> Deserialize<'de> for Tree<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Self::Value, E> {
        Ok(Tree::Bool(truth))
    }

    fn visit_i64<E: Error>(self, int: i64) -> Result<Self::Value, E> {
        Ok(Tree::Int(int))
    }

    fn visit_u64<E: Error>(self, int: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(int).map_or(Tree::Float(int as f64), Tree::Int))
    }

    fn visit_f64<E: Error>(self, float: f64) -> Result<Self::Value, E> {
        Ok(Tree::Float(float))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Tree::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Tree::Text(Cow::Borrowed(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Tree::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut object = Vec::new();
        while let Some((Name(name), member)) = members.next_entry()? {
            object.push((name, member));
        }
        Ok(Tree::Object(object))
    }
}

struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor)
    }
}

struct NameVisitor;

impl<'de> Visitor<'de> for NameVisitor {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Name(Cow::Owned(text.to_owned())))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Name(Cow::Borrowed(text)))
    }
}

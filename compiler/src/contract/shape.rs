//! Types as callers see them, and their one-line form: `text(trim, 1..80)?`, `[type Line](1..50)`.
use super::split;
use quater_ir::types::{Bounds, Case, TextRules};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::fmt::{self, Display};
use std::str::FromStr;

/// Most lists inside each other; the language allows fewer.
const DEPTH: usize = 128;

/// A type on the wire or in a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Shape {
    /// One value.
    Scalar(Scalar),
    /// A member of an enum, by the enum's name.
    Enum(SmolStr),
    /// A record, by its name.
    Record(SmolStr),
    /// A list.
    List(Box<Shape>, Range<u32>),
    /// A page of what is inside; whether it is counted and passed over instead of gone on from.
    Page(Box<Shape>, bool),
    /// The shape inside, or null.
    Optional(Box<Shape>),
    /// A map: its keys and its values.
    Map(Box<Shape>, Box<Shape>, Range<u32>),
    /// A fixed row of values.
    Tuple(Vec<Shape>),
    /// One of several records, by the union's name.
    Union(SmolStr),
    /// Members of a record, each of which may be left out, by its name.
    Patch(SmolStr),
    /// A file.
    File(Files),
    /// Items one after the other.
    Stream(Box<Shape>),
}

/// What a file must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// Media types that are taken; none for any.
    pub media: Vec<SmolStr>,
    /// Most bytes.
    pub size: Range<u64>,
}

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scalar {
    /// `int(1..99)`
    Int(Range<i64>),
    /// `float(..0.5)`: the bounds as they are printed, because doubles have no total order.
    Float(Range<Finite>),
    /// `decimal(2, 0..)`
    Decimal(u8, Range<Decimal>),
    /// `text(trim, lower, 1..80, /[a-z]+/)`
    Text(TextRules),
    /// `bytes(..1024)`
    Bytes(Range<u64>),
    /// What has no refinement, by its name.
    Plain(Plain),
}

/// Least and most, both inclusive.
pub type Range<T> = Bounds<T>;

/// A double that is a number, compared by its bits.
#[derive(Debug, Clone, Copy)]
pub struct Finite(pub f64);

impl PartialEq for Finite {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl Eq for Finite {}

impl PartialOrd for Finite {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.0.partial_cmp(&other.0)
    }
}

impl Display for Finite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Finite {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        text.parse().ok().filter(|number: &f64| number.is_finite()).map(Self).ok_or(())
    }
}

macro_rules! plain {
    ($($variant:ident $name:literal,)*) => {
        /// A scalar without a refinement.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Plain {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl Plain {
            const ALL: &[Self] = &[$(Self::$variant),*];

            const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }
        }
    };
}

plain! {
    Bool "bool",
    Uuid "uuid",
    Date "date",
    Instant "instant",
    Duration "duration",
    Json "json",
    Url "url",
    Email "email",
    Password "password",
    Null "null",
}

impl Shape {
    /// The shape without null.
    pub fn required(&self) -> &Self {
        if let Self::Optional(inner) = self { inner } else { self }
    }

    /// Whether null is one of its values.
    pub const fn is_optional(&self) -> bool {
        matches!(self, Self::Optional(_) | Self::Scalar(Scalar::Plain(Plain::Null)))
    }
}

impl Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scalar(scalar) => scalar.fmt(f),
            Self::Enum(name) => write!(f, "enum {name}"),
            Self::Record(name) => write!(f, "type {name}"),
            Self::List(item, bounds) => match between(bounds) {
                Some(bounds) => write!(f, "[{item}]({bounds})"),
                None => write!(f, "[{item}]"),
            },
            Self::Page(item, false) => write!(f, "page {item}"),
            Self::Page(item, true) => write!(f, "page by offset {item}"),
            Self::Optional(inner) => write!(f, "{inner}?"),
            Self::Map(key, of, bounds) => match between(bounds) {
                Some(bounds) => write!(f, "{{ {key}: {of} }}({bounds})"),
                None => write!(f, "{{ {key}: {of} }}"),
            },
            Self::Tuple(parts) => {
                let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
                write!(f, "({})", parts.join(", "))
            }
            Self::Union(name) => write!(f, "union {name}"),
            Self::Patch(name) => write!(f, "patch {name}"),
            Self::File(files) => {
                let media = files.media.iter().map(|media| format!("\"{media}\""));
                let inside: Vec<String> = media.chain(between(&files.size)).collect();
                if inside.is_empty() { f.write_str("file") } else { write!(f, "file({})", inside.join(", ")) }
            }
            Self::Stream(of) => write!(f, "stream {of}"),
        }
    }
}

impl Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, inside): (&str, Vec<String>) = match self {
            Self::Int(bounds) => ("int", between(bounds).into_iter().collect()),
            Self::Float(bounds) => ("float", between(bounds).into_iter().collect()),
            Self::Decimal(scale, bounds) => {
                ("decimal", [scale.to_string()].into_iter().chain(between(bounds)).collect())
            }
            Self::Text(rules) => ("text", words(rules)),
            Self::Bytes(bounds) => ("bytes", between(bounds).into_iter().collect()),
            Self::Plain(plain) => (plain.name(), Vec::new()),
        };
        if inside.is_empty() { f.write_str(name) } else { write!(f, "{name}({})", inside.join(", ")) }
    }
}

fn words(rules: &TextRules) -> Vec<String> {
    let trim = rules.trim.then(|| "trim".to_owned());
    let case = rules.case.map(|case| match case {
        Case::Lower => "lower".to_owned(),
        Case::Upper => "upper".to_owned(),
    });
    let pattern = rules.pattern.as_ref().map(|pattern| format!("/{pattern}/"));
    trim.into_iter().chain(case).chain(between(&rules.length)).chain(pattern).collect()
}

fn between<T: Display>(bounds: &Bounds<T>) -> Option<String> {
    let end = |value: &Option<T>| value.as_ref().map_or_else(String::new, ToString::to_string);
    (bounds.min.is_some() || bounds.max.is_some())
        .then(|| format!("{}..{}", end(&bounds.min), end(&bounds.max)))
}

impl From<Shape> for String {
    fn from(shape: Shape) -> Self {
        shape.to_string()
    }
}

impl TryFrom<String> for Shape {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        read(&text, DEPTH).ok_or_else(|| format!("`{text}` is no type"))
    }
}

fn read(text: &str, depth: usize) -> Option<Shape> {
    let depth = depth.checked_sub(1)?;
    if let Some(inner) = text.strip_suffix('?') {
        return Some(Shape::Optional(Box::new(read(inner, depth)?)));
    }
    if let Some(list) = text.strip_prefix('[') {
        let (item, bounds) = list.rsplit_once(']')?;
        return Some(Shape::List(Box::new(read(item, depth)?), behind(bounds)?));
    }
    if let Some(item) = text.strip_prefix("page ") {
        let counted = item.strip_prefix("by offset ");
        return Some(Shape::Page(Box::new(read(counted.unwrap_or(item), depth)?), counted.is_some()));
    }
    if let Some(map) = text.strip_prefix("{ ") {
        let (inside, bounds) = map.rsplit_once(" }")?;
        let [key, of] = split::split(inside, ": ")?[..] else { return None };
        let (key, of) = (Box::new(read(key, depth)?), Box::new(read(of, depth)?));
        return Some(Shape::Map(key, of, behind(bounds)?));
    }
    if let Some(tuple) = text.strip_prefix('(') {
        let parts = split::split(tuple.strip_suffix(')')?, ", ")?;
        return parts.into_iter().map(|part| read(part, depth)).collect::<Option<_>>().map(Shape::Tuple);
    }
    if let Some(of) = text.strip_prefix("stream ") {
        return Some(Shape::Stream(Box::new(read(of, depth)?)));
    }
    named(text).or_else(|| files(text)).or_else(|| scalar(text).map(Shape::Scalar))
}

/// A bound that stands behind a list or a map, if one does.
fn behind(text: &str) -> Option<Range<u32>> {
    match text {
        "" => Some(Bounds::ANY),
        bounds => range(bounds.strip_prefix('(')?.strip_suffix(')')?),
    }
}

fn named(text: &str) -> Option<Shape> {
    let (word, name) = text.split_once(' ')?;
    match word {
        "enum" => Some(Shape::Enum(name.into())),
        "type" => Some(Shape::Record(name.into())),
        "union" => Some(Shape::Union(name.into())),
        "patch" => Some(Shape::Patch(name.into())),
        _ => None,
    }
}

fn files(text: &str) -> Option<Shape> {
    let mut files = Files { media: Vec::new(), size: Bounds::ANY };
    let inside = match text.strip_prefix("file")? {
        "" => return Some(Shape::File(files)),
        rest => rest.strip_prefix('(')?.strip_suffix(')')?,
    };
    for word in inside.split(", ") {
        match word.strip_prefix('"') {
            Some(media) => files.media.push(media.strip_suffix('"')?.into()),
            None => files.size = range(word)?,
        }
    }
    Some(Shape::File(files))
}

fn scalar(text: &str) -> Option<Scalar> {
    let (name, inside) = match text.split_once('(') {
        Some((name, rest)) => (name, rest.strip_suffix(')').filter(|inside| !inside.is_empty())?),
        None => (text, ""),
    };
    match name {
        "int" => range(inside).map(Scalar::Int),
        "float" => range(inside).map(Scalar::Float),
        "bytes" => range(inside).map(Scalar::Bytes),
        "text" => rules(inside).map(Scalar::Text),
        "decimal" => {
            let (scale, bounds) = inside.split_once(", ").unwrap_or((inside, ""));
            Some(Scalar::Decimal(scale.parse().ok()?, range(bounds)?))
        }
        _ if inside.is_empty() => {
            Plain::ALL.iter().find(|plain| plain.name() == name).copied().map(Scalar::Plain)
        }
        _ => None,
    }
}

fn rules(inside: &str) -> Option<TextRules> {
    let mut rules = TextRules::ANY;
    let (words, pattern) = match inside.find('/') {
        Some(at) => (inside.get(..at)?.trim_end_matches(", "), inside.get(at + 1..)?.strip_suffix('/')),
        None => (inside, None),
    };
    rules.pattern = pattern.map(SmolStr::new);
    for word in words.split(", ").filter(|word| !word.is_empty()) {
        match word {
            "trim" => rules.trim = true,
            "lower" => rules.case = Some(Case::Lower),
            "upper" => rules.case = Some(Case::Upper),
            bounds => rules.length = range(bounds)?,
        }
    }
    Some(rules)
}

fn range<T: FromStr>(text: &str) -> Option<Bounds<T>> {
    if text.is_empty() {
        return Some(Bounds::ANY);
    }
    let (min, max) = text.split_once("..")?;
    let end = |text: &str| if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) };
    Some(Bounds { min: end(min)?, max: end(max)? })
}

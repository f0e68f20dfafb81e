//! Written by `quater gen rust` from `agents.qtr`: what is changed here is lost.

/// A sound.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Audio {
    /// Its bytes.
    pub data: quater::Bytes,
    /// Its media type.
    pub r#type: String,
}

/// Bytes that have an address.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Binary {
    /// Its address.
    pub uri: String,
    /// Its media type.
    pub r#type: String,
    /// Its bytes.
    pub data: quater::Bytes,
}

/// One of the names of `Choice`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(serde::Serialize, serde::Deserialize)]
#[allow(clippy::enum_variant_names, reason = "names of the service")]
pub enum Choice {
    /// `option1`
    #[serde(rename = "option1")]
    Option1,
    /// `option2`
    #[serde(rename = "option2")]
    Option2,
    /// `option3`
    #[serde(rename = "option3")]
    Option3,
}

/// Choices.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Choices {
    /// `option1|option2|option3`
    #[serde(rename = "untitledSingle")]
    pub untitled_single: Choice,
    /// `value1|value2|value3`
    #[serde(rename = "titledSingle")]
    pub titled_single: Titled,
    /// `opt1|opt2|other`
    #[serde(rename = "legacyEnum")]
    pub legacy_enum: Named,
    /// `[option1|option2|option3](..3)`
    #[serde(rename = "untitledMulti")]
    pub untitled_multi: Vec<Choice>,
    /// `[value1|value2|value3](..3)`
    #[serde(rename = "titledMulti")]
    pub titled_multi: Vec<Titled>,
}

/// Whether to go on.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Consent {
    /// `bool`
    pub ok: bool,
}

/// How to reach somebody.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Contact {
    /// Your name here.
    pub username: String,
    /// Where mail reaches you.
    pub email: String,
}

/// What an agent is shown.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "kind")]
#[allow(clippy::enum_variant_names, clippy::large_enum_variant, reason = "types of the service")]
pub enum Content {
    /// `Text`
    Text(Text),
    /// `Image`
    Image(Image),
    /// `Audio`
    Audio(Audio),
    /// `Document`
    Document(Document),
    /// `Binary`
    Binary(Binary),
}

/// A text that has an address.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Document {
    /// Its address.
    pub uri: String,
    /// Its media type.
    pub r#type: String,
    /// The text.
    pub text: String,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Image {
    /// Its bytes.
    pub data: quater::Bytes,
    /// Its media type.
    pub r#type: String,
}

/// The same, of which one speaks for itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(serde::Serialize, serde::Deserialize)]
#[allow(clippy::enum_variant_names, reason = "names of the service")]
pub enum Named {
    /// Option One
    #[serde(rename = "opt1")]
    Opt1,
    /// Option Two
    #[serde(rename = "opt2")]
    Opt2,
    /// `other`
    #[serde(rename = "other")]
    Other,
}

/// Who somebody is.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Person {
    /// `text(1..80)`
    pub name: String,
}

/// A profile.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Profile {
    /// `text(..80)`
    pub name: String,
    /// `int(0..150)`
    pub age: i64,
    /// `float`
    pub score: f64,
    /// `active|inactive|pending`
    pub status: Status,
    /// `bool`
    pub verified: bool,
}

/// One of the names of `Status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(serde::Serialize, serde::Deserialize)]
#[allow(clippy::enum_variant_names, reason = "names of the service")]
pub enum Status {
    /// `active`
    #[serde(rename = "active")]
    Active,
    /// `inactive`
    #[serde(rename = "inactive")]
    Inactive,
    /// `pending`
    #[serde(rename = "pending")]
    Pending,
}

/// A color.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Taste {
    /// `text(1..40)`
    pub color: String,
}

/// A text.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Text {
    /// The text.
    pub text: String,
}

/// What people choose by its title.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(serde::Serialize, serde::Deserialize)]
#[allow(clippy::enum_variant_names, reason = "names of the service")]
pub enum Titled {
    /// First Option
    #[serde(rename = "value1")]
    Value1,
    /// Second Option
    #[serde(rename = "value2")]
    Value2,
    /// Third Option
    #[serde(rename = "value3")]
    Value3,
}

/// What a prompt is about.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Topic {
    /// `text(1..200)`
    pub context: String,
}

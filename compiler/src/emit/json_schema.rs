//! JSON Schema 2020-12 as data: the words of it that documents here use, in the order they are written.
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Number, Value};

/// One schema; the empty one accepts everything.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Schema {
    #[serde(rename = "$schema", skip_serializing_if = "Option::is_none")]
    pub(super) dialect: Option<&'static str>,
    #[serde(rename = "$ref", skip_serializing_if = "Option::is_none")]
    pub(super) reference: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Kinds::is_empty")]
    pub(super) kinds: Kinds,
    #[serde(rename = "const", skip_serializing_if = "Option::is_none")]
    pub(super) constant: Option<Value>,
    #[serde(rename = "enum", skip_serializing_if = "Vec::is_empty")]
    pub(super) members: Vec<Value>,
    /// What people are shown of each: a word of MCP's forms alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) enum_names: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) content_encoding: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) pattern: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) min_length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_length: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) minimum: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) maximum: Option<Number>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) prefix_items: Vec<Schema>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) items: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) min_items: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_items: Option<u32>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub(super) properties: IndexMap<String, Schema>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) required: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) additional_properties: Option<Others>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) property_names: Option<Box<Schema>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) min_properties: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) max_properties: Option<u32>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) any_of: Vec<Schema>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) one_of: Vec<Schema>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) discriminator: Option<Discriminator>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) default: Option<Value>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) write_only: bool,
    #[serde(rename = "$defs", skip_serializing_if = "IndexMap::is_empty")]
    pub(super) defs: IndexMap<String, Schema>,
}

/// Members of an object that no name is given for.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub(super) enum Others {
    /// Whether there may be any.
    May(bool),
    /// Each of them is this.
    Are(Box<Schema>),
}

/// OpenAPI's hint at which of several schemas a value has.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Discriminator {
    pub(super) property_name: &'static str,
    pub(super) mapping: IndexMap<String, String>,
}

/// The JSON types that a schema allows: one as a word, several as a list, none for all.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Kinds(Vec<&'static str>);

impl Kinds {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Kinds {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => serializer.serialize_str(one),
            several => several.serialize(serializer),
        }
    }
}

impl Schema {
    /// Values of one JSON type.
    pub(super) fn of(kind: &'static str) -> Self {
        Self { kinds: Kinds(vec![kind]), ..Self::default() }
    }

    /// Texts of a format.
    pub(super) fn text(format: &'static str) -> Self {
        Self { format: Some(format), ..Self::of("string") }
    }

    /// Texts that are one of these.
    pub(super) fn words<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        Self { members: words.into_iter().map(Value::from).collect(), ..Self::of("string") }
    }

    /// Each of these texts with what people are shown of it.
    pub(super) fn options<'a>(options: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<Self> {
        let option = |(word, title): (&str, &str)| Self {
            constant: Some(word.into()),
            title: Some(title.to_owned()),
            ..Self::default()
        };
        options.into_iter().map(option).collect()
    }

    /// Whatever stands at another place of the document.
    pub(super) fn at(reference: String) -> Self {
        Self { reference: Some(reference), ..Self::default() }
    }

    /// Null, and what this allows.
    pub(super) fn or_null(mut self) -> Self {
        if self.reference.is_some() {
            return Self { any_of: vec![self, Self::of("null")], ..Self::default() };
        }
        if !self.any_of.is_empty() {
            self.any_of.push(Self::of("null"));
            return self;
        }
        if !self.one_of.is_empty() {
            return Self { any_of: vec![self, Self::of("null")], ..Self::default() };
        }
        if !self.kinds.is_empty() {
            self.kinds.0.push("null");
        }
        if !self.members.is_empty() {
            self.members.push(Value::Null);
        }
        self
    }

    /// The same with a description, unless there is nothing to say.
    pub(super) fn described(mut self, docs: &str) -> Self {
        if !docs.is_empty() {
            self.description = Some(docs.to_owned());
        }
        self
    }
}

//! OpenAPI 3.1 as data: the words of it that documents here use, in the order they are written.
use crate::emit::json_schema::Schema;
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    pub(super) openapi: &'static str,
    pub(super) info: Info,
    pub(super) json_schema_dialect: &'static str,
    pub(super) servers: Vec<Server>,
    pub(super) tags: Vec<Tag>,
    pub(super) paths: IndexMap<String, IndexMap<&'static str, Endpoint>>,
    pub(super) components: Components,
}

#[derive(Debug, Serialize)]
pub(super) struct Info {
    pub(super) title: String,
    pub(super) version: String,
    pub(super) description: String,
    pub(super) contact: Contact,
    pub(super) license: License,
}

#[derive(Debug, Serialize)]
pub(super) struct Contact {
    pub(super) name: String,
}

#[derive(Debug, Serialize)]
pub(super) struct License {
    pub(super) name: &'static str,
    pub(super) identifier: &'static str,
}

#[derive(Debug, Serialize)]
pub(super) struct Server {
    pub(super) url: &'static str,
    pub(super) description: &'static str,
}

#[derive(Debug, Clone, Serialize)]
pub(super) struct Tag {
    pub(super) name: String,
    pub(super) description: String,
}

/// What OpenAPI calls an operation.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Endpoint {
    pub(super) tags: Vec<String>,
    pub(super) summary: String,
    pub(super) description: String,
    pub(super) operation_id: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) deprecated: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) parameters: Vec<Parameter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) request_body: Option<RequestBody>,
    pub(super) responses: IndexMap<String, Answer>,
    pub(super) security: Vec<IndexMap<String, Vec<String>>>,
    /// What a listener may send, of which OpenAPI knows nothing.
    #[serde(rename = "x-receives", skip_serializing_if = "Option::is_none")]
    pub(super) receives: Option<Schema>,
    /// How it is tried, of which OpenAPI knows nothing either.
    #[serde(rename = "x-dry-run", skip_serializing_if = "Option::is_none")]
    pub(super) dry_run: Option<&'static str>,
}

#[derive(Debug, Serialize)]
pub(super) struct Parameter {
    pub(super) name: String,
    #[serde(rename = "in")]
    pub(super) place: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) description: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) required: bool,
    pub(super) schema: Schema,
}

#[derive(Debug, Serialize)]
pub(super) struct RequestBody {
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) required: bool,
    pub(super) content: IndexMap<&'static str, Media>,
}

#[derive(Debug, Serialize)]
pub(super) struct Media {
    pub(super) schema: Schema,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) example: Option<Value>,
    /// What is said of single parts of a body of parts.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub(super) encoding: IndexMap<String, Encoding>,
}

impl Media {
    /// A body as a whole.
    pub(super) fn new(schema: Schema, example: Option<Value>) -> Self {
        Self { schema, example, encoding: IndexMap::new() }
    }
}

/// What is said of a part.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Encoding {
    /// The media types that it may have.
    pub(super) content_type: String,
}

/// A response, here or among the components.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Answer {
    Shared(Reference),
    Own(Box<Response>),
}

#[derive(Debug, Serialize)]
pub(super) struct Reference {
    #[serde(rename = "$ref")]
    pub(super) to: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Response {
    pub(super) description: String,
    pub(super) headers: IndexMap<&'static str, Reference>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub(super) content: IndexMap<&'static str, Media>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub(super) links: IndexMap<String, Link>,
}

/// Where a value of a response can go next.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Link {
    pub(super) operation_id: String,
    pub(super) parameters: IndexMap<String, String>,
    pub(super) description: String,
}

#[derive(Debug, Serialize)]
pub(super) struct Header {
    pub(super) description: &'static str,
    pub(super) required: bool,
    pub(super) schema: Schema,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Components {
    pub(super) schemas: IndexMap<String, Schema>,
    pub(super) responses: IndexMap<String, Response>,
    pub(super) headers: IndexMap<&'static str, Header>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub(super) security_schemes: IndexMap<String, SecurityScheme>,
}

#[derive(Debug, Serialize)]
#[serde(tag = "type")]
pub(super) enum SecurityScheme {
    #[serde(rename = "http", rename_all = "camelCase")]
    Http {
        scheme: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        bearer_format: Option<&'static str>,
        description: String,
    },
    #[serde(rename = "apiKey", rename_all = "camelCase")]
    ApiKey {
        name: String,
        #[serde(rename = "in")]
        place: &'static str,
        description: String,
    },
}

//! Program to documents: JSON Schema, the schemas of tools, OpenAPI, the manifest of actions, clients. Same program, same
//! bytes.
pub mod client;
mod effects;
mod example;
pub(crate) mod form;
mod json_schema;
mod literal;
pub(crate) mod manifest;
pub mod openapi;
pub mod operations;
mod pattern;
pub mod rust;
mod schema;
mod sentence;
mod structure;
pub mod tool;
mod uses;

//! Program to documents: JSON Schema, the schemas of tools, OpenAPI. Same program, same bytes.
mod effects;
mod example;
mod json_schema;
mod literal;
pub mod openapi;
pub mod operations;
mod pattern;
mod schema;
mod sentence;
mod structure;
pub mod tool;
mod uses;

//! Bodies that are written in Rust: what a program takes beside itself, and what such a body sees of its call.
//!
//! A body is planned, admitted and committed like any other; only the step that does the work is its own. It has
//! no database: what it can do to rows are the verbs that the compiler has made of its `effects`, so row rules,
//! tenants and column rules hold whatever it does. What it gives is read by the same code that doors use.

mod context;
mod failure;
mod given;
mod taken;
mod upstream;
mod values;

pub use context::Context;
pub(crate) use context::{Acting, Mark, To};
pub use failure::Failure;
pub(crate) use failure::Why;
pub(crate) use given::{Given, Shape};
pub(crate) use taken::{Gives, Taker, Wanted};
pub use upstream::UpstreamError;
pub use values::{Asked, Bytes, Duration, File, OffsetPage, Page, Patch, Root, Secret};

pub use crate::said::Level;

pub use indexmap::IndexMap as Map;
pub use jiff::Timestamp;
pub use jiff::civil::Date;
pub use rust_decimal::Decimal;
pub use serde_json::Value as Json;
pub use uuid::Uuid;

use quater_ir::Program;
use serde::Serialize;
use serde::de::DeserializeOwned;
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::fmt;

/// One body: from its inputs to its output.
pub(crate) type Body = Box<dyn Fn(Context<'_>, Given<'_>) -> Result<Box<dyn Gives>, Failure> + Send + Sync>;

/// The bodies of a program that are written in Rust, by the names of their operations.
#[derive(Default)]
pub struct Bodies {
    by_name: BTreeMap<SmolStr, Body>,
}

impl Bodies {
    /// None.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives an operation its body. It runs where the transaction of its call is open, so it should not wait for
    /// anything but its rows; and it may be run again from its beginning where others got in its way.
    pub fn add<I, O, E>(
        &mut self,
        operation: &str,
        body: impl Fn(Context<'_>, I) -> Result<O, E> + Send + Sync + 'static,
    ) where
        I: DeserializeOwned,
        O: Serialize + 'static,
        E: Into<Failure>,
    {
        let body = move |context: Context<'_>, input: Given<'_>| -> Result<Box<dyn Gives>, Failure> {
            let input = I::deserialize(input).map_err(Failure::internal)?;
            Ok(Box::new(body(context, input).map_err(E::into)?))
        };
        self.by_name.insert(operation.into(), Box::new(body));
    }

    pub(crate) fn get(&self, operation: &str) -> Option<&Body> {
        self.by_name.get(operation)
    }

    /// The operations whose bodies are written in Rust and are not here.
    pub(crate) fn missing(&self, program: &Program) -> Vec<SmolStr> {
        let rust = program.operations.values().filter(|operation| operation.rust.is_some());
        rust.map(|operation| &operation.name).filter(|name| self.get(name).is_none()).cloned().collect()
    }

    /// Names for which there is no such operation.
    pub(crate) fn stray(&self, program: &Program) -> Vec<SmolStr> {
        let wanted = |name: &&SmolStr| {
            program.operations.values().any(|operation| operation.rust.is_some() && operation.name == **name)
        };
        self.by_name.keys().filter(|name| !wanted(name)).cloned().collect()
    }
}

impl fmt::Debug for Bodies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.by_name.keys()).finish()
    }
}

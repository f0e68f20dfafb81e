//! What a body asks whoever called, and what came of that.
//!
//! A body never waits for an answer: a question that has none yet ends the call, of which nothing stays, and the call is
//! made again once there is one.
use quater_ir::Id;
use quater_ir::types::Record;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Most questions of one call that are open at once.
pub(crate) const MOST: usize = 16;

/// Most bytes of what a question is known by.
pub(crate) const LONGEST_KEY: usize = 64;

/// Something that a body asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What its answer is known by; of one call each has its own.
    pub key: String,
    /// What is asked.
    pub what: What,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A person fills in a record.
    Form {
        /// The record.
        record: Id<Record>,
        /// What the person is told.
        message: String,
    },
    /// A language model goes on from a text.
    Model {
        /// The text.
        prompt: String,
        /// Most tokens of what it says.
        most: u32,
    },
    /// Which folders and files the caller lets others work on.
    Roots,
}

/// What came of a question.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// A record, filled in; not yet judged.
    Filled(Json),
    /// The person would not.
    Declined,
    /// The person did not choose.
    Cancelled,
    /// What the model said.
    Said(String),
    /// The folders and files, each with its name, where it has one.
    Roots(Vec<(String, Option<String>)>),
}

/// What a caller can be asked, and has answered.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answers {
    /// By the keys of the questions.
    pub given: BTreeMap<String, Given>,
    /// Whether it can have forms filled in.
    pub forms: bool,
    /// Whether it can ask a model.
    pub model: bool,
    /// Whether it has folders to tell of.
    pub roots: bool,
}

impl Answers {
    /// Whether the caller can be asked this.
    pub(crate) const fn may_be(&self, what: &What) -> bool {
        match what {
            What::Form { .. } => self.forms,
            What::Model { .. } => self.model,
            What::Roots => self.roots,
        }
    }
}

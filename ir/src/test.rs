//! Cases that run in process: `quater test`.
use crate::Id;
use crate::auth::Carrier;
use crate::body::{Assign, SlotInfo};
use crate::entity::{Entity, Side};
use crate::expr::{Expr, Slot};
use crate::fault::Fault;
use crate::job::Job;
use crate::operation::{Door, Operation};
use crate::resource::{Resource, UpstreamCall};
use crate::types::Field;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// One `test`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Test {
    /// Its sentence.
    pub name: String,
    /// The line of its declaration, from 1.
    pub line: u32,
    /// One entry a slot.
    pub slots: Vec<SlotInfo>,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// One line of a test, with its line number from 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// The line in the file.
    pub line: u32,
    /// What happens.
    pub kind: StepKind,
}

/// What a line of a test does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum StepKind {
    /// Makes a row, past all rules; required columns without a value are filled with typed ones,
    /// required relations with fresh rows.
    Given {
        /// Holds the row, or the list of rows where `many`.
        slot: Slot,
        /// The entity.
        entity: Id<Entity>,
        /// How many rows.
        count: u32,
        /// Whether the slot holds a list.
        many: bool,
        /// Values that are set.
        values: Vec<Assign>,
        /// Rows on its far sides, made after it.
        nested: Vec<GivenRow>,
    },
    /// Calls an operation.
    Call(Call),
    /// A condition that must hold; rows in slots are read again first.
    Expect(Expr),
    /// Gives a slot a value.
    Let {
        /// The slot.
        slot: Slot,
        /// Its value.
        value: Expr,
    },
    /// Says what an upstream answers from here on.
    Stub {
        /// The resource.
        resource: Id<Resource>,
        /// Which of its calls.
        call: Id<UpstreamCall>,
        /// What it answers.
        answer: Answer,
    },
    /// Moves the clock this far from where the test began, in milliseconds.
    At(Expr),
    /// Runs what is waiting of a job, or a scheduled one once.
    Run(Id<Job>),
}

/// A row on the far side of a relation of a row that a test makes; what is not set is filled too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GivenRow {
    /// Which far side.
    pub side: Id<Side>,
    /// Values that are set.
    pub values: Vec<Assign>,
    /// Rows on its own far sides.
    pub nested: Vec<GivenRow>,
}

/// What a stubbed upstream answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Answer {
    /// This.
    Gives(Expr),
    /// An error with this status.
    Fails(u16),
}

/// A call of a test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Who calls.
    pub who: Who,
    /// Through which door; none means through every door that the operation has.
    pub door: Option<Door>,
    /// Whether the command line calls a running service instead of working in process.
    pub remote: bool,
    /// The operation.
    pub operation: Id<Operation>,
    /// Its inputs that are given, by their position.
    pub arguments: Vec<(u32, Expr)>,
    /// Holds the output.
    pub slot: Option<Slot>,
    /// What must come of it.
    pub outcome: Outcome,
}

/// Who makes a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Who {
    /// Somebody without a credential.
    Nobody,
    /// The actor whose row an expression gives.
    Row(Expr),
    /// Whoever has this credential.
    Bearer(Expr),
    /// Whoever has this credential in a header, by its lower-case name, or in a cookie.
    Carried(Carrier, Expr),
}

/// What a call must come to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// Any success.
    Succeeds,
    /// Success with this HTTP status.
    Status(u16),
    /// Success, and the output matches.
    Gives(Pattern),
    /// This error, with at least these members of its payload; of `Invalid`, its field and text.
    Fails(Id<Fault>, Vec<(Id<Field>, Expr)>),
    /// The call waits for somebody to agree.
    Waits,
}

/// A partial match.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Pattern {
    /// Equal to this value.
    Equals(Expr),
    /// An object with at least these members.
    Members(Vec<(SmolStr, Pattern)>),
    /// A list of exactly these items.
    Items(Vec<Pattern>),
}

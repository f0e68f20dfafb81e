//! Messages to those who listen.
use crate::Id;
use crate::body::{Body, Filter};
use crate::entity::Column;
use crate::expr::Slot;
use crate::fault::Fault;
use crate::job::Watch;
use crate::lifecycle::Lifecycle;
use crate::operation::{Access, Effects, Input, Limit, Reveal};
use crate::types::Type;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// One `channel`. A message is `{ event, data }`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Channel {
    /// Its name.
    pub name: SmolStr,
    /// What it is for.
    pub docs: String,
    /// Since when it is there, and whether it is on its way out.
    pub lifecycle: Lifecycle,
    /// What a listener gives: parameters, then filters.
    pub inputs: Vec<Input>,
    /// What is sent, as `data`.
    pub sends: Option<Type>,
    /// Its path with `{name}` for parameters, the service's base included.
    pub path: SmolStr,
    /// Whether it can be had over WebSocket (RFC 6455).
    pub socket: bool,
    /// Whether it can be had as server-sent events.
    pub events: bool,
    /// Who may listen: any one of these suffices.
    pub access: Vec<Access>,
    /// How often somebody may connect.
    pub limits: Vec<Limit>,
    /// Changes of rows that are sent.
    pub watches: Vec<Watched>,
    /// What listeners may send.
    pub receives: Option<Receives>,
    /// What is looked up when somebody begins to listen, inputs first of its slots: the rows that inputs
    /// name, which the listener must be allowed to see.
    pub opening: Body,
    /// Every error that connecting can end with.
    pub faults: Vec<Id<Fault>>,
}

/// Changes that a channel sends.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Watched {
    /// Which changes.
    pub watch: Watch,
    /// Over the row and the listener: the row rules of the listener.
    pub guard: crate::expr::Expr,
    /// Columns that read as null where their condition does not hold.
    pub masks: Vec<(Id<Column>, crate::expr::Expr)>,
    /// What listeners may narrow it by.
    pub filters: Vec<Filter>,
}

/// What listeners may send, and what happens then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Receives {
    /// The type of a message.
    pub ty: Type,
    /// Where the body finds it.
    pub slot: Slot,
    /// What it does, as the listener.
    pub body: Body,
    /// What it touches.
    pub effects: Effects,
    /// Secrets that it shows on purpose.
    pub reveals: Vec<Reveal>,
    /// Every error that it can end with.
    pub faults: Vec<Id<Fault>>,
}

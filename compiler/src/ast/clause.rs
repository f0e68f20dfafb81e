//! The lines of an operation, a channel or a job that are not steps of its body.
//!
//! One list for the three; which line may stand where is the checker's to say.
use super::{Access, Block, Expr, FilterField, Grantee, Name, Path, Range, Record, Route, Text, Type, Whole};
use crate::report::Span;

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    /// Which.
    pub kind: ClauseKind,
    /// The place.
    pub at: Span,
}

/// The lines there are.
#[derive(Debug, Clone, PartialEq)]
pub enum ClauseKind {
    /// `http POST /orders returns 201`
    Http(HttpDoor),
    /// `mcp tool`
    Mcp(McpDoor),
    /// `cli "orders place"`
    Cli(Text),
    /// `allow role staff, manager when …`
    Allow(Access),
    /// `limit 5/min per ip`
    Limit(Limit),
    /// `idempotent`
    Idempotent,
    /// `approve by role manager when amount > 500 within 24h`
    Approve(Approval),
    /// `on waiting enqueue tell(order)`
    OnWaiting(Expr),
    /// `timeout 5s`
    Timeout(Expr),
    /// `cache 1h`
    Cache(Expr),
    /// `compress`
    Compress,
    /// `audit off "reason"`
    AuditOff(Text),
    /// `effects read Product, update Product`
    Effects(Vec<Effect>),
    /// `fails BadRow`
    Fails(Vec<Name>),
    /// `impl rust`, `impl rust progress log`
    ImplRust {
        /// Whether it reports progress.
        progress: bool,
        /// Whether it writes lines of a log.
        log: bool,
    },
    /// `retry 5 backoff 10s..10m`
    Retry {
        /// How often.
        count: Whole,
        /// The first wait and the longest.
        backoff: Option<Range>,
    },
    /// `every day at "03:00" zone "UTC"`
    Every(Schedule),
    /// `each tenant`
    EachTenant,
    /// `across tenants`
    AcrossTenants,
    /// `on Order created, updated(status) where …`
    On(Change),
    /// `receives Post { … }`
    Receives {
        /// The type of a message.
        ty: Type,
        /// What happens with it.
        body: Block,
    },
    /// No line that there is; reported by the parser.
    Stray,
}

/// `http POST /articles as { article: input } returns 201 as { article: output }`
#[derive(Debug, Clone, PartialEq)]
pub struct HttpDoor {
    /// The method.
    pub method: Method,
    /// The path.
    pub route: Route,
    /// How the request's body wraps the input.
    pub input_as: Option<Record>,
    /// The status of success.
    pub returns: Option<Whole>,
    /// How the answer's body wraps the output.
    pub output_as: Option<Record>,
    /// `via ws, sse`: of a channel.
    pub via: Vec<Transport>,
}

/// A method of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

/// How a channel reaches its listeners.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// `ws`
    WebSocket,
    /// `sse`
    ServerSentEvents,
}

/// `mcp tool "name" task`
#[derive(Debug, Clone, PartialEq)]
pub struct McpDoor {
    /// What a model sees.
    pub kind: McpDoorKind,
    /// The place.
    pub at: Span,
}

/// What a model sees.
#[derive(Debug, Clone, PartialEq)]
pub enum McpDoorKind {
    /// `tool`
    Tool {
        /// Its name, where it is not the operation's.
        name: Option<Text>,
        /// Whether it runs as a task.
        task: bool,
    },
    /// `resource "uri"`
    Resource(Text),
    /// `prompt`
    Prompt {
        /// Its name, where it is not the operation's.
        name: Option<Text>,
    },
}

/// `limit 5/min per ip`
#[derive(Debug, Clone, PartialEq)]
pub struct Limit {
    /// How many calls.
    pub count: Whole,
    /// In what time.
    pub unit: LimitUnit,
    /// Counted for whom.
    pub per: LimitPer,
    /// The place.
    pub at: Span,
}

/// The time that a limit counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitUnit {
    /// `sec`
    Second,
    /// `min`
    Minute,
    /// `hour`
    Hour,
    /// `day`
    Day,
}

/// For whom a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitPer {
    /// `per actor`
    Actor,
    /// `per ip`
    Ip,
    /// `per tenant`
    Tenant,
}

/// `approve by role manager when amount > 500 within 24h`
#[derive(Debug, Clone, PartialEq)]
pub struct Approval {
    /// Who may grant it.
    pub by: Grantee,
    /// Which calls wait; none for every call.
    pub condition: Option<Expr>,
    /// How long a call waits.
    pub within: Option<Expr>,
}

/// `read Product`, `update Product(stock)`, `call pay.charge`
#[derive(Debug, Clone, PartialEq)]
pub struct Effect {
    /// What is done.
    pub kind: EffectKind,
    /// To what.
    pub target: Path,
    /// To which columns; empty for all.
    pub columns: Vec<Name>,
    /// The place.
    pub at: Span,
}

/// What a Rust body may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EffectKind {
    /// `read`
    Read,
    /// `create`
    Create,
    /// `update`
    Update,
    /// `delete`
    Delete,
    /// `write`
    Write,
    /// `call`
    Call,
    /// `enqueue`
    Enqueue,
    /// `emit`
    Emit,
    /// `send`
    Send,
    /// `ask`
    Ask,
}

/// `every day at "03:00" zone "UTC"`
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// How often.
    pub interval: Interval,
    /// At what time of day.
    pub time: Option<Text>,
    /// In which zone.
    pub zone: Option<Text>,
}

/// How often a job runs.
#[derive(Debug, Clone, PartialEq)]
pub enum Interval {
    /// `every 5m`
    Duration(Expr),
    /// `every hour`
    Hour,
    /// `every day`
    Day,
    /// `every monday`
    Weekday(Weekday),
    /// `every month`
    Month,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weekday {
    /// `monday`
    Monday,
    /// `tuesday`
    Tuesday,
    /// `wednesday`
    Wednesday,
    /// `thursday`
    Thursday,
    /// `friday`
    Friday,
    /// `saturday`
    Saturday,
    /// `sunday`
    Sunday,
}

/// `on Order created, updated(status) where … filter status`
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The entity that is watched.
    pub entity: Name,
    /// What happens to its rows.
    pub events: Vec<ChangeEvent>,
    /// To which rows.
    pub condition: Option<Expr>,
    /// What listeners may narrow by.
    pub filter: Vec<FilterField>,
}

/// `updated(status)`
#[derive(Debug, Clone, PartialEq)]
pub struct ChangeEvent {
    /// Which.
    pub kind: ChangeEventKind,
    /// Of which columns; empty for all.
    pub columns: Vec<Name>,
    /// The place.
    pub at: Span,
}

/// What may happen to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeEventKind {
    /// `created`
    Created,
    /// `updated`
    Updated,
    /// `deleted`
    Deleted,
}

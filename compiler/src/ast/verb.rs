//! What bodies do to rows, upstreams, jobs, channels and files.
use super::{Call, Expr, Name, Path, Range, Record, SortKey, Text};
use crate::report::Span;

/// A verb with what it is about; `else` after it is `ExprKind::Else` around it.
#[derive(Debug, Clone, PartialEq)]
pub enum Verb {
    /// `find Order(id)`, `find User(email: email)`, `find User where …`
    Find(Query),
    /// `list Order where … sort … page 20..100`
    List(Query),
    /// `exists Follow(…)`, `exists Follow where …`
    Exists(Query),
    /// `count Order where …`, `sum Order where … of total`
    Aggregate {
        /// Which.
        kind: Aggregate,
        /// Over which rows.
        query: Query,
    },
    /// `create User { … }`
    Create(Create),
    /// `upsert Reaction by (item, kind) { … } else update { … }`
    Upsert(Upsert),
    /// `update order { … }`, `update Order where … { … }`
    Update(Update),
    /// `delete order`, `delete Follow(…)`, `delete Follow where …`
    Delete(Target),
    /// `call pay.charge(…)`, `call other_operation(…)`
    Call(Call),
    /// `enqueue take_payment(order)`
    Enqueue(Call),
    /// `emit chat(room) { … }`
    Emit(Emit),
    /// `send mail { … }`
    Send {
        /// The mail resource.
        resource: Name,
        /// The letter.
        message: Expr,
    },
    /// `link product.photo for 15m`
    Link {
        /// A stored file.
        file: Expr,
        /// How long the link holds.
        lasting: Option<Expr>,
    },
    /// `read product.photo`
    Read(Expr),
    /// `reveal token "reason"`
    Reveal {
        /// A secret.
        value: Expr,
        /// Why it may be seen.
        reason: Text,
    },
    /// `progress done of total "text"`
    Progress(Progress),
}

/// A verb that makes one value of many rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    /// `count`
    Count,
    /// `sum`
    Sum,
    /// `min`
    Min,
    /// `max`
    Max,
    /// `avg`
    Avg,
}

/// Which rows, in which order, how many; every clause stands at most once.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// An entity, or a path to a relation.
    pub entity: Path,
    /// `(id)`, `(sku: line.sku)`
    pub lookup: Option<Vec<super::Argument>>,
    /// `where …`
    pub condition: Option<Expr>,
    /// `filter status, author.username as author, created range, status in`
    pub filter: Vec<FilterField>,
    /// `search title, body`
    pub search: Vec<Path>,
    /// `group by x { … }`
    pub group: Option<GroupBy>,
    /// `sort created desc`
    pub sort: Option<SortBy>,
    /// `page 20..100`
    pub page: Option<Page>,
    /// `take 8`
    pub take: Option<Expr>,
    /// `batch 100`
    pub batch: Option<Expr>,
    /// `of total`: what an aggregate adds up or compares.
    pub of: Option<Expr>,
    /// Where `lock` stands.
    pub lock: Option<Span>,
    /// Where `across tenants` stands.
    pub across_tenants: Option<Span>,
    /// From the entity to the last clause.
    pub at: Span,
}

/// A filter offered to callers.
#[derive(Debug, Clone, PartialEq)]
pub struct FilterField {
    /// The column.
    pub path: Path,
    /// How it compares.
    pub kind: FilterKind,
    /// `as author`
    pub alias: Option<Name>,
    /// The place.
    pub at: Span,
}

/// How an offered filter compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterKind {
    /// By equality.
    Equal,
    /// `range`: with `_from` and `_to`.
    Range,
    /// `in`: with a list.
    In,
}

/// `group by x { x, n = count() }`
#[derive(Debug, Clone, PartialEq)]
pub struct GroupBy {
    /// Whether `each` was said: one row for every element of a list.
    pub each: bool,
    /// What the groups share.
    pub key: Expr,
    /// `as tag`
    pub alias: Option<Name>,
    /// What a group yields.
    pub fields: Record,
}

/// `sort created desc, title`
#[derive(Debug, Clone, PartialEq)]
pub struct SortBy {
    /// Whether `by caller` was said: the keys are what callers may choose from.
    pub by_caller: bool,
    /// The keys, first first.
    pub keys: Vec<SortKey>,
    /// The place.
    pub at: Span,
}

/// `page 20..100`, `page 20..100 by offset`
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The size that callers get, and the most they may ask for.
    pub size: Range,
    /// Whether `by offset` was said.
    pub by_offset: bool,
    /// The place.
    pub at: Span,
}

/// `create User { … }`, `create User record { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Create {
    /// The entity.
    pub entity: Path,
    /// A record whose members are taken.
    pub from: Option<Expr>,
    /// Members given here.
    pub fields: Option<Record>,
    /// Where `across tenants` stands.
    pub across_tenants: Option<Span>,
}

/// `upsert Reaction by (item, kind) { … } else update { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Upsert {
    /// The entity.
    pub entity: Path,
    /// The columns that tell whether the row is there.
    pub by: Vec<Name>,
    /// The row where it is not there.
    pub fields: Record,
    /// What changes where it is.
    pub otherwise: Option<Record>,
    /// Where `across tenants` stands.
    pub across_tenants: Option<Span>,
}

/// `update order changes { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Update {
    /// Which row or rows.
    pub target: Target,
    /// A record or patch whose members are taken.
    pub from: Option<Expr>,
    /// Members given here.
    pub fields: Option<Record>,
}

/// What `update` and `delete` are about.
#[expect(clippy::large_enum_variant, reason = "a file has few of them")]
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// One row, held by a name.
    Row(Expr),
    /// Rows that are looked for.
    Rows(Query),
}

/// `emit chat(room) { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Emit {
    /// The channel with its arguments.
    pub channel: Call,
    /// What is sent.
    pub message: Option<Expr>,
}

/// `progress done of total "text"`
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// How many are done.
    pub done: Expr,
    /// Of how many.
    pub total: Expr,
    /// What is going on.
    pub text: Option<Text>,
}

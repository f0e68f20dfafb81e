//! `test`: cases that run through any door.
use super::{Call, CarrierKind, Door, Expr, Name, Path, Record, Text, Whole};
use crate::report::Span;

/// `test "…" { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// What it shows.
    pub title: Text,
    /// Its lines in order.
    pub items: Vec<TestItem>,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct TestItem {
    /// Which.
    pub kind: TestItemKind,
    /// The place.
    pub at: Span,
}

/// The lines there are.
#[expect(clippy::large_enum_variant, reason = "a file has few of them")]
#[derive(Debug, Clone, PartialEq)]
pub enum TestItemKind {
    /// `given ann = User { … }, bob = User { … }`
    Given(Vec<Given>),
    /// `as ann via mcp call get_order(o) gives { … }`, perhaps behind `let r =`.
    Call(TestCall),
    /// `let x = expr`
    Let {
        /// The new name.
        name: Name,
        /// Its value.
        value: Expr,
    },
    /// `stub pay.refund gives …`
    Stub {
        /// The typed call of a resource.
        target: Path,
        /// What it answers.
        answer: StubAnswer,
    },
    /// `at +8d`
    At(Expr),
    /// `run expire_pending`
    Run(Name),
    /// `expect expr`
    Expect(Expr),
    /// No line that there is; reported by the parser.
    Stray,
}

/// `xs = 6 of Order { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    /// The name of the row or rows.
    pub name: Name,
    /// How many; none for one row.
    pub count: Option<Whole>,
    /// The entity.
    pub entity: Name,
    /// What is set.
    pub fields: Option<Record>,
    /// The place.
    pub at: Span,
}

/// One call, who makes it, and what must come of it.
#[derive(Debug, Clone, PartialEq)]
pub struct TestCall {
    /// `let r =`
    pub binding: Option<Name>,
    /// `as ann`, `as nobody`
    pub caller: Option<Caller>,
    /// `via mcp`
    pub via: Option<Door>,
    /// `with bearer r.token`
    pub credential: Option<Credential>,
    /// What is called.
    pub call: Call,
    /// What must come of it.
    pub expectations: Vec<Expectation>,
}

/// Who calls.
#[derive(Debug, Clone, PartialEq)]
pub struct Caller {
    /// Which.
    pub kind: CallerKind,
    /// The place.
    pub at: Span,
}

/// Who may be said to call.
#[derive(Debug, Clone, PartialEq)]
pub enum CallerKind {
    /// `nobody`
    Nobody,
    /// A row of the actor's entity.
    Row(Expr),
}

/// `with bearer r.token`
#[derive(Debug, Clone, PartialEq)]
pub struct Credential {
    /// How it goes in.
    pub carrier: CarrierKind,
    /// What goes in.
    pub value: Expr,
    /// The place.
    pub at: Span,
}

/// What must come of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// Which.
    pub kind: ExpectationKind,
    /// The place.
    pub at: Span,
}

/// The outcomes that can be asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum ExpectationKind {
    /// `gives { status: paid }`
    Gives(Expr),
    /// `gives 201`
    Status(Whole),
    /// `gives waiting_approval`
    WaitingApproval,
    /// `succeeds`
    Succeeds,
    /// `fails NotFound`, `fails OutOfStock("x")`
    Fails(Expr),
}

/// What a stubbed call answers.
#[derive(Debug, Clone, PartialEq)]
pub enum StubAnswer {
    /// `gives { ref: "1" }`
    Gives(Expr),
    /// `fails 503`
    Fails(Expr),
}

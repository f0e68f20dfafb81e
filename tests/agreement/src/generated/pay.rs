//! `pay`, declared at `ledger.qtr:166`.
//!
//! Written by `quater gen rust` from `ledger.qtr`: what is changed here is lost.

/// What `pay` is given.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
pub struct Input {
    /// `text(/[A-Z]{2}-[0-9]{3}/)`
    pub from: String,
    /// `text(/[A-Z]{2}-[0-9]{3}/)`
    pub to: String,
    /// `decimal(2, 0.01..1000)`
    pub amount: quater::Decimal,
}

/// What `pay` gives.
pub type Output = super::types::PayOutput;

/// How `pay` may end early.
#[derive(Debug)]
pub enum Error {
    /// `TooPoor` (409)
    TooPoor {
        /// `text(/[A-Z]{2}-[0-9]{3}/)`
        code: String,
        /// `decimal(2)`
        left: quater::Decimal,
    },
    /// An input breaks a rule that its type does not tell. (422)
    Invalid {
        /// The input.
        field: String,
        /// What is wrong with it.
        text: String,
    },
    /// A verb came to nothing, or something went wrong inside.
    Failed(quater::Failure),
}

impl From<quater::Failure> for Error {
    fn from(failure: quater::Failure) -> Self {
        match failure.name() {
            Some("TooPoor") => {
                #[derive(serde::Deserialize)]
                struct Payload {
                    code: String,
                    left: quater::Decimal,
                }
                match failure.payload() {
                    Some(Payload { code, left }) => Self::TooPoor { code, left },
                    None => Self::Failed(failure),
                }
            }
            _ => Self::Failed(failure),
        }
    }
}

impl From<Error> for quater::Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::TooPoor { code, left } => {
                Self::raise("TooPoor", &quater::json!({ "code": code, "left": left }))
            }
            Error::Invalid { field, text } => Self::invalid(&field, &text),
            Error::Failed(failure) => failure,
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::TooPoor { .. } => f.write_str("TooPoor"),
            Self::Invalid { field, text } => write!(f, "`{field}`: {text}"),
            Self::Failed(failure) => failure.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

/// All that the body of `pay` may do beside computing.
pub struct Context<'a> {
    call: quater::Context<'a>,
}

impl<'a> Context<'a> {
    pub(super) const fn new(call: quater::Context<'a>) -> Self {
        Self { call }
    }

    /// Other operations, in the transaction of this call and for the same caller.
    pub fn call(&mut self) -> Calls<'_> {
        Calls { call: self.call.again() }
    }

    /// Does something of which nothing stays if it fails; then the body may go on.
    ///
    /// Outside of it, a verb that fails ends the call, whatever the body makes of that.
    ///
    /// # Errors
    /// With what it fails with.
    pub fn attempt<T>(
        &mut self,
        act: impl FnOnce(&mut Context<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.call.attempt(|call| act(&mut Context { call }))
    }

    /// When the call began.
    pub fn now(&self) -> quater::Timestamp {
        self.call.now()
    }

    /// A new id: a UUID version 7.
    pub fn uuid(&self) -> quater::Uuid {
        self.call.uuid()
    }

    /// The key of the `Person` who calls, where somebody has signed in.
    pub fn actor(&self) -> Option<quater::Uuid> {
        self.call.actor()
    }
}

/// What `transfer` is given; what is left out gets its default.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct TransferInput {
    /// `[Move { from: text(/[A-Z]{2}-[0-9]{3}/), to: text(/[A-Z]{2}-[0-9]{3}/), amount: decimal(2, 0.01..1000) }](1..20)`
    pub moves: Vec<super::types::Move>,
}

/// Operations that the body may call. One that fails ends the call, as a verb does.
pub struct Calls<'a> {
    call: quater::Context<'a>,
}

impl Calls<'_> {
    /// Move money, all of the moves or none.
    ///
    /// # Errors
    /// As `transfer` fails.
    pub fn transfer(&mut self, input: &TransferInput) -> Result<Vec<super::types::AccountCard>, Error> {
        Ok(self.call.call("transfer", input)?)
    }
}

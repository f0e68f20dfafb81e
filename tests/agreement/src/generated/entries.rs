//! `entries`, declared at `ledger.qtr:146`.
//!
//! Written by `quater gen rust` from `ledger.qtr`: what is changed here is lost.

/// What `entries` is given.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
pub struct Input {
    /// `Account`
    pub of: Account,
}

/// What `entries` gives.
pub type Output = Vec<super::types::EntryCard>;

/// How `entries` may end early.
#[derive(Debug)]
pub enum Error {
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
        Self::Failed(failure)
    }
}

impl From<Error> for quater::Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Invalid { field, text } => Self::invalid(&field, &text),
            Error::Failed(failure) => failure,
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Invalid { field, text } => write!(f, "`{field}`: {text}"),
            Self::Failed(failure) => failure.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

/// All that the body of `entries` may do beside computing.
pub struct Context<'a> {
    call: quater::Context<'a>,
}

impl<'a> Context<'a> {
    pub(super) const fn new(call: quater::Context<'a>) -> Self {
        Self { call }
    }

    /// Rows of `Account`, as the caller may see and change them.
    pub fn accounts(&mut self) -> Accounts<'_> {
        Accounts { call: self.call.again() }
    }

    /// Rows of `Entry`, as the caller may see and change them.
    pub fn entries(&mut self) -> Entries<'_> {
        Entries { call: self.call.again() }
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

/// A row of `Account`.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
pub struct Account {
    /// `uuid`
    pub id: quater::Uuid,
    /// `text(/[A-Z]{2}-[0-9]{3}/)`
    pub code: String,
    /// `Person`
    pub holder: quater::Uuid,
    /// `decimal(2, 0..)`
    pub balance: quater::Decimal,
    /// `low|middle|high`
    pub level: super::types::Level,
    /// `instant`
    pub opened: quater::Timestamp,
    /// `instant`
    pub changed: quater::Timestamp,
    /// `text(..200)?`
    pub note: Option<String>,
}

/// What may be done to rows of `Account`.
pub struct Accounts<'a> {
    call: quater::Context<'a>,
}

impl Accounts<'_> {
    /// Finds a row of `Account`; none where the caller may see none.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn find(&mut self, id: quater::Uuid) -> Result<Option<Account>, Error> {
        Ok(self.call.verb("Account", "find", &(id,))?)
    }

    /// Finds a row of `Account`; none where the caller may see none.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn find_by_code(&mut self, code: &str) -> Result<Option<Account>, Error> {
        Ok(self.call.verb("Account", "find_by_code", &(code,))?)
    }

    /// Rows of `Account` behind a key, in the order of keys, at most 500; without one the first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn batch(&mut self, after: Option<quater::Uuid>) -> Result<Vec<Account>, Error> {
        Ok(self.call.verb("Account", "batch", &(after,))?)
    }
}

/// A row of `Entry`.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
pub struct Entry {
    /// `int`
    pub id: i64,
    /// `Account`
    pub account: quater::Uuid,
    /// `decimal(2)`
    pub amount: quater::Decimal,
    /// `debit|credit`
    pub kind: super::types::Kind,
    /// `instant`
    pub at: quater::Timestamp,
}

/// What may be done to rows of `Entry`.
pub struct Entries<'a> {
    call: quater::Context<'a>,
}

impl Entries<'_> {
    /// Finds a row of `Entry`; none where the caller may see none.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn find(&mut self, id: i64) -> Result<Option<Entry>, Error> {
        Ok(self.call.verb("Entry", "find", &(id,))?)
    }

    /// Rows of `Entry` behind a key, in the order of keys, at most 500; without one the first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn batch(&mut self, after: Option<i64>) -> Result<Vec<Entry>, Error> {
        Ok(self.call.verb("Entry", "batch", &(after,))?)
    }

    /// A row of `Entry` as outputs show it.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn entry_card(&mut self, id: i64) -> Result<Option<super::types::EntryCard>, Error> {
        Ok(self.call.verb("Entry", "show_EntryCard", &(id,))?)
    }
}

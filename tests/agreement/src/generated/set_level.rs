//! `set_level`, declared at `ledger.qtr:136`.
//!
//! Written by `quater gen rust` from `ledger.qtr`: what is changed here is lost.

/// What `set_level` is given.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
pub struct Input {
    /// `Account`
    pub account: Account,
    /// `low|middle|high`
    pub level: super::types::Level,
}

/// What `set_level` gives.
pub type Output = super::types::AccountCard;

/// How `set_level` may end early.
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

/// All that the body of `set_level` may do beside computing.
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

/// Changes to a row of `Account`; what is kept stays as it is.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct AccountChanges {
    /// `low|middle|high`
    #[serde(skip_serializing_if = "quater::Patch::is_keep")]
    pub level: quater::Patch<super::types::Level>,
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

    /// Finds a row of `Account` and holds it until the call ends, so that nobody else changes it.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn lock(&mut self, id: quater::Uuid) -> Result<Option<Account>, Error> {
        Ok(self.call.verb("Account", "lock", &(id,))?)
    }

    /// Finds a row of `Account`; none where the caller may see none.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn find_by_code(&mut self, code: &str) -> Result<Option<Account>, Error> {
        Ok(self.call.verb("Account", "find_by_code", &(code,))?)
    }

    /// Finds a row of `Account` and holds it until the call ends, so that nobody else changes it.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn lock_by_code(&mut self, code: &str) -> Result<Option<Account>, Error> {
        Ok(self.call.verb("Account", "lock_by_code", &(code,))?)
    }

    /// Rows of `Account` behind a key, in the order of keys, at most 500; without one the first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn batch(&mut self, after: Option<quater::Uuid>) -> Result<Vec<Account>, Error> {
        Ok(self.call.verb("Account", "batch", &(after,))?)
    }

    /// A row of `Account` as outputs show it.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn account_card(&mut self, id: quater::Uuid) -> Result<Option<super::types::AccountCard>, Error> {
        Ok(self.call.verb("Account", "show_AccountCard", &(id,))?)
    }

    /// Changes a row of `Account`.
    ///
    /// # Errors
    /// As a declared `update` fails.
    pub fn update(&mut self, id: quater::Uuid, changes: &AccountChanges) -> Result<(), Error> {
        #[derive(serde::Serialize)]
        struct Change<'c> {
            id: quater::Uuid,
            #[serde(flatten)]
            changes: &'c AccountChanges,
        }
        Ok(self.call.verb("Account", "update", &Change { id, changes })?)
    }
}

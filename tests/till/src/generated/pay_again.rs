//! `pay_again`, declared at `till.qtr:58`.
//!
//! Written by `quater gen rust` from `till.qtr`: what is changed here is lost.

/// What `pay_again` is given.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
pub struct Input {
    /// `int(1..1000)`
    pub number: i64,
    /// `int(1..1000)`
    pub order: i64,
}

/// What `pay_again` gives.
pub type Output = super::types::PayAgainOutput;

/// How `pay_again` may end early.
#[derive(Debug)]
pub enum Error {
    /// `NotFound` (404)
    NotFound,
    /// `Declined` (402)
    Declined {
        /// `text`
        why: String,
        /// `int?`
        status: Option<i64>,
        /// `json?`
        body: Option<quater::Json>,
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
            Some("NotFound") => Self::NotFound,
            Some("Declined") => {
                #[derive(serde::Deserialize)]
                struct Payload {
                    why: String,
                    status: Option<i64>,
                    body: Option<quater::Json>,
                }
                match failure.payload() {
                    Some(Payload { why, status, body }) => Self::Declined { why, status, body },
                    None => Self::Failed(failure),
                }
            }
            _ => Self::Failed(failure),
        }
    }
}

impl From<quater::UpstreamError> for Error {
    fn from(error: quater::UpstreamError) -> Self {
        Self::from(quater::Failure::from(error))
    }
}

impl From<Error> for quater::Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::raise("NotFound", &quater::json!({})),
            Error::Declined { why, status, body } => {
                Self::raise("Declined", &quater::json!({ "why": why, "status": status, "body": body }))
            }
            Error::Invalid { field, text } => Self::invalid(&field, &text),
            Error::Failed(failure) => failure,
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotFound => f.write_str("NotFound"),
            Self::Declined { .. } => f.write_str("Declined"),
            Self::Invalid { field, text } => write!(f, "`{field}`: {text}"),
            Self::Failed(failure) => failure.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

/// All that the body of `pay_again` may do beside computing before it writes.
pub struct Context<'a> {
    call: quater::Context<'a>,
}

impl<'a> Context<'a> {
    pub(super) const fn new(call: quater::Context<'a>) -> Self {
        Self { call }
    }

    /// Rows of `Sale`, as the caller may see them.
    pub fn sales(&mut self) -> Sales<'_> {
        Sales { call: self.call.again() }
    }

    /// Other operations that write nothing, for the same caller.
    pub fn call(&mut self) -> Calls<'_> {
        Calls { call: self.call.again() }
    }

    /// The upstream `pay`.
    pub fn pay(&mut self) -> PayClient<'_> {
        PayClient { call: self.call.again() }
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

    /// Begins to write. From here on the call has a transaction, and no upstream is asked any more.
    ///
    /// # Errors
    /// Where there is no transaction yet: the body is run again in one, up to here as before.
    pub fn write(mut self) -> Result<Writing<'a>, Error> {
        self.call.write()?;
        Ok(Writing { call: self.call })
    }

    /// When the call began.
    pub fn now(&self) -> quater::Timestamp {
        self.call.now()
    }

    /// A new id: a UUID version 7.
    pub fn uuid(&self) -> quater::Uuid {
        self.call.uuid()
    }
}

/// All that the body of `pay_again` may do beside computing once it writes.
pub struct Writing<'a> {
    call: quater::Context<'a>,
}

impl Writing<'_> {
    /// Rows of `Sale`, as the caller may see and change them.
    pub fn sales(&mut self) -> WritingSales<'_> {
        WritingSales { call: self.call.again() }
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
        act: impl FnOnce(&mut Writing<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.call.attempt(|call| act(&mut Writing { call }))
    }

    /// When the call began.
    pub fn now(&self) -> quater::Timestamp {
        self.call.now()
    }

    /// A new id: a UUID version 7.
    pub fn uuid(&self) -> quater::Uuid {
        self.call.uuid()
    }
}

/// A row of `Sale`.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
pub struct Sale {
    /// `uuid`
    pub id: quater::Uuid,
    /// `int`
    pub number: i64,
    /// `text(..40)`
    pub r#ref: String,
}

/// Changes to a row of `Sale`; what is kept stays as it is.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct SaleChanges {
    /// `text(..40)`
    #[serde(skip_serializing_if = "quater::Patch::is_keep")]
    pub r#ref: quater::Patch<String>,
}

/// What may be done to rows of `Sale`.
pub struct Sales<'a> {
    call: quater::Context<'a>,
}

impl Sales<'_> {
    /// Finds a row of `Sale`; none where the caller may see none.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn find(&mut self, id: quater::Uuid) -> Result<Option<Sale>, Error> {
        Ok(self.call.verb("Sale", "find", &(id,))?)
    }

    /// Finds a row of `Sale`; none where the caller may see none.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn find_by_number(&mut self, number: i64) -> Result<Option<Sale>, Error> {
        Ok(self.call.verb("Sale", "find_by_number", &(number,))?)
    }

    /// Rows of `Sale` behind a key, in the order of keys, at most 500; without one the first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn batch(&mut self, after: Option<quater::Uuid>) -> Result<Vec<Sale>, Error> {
        Ok(self.call.verb("Sale", "batch", &(after,))?)
    }
}

/// What may be done to rows of `Sale`.
pub struct WritingSales<'a> {
    call: quater::Context<'a>,
}

impl WritingSales<'_> {
    /// Finds a row of `Sale`; none where the caller may see none.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn find(&mut self, id: quater::Uuid) -> Result<Option<Sale>, Error> {
        Ok(self.call.verb("Sale", "find", &(id,))?)
    }

    /// Finds a row of `Sale` and holds it until the call ends, so that nobody else changes it.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn lock(&mut self, id: quater::Uuid) -> Result<Option<Sale>, Error> {
        Ok(self.call.verb("Sale", "lock", &(id,))?)
    }

    /// Finds a row of `Sale`; none where the caller may see none.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn find_by_number(&mut self, number: i64) -> Result<Option<Sale>, Error> {
        Ok(self.call.verb("Sale", "find_by_number", &(number,))?)
    }

    /// Finds a row of `Sale` and holds it until the call ends, so that nobody else changes it.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn lock_by_number(&mut self, number: i64) -> Result<Option<Sale>, Error> {
        Ok(self.call.verb("Sale", "lock_by_number", &(number,))?)
    }

    /// Rows of `Sale` behind a key, in the order of keys, at most 500; without one the first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn batch(&mut self, after: Option<quater::Uuid>) -> Result<Vec<Sale>, Error> {
        Ok(self.call.verb("Sale", "batch", &(after,))?)
    }

    /// Changes a row of `Sale`.
    ///
    /// # Errors
    /// As a declared `update` fails.
    pub fn update(&mut self, id: quater::Uuid, changes: &SaleChanges) -> Result<(), Error> {
        #[derive(serde::Serialize)]
        struct Change<'c> {
            id: quater::Uuid,
            #[serde(flatten)]
            changes: &'c SaleChanges,
        }
        Ok(self.call.verb("Sale", "update", &Change { id, changes })?)
    }
}

/// Operations that the body may call. One that fails ends the call, as a verb does.
pub struct Calls<'a> {
    call: quater::Context<'a>,
}

impl Calls<'_> {
    /// How many sales there are.
    ///
    /// # Errors
    /// As `how_many` fails.
    pub fn how_many(&mut self) -> Result<i64, Error> {
        Ok(self.call.call("how_many", &())?)
    }
}

/// What `pay.charge` is asked with; what is left out gets its default.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct PayChargeRequest {
    /// `int`
    pub order: i64,
    /// `decimal(2)`
    pub amount: quater::Decimal,
}

/// Asks `pay`.
pub struct PayClient<'a> {
    call: quater::Context<'a>,
}

impl PayClient<'_> {
    /// Asks `pay.charge`.
    ///
    /// # Errors
    /// As it fails, which ends nothing by itself; and while it is yet to be asked, for which the body is run
    /// again from here once there is a reply.
    pub fn charge(
        &mut self,
        request: &PayChargeRequest,
    ) -> Result<super::types::PayChargeOutput, quater::UpstreamError> {
        self.call.request("pay", "charge", request)
    }
}

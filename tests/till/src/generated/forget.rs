//! `forget`, declared at `till.qtr:86`.
//!
//! Written by `quater gen rust` from `till.qtr`: what is changed here is lost.

/// What `forget` is given.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
pub struct Input {
    /// `text(..40)`
    pub r#ref: String,
}

/// What `forget` gives.
pub type Output = ();

/// How `forget` may end early.
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

impl From<quater::UpstreamError> for Error {
    fn from(error: quater::UpstreamError) -> Self {
        Self::from(quater::Failure::from(error))
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

/// All that the body of `forget` may do beside computing.
pub struct Context<'a> {
    call: quater::Context<'a>,
}

impl<'a> Context<'a> {
    pub(super) const fn new(call: quater::Context<'a>) -> Self {
        Self { call }
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

    /// When the call began.
    pub fn now(&self) -> quater::Timestamp {
        self.call.now()
    }

    /// A new id: a UUID version 7.
    pub fn uuid(&self) -> quater::Uuid {
        self.call.uuid()
    }
}

/// What `pay.forget` is asked with; what is left out gets its default.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct PayForgetRequest {
    /// `text`
    pub r#ref: String,
}

/// Asks `pay`.
pub struct PayClient<'a> {
    call: quater::Context<'a>,
}

impl PayClient<'_> {
    /// Asks `pay.forget`.
    ///
    /// # Errors
    /// As it fails, which ends nothing by itself; and while it is yet to be asked, for which the body is run
    /// again from here once there is a reply.
    pub fn forget(
        &mut self,
        request: &PayForgetRequest,
    ) -> Result<(), quater::UpstreamError> {
        self.call.request("pay", "forget", request)
    }
}

//! `missing_capability`, declared at `agents.qtr:177`.
//!
//! Written by `quater gen rust` from `agents.qtr`: what is changed here is lost.

/// What `missing_capability` is given.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
pub struct Input {}

/// What `missing_capability` gives.
pub type Output = String;

/// How `missing_capability` may end early.
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

/// All that the body of `missing_capability` may do beside computing.
pub struct Context<'a> {
    call: quater::Context<'a>,
}

impl<'a> Context<'a> {
    pub(super) const fn new(call: quater::Context<'a>) -> Self {
        Self { call }
    }

    /// Whoever calls, who may be asked for more.
    pub fn ask(&mut self) -> Asks<'_> {
        Asks { call: self.call.again() }
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

/// What the body may ask whoever calls. `key` tells its questions apart.
pub struct Asks<'a> {
    call: quater::Context<'a>,
}

impl Asks<'_> {
    /// Has the caller's model go on from a text, with at most so many tokens.
    ///
    /// # Errors
    /// Where there is no answer yet, or the caller can't be asked. The call ends once the body does, with all that
    /// has been asked, and is made again from its beginning once there are answers.
    pub fn model(&mut self, key: &str, prompt: &str, most: u32) -> Result<String, Error> {
        Ok(self.call.ask_model(key, prompt, most)?)
    }
}

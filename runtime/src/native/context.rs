//! What a body in Rust sees of its call.
use super::{Asked, Duration, Failure, File, Given, Gives, Root, UpstreamError};
use crate::question::{Question, What};
use crate::said::Level;
use jiff::Timestamp;
use quater_ir::Id;
use quater_ir::types::Record;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// A place in the work of a call to which it can go back.
#[derive(Debug)]
pub(crate) struct Mark(pub(crate) usize);

/// Who is given a value.
pub(crate) type To<'t> = &'t mut dyn FnMut(Given<'_>) -> Result<(), serde_json::Error>;

/// What stands behind a [`Context`].
pub(crate) trait Acting {
    fn verb(&mut self, named: (&str, &str), arguments: &dyn Gives, to: To<'_>) -> Result<(), Failure>;
    fn call(&mut self, operation: &str, arguments: &dyn Gives, to: To<'_>) -> Result<(), Failure>;
    fn request(
        &mut self,
        named: (&str, &str),
        arguments: &dyn Gives,
        to: To<'_>,
    ) -> Result<(), UpstreamError>;
    fn write(&mut self) -> Result<(), Failure>;
    fn ask(&mut self, question: Question) -> Result<Vec<u8>, Failure>;
    fn form(&self, name: &str) -> Option<Id<Record>>;
    fn log(&mut self, level: Level, text: &str);
    fn begin(&mut self) -> Result<Mark, Failure>;
    fn end(&mut self, mark: Mark, stays: bool) -> Result<(), Failure>;
    fn progress(&self, done: i64, total: i64, text: Option<&str>);
    fn read(&self, file: &File) -> Result<Vec<u8>, Failure>;
    fn link(&self, file: &File, life: Option<Duration>) -> Result<String, Failure>;
    fn uuid(&self) -> Uuid;
    fn now(&self) -> i64;
    fn actor(&self, to: To<'_>) -> Result<(), Failure>;
}

/// The call that a body is the body of. Code that `quater gen rust` writes stands before it and offers just the
/// verbs that the operation's `effects` name; any other is refused.
pub struct Context<'a>(&'a mut (dyn Acting + 'a));

impl<'a> Context<'a> {
    pub(crate) fn new(act: &'a mut (dyn Acting + 'a)) -> Self {
        Self(act)
    }

    /// The same call, for something that holds it for a while.
    pub fn again(&mut self) -> Context<'_> {
        Context(&mut *self.0)
    }

    /// Does something to rows; `arguments` are told by their names, as the members of a struct, or in their order, as a
    /// tuple. A verb that fails ends the call, whatever the body makes of that, unless it
    /// stands inside of [`Context::attempt`].
    ///
    /// # Errors
    /// With what the caller would get.
    pub fn verb<T: DeserializeOwned>(
        &mut self,
        entity: &str,
        verb: &str,
        arguments: &impl Serialize,
    ) -> Result<T, Failure> {
        received(|to| self.0.verb((entity, verb), arguments, to))
    }

    /// Calls another operation of the service, in the same transaction and as the same caller. One that fails ends
    /// the call, as a verb does.
    ///
    /// # Errors
    /// With what the caller would get.
    pub fn call<T: DeserializeOwned>(
        &mut self,
        operation: &str,
        arguments: &impl Serialize,
    ) -> Result<T, Failure> {
        received(|to| self.0.call(operation, arguments, to))
    }

    /// Asks an upstream, with arguments by their names. While there is no reply yet the call ends once the body does,
    /// whatever that makes of it; then the upstream is asked, while nothing waits, and the body is run again from its beginning:
    /// it is given what it was given before, up to here, and the reply. That it can't be done where something is written
    /// or held already is the reason for [`Context::write`].
    ///
    /// # Errors
    /// As the upstream fails; nothing has come of the call by that.
    pub fn request<T: DeserializeOwned>(
        &mut self,
        resource: &str,
        call: &str,
        arguments: &impl Serialize,
    ) -> Result<T, UpstreamError> {
        received(|to| self.0.request((resource, call), arguments, to))
    }

    /// Begins to write: from here on there is a transaction, and no upstream can be asked. A body that asks none is in one
    /// from its beginning.
    ///
    /// # Errors
    /// Where there is no transaction yet: then the body is run again in one, and goes on here.
    pub fn write(&mut self) -> Result<(), Failure> {
        self.0.write()
    }

    /// Has a person fill in a record. Without an answer the call ends once the body does, whatever that makes of it,
    /// with all that has been asked; it is made again, from its beginning, once there are answers. `key` tells the
    /// questions of a call apart.
    ///
    /// # Errors
    /// Where there is no answer yet, or the caller can have nothing filled in.
    pub fn fill_in<T: DeserializeOwned>(
        &mut self,
        form: &str,
        key: &str,
        message: &str,
    ) -> Result<Asked<T>, Failure> {
        let record = self.0.form(form);
        let record = record.ok_or_else(|| Failure::internal(format!("`{form}` is not among the effects")))?;
        self.ask(key, What::Form { record, message: message.to_owned() })
    }

    /// Has the caller's model go on from a text, with at most so many tokens; as [`Context::fill_in`].
    ///
    /// # Errors
    /// Where there is no answer yet, or the caller asks no model.
    pub fn ask_model(&mut self, key: &str, prompt: &str, most: u32) -> Result<String, Failure> {
        self.ask(key, What::Model { prompt: prompt.to_owned(), most })
    }

    /// The folders and files that the caller lets others work on; as [`Context::fill_in`].
    ///
    /// # Errors
    /// Where there is no answer yet, or the caller tells nobody.
    pub fn ask_roots(&mut self, key: &str) -> Result<Vec<Root>, Failure> {
        self.ask(key, What::Roots)
    }

    fn ask<T: DeserializeOwned>(&mut self, key: &str, what: What) -> Result<T, Failure> {
        let answer = self.0.ask(Question { key: key.to_owned(), what })?;
        serde_json::from_slice(&answer).map_err(Failure::internal)
    }

    /// Writes a line into the log of the service, and to the caller, if it wants to hear such.
    pub fn log(&mut self, level: Level, text: &str) {
        self.0.log(level, text);
    }

    /// Does something of which nothing stays if it fails, after which the body may go on.
    ///
    /// # Errors
    /// With what it fails with.
    pub fn attempt<T, E: From<Failure>>(
        &mut self,
        act: impl FnOnce(Context<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mark = self.0.begin()?;
        let result = act(self.again());
        self.0.end(mark, result.is_ok())?;
        result
    }

    /// Says how far the work is, to whoever asked to hear of it.
    pub fn progress(&mut self, done: i64, total: i64, text: Option<&str>) {
        self.0.progress(done, total, text);
    }

    /// The bytes of a file that the body was given.
    ///
    /// # Errors
    /// Where it was given none like it, or its bytes are gone.
    pub fn read(&self, file: &File) -> Result<Vec<u8>, Failure> {
        self.0.read(file)
    }

    /// A URL at which a file that a row keeps can be had, for so long or for as long as there is the file.
    ///
    /// # Errors
    /// Where no row keeps it.
    pub fn link(&self, file: &File, life: Option<Duration>) -> Result<String, Failure> {
        self.0.link(file, life)
    }

    /// When the call began; `now()` of declared bodies.
    pub fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.0.now()).unwrap_or_default()
    }

    /// A new id: a UUID version 7.
    pub fn uuid(&self) -> Uuid {
        self.0.uuid()
    }

    /// The key of the caller's row, where somebody has signed in.
    pub fn actor<T: DeserializeOwned>(&self) -> Option<T> {
        received(|to| self.0.actor(to)).ok()
    }
}

/// What is given, as a type of its own.
fn received<T: DeserializeOwned, E: From<Failure>>(
    give: impl FnOnce(To<'_>) -> Result<(), E>,
) -> Result<T, E> {
    let mut received = None;
    give(&mut |given| {
        received = Some(T::deserialize(given)?);
        Ok(())
    })?;
    received.ok_or_else(|| Failure::ended().into())
}

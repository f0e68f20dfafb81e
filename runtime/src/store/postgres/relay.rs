//! What stands in for a connection where no thread may wait.
//!
//! A call runs on it as far as what is known reaches, and is run again once more is known. So many calls share a
//! [lane](super::lane), and the code of a call knows nothing of it. Fit for calls that ask little and change nothing.
use super::cell::{Parameter, Values};
use super::fault::PostgresError::{self, Unknown};
use super::kept::Kept;
use crate::stop::{Run, Stop};
use crate::store::DatabaseError;
use crate::store::stored::Stored;
use quater_ir::storage::StoredKind;
use std::sync::Arc;
use tokio_postgres::Row;

/// What is known so far.
#[derive(Debug, Default)]
pub(crate) struct Relay {
    told: Vec<Told>,
    /// How much of it this run has used.
    used: usize,
    turn: Turn,
    /// Whether one answer is all that it may be told: a second one could be of another snapshot.
    once: bool,
}

/// How a run has ended.
#[derive(Debug, Default)]
pub(crate) enum Turn {
    /// It got all that it asked for.
    #[default]
    Over,
    /// It goes on when this is known.
    Wants(Wants),
    /// It asked something else than the run before it, or what may not be asked twice.
    Strayed,
}

/// A statement with its values.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Wants {
    /// Its number in the plan.
    pub(crate) number: usize,
    values: Values,
}

#[derive(Debug)]
struct Told {
    asked: Wants,
    came: Result<Known, Option<DatabaseError>>,
}

#[derive(Debug)]
enum Known {
    Rows(Vec<Row>),
    /// What came another time.
    Supposed(Arc<Kept>),
}

/// The rows of an answer.
pub(crate) enum Came<'s> {
    Rows(&'s [Row]),
    /// The cells of the only one.
    Cells(Vec<Stored<'s>>),
}

/// A statement that is given its values.
pub(crate) struct Ask<'s> {
    relay: &'s mut Relay,
    wants: Wants,
}

impl Relay {
    /// One that asks once.
    pub(crate) fn once() -> Self {
        Self { once: true, ..Self::default() }
    }

    /// Ends a run; the next one begins from the beginning.
    pub(crate) fn turn(&mut self) -> Turn {
        self.used = 0;
        std::mem::take(&mut self.turn)
    }

    /// Says what came of what was wanted.
    pub(crate) fn tell(&mut self, asked: Wants, came: Result<Vec<Row>, DatabaseError>) {
        self.told.push(Told { asked, came: came.map(Known::Rows).map_err(Some) });
    }

    /// Supposes that what is wanted is as it was another time.
    pub(crate) fn suppose(&mut self, asked: Wants, last: Arc<Kept>) {
        self.told.push(Told { asked, came: Ok(Known::Supposed(last)) });
    }

    /// What was found, where that was a single answer.
    pub(crate) fn found(&self) -> Option<(&Wants, &[Row])> {
        match self.told.as_slice() {
            [Told { asked, came: Ok(Known::Rows(rows)) }] => Some((asked, rows)),
            _ => None,
        }
    }

    pub(crate) fn ask(&mut self, number: usize) -> Ask<'_> {
        Ask { relay: self, wants: Wants { number, values: Values::default() } }
    }

    /// Ends this run with what can't be done here.
    pub(crate) fn stray(&mut self) -> DatabaseError {
        self.turn = Turn::Strayed;
        Unknown.into()
    }
}

impl Wants {
    /// Bytes that it takes, about.
    pub(crate) const fn weight(&self) -> usize {
        self.values.weight()
    }

    pub(super) fn parameters(&self) -> Vec<Parameter<'_>> {
        self.values.parameters()
    }
}

impl<'s> Ask<'s> {
    /// Gives it the next value.
    pub(crate) fn stored(&mut self, kind: StoredKind, value: Stored<'_>) -> Run<()> {
        let pushed = self.wants.values.push(kind, value);
        pushed.map_err(|_| Stop::invalid("", "out_of_range", "a value is outside what may be stored"))
    }

    /// The rows that it gives.
    pub(crate) fn rows(self) -> Result<Came<'s>, DatabaseError> {
        let Self { relay, wants } = self;
        let Relay { told, used, turn, once } = relay;
        let spent = *once && !told.is_empty();
        let Some(told) = told.get_mut(*used) else {
            // What is asked after that was asked without an answer.
            *turn = if matches!(turn, Turn::Over) && !spent { Turn::Wants(wants) } else { Turn::Strayed };
            return Err(Unknown.into());
        };
        *used += 1;
        if told.asked != wants {
            *turn = Turn::Strayed;
            return Err(Unknown.into());
        }
        match &mut told.came {
            Ok(Known::Rows(rows)) => Ok(Came::Rows(rows)),
            Ok(Known::Supposed(last)) => last.cells().map(Came::Cells).ok_or(PostgresError::Misfit.into()),
            Err(error) => Err(error.take().unwrap_or(Unknown.into())),
        }
    }

    /// Changes are not made here.
    pub(crate) fn stray(self) -> DatabaseError {
        self.relay.stray()
    }
}

#[cfg(test)]
#[path = "relay/tests.rs"]
mod tests;

//! Asking a database: a statement, its values, its rows.
#[cfg(feature = "postgres")]
use super::postgres;
use super::stored::Stored;
use super::{DatabaseError, code, sqlite};
use crate::eval::Scope;
use crate::plan::Plan;
use crate::plan::sql::{Bind, Form};
use crate::spans::Statement;
use crate::stop::{Run, Stop};
use crate::value::Value;
use quater_ir::Program;
use quater_ir::storage::StoredKind;

/// A connection and the statements that it has prepared so far.
pub(crate) enum Session<'c> {
    Sqlite(sqlite::session::Session<'c>),
    #[cfg(feature = "postgres")]
    Postgres(&'c mut postgres::session::Session),
    #[cfg(feature = "postgres")]
    Relay(&'c mut postgres::relay::Relay),
}

/// A statement that is given its values, in their order.
pub(crate) struct Ask<'s, 'c> {
    of: AskOf<'s, 'c>,
    span: Statement,
}

enum AskOf<'s, 'c> {
    Sqlite(sqlite::session::Ask<'s, 'c>),
    #[cfg(feature = "postgres")]
    Postgres(postgres::session::Ask<'s>),
    #[cfg(feature = "postgres")]
    Relay(postgres::relay::Ask<'s>),
}

/// What a statement is going to give, if nothing has come between.
#[derive(Debug)]
#[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "SQLite answers at once"))]
pub(crate) enum Foreseen {
    /// Whatever it gives; only that it is done counts.
    Done,
    /// A row, whatever stands in it.
    Some,
    /// One row of these cells.
    Row(Vec<(StoredKind, Value)>),
    /// No row.
    Nothing,
}

/// Rows that a statement gives.
pub(crate) struct Rows<'s> {
    of: RowsOf<'s>,
    _span: Statement,
}

enum RowsOf<'s> {
    Sqlite(rusqlite::Rows<'s>),
    #[cfg(feature = "postgres")]
    Postgres(postgres::session::Rows<'s>),
    #[cfg(feature = "postgres")]
    Relay(std::slice::Iter<'s, tokio_postgres::Row>),
    /// The cells of the only row, and whether it has been given.
    #[cfg(feature = "postgres")]
    Supposed(Vec<Stored<'s>>, bool),
}

/// One row, of a statement or inside another.
#[derive(Clone, Copy)]
pub(crate) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    #[cfg(feature = "postgres")]
    Postgres(&'r tokio_postgres::Row),
    Inner(&'r [Stored<'r>], Nested),
    /// The arguments of a function of ours, behind the first.
    Arguments(&'r rusqlite::functions::Context<'r>),
}

/// How rows stand inside a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Nested {
    Sqlite,
    #[cfg(feature = "postgres")]
    Postgres,
}

/// Rows inside a row.
pub(crate) enum InnerRows<'r> {
    Sqlite(sqlite::nested::Rows<'r>),
    #[cfg(feature = "postgres")]
    Postgres(postgres::nested::Rows<'r>),
}

impl<'c> Session<'c> {
    /// A statement that waits for its values.
    pub(crate) fn ask(&mut self, plan: &Plan, number: usize) -> Run<Ask<'_, 'c>> {
        let span = self.begins(plan.text(number));
        let of = match self {
            Self::Sqlite(session) => AskOf::Sqlite(session.ask(plan, number)?),
            #[cfg(feature = "postgres")]
            Self::Postgres(session) => AskOf::Postgres(session.ask(plan, number)?),
            #[cfg(feature = "postgres")]
            Self::Relay(relay) => AskOf::Relay(relay.ask(number)),
        };
        Ok(Ask { of, span })
    }

    /// A statement of a plan whose rows come as they are taken, in the transaction that is open.
    pub(crate) fn ask_slowly(&mut self, plan: &Plan, number: usize) -> Run<Ask<'_, 'c>> {
        let span = self.begins(plan.text(number));
        let of = match self {
            Self::Sqlite(session) => AskOf::Sqlite(session.ask(plan, number)?),
            #[cfg(feature = "postgres")]
            Self::Postgres(session) => AskOf::Postgres(session.ask_slowly(plan.text(number))),
            #[cfg(feature = "postgres")]
            Self::Relay(relay) => return Err(relay.stray().into()),
        };
        Ok(Ask { of, span })
    }

    /// A statement that no plan has.
    pub(crate) fn ask_once(&mut self, text: &str) -> Run<Ask<'_, 'c>> {
        let span = self.begins(text);
        let of = match self {
            Self::Sqlite(session) => AskOf::Sqlite(session.ask_once(text)?),
            #[cfg(feature = "postgres")]
            Self::Postgres(session) => AskOf::Postgres(session.ask_once(text)),
            #[cfg(feature = "postgres")]
            Self::Relay(relay) => return Err(relay.stray().into()),
        };
        Ok(Ask { of, span })
    }

    /// A statement that begins here; that of a relay begins where it is sent.
    fn begins(&self, text: &str) -> Statement {
        match self {
            Self::Sqlite(_) => Statement::begin("sqlite", text),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => Statement::begin(postgres::NAME, text),
            #[cfg(feature = "postgres")]
            Self::Relay(_) => Statement::default(),
        }
    }

    /// A statement with its values.
    pub(crate) fn bound(
        &mut self,
        plan: &Plan,
        number: usize,
        binds: &[Bind],
        scope: &Scope<'_>,
    ) -> Run<Ask<'_, 'c>> {
        let mut ask = self.ask(plan, number)?;
        ask.binds(binds, scope)?;
        Ok(ask)
    }

    /// Runs a statement that takes and gives nothing.
    pub(crate) fn execute(&mut self, plan: &Plan, number: usize) -> Run<()> {
        match self {
            Self::Sqlite(session) => session.execute(plan, number),
            #[cfg(feature = "postgres")]
            Self::Postgres(session) => session.execute(plan, number),
            #[cfg(feature = "postgres")]
            Self::Relay(relay) => Err(relay.stray().into()),
        }
    }

    /// Goes on only where the open transaction ends as if it had been alone, or not at all.
    pub(crate) fn alone(&self) -> Result<(), DatabaseError> {
        match self {
            // SQLite has one writer.
            Self::Sqlite(_) => Ok(()),
            #[cfg(feature = "postgres")]
            Self::Postgres(session) => session.alone(),
            #[cfg(feature = "postgres")]
            Self::Relay(_) => Ok(()),
        }
    }

    /// Whether statements may wait whose answers are foreseen.
    pub(crate) fn foresees(&self) -> bool {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(session) => session.foresees(),
            #[cfg(feature = "postgres")]
            Self::Relay(_) => false,
            Self::Sqlite(_) => false,
        }
    }

    /// Whether a transaction is open.
    pub(crate) fn is_open(&self) -> bool {
        match self {
            Self::Sqlite(session) => session.is_open(),
            #[cfg(feature = "postgres")]
            Self::Postgres(session) => session.is_open(),
            #[cfg(feature = "postgres")]
            Self::Relay(_) => false,
        }
    }
}

impl<'s> Ask<'s, '_> {
    /// Gives it the next value, as it is stored.
    pub(crate) fn stored(&mut self, kind: StoredKind, value: Stored<'_>) -> Run<()> {
        match &mut self.of {
            AskOf::Sqlite(ask) => ask.stored(kind, value),
            #[cfg(feature = "postgres")]
            AskOf::Postgres(ask) => ask.stored(kind, value),
            #[cfg(feature = "postgres")]
            AskOf::Relay(ask) => ask.stored(kind, value),
        }
    }

    /// Gives it the next value.
    pub(crate) fn value(&mut self, value: &Value, form: &Form, program: &Program) -> Run<()> {
        let given = code::encode(value, form, program)?;
        self.stored(form.kind(), given.stored())
    }

    /// Gives it the next values.
    pub(crate) fn binds(&mut self, binds: &[Bind], scope: &Scope<'_>) -> Run<()> {
        for bind in binds {
            let value = scope.plain(&bind.value)?;
            self.value(&value, &bind.form, &scope.facts.program)?;
        }
        Ok(())
    }

    /// Leaves it to be sent with a later one where nobody has to wait for it; gives it back otherwise.
    pub(crate) fn later(self, foreseen: Foreseen) -> Result<Option<Self>, DatabaseError> {
        match self.of {
            #[cfg(feature = "postgres")]
            AskOf::Postgres(ask) => {
                let ask = ask.later(foreseen, self.span)?;
                Ok(ask.map(|(ask, span)| Self { of: AskOf::Postgres(ask), span }))
            }
            #[cfg(feature = "postgres")]
            of @ AskOf::Relay(_) => Ok(Some(Self { of, span: self.span })),
            of @ AskOf::Sqlite(_) => {
                drop(foreseen);
                Ok(Some(Self { of, span: self.span }))
            }
        }
    }

    /// The rows that it gives.
    pub(crate) fn rows(self) -> Result<Rows<'s>, DatabaseError> {
        let of = match self.of {
            AskOf::Sqlite(ask) => RowsOf::Sqlite(ask.rows()),
            #[cfg(feature = "postgres")]
            AskOf::Postgres(ask) => RowsOf::Postgres(ask.rows()?),
            #[cfg(feature = "postgres")]
            AskOf::Relay(ask) => match ask.rows()? {
                postgres::relay::Came::Rows(rows) => RowsOf::Relay(rows.iter()),
                postgres::relay::Came::Cells(cells) => RowsOf::Supposed(cells, false),
            },
        };
        Ok(Rows { of, _span: self.span })
    }

    /// Whether it gives a row.
    pub(crate) fn gives(self) -> Result<bool, DatabaseError> {
        Ok(self.rows()?.next()?.is_some())
    }

    /// Runs it, and says how many rows it has changed.
    pub(crate) fn execute(self) -> Result<u64, DatabaseError> {
        match self.of {
            AskOf::Sqlite(ask) => ask.execute(),
            #[cfg(feature = "postgres")]
            AskOf::Postgres(ask) => ask.execute(),
            #[cfg(feature = "postgres")]
            AskOf::Relay(ask) => Err(ask.stray()),
        }
    }

    /// Adds a row, and gives the number that the database gave it where it is one that does.
    pub(crate) fn insert(self, numbered: bool) -> Result<Option<i64>, DatabaseError> {
        let this = if numbered { Some(self) } else { self.later(Foreseen::Done)? };
        let Some(this) = this else { return Ok(None) };
        match this.of {
            AskOf::Sqlite(ask) => ask.insert(numbered),
            #[cfg(feature = "postgres")]
            AskOf::Postgres(ask) => ask.insert(numbered),
            #[cfg(feature = "postgres")]
            AskOf::Relay(ask) => Err(ask.stray()),
        }
    }
}

impl Rows<'_> {
    /// The next one.
    pub(crate) fn next(&mut self) -> Result<Option<Row<'_>>, DatabaseError> {
        match &mut self.of {
            RowsOf::Sqlite(rows) => Ok(rows.next()?.map(Row::Sqlite)),
            #[cfg(feature = "postgres")]
            RowsOf::Postgres(rows) => Ok(rows.next()?.map(Row::Postgres)),
            #[cfg(feature = "postgres")]
            RowsOf::Relay(rows) => Ok(rows.next().map(Row::Postgres)),
            #[cfg(feature = "postgres")]
            RowsOf::Supposed(cells, given) => {
                Ok((!std::mem::replace(given, true)).then_some(Row::Inner(cells, Nested::Postgres)))
            }
        }
    }
}

const MISFIT: Stop = Stop::Defect("rows inside a row are not as they were asked for");

impl<'r> Row<'r> {
    /// The value at a position.
    #[inline]
    pub(crate) fn get(self, at: usize) -> Result<Stored<'r>, DatabaseError> {
        match self {
            Self::Sqlite(row) => Ok(row.get_ref(at)?.into()),
            #[cfg(feature = "postgres")]
            Self::Postgres(row) => {
                row.try_get(at).map_err(|error| postgres::PostgresError::from(error).into())
            }
            Self::Inner(cells, _) => {
                cells.get(at).copied().ok_or_else(|| rusqlite::Error::InvalidColumnIndex(at).into())
            }
            Self::Arguments(context) if at + 1 < context.len() => Ok(context.get_raw(at + 1).into()),
            Self::Arguments(_) => Err(rusqlite::Error::InvalidColumnIndex(at).into()),
        }
    }

    /// The rows inside it at a position.
    pub(crate) fn rows(self, at: usize) -> Run<InnerRows<'r>> {
        let bytes = match self.get(at)? {
            Stored::Null => &[],
            Stored::Blob(bytes) => bytes,
            Stored::Integer(_) | Stored::Real(_) | Stored::Decimal(_) | Stored::Text(_) => {
                return Err(MISFIT);
            }
        };
        match self {
            Self::Sqlite(_) | Self::Arguments(_) | Self::Inner(_, Nested::Sqlite) => {
                Ok(InnerRows::Sqlite(sqlite::nested::Rows::of(bytes)))
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(_) | Self::Inner(_, Nested::Postgres) => {
                postgres::nested::Rows::of(bytes).map(InnerRows::Postgres).ok_or(MISFIT)
            }
        }
    }
}

impl<'r> InnerRows<'r> {
    /// Reads the next one, of so many cells, into room that was used before; nothing behind the last.
    pub(crate) fn next<'c>(&mut self, width: usize, cells: &'c mut Vec<Stored<'r>>) -> Run<Option<Row<'c>>> {
        cells.clear();
        let (read, kind) = match self {
            Self::Sqlite(rows) => (rows.next(width, cells), Nested::Sqlite),
            #[cfg(feature = "postgres")]
            Self::Postgres(rows) => (rows.next(width, cells), Nested::Postgres),
        };
        Ok(read.ok_or(MISFIT)?.then_some(Row::Inner(cells, kind)))
    }
}

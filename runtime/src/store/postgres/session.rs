//! One connection with its prepared statements, and a runtime of its own to wait in.
use super::address::Address;
use super::asked::{Came, What, came};
use super::cell::{Copy, Values};
use super::connect::{GRACE, Patience, connect};
use super::fault::PostgresError;
use super::foreseen::{self, Waiting, is_certain};
use crate::plan::Plan;
use crate::plan::common::{BEGIN, BEGIN_WRITE, COMMIT, ROLLBACK};
use crate::plan::dialect::Dialect;
use crate::spans::Statement as Recorded;
use crate::stop::{Run, Stop};
use crate::store::DatabaseError;
use crate::store::session::Foreseen;
use crate::store::stored::Stored;
use futures_util::future::{join, join_all, try_join};
use futures_util::{SinkExt, TryStreamExt, pin_mut};
use quater_ir::storage::StoredKind;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Client, Error, Row, SimpleQueryMessage, SimpleQueryRow, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

/// As many rows are fetched at once of those that come as they are taken.
const FETCHED: usize = 256;

/// The cursor of rows that come as they are taken; it goes with its transaction.
const FETCH: &str = "FETCH FORWARD 256 FROM _quater_items";

/// Turns of the runtime in which a connection notices its end.
const TURNS: usize = 4;

/// A connection that was used so shortly before is not looked at again.
const BRIEF: Duration = Duration::from_millis(1);

/// A connection, opened anew when it is lost.
pub(crate) struct Session {
    // First, so that its task ends while there is a runtime.
    client: Option<Client>,
    patience: Patience,
    runtime: Runtime,
    address: Arc<Address>,
    tls: Option<MakeRustlsConnect>,
    kept: Vec<Option<Statement>>,
    values: Values,
    open: bool,
    /// Whether the open transaction takes others for granted: what it reads without holding it may change.
    trusting: bool,
    /// What goes with the next statement, so that it costs no way of its own.
    ahead: Option<&'static str>,
    /// What goes between the two.
    waiting: Vec<Waiting>,
    /// Whether statements may wait whose answers are foreseen.
    foresees: bool,
    /// When it was last used.
    used: Instant,
}

/// A statement that is given its values, in their order.
pub(crate) struct Ask<'s> {
    session: &'s mut Session,
    what: What,
}

/// Rows that a statement gives.
pub(crate) struct Rows<'s> {
    rows: Vec<Row>,
    next: usize,
    /// Where there may be more of them.
    more: Option<&'s mut Session>,
}

impl Session {
    /// Opens a connection.
    pub(crate) fn open(address: &Arc<Address>) -> Result<Self, DatabaseError> {
        let mut session = Self::idle(address)?;
        session.connect()?;
        Ok(session)
    }

    /// One that connects when it is [refreshed](Self::refresh).
    pub(crate) fn idle(address: &Arc<Address>) -> Result<Self, DatabaseError> {
        let tls = address.tls.connector()?;
        let runtime = Builder::new_current_thread().enable_all().build().map_err(PostgresError::Runtime)?;
        Ok(Self {
            client: None,
            runtime,
            address: Arc::clone(address),
            tls,
            kept: Vec::new(),
            values: Values::default(),
            open: false,
            trusting: false,
            ahead: None,
            waiting: Vec::new(),
            foresees: false,
            used: Instant::now(),
            patience: Patience::default(),
        })
    }

    fn connect(&mut self) -> Result<(), PostgresError> {
        let connected = self.runtime.block_on(connect(&self.address, self.tls.clone()));
        self.client = Some(connected?);
        Ok(())
    }

    /// Sees to it that there is a connection: between calls a lost one is replaced.
    pub(crate) fn refresh(&mut self) -> Result<(), DatabaseError> {
        let brief = self.used.elapsed() < BRIEF;
        if brief && self.client.as_ref().is_some_and(|client| !client.is_closed()) {
            return Ok(());
        }
        // Lets the connection notice what has come over it meanwhile, its end too: one turn for the system's
        // events, one for a last message, one for the end.
        self.runtime.block_on(async {
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
            }
        });
        if self.client.as_ref().is_some_and(|client| !client.is_closed()) {
            return Ok(());
        }
        self.lose();
        Ok(self.connect()?)
    }

    fn lose(&mut self) {
        self.client = None;
        self.kept.clear();
        self.open = false;
        self.ahead = None;
        self.waiting.clear();
    }

    /// Whether a transaction is open.
    pub(crate) const fn is_open(&self) -> bool {
        self.open
    }

    /// Opens a transaction with the next statement.
    pub(crate) const fn begin(&mut self, how: &'static str) {
        self.ahead = Some(how);
        self.open = true;
        self.trusting = false;
        self.foresees = false;
    }

    /// Opens one that writes nothing by what it reads and does not hold; [`Session::alone`] refuses to go on there.
    pub(crate) const fn begin_trusting(&mut self) {
        self.begin(Dialect::LOCKING);
        self.trusting = true;
    }

    /// Goes on only where the open transaction ends as if it had been alone, or not at all.
    pub(crate) fn alone(&self) -> Result<(), DatabaseError> {
        if self.trusting { Err(PostgresError::Trusting.into()) } else { Ok(()) }
    }

    /// Lets statements of the transaction that is open wait whose answers are foreseen. If one comes out otherwise,
    /// the next one that is waited for fails, and the transaction is to be done again without this.
    pub(crate) const fn foresee(&mut self) {
        self.foresees = true;
    }

    pub(crate) const fn foresees(&self) -> bool {
        self.foresees
    }

    /// Sends what waits, and looks at what comes of it.
    pub(crate) fn settle(&mut self) -> Result<(), DatabaseError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.run(None, false).map(drop)
    }

    /// Undoes what the open transaction has done.
    pub(crate) fn roll_back(&mut self) -> Result<(), DatabaseError> {
        self.open = false;
        self.waiting.clear();
        if self.ahead.take().is_some() || self.client.is_none() {
            return Ok(());
        }
        self.simple("ROLLBACK")
    }

    /// Ends the open transaction.
    pub(crate) fn commit(&mut self) -> Result<(), DatabaseError> {
        self.settle()?;
        self.open = false;
        if self.ahead.take().is_some() { Ok(()) } else { self.simple("COMMIT") }
    }

    /// Runs a statement that takes and gives nothing.
    pub(crate) fn execute(&mut self, plan: &Plan, number: usize) -> Run<()> {
        match number {
            BEGIN => self.begin(Dialect::SNAPSHOT),
            BEGIN_WRITE => self.begin(Dialect::LOCKING),
            COMMIT => self.commit()?,
            ROLLBACK => self.roll_back()?,
            _ => self.simple(plan.text(number))?,
        }
        Ok(())
    }

    /// Runs statements that take and give nothing.
    pub(crate) fn simple(&mut self, text: &str) -> Result<(), DatabaseError> {
        self.settle()?;
        let ahead = self.ahead.take().map(|begin| format!("{begin}; {text}"));
        let text = ahead.as_deref().unwrap_or(text);
        let done = match &self.client {
            Some(client) => self.wait(client.batch_execute(text)),
            None => Err(PostgresError::Lost),
        };
        self.settled(done)
    }

    /// What a statement gives, every column of every row as text.
    pub(crate) fn texts(&mut self, text: &str) -> Result<Vec<String>, DatabaseError> {
        let came = match &self.client {
            Some(client) => self.wait(client.simple_query(text)),
            None => Err(PostgresError::Lost),
        };
        let mut texts = Vec::new();
        for message in self.settled(came)? {
            if let SimpleQueryMessage::Row(row) = message {
                texts.extend((0..row.len()).map(|at| row.get(at).unwrap_or_default().to_owned()));
            }
        }
        Ok(texts)
    }

    /// Goes through the rows that a statement gives, as texts, until somebody has seen enough.
    pub(crate) fn look_through(
        &mut self,
        text: &str,
        mut more: impl FnMut(&SimpleQueryRow) -> bool,
    ) -> Result<(), DatabaseError> {
        let looked = match &self.client {
            Some(client) => self.wait(async {
                let stream = client.simple_query_raw(text).await?;
                pin_mut!(stream);
                while let Some(message) = stream.try_next().await? {
                    if let SimpleQueryMessage::Row(row) = message
                        && !more(&row)
                    {
                        break;
                    }
                }
                Ok(())
            }),
            None => Err(PostgresError::Lost),
        };
        self.settled(looked)
    }

    /// A statement that waits for its values, prepared now if it was not before.
    pub(crate) fn ask(&mut self, plan: &Plan, number: usize) -> Run<Ask<'_>> {
        if self.address.lent {
            return Ok(self.ask_once(plan.text(number)));
        }
        let statement = self.statement(plan, number)?;
        self.values.clear();
        Ok(Ask { session: self, what: What::Prepared(statement) })
    }

    /// A statement that no plan has.
    pub(crate) fn ask_once(&mut self, text: &str) -> Ask<'_> {
        self.values.clear();
        Ask { session: self, what: What::Once(text.to_owned()) }
    }

    /// A statement whose rows come as they are taken, in the transaction that is open.
    pub(crate) fn ask_slowly(&mut self, text: &str) -> Ask<'_> {
        self.values.clear();
        let text = format!("DECLARE _quater_items NO SCROLL CURSOR FOR {text}");
        Ask { session: self, what: What::Slowly(text) }
    }

    /// Puts rows into a table: `text` is a `COPY … FROM STDIN BINARY` of columns of these kinds.
    pub(crate) fn copy<'v, const N: usize>(
        &mut self,
        text: &str,
        kinds: &[StoredKind; N],
        rows: impl Iterator<Item = [Stored<'v>; N]>,
    ) -> Result<(), DatabaseError> {
        let mut copy = Copy::begin();
        for row in rows {
            copy.row(kinds, row)?;
        }
        let begin = self.ahead.take().unwrap_or_default();
        let done = match &self.client {
            Some(client) => self.wait(async {
                // Sent together, in this order.
                let ((), sink) = try_join(client.batch_execute(begin), client.copy_in(text)).await?;
                pin_mut!(sink);
                sink.send(copy.end()).await?;
                sink.finish().await
            }),
            None => Err(PostgresError::Lost),
        };
        self.settled(done)?;
        Ok(())
    }

    fn statement(&mut self, plan: &Plan, number: usize) -> Run<Statement> {
        if let Some(Some(statement)) = self.kept.get(number) {
            return Ok(statement.clone());
        }
        let prepared = match &self.client {
            Some(client) => self.wait(client.prepare(plan.text(number))),
            None => Err(PostgresError::Lost),
        };
        let statement = self.settled(prepared)?;
        if self.kept.len() <= number {
            self.kept.resize(number + 1, None);
        }
        let place = self.kept.get_mut(number).ok_or(Stop::Defect("a statement beyond the plan"))?;
        Ok(place.insert(statement).clone())
    }

    /// Waits for an answer, though not for ever.
    fn wait<T>(&self, answer: impl Future<Output = Result<T, Error>>) -> Result<T, PostgresError> {
        self.wait_for(1, async { Ok(answer.await?) })
    }

    /// Waits for the answers of so many statements.
    fn wait_for<T>(
        &self,
        count: usize,
        answer: impl Future<Output = Result<T, PostgresError>>,
    ) -> Result<T, PostgresError> {
        let limit = self.address.statement_timeout.saturating_mul(count as u32) + GRACE;
        let answered = self.runtime.block_on(async { self.patience.wait(limit, answer).await });
        answered.ok_or(PostgresError::Silent)?
    }

    /// Lets go of the connection where the answer says that it is gone.
    fn settled<T>(&mut self, answer: Result<T, PostgresError>) -> Result<T, DatabaseError> {
        if let Err(error) = &answer
            && (error.ends_connection() || self.client.as_ref().is_none_or(Client::is_closed))
        {
            self.lose();
        }
        Ok(answer?)
    }

    /// Sends what waits and then a statement, if there is one, and commits where that is wanted.
    fn run(&mut self, what: Option<&What>, commit: bool) -> Result<Came, DatabaseError> {
        let (ahead, waiting) = (self.ahead.take(), std::mem::take(&mut self.waiting));
        // A commit goes with them where it can't happen unless all of them are as they were foreseen.
        let certain = waiting.iter().all(|it| is_certain(&it.foreseen));
        let behind = (commit && certain).then_some("COMMIT");
        let came = match &self.client {
            Some(client) => {
                let parameters = self.values.parameters();
                self.wait_for(waiting.len() + 1, async {
                    let before = async { begin(client, ahead).await };
                    let first = join_all(waiting.iter().map(|it| it.came(client)));
                    let itself = async {
                        match what {
                            Some(what) => came(client, what, parameters).await,
                            None => Ok(Came::default()),
                        }
                    };
                    let after = async { begin(client, behind).await };
                    // Sent one behind the other without waiting: the server answers in this order.
                    let (before, (first, (itself, after))) =
                        join(before, join(first, join(itself, after))).await;
                    before?;
                    waiting.iter().zip(first).try_for_each(|(it, came)| it.compare(came))?;
                    let came = itself?;
                    after?;
                    Ok(came)
                })
            }
            None => Err(PostgresError::Lost),
        };
        self.used = Instant::now();
        let came = self.settled(came)?;
        if commit {
            self.open = false;
            if !certain {
                self.simple("COMMIT")?;
            }
        }
        Ok(came)
    }
}

async fn begin(client: &Client, text: Option<&str>) -> Result<(), Error> {
    match text {
        Some(text) => client.batch_execute(text).await,
        None => Ok(()),
    }
}

impl<'s> Ask<'s> {
    /// Gives it the next value.
    pub(crate) fn stored(&mut self, kind: StoredKind, value: Stored<'_>) -> Run<()> {
        let pushed = self.session.values.push(kind, value);
        pushed.map_err(|_| Stop::invalid("", "out_of_range", "a value is outside what may be stored"))
    }

    /// The rows that it gives.
    pub(crate) fn rows(self) -> Result<Rows<'s>, DatabaseError> {
        let rows = self.session.run(Some(&self.what), false)?.rows;
        let slowly = matches!(self.what, What::Slowly(_));
        Ok(Rows { rows, next: 0, more: slowly.then_some(self.session) })
    }

    /// Leaves it to be sent with a later one where its answer may be foreseen; gives it back otherwise.
    pub(crate) fn later(
        self,
        foreseen: Foreseen,
        span: Recorded,
    ) -> Result<Option<(Self, Recorded)>, DatabaseError> {
        let Self { session, what } = self;
        if !session.foresees {
            return Ok(Some((Self { session, what }, span)));
        }
        let values = std::mem::take(&mut session.values);
        session.waiting.push(Waiting { what, values, foreseen, _span: span });
        if session.waiting.len() >= foreseen::MOST {
            session.settle()?;
        }
        Ok(None)
    }

    /// Runs it, and says how many rows it has changed.
    pub(crate) fn execute(self) -> Result<u64, DatabaseError> {
        Ok(self.session.run(Some(&self.what), false)?.changed)
    }

    /// Runs it and ends the transaction with it.
    pub(crate) fn commit(self) -> Result<(), DatabaseError> {
        self.session.run(Some(&self.what), true)?;
        Ok(())
    }

    /// Adds a row, and gives its number where it is numbered.
    pub(crate) fn insert(self, numbered: bool) -> Result<Option<i64>, DatabaseError> {
        let mut rows = self.rows()?;
        let Some(row) = rows.next()?.filter(|_| numbered) else { return Ok(None) };
        match row.try_get(0).map_err(PostgresError::from)? {
            Stored::Integer(number) => Ok(Some(number)),
            Stored::Null | Stored::Real(_) | Stored::Decimal(_) | Stored::Text(_) | Stored::Blob(_) => {
                Ok(None)
            }
        }
    }
}

impl Rows<'_> {
    /// The next one.
    pub(crate) fn next(&mut self) -> Result<Option<&Row>, DatabaseError> {
        if let (None, Some(session)) = (self.rows.get(self.next), &mut self.more) {
            session.values.clear();
            self.rows = session.run(Some(&What::Once(FETCH.to_owned())), false)?.rows;
            self.next = 0;
            if self.rows.len() < FETCHED {
                self.more = None;
            }
        }
        self.next += 1;
        Ok(self.rows.get(self.next - 1))
    }
}

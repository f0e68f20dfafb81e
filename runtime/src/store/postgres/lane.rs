//! Connections that many calls use at once: statements are sent one behind the other, without waiting, and are
//! answered in that order.
use super::address::Address;
use super::asked::{What, came};
use super::connect::{GRACE, connect};
use super::fault::PostgresError;
use super::relay::Wants;
use crate::plan::Plan;
use crate::spans::{self, Span, Statement};
use crate::store::DatabaseError;
use futures_util::future::join;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::thread::available_parallelism;
use tokio_postgres::{Client, Error, Row, Statement as Kept};
use tokio_postgres_rustls::MakeRustlsConnect;

/// What comes of a statement.
pub(crate) type Answer = Result<Vec<Row>, DatabaseError>;

/// Least and most of them. In between, as many as there are processors here: each of them keeps one lane busy, and
/// what shares a lane is sent, and answered, together.
const LEAST: usize = 2;
const MOST: usize = 4;

/// All of a service.
pub(crate) struct Lanes {
    address: Arc<Address>,
    tls: Option<MakeRustlsConnect>,
    lanes: Vec<Lane>,
}

/// One of them.
#[derive(Default)]
struct Lane {
    /// Nothing before its first statement, after a loss and after the end.
    open: RwLock<Option<Arc<Open>>>,
    /// Held by whoever connects.
    connecting: tokio::sync::Mutex<()>,
    /// Statements that are not answered yet.
    under_way: AtomicUsize,
}

struct Open {
    client: Client,
    /// By their numbers in the plan.
    kept: Vec<OnceLock<Kept>>,
}

/// A statement under way.
struct UnderWay<'l>(&'l AtomicUsize);

impl<'l> UnderWay<'l> {
    fn begin(count: &'l AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Lanes {
    /// Lanes that connect when something is first asked of them.
    pub(crate) fn idle(address: &Arc<Address>) -> Result<Self, DatabaseError> {
        let tls = address.tls.connector()?;
        let processors = available_parallelism().map_or(LEAST, NonZero::get);
        let count = address.pool.min(processors.clamp(LEAST, MOST));
        Ok(Self { address: Arc::clone(address), tls, lanes: (0..count).map(|_| Lane::default()).collect() })
    }

    /// What a statement gives, and another that is sent right behind it, within the span of their call.
    pub(crate) async fn rows(
        &self,
        plan: &Plan,
        (first, second): (&Wants, Option<&Wants>),
        span: Option<&Arc<Span>>,
    ) -> Result<(Vec<Row>, Option<Answer>), DatabaseError> {
        let _statements = {
            let _within = spans::enter(span);
            let begin = |wants: &Wants| Statement::begin(super::NAME, plan.text(wants.number));
            (begin(first), second.map(begin))
        };
        let least = |lane: &&Lane| lane.under_way.load(Ordering::Relaxed);
        let lane = self.lanes.iter().min_by_key(least).ok_or(PostgresError::Lost)?;
        let _under_way = UnderWay::begin(&lane.under_way);
        let open = self.open(lane, plan).await?;
        let asked = async {
            let what = self.prepared(&open, plan, first).await?;
            let Some(second) = second else {
                return Ok((came(&open.client, &what, first.parameters()).await?, None));
            };
            let other = self.prepared(&open, plan, second).await?;
            let first = came(&open.client, &what, first.parameters());
            let (first, second) = join(first, came(&open.client, &other, second.parameters())).await;
            Ok((first?, Some(second)))
        };
        let limit = self.address.statement_timeout.saturating_mul(if second.is_some() { 2 } else { 1 });
        let came = tokio::time::timeout(limit + GRACE, asked).await;
        let came = came.map_err(|_| PostgresError::Silent).and_then(|came: Result<_, Error>| Ok(came?));
        let (first, second) = came.inspect_err(|error| lane.judge(&open, error))?;
        let second = second.map(|second| second.map_err(PostgresError::from));
        let second = second.map(|second| Ok(second.inspect_err(|error| lane.judge(&open, error))?.rows));
        Ok((first.rows, second))
    }

    /// A statement on a connection, prepared now if it was not before.
    async fn prepared(&self, open: &Open, plan: &Plan, wants: &Wants) -> Result<What, Error> {
        let text = plan.text(wants.number);
        let Some(kept) = open.kept.get(wants.number).filter(|_| !self.address.lent) else {
            return Ok(What::Once(text.to_owned()));
        };
        Ok(What::Prepared(match kept.get() {
            Some(statement) => statement.clone(),
            None => {
                let statement = open.client.prepare(text).await?;
                kept.get_or_init(|| statement).clone()
            }
        }))
    }

    /// The connection of a lane, made now where there is none.
    async fn open(&self, lane: &Lane, plan: &Plan) -> Result<Arc<Open>, PostgresError> {
        if let Some(open) = lane.ready() {
            return Ok(open);
        }
        let _connecting = lane.connecting.lock().await;
        if let Some(open) = lane.ready() {
            return Ok(open);
        }
        let client = connect(&self.address, self.tls.clone()).await?;
        let kept = plan.statements.texts.iter().map(|_| OnceLock::new()).collect();
        let open = Arc::new(Open { client, kept });
        *lane.open.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&open));
        Ok(open)
    }

    /// Closes the connections once nobody uses them.
    pub(crate) fn close(&self) {
        for lane in &self.lanes {
            *lane.open.write().unwrap_or_else(PoisonError::into_inner) = None;
        }
    }
}

impl Lane {
    fn ready(&self) -> Option<Arc<Open>> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        open.as_ref().filter(|open| !open.client.is_closed()).cloned()
    }

    /// Lets go of a connection that an error says is no good any more.
    fn judge(&self, open: &Arc<Open>, error: &PostgresError) {
        if error.ends_connection() {
            self.lose(open);
        }
    }

    /// Lets go of a connection, where nobody has put another one in its place.
    fn lose(&self, lost: &Arc<Open>) {
        let mut open = self.open.write().unwrap_or_else(PoisonError::into_inner);
        if open.as_ref().is_some_and(|open| Arc::ptr_eq(open, lost)) {
            *open = None;
        }
    }
}

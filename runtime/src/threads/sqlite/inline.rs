//! Connections for calls that are done where they arrive: what is bounded by a few look-ups by key, or has lately
//! been brief, costs less than handing it to another thread.
//!
//! Each thread that calls has a connection of its own, with the statements that it has prepared: it opens one at its
//! first call, and closes it when it ends, or when it comes by after the service has stopped.
use super::reader::{self, Read};
use crate::call::{Identity, Refusal, RequestId};
use crate::engine::Engine;
use crate::invoke::{Admitted, Allowed};
use crate::pace::Pace;
use crate::plan::common::{BEGIN, COMMIT, ROLLBACK};
use crate::start::log;
use crate::store::session::Session;
use crate::store::sqlite::open::Location;
use crate::store::sqlite::session::{self as sqlite, Statements};
use quater_ir::operation::Door;
use rusqlite::Connection;
use self_cell::self_cell;
use std::cell::RefCell;
use std::num::NonZero;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::thread::available_parallelism;

/// Who may open connections.
pub(super) struct Pool(Arc<Room>);

/// How many connections there may be, and where to.
struct Room {
    location: Location,
    /// So many more may be opened.
    left: AtomicUsize,
}

self_cell! {
    /// A connection with its statements.
    struct Kept {
        owner: Connection,
        #[not_covariant]
        dependent: Statements,
    }
}

/// A connection of this thread.
struct Own {
    of: Weak<Room>,
    kept: Kept,
}

thread_local! {
    static OWN: RefCell<Vec<Own>> = const { RefCell::new(Vec::new()) };
}

impl Drop for Own {
    fn drop(&mut self) {
        if let Some(room) = self.of.upgrade() {
            room.left.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Room {
    /// A connection for this thread; nothing where there are enough, or none can be had.
    fn open(room: &Arc<Self>) -> Option<Own> {
        let taken = room.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        taken.ok()?;
        match room.location.connect_to_read() {
            Ok(connection) => {
                let kept = Kept::new(connection, |_| Statements::default());
                Some(Own { of: Arc::downgrade(room), kept })
            }
            Err(error) => {
                tracing::warn!(%error, "no connection for this thread");
                room.left.fetch_add(1, Ordering::Relaxed);
                None
            }
        }
    }
}

impl Pool {
    /// For as many threads as the machine runs at once, and so many at least.
    pub(super) fn new(location: &Location, least: usize) -> Self {
        let threads = available_parallelism().map_or(least, NonZero::get).max(least);
        Self(Arc::new(Room { location: location.clone(), left: AtomicUsize::new(threads) }))
    }

    /// Does something on the connection of this thread; gives it back undone where it has none.
    fn with<A, T>(&self, given: A, act: impl FnOnce(&mut Session<'_>, A) -> T) -> Result<T, A> {
        OWN.with(|own| {
            // Taken while it is used: whoever comes by meanwhile finds none, and so has what it needs done elsewhere.
            let Ok(mut all) = own.try_borrow_mut() else { return Err(given) };
            let room = Arc::as_ptr(&self.0);
            let at = match all.iter().position(|own| std::ptr::eq(own.of.as_ptr(), room)) {
                Some(at) => at,
                None => {
                    all.retain(|own| own.of.strong_count() > 0);
                    let Some(opened) = Room::open(&self.0) else { return Err(given) };
                    all.push(opened);
                    all.len() - 1
                }
            };
            let Some(own) = all.get_mut(at) else { return Err(given) };
            Ok(own.kept.with_dependent_mut(|connection, kept| {
                let mut session = Session::Sqlite(sqlite::Session::within(connection, std::mem::take(kept)));
                let done = act(&mut session, given);
                match session {
                    Session::Sqlite(session) => *kept = session.end(),
                    #[cfg(feature = "postgres")]
                    Session::Postgres(_) | Session::Relay(_) => {}
                }
                done
            }))
        })
    }

    /// Prepares a call, and does it too where that is brief.
    pub(super) fn call(
        &self,
        engine: &Engine,
        pace: &Pace,
        call: Box<Admitted>,
    ) -> Result<Read, Box<Admitted>> {
        let operation = call.call.operation;
        let plan = engine.plan.operation(operation);
        let (quick, light) = plan.map_or((false, false), |plan| (plan.quick, plan.light));
        let twice = plan.is_some_and(|plan| plan.queries) && !matches!(call.call.identity, Identity::Nobody);
        let whole = quick || light && pace.is_brief(operation);
        self.with(call, |session, call| {
            if !whole {
                return reader::prepare(engine, session, *call);
            }
            // Who calls and what it reads are of one snapshot, for which the database is locked once.
            let mut end = if twice { session.execute(&engine.plan, BEGIN) } else { Ok(()) };
            let read = match reader::prepare(engine, session, *call) {
                Read::Reads(ready) if quick => reader::read(engine, session, *ready),
                Read::Reads(ready) => pace.timed(operation, || reader::read(engine, session, *ready)),
                other @ (Read::Ended(..) | Read::Writes(_) | Read::Asks(..)) => other,
            };
            if session.is_open() {
                let commit = session.execute(&engine.plan, COMMIT);
                end = end.and(commit.or_else(|_| session.execute(&engine.plan, ROLLBACK)));
            }
            if let Err(stop) = end {
                log(&stop, RequestId::fresh(), "a snapshot");
            }
            read
        })
    }

    /// The operations of a door that a caller may call.
    pub(super) fn allowed(
        &self,
        engine: &Engine,
        identity: Identity,
        door: Door,
    ) -> Result<Result<Allowed, Refusal>, Identity> {
        self.with(identity, |session, identity| engine.allowed(session, &identity, door))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn free(pool: &Pool) -> usize {
        pool.0.left.load(Ordering::Relaxed)
    }

    #[test]
    fn a_thread_keeps_one_connection_while_its_service_lives() {
        std::thread::spawn(|| {
            let (first, second) = (Pool::new(&Location::Memory, 2), Pool::new(&Location::Memory, 2));
            let all = free(&first);
            for _ in 0..3 {
                // Who comes by while it is used has to go elsewhere.
                assert_eq!(first.with(7, |_, it| (it, first.with(8, |_, it| it))), Ok((7, Err(8))));
                assert_eq!(free(&first), all - 1);
            }
            drop(first);
            assert_eq!(second.with(9, |_, it| it), Ok(9));
            OWN.with_borrow(|own| assert_eq!(own.len(), 1, "that of the first is closed"));
            second
        })
        .join()
        .map(|second| assert!(free(&second) >= 2, "its thread has ended"))
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    }

    #[test]
    fn there_are_no_more_connections_than_the_pool_has_places() {
        let pool = Pool(Arc::new(Room { location: Location::Memory, left: AtomicUsize::new(0) }));
        assert_eq!(pool.with(7, |_, it| it), Err(7));
    }
}

//! Accepting connections.
use super::patient::Patient;
use super::{Doors, HttpOptions, Response};
use crate::service::Service;
use futures_util::FutureExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::{Builder, Connection};
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};

/// Rest after the operating system refuses a connection, mostly because files have run out.
const REFUSED_PAUSE: Duration = Duration::from_millis(100);

/// Time for whoever was let in just before a stop to begin a request.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Time between two looks at a beginning that may become either protocol.
const GLANCE: Duration = Duration::from_millis(5);

/// Most streams of one connection of HTTP/2.
const MOST_STREAMS: u32 = 128;

/// Serves the newest of a row of services until told to stop; then requests under way get their grace.
///
/// A new service takes every request that comes after it; requests under way end on the one they met.
/// What holds of connections is what the first service says.
///
/// # Errors
/// When the listener has no address or the first service cannot be planned.
pub async fn serve(
    mut services: watch::Receiver<Service>,
    listener: TcpListener,
    options: HttpOptions,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let local = listener.local_addr()?.ip();
    let first = services.borrow_and_update().clone();
    let mut server = Server::new(&first);
    let (newest, current) = watch::channel(plan(first, &options, local)?);
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            service = next(&mut services) => match plan(service, &options, local) {
                Ok(doors) => drop(newest.send_replace(doors)),
                Err(error) => tracing::error!(%error, "the new version cannot be served; the last one goes on"),
            },
            accepted = server.accept(&listener) => server.serve(&current, accepted),
        }
    }
    current.borrow().stop();
    server.linger(&listener, &current, options.linger).await;
    drop(listener);
    server.stopping.send_replace(true);
    if tokio::time::timeout(options.grace, server.stopping.closed()).await.is_err() {
        tracing::warn!("requests were still under way when their grace ended");
    }
    Ok(())
}

fn plan(service: Service, options: &HttpOptions, local: IpAddr) -> io::Result<Arc<Doors>> {
    Doors::plan(service, options, local).map(Arc::new).map_err(io::Error::other)
}

/// The next service, if ever there is one.
async fn next(services: &mut watch::Receiver<Service>) -> Service {
    if services.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
    services.borrow_and_update().clone()
}

/// A connection with its place among those that may be open at once.
type Accepted = (TcpStream, SocketAddr, OwnedSemaphorePermit);

struct Server {
    http1: Builder<TokioExecutor>,
    http2: Builder<TokioExecutor>,
    /// Becomes true when the service stops.
    stopping: watch::Sender<bool>,
    places: Arc<Semaphore>,
    patience: Duration,
}

impl Server {
    fn new(service: &Service) -> Self {
        let settings = &service.program().service;
        let patience = Duration::from_millis(settings.patience);
        let head = usize::try_from(settings.header_limit).unwrap_or(usize::MAX);
        let mut builder = Builder::new(TokioExecutor::new());
        let mut http1 = builder.http1();
        http1.timer(TokioTimer::new()).header_read_timeout(patience);
        // A request has 100 headers at most, which is what there is room for by itself.
        http1.max_buf_size(head);
        let mut http2 = builder.http2();
        http2.timer(TokioTimer::new()).keep_alive_interval(patience).keep_alive_timeout(patience);
        http2.max_header_list_size(u32::try_from(head).unwrap_or(u32::MAX));
        http2.max_concurrent_streams(MOST_STREAMS);
        let places = Arc::new(Semaphore::new(usize::try_from(settings.connections).unwrap_or(1)));
        Self {
            http1: builder.clone().http1_only(),
            http2: builder.http2_only(),
            stopping: watch::Sender::new(false),
            places,
            patience,
        }
    }

    /// The next connection, once there is a place for it; until then it waits where the system keeps it.
    async fn accept(&mut self, listener: &TcpListener) -> Accepted {
        let Ok(place) = Arc::clone(&self.places).acquire_owned().await else {
            return std::future::pending().await;
        };
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => return (stream, peer, place),
                Err(error) if gone(&error) => {}
                Err(error) => {
                    tracing::error!(%error, "cannot accept a connection");
                    tokio::time::sleep(REFUSED_PAUSE).await;
                }
            }
        }
    }

    /// Goes on accepting for a while, and then takes what has come in between: nobody who was let in by the
    /// system is turned away.
    async fn linger(
        &mut self,
        listener: &TcpListener,
        current: &watch::Receiver<Arc<Doors>>,
        time: Duration,
    ) {
        let mut end = pin!(tokio::time::sleep(time));
        loop {
            tokio::select! {
                biased;
                () = &mut end => break,
                accepted = self.accept(listener) => self.serve(current, accepted),
            }
        }
        while let Some(Ok((stream, peer))) = listener.accept().now_or_never() {
            let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else { break };
            self.serve(current, (stream, peer, place));
        }
    }

    fn serve(&self, current: &watch::Receiver<Arc<Doors>>, (stream, peer, place): Accepted) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection keeps its delay");
        }
        let ip = peer.ip().to_canonical();
        let current = current.clone();
        let begun = Arc::new(Notify::new());
        let begins = Arc::clone(&begun);
        let service = service_fn(move |request: hyper::Request<Incoming>| {
            begins.notify_one();
            let doors = Arc::clone(&current.borrow());
            async move { Ok::<_, Infallible>(doors.answer(request, Some(ip)).await) }
        });
        let (http1, http2) = (self.http1.clone(), self.http2.clone());
        let (patience, mut stopping) = (self.patience, self.stopping.subscribe());
        tokio::spawn(async move {
            let Some(protocol) = opening(&stream, patience, &mut stopping).await else { return };
            let builder = if protocol == Protocol::Http1 { &http1 } else { &http2 };
            let connection = builder.serve_connection(TokioIo::new(Patient::new(stream, patience)), service);
            if let Err(error) = until_stopped(connection, &begun, &mut stopping).await {
                tracing::debug!(error, "a connection ended early");
            }
            drop(place);
        });
    }
}

type Broken = Box<dyn std::error::Error + Send + Sync>;

/// Drives a connection to its end; after a stop it ends with the request that is under way. One that has just
/// been let in may be about to ask, and has a little time for it.
async fn until_stopped<S>(
    connection: Connection<'_, TokioIo<Patient<TcpStream>>, S, TokioExecutor>,
    begun: &Notify,
    stopping: &mut watch::Receiver<bool>,
) -> Result<(), Broken>
where
    S: hyper::service::Service<hyper::Request<Incoming>, Response = Response, Error = Infallible>,
    S::Future: Send + 'static,
{
    let mut connection = pin!(connection);
    tokio::select! {
        ended = connection.as_mut() => return ended,
        () = stopped(stopping) => {}
    }
    tokio::select! {
        ended = connection.as_mut() => return ended,
        () = begun.notified() => {}
        () = tokio::time::sleep(LAST_WORDS) => {}
    }
    connection.as_mut().graceful_shutdown();
    connection.await
}

/// Waits for the stop.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    if stopping.wait_for(|stopping| *stopping).await.is_err() {
        std::future::pending::<()>().await;
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Http1,
    Http2,
}

/// The protocol that a connection speaks, from its first bytes; none where they don't come in time.
async fn opening(
    stream: &TcpStream,
    patience: Duration,
    stopping: &mut watch::Receiver<bool>,
) -> Option<Protocol> {
    let last = async {
        stopped(stopping).await;
        tokio::time::sleep(LAST_WORDS).await;
    };
    tokio::select! {
        protocol = protocol(stream) => protocol,
        () = tokio::time::sleep(patience) => None,
        () = last => None,
    }
}

async fn protocol(stream: &TcpStream) -> Option<Protocol> {
    const PREFACE: &[u8] = b"PRI";
    let mut first = [0; PREFACE.len()];
    loop {
        let count = stream.peek(&mut first).await.ok().filter(|count| *count > 0)?;
        let seen = first.get(..count)?;
        if seen == PREFACE {
            return Some(Protocol::Http2);
        }
        if !PREFACE.starts_with(seen) {
            return Some(Protocol::Http1);
        }
        tokio::time::sleep(GLANCE).await;
    }
}

fn gone(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    [ConnectionAborted, ConnectionRefused, ConnectionReset].contains(&error.kind())
}

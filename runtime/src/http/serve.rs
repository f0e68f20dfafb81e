//! Accepting connections.
use super::{Doors, HttpOptions};
use crate::service::Service;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How long the head of a request may take, and how long a connection may be idle.
const HEAD_PATIENCE: Duration = Duration::from_secs(30);

/// Rest after the operating system refuses a connection, mostly because files have run out.
const REFUSED_PAUSE: Duration = Duration::from_millis(100);

/// Serves the newest of a row of services until told to stop; then requests under way get their grace.
///
/// A new service takes every request that comes after it; requests under way end on the one they met.
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
    let (newest, current) = watch::channel(plan(first, &options, local)?);
    let builder = connections();
    let graceful = GracefulShutdown::new();
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            service = next(&mut services) => match plan(service, &options, local) {
                Ok(doors) => drop(newest.send_replace(doors)),
                Err(error) => tracing::error!(%error, "the new version cannot be served; the last one goes on"),
            },
            (stream, peer) = accept(&listener) => serve_one(&builder, &graceful, current.clone(), stream, peer),
        }
    }
    drop(listener);
    if tokio::time::timeout(options.grace, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests were still under way when their grace ended");
    }
    Ok(())
}

fn plan(service: Service, options: &HttpOptions, local: IpAddr) -> io::Result<Arc<Doors>> {
    Doors::plan(service, options, local).map(Arc::new).map_err(io::Error::other)
}

fn connections() -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_PATIENCE).half_close(true);
    builder.http2().timer(TokioTimer::new()).keep_alive_interval(HEAD_PATIENCE);
    builder
}

/// The next service, if ever there is one.
async fn next(services: &mut watch::Receiver<Service>) -> Service {
    if services.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
    services.borrow_and_update().clone()
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) if gone(&error) => {}
            Err(error) => {
                tracing::error!(%error, "cannot accept a connection");
                tokio::time::sleep(REFUSED_PAUSE).await;
            }
        }
    }
}

fn gone(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    [ConnectionAborted, ConnectionRefused, ConnectionReset].contains(&error.kind())
}

fn serve_one(
    builder: &Builder<TokioExecutor>,
    graceful: &GracefulShutdown,
    current: watch::Receiver<Arc<Doors>>,
    stream: TcpStream,
    peer: SocketAddr,
) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps its delay");
    }
    let ip = peer.ip().to_canonical();
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let doors = Arc::clone(&current.borrow());
        async move { Ok::<_, Infallible>(doors.answer(request, Some(ip)).await) }
    });
    let connection = builder.serve_connection(TokioIo::new(stream), service).into_owned();
    let connection = graceful.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(error, "a connection ended early");
        }
    });
}

//! The store of `examples/store` as one would write it by hand for speed: axum, rusqlite, rmcp.
//!
//! It keeps the same promises at the same places (who calls, what is wrong with the input, who may see
//! which row, one audit record a call, a write's in its commit), on the tables that `quater run` made.
mod audit;
mod caller;
mod mcp;
mod problem;
mod product;
mod reader;
mod writer;

use anyhow::Context;
use axum::Router;
use axum::routing::get;
use caller::Tokens;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use writer::Writer;

/// What every request needs.
struct Store {
    database: PathBuf,
    tokens: Tokens,
    writer: Writer,
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(listen), Some(database)) = (arguments.next(), arguments.next()) else {
        anyhow::bail!("usage: peer ADDRESS DATABASE, with SIGNING_KEY in the environment");
    };
    let secret = std::env::var("SIGNING_KEY").context("SIGNING_KEY")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(&listen, database.into(), &secret))
}

async fn serve(listen: &str, database: PathBuf, secret: &str) -> anyhow::Result<()> {
    let (writer, thread) = Writer::start(&database)?;
    let store = Arc::new(Store { database, tokens: Tokens::new(secret.as_bytes()), writer });
    let app = Router::new()
        .route("/products", get(product::list).post(product::add))
        .route("/products/{product}", get(product::get))
        .nest_service("/mcp", mcp::endpoint(&store))
        .with_state(store);
    let listener = TcpListener::bind(listen).await?;
    let mut stop = signal(SignalKind::terminate())?;
    let listener = axum::serve::ListenerExt::tap_io(listener, |stream| {
        if let Err(error) = stream.set_nodelay(true) {
            eprintln!("a connection keeps its delay: {error}");
        }
    });
    let stopped = async move {
        stop.recv().await;
    };
    axum::serve(listener, app).with_graceful_shutdown(stopped).await?;
    thread.join().map_err(|_| anyhow::anyhow!("the writer thread panicked"))?
}

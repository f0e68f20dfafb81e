//! `bench/shop` as one would write it by hand for speed: axum with rusqlite or tokio-postgres, and rmcp.
//!
//! It keeps the promises of the declared one, on the tables that `quater run` made: who calls, who may see which row,
//! input checked in full, one audit record a call (a write's in its commit), signed cursors.
mod cursor;
mod handlers;
mod json;
mod mcp;
mod postgres;
mod sqlite;

use anyhow::Context;
use axum::Router;
use axum::routing::get;
use cursor::Cursors;
use quater_bench::caller::Tokens;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// What every request needs.
struct Shop {
    database: Database,
    tokens: Tokens,
    cursors: Cursors,
}

enum Database {
    Sqlite(sqlite::Store),
    Postgres(postgres::Store),
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(listen), Some(database)) = (arguments.next(), arguments.next()) else {
        anyhow::bail!("usage: shop ADDRESS DATABASE, with SIGNING_KEY in the environment");
    };
    let secret = std::env::var("SIGNING_KEY").context("SIGNING_KEY")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(&listen, &database, &secret))
}

async fn serve(listen: &str, database: &str, secret: &str) -> anyhow::Result<()> {
    let (tokens, cursors) = (Tokens::new(secret.as_bytes()), Cursors::new(secret.as_bytes()));
    let (database, writer) = if database.starts_with("postgres:") {
        let (store, recorder) = postgres::Store::open(database).await?;
        (Database::Postgres(store), Ended::Task(recorder))
    } else {
        let (store, writer) = sqlite::Store::open(database.into())?;
        (Database::Sqlite(store), Ended::Thread(writer))
    };
    let shop = Arc::new(Shop { database, tokens, cursors });
    let app = Router::new()
        .route("/products/{product}", get(handlers::product))
        .route("/products", axum::routing::post(handlers::add))
        .route("/recent", get(handlers::recent))
        .route("/orders", get(handlers::page).post(handlers::place))
        .nest_service("/mcp", mcp::endpoint(&shop))
        .with_state(shop);
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
    writer.wait().await
}

/// What writes the last records after the last request.
enum Ended {
    Thread(std::thread::JoinHandle<anyhow::Result<()>>),
    Task(tokio::task::JoinHandle<anyhow::Result<()>>),
}

impl Ended {
    async fn wait(self) -> anyhow::Result<()> {
        match self {
            Self::Thread(thread) => {
                thread.join().map_err(|_| anyhow::anyhow!("the writer thread panicked"))?
            }
            Self::Task(task) => task.await?,
        }
    }
}

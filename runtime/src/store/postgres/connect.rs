//! Connecting, and waiting for answers.
use super::address::Address;
use super::fault::PostgresError;
use futures_util::future::{Either, select};
use std::cell::Cell;
use std::pin::{Pin, pin};
use std::time::Duration;
use tokio::time::{Instant, Sleep};
use tokio_postgres::{Client, Error, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

/// How much longer than the server its silence is waited for.
pub(super) const GRACE: Duration = Duration::from_secs(5);

/// A connection as this service has all of its own.
pub(super) async fn connect(
    address: &Address,
    tls: Option<MakeRustlsConnect>,
) -> Result<Client, PostgresError> {
    let config = &address.config;
    let wait = config.get_connect_timeout().copied().unwrap_or(GRACE) + GRACE;
    let connecting = async {
        let client = match tls {
            Some(tls) => {
                let (client, connection) = config.connect(tls).await?;
                tokio::spawn(connection);
                client
            }
            None => {
                let (client, connection) = config.connect(NoTls).await?;
                tokio::spawn(connection);
                client
            }
        };
        if !address.lent {
            let limit = address.statement_timeout.as_millis();
            client.batch_execute(&format!("SET statement_timeout = {limit}")).await?;
        }
        Ok::<Client, Error>(client)
    };
    let connected = tokio::time::timeout(wait, connecting).await;
    Ok(connected.map_err(|_| PostgresError::Silent)??)
}

/// How long answers are waited for: one timer for all of them, because each new one would wake the runtime that sets it.
#[derive(Default)]
pub(super) struct Patience(Cell<Option<Pin<Box<Sleep>>>>);

impl Patience {
    /// What comes; nothing where it does not come in time.
    pub(super) async fn wait<T>(&self, limit: Duration, answer: impl Future<Output = T>) -> Option<T> {
        let mut sleep = self.0.take().unwrap_or_else(|| Box::pin(tokio::time::sleep(limit)));
        sleep.as_mut().reset(Instant::now() + limit);
        let answered = match select(pin!(answer), sleep.as_mut()).await {
            Either::Left((answer, _)) => Some(answer),
            Either::Right(_) => None,
        };
        self.0.set(Some(sleep));
        answered
    }
}

//! What a connection is asked, and what comes of it.
use super::cell::{Parameter, wire_type};
use futures_util::{TryStreamExt, pin_mut};
use tokio_postgres::{Client, Error, Row, RowStream, Statement};

/// What is asked.
pub(super) enum What {
    Prepared(Statement),
    /// A text that is prepared for this one time.
    Once(String),
    /// One that opens a cursor.
    Slowly(String),
}

/// What comes back.
#[derive(Default)]
pub(super) struct Came {
    pub(super) rows: Vec<Row>,
    pub(super) changed: u64,
}

/// Asks it, and takes all that comes.
pub(super) async fn came(
    client: &Client,
    what: &What,
    parameters: Vec<Parameter<'_>>,
) -> Result<Came, Error> {
    let stream: RowStream = match what {
        What::Prepared(statement) => client.query_raw(statement, parameters).await?,
        What::Once(text) | What::Slowly(text) => {
            let typed = parameters.into_iter().map(|it| {
                let ty = wire_type(it.kind);
                (it, ty)
            });
            client.query_typed_raw(text, typed).await?
        }
    };
    pin_mut!(stream);
    let mut rows = Vec::new();
    while let Some(row) = stream.try_next().await? {
        rows.push(row);
    }
    Ok(Came { rows, changed: stream.rows_affected().unwrap_or(0) })
}

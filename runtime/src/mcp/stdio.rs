//! One client on standard input and output. The MCP library passes over lines that are no JSON; their sender is told here.
use serde::de::IgnoredAny;
use std::io;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, DuplexStream, duplex};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::JoinHandle;

/// What is sent to whoever sends a line that is no JSON (JSON-RPC 2.0, section 5.1), as over HTTP.
const NO_JSON: &[u8] =
    b"{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"the line is not JSON\"}}\n";

/// Bytes that wait between the library and the client.
const ROOM: usize = 64 << 10;

/// Two ends for the library, and what writes to the client until both have ended.
pub(super) fn checked(
    input: impl AsyncRead + Send + Unpin + 'static,
    output: impl AsyncWrite + Send + Unpin + 'static,
) -> ((DuplexStream, DuplexStream), JoinHandle<io::Result<()>>) {
    let ((taken, given), (from, to)) = (duplex(ROOM), duplex(ROOM));
    let (complain, complaints) = channel(1);
    // It ends with the input, or with the library.
    tokio::spawn(take(BufReader::new(input), given, complain));
    let written = tokio::spawn(write(BufReader::new(from), complaints, output));
    ((taken, to), written)
}

/// Hands on the lines that are JSON.
async fn take(
    mut input: impl AsyncBufReadExt + Unpin,
    mut given: DuplexStream,
    complain: Sender<()>,
) -> io::Result<()> {
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line).await? > 0 {
        let is_json = serde_json::from_slice::<IgnoredAny>(&line).is_ok();
        if is_json || line.trim_ascii().is_empty() {
            given.write_all(&line).await?;
        } else if complain.send(()).await.is_err() {
            break;
        }
        line.clear();
    }
    Ok(())
}

/// Writes what the library says, a line at a time, and what there is to complain of between the lines.
async fn write(
    mut from: impl AsyncBufReadExt + Unpin,
    mut complaints: Receiver<()>,
    mut output: impl AsyncWrite + Unpin,
) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        tokio::select! {
            // What was read of a line stays in it when something else comes first.
            read = from.read_until(b'\n', &mut line) => {
                if read? == 0 {
                    return Ok(());
                }
                output.write_all(&line).await?;
                line.clear();
            }
            Some(()) = complaints.recv() => output.write_all(NO_JSON).await?,
        }
        output.flush().await?;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::{NO_JSON, checked};
    use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, duplex};

    #[tokio::test]
    async fn lines_that_are_no_json_are_answered_and_others_handed_on() {
        let ((client, input), (mut heard, output)) = (duplex(64), duplex(64));
        let mut client = client;
        let ((taken, mut to), written) = checked(input, output);
        let mut lines = BufReader::new(taken).lines();
        client.write_all(b"{\"a\":1}\nnonsense\n\n[2]\n").await.unwrap();
        assert_eq!(lines.next_line().await.unwrap().unwrap(), "{\"a\":1}");
        let mut told = vec![0; NO_JSON.len()];
        heard.read_exact(&mut told).await.unwrap();
        assert_eq!(told, NO_JSON);
        assert_eq!(lines.next_line().await.unwrap().unwrap(), "");
        assert_eq!(lines.next_line().await.unwrap().unwrap(), "[2]");
        drop(client);
        assert_eq!(lines.next_line().await.unwrap(), None);
        to.write_all(b"{\"b\":2}\n").await.unwrap();
        drop(to);
        let mut rest = String::new();
        heard.read_to_string(&mut rest).await.unwrap();
        assert_eq!(rest, "{\"b\":2}\n");
        written.await.unwrap().unwrap();
    }
}

//! Standard output and error: what goes where.
use crate::exit::Exit;
use crate::failure::Failure;
use clap::error::ErrorKind;
use miette::Diagnostic;
use serde_json::json;
use std::error::Error;
use std::io::Write;

/// Writes to standard output; a reader that has gone is no error.
pub fn out(text: &str) {
    _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Writes to standard error; a reader that has gone is no error.
pub fn err(text: &str) {
    _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Tells why a service could not do what was asked of it: a line for the error, for each cause and for the next step.
pub fn failure(failure: &Failure) -> Exit {
    let help = failure.help().map(|help| help.to_string());
    if !object("Usage", &chain(failure), help.clone()) {
        let mut text = format!("error: {failure}\n");
        let causes = std::iter::successors(failure.source(), |cause| (*cause).source());
        text.extend(causes.map(|cause| format!("  because: {cause}\n")));
        text.extend(help.map(|help| format!("  help: {help}\n")));
        err(&text);
    }
    failure.exit()
}

/// An error and its causes in one line.
pub fn chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.fold(error.to_string(), |message, cause| format!("{message}: {cause}"))
}

/// Shows what clap says of a command line: help, which was asked for, or that its usage is wrong.
pub fn usage(error: &clap::Error) -> Exit {
    if !error.use_stderr() {
        _ = error.print();
        return Exit::Clean;
    }
    let text = error.to_string();
    let said = text.split("\n\nUsage:").next().unwrap_or_default();
    let message = match (error.kind(), said.strip_prefix("error: ")) {
        (ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand, _) | (_, None) => "a word is missing",
        (_, Some(said)) => said.trim(),
    };
    if !object("Usage", message, None) {
        _ = error.print();
    }
    Exit::Usage
}

/// Whether results and errors are told as JSON; that stands in the command line, even in one that is wrong.
fn as_json() -> bool {
    std::env::args_os().take_while(|word| word != "--").any(|word| word == "--json")
}

/// Tells of what went wrong around a call as one object, if somebody wants to read it so.
pub fn object(code: &str, message: &str, help: Option<String>) -> bool {
    let mut object = json!({ "code": code, "message": message });
    if let (Some(help), Some(object)) = (help, object.as_object_mut()) {
        object.insert("help".to_owned(), help.into());
    }
    let asked = as_json();
    if asked {
        out(&format!("{object}\n"));
    }
    asked
}

/// Columns as wide as their widest cell.
pub fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (at, cell) in row.iter().enumerate() {
            let cells = rows.iter().filter_map(|row| row.get(at));
            let width = cells.map(|cell| cell.chars().count()).max().unwrap_or(0) + 2;
            line.push_str(&format!("{cell:width$}"));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

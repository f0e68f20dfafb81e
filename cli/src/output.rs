//! Standard output and error: what goes where, and in which colours.
use crate::exit::Exit;
use crate::failure::Failure;
use clap::error::ErrorKind;
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};
use quater_compiler::report::render::Colour;
use serde_json::json;
use std::error::Error;
use std::io::{IsTerminal, Write};

/// Writes to standard output; a reader that has gone is no error.
pub(crate) fn out(text: &str) {
    _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Writes to standard error; a reader that has gone is no error.
pub(crate) fn err(text: &str) {
    _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Tells why a command could not do its work.
pub(crate) fn failure(failure: &Failure) -> Exit {
    let elsewhere =
        matches!(failure, Failure::Unreached { .. } | Failure::HungUp { .. } | Failure::NoActions { .. });
    let (exit, code) = if elsewhere { (Exit::Unreached, "Unreached") } else { (Exit::Usage, "Usage") };
    let causes = std::iter::successors(failure.source(), |cause| (*cause).source());
    let message = causes.fold(failure.to_string(), |message, cause| format!("{message}: {cause}"));
    if object(code, &message, failure.help().map(|help| help.to_string())) {
        return exit;
    }
    let theme = match colour(&std::io::stderr()) {
        Colour::Always => GraphicalTheme::unicode(),
        Colour::Never => GraphicalTheme::unicode_nocolor(),
    };
    let mut text = String::new();
    let drawn = GraphicalReportHandler::new_themed(theme).with_links(false).render_report(&mut text, failure);
    err(if drawn.is_ok() { &text } else { "the reason cannot be drawn\n" });
    exit
}

/// Shows what clap says of a command line: help, which was asked for, or that its usage is wrong.
pub(crate) fn usage(error: &clap::Error) -> Exit {
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

/// Says that a service has errors, which have been drawn.
pub(crate) fn unsound() {
    object("Findings", "the service has errors, which standard error tells", None);
}

/// Whether results and errors are told as JSON; that stands in the command line, even in one that is wrong.
fn as_json() -> bool {
    std::env::args_os().take_while(|word| word != "--").any(|word| word == "--json")
}

/// Tells of what went wrong around a call as one object, if somebody wants to read it so.
fn object(code: &str, message: &str, help: Option<String>) -> bool {
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

/// Whether to colour what goes to a stream.
pub(crate) fn colour(stream: &impl IsTerminal) -> Colour {
    let set = |name| std::env::var(name).ok();
    choose(
        set("NO_COLOR").as_deref(),
        set("CLICOLOR_FORCE").as_deref(),
        set("TERM").as_deref(),
        stream.is_terminal(),
    )
}

fn choose(no_color: Option<&str>, force: Option<&str>, term: Option<&str>, terminal: bool) -> Colour {
    let refused = no_color.is_some_and(|value| !value.is_empty());
    let forced = force.is_some_and(|value| !value.is_empty() && value != "0");
    match !refused && (forced || (terminal && term != Some("dumb"))) {
        true => Colour::Always,
        false => Colour::Never,
    }
}

#[cfg(test)]
mod tests {
    use super::{Colour, choose};

    #[test]
    fn colours_respect_the_conventions() {
        let cases = [
            (None, None, None, true, Colour::Always),
            (None, None, None, false, Colour::Never),
            (None, None, Some("dumb"), true, Colour::Never),
            (None, Some("1"), None, false, Colour::Always),
            (None, Some("0"), None, false, Colour::Never),
            (Some("1"), Some("1"), None, true, Colour::Never),
            (Some(""), None, None, true, Colour::Always),
        ];
        for (no_color, force, term, terminal, want) in cases {
            assert_eq!(
                choose(no_color, force, term, terminal),
                want,
                "{no_color:?} {force:?} {term:?} {terminal}"
            );
        }
    }
}

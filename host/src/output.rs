//! Standard output and error: what goes where. All that a command says goes through here, and what others have
//! written steers no terminal: of control characters, ends of lines and tabs alone are written as they are.
use crate::exit::Exit;
use crate::failure::Failure;
use clap::error::ErrorKind;
use miette::Diagnostic;
use std::borrow::Cow;
use std::error::Error;
use std::io::Write;
use std::sync::OnceLock;

/// Why something could not be written to standard output.
static LOST: OnceLock<std::io::Error> = OnceLock::new();

/// Writes to standard output, for people; a reader that has gone is no error, and [`settled`] tells of any other.
pub fn out(text: &str) {
    verbatim(&tame(text));
}

/// Writes JSON to standard output, in which there are other letters than ASCII in texts alone.
pub fn json(text: &str) {
    verbatim(&shown(
        text,
        |letter| letter != '\n' && acts(letter),
        |letter, out| {
            let mut units = [0; 2];
            out.extend(letter.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        },
    ));
}

/// Writes a result to standard output, for programs or for people.
pub fn told(as_json: bool, text: &str) {
    if as_json { json(text) } else { out(text) }
}

/// Writes to standard output as it is: what was drawn with colours, and what a file holds.
pub fn verbatim(text: &str) {
    let mut stdout = std::io::stdout().lock();
    heed(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()));
}

/// Writes to standard error, for people; there is nobody to tell where that fails.
pub fn err(text: &str) {
    err_verbatim(&tame(text));
}

/// Writes to standard error as it is: what was drawn with colours.
pub fn err_verbatim(text: &str) {
    _ = std::io::stderr().lock().write_all(text.as_bytes());
}

fn heed(written: std::io::Result<()>) {
    if let Err(why) = written
        && why.kind() != std::io::ErrorKind::BrokenPipe
    {
        // The first reason is the one to tell.
        _ = LOST.set(why);
    }
}

/// How the process ends: what was done, but with an output that was lost it has not ended well.
pub fn settled(exit: Exit) -> Exit {
    let Some(why) = LOST.get() else { return exit };
    err(&format!("error: standard output cannot be written, so some of it is lost\n  because: {why}\n"));
    if exit == Exit::Clean { Exit::Usage } else { exit }
}

/// Text without what a terminal would act on: escapes, other controls and marks that reorder text are shown by their
/// numbers.
pub fn tame(text: &str) -> Cow<'_, str> {
    let text = shown(text, |letter| !matches!(letter, '\n' | '\r' | '\t') && acts(letter), number);
    // Alone it goes back to the beginning of its line, and what follows stands over what was there.
    if text.split('\r').skip(1).all(|rest| rest.starts_with('\n')) {
        return text;
    }
    Cow::Owned(text.split("\r\n").map(|line| line.replace('\r', "\\u{d}")).collect::<Vec<_>>().join("\r\n"))
}

/// The same for what stands in one line.
pub fn line(text: &str) -> Cow<'_, str> {
    shown(text, acts, |letter, out| match letter {
        '\n' => out.push_str("\\n"),
        '\t' => out.push_str("\\t"),
        _ => number(letter, out),
    })
}

/// Whether a terminal would act on a letter.
fn acts(letter: char) -> bool {
    let reorders =
        matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    // What separates lines and paragraphs is none of the controls.
    reorders || letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}')
}

fn number(letter: char, out: &mut String) {
    out.extend(letter.escape_unicode());
}

fn shown(text: &str, acts: impl Fn(char) -> bool, instead: impl Fn(char, &mut String)) -> Cow<'_, str> {
    if !text.contains(&acts) {
        return Cow::Borrowed(text);
    }
    let mut tamed = String::with_capacity(text.len() + 16);
    for letter in text.chars() {
        if acts(letter) { instead(letter, &mut tamed) } else { tamed.push(letter) }
    }
    Cow::Owned(tamed)
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
        heed(error.print());
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

/// Whether results and errors are told as JSON, once a command line is understood.
static AS_JSON: OnceLock<bool> = OnceLock::new();

/// Says whether results and errors are told as JSON: `--json` may be something else in a command line, such as an
/// input of a call.
pub fn decided(as_json: bool) {
    // Nobody understands it twice.
    _ = AS_JSON.set(as_json);
}

/// Whether results and errors are told as JSON; until that is decided, a word of the command line says so, even of one
/// that is wrong.
fn as_json() -> bool {
    if let Some(decided) = AS_JSON.get() {
        return *decided;
    }
    std::env::args_os().take_while(|word| word != "--").any(|word| word == "--json")
}

/// Tells of what went wrong around a call as one object, if somebody wants to read it so.
pub fn object(code: &str, message: &str, help: Option<String>) -> bool {
    let mut object = serde_json::json!({ "code": code, "message": message });
    if let (Some(help), Some(object)) = (help, object.as_object_mut()) {
        object.insert("help".to_owned(), help.into());
    }
    let asked = as_json();
    if asked {
        json(&format!("{object}\n"));
    }
    asked
}

/// Columns as wide as their widest cell, each row in one line.
pub fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let rows: Vec<_> = rows.iter().map(|row| row.each_ref().map(|cell| line(cell))).collect();
    let mut out = String::new();
    for row in &rows {
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

#[cfg(test)]
mod tests {
    use super::{line, table, tame};

    #[test]
    fn nothing_steers_a_terminal() {
        assert_eq!(tame("a\tb\r\nc\rd"), "a\tb\r\nc\\u{d}d");
        assert_eq!(tame("\u{1b}[31m\u{9b}0m\u{7}\u{202e}é"), "\\u{1b}[31m\\u{9b}0m\\u{7}\\u{202e}é");
        assert_eq!(line("a\nb\tc\u{2028}"), "a\\nb\\tc\\u{2028}");
        assert_eq!(
            table(&[["a\nb".to_owned(), "c".to_owned()], ["d".to_owned(), "e".to_owned()]]),
            "a\\nb  c\nd     e\n"
        );
    }
}

//! Standard output and error: what goes where, and in which colours.
use crate::exit::Exit;
use crate::failure::Failure;
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};
use quater_compiler::report::render::Colour;
use quater_host::output::{chain, object};
use std::io::IsTerminal;

pub(crate) use quater_host::output::{err, out, usage};

/// Tells why a command could not do its work.
pub(crate) fn failure(failure: &Failure) -> Exit {
    let code = if failure.exit() == Exit::Unreached { "Unreached" } else { "Usage" };
    if object(code, &chain(failure), failure.help().map(|help| help.to_string())) {
        return failure.exit();
    }
    let theme = match colour(&std::io::stderr()) {
        Colour::Always => GraphicalTheme::unicode(),
        Colour::Never => GraphicalTheme::unicode_nocolor(),
    };
    let mut text = String::new();
    let drawn = GraphicalReportHandler::new_themed(theme).with_links(false).render_report(&mut text, failure);
    err(if drawn.is_ok() { &text } else { "the reason cannot be drawn\n" });
    failure.exit()
}

/// Says that a service has errors, which have been drawn.
pub(crate) fn unsound() {
    object("Findings", "the service has errors, which standard error tells", None);
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

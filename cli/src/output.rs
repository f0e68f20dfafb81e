//! Standard output and error: what goes where, and in which colours.
use crate::exit::Exit;
use crate::failure::Failure;
use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme};
use quater_compiler::report::render::Colour;
use quater_host::output::{chain, object, tame};
use std::io::IsTerminal;

pub(crate) use quater_host::output::{err, err_verbatim, json, line, out, settled, told, usage, verbatim};

/// Tells why a command could not do its work.
pub(crate) fn failure(failure: &Failure) -> Exit {
    let exit = failure.exit();
    let named = [(Exit::Unreached, "Unreached"), (Exit::Denied, "Unauthorized")];
    let code = named.iter().find(|(of, _)| *of == exit).map_or("Usage", |(_, code)| code);
    if object(code, &chain(failure), failure.help().map(|help| help.to_string())) {
        return failure.exit();
    }
    let help = failure.help().map(|help| help.to_string()).unwrap_or_default();
    let said = format!("{}{help}", chain(failure));
    let mut text = String::new();
    let mut draw = |theme| {
        let drawn =
            GraphicalReportHandler::new_themed(theme).with_links(false).render_report(&mut text, failure);
        if drawn.is_err() {
            text.push_str("the reason cannot be drawn\n");
        }
    };
    // Escapes that others have written can't be told from those of colours, so there are only the ones or the others.
    if colour(&std::io::stderr()) == Colour::Always && tame(&said) == said {
        draw(GraphicalTheme::unicode());
        err_verbatim(&text);
    } else {
        draw(GraphicalTheme::unicode_nocolor());
        err(&text);
    }
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

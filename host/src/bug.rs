//! What happens when we are wrong: a panic is our bug, and says so.
use crate::exit::Exit;
use crate::output;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};

/// From here on, every panic asks for a report.
pub fn announce() {
    set_hook(Box::new(|panic| output::err(&text(panic))));
}

/// Runs a command; one that panics ends with the exit code for bugs.
pub fn guard(command: impl FnOnce() -> Exit) -> Exit {
    catch_unwind(AssertUnwindSafe(command)).unwrap_or(Exit::Bug)
}

fn text(panic: &PanicHookInfo<'_>) -> String {
    let what = panic.payload_as_str().unwrap_or("no message");
    let place = panic.location().map_or_else(|| "nowhere".to_owned(), ToString::to_string);
    let (version, os, arch) = (env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH);
    format!(
        "quater has a bug: {what}\n  at {place}, quater {version} on {os} {arch}\n\
         Please report it with these lines, the command you ran and the file you ran it on.\n"
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "tests")]
    use super::{Exit, guard};

    #[test]
    fn a_panic_is_exit_3() {
        assert_eq!(guard(|| Exit::Clean), Exit::Clean);
        assert_eq!(guard(|| panic!("wanted by this test")), Exit::Bug);
    }
}

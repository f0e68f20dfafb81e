//! What `quater build` puts a service behind: the runtime and its command line, and nothing that reads `.qtr` files.
use std::process::ExitCode;

fn main() -> ExitCode {
    quater_host::own()
}

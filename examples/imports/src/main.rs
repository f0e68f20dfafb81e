//! Serves `imports.qtr`.

use imports::Team;
use imports::generated::serve;
use std::process::ExitCode;

fn main() -> ExitCode {
    serve(Team)
}

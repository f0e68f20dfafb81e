//! Serves `shop.qtr`.

use bench_native::Team;
use bench_native::generated::serve;
use std::process::ExitCode;

fn main() -> ExitCode {
    serve(Team)
}

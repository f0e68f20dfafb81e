//! `quater llms`
use crate::exit::Exit;
use crate::output;

/// What a language model reads before it writes a `.qtr` file.
const GUIDE: &str = include_str!("../../../docs/guide.md");

pub(crate) fn run() -> Exit {
    output::out(GUIDE);
    Exit::Clean
}

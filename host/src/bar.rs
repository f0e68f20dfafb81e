//! How far a call has come, on standard error: a bar for people, lines of JSON behind `--json`, nothing else on
//! pipes. Standard output stays with the result.
use crate::output;
use quater_runtime::Told;
use serde_json::json;
use std::io::{IsTerminal, stderr};

/// How wide the bar itself is.
const WIDTH: usize = 24;

/// How much of a terminal's line is used.
const LINE: usize = 78;

/// Where it is shown how far a call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bar {
    /// Nowhere.
    Nowhere,
    /// As lines of JSON.
    Lines,
    /// As a bar that is drawn over and over.
    Drawn,
}

impl Bar {
    /// Where it is shown here.
    pub fn here(as_json: bool) -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        match (as_json, stderr().is_terminal() && !dumb) {
            (true, _) => Self::Lines,
            (false, true) => Self::Drawn,
            (false, false) => Self::Nowhere,
        }
    }

    /// Whether anybody looks.
    pub fn is_seen(self) -> bool {
        self != Self::Nowhere
    }

    /// Shows it.
    pub fn show(self, told: &Told) {
        match self {
            Self::Nowhere => {}
            Self::Lines => {
                let told = json!({ "done": told.done, "total": told.total, "text": told.text });
                output::err(&format!("{}\n", json!({ "progress": told })));
            }
            Self::Drawn => output::err_verbatim(&format!("\r\x1b[K{}", drawn(told))),
        }
    }

    /// Leaves the terminal as it was.
    pub fn end(self) {
        if self == Self::Drawn {
            output::err_verbatim("\r\x1b[K");
        }
    }
}

fn drawn(told: &Told) -> String {
    let Told { done, total, text } = told;
    let share = if *total > 0 { (*done as f64 / *total as f64).clamp(0.0, 1.0) } else { 0.0 };
    let full = (share * WIDTH as f64) as usize;
    // What a service elsewhere says must not steer the terminal.
    let text = text.iter().flat_map(|text| text.chars()).filter(|letter| !letter.is_control());
    let line = format!("[{}{}] {done} of {total} ", "#".repeat(full), " ".repeat(WIDTH - full));
    line.chars().chain(text).take(LINE).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::drawn;
    use quater_runtime::Told;

    #[test]
    fn a_bar_fits_its_line_and_steers_nothing() {
        let told = |done, total, text: &str| drawn(&Told { done, total, text: Some(text.to_owned()) });
        assert_eq!(told(1, 2, "half"), "[############            ] 1 of 2 half");
        assert_eq!(told(0, 0, ""), "[                        ] 0 of 0");
        assert_eq!(told(9, 2, ""), "[########################] 9 of 2");
        assert_eq!(told(-1, 2, "\x1b[2J\r\nx"), "[                        ] -1 of 2 [2Jx");
        assert_eq!(told(i64::MAX, i64::MIN, &"é".repeat(200)).chars().count(), 78);
    }
}

//! Every code the compiler can report: one row each, and a page without which nothing builds.
//!
//! `E01` syntax, `E02` names, `E03` types, `E04` rules, `E05` surfaces and access, `E06` storage,
//! `W` warnings. A code is never given a second meaning.

/// How much a report matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The program cannot run.
    Error,
    /// The program runs, and somebody will regret it.
    Warning,
}

macro_rules! codes {
    ($($code:ident $severity:ident $title:literal,)*) => {
        /// A kind of finding, as in `E0201`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $title] $code,)*
        }

        impl Code {
            /// Every code, in order.
            pub const ALL: &[Code] = &[$(Code::$code),*];

            /// The code as people write it.
            pub fn name(self) -> &'static str {
                match self { $(Code::$code => stringify!($code)),* }
            }

            /// Whether a finding of this code forbids running.
            pub fn severity(self) -> Severity {
                match self { $(Code::$code => Severity::$severity),* }
            }

            /// The finding in a few words.
            pub fn title(self) -> &'static str {
                match self { $(Code::$code => $title),* }
            }

            /// The page that `quater explain` prints: why it is so, a failing and a fixed example.
            pub fn page(self) -> &'static str {
                match self {
                    $(Code::$code => include_str!(concat!("../../explain/", stringify!($code), ".md"))),*
                }
            }
        }
    };
}

codes! {
    E0101 Error "unexpected text",
}

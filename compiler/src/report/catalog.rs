//! Every code the compiler can report: one row each, and a page without which nothing builds.
//!
//! `E01` syntax, `E02` names, `E03` types, `E04` rules, `E05` surfaces and access, `E06` storage,
//! `E07` changes of a contract, `W` warnings, `W08` of them what is not ready for strangers. A code is never given a second meaning.

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

            /// Whether it is looked for where strangers reach the service, and nowhere else.
            pub fn is_of_production(self) -> bool {
                self.name().starts_with("W08")
            }

            /// Whether a service that has it does not run in front of strangers.
            pub fn forbids_production(self) -> bool {
                self.is_of_production() || self == Self::W0502
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
    E0102 Error "a brace without a partner",
    E0103 Error "a text or regex that does not close",
    E0104 Error "something is missing",
    E0105 Error "an unknown word",
    E0106 Error "a word of another language",
    E0107 Error "a number or letter that cannot be read",
    E0108 Error "operators that do not mix",
    E0109 Error "too deep, too long or too much",
    E0110 Error "a character that no file may hold",
    E0111 Error "something said twice",
    E0201 Error "unknown name",
    E0202 Error "a name is declared twice",
    E0203 Error "a name means two things",
    E0204 Error "no such member",
    E0205 Error "unknown function",
    E0206 Error "not exactly one service",
    E0207 Error "a file that is not there",
    E0208 Error "a code that can't be silenced",
    E0301 Error "wrong type",
    E0302 Error "a refinement that is not one",
    E0303 Error "a value that may be absent",
    E0304 Error "wrong arguments",
    E0305 Error "operands that do not go together",
    E0306 Error "a type made of itself",
    E0307 Error "a literal that does not fit",
    E0309 Error "a member is missing",
    E0310 Error "this does not belong here",
    E0311 Error "a function that calls itself",
    E0312 Error "functions that grow without end",
    E0313 Error "an output that is not given",
    E0314 Error "a union that is none",
    E0315 Error "a `match` that leaves cases out",
    E0316 Error "an arm that can't be reached",
    E0317 Error "a key that can't be one",
    E0318 Error "a change that can't be one",
    E0401 Error "no rule lets this be read",
    E0402 Error "no rule lets this be written",
    E0403 Error "a secret would leave the service",
    E0404 Error "a column that can't be read wherever its row can",
    E0405 Error "a tenant column that is set by hand",
    E0406 Error "a rule about something that is not there",
    E0407 Error "a `via` that leads back to itself",
    E0408 Error "a related row that may be hidden",
    E0420 Error "an upstream call in the middle of a transaction",
    E0501 Error "an operation without an access decision",
    E0502 Error "a GET that writes",
    E0503 Error "a path and its inputs do not fit",
    E0504 Error "two operations on one route",
    E0505 Error "two tools or commands of one name",
    E0506 Error "a tool without a text",
    E0507 Error "something without a bound",
    E0508 Error "an environment value that nothing reads",
    E0509 Error "nobody can be the caller",
    E0510 Error "a status that is no error",
    E0511 Error "a setting outside its limits",
    E0512 Error "a limit that can't count",
    E0513 Error "a template that does not fit",
    E0514 Error "an approval that can't be given",
    E0515 Error "a line that does not fit what the operation does",
    E0516 Error "a body in Rust and its effects do not fit",
    E0517 Error "an MCP resource or prompt that does not fit",
    E0518 Error "files that stand in the way",
    E0519 Error "a first or last version that is none",
    E0530 Error "a credential that can't come or be judged like that",
    E0531 Error "a token that could be forged",
    E0532 Error "a way to sign in that is never asked",
    E0533 Error "a job that nobody gives its inputs",
    E0534 Error "a schedule that never comes",
    E0535 Error "a job of no tenant",
    E0536 Error "a channel that is not whole",
    E0601 Error "an entity without one key",
    E0602 Error "a relation that does not say `on delete`",
    E0603 Error "a look-up that may find more than one row",
    E0604 Error "a list without an end",
    E0606 Error "a column that can't be sorted by",
    E0607 Error "the other side of a relation that does not fit",
    E0608 Error "a computed field that is made of itself",
    E0609 Error "a column that can't be stored",
    E0610 Error "a value that rows can't be given",
    E0611 Error "a name that the database can't keep",
    E0620 Error "two lists that take inputs",
    E0621 Error "a list that asks nobody",
    E0622 Error "an input that is there already",
    E0623 Error "a column that can't be filtered by",
    E0624 Error "a search without a `search` line",
    E0625 Error "a page that nothing makes",
    E0626 Error "a text too long to go on from",
    E0627 Error "a group that is not one",
    E0628 Error "an upsert that can't tell rows apart",
    E0629 Error "an operation that calls itself",
    E0630 Error "an operation that can't be called from another",
    E0631 Error "a batch where nothing can be committed",
    E0632 Error "a change of many rows without an end",
    E0701 Error "an operation that is gone",
    E0702 Error "an input that is gone",
    E0703 Error "an input that must be given now",
    E0704 Error "an input that takes less",
    E0705 Error "an input that has moved",
    E0706 Error "an output that lacks what it had",
    E0707 Error "an output of another type",
    E0708 Error "an enum that surprises its readers",
    E0709 Error "a route that is gone",
    E0710 Error "a tool that is gone",
    E0711 Error "a command that is gone",
    E0712 Error "another status",
    E0713 Error "fewer may call",
    E0714 Error "a setting that callers notice",
    E0715 Error "a way to sign in that is gone",
    E0716 Error "a channel that is gone",
    E0717 Error "an MCP resource or prompt that is gone",
    E0718 Error "a call that has to wait",
    E0719 Error "a call that can't be repeated",
    E0721 Error "a table that is dropped",
    E0722 Error "a column that is dropped",
    E0723 Error "a column that holds less",
    E0724 Error "a column without a value for the rows there are",
    E0725 Error "a table with another key",
    E0726 Error "a job that is gone",
    E0727 Error "waiting work that can't be read",
    W0201 Warning "a silence that silences nothing",
    W0202 Warning "a declaration that nothing uses",
    W0301 Warning "a `$` before a value in a text",
    W0401 Warning "a rule that can never hold",
    W0402 Warning "a rule that changes nothing",
    W0403 Warning "a write that no rule can permit",
    W0404 Warning "a new value from a row that is not held",
    W0405 Warning "a field that shows what another entity denies",
    W0406 Warning "a test that exercises nothing",
    W0501 Warning "a tool text that is too long",
    W0502 Warning "something to try without a limit",
    W0503 Warning "two tools that say the same",
    W0519 Warning "past its sunset",
    W0601 Warning "a query without an index",
    W0602 Warning "a query in a long loop",
    W0701 Warning "a break that its version acknowledges",
    W0702 Warning "an error that callers do not know",
    W0703 Warning "more may call",
    W0704 Warning "an output that may hold more",
    W0705 Warning "another default",
    W0706 Warning "a unique that rows may break",
    W0707 Warning "a relation that points or deletes otherwise",
    W0708 Warning "a new way to sign in",
    W0709 Warning "fewer calls are let through",
    W0710 Warning "something on its way out",
    W0711 Warning "another approval",
    W0801 Warning "no host name to answer to",
    W0802 Warning "pages of every origin",
    W0803 Warning "documents for everybody",
    W0804 Warning "plain HTTP",
    W0805 Warning "a secret in the file",
    W0806 Warning "a tool for everybody",
    W0807 Warning "a tool that deletes unasked",
}

//! The functions of the language: one table, read by the checker, the interpreter and the generators.
use serde::{Deserialize, Serialize};

macro_rules! builtins {
    ($($variant:ident $name:literal $arity:literal $pure:ident $docs:literal,)*) => {
        /// A function of the language.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Builtin {
            $(#[doc = $docs] $variant,)*
        }

        impl Builtin {
            /// Every function.
            pub const ALL: &[Builtin] = &[$(Builtin::$variant),*];

            /// Its name in a file.
            pub const fn name(self) -> &'static str {
                match self { $(Builtin::$variant => $name),* }
            }

            /// How many arguments it takes.
            pub const fn arity(self) -> usize {
                match self { $(Builtin::$variant => $arity),* }
            }

            /// Whether equal arguments always give an equal result.
            pub const fn is_pure(self) -> bool {
                match self { $(Builtin::$variant => Purity::$pure as u8 == Purity::Pure as u8),* }
            }

            /// What it does, in one sentence.
            pub const fn docs(self) -> &'static str {
                match self { $(Builtin::$variant => $docs),* }
            }

            /// The function of a name.
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|builtin| builtin.name() == name)
            }
        }
    };
}

enum Purity {
    Pure,
    Clock,
    Chance,
}

builtins! {
    Trim "trim" 1 Pure "The text without white space at its ends.",
    Lower "lower" 1 Pure "The text in lower case.",
    Upper "upper" 1 Pure "The text in upper case.",
    Slug "slug" 1 Pure "The text as lower-case words of letters and digits, joined by `-`.",
    Length "len" 1 Pure "How many characters a text, or items a list, has.",
    Contains "contains" 2 Pure "Whether the first text holds the second.",
    StartsWith "starts_with" 2 Pure "Whether the first text begins with the second.",
    Replace "replace" 3 Pure "The first text with every second replaced by the third.",
    Split "split" 2 Pure "The parts of the first text between the second.",
    Round "round" 2 Pure "The decimal with so many digits behind the point, half away from zero.",
    Floor "floor" 1 Pure "The largest whole number that is not above.",
    Ceil "ceil" 1 Pure "The smallest whole number that is not below.",
    Abs "abs" 1 Pure "The number without its sign.",
    Least "least" 2 Pure "The smaller of two.",
    Greatest "greatest" 2 Pure "The larger of two.",
    Now "now" 0 Clock "This moment; the same throughout one call.",
    Today "today" 0 Clock "This day in UTC; the same throughout one call.",
    Sha256 "sha256" 1 Pure "The SHA-256 digest of a text (UTF-8), as 64 lower-case hex digits.",
    Hmac "hmac" 2 Pure "HMAC-SHA-256 of the second under the first (RFC 2104), as lower-case hex digits.",
    Token "token" 1 Chance "A fresh secret: the given prefix and 256 random bits, base64url.",
    Verify "verify" 2 Pure "Whether the text fits the Argon2id hash; takes the same time either way.",
    Hash "hash" 1 Chance "The Argon2id hash of a text; written by the compiler where text becomes a `password`.",
    Uuid "uuid" 0 Chance "A fresh UUID, version 7 (RFC 9562).",
}

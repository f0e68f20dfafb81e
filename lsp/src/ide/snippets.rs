//! Whole declarations and lines, right as they stand, with places to fill in.

/// A text with `${1:…}` where something is filled in.
pub(crate) struct Snippet {
    /// What is typed to get it.
    pub(crate) label: &'static str,
    /// The word that must be possible where it is offered.
    pub(crate) word: &'static str,
    /// Words that must be possible beside it, which tell places apart.
    pub(crate) among: &'static [&'static str],
    /// A line about it.
    pub(crate) detail: &'static str,
    /// The text.
    pub(crate) text: &'static str,
}

const TOP: &[&str] = &["entity", "operation"];

/// Every snippet.
pub(crate) const SNIPPETS: &[Snippet] = &[
    Snippet {
        label: "service",
        word: "service",
        among: TOP,
        detail: "the service itself",
        text: "service ${1:shop} version ${2:1}\n",
    },
    Snippet {
        label: "env",
        word: "env",
        among: TOP,
        detail: "what the service reads from its environment",
        text: "env {\n  ${1:DATABASE_URL}: text secret = \"${2:sqlite:shop.db}\"\n}\n",
    },
    Snippet {
        label: "entity",
        word: "entity",
        among: TOP,
        detail: "a stored record",
        text: "entity ${1:Thing} in ${2:data} {\n  id:    uuid key\n  ${3:title}: text(1..120)\n  allow read signed_in\n}\n",
    },
    Snippet {
        label: "operation read",
        word: "operation",
        among: TOP,
        detail: "an operation that gives one row",
        text: "/// One ${1:thing}.\noperation get_${1:thing}(${1:thing}: ${2:Thing}) -> ${2:Thing}(*) {\n  http GET /${1:thing}s/{${1:thing}}\n  allow signed_in\n  return ${1:thing}\n}\n",
    },
    Snippet {
        label: "operation create",
        word: "operation",
        among: TOP,
        detail: "an operation that makes a row",
        text: "/// Add a ${1:thing}.\noperation add_${1:thing}(${3:title}: text(1..120)) -> ${2:Thing}(*) {\n  http POST /${1:thing}s returns 201\n  allow signed_in\n  return create ${2:Thing} { ${3:title} }\n}\n",
    },
    Snippet {
        label: "operation list",
        word: "operation",
        among: TOP,
        detail: "an operation that gives rows, a page at a time",
        text: "/// ${2:Thing}s, a page at a time.\noperation list_${1:thing}s() -> page ${2:Thing}(*) {\n  http GET /${1:thing}s\n  allow signed_in\n  return list ${2:Thing} page 20..100\n}\n",
    },
    Snippet {
        label: "error",
        word: "error",
        among: TOP,
        detail: "a way to fail that callers can tell apart",
        text: "error ${1:WrongState} = ${2:409} \"${3:that can't be done now}\"\n",
    },
    Snippet {
        label: "enum",
        word: "enum",
        among: TOP,
        detail: "a closed set of names",
        text: "enum ${1:State} { ${2:open}, ${3:closed} }\n",
    },
    Snippet {
        label: "type record",
        word: "type",
        among: TOP,
        detail: "a record",
        text: "type ${1:Line} { ${2:name}: ${3:text(1..80)} }\n",
    },
    Snippet {
        label: "type projection",
        word: "type",
        among: TOP,
        detail: "what of a row is shown",
        text: "type ${1:ThingCard} = ${2:Thing}(${3:*})\n",
    },
    Snippet {
        label: "test",
        word: "test",
        among: TOP,
        detail: "a case that runs through any door",
        text: "test \"${1:what it shows}\" {\n  as nobody call ${2:operation}() fails Unauthorized\n}\n",
    },
    Snippet {
        label: "allow read when",
        word: "allow",
        among: &["deny"],
        detail: "which rows may be read",
        text: "allow read when ${1:owner} == actor",
    },
    Snippet {
        label: "require else",
        word: "require",
        among: &["return"],
        detail: "what must hold, or else the error",
        text: "require ${1:condition} else ${2:Forbidden}",
    },
    Snippet {
        label: "for",
        word: "for",
        among: &["return"],
        detail: "something for each",
        text: "for ${1:item} in ${2:items} {\n  $0\n}",
    },
];

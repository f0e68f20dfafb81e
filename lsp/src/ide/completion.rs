//! What may stand at a place, also where the line is half typed: the place gets a name that nothing has,
//! and whatever looks it up says what it would have taken.
use super::ends::ends;
use super::hover::head;
use super::service::Service;
use super::snippets::{SNIPPETS, Snippet};
use super::symbols::holds_in_order;
use quater_compiler::parse::words_at;
use quater_compiler::report::{FileId, Span};
use quater_compiler::session::Look;
use quater_compiler::uses::{CURSOR, DefinitionKind, Offer, builtin};
use std::collections::BTreeSet;
use std::rc::Rc;

/// So many names are offered at once; of more, those that what is typed may become.
const MOST_NAMES: usize = 200;

/// What an offered text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A word of the language.
    Word,
    /// A declaration or a member.
    Defined(DefinitionKind),
    /// A scalar, a function of the language, or something without a declaration.
    Known,
    /// A whole declaration or line, with places to fill in.
    Snippet,
}

/// One text that may stand there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    /// The text.
    pub(crate) label: String,
    /// What it is.
    pub(crate) kind: Kind,
    /// A line about it.
    pub(crate) detail: String,
    /// Its documentation.
    pub(crate) docs: String,
    /// What is written instead, with `${1:…}` where something is filled in.
    pub(crate) snippet: Option<String>,
}

/// What may stand in the place of the word around an offset.
#[derive(Debug)]
pub(crate) struct Completion {
    /// The word.
    pub(crate) at: Span,
    /// What may stand there, the likeliest first.
    pub(crate) items: Vec<Item>,
    /// Whether nothing else may: where there is more, it is asked again when more is typed.
    pub(crate) whole: bool,
}

/// What may stand at an offset.
pub(crate) fn complete(service: &Service, file: FileId, offset: u32) -> Completion {
    let text = service.text_of(file);
    let at = word_around(text, offset as usize);
    let at = Span::new(file, at.start, at.end);
    if in_comment(text, at.start as usize) {
        return Completion { at, items: Vec::new(), whole: true };
    }
    let mut offers = offered(service, text, at);
    let words = words_at(text, offset as usize);
    let whole = offers.len() <= MOST_NAMES;
    if !whole {
        offers = likely(offers, text.get(at.start as usize..offset as usize).unwrap_or(""));
    }
    let mut items: Vec<Item> = offers.iter().map(|offer| named(offer, at)).collect();
    items.sort_by_key(|item| likelihood(item.kind));
    items.extend(words.iter().filter(|word| is_word(word)).map(|word| plain(word, Kind::Word)));
    items.extend(SNIPPETS.iter().filter(|snippet| fits(snippet, &words)).map(filled_in));
    let mut seen = BTreeSet::new();
    items
        .retain(|item| item.label != CURSOR && seen.insert((item.label.clone(), item.kind == Kind::Snippet)));
    Completion { at, items, whole }
}

/// Of many names those that what is typed may become: first what it is the beginning of, and what is at hand.
fn likely(offers: Vec<(Rc<Look>, Offer)>, typed: &str) -> Vec<(Rc<Look>, Offer)> {
    let typed = typed.to_lowercase();
    let rank = |offer: &Offer| {
        let name = offer.name.to_lowercase();
        holds_in_order(&name, &typed).then(|| (!name.starts_with(&typed), !offer.near))
    };
    let ranked = offers.into_iter().filter_map(|one| Some((rank(&one.1)?, one)));
    let mut ranked: Vec<_> = ranked.collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.truncate(MOST_NAMES);
    ranked.into_iter().map(|(_, one)| one).collect()
}

/// What the compiler would take in the place of a word: from the text as it is, and where that does not read, with
/// an end for its line.
fn offered(service: &Service, text: &str, at: Span) -> Vec<(Rc<Look>, Offer)> {
    let (before, behind) = (text.get(..at.start as usize), text.get(at.end as usize..));
    let (before, behind) = (before.unwrap_or(""), behind.unwrap_or(""));
    let (rest, below) = behind.split_at(behind.find('\n').unwrap_or(behind.len()));
    for group in ends(before, behind) {
        let mut offers = Vec::new();
        for end in group {
            let marked = format!("{before}{CURSOR}{}{rest}{}{below}", end.near, end.far);
            let look = Rc::new(service.probed(at.file, marked, at));
            offers.extend(look.offers().into_iter().map(|offer| (Rc::clone(&look), offer)));
        }
        if !offers.is_empty() {
            return offers;
        }
    }
    Vec::new()
}

/// Values of the enum that is wanted come first, then what is at hand, then what helps to make a value.
const fn likelihood(kind: Kind) -> u32 {
    match kind {
        Kind::Defined(DefinitionKind::Value) => 0,
        Kind::Defined(DefinitionKind::Local | DefinitionKind::Parameter) => 1,
        Kind::Defined(DefinitionKind::Function) => 3,
        Kind::Defined(_) => 2,
        Kind::Known => 4,
        Kind::Word | Kind::Snippet => 5,
    }
}

/// The bytes of the word around an offset; empty between words.
pub(crate) fn word_around(text: &str, offset: usize) -> std::ops::Range<usize> {
    let offset = text.floor_char_boundary(offset);
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let (before, behind) = text.split_at_checked(offset).unwrap_or((text, ""));
    let start = before.trim_end_matches(is_word).len();
    let end = text.len() - behind.trim_start_matches(is_word).len();
    start..end
}

fn in_comment(text: &str, offset: usize) -> bool {
    let line = text.get(..offset).and_then(|before| before.rsplit('\n').next()).unwrap_or("");
    line.trim_start().starts_with("//")
}

fn is_word(word: &str) -> bool {
    word.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | ' '))
}

fn plain(label: &str, kind: Kind) -> Item {
    Item { label: label.to_owned(), kind, detail: String::new(), docs: String::new(), snippet: None }
}

fn fits(snippet: &Snippet, words: &[String]) -> bool {
    words.iter().any(|word| word == snippet.word)
        && snippet.among.iter().all(|one| words.iter().any(|word| word == one))
}

fn filled_in(snippet: &Snippet) -> Item {
    let docs = snippet.text.replace("${", "").replace('}', "");
    let detail = snippet.detail.to_owned();
    Item { detail, docs, snippet: Some(snippet.text.to_owned()), ..plain(snippet.label, Kind::Snippet) }
}

/// What the compiler would take, as an item.
fn named((look, offer): &(Rc<Look>, Offer), at: Span) -> Item {
    let Some(definition) = look.declared(offer, at) else {
        let docs = builtin(&offer.name).map(|(_, docs)| docs.to_owned()).unwrap_or_default();
        return Item { docs, ..plain(&offer.name, Kind::Known) };
    };
    let detail = match definition.inferred {
        Some(ty) => ty,
        None => head(&look.sources, &definition).lines().next().unwrap_or("").replace(CURSOR, ""),
    };
    Item { detail, docs: definition.docs, ..plain(&offer.name, Kind::Defined(definition.kind)) }
}

//! What may stand at a place, also where the line is half typed: the place gets a name that nothing has,
//! and whatever looks it up says what it would have taken.
use super::ends::ends;
use super::service::Service;
use super::snippets::{SNIPPETS, Snippet};
use quater_compiler::parse::words_at;
use quater_compiler::report::{Code, FileId, Span};
use quater_compiler::uses::{CURSOR, Definition, DefinitionKind, Offer, builtin};
use std::collections::{BTreeMap, BTreeSet};

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
}

/// What may stand at an offset.
pub(crate) fn complete(service: &Service, file: FileId, offset: u32) -> Completion {
    let text = service.text_of(file);
    let at = word_around(text, offset as usize);
    let at = Span::new(file, at.start, at.end);
    if in_comment(text, at.start as usize) {
        return Completion { at, items: Vec::new() };
    }
    let (offers, locals) = offered(service, text, at);
    let words = words_at(text, offset as usize);
    let (near, far) = service.found.declared(&offers.iter().map(|offer| offer.name.as_str()).collect(), at);
    let known = Known { most: owner_of_most(near.iter().chain(&far), &offers), locals, near, far };
    let mut items: Vec<Item> = offers.iter().map(|offer| named(service, &known, offer)).collect();
    items.sort_by_key(|item| likelihood(item.kind));
    items.extend(words.iter().filter(|word| is_word(word)).map(|word| plain(word, Kind::Word)));
    items.extend(SNIPPETS.iter().filter(|snippet| fits(snippet, &words)).map(whole));
    let mut seen = BTreeSet::new();
    items
        .retain(|item| item.label != CURSOR && seen.insert((item.label.clone(), item.kind == Kind::Snippet)));
    Completion { at, items }
}

/// What the compiler would take in the place of a word, and the names that bodies gave to values there: from the
/// text as it is, and where that does not read, with an end for its line.
fn offered(service: &Service, text: &str, at: Span) -> (Vec<Offer>, Vec<Definition>) {
    let (before, behind) = (text.get(..at.start as usize), text.get(at.end as usize..));
    let (before, behind) = (before.unwrap_or(""), behind.unwrap_or(""));
    let (rest, below) = behind.split_at(behind.find('\n').unwrap_or(behind.len()));
    for group in ends(before, behind) {
        let (mut offers, mut locals) = (Vec::new(), Vec::new());
        for end in group {
            let marked = format!("{before}{CURSOR}{}{rest}{}{below}", end.near, end.far);
            let (more, names) = service.probed(at.file, marked, at).offers();
            offers.extend(more);
            locals.extend(names);
        }
        if !offers.is_empty() {
            return (offers, locals);
        }
    }
    (Vec::new(), Vec::new())
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

fn whole(snippet: &Snippet) -> Item {
    let docs = snippet.text.replace("${", "").replace('}', "");
    let detail = snippet.detail.to_owned();
    Item { detail, docs, snippet: Some(snippet.text.to_owned()), ..plain(snippet.label, Kind::Snippet) }
}

/// The definition that most names belong to which are offered as members, so that a name of several
/// definitions gets the right one.
fn owner_of_most<'d>(known: impl Iterator<Item = &'d Definition>, offers: &[Offer]) -> Option<Span> {
    let members: BTreeSet<&str> =
        offers.iter().filter(|offer| offer.code == Code::E0204).map(|offer| offer.name.as_str()).collect();
    let owners = known.filter(|one| members.contains(&*one.name)).filter_map(|one| one.owner);
    let mut counted: BTreeMap<Span, usize> = BTreeMap::new();
    owners.for_each(|owner| *counted.entry(owner).or_default() += 1);
    let most = counted.values().copied().max()?;
    counted.into_iter().find(|(_, count)| *count == most).map(|(owner, _)| owner)
}

/// What has one of the offered names.
struct Known {
    /// Values, where the cursor is.
    locals: Vec<Definition>,
    /// In the declaration around the cursor.
    near: Vec<Definition>,
    /// In others.
    far: Vec<Definition>,
    /// What most of the offered members belong to.
    most: Option<Span>,
}

impl Known {
    /// What a name most likely means.
    fn meaning(&self, offer: &Offer) -> Option<&Definition> {
        let member = offer.code == Code::E0204;
        let input = |one: &Definition| one.kind == DefinitionKind::Parameter;
        let near = self.near.iter().map(|one| (one, if input(one) { 1 } else { 3 }));
        let all =
            self.locals.iter().map(|one| (one, 0)).chain(near).chain(self.far.iter().map(|one| (one, 4)));
        let rank = |(one, rank): &(&Definition, u32)| match (member, one.owner) {
            (true, owner) => (owner != self.most, owner.is_none(), *rank),
            (false, None) => (false, false, (*rank).min(2)),
            (false, Some(_)) => (false, false, *rank),
        };
        let named = all.filter(|(one, _)| one.name == offer.name);
        named.min_by_key(rank).map(|(one, _)| one)
    }
}

fn named(service: &Service, known: &Known, offer: &Offer) -> Item {
    let Some(definition) = known.meaning(offer) else {
        let docs = builtin(&offer.name).map(|(_, docs)| docs.to_owned()).unwrap_or_default();
        return Item { docs, ..plain(&offer.name, Kind::Known) };
    };
    let detail = match &definition.inferred {
        Some(ty) => ty.clone(),
        None => super::hover::head(service, definition).lines().next().unwrap_or("").to_owned(),
    };
    let kind = Kind::Defined(definition.kind);
    Item { detail, docs: definition.docs.clone(), ..plain(&offer.name, kind) }
}

//! One piece: a declaration with what stands before it.
use pest::Parser;
use pest::error::ErrorVariant;
use quater_grammar::{QuaterParser, Rule};

use super::build::{Build, Pair, child};
use super::expected::{Place, stray, stray_text};
use super::prefix::{joined, prefix};
use super::{
    assets, auth, channel, entity, enumeration, env, error, function, import, job, operation, resource,
    service, test, types,
};
use crate::ast::{Declaration, DeclarationKind, Docs, Prefix};
use crate::report::{Code, Report, Span};

/// The declaration of a piece; one that cannot be read is stray.
pub(super) fn piece(build: &mut Build<'_>) -> Declaration {
    let declaration = readable(build);
    Declaration { unread: build.said.take_unread(), ..declaration }
}

fn readable(build: &mut Build<'_>) -> Declaration {
    let text = &build.piece.text;
    let parsed = QuaterParser::parse(Rule::piece, text).map(|mut pairs| pairs.next());
    match parsed {
        Ok(Some(piece)) => declaration(build, &piece),
        Ok(None) => nothing(build),
        Err(error) => {
            if let ErrorVariant::CustomError { .. } = error.variant {
                too_much(build, "this declaration is too intricate to read");
            } else {
                stray_text(build, text, 0, Place::Declaration);
            }
            nothing(build)
        }
    }
}

/// Reports a piece that is beyond what is read at all.
pub(super) fn too_much(build: &mut Build<'_>, message: &str) {
    let text = &build.piece.text;
    let start = text.len() - text.trim_start().len();
    let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or("");
    let length = line.char_indices().nth(20).map_or(line.len(), |(at, _)| at);
    let at = build.span(start, start + length);
    build.report(Report::new(Code::E0109, at, message).help("give its parts names of their own"));
}

/// The declaration of a piece that holds none.
pub(super) fn nothing(build: &Build<'_>) -> Declaration {
    let at = build.span(0, build.piece.text.trim_end().len());
    Declaration {
        docs: None,
        prefixes: Vec::new(),
        kind: DeclarationKind::Stray,
        at,
        header_at: at,
        unread: Vec::new(),
    }
}

fn declaration(build: &mut Build<'_>, piece: &Pair<'_>) -> Declaration {
    let mut docs: Option<Docs> = None;
    let mut prefixes: Vec<Prefix> = Vec::new();
    let mut found: Option<(DeclarationKind, Span, Span)> = None;
    if let Some(behind) = child(piece, Rule::rest) {
        let outside = [
            Rule::docs,
            Rule::since,
            Rule::silence,
            Rule::deprecated,
            Rule::bad_prefix,
            Rule::rest,
            Rule::EOI,
        ];
        let declared = piece.clone().into_inner().any(|pair| !outside.contains(&pair.as_rule()));
        rest(build, &behind, declared);
    }
    for pair in piece.clone().into_inner() {
        match pair.as_rule() {
            Rule::docs => docs = Some(joined(docs, build.docs(&pair))),
            Rule::since | Rule::silence | Rule::deprecated | Rule::bad_prefix => {
                prefixes.push(prefix(build, &pair))
            }
            Rule::rest | Rule::EOI => {}
            _ => {
                let kind = kind(build, &pair);
                let at = build.at(&pair);
                let header_at = header_at(build, &pair, at);
                found = Some((kind, at, header_at));
            }
        }
    }
    match found {
        Some((kind, at, header_at)) => {
            Declaration { docs, prefixes, kind, at, header_at, unread: Vec::new() }
        }
        None => {
            let (stray, text) = (nothing(build), &build.piece.text);
            if let Some(last) = prefixes.last().map(|prefix| prefix.at).or(docs.as_ref().map(|docs| docs.at))
            {
                let report = Report::new(Code::E0104, last, "no declaration follows");
                build.report_in(stray.at, report.help("take it out, or write what it speaks of"));
            } else if !text.trim().is_empty() {
                stray_text(build, text, 0, Place::Declaration);
            }
            Declaration { docs, prefixes, ..stray }
        }
    }
}

/// The word and the name; the name is the first pair of every declaration that has one.
fn header_at(build: &Build<'_>, pair: &Pair<'_>, at: Span) -> Span {
    let named = [Rule::name, Rule::text, Rule::route, Rule::names];
    let inner = pair.clone().into_inner().next().filter(|inner| named.contains(&inner.as_rule()));
    match inner {
        Some(inner) => Span { end: build.at(&inner).end, ..at },
        None => {
            let word = pair.as_str().find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(0);
            Span { end: at.start + word as u32, ..at }
        }
    }
}

fn kind(build: &mut Build<'_>, pair: &Pair<'_>) -> DeclarationKind {
    match pair.as_rule() {
        Rule::service => DeclarationKind::Service(service::service(build, pair)),
        Rule::import => DeclarationKind::Import(import::import(build, pair)),
        Rule::env => DeclarationKind::Env(env::env(build, pair)),
        Rule::resource => DeclarationKind::Resource(resource::resource(build, pair)),
        Rule::assets => DeclarationKind::Assets(assets::assets(build, pair)),
        Rule::auth => DeclarationKind::Auth(auth::auth(build, pair)),
        Rule::type_declaration => DeclarationKind::Type(types::declaration(build, pair)),
        Rule::enumeration => DeclarationKind::Enumeration(enumeration::enumeration(build, pair)),
        Rule::error => DeclarationKind::Error(error::error(build, pair)),
        Rule::function => DeclarationKind::Function(function::function(build, pair)),
        Rule::entity => DeclarationKind::Entity(entity::entity(build, pair)),
        Rule::operation => DeclarationKind::Operation(operation::operation(build, pair)),
        Rule::channel => DeclarationKind::Channel(channel::channel(build, pair)),
        Rule::job => DeclarationKind::Job(job::job(build, pair)),
        _ => DeclarationKind::Test(test::test(build, pair)),
    }
}

/// Reports what stands behind a whole declaration, or where none was found.
fn rest(build: &mut Build<'_>, pair: &Pair<'_>, behind_declaration: bool) {
    if !behind_declaration {
        return stray(build, pair, Place::Declaration);
    }
    let text = &build.piece.text;
    let rest_at = pair.as_span().start();
    let start = text.get(..rest_at).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    stray_text(build, text.get(start..).unwrap_or(""), start, Place::Declaration);
}

/// Reports what stands between a header and its block.
pub(super) fn junk(build: &mut Build<'_>, pair: &Pair<'_>) {
    if let Some(junk) = child(pair, Rule::junk) {
        stray(build, &junk, Place::Header);
    }
}

/// The lines of a declaration's block; a missing block is reported.
pub(super) fn body<'i>(build: &mut Build<'_>, pair: &Pair<'i>, rule: Rule) -> Vec<Pair<'i>> {
    match child(pair, rule) {
        Some(body) => body.into_inner().collect(),
        None => {
            let at = build.head(pair);
            build.missing(at, "a block in braces");
            Vec::new()
        }
    }
}

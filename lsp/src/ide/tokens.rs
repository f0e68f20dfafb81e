//! What each name is, so that an editor can draw it.
use super::service::Service;
use quater_compiler::report::{FileId, Span};
use quater_compiler::uses::DefinitionKind;

/// A name and what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    /// The name.
    pub(crate) at: Span,
    /// What it is.
    pub(crate) kind: DefinitionKind,
    /// Whether it is declared here.
    pub(crate) declares: bool,
}

/// The names of a stretch of a file, in order.
pub(crate) fn tokens(service: &Service, file: FileId, (from, to): (u32, u32)) -> Vec<Token> {
    let inside = |at: Span| at.file == file && at.end >= from && at.start <= to;
    let uses = service.uses().all().iter().filter(|one| inside(one.at)).filter_map(|one| {
        let kind = service.uses().definition(one.of)?.kind;
        Some(Token { at: one.at, kind, declares: false })
    });
    let defined = service.uses().defined_in(file).filter(|one| inside(one.at));
    let defined = defined.filter(|one| one.kind != DefinitionKind::Test);
    let declared = defined.map(|one| Token { at: one.at, kind: one.kind, declares: true });
    let mut tokens: Vec<Token> = declared.chain(uses).collect();
    tokens.sort_by_key(|token| (token.at, !token.declares));
    tokens.dedup_by_key(|token| token.at);
    tokens
}

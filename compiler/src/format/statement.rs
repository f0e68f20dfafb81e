//! Steps, blocks and `match`.
use super::doc::{Block as DocBlock, Doc, Item, commas, maybe, text, words};
use super::expr::{Around, expr_doc, free, literal_text, quoted};
use crate::ast::{
    ArmBody, Block, IfBranch, MatchArm, Matching, Pattern, PatternKind, Statement, StatementKind,
};
use crate::report::Span;

/// Steps in braces.
pub(super) fn block(block: &Block) -> Doc {
    Doc::Block(DocBlock { items: block.statements.iter().map(statement).collect(), at: block.at })
}

/// One step.
pub(super) fn statement(statement: &Statement) -> Item {
    let doc = match &statement.kind {
        StatementKind::Let { name, value } => words([text(format!("let {} =", name.text)), free(value)]),
        StatementKind::Require { condition, otherwise } => {
            words([text("require"), expr_doc(condition, Around::CONDITION), text("else"), free(otherwise)])
        }
        StatementKind::If { branches, otherwise } => conditional(branches, otherwise.as_ref()),
        StatementKind::For { element, list, body } => {
            words([text(format!("for {} in", element.text)), expr_doc(list, Around::CONDITION), block(body)])
        }
        StatementKind::Return(value) => words([text("return"), maybe(value.as_ref(), free)]),
        StatementKind::Do(value) => free(value),
        StatementKind::Stray => text(""),
    };
    Item { at: statement.at, doc }
}

fn conditional(branches: &[IfBranch], otherwise: Option<&Block>) -> Doc {
    let mut parts = Vec::new();
    for branch in branches {
        parts.push(text(if parts.is_empty() { "if" } else { "else if" }));
        parts.push(expr_doc(&branch.condition, Around::CONDITION));
        parts.push(block(&branch.body));
    }
    if let Some(otherwise) = otherwise {
        parts.push(text("else"));
        parts.push(block(otherwise));
    }
    words(parts)
}

/// `match x { … }`
pub(super) fn matching(matching: &Matching, at: Span) -> Doc {
    let items = matching.arms.iter().map(|one| Item { at: one.at, doc: arm(one) }).collect();
    let arms = Doc::Block(DocBlock { items, at });
    words([text("match"), expr_doc(&matching.subject, Around::CONDITION), arms])
}

fn arm(arm: &MatchArm) -> Doc {
    let body = match &arm.body {
        ArmBody::Value(value) => free(value),
        ArmBody::Block(steps) => match steps.statements.as_slice() {
            [only] if stands_bare(only) => statement(only).doc,
            _ => block(steps),
        },
    };
    words([commas(arm.patterns.iter().map(pattern)), text("=>"), body])
}

/// Whether a step may be the whole of an arm without braces.
fn stands_bare(step: &Statement) -> bool {
    matches!(step.kind, StatementKind::Return(_) | StatementKind::Require { .. })
}

fn pattern(pattern: &Pattern) -> Doc {
    match &pattern.kind {
        PatternKind::Name(name) => text(name.text.as_str()),
        PatternKind::Literal(literal) => text(literal_text(literal)),
        PatternKind::Text(value) => text(quoted(value)),
        PatternKind::Else => text("else"),
    }
}

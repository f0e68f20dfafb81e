//! Computed fields of an entity see every row: also what the rules of those rows deny.
use crate::ast::EntityItemKind;
use crate::check::Checker;
use crate::check::rule::RowRule;
use crate::report::{Code, Report};
use quater_ir::Id;
use quater_ir::entity::{Column, Entity};
use quater_ir::expr::{Expr, Node};
use quater_ir::operation::Act;
use quater_ir::types::Type;

/// No computed field shows what another entity denies.
pub(super) fn no_computed_field_shows_what_is_denied(checker: &Checker<'_>, found: &mut Vec<Report>) {
    for (entity, (_, node)) in checker.entities.values().zip(&checker.names.entities) {
        for item in &node.items {
            let EntityItemKind::Computed { name, .. } = &item.kind else { continue };
            let field = entity.computed.iter().find(|field| field.name == name.text && !field.secret);
            let Some((rule, other)) = field.and_then(|field| denied(checker, entity, &field.value)) else {
                continue;
            };
            let other = checker.entity_name(other);
            let message =
                format!("`{}.{}` shows what `{other}` denies: it sees every row", entity.name, name.text);
            let report = Report::new(Code::W0405, name.at, message).label(rule.at, "denied here");
            let help = "compute it in a projection, which sees what the caller may read; or make it `secret`";
            found.push(report.help(help));
        }
    }
}

/// A denial that an expression over rows of an entity passes by, and whose it is.
fn denied<'c>(checker: &'c Checker<'_>, of: &Entity, value: &Expr) -> Option<(&'c RowRule, Id<Entity>)> {
    let mut rows = Vec::new();
    let mut open = vec![value];
    let mut columns = Vec::new();
    while let Some(expr) = open.pop() {
        if let Node::Rows(inner) = &expr.node {
            rows.push(inner.entity);
        }
        if let Node::Column { via, column, .. } = &expr.node {
            let first = via.first().and_then(|first| of.columns.find(*first)).map(|it| it.ty.required());
            if let Some(Type::Ref(other)) = first {
                columns.push((*other, (via.len() == 1).then_some(*column)));
            } else {
                columns.extend(rows.last().map(|row| (*row, Some(*column))));
            }
        }
        open.extend(expr.children());
    }
    let whole = rows.into_iter().map(|row| (row, None));
    whole.chain(columns).find_map(|(other, column)| Some((denial(checker, other, column)?, other)))
}

/// The rule that denies reading rows of an entity, or a column of theirs.
fn denial<'c>(checker: &'c Checker<'_>, of: Id<Entity>, column: Option<Id<Column>>) -> Option<&'c RowRule> {
    let rules = checker.rules.get(of.index())?;
    rules.iter().filter(|rule| rule.deny).find(|rule| {
        rule.columns(Act::Read).is_some_and(|columns| {
            columns.is_empty() || column.is_some_and(|column| columns.contains(&column))
        })
    })
}

//! Rules that can never hold, because they want one value of an enum to be two things.
use super::Checker;
use crate::report::{Code, Report, Span};
use quater_ir::expr::{Compare, Expr, Node};
use quater_ir::types::{Enum, Type};
use quater_ir::value::Literal;
use quater_ir::{Arena, Id};
use smol_str::SmolStr;
use std::collections::BTreeSet;

/// What is tested, and the members that the tests so far leave.
type Left<'e> = Vec<(&'e Expr, BTreeSet<SmolStr>)>;

impl Checker<'_> {
    /// Warns of a condition that holds for nobody.
    pub(crate) fn can_hold(&mut self, condition: &Expr, at: Span) {
        let Some(subject) = contradiction(condition, &self.enums) else { return };
        let of = self.enums.find(subject).map_or_else(String::new, |of| format!(" of `{}`", of.name));
        let message = format!("this can never hold: one value{of} can't be all of that at once");
        let report = Report::new(Code::W0401, at, message);
        self.sink.push(report.help("for one of several, write `or`, or `in [a, b]`"));
    }
}

/// The enum of which a condition wants too much, if it can never hold.
fn contradiction(condition: &Expr, enums: &Arena<Enum>) -> Option<Id<Enum>> {
    if let Node::Or(ways) = &condition.node {
        let found: Option<Vec<Id<Enum>>> = ways.iter().map(|way| contradiction(way, enums)).collect();
        return found?.first().copied();
    }
    let Node::And(parts) = &condition.node else { return None };
    let mut left = Left::new();
    parts.iter().find_map(|part| contradiction(part, enums).or_else(|| narrow(part, enums, &mut left)))
}

/// Takes one test into account; gives the enum of a value for which nothing is left.
fn narrow<'e>(test: &'e Expr, enums: &Arena<Enum>, left: &mut Left<'e>) -> Option<Id<Enum>> {
    let (subject, members, among) = members(test)?;
    let Type::Enum(of) = subject.ty.required() else { return None };
    let place = match left.iter().position(|(known, _)| *known == subject) {
        Some(place) => place,
        None => {
            left.push((subject, enums.find(*of)?.members.iter().cloned().collect()));
            left.len() - 1
        }
    };
    let (_, possible) = left.get_mut(place)?;
    possible.retain(|member| members.contains(&member) == among);
    possible.is_empty().then_some(*of)
}

/// What a test is about, the members it names, and whether the value has to be among them.
fn members(test: &Expr) -> Option<(&Expr, Vec<&SmolStr>, bool)> {
    if let Node::Not(inner) = &test.node {
        return members(inner).map(|(subject, members, among)| (subject, members, !among));
    }
    if let Node::In(subject, list) = &test.node {
        return Some((subject, list.iter().map(member).collect::<Option<Vec<_>>>()?, true));
    }
    let Node::Compare(compare @ (Compare::Equal | Compare::NotEqual), a, b) = &test.node else { return None };
    let (subject, member) = member(b).map(|name| (a, name)).or(member(a).map(|name| (b, name)))?;
    Some((subject, vec![member], *compare == Compare::Equal))
}

fn member(expr: &Expr) -> Option<&SmolStr> {
    if let Node::Literal(Literal::Text(name)) = &expr.node { Some(name) } else { None }
}

//! Row rules without which everything would be as it is.
use crate::check::Checker;
use crate::check::facts::Facts;
use crate::check::never_null;
use crate::check::rule::{RowRule, Who};
use crate::report::{Code, Report};
use quater_ir::operation::Act;

/// Every row rule, and every condition of one, decides something.
pub(super) fn every_rule_decides_something(checker: &Checker<'_>, found: &mut Vec<Report>) {
    for (entity, rules) in checker.entities.values().zip(&checker.rules) {
        for (nth, rule) in rules.iter().enumerate() {
            if let Some(condition) = &rule.condition
                && never_null(condition)
                && Facts::new(&checker.enums).assume(condition, false).is_some()
            {
                let report = Report::new(Code::W0402, rule.at, "the condition of this rule always holds");
                found.push(report.help("leave it out, or say when the rule holds"));
            } else if let Some(other) = covering(rule, nth, rules) {
                let word = if other.deny { "forbids" } else { "allows" };
                let message = format!("another rule of `{}` {word} all of this already", entity.name);
                let report = Report::new(Code::W0402, rule.at, message).label(other.at, "this one");
                found.push(report.help("remove the one, or narrow the other"));
            }
        }
    }
}

/// A rule that makes another one idle.
fn covering<'r>(rule: &RowRule, nth: usize, rules: &'r [RowRule]) -> Option<&'r RowRule> {
    let others = rules.iter().enumerate().filter(|(other, _)| *other != nth);
    let mut able = others.filter(|(_, other)| other.condition.is_none() && (other.deny || !rule.deny));
    able.find(|(at, other)| {
        let twins = rule.condition.is_none() && rule.deny == other.deny && rule.who.covers(&other.who);
        let first = *at < nth || !twins || !same_reach(rule, other);
        first
            && other.who.covers(&rule.who)
            && rule.verbs.iter().all(|(act, columns)| {
                other.columns(*act).is_some_and(|wide| {
                    wide.is_empty()
                        || (!columns.is_empty() && columns.iter().all(|column| wide.contains(column)))
                })
            })
    })
    .map(|(_, other)| other)
}

/// Whether two rules are about the same acts and columns.
fn same_reach(a: &RowRule, b: &RowRule) -> bool {
    let acts = [Act::Read, Act::Create, Act::Update, Act::Delete];
    acts.into_iter().all(|act| a.columns(act) == b.columns(act))
}

impl Who {
    /// Whether all whom the other names are among these, whatever the rows.
    fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Anyone, _) | (Self::SignedIn, Self::SignedIn | Self::Roles(_)) => true,
            (Self::Roles(wide), Self::Roles(roles)) => roles.iter().all(|role| wide.contains(role)),
            (Self::Via(wide), Self::Via(relation)) => wide == relation,
            (Self::In(wide), Self::In(doers)) => doers.iter().all(|doer| wide.contains(doer)),
            (Self::SignedIn | Self::Roles(_) | Self::Via(_) | Self::In(_), _) => false,
        }
    }
}

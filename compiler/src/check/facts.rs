//! What has to be so where a condition holds, as far as single values tell: enough to see that a
//! condition wants too much, never a guess.
use crate::watched::Watched;
use quater_ir::Id;
use quater_ir::expr::{Compare, Context, Expr, Node};
use quater_ir::types::{Enum, Type};
use quater_ir::value::Literal;
use rust_decimal::Decimal;
use std::slice::from_ref;

/// Why a condition can never hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clash {
    /// No member of an enum is left.
    Member(Id<Enum>),
    /// One value would have to be two.
    Value,
    /// A value would have to be there and absent.
    Absence,
    /// It is written so.
    Written,
}

/// What is known of values.
#[derive(Debug, Clone)]
pub(crate) struct Facts<'e> {
    enums: &'e Watched<Enum>,
    /// Whether there is no caller.
    pub(crate) nobody: bool,
    known: Vec<(&'e Expr, Known)>,
    /// Two values, and how the first may stand to the second.
    pairs: Vec<(&'e Expr, &'e Expr, Ways)>,
}

/// What is known of one value.
#[derive(Debug, Clone, Default)]
struct Known {
    among: Option<Vec<Literal>>,
    not: Vec<Literal>,
    null: Option<bool>,
    least: Option<End>,
    most: Option<End>,
}

/// One end of a range, and whether it belongs to the range.
type End = (Decimal, bool);

/// How one value may stand to another: less, equal, greater.
type Ways = [bool; 3];

impl<'e> Facts<'e> {
    /// Nothing is known.
    pub(crate) const fn new(enums: &'e Watched<Enum>) -> Self {
        Self { enums, nobody: false, known: Vec::new(), pairs: Vec::new() }
    }

    /// Takes a condition to be true, or false; says why that can't be.
    pub(crate) fn assume(&mut self, condition: &'e Expr, truth: bool) -> Option<Clash> {
        let node = &condition.node;
        if let Node::Literal(Literal::Bool(value)) = node {
            return (*value != truth).then_some(Clash::Written);
        }
        if let Node::Not(inner) = node {
            return self.assume(inner, !truth);
        }
        if let Node::And(parts) | Node::Or(parts) = node {
            let all = matches!(node, Node::And(_)) == truth;
            return if all { self.every(parts, truth) } else { self.one_of(parts, truth) };
        }
        if let Node::Coalesce(inner, instead) = node {
            return if instead.is(!truth) { self.assume(inner, truth) } else { None };
        }
        if let Node::IsNull(subject) = node {
            return self.null(subject, truth);
        }
        if let Node::In(subject, list) = node {
            let literals: Option<Vec<Literal>> = list.iter().map(|it| literal(it).cloned()).collect();
            return self.there(subject).or_else(|| self.among(subject, &literals?, truth));
        }
        if let Node::Compare(compare, a, b) = node {
            return self.compare(ways(*compare, truth), a, b);
        }
        if matches!(node, Node::Column { .. } | Node::RowColumn { .. } | Node::Slot(_) | Node::Member { .. })
        {
            let value = Literal::Bool(truth);
            return self.there(condition).or_else(|| self.among(condition, from_ref(&value), true));
        }
        None
    }

    fn every(&mut self, parts: &'e [Expr], truth: bool) -> Option<Clash> {
        // What is certain comes before what leaves a choice.
        let chooses = |part: &&Expr| matches!(part.node, Node::And(_) | Node::Or(_));
        let certain = parts.iter().filter(|part| !chooses(part));
        certain.chain(parts.iter().filter(chooses)).find_map(|part| self.assume(part, truth))
    }

    fn one_of(&mut self, parts: &'e [Expr], truth: bool) -> Option<Clash> {
        let mut first = None;
        let mut open = None;
        for part in parts {
            let mut facts = self.clone();
            match facts.assume(part, truth) {
                Some(clash) => first = first.or(Some(clash)),
                None if open.is_some() => return None,
                None => open = Some(facts),
            }
        }
        if let Some(facts) = open {
            *self = facts;
            return None;
        }
        first
    }

    fn compare(&mut self, ways: Ways, a: &'e Expr, b: &'e Expr) -> Option<Clash> {
        let both = a.ty.is_optional() && b.ty.is_optional();
        let [less, equal, greater] = ways;
        if both && less == greater {
            // Equality of two optionals looks at null itself.
            return if a == b && !equal { Some(Clash::Value) } else { None };
        }
        let absent = self.there(a).or_else(|| self.there(b));
        absent.or_else(|| match (literal(a), literal(b)) {
            (Some(a), Some(b)) => self.written(a, b, ways),
            (Some(value), None) => self.against(b, [greater, equal, less], value),
            (None, Some(value)) => self.against(a, ways, value),
            (None, None) => self.pair(a, b, ways),
        })
    }

    fn written(&self, a: &Literal, b: &Literal, ways: Ways) -> Option<Clash> {
        let [less, equal, greater] = ways;
        let order = match (number(a), number(b)) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ if a == b => std::cmp::Ordering::Equal,
            // Of texts it is only known that they differ.
            _ => return (!less && !greater).then_some(Clash::Value),
        };
        let held = match order {
            std::cmp::Ordering::Less => less,
            std::cmp::Ordering::Equal => equal,
            std::cmp::Ordering::Greater => greater,
        };
        (!held).then_some(Clash::Value)
    }

    fn against(&mut self, subject: &'e Expr, ways: Ways, value: &Literal) -> Option<Clash> {
        match (ways, number(value)) {
            ([false, true, false], _) => self.among(subject, from_ref(value), true),
            ([true, false, true], _) => self.among(subject, from_ref(value), false),
            ([less, equal, _], Some(end)) => {
                let known = self.of(subject)?;
                let tighter = |end: End, old: Option<End>, outside: fn(Decimal, Decimal) -> bool| match old {
                    Some(old) if outside(end.0, old.0) || (end.0 == old.0 && !old.1) => Some(old),
                    _ => Some(end),
                };
                if less {
                    known.most = tighter((end, equal), known.most, |new, old| new > old);
                } else {
                    known.least = tighter((end, equal), known.least, |new, old| new < old);
                }
                known.clash(subject)
            }
            (_, None) => None,
        }
    }

    fn among(&mut self, subject: &'e Expr, values: &[Literal], inside: bool) -> Option<Clash> {
        let known = self.of(subject)?;
        if inside {
            match &mut known.among {
                Some(among) => among.retain(|value| values.contains(value)),
                None => known.among = Some(values.to_vec()),
            }
        } else {
            known.not.extend(values.iter().cloned());
        }
        known.clash(subject)
    }

    fn pair(&mut self, a: &'e Expr, b: &'e Expr, ways: Ways) -> Option<Clash> {
        if a == b {
            return (!ways[1]).then_some(Clash::Value);
        }
        let [less, equal, greater] = ways;
        for (left, right, known) in &mut self.pairs {
            let new = match () {
                () if *left == a && *right == b => ways,
                () if *left == b && *right == a => [greater, equal, less],
                () => continue,
            };
            known.iter_mut().zip(new).for_each(|(known, new)| *known &= new);
            return (*known == [false; 3]).then_some(Clash::Value);
        }
        self.pairs.push((a, b, ways));
        None
    }

    fn there(&mut self, subject: &'e Expr) -> Option<Clash> {
        if literal(subject).is_some() {
            return None;
        }
        self.null(subject, false)
    }

    fn null(&mut self, subject: &'e Expr, null: bool) -> Option<Clash> {
        if matches!(subject.node, Node::Literal(Literal::Null)) {
            return (!null).then_some(Clash::Absence);
        }
        if literal(subject).is_some() {
            return null.then_some(Clash::Absence);
        }
        if self.nobody && !null && is_of_the_caller(subject) {
            return Some(Clash::Absence);
        }
        let known = self.of(subject)?;
        match known.null {
            Some(before) if before != null => Some(Clash::Absence),
            _ => {
                known.null = Some(null);
                None
            }
        }
    }

    fn of(&mut self, subject: &'e Expr) -> Option<&mut Known> {
        let place = self.known.iter().position(|(known, _)| known.node == subject.node);
        let place = place.unwrap_or_else(|| {
            self.known.push((subject, self.beginning(subject)));
            self.known.len() - 1
        });
        self.known.get_mut(place).map(|(_, known)| known)
    }

    /// What the type of a value tells.
    fn beginning(&self, subject: &Expr) -> Known {
        let mut known = Known::default();
        let end = |end: Option<Decimal>| end.map(|end| (end, true));
        let ty = subject.ty.required();
        if let Type::Enum(id) = ty {
            let members = self.enums.find(*id).map(|of| of.members.iter().cloned());
            known.among = members.map(|members| members.map(Literal::Text).collect());
        } else if let Type::Bool = ty {
            known.among = Some(vec![Literal::Bool(false), Literal::Bool(true)]);
        } else if let Type::Int(bounds) = ty {
            known.least = end(bounds.min.map(Decimal::from));
            known.most = end(bounds.max.map(Decimal::from));
        } else if let Type::Decimal { bounds, .. } = ty {
            known.least = end(bounds.min);
            known.most = end(bounds.max);
        }
        known
    }
}

impl Known {
    fn clash(&mut self, subject: &Expr) -> Option<Clash> {
        let (least, most) = (self.least, self.most);
        let within = |value: &Literal| match number(value) {
            None => true,
            Some(value) => {
                least.is_none_or(|(end, own)| value > end || (own && value == end))
                    && most.is_none_or(|(end, own)| value < end || (own && value == end))
            }
        };
        if let Some(among) = &mut self.among {
            among.retain(|value| !self.not.contains(value) && within(value));
            if among.is_empty() {
                let of = if let Type::Enum(id) = subject.ty.required() { Some(*id) } else { None };
                return Some(of.map_or(Clash::Value, Clash::Member));
            }
        }
        let ((least, low), (most, high)) = (least?, most?);
        (least > most || (least == most && !(low && high))).then_some(Clash::Value)
    }
}

/// The ways in which a comparison that is true, or false, lets two values stand.
const fn ways(compare: Compare, truth: bool) -> Ways {
    let [less, equal, greater] = match compare {
        Compare::Equal => [false, true, false],
        Compare::NotEqual => [true, false, true],
        Compare::Less => [true, false, false],
        Compare::AtMost => [true, true, false],
        Compare::Greater => [false, false, true],
        Compare::AtLeast => [false, true, true],
    };
    [less == truth, equal == truth, greater == truth]
}

fn literal(expr: &Expr) -> Option<&Literal> {
    if let Node::Convert(inner) = &expr.node {
        return literal(inner);
    }
    let Node::Literal(value) = &expr.node else { return None };
    (*value != Literal::Null).then_some(value)
}

fn number(value: &Literal) -> Option<Decimal> {
    match value {
        Literal::Int(value) | Literal::Duration(value) => Some(Decimal::from(*value)),
        Literal::Decimal(value) => Some(*value),
        Literal::Float(value) => Decimal::try_from(*value).ok(),
        Literal::Null | Literal::Bool(_) | Literal::Text(_) => None,
    }
}

/// Whether a value is the caller's, and so absent with the caller.
fn is_of_the_caller(subject: &Expr) -> bool {
    if let Node::RowColumn { row, .. } = &subject.node {
        return is_of_the_caller(row);
    }
    matches!(subject.node, Node::Context(Context::Actor | Context::Role))
}

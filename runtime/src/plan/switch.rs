//! Conditions in which what does not depend on the row has been decided before the query is chosen.
//!
//! `customer == actor or role in [staff]` makes two queries: for staff one without the rule, for others
//! one with `customer = ?` alone, so that each can use its index.
use super::walk::reads_row;
use crate::eval::Scope;
use crate::stop::Run;
use quater_ir::expr::{Expr, Node};
use quater_ir::types::Type;

/// Most parts that are decided beforehand where nothing else is said; it takes two to the power of this many
/// queries.
pub(super) const MOST: usize = 4;

/// One thing for each outcome of the conditions that are decided beforehand.
#[derive(Debug)]
pub(crate) struct Switched<T> {
    switches: Vec<Expr>,
    variants: Vec<T>,
}

/// A condition after the switches are set.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Rest {
    /// It holds, or does not, for every row.
    Known(bool),
    /// It depends on the row.
    Asks(Expr),
}

enum Tree {
    Known(bool),
    Switch(usize),
    Leaf(Expr),
    All(Vec<Tree>),
    Any(Vec<Tree>),
    /// The first where the switch is on, else the second.
    Choice(usize, Box<[Tree; 2]>),
}

impl<T> Switched<T> {
    /// Makes one for each outcome.
    pub(crate) fn new<E>(conditions: &[&Expr], make: impl FnMut(&Rest) -> Result<T, E>) -> Result<Self, E> {
        let conditions: Vec<Expr> = conditions.iter().map(|it| (*it).clone()).collect();
        Self::of(&conditions, MOST, make)
    }

    /// Makes one for each outcome of so many parts at most; what comes first is decided beforehand first.
    pub(crate) fn of<E>(
        conditions: &[Expr],
        most: usize,
        mut make: impl FnMut(&Rest) -> Result<T, E>,
    ) -> Result<Self, E> {
        let mut switches = Switches { most, list: Vec::new() };
        let tree = switches.tree(&Expr::new(Node::And(conditions.to_vec()), Type::Bool));
        let outcomes = 0..1_usize << switches.list.len();
        let variants = outcomes.map(|bits| make(&settle(&tree, bits))).collect::<Result<_, E>>()?;
        Ok(Self { switches: switches.list, variants })
    }

    /// The one that fits this call.
    pub(crate) fn choose(&self, scope: &Scope<'_>) -> Run<Option<&T>> {
        let mut bits = 0;
        for (at, switch) in self.switches.iter().enumerate() {
            bits |= usize::from(scope.holds(switch)?) << at;
        }
        Ok(self.variants.get(bits))
    }
}

/// What is decided beforehand, each once.
struct Switches {
    most: usize,
    list: Vec<Expr>,
}

impl Switches {
    fn tree(&mut self, expr: &Expr) -> Tree {
        if expr.is(true) || expr.is(false) {
            return Tree::Known(expr.is(true));
        }
        if !reads_row(expr) {
            return self.add(expr.clone());
        }
        if let Node::If { condition, then, otherwise } = &expr.node
            && !reads_row(condition)
        {
            let Tree::Switch(at) = self.add((**condition).clone()) else { return Tree::Leaf(expr.clone()) };
            return Tree::Choice(at, Box::new([self.tree(then), self.tree(otherwise)]));
        }
        let (Node::And(parts) | Node::Or(parts)) = &expr.node else { return Tree::Leaf(expr.clone()) };
        let all = matches!(expr.node, Node::And(_));
        let (asks, decided): (Vec<&Expr>, Vec<&Expr>) = parts.iter().partition(|part| reads_row(part));
        let mut trees = Vec::new();
        if !decided.is_empty() {
            let decided = decided.into_iter().cloned().collect();
            let node = if all { Node::And(decided) } else { Node::Or(decided) };
            trees.push(self.tree(&Expr::new(node, Type::Bool)));
        }
        trees.extend(asks.into_iter().map(|part| self.tree(part)));
        if all { Tree::All(trees) } else { Tree::Any(trees) }
    }

    fn add(&mut self, expr: Expr) -> Tree {
        if let Node::And(parts) = &expr.node
            && parts.iter().all(|part| part.is(true))
        {
            return Tree::Known(true);
        }
        match self.list.iter().position(|known| *known == expr) {
            Some(at) => Tree::Switch(at),
            None if self.list.len() < self.most => {
                self.list.push(expr);
                Tree::Switch(self.list.len() - 1)
            }
            None => Tree::Leaf(expr),
        }
    }
}

fn settle(tree: &Tree, bits: usize) -> Rest {
    match tree {
        Tree::Known(truth) => Rest::Known(*truth),
        Tree::Switch(at) => Rest::Known(bits >> at & 1 == 1),
        Tree::Leaf(expr) => Rest::Asks(expr.clone()),
        Tree::All(parts) => join(parts, bits, true),
        Tree::Any(parts) => join(parts, bits, false),
        Tree::Choice(at, both) => {
            let [then, otherwise] = &**both;
            settle(if bits >> at & 1 == 1 { then } else { otherwise }, bits)
        }
    }
}

fn join(parts: &[Tree], bits: usize, all: bool) -> Rest {
    let mut asks = Vec::new();
    for part in parts {
        match settle(part, bits) {
            Rest::Known(truth) if truth == all => {}
            Rest::Known(truth) => return Rest::Known(truth),
            Rest::Asks(expr) => asks.push(expr),
        }
    }
    match asks.len() {
        0 => Rest::Known(all),
        1 => asks.pop().map_or(Rest::Known(all), Rest::Asks),
        _ => Rest::Asks(Expr::new(if all { Node::And(asks) } else { Node::Or(asks) }, Type::Bool)),
    }
}

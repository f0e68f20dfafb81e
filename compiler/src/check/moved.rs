//! Operations and tests that stand at other positions than before, as some came or went above them.
//!
//! Their numbers are their positions. Whatever one operation has told is renumbered with it; whoever has looked at
//! another one that stands elsewhere now is looked at again.
use super::scope::Doer;
use super::{Ground, Kept, Unit, invoke::BodyState};
use crate::analyse::Judged;
use crate::watched::{EVERY, Kind, Look};
use quater_ir::operation::Operation;
use quater_ir::test::Test;
use quater_ir::{Arena, Id};
use smol_str::SmolStr;
use std::collections::BTreeMap;

/// Where those of one kind stand now, in the same order as before.
#[derive(Debug)]
pub(crate) struct Moves {
    to: Vec<Option<usize>>,
    now: usize,
}

impl Moves {
    /// By old position the new one, nothing of what is gone; and how many there are now.
    pub(crate) const fn new(to: Vec<Option<usize>>, now: usize) -> Self {
        Self { to, now }
    }

    fn of(&self, position: usize) -> Option<usize> {
        self.to.get(position).copied().flatten()
    }

    fn id(&self, id: Id<Operation>) -> Option<Id<Operation>> {
        self.of(id.index()).map(|to| Id::new(to as u32))
    }

    /// The items at their new positions, with something for those that came.
    fn placed<T>(&self, items: impl IntoIterator<Item = T>, new: impl Fn() -> T) -> Vec<T> {
        let mut placed: Vec<T> = Vec::with_capacity(self.now);
        for (item, to) in items.into_iter().zip(&self.to) {
            if let Some(to) = *to {
                placed.resize_with(to, &new);
                placed.push(item);
            }
        }
        placed.resize_with(self.now, new);
        placed
    }

    fn operations(&self, arena: &mut Arena<Operation>) -> Arena<Operation> {
        let nothing = || Operation::new(SmolStr::default(), String::new());
        self.placed(std::mem::take(arena), nothing).into_iter().collect()
    }

    fn keys<V>(&self, map: &mut BTreeMap<Id<Operation>, V>) {
        let old = std::mem::take(map).into_iter();
        *map = old.filter_map(|(id, value)| Some((self.id(id)?, value))).collect();
    }

    fn own<T>(&self, lines: &mut Vec<T>, operation: impl Fn(&mut T) -> &mut Id<Operation>) {
        lines.retain_mut(|line| {
            let own = operation(line);
            self.id(*own).inspect(|to| *own = *to).is_some()
        });
    }

    /// The same body at its new position.
    pub(crate) fn doer(&self, doer: Doer) -> Option<Doer> {
        match doer {
            Doer::Operation(id) => self.id(id).map(Doer::Operation),
            Doer::Job(_) | Doer::Channel(_) => Some(doer),
        }
    }

    /// Renumbers looks at operations of one that looks at itself; whether another one was looked at that does not
    /// stand where it stood.
    pub(crate) fn follow(&self, looks: &mut [Look], own: Option<usize>) -> bool {
        let mut elsewhere = false;
        for (_, number) in looks.iter_mut().filter(|(kind, _)| *kind == Kind::Operation) {
            let (at, to) = (*number as usize, self.of(*number as usize));
            if own == Some(at) {
                *number = to.map_or(EVERY, |to| to as u32);
            } else {
                elsewhere |= *number == EVERY || to != Some(at);
            }
        }
        elsewhere
    }
}

impl Kept {
    /// Puts tests where they stand now.
    pub(crate) fn move_tests(&mut self, moves: &Moves) {
        let nothing = || Test { name: String::new(), line: 0, slots: Vec::new(), steps: Vec::new() };
        self.tests = moves.placed(std::mem::take(&mut self.tests), nothing);
        self.told.renumber(|unit, _| match unit {
            Unit::Test(at) => moves.of(at).map(Unit::Test),
            Unit::Outside
            | Unit::Part(..)
            | Unit::Signature(_)
            | Unit::Operation(_)
            | Unit::Job(_)
            | Unit::Channel(_) => Some(unit),
        });
    }

    /// Puts operations where they stand now; gives whoever has looked at others that do not stand where they stood.
    pub(crate) fn move_operations(
        &mut self,
        moves: &Moves,
        ground: &mut Ground,
        judged: &mut Judged,
    ) -> Vec<Unit> {
        self.operations = moves.operations(&mut self.operations.take()).into();
        ground.operations = moves.operations(&mut ground.operations);
        self.bodies = moves.placed(std::mem::take(&mut self.bodies), || BodyState::Unknown);
        moves.keys(&mut self.offerings);
        moves.keys(&mut self.orders);
        moves.own(&mut self.routes, |it| &mut it.operation);
        moves.own(&mut self.tools, |it| &mut it.operation);
        moves.own(&mut self.agent_resources, |it| &mut it.operation);
        moves.own(&mut self.prompts, |it| &mut it.operation);
        moves.own(&mut self.commands, |it| &mut it.operation);
        let marks = std::mem::take(&mut self.marks).into_iter();
        self.marks = marks.filter_map(|(doer, marks)| Some((moves.doer(doer)?, marks))).collect();
        judged.move_operations(moves);
        let mut open = Vec::new();
        self.told.renumber(|unit, told| {
            let (own, to) = match unit {
                Unit::Signature(at) => (Some(at), moves.of(at).map(Unit::Signature)),
                Unit::Operation(at) => (Some(at), moves.of(at).map(Unit::Operation)),
                Unit::Outside | Unit::Part(..) | Unit::Job(_) | Unit::Channel(_) | Unit::Test(_) => {
                    (None, Some(unit))
                }
            };
            if moves.follow(&mut told.looks, own) {
                open.extend(to);
            }
            to
        });
        open
    }
}

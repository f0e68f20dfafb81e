//! What operations, bodies and tests may look at, in parts: what one pass says of one declaration is a unit.
//!
//! A part looks at what passes before its own have made, and at nothing that later ones make. So one walk through the
//! passes is enough after an edit: each part is made anew in its turn if it has looked at something which is another
//! one by then, and where something else comes of it than before, that is added to what later parts, and in the end
//! all other units, are asked about.
use super::rule::RowRule;
use super::{Changes, Checker, Told, Unit};
use crate::report::Span;
use crate::watched::Kind;
use quater_ir::entity::{Column, Entity, Side};
use quater_ir::expr::Expr;
use quater_ir::types::{Field, Record};
use quater_ir::{Arena, Id};
use smol_str::SmolStr;

/// A pass of which each declaration, or all of them together, is a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// The columns of an entity.
    Columns,
    /// What its lines say of columns, of its own and of others.
    Lines,
    /// The far sides of all entities.
    Sides,
    /// The names of all that is stored.
    StoredNames,
    /// A computed field of an entity, by its line.
    Computed(usize),
    /// The rules of an entity, and the values of its columns.
    Rules,
    /// The ways by which rules ask other rules, of all entities.
    Ways,
    /// The members of a projection, by its record.
    Projection,
    /// All projections that show themselves.
    Endless,
    /// The members of a `new` or `patch`, by its record.
    Change,
    /// A function.
    Function,
    /// The functions of an entity.
    Functions,
}

/// Where each member of some records is written, as far as that is known.
type Written<M> = Vec<((Id<Record>, M), Span)>;

/// What is known of the members of a record.
struct Members {
    fields: Arena<Field>,
    incomplete: bool,
    embedded: Written<Id<Field>>,
    places: Written<SmolStr>,
}

/// What came of the rules of an entity, and the values of its columns: a default, what an update makes of it, what
/// rows get that were there before.
struct Ruled {
    half: bool,
    rules: Vec<RowRule>,
    values: Vec<[Option<Expr>; 3]>,
}

impl Checker<'_> {
    /// Makes all parts anew for which that is due after some changes. Tells whether that is enough, as nothing that
    /// is no part would have to be made anew, too; and all that is another one then.
    pub(crate) fn parts_again(&mut self, changes: Changes) -> (bool, Changes) {
        self.altered = changes;
        let whole = !self.is_altered_beyond() && self.walk_parts();
        (whole, std::mem::take(&mut self.altered))
    }

    fn walk_parts(&mut self) -> bool {
        let mut parts = self.told.range(Unit::Part(Part::Columns, 0)..Unit::Signature(0));
        if !parts.any(|(_, told)| self.altered.concern_unit(told)) {
            return true;
        }
        (self.rules_stand, self.projected) = (false, false);
        self.pass(Self::columns);
        self.pass(Self::entity_rules);
        self.waiting.queued = self.waiting.projections.iter().cloned().collect();
        self.pass(Self::projections);
        self.pass(Self::changes);
        self.pass(Self::functions);
        !self.is_altered_beyond()
    }

    /// Goes through a pass. What it looks at between its parts counts for nobody.
    pub(crate) fn pass(&mut self, pass: impl FnOnce(&mut Self)) {
        let mut looks = std::mem::take(&mut self.telling.looks);
        self.drain_seen(&mut looks);
        pass(self);
        self.drain_seen(&mut Vec::new());
        self.telling.looks = looks;
    }

    fn is_altered_beyond(&self) -> bool {
        let told = self.told.get(&Unit::Outside);
        self.altered.beyond || told.is_none_or(|told| self.altered.concern_unit(told))
    }

    /// Makes a part, if that is due; whether it was.
    pub(crate) fn renewed(&mut self, part: Part, index: usize, work: impl FnOnce(&mut Self)) -> bool {
        let due = self.is_due(part, index);
        if due {
            self.renew(part, index, work);
        }
        due
    }

    fn is_due(&self, part: Part, index: usize) -> bool {
        let told = self.told.get(&Unit::Part(part, index));
        told.is_none_or(|told| self.altered.concern_unit(told))
    }

    /// Makes a part, due or not.
    pub(crate) fn renew(&mut self, part: Part, index: usize, work: impl FnOnce(&mut Self)) {
        let unit = Unit::Part(part, index);
        let before = self.told.take(unit);
        self.unit(unit, |checker| {
            let before = checker.left();
            work(checker);
            checker.telling.waits = checker.left() != before;
        });
        // What it left to a later pass lies there among what others did.
        let waits = |told: Option<&Box<Told>>| told.is_some_and(|told| told.waits);
        self.altered.beyond |= before.is_some() && (waits(before.as_ref()) || waits(self.told.get(&unit)));
    }

    /// How much parts have left to later passes.
    fn left(&self) -> usize {
        self.waiting.queued.len() + self.waiting.changes.len() + self.union_members.len()
    }

    /// Takes out the far sides of all entities: nobody knows them before they are found.
    pub(crate) fn take_sides(&mut self) -> Vec<Arena<Side>> {
        let ids = self.entities.ids();
        ids.map(|id| std::mem::take(&mut self.entities[id].sides)).collect()
    }

    /// Finds what entities are to each other.
    pub(crate) fn relate(&mut self, sides: &[Arena<Side>]) {
        self.renew(Part::Sides, 0, Self::sides);
        let tenants = std::mem::take(&mut self.tenants);
        let held = std::mem::take(&mut self.held_by_others);
        self.find_tenants();
        self.find_held();
        let now = self.entities.arena().values().map(|entity| &entity.sides);
        let sides = sides.iter().zip(now).map(|(before, now)| before != now).enumerate();
        let tenants = tenants.iter().zip(&self.tenants).map(|(before, now)| before != now).enumerate();
        let differing = sides.chain(tenants).filter(|(_, differs)| *differs).map(|(index, _)| index);
        let held = held.symmetric_difference(&self.held_by_others).map(|id| id.index());
        differing.chain(held).for_each(|index| self.altered.add(Kind::Entity, index));
    }

    /// Forgets the computed fields that are due, and those that are made of them.
    pub(crate) fn forget_computed(&mut self) {
        loop {
            let all = Unit::Part(Part::Computed(0), 0)..Unit::Part(Part::Rules, 0);
            let due = self.told.range(all).filter(|(_, told)| self.altered.concern_unit(told));
            let due: Vec<Unit> = due.map(|(unit, _)| *unit).collect();
            for unit in &due {
                self.told.take(*unit);
                if let Unit::Part(Part::Computed(item), index) = *unit {
                    self.computed.remove(&(Id::new(index as u32), item));
                    self.altered.add(Kind::Entity, index);
                }
            }
            if due.is_empty() {
                return;
            }
        }
    }

    /// Makes the rules of an entity, if that is due.
    pub(crate) fn renew_rules(&mut self, id: Id<Entity>, work: impl FnOnce(&mut Self)) {
        // Some of its rules may have been taken away only because of those of others.
        let half = self.half_ruled.remove(&id);
        if !half && !self.is_due(Part::Rules, id.index()) {
            return;
        }
        let values =
            |column: &mut Column| [column.default.take(), column.on_update.take(), column.backfill.take()];
        let columns = self.entities[id].columns.ids();
        let values = columns.map(|at| values(&mut self.entities[id].columns[at])).collect();
        let rules = self.rules.get_mut(id.index()).map(std::mem::take).unwrap_or_default();
        self.renew(Part::Rules, id.index(), work);
        if !self.is_ruled_by(id, &Ruled { half, rules, values }) {
            self.altered.add(Kind::Entity, id.index());
        }
    }

    fn is_ruled_by(&self, id: Id<Entity>, before: &Ruled) -> bool {
        let columns = self.entities.arena()[id].columns.values();
        let values = columns.map(|column| [&column.default, &column.on_update, &column.backfill]);
        !before.half
            && !self.half_ruled.contains(&id)
            && self.rules.get(id.index()) == Some(&before.rules)
            && values.eq(before.values.iter().map(|values| values.each_ref()))
    }

    /// Makes the members of a record, if that is due.
    pub(crate) fn renew_members(&mut self, part: Part, record: Id<Record>, work: impl FnOnce(&mut Self)) {
        if !self.is_due(part, record.index()) {
            return;
        }
        let before = self.take_members(record);
        self.renew(part, record.index(), work);
        if !self.has_members(record, &before) {
            self.altered.add(Kind::Record, record.index());
        }
    }

    fn take_members(&mut self, id: Id<Record>) -> Members {
        let embedded: Vec<_> = self.embedded_in(id).map(|(key, at)| (*key, *at)).collect();
        let places: Vec<_> = self.places_in(id).map(|(key, at)| (key.clone(), *at)).collect();
        embedded.iter().for_each(|(key, _)| _ = self.embedded.remove(key));
        places.iter().for_each(|(key, _)| _ = self.field_places.remove(key));
        let fields = std::mem::take(&mut self.records[id].fields);
        Members { fields, incomplete: self.incomplete.remove(&id), embedded, places }
    }

    fn has_members(&self, id: Id<Record>, before: &Members) -> bool {
        self.records.arena()[id].fields == before.fields
            && self.incomplete.contains(&id) == before.incomplete
            && self.embedded_in(id).eq(before.embedded.iter().map(|(key, at)| (key, at)))
            && self.places_in(id).eq(before.places.iter().map(|(key, at)| (key, at)))
    }

    fn embedded_in(&self, id: Id<Record>) -> impl Iterator<Item = (&(Id<Record>, Id<Field>), &Span)> {
        let all = self.embedded.range((id, Id::new(0))..);
        all.take_while(move |((of, _), _)| *of == id)
    }

    fn places_in(&self, id: Id<Record>) -> impl Iterator<Item = (&(Id<Record>, SmolStr), &Span)> {
        let all = self.field_places.range((id, SmolStr::default())..);
        all.take_while(move |((of, _), _)| *of == id)
    }
}

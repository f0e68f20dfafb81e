//! The other sides of relations: fields of an entity that hold rows which point to it.
use super::{Checker, docs};
use crate::ast::{self, EntityItemKind, ModifierKind, SortKey};
use crate::report::{Code, Report, Span};
use quater_ir::Id;
use quater_ir::entity::{Column, Entity, Side};
use quater_ir::types::{Bounds, Type};
use smol_str::SmolStr;

/// What a field says behind `by`.
pub(crate) fn by(field: &ast::Field) -> Option<(&ast::Name, &[SortKey])> {
    let found = field.modifier(|kind| {
        let ModifierKind::By { field, sort } = kind else { return None };
        Some((field, sort.as_slice()))
    });
    found.map(|(by, _)| by)
}

impl Checker<'_> {
    /// Gives every entity its far sides, now that every column and every unique is known.
    pub(crate) fn sides(&mut self) {
        for (index, (_, node)) in self.names.entities.values().enumerate() {
            let id: Id<Entity> = Id::new(index as u32);
            for item in &node.items {
                let EntityItemKind::Field(field) = &item.kind else { continue };
                let Some((by, sort)) = by(field) else { continue };
                if let Some(side) = self.side(id, field, by, sort) {
                    self.entities[id].sides.add(side);
                }
            }
        }
    }

    fn side(&mut self, of: Id<Entity>, field: &ast::Field, by: &ast::Name, sort: &[SortKey]) -> Option<Side> {
        for modifier in &field.modifiers {
            if !matches!(modifier.kind, ModifierKind::By { .. }) {
                let message = "this can't be said of the other side of a relation, which has no column";
                self.error::<()>(Code::E0310, modifier.at, message);
            }
        }
        let (target, single, bounds) = self.far_rows(field)?;
        let by = self.points_back(of, target, by)?;
        if single && !self.names_one(target, by) {
            let (there, name) = (self.entities[target].name.clone(), &self.entities[target].columns[by].name);
            let message = format!("many rows of `{there}` may have the same `{name}`");
            let report = Report::new(Code::E0607, field.at, message);
            return self.report(
                report.help(format!("make `{name}` `unique` in `{there}`, or hold many: `[{there}](..50)`")),
            );
        }
        let mut keys = Vec::new();
        for key in sort {
            keys.push(self.sort_key(target, key)?);
        }
        let (name, docs) = (field.name.text.clone(), docs(field.docs.as_ref()));
        Some(Side { name, docs, entity: target, by, single, bounds, sort: keys })
    }

    /// The entity that a field holds rows of, whether it is one row, and how many there may be.
    fn far_rows(&mut self, field: &ast::Field) -> Option<(Id<Entity>, bool, Bounds<u32>)> {
        let ty = self.ty(&field.ty)?;
        if let Type::List(of, bounds) = &ty
            && let Type::Ref(target) = **of
        {
            return self.no_least(field, target, *bounds);
        }
        if let Type::Optional(of) = &ty
            && let Type::Ref(target) = **of
        {
            return Some((target, true, Bounds { min: None, max: Some(1) }));
        }
        let at = field.ty.at;
        if let Type::Ref(target) = ty {
            let name = self.entities.find(target).map(|entity| entity.name.clone());
            let name =
                name.or_else(|| self.names.entities.nth(target.index()).map(|(_, it)| it.name.text.clone()))?;
            let report = Report::new(Code::E0607, at, "the other side of a relation may have no row");
            return self.report(report.fix("let it be absent", at, format!("{name}?")));
        }
        let message = format!("the other side of a relation holds rows, not {}", self.describe(&ty));
        self.report(
            Report::new(Code::E0607, at, message)
                .help("write `[Entity](..50) by field`, or `Entity? by field`"),
        )
    }

    /// A row is there before any points to it, so nobody could hold a least number.
    fn no_least(
        &mut self,
        field: &ast::Field,
        target: Id<Entity>,
        bounds: Bounds<u32>,
    ) -> Option<(Id<Entity>, bool, Bounds<u32>)> {
        if bounds.min.is_none_or(|least| least == 0) {
            return Some((target, false, bounds));
        }
        let there = self.names.entities.nth(target.index()).map(|(_, it)| it.name.text.clone())?;
        let most = bounds.max.map(|most| format!("(..{most})")).unwrap_or_default();
        let message =
            "the other side of a relation has no least number: a row is there before any points to it";
        let report = Report::new(Code::E0607, field.ty.at, message);
        self.report(report.fix("say the most alone", field.ty.at, format!("[{there}]{most}")))
    }

    /// The column of an entity that points back to another one.
    fn points_back(&mut self, of: Id<Entity>, target: Id<Entity>, by: &ast::Name) -> Option<Id<Column>> {
        if by.is_hole() {
            return None;
        }
        let there = self.entities[target].name.clone();
        let back = |column: &Column| *column.ty.required() == Type::Ref(of);
        let Some(column) = self.column_named(target, &by.text) else {
            if self.known_but_later(target, &by.text) {
                return self.has_no_column(target, &by.text, by.at);
            }
            let columns = self.entities[target].columns.values();
            let known: Vec<SmolStr> = columns.filter(|it| back(it)).map(|it| it.name.clone()).collect();
            let message = format!("`{there}` has no field `{}`", by.text);
            return self.unknown(Code::E0607, by, message, known.iter().map(SmolStr::as_str));
        };
        self.note_member(target, by);
        if back(&self.entities[target].columns[column]) {
            return Some(column);
        }
        let here = self.entities[of].name.clone();
        let report =
            Report::new(Code::E0607, by.at, format!("`{}` of `{there}` does not point to `{here}`", by.text));
        self.report(report.help(format!("name the field of `{there}` whose type is `{here}`")))
    }

    /// Whether no two rows of an entity have the same value in a column.
    fn names_one(&self, entity: Id<Entity>, column: Id<Column>) -> bool {
        let of = &self.entities[entity];
        of.key == column || of.uniques.iter().any(|unique| unique.columns == [column])
    }

    /// Reports a member that has no column, where a column is needed.
    pub(crate) fn has_no_column<T>(&mut self, entity: Id<Entity>, name: &str, at: Span) -> Option<T> {
        let (_, node) = self.names.entities.nth(entity.index())?;
        for item in &node.items {
            let message = match &item.kind {
                EntityItemKind::Field(field) if field.name.text == name && by(field).is_some() => {
                    format!("`{name}` is the other side of a relation and has no column here")
                }
                EntityItemKind::Computed { name: computed, .. } if computed.text == name => {
                    format!("`{name}` is computed and has no column")
                }
                EntityItemKind::Field(_)
                | EntityItemKind::Computed { .. }
                | EntityItemKind::Tenant(_)
                | EntityItemKind::Unique { .. }
                | EntityItemKind::Index(_)
                | EntityItemKind::Search(_)
                | EntityItemKind::Rule(_)
                | EntityItemKind::Function(_)
                | EntityItemKind::Stray => continue,
            };
            return self.error(Code::E0310, at, message);
        }
        None
    }
}

//! Relations in projections: `lines(qty, price, product(sku))`, `author: Profile`.
use super::Checker;
use super::member::Member;
use crate::ast::{self, Argument, ExprKind};
use crate::report::{Code, Report, Span};
use crate::resolve::Meaning;
use quater_ir::Id;
use quater_ir::entity::{Column, Entity, Side};
use quater_ir::expr::{Expr, Node, Rows, RowsGive};
use quater_ir::types::{Bounds, Field, Record, Type};
use smol_str::SmolStr;
use std::collections::BTreeSet;

/// What a projection shows of the rows behind a relation.
pub(crate) enum Shown<'e> {
    /// Members that are written out.
    Members(&'e [Argument]),
    /// A projection by its name, with members written out behind it where there are some.
    Named(&'e ast::Name, Option<&'e [Argument]>),
}

impl Checker<'_> {
    /// `lines(qty)`, `lines(qty)?`
    pub(crate) fn embedded_call(
        &mut self,
        entity: Id<Entity>,
        call: &ast::Call,
        optional: bool,
    ) -> Option<Field> {
        let Some(name) = call.callee.single() else {
            return self.error(Code::E0302, call.at, "a projection shows one relation after the other");
        };
        self.embedded_rows(entity, name, &Shown::Members(&call.arguments), optional, call.at)
    }

    /// `author: Profile`, `author: Profile(name)`, `author: Profile?`
    pub(crate) fn embedded_named(
        &mut self,
        entity: Id<Entity>,
        name: &ast::Name,
        (value, optional): (&ast::Expr, bool),
        at: Span,
    ) -> Option<Field> {
        let shown = if let ExprKind::Name(named) = &value.kind {
            Shown::Named(named, None)
        } else if let ExprKind::Call(call) = &value.kind
            && let Some(named) = call.callee.single()
        {
            Shown::Named(named, Some(&call.arguments))
        } else if matches!(&value.kind, ExprKind::Call(call) if call.callee.has_hole())
            || matches!(value.kind, ExprKind::Hole)
        {
            return None;
        } else {
            return self.error(Code::E0302, value.at, "the name of a projection belongs here");
        };
        self.embedded_rows(entity, name, &shown, optional, at)
    }

    fn embedded_rows(
        &mut self,
        entity: Id<Entity>,
        name: &ast::Name,
        shown: &Shown<'_>,
        optional: bool,
        at: Span,
    ) -> Option<Field> {
        if name.is_hole() {
            return None;
        }
        self.note_member(entity, name);
        match self.member_named(entity, &name.text) {
            Some(Member::Column(column)) if self.points_to(entity, column).is_some() => {
                let target = self.points_to(entity, column)?;
                let shape = self.shown_shape(target, shown)?;
                let optional = optional || self.entities[entity].columns[column].ty.is_optional();
                self.embedded_one(entity, column, target, shape, optional, at)
            }
            Some(Member::Side(side)) => {
                let side = self.entities[entity].sides[side].clone();
                if optional && !side.single {
                    let message = "a list of rows is never absent: those that may not be read are left out";
                    return self.error(Code::E0310, at, message);
                }
                let shape = self.shown_shape(side.entity, shown)?;
                self.embedded_side(side, shape, at)
            }
            Some(_) => self.error(Code::E0301, name.at, format!("`{}` is no relation", name.text)),
            None => self.no_column(entity, name),
        }
    }

    /// The entity that a column points to, where it is a relation.
    pub(crate) fn points_to(&self, entity: Id<Entity>, column: Id<Column>) -> Option<Id<Entity>> {
        if let Type::Ref(target) = self.entities[entity].columns[column].ty.required() {
            Some(*target)
        } else {
            None
        }
    }

    fn shown_shape(&mut self, target: Id<Entity>, shown: &Shown<'_>) -> Option<Id<Record>> {
        let (name, arguments) = match shown {
            Shown::Members(arguments) => return Some(self.inline_shape(target, None, arguments)),
            Shown::Named(name, arguments) => (name, arguments),
        };
        if let Some(Meaning::Type(_)) = self.names.get(name) {
            let of = self.projected(name);
            let base = self.base_of(name);
            if let (true, Some(base)) = (of == Some(target), base) {
                return Some(match arguments {
                    None => base,
                    Some(arguments) => self.inline_shape(target, Some(base), arguments),
                });
            }
            if of.is_none() && base.is_none() {
                return None;
            }
        }
        if name.is_hole() || self.names.get(name) == Some(Meaning::Unknown) {
            return None;
        }
        let there = self.entities[target].name.clone();
        let message = format!("`{}` is no projection of `{there}`", name.text);
        let report = Report::new(Code::E0301, name.at, message);
        self.report(report.help(format!("declare `type {} = {there}(…)`", name.text)))
    }

    /// Who may see which rows, for a projection that anybody may ask for.
    fn embedded_sight(&mut self, target: Id<Entity>, at: Span) -> Option<super::guard::Sight> {
        let sight = self.sight(target, None, false);
        if !sight.rows.is(false) {
            return Some(sight);
        }
        self.rules_known(target)?;
        let name = self.entities[target].name.clone();
        let report =
            Report::new(Code::E0401, at, format!("no rule of `{name}` lets this be read")).missing("allow");
        self.report(report.help(format!(
            "add an `allow read …` to `{name}`; rules `in` an operation are not asked inside a projection"
        )))
    }

    fn embedded_one(
        &mut self,
        entity: Id<Entity>,
        column: Id<Column>,
        target: Id<Entity>,
        shape: Id<Record>,
        optional: bool,
        at: Span,
    ) -> Option<Field> {
        let sight = self.embedded_sight(target, at)?;
        let maybe = |ty: Type| if optional { ty.optional() } else { ty };
        let row =
            Node::Related { up: 0, via: vec![column], guard: Box::new(sight.rows), masks: sight.partial };
        let row = Box::new(Expr::new(row, maybe(Type::Row(target))));
        let ty = maybe(Type::Record(shape));
        let source = Expr::new(Node::Project { shape, row }, ty);
        let declared = &self.entities[entity].columns[column];
        Some(shown_field(declared.name.clone(), declared.docs.clone(), source))
    }

    fn embedded_side(&mut self, side: Side, shape: Id<Record>, at: Span) -> Option<Field> {
        let sight = self.embedded_sight(side.entity, at)?;
        let guard = Box::new(Expr::constant(true));
        let row = Node::Related { up: 0, via: Vec::new(), guard, masks: sight.partial };
        let row = Box::new(Expr::new(row, Type::Row(side.entity)));
        let each = Expr::new(Node::Project { shape, row }, Type::Record(shape));
        let (gives, take, ty) = if side.single {
            (RowsGive::One(each), None, Type::Record(shape).optional())
        } else {
            let bounds = Bounds { min: None, max: side.bounds.max };
            (RowsGive::List(each), side.bounds.max, Type::List(Box::new(Type::Record(shape)), bounds))
        };
        let rows = Rows {
            up: 0,
            via: Vec::new(),
            entity: side.entity,
            by: side.by,
            guard: sight.rows,
            condition: None,
            sort: side.sort,
            take,
            gives,
        };
        Some(shown_field(side.name, side.docs, Expr::new(Node::Rows(Box::new(rows)), ty)))
    }

    /// Projections that show themselves again, however many rows lie between.
    pub(crate) fn endless_projections(&mut self) {
        let mut told: Vec<Id<Record>> = Vec::new();
        for id in self.records.ids().collect::<Vec<_>>() {
            let record = &self.records[id];
            let (Some(name), true) = (record.name.clone(), record.of.is_some()) else { continue };
            if !self.shows_again(id, id) || told.iter().any(|one| self.shows_again(*one, id)) {
                continue;
            }
            told.push(id);
            if let Some(at) = self.names.type_place(&name) {
                let report = Report::new(Code::E0306, at, format!("`{name}` shows itself again without end"));
                self.sink.push(report.help("write out what of the inner rows is shown: `parent(id, title)`"));
            }
        }
    }

    fn shows_again(&self, outer: Id<Record>, wanted: Id<Record>) -> bool {
        let mut open = vec![outer];
        let mut seen = BTreeSet::new();
        while let Some(record) = open.pop() {
            for field in self.records[record].fields.values() {
                let Some(inner) = record_in(&field.ty) else { continue };
                if inner == wanted {
                    return true;
                }
                if seen.insert(inner) {
                    open.push(inner);
                }
            }
        }
        false
    }
}

fn shown_field(name: SmolStr, docs: String, source: Expr) -> Field {
    Field { name, docs, ty: source.ty.clone(), default: None, secret: false, source: Some(source) }
}

/// The record at the bottom of lists and optionals.
fn record_in(ty: &Type) -> Option<Id<Record>> {
    if let Type::List(of, _) | Type::Optional(of) = ty {
        return record_in(of);
    }
    if let Type::Record(id) = ty { Some(*id) } else { None }
}

/// Whether a value has whole rows in it, which have no form outside.
pub(crate) fn holds_rows(ty: &Type) -> bool {
    if let Type::List(of, _) | Type::Optional(of) = ty {
        return holds_rows(of);
    }
    matches!(ty, Type::Row(_))
}

/// The type of a value that is worked out: without refinement, but a list is as long as it is.
pub(crate) fn made_type(ty: &Type) -> Type {
    if let Type::List(of, bounds) = ty {
        return Type::List(Box::new(made_type(of)), *bounds);
    }
    super::expr::unrefined(ty)
}

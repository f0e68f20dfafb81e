//! Relations of rows that a body or a test holds: `order.customer.email`, `sum(order.lines, qty)`.
//!
//! In a body each is a query under the caller's rules, made once as long as nothing is written; what it
//! does not find is null. A test looks past all rules, and its expectations are projections of the row.
use super::expr::not;
use super::member::Member;
use super::rows::{Far, Near};
use super::scope::{Place, Presence, Scope, slot_value};
use super::seen::fails;
use super::{Checker, Typed};
use crate::ast;
use crate::report::{Code, Report, Span};
use quater_ir::body::{Fetch, Query, Select, Statement};
use quater_ir::entity::Entity;
use quater_ir::expr::{Aggregate, Compare, Expr, ListFunction, Node, RowsGive, Slot};
use quater_ir::types::{Bounds, Field, Record, Type};
use quater_ir::{Arena, Id};
use smol_str::SmolStr;

/// What has been read of a row that a body holds.
#[derive(Debug, Clone)]
pub(crate) struct Walked {
    /// The key that the query began with.
    from: Expr,
    what: Reached,
    slot: Slot,
    ty: Type,
}

/// Where a query over a held row leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reached {
    /// To the row that a relation points to.
    Target,
    /// To a member.
    Member(Id<Entity>, Member),
}

impl Checker<'_> {
    /// `order.customer.email`, `order.lines`, `order.total`: a member of a row that is no column of it,
    /// or of the row behind a key.
    pub(crate) fn held_member(
        &mut self,
        scope: &mut Scope,
        base: Typed,
        name: &ast::Name,
        at: Span,
    ) -> Option<Typed> {
        let (Type::Row(entity) | Type::Ref(entity)) = *base.ty().required() else { return None };
        self.note_member(entity, name);
        let Some(member) = self.member_named(entity, &name.text) else {
            return self.no_column(entity, name);
        };
        match member {
            Member::Column(column) if column == self.entities[entity].key => Some(Typed { at, ..base }),
            Member::Column(_) if tests(scope) => self.told(scope, &base, entity, member, at),
            Member::Column(_) => {
                let row = self.target_row(scope, &base, entity)?;
                self.row_member(scope, row, entity, name, at)
            }
            Member::Side(_) | Member::Computed(_) if tests(scope) => {
                self.told(scope, &base, entity, member, at)
            }
            Member::Side(side) => {
                let declared = &self.entities[entity].sides[side];
                let (single, bounds) = (declared.single, declared.bounds);
                let far = Far {
                    near: Near::Held(base.expr.clone()),
                    entity: declared.entity,
                    by: declared.by,
                    bounds,
                    sort: declared.sort.clone(),
                    condition: None,
                    take: None,
                    secret: base.secret,
                    at,
                };
                let each = super::member::element(far.entity);
                let row = Type::Row(far.entity);
                let (gives, ty) = if single {
                    (RowsGive::One(each), row.optional())
                } else {
                    (RowsGive::List(each), Type::List(Box::new(row), Bounds { min: None, max: bounds.max }))
                };
                self.once(scope, &base, Reached::Member(entity, member), at, |checker, scope| {
                    checker.far_query(scope, far, gives, ty)
                })
            }
            Member::Computed(item) => self.computed_of_held(scope, base, entity, item, at),
        }
    }

    /// The row behind a key, read under the caller's rules.
    fn target_row(&mut self, scope: &mut Scope, base: &Typed, entity: Id<Entity>) -> Option<Typed> {
        if matches!(base.ty().required(), Type::Row(_)) {
            return Some(base.clone());
        }
        self.once(scope, base, Reached::Target, base.at, |checker, scope| {
            let sight = checker.sight(entity, scope.body.doer, false);
            checker.may_read(entity, &sight.rows, scope, base.at)?;
            let sure = !base.ty().is_optional() && checker.is_seen(scope, &base.expr, &sight.rows);
            let condition = checker.has_key(entity, base.expr.clone());
            let masks = checker.masks(entity, sight.partial);
            let select = Select { masks, condition: Some(condition), ..Select::new(entity, sight.rows) };
            let row = Type::Row(entity);
            let ty = if sure { row } else { row.optional() };
            let query = Query { select, fetch: Fetch::One(Vec::new()), lock: false };
            Some(checker.read_of(scope, entity, query, ty, base))
        })
    }

    /// The result of something that is read, or of the same one before.
    fn once(
        &mut self,
        scope: &mut Scope,
        base: &Typed,
        what: Reached,
        at: Span,
        read: impl FnOnce(&mut Self, &mut Scope) -> Option<Typed>,
    ) -> Option<Typed> {
        self.readable_here(scope, &base.expr, at)?;
        let key = self.key_of(scope, base.expr.clone());
        let known = scope.body.walked.iter().find(|walked| walked.from == key && walked.what == what);
        if let Some(Walked { slot, ty, .. }) = known {
            return Some(Typed { expr: slot_value(*slot, ty.clone()), secret: base.secret, at });
        }
        let made = read(self, scope)?;
        if let Node::Slot(slot) = made.expr.node {
            scope.body.walked.push(Walked { from: key, what, slot, ty: made.ty().clone() });
        }
        Some(Typed { secret: base.secret || made.secret, at, ..made })
    }

    /// That rows can be read at this place.
    fn readable_here(&mut self, scope: &Scope, from: &Expr, at: Span) -> Option<()> {
        if is_of_item(from) {
            let report = Report::new(Code::E0310, at, "no row can be read for each item of a list");
            return self.report(report.help("go through the list with `for`"));
        }
        if scope.body.doer.is_some() {
            return Some(());
        }
        let report = Report::new(Code::E0310, at, "no row can be read here");
        self.report(report.help(
            "a rule or a function looks at its own row and where its relations lead: give it the value itself",
        ))
    }

    fn read_of(
        &mut self,
        scope: &mut Scope,
        entity: Id<Entity>,
        query: Query,
        ty: Type,
        base: &Typed,
    ) -> Typed {
        let slot = scope.slot(self.entities[entity].name.to_lowercase(), ty.clone());
        scope.body.partly.insert(slot, (entity, base.at));
        scope.body.known.insert(slot, query.select.guard.clone());
        scope.body.effects.reads.insert(entity);
        scope.body.block.push(Statement::Read { slot, query, otherwise: None });
        Typed { expr: slot_value(slot, ty), secret: base.secret, at: base.at }
    }

    fn has_key(&self, entity: Id<Entity>, key: Expr) -> Expr {
        let column = self.column(entity, self.entities[entity].key);
        Expr::new(Node::Compare(Compare::Equal, Box::new(column), Box::new(key)), Type::Bool)
    }

    /// What is made of rows on the far side of a row that a body holds.
    pub(crate) fn far_query(
        &mut self,
        scope: &mut Scope,
        far: Far,
        gives: RowsGive,
        ty: Type,
    ) -> Option<Typed> {
        let Near::Held(base) = far.near.clone() else { return None };
        let (at, entity) = (far.at, far.entity);
        if tests(scope) {
            let rows = Node::Rows(Box::new(far.rows(gives)));
            return self.told_value(&base, Expr::new(rows, ty), at);
        }
        self.readable_here(scope, &base, at)?;
        let key = self.key_of(scope, base);
        let sight = self.sight(entity, scope.body.doer, false);
        self.may_read(entity, &sight.rows, scope, at)?;
        let back = self.column(entity, far.by);
        let back = Expr::new(Node::Compare(Compare::Equal, Box::new(back), Box::new(key)), Type::Bool);
        let mut conditions = vec![back];
        if let Some(condition) = far.condition {
            conditions.push(self.asked_of(scope, entity, condition, at)?.0);
        }
        let bounds = (far.bounds, far.take);
        let (fetch, ty, then) = self.far_fetch(scope, (entity, gives, ty), bounds, &mut conditions, at)?;
        let masks = self.masks(entity, sight.partial);
        let take =
            far.take.or(far.bounds.max.filter(|_| matches!(fetch, Fetch::Many(_) | Fetch::ManyShaped(_))));
        let condition = Some(super::guard::all(conditions));
        let select = Select { masks, condition, sort: far.sort, take, ..Select::new(entity, sight.rows) };
        let (secret, base) = (far.secret, Typed { expr: Expr::constant(true), secret: far.secret, at });
        let query = Query { select, fetch, lock: false };
        let read = self.read_of(scope, entity, query, ty, &base);
        Some(Typed { expr: then.applied(read.expr), secret, at })
    }

    /// What a query over a far side fetches, what it gives, and what becomes of that; conditions that it
    /// needs are added.
    fn far_fetch(
        &mut self,
        scope: &Scope,
        (entity, gives, ty): (Id<Entity>, RowsGive, Type),
        (bounds, take): (Bounds<u32>, Option<u32>),
        conditions: &mut Vec<Expr>,
        at: Span,
    ) -> Option<(Fetch, Type, Then)> {
        Some(match gives {
            RowsGive::Aggregate(function, each) => match (function, each) {
                (Aggregate::Count, _) | (_, None) => (Fetch::Count, ty, Then::Same),
                (function, Some(each)) => {
                    let each = self.asked_of(scope, entity, each, at)?.0;
                    (Fetch::Aggregate(function, each), ty, Then::Same)
                }
            },
            RowsGive::Any(condition) => {
                conditions.push(self.asked_of(scope, entity, condition, at)?.0);
                (Fetch::Exists, ty, Then::Same)
            }
            RowsGive::All(condition) => {
                conditions.push(fails(self.asked_of(scope, entity, condition, at)?.0));
                (Fetch::Exists, ty, Then::Not)
            }
            RowsGive::One(_) => (Fetch::One(Vec::new()), ty, Then::Same),
            RowsGive::List(each) | RowsGive::Distinct(each) if matches!(each.node, Node::Related { .. }) => {
                self.bounded_far(&bounds, take, at)?;
                let columns = self.entities[entity].columns.ids().collect();
                (Fetch::Many(columns), ty, Then::Same)
            }
            RowsGive::List(each) => {
                self.bounded_far(&bounds, take, at)?;
                self.shaped_rows(scope, entity, each, ListFunction::Map, at)?
            }
            RowsGive::Distinct(each) => {
                self.bounded_far(&bounds, take, at)?;
                self.shaped_rows(scope, entity, each, ListFunction::Distinct, at)?
            }
        })
    }

    /// Something over rows as the caller may see them, and whether some of it may be hidden.
    fn asked_of(&mut self, scope: &Scope, entity: Id<Entity>, expr: Expr, at: Span) -> Option<(Expr, bool)> {
        let value = Typed { expr, secret: false, at };
        self.related_readable(entity, &value, scope.body.doer)?;
        let sight = self.sight(entity, scope.body.doer, false);
        let known = self.known_of(entity, &sight.rows, scope.actor == Presence::Assumed);
        let (expr, hides) = self.seen(entity, value.expr, scope.body.doer, false, known);
        let partial = sight.partial;
        self.tests_readable(entity, &expr, &partial, at)?;
        Some((expr, hides))
    }

    /// A value of each row: the query gives records with it alone.
    fn shaped_rows(
        &mut self,
        scope: &Scope,
        entity: Id<Entity>,
        each: Expr,
        function: ListFunction,
        at: Span,
    ) -> Option<(Fetch, Type, Then)> {
        let (each, hides) = self.asked_of(scope, entity, each, at)?;
        let of = if hides { each.ty.clone().optional() } else { each.ty.clone() };
        let (shape, field) = self.with_value(entity, Expr::new(each.node, of.clone()));
        let ty = Type::List(Box::new(Type::Record(shape)), Bounds::ANY);
        Some((Fetch::ManyShaped(shape), ty, Then::Each(function, shape, field, of)))
    }

    fn bounded_far(&mut self, bounds: &Bounds<u32>, take: Option<u32>, at: Span) -> Option<()> {
        if bounds.max.or(take).is_some() {
            return Some(());
        }
        let report = Report::new(Code::E0604, at, "nothing says how many rows this reads at most");
        self.report(
            report.help("give the relation a bound, as in `[OrderLine](..50) by order`, or `take(…, 50)`"),
        )
    }

    /// A projection with one value over a row.
    fn with_value(&mut self, entity: Id<Entity>, source: Expr) -> (Id<Record>, Id<Field>) {
        let mut fields: Arena<Field> = Arena::default();
        let (name, ty) = (SmolStr::new_static("value"), source.ty.clone());
        let field =
            Field { name, docs: String::new(), ty, default: None, secret: false, source: Some(source) };
        let field = fields.add(field);
        let record = Record { name: None, docs: String::new(), fields, of: Some(entity) };
        (self.records.add(record), field)
    }

    /// A computed field of a row that a body holds; it sees every row it needs.
    fn computed_of_held(
        &mut self,
        scope: &mut Scope,
        base: Typed,
        entity: Id<Entity>,
        item: usize,
        at: Span,
    ) -> Option<Typed> {
        let value = self.computed_value(entity, item)?;
        if matches!(base.ty(), Type::Row(_)) && !walks(&value.expr) {
            let expr = self.over_held(scope, &base.expr, value.expr);
            return Some(Typed { expr, secret: value.secret || base.secret, at });
        }
        let row = self.target_row(scope, &base, entity)?;
        let what = Reached::Member(entity, Member::Computed(item));
        let held = self.once(scope, &row, what, at, |checker, scope| {
            let key = checker.key_of(scope, row.expr.clone());
            let condition = Some(checker.has_key(entity, key));
            let (shape, _) = checker.with_value(entity, value.expr.clone());
            let select = Select { condition, ..Select::new(entity, Expr::constant(true)) };
            let query = Query { select, fetch: Fetch::OneShaped(shape), lock: false };
            let record = Type::Record(shape);
            let ty = if row.ty().is_optional() { record.optional() } else { record };
            Some(checker.read_of(scope, entity, query, ty, &row))
        })?;
        let ty = if held.ty().is_optional() { value.ty().clone().optional() } else { value.ty().clone() };
        let node = Node::Member { record: Box::new(held.expr), field: Id::new(0) };
        Some(Typed { expr: Expr::new(node, ty), secret: held.secret || value.secret, at })
    }

    /// An expression over its own row alone, over a row that is held.
    fn over_held(&self, scope: &mut Scope, row: &Expr, mut expr: Expr) -> Expr {
        if let Node::Column { column, .. } = expr.node {
            scope.touch(row, column);
            return Expr::new(Node::RowColumn { row: Box::new(row.clone()), column }, expr.ty);
        }
        for child in expr.children_mut() {
            let inner = std::mem::replace(child, Expr::constant(true));
            *child = self.over_held(scope, row, inner);
        }
        expr
    }

    /// A member of a row that a test holds, past all rules.
    fn told(
        &mut self,
        scope: &Scope,
        base: &Typed,
        entity: Id<Entity>,
        member: Member,
        at: Span,
    ) -> Option<Typed> {
        let place = super::member::Place::row(0, entity);
        let optional = base.ty().is_optional();
        let (row, place) = if let Node::RowColumn { row, column } = &base.expr.node {
            (&**row, super::member::Place { via: vec![*column], optional, ..place })
        } else if let (Node::Member { record, .. }, Type::Ref(_)) = (&base.expr.node, base.ty().required()) {
            let Node::Project { shape, row } = &record.node else {
                return self.readable_here(scope, &base.expr, at).and(None);
            };
            let source = self.records[*shape].fields.values().next()?.source.clone()?;
            (&**row, super::member::Place { optional, ..self.place_of(&source)? })
        } else {
            (&base.expr, place)
        };
        let row = row.clone();
        let value = self.placed(scope, &place, member, at)?;
        let told = self.told_value(&row, value.expr, at)?;
        Some(Typed { secret: value.secret, ..told })
    }

    fn told_value(&mut self, row: &Expr, value: Expr, at: Span) -> Option<Typed> {
        let Type::Row(entity) = *row.ty.required() else {
            return self.error(Code::E0310, at, "a test looks at rows that it made");
        };
        let ty = value.ty.clone();
        let (shape, field) = self.with_value(entity, value);
        let record = Expr::new(Node::Project { shape, row: Box::new(row.clone()) }, Type::Record(shape));
        let node = Node::Member { record: Box::new(record), field };
        Some(Typed { expr: Expr::new(node, ty), secret: false, at })
    }

    /// Whether a slot holds what a relation of another row led to.
    pub(crate) fn was_walked(&self, scope: &Scope, expr: &Expr) -> bool {
        matches!(expr.node, Node::Slot(slot) if scope.body.walked.iter().any(|walked| walked.slot == slot))
    }
}

/// What becomes of the result of a query.
enum Then {
    Same,
    Not,
    /// A value of each record.
    Each(ListFunction, Id<Record>, Id<Field>, Type),
}

impl Then {
    fn applied(self, held: Expr) -> Expr {
        match self {
            Self::Same => held,
            Self::Not => not(held),
            Self::Each(function, shape, field, of) => {
                let item = Box::new(Expr::new(Node::Element(0), Type::Record(shape)));
                let each = Box::new(Expr::new(Node::Member { record: item, field }, of.clone()));
                let bounds = if let Type::List(_, bounds) = &held.ty { *bounds } else { Bounds::ANY };
                let node = Node::Fold { function, list: Box::new(held), each: Some(each), argument: None };
                Expr::new(node, Type::List(Box::new(of), bounds))
            }
        }
    }
}

/// Whether a place is one of a test.
fn tests(scope: &Scope) -> bool {
    matches!(scope.place, Place::Test | Place::Argument)
}

/// Whether an expression looks at other rows than its own.
fn walks(expr: &Expr) -> bool {
    let away = if let Node::Column { via, .. } = &expr.node {
        !via.is_empty()
    } else {
        matches!(expr.node, Node::Rows(_) | Node::Related { .. })
    };
    away || expr.children().into_iter().any(walks)
}

/// Whether a value is or comes from an item of a list.
fn is_of_item(expr: &Expr) -> bool {
    matches!(expr.node, Node::Element(_)) || expr.children().into_iter().any(is_of_item)
}

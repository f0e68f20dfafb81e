//! `sum(lines, qty * price)`: functions over the far side of a relation.
//!
//! Over a row that expressions can look at they are one more expression, which becomes SQL; over a row
//! that a body holds they are a query.
use super::member::{Member, Place, element};
use super::scope::{Place as Where, Scope};
use super::{Checker, Typed};
use crate::ast::{self, ArgumentKind, ExprKind};
use crate::report::{Code, Report, Span};
use quater_ir::Id;
use quater_ir::body::Sort;
use quater_ir::entity::{Column, Entity};
use quater_ir::expr::reach::further_in;
use quater_ir::expr::{Aggregate, Expr, ListFunction, Node, Rows, RowsGive};
use quater_ir::types::{Bounds, Type};

/// Whose far side it is.
#[derive(Debug, Clone)]
pub(crate) enum Near {
    /// A row that expressions can look at.
    Placed(Place),
    /// A row, or its key, that a name or another expression holds.
    Held(Expr),
}

/// Rows on a far side, before something is made of them.
#[derive(Debug, Clone)]
pub(crate) struct Far {
    pub(crate) near: Near,
    /// The entity of the rows.
    pub(crate) entity: Id<Entity>,
    pub(crate) by: Id<Column>,
    pub(crate) bounds: Bounds<u32>,
    pub(crate) sort: Vec<Sort>,
    pub(crate) condition: Option<Expr>,
    pub(crate) take: Option<u32>,
    pub(crate) secret: bool,
    pub(crate) at: Span,
}

impl Checker<'_> {
    /// A function over a far side; nothing where its first argument is none.
    #[expect(clippy::option_option, reason = "not such a call, or one with a reported fault")]
    pub(crate) fn over_relation(&mut self, scope: &mut Scope, call: &ast::Call) -> Option<Option<Typed>> {
        let name = call.callee.single()?.text.as_str();
        let function = matches!(
            name,
            "count"
                | "sum"
                | "min"
                | "max"
                | "avg"
                | "any"
                | "all"
                | "map"
                | "distinct"
                | "filter"
                | "sort"
                | "take"
                | "join"
        );
        let ArgumentKind::Value(first) = &call.arguments.first()?.kind else { return None };
        if !function || !self.is_relation(scope, first) {
            return None;
        }
        Some(self.of_relation(scope, name, call))
    }

    /// Whether an expression names a far side, or some rows of one.
    fn is_relation(&self, scope: &Scope, expr: &ast::Expr) -> bool {
        if let ExprKind::Name(name) = &expr.kind {
            let member = self.row_named(scope, &name.text);
            return scope.local(&name.text).is_none()
                && member.is_some_and(|(place, member)| self.many(place.entity, member).is_some());
        }
        if let ExprKind::Field { base, name } = &expr.kind {
            let owner = self.entity_behind(scope, base);
            let member = owner.and_then(|entity| Some((entity, self.member_named(entity, &name.text)?)));
            return member.is_some_and(|(entity, member)| self.many(entity, member).is_some());
        }
        let ExprKind::Call(call) = &expr.kind else { return false };
        let chained = |name: &ast::Name| matches!(name.text.as_str(), "filter" | "sort" | "take");
        let first = call.arguments.first().map(|argument| &argument.kind);
        call.callee.single().is_some_and(chained)
            && matches!(first, Some(ArgumentKind::Value(first)) if self.is_relation(scope, first))
    }

    /// The entity whose row or key an expression is, as far as its form alone tells.
    fn entity_behind(&self, scope: &Scope, expr: &ast::Expr) -> Option<Id<Entity>> {
        let of = |ty: &Type| {
            if let Type::Row(entity) | Type::Ref(entity) = ty.required() { Some(*entity) } else { None }
        };
        if let ExprKind::Name(name) = &expr.kind {
            if let Some(local) = scope.local(&name.text) {
                return of(&local.value.ty);
            }
            if name.text == "actor" {
                return self.caller.entity;
            }
            let (place, member) = self.row_named(scope, &name.text)?;
            return self.led_to(place.entity, member);
        }
        let ExprKind::Field { base, name } = &expr.kind else { return None };
        if matches!(&base.kind, ExprKind::Name(root) if root.text == "input") {
            return of(&scope.input(&name.text)?.value.ty);
        }
        let entity = self.entity_behind(scope, base)?;
        self.led_to(entity, self.member_named(entity, &name.text)?)
    }

    /// The entity of the one row that a member leads to.
    fn led_to(&self, entity: Id<Entity>, member: Member) -> Option<Id<Entity>> {
        match member {
            Member::Column(column) => self.points_to(entity, column),
            Member::Side(side) => {
                let side = &self.entities[entity].sides[side];
                side.single.then_some(side.entity)
            }
            Member::Computed(_) => None,
        }
    }

    fn many(&self, entity: Id<Entity>, member: Member) -> Option<&quater_ir::entity::Side> {
        let Member::Side(side) = member else { return None };
        Some(&self.entities[entity].sides[side]).filter(|side| !side.single)
    }

    fn of_relation(&mut self, scope: &mut Scope, name: &str, call: &ast::Call) -> Option<Typed> {
        let arguments: Vec<&ast::Expr> =
            call.arguments.iter().map(value).collect::<Option<_>>().or_else(|| {
                let message = format!("arguments of `{name}` are given in order, without names");
                self.error(Code::E0304, call.at, message)
            })?;
        let [rows, rest @ ..] = arguments.as_slice() else { return None };
        let mut far = self.far_rows_of(scope, rows)?;
        far.at = call.at;
        if matches!(name, "filter" | "sort" | "take") {
            let far = self.narrowed_rows(scope, far, name, rest, call.at)?;
            return self.rows_themselves(scope, far);
        }
        if name == "join" {
            return self.joined_rows(scope, far, rest, call.at);
        }
        let each = self.one_at_most(name, rest, call.at)?;
        match name {
            "count" => {
                if let Some(condition) = each {
                    self.narrow_rows(scope, &mut far, condition)?;
                }
                self.made_of_rows(scope, far, RowsGive::Aggregate(Aggregate::Count, None), count_type())
            }
            _ => {
                let Some(each) = each else {
                    let report = Report::new(
                        Code::E0304,
                        call.at,
                        format!("`{name}` takes an expression over each row"),
                    );
                    return self.report(
                        report.help(format!("write `{name}(rows, …)`: bare names are fields of the rows")),
                    );
                };
                self.each_row(scope, far, name, each)
            }
        }
    }

    fn one_at_most<'e>(
        &mut self,
        name: &str,
        rest: &[&'e ast::Expr],
        at: Span,
    ) -> Option<Option<&'e ast::Expr>> {
        match rest {
            [] => Some(None),
            [one] => Some(Some(one)),
            _ => self.error(Code::E0304, at, format!("`{name}` takes rows and one expression")),
        }
    }

    /// A value made of something of each row.
    fn each_row(&mut self, scope: &mut Scope, mut far: Far, name: &str, each: &ast::Expr) -> Option<Typed> {
        let value = self.inside(scope, &far, each, |checker, scope, body| {
            if matches!(name, "any" | "all") {
                checker.condition(scope, body)
            } else {
                checker.expr(scope, body, None)
            }
        })?;
        far.secret |= value.secret;
        let Typed { expr, at, .. } = value;
        let kind = super::expr::unrefined(&expr.ty);
        let bounds = Bounds { min: None, max: far.take.or(far.bounds.max) };
        let (gives, ty) = match name {
            "any" => (RowsGive::Any(expr), Type::Bool),
            "all" => (RowsGive::All(expr), Type::Bool),
            "map" | "distinct" => {
                let expr = super::truth::known(self.keyed(scope, expr));
                let ty = Type::List(Box::new(expr.ty.clone()), bounds);
                (if name == "map" { RowsGive::List(expr) } else { RowsGive::Distinct(expr) }, ty)
            }
            "min" | "max" => {
                let ordered = matches!(
                    kind.required(),
                    Type::Int(_)
                        | Type::Float(_)
                        | Type::Decimal { .. }
                        | Type::Text(_)
                        | Type::Date
                        | Type::Instant
                        | Type::Duration
                );
                if !ordered {
                    return self.error(
                        Code::E0304,
                        at,
                        format!("`{name}` does not take {}", self.describe(&kind)),
                    );
                }
                let function = if name == "min" { Aggregate::Min } else { Aggregate::Max };
                (RowsGive::Aggregate(function, Some(expr)), kind.optional())
            }
            _ => {
                let (function, ty) = self.reckoned_rows(name, &kind, at)?;
                (RowsGive::Aggregate(function, Some(expr)), ty)
            }
        };
        self.made_of_rows(scope, far, gives, ty)
    }

    /// `join(lines, sku, ", ")`
    fn joined_rows(&mut self, scope: &mut Scope, far: Far, rest: &[&ast::Expr], at: Span) -> Option<Typed> {
        let [each, between] = rest else {
            let report =
                Report::new(Code::E0304, at, "`join` takes rows, a text of each, and what stands between");
            return self.report(report.help("write `join(lines, sku, \", \")`"));
        };
        let list = self.each_row(scope, far, "map", each)?;
        let list_secret = list.secret;
        let texts = |of: &Type| matches!(of, Type::Text(_) | Type::Email | Type::Url | Type::Enum(_));
        if !matches!(list.ty(), Type::List(of, _) if texts(of)) {
            let message = format!("`join` puts texts together, not {}", self.describe(list.ty()));
            return self.error(Code::E0305, each.at, message);
        }
        let between = self.expect(scope, between, &Type::TEXT, "")?;
        let (list, argument) = (Box::new(list.expr), Some(Box::new(between.expr.clone())));
        let node = Node::Fold { function: ListFunction::Join, list, each: None, argument };
        Some(Typed { expr: Expr::new(node, Type::TEXT), secret: list_secret || between.secret, at })
    }

    /// `sum` and `avg` of a kind of value.
    fn reckoned_rows(&mut self, name: &str, kind: &Type, at: Span) -> Option<(Aggregate, Type)> {
        if kind.is_optional() {
            let report =
                Report::new(Code::E0303, at, "this may be absent, and then it can't be reckoned with");
            return self.report(report.help("give another value with `else`, as in `discount else 0`"));
        }
        let sum = name == "sum";
        if !matches!(kind, Type::Int(_) | Type::Float(_) | Type::Decimal { .. } | Type::Duration) {
            return self.error(Code::E0304, at, format!("`{name}` does not take {}", self.describe(kind)));
        }
        let ty = if !sum && matches!(kind, Type::Int(_)) { Type::FLOAT } else { kind.clone() };
        Some(if sum { (Aggregate::Sum, ty) } else { (Aggregate::Avg, ty.optional()) })
    }

    /// Rows as their keys, so that a list of them is one of values.
    fn keyed(&mut self, scope: &mut Scope, expr: Expr) -> Expr {
        if matches!(expr.ty.required(), Type::Row(_)) { self.key_of(scope, expr) } else { expr }
    }

    /// `lines`, `order.lines`, `filter(lines, qty > 2)`
    fn far_rows_of(&mut self, scope: &mut Scope, expr: &ast::Expr) -> Option<Far> {
        if let ExprKind::Name(name) = &expr.kind {
            let (place, member) = self.row_named(scope, &name.text)?;
            let entity = place.entity;
            return self.far_of(Near::Placed(place), entity, member, expr.at);
        }
        if let ExprKind::Call(call) = &expr.kind {
            let name = call.callee.single()?.text.clone();
            let arguments: Vec<&ast::Expr> = call.arguments.iter().filter_map(value).collect();
            let (rows, rest) = arguments.split_first()?;
            let far = self.far_rows_of(scope, rows)?;
            return self.narrowed_rows(scope, far, &name, rest, call.at);
        }
        let ExprKind::Field { base, name } = &expr.kind else { return None };
        let base = self.expr(scope, base, None)?;
        let (Type::Row(entity) | Type::Ref(entity)) = *base.ty().required() else { return None };
        self.note_member(entity, name);
        let member = self.member_named(entity, &name.text)?;
        let placed = self.place_of(&base.expr);
        if placed.is_none() && matches!(base.expr.node, Node::Rows(_)) {
            let report = Report::new(Code::E0310, expr.at, "no more rows can be reached from here");
            return self.report(report.help("begin at the row itself, or make a `fn` of its entity"));
        }
        let near = placed.map_or(Near::Held(base.expr), Near::Placed);
        self.far_of(near, entity, member, expr.at)
    }

    fn far_of(&self, near: Near, entity: Id<Entity>, member: Member, at: Span) -> Option<Far> {
        let side = self.many(entity, member)?;
        Some(Far {
            near,
            entity: side.entity,
            by: side.by,
            bounds: side.bounds,
            sort: side.sort.clone(),
            condition: None,
            take: None,
            secret: false,
            at,
        })
    }

    /// `filter(…)`, `sort(…)` and `take(…)` of rows.
    fn narrowed_rows(
        &mut self,
        scope: &mut Scope,
        mut far: Far,
        name: &str,
        arguments: &[&ast::Expr],
        at: Span,
    ) -> Option<Far> {
        let (argument, descending) = match arguments {
            [argument] => (argument, false),
            [argument, word] if name == "sort" && is_desc(word) => (argument, true),
            _ => return self.error(Code::E0304, at, format!("`{name}` takes rows and one expression")),
        };
        if far.take.is_some() {
            let report = Report::new(Code::E0310, at, format!("`{name}` can't come after `take`"));
            return self.report(report.help("take last of all: `take(sort(filter(…), …), 3)`"));
        }
        match name {
            "filter" => self.narrow_rows(scope, &mut far, argument)?,
            "sort" => far.sort = vec![self.sorted_by(scope, &far, argument, descending)?],
            _ => far.take = Some(self.row_count(argument)?),
        }
        Some(far)
    }

    fn narrow_rows(&mut self, scope: &mut Scope, far: &mut Far, condition: &ast::Expr) -> Option<()> {
        let held =
            self.inside(scope, far, condition, |checker, scope, body| checker.condition(scope, body))?;
        far.secret |= held.secret;
        let both = far.condition.take().into_iter().chain([held.expr]).collect();
        far.condition = Some(super::guard::all(both));
        Some(())
    }

    fn sorted_by(&mut self, scope: &mut Scope, far: &Far, key: &ast::Expr, descending: bool) -> Option<Sort> {
        let value = self.inside(scope, far, key, |checker, scope, body| checker.expr(scope, body, None))?;
        let Node::Column { up: 0, via, column } = value.expr.node else {
            return self.error(Code::E0606, value.at, "rows are sorted by a field of theirs");
        };
        self.has_order(self.related_entity(far.entity, &via), column, value.at)?;
        Some(Sort { via, ..Sort::by(column, descending) })
    }

    /// Something over the rows of a far side, in which their members are bare names, or, behind `x =>`,
    /// members of `x`.
    fn inside<T>(
        &mut self,
        scope: &mut Scope,
        far: &Far,
        each: &ast::Expr,
        make: impl FnOnce(&mut Self, &mut Scope, &ast::Expr) -> Option<T>,
    ) -> Option<T> {
        let (named, body) = if let ExprKind::Lambda { parameter, body } = &each.kind {
            (Some(parameter), &**body)
        } else {
            (None, each)
        };
        if let Some(name) = named {
            self.fresh(scope, name);
        }
        let kept = (scope.row, scope.up, scope.outer.clone(), scope.place, scope.narrowed.len());
        let locals = scope.locals.clone();
        if matches!(far.near, Near::Placed(_)) {
            for local in &mut scope.locals {
                let value = std::mem::replace(&mut local.value, Expr::constant(true));
                local.value = further_in(value, 1);
            }
            scope.up += 1;
            scope.outer.iter_mut().for_each(|(_, up)| *up += 1);
        } else {
            scope.row = None;
            scope.outer.clear();
            scope.place = Where::Rule;
        }
        match named {
            Some(name) => {
                let value = element(far.entity);
                self.note_local(name, &value.ty);
                scope.bind_at(name, value, false);
            }
            None => {
                let around = scope.row.map(|row| (row, scope.up));
                scope.outer.splice(0..0, around);
                (scope.row, scope.up) = (Some(far.entity), 0);
            }
        }
        let made = make(self, scope, body);
        scope.locals = locals;
        (scope.row, scope.up, scope.outer, scope.place) = (kept.0, kept.1, kept.2, kept.3);
        scope.narrowed.truncate(kept.4);
        made
    }

    /// The rows as a list, which only a body can hold.
    fn rows_themselves(&mut self, scope: &mut Scope, far: Far) -> Option<Typed> {
        if matches!(far.near, Near::Placed(_)) {
            return super::member::needs_a_name(self, far.at, "these rows");
        }
        let bounds = Bounds { min: None, max: far.take.or(far.bounds.max) };
        let ty = Type::List(Box::new(Type::Row(far.entity)), bounds);
        let gives = RowsGive::List(element(far.entity));
        self.made_of_rows(scope, far, gives, ty)
    }

    /// What is made of rows: an expression, or where a body holds the row, the result of a query.
    pub(crate) fn made_of_rows(
        &mut self,
        scope: &mut Scope,
        far: Far,
        gives: RowsGive,
        ty: Type,
    ) -> Option<Typed> {
        let Near::Placed(place) = far.near.clone() else { return self.far_query(scope, far, gives, ty) };
        let (secret, at) = (far.secret, far.at);
        let rows = Rows { up: place.up, via: place.via, ..far.rows(gives) };
        Some(Typed { expr: Expr::new(Node::Rows(Box::new(rows)), ty), secret, at })
    }
}

impl Far {
    /// The same rows over the row at hand, seen by everybody.
    pub(crate) fn rows(self, gives: RowsGive) -> Rows {
        Rows {
            up: 0,
            via: Vec::new(),
            entity: self.entity,
            by: self.by,
            guard: Expr::constant(true),
            condition: self.condition,
            sort: self.sort,
            take: self.take,
            gives,
        }
    }
}

/// Whether an argument is the word that turns an order round.
fn is_desc(expr: &ast::Expr) -> bool {
    matches!(&expr.kind, ExprKind::Name(word) if word.text == "desc")
}

/// The value that an argument is, without a name.
fn value(argument: &ast::Argument) -> Option<&ast::Expr> {
    if let ArgumentKind::Value(value) = &argument.kind { Some(value) } else { None }
}

fn count_type() -> Type {
    Type::Int(Bounds { min: Some(0), max: None })
}

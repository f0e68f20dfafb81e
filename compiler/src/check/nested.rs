//! Rows that are created with the row they point to: `tags: map(names, n => { name: n })`.
use super::Checker;
use super::member::Member;
use super::scope::{Element, Scope};
use super::write::Making;
use crate::ast::{self, ArgumentKind, ExprKind};
use crate::report::{Code, Report, Span};
use quater_ir::Id;
use quater_ir::body::{Assign, Create, Nested};
use quater_ir::entity::{Entity, Side};
use quater_ir::expr::{Expr, Node};
use quater_ir::types::{Bounds, Type};

impl Checker<'_> {
    /// `{ title, lines: [{ … }] }` as values for columns, and rows on far sides.
    pub(crate) fn assigned_with_rows(
        &mut self,
        scope: &mut Scope,
        entity: Id<Entity>,
        record: &ast::Record,
        across: bool,
    ) -> Option<(Vec<Assign>, Vec<Nested>)> {
        let (mut columns, mut sides) = (Vec::new(), Vec::new());
        for (name, value) in self.entries(record)? {
            match self.member_named(entity, &name.text) {
                Some(Member::Side(side)) => {
                    self.note_member(entity, &name);
                    sides.push((side, name, value));
                }
                Some(Member::Column(_) | Member::Computed(_)) | None => columns.push((name, value)),
            }
        }
        let values = self.assigned_columns(scope, entity, columns, across);
        let mut nested = Some(Vec::new());
        for (side, name, value) in sides {
            let making = self.made_with(entity, side, across, name.at);
            let punned = ast::Expr { kind: ExprKind::Name(name.clone()), at: name.at };
            let rows = self.nested_rows(scope, &making, side, value.unwrap_or(&punned));
            nested = nested.zip(rows).map(|(mut nested, rows)| {
                nested.extend(rows);
                nested
            });
        }
        values.zip(nested)
    }

    fn made_with(&self, entity: Id<Entity>, side: Id<Side>, across: bool, at: Span) -> Making {
        let side = &self.entities[entity].sides[side];
        Making { entity: side.entity, back: Some(side.by), across, caught: false, at }
    }

    fn nested_rows(
        &mut self,
        scope: &mut Scope,
        making: &Making,
        side: Id<Side>,
        value: &ast::Expr,
    ) -> Option<Vec<Nested>> {
        let making = Making { at: value.at, ..*making };
        if let ExprKind::Record(record) = &value.kind {
            let create = self.nested_one(scope, &making, record)?;
            return Some(vec![Nested { side, items: once(), create }]);
        }
        if let ExprKind::List(rows) = &value.kind {
            let mut nested = Vec::new();
            for row in rows {
                nested.extend(self.nested_rows(scope, &making, side, row)?);
            }
            return Some(nested);
        }
        if let ExprKind::Call(call) = &value.kind
            && call.callee.single().is_some_and(|name| name.text == "map")
        {
            let (list, parameter, record) = self.nested_map(call)?;
            let list = self.expr(scope, list, None)?;
            let (of, _) = self.items_of(&list)?;
            self.fresh(scope, parameter);
            let item = Element { ty: of, secret: list.secret, bare: false };
            let create = self.of_each(scope, item, Some(parameter), |checker, scope| {
                checker.creation(scope, &making, Some(record), None)
            })?;
            return Some(vec![Nested { side, items: list.expr, create }]);
        }
        let report = Report::new(Code::E0310, value.at, "new rows are written out here");
        self.report(report.help("write `[{ … }]`, or `map(names, n => { name: n })`"))
    }

    fn nested_one(&mut self, scope: &mut Scope, making: &Making, record: &ast::Record) -> Option<Create> {
        let item = Element { ty: Type::Bool, secret: false, bare: false };
        self.of_each(scope, item, None, |checker, scope| checker.creation(scope, making, Some(record), None))
    }

    /// `map(names, n => { name: n })`
    fn nested_map<'e>(
        &mut self,
        call: &'e ast::Call,
    ) -> Option<(&'e ast::Expr, &'e ast::Name, &'e ast::Record)> {
        if let [list, each] = call.arguments.as_slice()
            && let ArgumentKind::Value(list) = &list.kind
            && let ArgumentKind::Value(ast::Expr { kind: ExprKind::Lambda { parameter, body }, .. }) =
                &each.kind
            && let ExprKind::Record(record) = &body.kind
        {
            return Some((list, parameter, record));
        }
        let report = Report::new(Code::E0304, call.at, "`map` says here how a row is made of an item");
        self.report(report.help("write `map(names, n => { name: n })`"))
    }
}

/// A list of one item that nobody looks at.
fn once() -> Expr {
    let bounds = Bounds { min: Some(1), max: Some(1) };
    Expr::new(Node::List(vec![Expr::constant(true)]), Type::List(Box::new(Type::Bool), bounds))
}

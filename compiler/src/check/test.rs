//! `test`: cases that run in process.
use super::expr::unrefined;
use super::member::Member;
use super::offered::Offering;
use super::paging::page_members;
use super::record::says_kind;
use super::scope::{Place, Presence, Scope, slot_value};
use super::union::KIND;
use super::{Checker, Typed, Unit, counted};
use crate::ast::{
    self, ArgumentKind, CallerKind, DoorKind, EntryKind, ExpectationKind, ExprKind, TestItemKind,
};
use crate::report::{Code, Report, Span};
use crate::resolve::Meaning;
use quater_ir::Id;
use quater_ir::body::Assign;
use quater_ir::entity::Entity;
use quater_ir::expr::{Expr, Node};
use quater_ir::operation::{Door, Operation};
use quater_ir::test::{Call, GivenRow, Outcome, Pattern, Step, StepKind, Test, Who};
use quater_ir::types::{Bounds, Type};
use quater_ir::value::Literal;
use smol_str::SmolStr;

impl Checker<'_> {
    /// Every `test`.
    pub(crate) fn test_cases(&mut self) {
        let sources = self.sources;
        let line = |at: Span| sources.get(at.file).map_or(0, |file| file.line_column(at.start).line);
        for (index, node) in self.names.tests.iter().enumerate() {
            let whole = node.items.iter().fold(node.title.at, |whole, item| whole.to(item.at));
            if !self.asked.looks_into(whole) || self.told.contains_key(&Unit::Test(index)) {
                continue;
            }
            self.inlined = 0;
            let test = self.unit(Unit::Test(index), |checker| checker.test_case(node, line));
            match self.tests.get_mut(index) {
                Some(known) => *known = test,
                None => self.tests.push(test),
            }
        }
    }

    fn test_case(&mut self, node: &ast::Test, line: impl Fn(Span) -> u32) -> Test {
        let name = self.plain(&node.title).unwrap_or_default().to_owned();
        let mut scope = Scope::new(Place::Test, Presence::Never, None);
        let mut steps = Vec::new();
        for item in &node.items {
            let kinds = self.test_line(&mut scope, item);
            steps.extend(kinds.into_iter().map(|kind| Step { line: line(item.at), kind }));
        }
        Test { name, line: line(node.title.at), slots: scope.body.slots, steps }
    }

    fn test_line(&mut self, scope: &mut Scope, item: &ast::TestItem) -> Vec<StepKind> {
        match &item.kind {
            TestItemKind::Given(rows) => rows.iter().filter_map(|given| self.given(scope, given)).collect(),
            TestItemKind::Call(call) => self.test_call(scope, call, item.at).into_iter().collect(),
            TestItemKind::Expect(condition) => {
                self.condition(scope, condition).map(|held| StepKind::Expect(held.expr)).into_iter().collect()
            }
            TestItemKind::Let { name, value } => self.test_let(scope, name, value).into_iter().collect(),
            TestItemKind::Stub { target, answer } => self.stub(scope, target, answer).into_iter().collect(),
            TestItemKind::At(later) => self.test_clock(scope, later).into_iter().collect(),
            TestItemKind::Run(name) => self.test_run(name).into_iter().collect(),
            TestItemKind::Stray => Vec::new(),
        }
    }

    fn given(&mut self, scope: &mut Scope, given: &ast::Given) -> Option<StepKind> {
        self.fresh(scope, &given.name);
        let Some(entity) = self.entity_called(&given.entity) else {
            scope.unknown(&given.name.text);
            return None;
        };
        let values = match &given.fields {
            Some(record) => self.given_values(scope, entity, record),
            None => Some((Vec::new(), Vec::new())),
        };
        let row = Type::Row(entity);
        let count = given.count.map_or(1, |count| u32::try_from(count.value).unwrap_or(u32::MAX));
        let ty = if given.count.is_some() {
            Type::List(Box::new(row), Bounds { min: Some(count), max: Some(count) })
        } else {
            row
        };
        let slot = scope.slot(given.name.text.clone(), ty.clone());
        self.note_local(&given.name, &ty);
        scope.bind_at(&given.name, slot_value(slot, ty), false);
        let (values, nested) = values?;
        Some(StepKind::Given { slot, entity, count, many: given.count.is_some(), values, nested })
    }

    /// Values of a row that is given, and rows on its far sides.
    fn given_values(
        &mut self,
        scope: &mut Scope,
        entity: Id<Entity>,
        record: &ast::Record,
    ) -> Option<(Vec<Assign>, Vec<GivenRow>)> {
        let (mut values, mut nested) = (Vec::new(), Vec::new());
        for (name, value) in self.entries(record)? {
            if let Some(Member::Side(side)) = self.member_named(entity, &name.text) {
                self.note_member(entity, &name);
                let far = self.entities[entity].sides[side].entity;
                for row in self.given_rows(&name, value)? {
                    let (values, rows) = self.given_values(scope, far, row)?;
                    nested.push(GivenRow { side, values, nested: rows });
                }
                continue;
            }
            let column = self.column_list(entity, &[&name])?.first().copied()?;
            let ty = self.entities[entity].columns[column].ty.clone();
            let value = self.entry_value(scope, &name, value, &ty)?;
            values.push(Assign::new(column, value.expr));
        }
        Some((values, nested))
    }

    /// `[{ … }, { … }]` or `{ … }`: rows on a far side.
    fn given_rows<'e>(
        &mut self,
        name: &ast::Name,
        value: Option<&'e ast::Expr>,
    ) -> Option<Vec<&'e ast::Record>> {
        let rows = match value.map(|value| &value.kind) {
            Some(ExprKind::Record(record)) => Some(vec![record]),
            Some(ExprKind::List(items)) => items
                .iter()
                .map(|item| if let ExprKind::Record(record) = &item.kind { Some(record) } else { None })
                .collect(),
            Some(_) | None => None,
        };
        if rows.is_none() {
            let at = value.map_or(name.at, |value| value.at);
            let report = Report::new(Code::E0310, at, "rows on a far side are written out here");
            return self.report(report.help(format!("write `{}: [{{ … }}]`", name.text)));
        }
        rows
    }

    fn test_call(&mut self, scope: &mut Scope, call: &ast::TestCall, at: Span) -> Option<StepKind> {
        if let Some(name) = &call.binding {
            self.fresh(scope, name);
        }
        let Some(operation) = self.called_operation(&call.call) else {
            self.who(scope, call, at);
            call.binding.iter().for_each(|name| scope.unknown(&name.text));
            return None;
        };
        if !self.output_known(operation) {
            call.binding.iter().for_each(|name| scope.unknown(&name.text));
            return None;
        }
        let slot = call.binding.as_ref().map(|name| {
            let ty = self.operations[operation].output.clone().unwrap_or(Type::Null);
            let slot = scope.slot(name.text.clone(), ty.clone());
            (slot, name, ty)
        });
        let who = self.who(scope, call, at);
        let door = match &call.via {
            None => self.has_a_door(operation, &call.call),
            Some(door) => self.door(operation, door),
        };
        let arguments = self.test_arguments(scope, operation, &call.call);
        let outcome = self.outcome(scope, operation, call);
        if let Some((slot, name, ty)) = &slot {
            self.note_local(name, ty);
            scope.bind_at(name, slot_value(*slot, ty.clone()), false);
        }
        let slot = slot.map(|(slot, ..)| slot);
        Some(StepKind::Call(Call {
            who: who?,
            door,
            remote: call.via.as_ref().is_some_and(|door| door.kind == DoorKind::Remote),
            operation,
            arguments: arguments?,
            slot,
            outcome: outcome?,
        }))
    }

    fn called_operation(&mut self, call: &ast::Call) -> Option<Id<Operation>> {
        let Some(name) = call.callee.single() else {
            if call.callee.has_hole() {
                return None;
            }
            return self.error(Code::E0310, call.callee.at, "the name of an operation belongs here");
        };
        match self.names.get(name) {
            Some(Meaning::Operation(id)) => Some(id),
            Some(Meaning::Unknown) => None,
            _ => {
                let names = self.names;
                let known = names.all(|meaning| matches!(meaning, Meaning::Operation(_)));
                self.unknown(Code::E0201, name, format!("there is no operation `{}`", name.text), known)
            }
        }
    }

    fn who(&mut self, scope: &mut Scope, call: &ast::TestCall, at: Span) -> Option<Who> {
        if let Some(credential) = &call.credential {
            return self.carried_by(scope, credential);
        }
        match &call.caller {
            None => {
                let report = Report::new(Code::E0310, at, "a call says who makes it");
                self.report(report.help("begin with `as ann`, `as nobody`, or `with bearer …`"))
            }
            Some(caller) => match &caller.kind {
                CallerKind::Nobody => Some(Who::Nobody),
                CallerKind::Row(expr) => {
                    let value = self.expr(scope, expr, None)?;
                    let actor = self.caller.entity.map(Type::Row);
                    if actor.as_ref() != Some(value.ty()) {
                        let message = format!(
                            "{} can't call: callers are the rows that `auth` finds",
                            self.describe(value.ty())
                        );
                        return self.error(Code::E0301, value.at, message);
                    }
                    Some(Who::Row(value.expr))
                }
            },
        }
    }

    /// That there is a door to call an operation through, where none is named.
    fn has_a_door<T>(&mut self, operation: Id<Operation>, call: &ast::Call) -> Option<T> {
        let operation = &self.operations[operation];
        if Door::ALL.into_iter().any(|door| operation.doors.has(door)) {
            return None;
        }
        let message = format!("`{}` has no door to call it through", operation.name);
        let report = Report::new(Code::E0310, call.at, message);
        self.report(report.help(
            "call an operation that calls it, or give it a door and a rule, such as `cli \"words\"` and `allow …`",
        ))
    }

    fn door(&mut self, operation: Id<Operation>, door: &ast::Door) -> Option<Door> {
        let found = match door.kind {
            DoorKind::Http => Door::Http,
            DoorKind::Mcp => Door::Mcp,
            DoorKind::Cli => Door::Cli,
            DoorKind::Remote => Door::Cli,
            DoorKind::Socket | DoorKind::Job => {
                return self.error(Code::E0310, door.at, "nobody calls an operation by this door");
            }
        };
        let operation = &self.operations[operation];
        if !operation.doors.has(found) {
            let message = format!("`{}` has no `{}` door", operation.name, found.name());
            return self.error(Code::E0310, door.at, message);
        }
        Some(found)
    }

    fn test_arguments(
        &mut self,
        scope: &mut Scope,
        operation: Id<Operation>,
        call: &ast::Call,
    ) -> Option<Vec<(u32, quater_ir::expr::Expr)>> {
        let inputs: Vec<(SmolStr, Type)> = self.operations[operation]
            .inputs
            .iter()
            .map(|input| (input.name.clone(), input.ty.clone()))
            .collect();
        let declared = self.names.operations.nth(operation.index()).map(|(_, node)| node.parameters.len());
        let offered = self.offering(operation).map_or(0, Offering::inputs);
        if declared.map(|declared| declared + offered) != Some(inputs.len()) {
            return None;
        }
        let mut arguments = Vec::new();
        for (position, argument) in call.arguments.iter().enumerate() {
            let (index, value) = match &argument.kind {
                ArgumentKind::Value(value) => (position, value),
                ArgumentKind::Named { name, value, .. } => {
                    self.note_input(operation, name);
                    match inputs.iter().position(|(input, _)| *input == name.text) {
                        Some(index) => (index, value),
                        None => {
                            let of = format!("`{}`", self.operations[operation].name);
                            return self.no_member(&of, name, inputs.iter().map(|(input, _)| input.as_str()));
                        }
                    }
                }
                ArgumentKind::Computed { .. }
                | ArgumentKind::Optional(_)
                | ArgumentKind::Range(_)
                | ArgumentKind::Everything
                | ArgumentKind::Stray => {
                    return self.error(Code::E0304, argument.at, "an argument is a value, or `name: value`");
                }
            };
            let Some((_, ty)) = inputs.get(index) else {
                let message = format!("this operation takes {}", counted(inputs.len(), "input"));
                return self.error(Code::E0304, argument.at, message);
            };
            scope.place = Place::Argument;
            let value = self.argument(scope, value, ty);
            scope.place = Place::Test;
            let value = value?;
            arguments.push((index as u32, value.expr));
        }
        Some(arguments)
    }

    /// An argument goes through the door as it is written: refinements are the door's to check.
    fn argument(&mut self, scope: &mut Scope, value: &ast::Expr, ty: &Type) -> Option<Typed> {
        let loose = unrefined(ty);
        let value = self.expr(scope, value, Some(&loose))?;
        let text = matches!(value.ty(), Type::Text(_));
        if text && matches!(ty.required(), Type::Email | Type::Url | Type::Text(_)) {
            return Some(value);
        }
        self.coerce(scope, value, &loose, "")
    }

    fn outcome(
        &mut self,
        scope: &mut Scope,
        operation: Id<Operation>,
        call: &ast::TestCall,
    ) -> Option<Outcome> {
        let expectation = match call.expectations.as_slice() {
            [] => return Some(Outcome::Succeeds),
            [one] => one,
            [_, second, ..] => return self.error(Code::E0310, second.at, "a call has one outcome"),
        };
        match &expectation.kind {
            ExpectationKind::Succeeds => Some(Outcome::Succeeds),
            ExpectationKind::Status(status) => {
                let output = self.operations[operation].output.clone();
                if let Some(ty @ (Type::Int(_) | Type::Float(_) | Type::Decimal { .. })) =
                    output.as_ref().map(Type::required)
                {
                    let number = ast::Literal::Int(i64::try_from(status.value).unwrap_or(i64::MAX));
                    let number = ast::Expr { kind: ExprKind::Literal(number), at: status.at };
                    return self.pattern(scope, &number, Some(ty)).map(Outcome::Gives);
                }
                Some(Outcome::Status(u16::try_from(status.value).unwrap_or(0)))
            }
            ExpectationKind::WaitingApproval => self.has_to_wait(operation, expectation.at),
            ExpectationKind::Fails(expr) => self.fails(scope, expr),
            ExpectationKind::Gives(expr) => {
                let output = self.operations[operation].output.clone();
                self.pattern(scope, expr, output.as_ref()).map(Outcome::Gives)
            }
        }
    }

    fn pattern(&mut self, scope: &mut Scope, expr: &ast::Expr, ty: Option<&Type>) -> Option<Pattern> {
        if let Some(Type::Json) = ty.map(Type::required) {
            return self.json_pattern(scope, expr);
        }
        let map = matches!(ty.map(Type::required), Some(Type::Map(..)));
        if let (ExprKind::Record(record), false) = (&expr.kind, map) {
            return self.members(scope, record, ty);
        }
        if let ExprKind::List(items) = &expr.kind {
            let of = match ty.map(Type::required) {
                Some(Type::List(of, _)) => Some((**of).clone()),
                _ => None,
            };
            let items: Option<Vec<Pattern>> =
                items.iter().map(|item| self.pattern(scope, item, of.as_ref())).collect();
            return items.map(Pattern::Items);
        }
        let loose = ty.map(unrefined);
        let value = self.expr(scope, expr, loose.as_ref())?;
        let value = match &loose {
            Some(ty) => self.coerce(scope, value, ty, "")?,
            None => value,
        };
        Some(Pattern::Equals(value.expr))
    }

    /// A part of a JSON: an object with some members, a list, or a value.
    fn json_pattern(&mut self, scope: &mut Scope, expr: &ast::Expr) -> Option<Pattern> {
        let json = Some(&Type::Json);
        if let ExprKind::List(items) = &expr.kind {
            let items: Option<Vec<Pattern>> = items.iter().map(|it| self.pattern(scope, it, json)).collect();
            return items.map(Pattern::Items);
        }
        let mut members = Vec::new();
        if let ExprKind::Record(record) = &expr.kind {
            for entry in &record.entries {
                let EntryKind::Value { name, value } = &entry.kind else {
                    return self.error(Code::E0310, entry.at, "a member is written `name: value` here");
                };
                members.push((name.text.clone(), self.pattern(scope, value, json)?));
            }
            return Some(Pattern::Members(members));
        }
        if let ExprKind::Map(entries) = &expr.kind {
            for (key, value) in entries {
                let ExprKind::Text(text) = &key.kind else {
                    return self.error(Code::E0310, key.at, "a key is written out here");
                };
                let name = SmolStr::new(self.plain(text)?);
                members.push((name, self.pattern(scope, value, json)?));
            }
            return Some(Pattern::Members(members));
        }
        Some(Pattern::Equals(self.expr(scope, expr, json)?.expr))
    }

    fn members(&mut self, scope: &mut Scope, record: &ast::Record, ty: Option<&Type>) -> Option<Pattern> {
        if let Some(Type::Page(page)) = ty.map(Type::required) {
            return self.members_among("a page", scope, record, &page_members(page));
        }
        let of_union = matches!(ty.map(Type::required), Some(Type::Union(_)));
        let mut kind = None;
        let shape = match ty.map(Type::required) {
            Some(Type::Record(shape)) => *shape,
            Some(Type::Union(union)) => {
                let shape = self.meant_by(*union, record)?;
                let name = self.records[shape].name.clone().unwrap_or_default();
                kind = Some(Expr::new(Node::Literal(Literal::Text(name)), Type::TEXT));
                shape
            }
            _ => return self.report(Report::new(Code::E0301, record.at, "the output is no record")),
        };
        let fields: Vec<(SmolStr, Type)> =
            self.records[shape].fields.values().map(|field| (field.name.clone(), field.ty.clone())).collect();
        if self.is_incomplete(shape) {
            return None;
        }
        let asked = record.entries.iter().filter(|entry| !of_union || !says_kind(entry)).cloned().collect();
        let record = ast::Record { entries: asked, ..record.clone() };
        for entry in &record.entries {
            if let EntryKind::Value { name, .. } = &entry.kind {
                self.note_field(shape, name);
            }
        }
        let of = self.record_name(shape);
        let mut found = self.members_among(&of, scope, &record, &fields)?;
        if let (Pattern::Members(members), Some(kind)) = (&mut found, kind) {
            members.insert(0, (SmolStr::new_static(KIND), Pattern::Equals(kind)));
        }
        Some(found)
    }

    /// The members that are asked of something that has these.
    fn members_among(
        &mut self,
        of: &str,
        scope: &mut Scope,
        record: &ast::Record,
        fields: &[(impl AsRef<str>, Type)],
    ) -> Option<Pattern> {
        let mut members = Vec::new();
        for entry in &record.entries {
            let EntryKind::Value { name, value } = &entry.kind else {
                return self.error(Code::E0310, entry.at, "a member is written `name: value` here");
            };
            let Some((_, ty)) = fields.iter().find(|(field, _)| *field.as_ref() == *name.text) else {
                return self.no_member(of, name, fields.iter().map(|(field, _)| field.as_ref()));
            };
            members.push((name.text.clone(), self.pattern(scope, value, Some(ty))?));
        }
        Some(Pattern::Members(members))
    }
}

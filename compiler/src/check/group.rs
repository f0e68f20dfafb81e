//! `list E group by x { x, n = count() } sort n desc take 8`: rows that share a value, taken together.
use super::aggregate::word;
use super::expr::unrefined;
use super::record::null;
use super::scope::{Local, Scope, slot_value};
use super::{Checker, Typed};
use crate::ast::{self, ArgumentKind, EntryKind, ExprKind};
use crate::report::{Code, Report, Span};
use quater_ir::body::{Fetch, Groups, Query, Select, Statement};
use quater_ir::entity::Entity;
use quater_ir::expr::{Aggregate, Expr, Node};
use quater_ir::types::{Bounds, Field, Record, Type};
use quater_ir::value::Literal;
use quater_ir::{Arena, Id};
use smol_str::SmolStr;

/// Where the aggregates of a group look for names.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grouping {
    entity: Id<Entity>,
    across: bool,
}

impl Checker<'_> {
    /// A list of groups.
    pub(crate) fn list_groups(
        &mut self,
        scope: &mut Scope,
        query: &ast::Query,
        group: &ast::GroupBy,
        expected: Option<&Type>,
    ) -> Option<Typed> {
        let entity = self.entity_named(&query.entity)?;
        let plain = ast::Query { sort: None, group: None, take: None, ..query.clone() };
        let (select, _) = self.select(scope, entity, &plain)?;
        let Some(take) = &query.take else {
            let report =
                Report::new(Code::E0604, query.at, "a list of groups says how many it gives at most");
            return self.report(report.help("write `take 20` behind it; groups have no pages"));
        };
        if select.page.is_some() {
            return self.error(Code::E0604, query.at, "groups have no pages: say `take n`");
        }
        let take = self.row_count(take)?;
        let (name, key) = self.group_key(scope, entity, group, query.across_tenants.is_some())?;
        let grouping = Grouping { entity, across: query.across_tenants.is_some() };
        let shape = self.group_shape(scope, grouping, group, (&name, &key), expected)?;
        let sort = self.group_sort(query, shape.record)?;
        let ty = Type::List(Box::new(Type::Record(shape.shown)), Bounds { min: None, max: Some(take) });
        let slot = scope.slot("groups", ty.clone());
        scope.body.effects.reads.insert(entity);
        let groups = Groups { key: key.expr, each: group.each, shape: shape.record, sort };
        let select = Select { take: Some(take), ..select };
        let fetch = Fetch::Groups(groups);
        let statement =
            Statement::Read { slot, query: Query { select, fetch, lock: false }, otherwise: None };
        scope.body.block.push(statement);
        Some(Typed { expr: slot_value(slot, ty), secret: false, at: query.at })
    }

    /// What the rows of a group share, and what it is called.
    fn group_key(
        &mut self,
        scope: &mut Scope,
        entity: Id<Entity>,
        group: &ast::GroupBy,
        across: bool,
    ) -> Option<(SmolStr, Typed)> {
        let key = self.over_row(scope, entity, &group.key, across)?;
        self.shown_value(&key)?;
        let name = match (&group.alias, &group.key.kind) {
            (Some(alias), _) => alias.text.clone(),
            (None, ExprKind::Name(name) | ExprKind::Field { name, .. }) => name.text.clone(),
            (None, _) => {
                let report = Report::new(Code::E0627, group.key.at, "what the groups share has no name");
                return self.report(
                    report.help("give it one: `group by lower(title) as word { word, n = count() }`"),
                );
            }
        };
        let of = match (group.each, key.ty().required()) {
            (false, ty) => ty,
            (true, Type::List(of, _)) => of.required(),
            (true, other) => {
                let message = format!("`each` goes through a list, not {}", self.describe(other));
                return self.error(Code::E0627, key.at, message);
            }
        };
        let shared = matches!(
            of,
            Type::Bool
                | Type::Int(_)
                | Type::Decimal { .. }
                | Type::Text(_)
                | Type::Uuid
                | Type::Date
                | Type::Instant
                | Type::Duration
                | Type::Url
                | Type::Email
                | Type::Enum(_)
                | Type::Ref(_)
        );
        if !shared {
            let message = format!("rows can't be grouped by {}", self.describe(of));
            let report = Report::new(Code::E0627, key.at, message);
            return self.report(report.help("group by a text, a number, a time, an enum or a relation; of a list say `group by each tags as tag`"));
        }
        Some((name, key))
    }

    fn group_shape(
        &mut self,
        scope: &mut Scope,
        grouping: Grouping,
        group: &ast::GroupBy,
        (name, key): (&SmolStr, &Typed),
        expected: Option<&Type>,
    ) -> Option<Shape> {
        let each = key.ty().item().filter(|_| group.each);
        let of = each.unwrap_or(key.ty()).clone();
        let wanted = self.wanted_record(expected);
        let local = Local {
            name: name.clone(),
            value: Expr::new(Node::GroupKey, of),
            secret: false,
            input: false,
            depth: scope.depth(),
            at: group.alias.as_ref().map(|alias| alias.at),
        };
        group.alias.iter().for_each(|alias| self.note_local(alias, &local.value.ty));
        // The shared value hides a column or value of its name, which has no single value in a group.
        let hidden = std::mem::take(&mut scope.locals);
        scope.locals = hidden.iter().filter(|it| it.name != *name).cloned().chain([local]).collect();
        let before = scope.group.replace(grouping);
        let members = self.group_members(scope, group, wanted);
        scope.group = before;
        scope.locals = hidden;
        let members = members?;
        let Some(shown) = wanted else {
            let fields: Arena<Field> = members.into_iter().map(|(name, value)| member(name, value)).collect();
            let record = self.records.add(Record { name: None, docs: String::new(), fields, of: None });
            return Some(Shape { record, shown: record });
        };
        let record = self.as_record(shown, members, group.fields.at)?;
        Some(Shape { record, shown })
    }

    /// The record that is expected of each group.
    fn wanted_record(&self, expected: Option<&Type>) -> Option<Id<Record>> {
        let Type::List(of, _) = expected?.required() else { return None };
        let Type::Record(id) = **of else { return None };
        self.records[id].of.is_none().then_some(id)
    }

    fn group_members(
        &mut self,
        scope: &mut Scope,
        group: &ast::GroupBy,
        wanted: Option<Id<Record>>,
    ) -> Option<Vec<(SmolStr, Expr)>> {
        let mut members: Vec<(SmolStr, Expr)> = Vec::new();
        for entry in &group.fields.entries {
            let (name, value) = match &entry.kind {
                EntryKind::Pun(name) => (name, ast::Expr { kind: ExprKind::Name(name.clone()), at: name.at }),
                EntryKind::Computed { name, value } => (name, value.clone()),
                EntryKind::Value { name, .. } => {
                    let report = Report::new(Code::E0310, entry.at, "a member of a group is made with `=`");
                    return self.report(report.help(format!("write `{} = …`", name.text)));
                }
                EntryKind::Stray => return None,
            };
            if members.iter().any(|(other, _)| *other == name.text) {
                return self.error(Code::E0202, name.at, format!("`{}` is there twice", name.text));
            }
            let field = wanted.and_then(|wanted| {
                self.records[wanted].fields.values().find(|field| field.name == name.text)
            });
            let ty = field.map(|field| field.ty.clone());
            let mut found = self.expr(scope, &value, ty.as_ref())?;
            if let Some(ty) = ty {
                found = self.coerce(scope, found, &ty, &name.text)?;
            }
            members.push((name.text.clone(), found.expr));
        }
        Some(members)
    }

    /// The members in the order of a declared record.
    fn as_record(
        &mut self,
        shown: Id<Record>,
        members: Vec<(SmolStr, Expr)>,
        at: Span,
    ) -> Option<Id<Record>> {
        if self.is_incomplete(shown) {
            return None;
        }
        let declared: Vec<(SmolStr, Type)> =
            self.records[shown].fields.values().map(|field| (field.name.clone(), field.ty.clone())).collect();
        let of = self.record_name(shown);
        if let Some((stray, _)) = members.iter().find(|(name, _)| !declared.iter().any(|(it, _)| it == name))
        {
            return self.error(Code::E0204, at, format!("{of} has no `{stray}`"));
        }
        let mut fields: Arena<Field> = Arena::default();
        for (name, ty) in declared {
            let given = members.iter().find(|(its, _)| *its == name).map(|(_, value)| value.clone());
            match given {
                Some(value) => _ = fields.add(member(name, value)),
                None if ty.is_optional() => _ = fields.add(member(name, null(ty))),
                None => return self.error(Code::E0309, at, format!("`{name}` is missing")),
            }
        }
        Some(self.records.add(Record { name: None, docs: String::new(), fields, of: None }))
    }

    fn group_sort(&mut self, query: &ast::Query, shape: Id<Record>) -> Option<Vec<(Id<Field>, bool)>> {
        let mut sort = Vec::new();
        let Some(by) = &query.sort else { return Some(sort) };
        if by.by_caller {
            return self.error(Code::E0627, by.at, "groups are sorted by what stands here, not by callers");
        }
        for key in &by.keys {
            let field = key.path.single().and_then(|name| {
                self.records[shape].fields.iter().find(|(_, field)| field.name == name.text).map(|(id, _)| id)
            });
            let Some(field) = field else {
                let report = Report::new(Code::E0627, key.at, "groups are sorted by their members");
                return self
                    .report(report.help("give the group a member for it: `{ x, n = count() } sort n desc`"));
            };
            sort.push((field, key.descending));
        }
        Some(sort)
    }

    /// `count()`, `sum(total)` and the like inside a group; nothing for another call.
    #[expect(clippy::option_option, reason = "not an aggregate, or one with a reported fault")]
    pub(crate) fn group_aggregate(&mut self, scope: &mut Scope, call: &ast::Call) -> Option<Option<Typed>> {
        let grouping = scope.group?;
        let function = match call.callee.single()?.text.as_str() {
            "count" => Aggregate::Count,
            "sum" => Aggregate::Sum,
            "min" => Aggregate::Min,
            "max" => Aggregate::Max,
            "avg" => Aggregate::Avg,
            _ => return None,
        };
        Some(self.made_of_group(scope, grouping, function, call))
    }

    fn made_of_group(
        &mut self,
        scope: &mut Scope,
        grouping: Grouping,
        function: Aggregate,
        call: &ast::Call,
    ) -> Option<Typed> {
        let at = call.at;
        let found = |node: Node, ty: Type| Some(Typed { expr: Expr::new(node, ty), secret: false, at });
        let of = match (function, call.arguments.as_slice()) {
            (Aggregate::Count, []) => {
                return found(Node::Aggregate { function, value: None }, super::write::count_type());
            }
            (_, [ast::Argument { kind: ArgumentKind::Value(of), .. }]) => of,
            (_, _) => {
                let word = word(function);
                let report = Report::new(Code::E0304, at, format!("`{word}` takes one value over the rows"));
                return self.report(
                    report.help(
                        "`count()` counts the rows of a group, `sum(total)` adds up a column of theirs",
                    ),
                );
            }
        };
        let outer = scope.group.take();
        let hidden: Vec<Local> = std::mem::take(&mut scope.locals);
        scope.locals = hidden.iter().filter(|it| !matches!(it.value.node, Node::GroupKey)).cloned().collect();
        let value = self.over_row(scope, grouping.entity, of, grouping.across);
        scope.locals = hidden;
        scope.group = outer;
        let value = value?;
        self.shown_value(&value)?;
        if function == Aggregate::Count {
            if *value.ty().required() != Type::Bool {
                let message = format!("`count` takes a condition, not {}", self.describe(value.ty()));
                return self.error(Code::E0304, value.at, message);
            }
            let int = |value: i64| Box::new(Expr::new(Node::Literal(Literal::Int(value)), Type::INT));
            let node = Node::If { condition: Box::new(value.expr), then: int(1), otherwise: int(0) };
            let one = Some(Box::new(Expr::new(node, Type::INT)));
            return found(
                Node::Aggregate { function: Aggregate::Sum, value: one },
                super::write::count_type(),
            );
        }
        let ty = self.aggregated(function, value.ty(), value.at)?;
        // A group has a row, so there is a least one unless all are null.
        let ty = if value.ty().is_optional() { ty } else { ty.required().clone() };
        found(Node::Aggregate { function, value: Some(Box::new(value.expr)) }, ty)
    }
}

/// How a group is made, and what it is shown as.
struct Shape {
    record: Id<Record>,
    shown: Id<Record>,
}

fn member(name: SmolStr, value: Expr) -> Field {
    let ty = unrefined(&value.ty);
    Field { name, docs: String::new(), ty, default: None, secret: false, source: Some(value) }
}

//! Reading verbs: `find`, `list`, `count`, `exists`.
use super::auth::equalities;
use super::scope::{Doer, Place, Presence, Scope, slot_value};
use super::{Checker, Typed};
use crate::ast::{self, Aggregate, ArgumentKind};
use crate::report::{Code, Report, Span};
use crate::resolve::Meaning;
use quater_ir::Id;
use quater_ir::body::{Fetch, Query, Raise, Select, Sort, Statement};
use quater_ir::entity::{Column, Entity};
use quater_ir::expr::reach::columns_in;
use quater_ir::expr::{Compare, Expr, Node};
use quater_ir::fault;
use quater_ir::types::{Bounds, Record, Type};

/// Which reading verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    Find,
    List,
    Count,
    Exists,
}

impl Checker<'_> {
    /// `find E(…)`
    pub(crate) fn find(
        &mut self,
        scope: &mut Scope,
        query: &ast::Query,
        otherwise: Option<&ast::Expr>,
        expected: Option<&Type>,
    ) -> Option<Typed> {
        self.read(scope, query, Reading::Find, otherwise, expected)
    }

    /// `list E where … sort … take n`
    pub(crate) fn list_rows(
        &mut self,
        scope: &mut Scope,
        query: &ast::Query,
        expected: Option<&Type>,
    ) -> Option<Typed> {
        self.read(scope, query, Reading::List, None, expected)
    }

    /// `exists E where …`
    pub(crate) fn exists(&mut self, scope: &mut Scope, query: &ast::Query) -> Option<Typed> {
        self.read(scope, query, Reading::Exists, None, None)
    }

    /// `count E where …`
    pub(crate) fn aggregate(
        &mut self,
        scope: &mut Scope,
        kind: Aggregate,
        query: &ast::Query,
    ) -> Option<Typed> {
        match kind {
            Aggregate::Count => self.read(scope, query, Reading::Count, None, None),
            Aggregate::Sum | Aggregate::Min | Aggregate::Max | Aggregate::Avg => {
                self.aggregate_rows(scope, kind, query)
            }
        }
    }

    fn read(
        &mut self,
        scope: &mut Scope,
        query: &ast::Query,
        reading: Reading,
        otherwise: Option<&ast::Expr>,
        expected: Option<&Type>,
    ) -> Option<Typed> {
        if let (Reading::List, Some(group)) = (reading, &query.group) {
            return self.list_groups(scope, query, group, expected);
        }
        let entity = self.entity_named(&query.entity)?;
        self.no_stray_clause(query, reading == Reading::List)?;
        let (select, known) = self.select(scope, entity, query)?;
        let otherwise = match otherwise {
            Some(expr) => Some(self.raise(scope, expr)?),
            None => None,
        };
        match reading {
            Reading::Find => self.at_most_one(scope, entity, &known, query)?,
            Reading::List if select.take.is_none() && select.page.is_none() => {
                return self.endless_list(scope, query);
            }
            Reading::List | Reading::Count | Reading::Exists => {}
        }
        let mut shape = self.shape_for(entity, expected);
        let page = match &select.page {
            Some(_) => Some(self.page_fetch(scope, &select, shape, query.at)?),
            None => None,
        };
        if let Some((Fetch::Page(shown), _)) = &page {
            shape = Some(*shown);
        }
        let mut select = select;
        let holds = select.guard.clone();
        if let Some(shape) = shape {
            self.shown_rows(scope, &mut select, shape, (query.across_tenants.is_some(), query.at))?;
        }
        let (fetch, ty) =
            page.unwrap_or_else(|| self.fetch(reading, entity, shape, select.take, otherwise.is_some()));
        let slot = scope.slot(self.entities[entity].name.to_lowercase(), ty.clone());
        if matches!(fetch, Fetch::One(_) | Fetch::Many(_)) {
            scope.body.partly.insert(slot, (entity, query.at));
            scope.body.known.insert(slot, holds);
        }
        scope.body.effects.reads.insert(entity);
        scope.body.effects.locks |= query.lock.is_some();
        let query_at = query.at;
        let query = Query { select, fetch, lock: query.lock.is_some() };
        scope.body.block.push(Statement::Read { slot, query, otherwise });
        Some(Typed { expr: slot_value(slot, ty), secret: false, at: query_at })
    }

    /// That rows may be shown as a projection, and with what of it hidden.
    pub(crate) fn shown_rows(
        &mut self,
        scope: &mut Scope,
        select: &mut Select,
        shape: Id<Record>,
        (across, at): (bool, Span),
    ) -> Option<()> {
        let entity = select.entity;
        let partial = self.sight(entity, scope.body.doer, across).partial;
        self.readable(shape, &partial, at)?;
        let holds = std::iter::once(&select.guard).chain(&select.condition).cloned().collect();
        let known = self.known_of(entity, &super::guard::all(holds), scope.actor == Presence::Assumed);
        self.shows(shape, &known, at);
        self.reaches_entities(scope, shape);
        select.masks.extend(self.masks_shown(shape, partial, &select.masks));
        Some(())
    }

    /// Whether a name has no meaning at all here.
    pub(crate) fn names_nothing(&self, scope: &Scope, name: &ast::Name) -> bool {
        scope.local(&name.text).is_none()
            && self.names.get(name).is_none()
            && !scope.body.unknown.contains(&name.text)
    }

    fn fetch(
        &self,
        reading: Reading,
        entity: Id<Entity>,
        shape: Option<Id<Record>>,
        take: Option<u32>,
        raises: bool,
    ) -> (Fetch, Type) {
        let one = shape.map_or(Type::Row(entity), Type::Record);
        let bounds = Bounds { min: None, max: take };
        match (reading, shape) {
            (Reading::Count, _) => (Fetch::Count, Type::Int(Bounds { min: Some(0), max: None })),
            (Reading::Exists, _) => (Fetch::Exists, Type::Bool),
            (Reading::List, Some(shape)) => (Fetch::ManyShaped(shape), Type::List(Box::new(one), bounds)),
            (Reading::List, None) => {
                let columns = self.entities[entity].columns.ids().collect();
                (Fetch::Many(columns), Type::List(Box::new(one), bounds))
            }
            (Reading::Find, shape) => {
                let ty = if raises { one } else { one.optional() };
                (shape.map_or(Fetch::One(Vec::new()), Fetch::OneShaped), ty)
            }
        }
    }

    /// The projection that is expected of rows of an entity.
    fn shape_for(&self, entity: Id<Entity>, expected: Option<&Type>) -> Option<Id<Record>> {
        let expected = expected?.required();
        let item = expected.item().map_or(expected, Type::required);
        let Type::Record(shape) = *item else { return None };
        (self.records[shape].of == Some(entity)).then_some(shape)
    }

    /// Loads the row behind an input that is given as a key.
    pub(crate) fn load(
        &mut self,
        scope: &mut Scope,
        entity: Id<Entity>,
        key: Expr,
        lock: bool,
        at: Span,
    ) -> Option<Typed> {
        self.all_tenants(scope, entity, false);
        let sight = self.sight(entity, scope.body.doer, false);
        self.may_read(entity, &sight.rows, scope, at)?;
        let column = self.column(entity, self.entities[entity].key);
        let condition = Expr::new(Node::Compare(Compare::Equal, Box::new(column), Box::new(key)), Type::Bool);
        let masks = self.masks(entity, sight.partial);
        let select = Select { masks, condition: Some(condition), ..Select::new(entity, sight.rows) };
        let slot = scope.slot(self.entities[entity].name.to_lowercase(), Type::Row(entity));
        scope.body.partly.insert(slot, (entity, at));
        scope.body.known.insert(slot, select.guard.clone());
        scope.body.effects.reads.insert(entity);
        scope.body.effects.locks |= lock;
        scope.body.faults.insert(fault::NOT_FOUND);
        let otherwise = Some(Raise { fault: fault::NOT_FOUND, arguments: Vec::new() });
        let query = Query { select, fetch: Fetch::One(Vec::new()), lock };
        scope.body.block.push(Statement::Read { slot, query, otherwise });
        Some(Typed { expr: slot_value(slot, Type::Row(entity)), secret: false, at })
    }

    /// The entity that a verb is about.
    pub(crate) fn entity_named(&mut self, path: &ast::Path) -> Option<Id<Entity>> {
        let Some(name) = path.single() else {
            let report = Report::new(Code::E0310, path.at, "a verb takes an entity, and this leads to rows");
            return self.report(report.help("functions look through such rows: `count(order.lines)`, `sum(order.lines, qty)`, `filter(order.lines, qty > 1)`"));
        };
        self.entity_called(name)
    }

    /// The entity of a name.
    pub(crate) fn entity_called(&mut self, name: &ast::Name) -> Option<Id<Entity>> {
        match self.names.get(name) {
            Some(Meaning::Entity(id)) => Some(id),
            Some(Meaning::Unknown) => None,
            _ if name.is_hole() => None,
            _ => {
                let names = self.names;
                let known = names.all(|meaning| matches!(meaning, Meaning::Entity(_)));
                self.unknown(Code::E0201, name, format!("there is no entity `{}`", name.text), known)
            }
        }
    }

    /// Which rows, and the columns whose values are fixed by equality.
    pub(crate) fn select(
        &mut self,
        scope: &mut Scope,
        entity: Id<Entity>,
        query: &ast::Query,
    ) -> Option<(Select, Vec<Id<Column>>)> {
        self.statement_allowed(scope, query.at)?;
        let across = self.all_tenants(scope, entity, query.across_tenants.is_some());
        let sight = self.sight(entity, scope.body.doer, across);
        self.may_read(entity, &sight.rows, scope, query.at)?;
        let mut conditions = Vec::new();
        if let Some(arguments) = &query.lookup {
            conditions.extend(self.lookup_arguments(scope, entity, arguments)?);
        }
        if let Some(condition) = &query.condition {
            conditions.push(self.over_rows(scope, entity, condition, across)?);
        }
        let condition = (!conditions.is_empty()).then(|| super::guard::all(conditions));
        if let Some(condition) = &condition {
            self.tests_readable(entity, condition, &sight.partial, query.at)?;
            self.guesses_nothing(entity, condition, query.at)?;
        }
        let known = condition.as_ref().map(equalities).unwrap_or_default();
        let take = match &query.take {
            Some(expr) if scope.body.streamed == Some(query.at) => Some(self.streamed_count(expr)?),
            Some(expr) => Some(self.row_count(expr)?),
            None => None,
        };
        let sort = self.sort(entity, query, (scope.body.doer, across))?;
        if let Some(hidden) = sort.iter().find(|key| key.via.is_empty() && hides(&sight.partial, key.column))
        {
            return self.unreadable(entity, hidden.column, query.at);
        }
        let masks = self.masks(entity, sight.partial);
        let mut select = Select { masks, condition, sort, take, ..Select::new(entity, sight.rows) };
        self.take_offers(scope, query, &mut select, across)?;
        Some((select, known))
    }

    /// What reads as null where its column may not be read.
    pub(crate) fn masks(
        &self,
        entity: Id<Entity>,
        partial: Vec<(Id<Column>, Expr)>,
    ) -> Vec<(Id<Column>, Expr)> {
        let optional = |column| self.entities[entity].columns[column].ty.is_optional();
        partial.into_iter().filter(|(column, _)| optional(*column)).collect()
    }

    /// How many rows are taken at most.
    pub(crate) fn row_count(&mut self, expr: &ast::Expr) -> Option<u32> {
        let count = self.whole(expr)?;
        match u32::try_from(count) {
            Ok(count @ 1..=10_000) => Some(count),
            _ => self.error(Code::E0604, expr.at, "between 1 and 10,000 rows can be taken"),
        }
    }

    /// Clauses that belong to another verb, or to another place of this one.
    fn no_stray_clause(&mut self, query: &ast::Query, list: bool) -> Option<()> {
        if let Some(of) = &query.of {
            let report = Report::new(Code::E0310, of.at, "`of` belongs to `sum`, `min`, `max` and `avg`");
            return self.report(report.help("`count` counts rows: say which by `where`"));
        }
        if let Some(group) = &query.group {
            return self.error(Code::E0310, group.key.at, "only a `list` makes groups");
        }
        if let Some(batch) = &query.batch {
            let report = Report::new(Code::E0631, batch.at, "no batch can be committed here");
            let help =
                if list { "go through it: `for x in list … batch 100 { … }`" } else { "say `take n`" };
            return self.report(report.help(help));
        }
        Some(())
    }

    /// That a guard lets somebody read some row.
    pub(crate) fn may_read(
        &mut self,
        entity: Id<Entity>,
        guard: &Expr,
        scope: &Scope,
        at: Span,
    ) -> Option<()> {
        if !guard.is(false) {
            return Some(());
        }
        self.rules_known(entity)?;
        let name = self.entities[entity].name.clone();
        let by = scope.body.doer.and_then(|doer| self.doer_name(doer));
        let by = by.map_or_else(String::new, |name| format!("`{name}` "));
        let report =
            Report::new(Code::E0401, at, format!("no rule of `{name}` lets {by}read it")).missing("allow");
        self.report(report.help(format!("add an `allow read …` to `{name}`")))
    }

    /// A condition over the rows of an entity, beside the names of the body.
    pub(crate) fn over_rows(
        &mut self,
        scope: &mut Scope,
        entity: Id<Entity>,
        condition: &ast::Expr,
        across: bool,
    ) -> Option<Expr> {
        let (row, place, seen) = (scope.row.replace(entity), scope.place, scope.seen);
        (scope.place, scope.seen) = (Place::Rule, true);
        let found = self.condition(scope, condition);
        (scope.row, scope.place, scope.seen) = (row, place, seen);
        let found = found?;
        self.related_readable(entity, &found, scope.body.doer)?;
        Some(self.as_seen(entity, found.expr, scope.body.doer, across))
    }

    fn lookup_arguments(
        &mut self,
        scope: &mut Scope,
        entity: Id<Entity>,
        arguments: &[ast::Argument],
    ) -> Option<Vec<Expr>> {
        let mut conditions = Vec::new();
        for argument in arguments {
            let (column, value) = match &argument.kind {
                ArgumentKind::Value(value) if arguments.len() == 1 => (self.entities[entity].key, value),
                ArgumentKind::Named { name, value, .. } => {
                    (self.column_list(entity, &[name])?.first().copied()?, value)
                }
                ArgumentKind::Value(_)
                | ArgumentKind::Computed { .. }
                | ArgumentKind::Optional(_)
                | ArgumentKind::Range(_)
                | ArgumentKind::Everything
                | ArgumentKind::Stray => {
                    let report = Report::new(Code::E0304, argument.at, "a look-up names its fields");
                    return self.report(
                        report.help("write `find User(email: email)`, or `find User(id)` for the key"),
                    );
                }
            };
            let ty = if column == self.entities[entity].key {
                Type::Ref(entity)
            } else {
                super::expr::unrefined(self.entities[entity].columns[column].ty.required())
            };
            let value = self.expect(scope, value, &ty, "")?;
            let column = self.column(entity, column);
            let node = Node::Compare(Compare::Equal, Box::new(column), Box::new(value.expr));
            conditions.push(Expr::new(node, Type::Bool));
        }
        Some(conditions)
    }

    /// Columns that may not be read everywhere can't be tested either.
    pub(crate) fn tests_readable(
        &mut self,
        entity: Id<Entity>,
        condition: &Expr,
        partial: &[(Id<Column>, Expr)],
        at: Span,
    ) -> Option<()> {
        let mut hit = None;
        columns_in(condition, &mut |column| {
            if hides(partial, column) {
                hit = Some(column);
            }
        });
        match hit {
            Some(column) => self.unreadable(entity, column, at),
            None => Some(()),
        }
    }

    /// Whether what a query asks for is one row at most.
    fn is_one(
        &mut self,
        scope: &mut Scope,
        entity: Id<Entity>,
        known: &[Id<Column>],
        query: &ast::Query,
    ) -> bool {
        let across = self.all_tenants(scope, entity, query.across_tenants.is_some());
        self.covers_a_key(entity, known, !across)
    }

    /// That a change of many rows says how many at most, wherever somebody waits for it.
    pub(crate) fn many_end(
        &mut self,
        scope: &mut Scope,
        select: &Select,
        known: &[Id<Column>],
        query: &ast::Query,
    ) -> Option<()> {
        let waited_for = !matches!(scope.body.doer, Some(Doer::Job(_)));
        if !waited_for || select.take.is_some() || self.is_one(scope, select.entity, known, query) {
            return Some(());
        }
        if !self.uniques_known(select.entity) {
            return None;
        }
        let message =
            format!("this may change any number of rows of `{}` at once", self.entities[select.entity].name);
        let report = Report::new(Code::E0632, query.at, message);
        self.report(
            report.help("say `take n`: so many are changed at most, and how many were is given back").fix(
                "change 1,000 at most",
                query.at.after(),
                " take 1000",
            ),
        )
    }

    fn at_most_one(
        &mut self,
        scope: &mut Scope,
        entity: Id<Entity>,
        known: &[Id<Column>],
        query: &ast::Query,
    ) -> Option<()> {
        if self.is_one(scope, entity, known, query) {
            return Some(());
        }
        if !self.uniques_known(entity) {
            return None;
        }
        let message = format!("this may find more than one row of `{}`", self.entities[entity].name);
        let report = Report::new(Code::E0603, query.at, message);
        self.report(report.help("look up a key or all fields of a `unique`, or use `list … take n`"))
    }

    fn sort(
        &mut self,
        entity: Id<Entity>,
        query: &ast::Query,
        (doer, across): (Option<Doer>, bool),
    ) -> Option<Vec<Sort>> {
        let mut sort = Vec::new();
        for key in query.sort.iter().flat_map(|sort| &sort.keys) {
            let mut step = self.sort_key(entity, key)?;
            if !step.via.is_empty() {
                let seen = self.related_guard(entity, &step.via, Some(step.column), doer, across);
                if seen.is(false) {
                    let related = self.related_entity(entity, &step.via);
                    return self.unreadable(related, step.column, key.at);
                }
                step.seen = (!seen.is(true)).then_some(seen);
            }
            sort.push(step);
        }
        Some(sort)
    }

    /// What a key of `sort` stands for.
    pub(crate) fn sort_key(&mut self, entity: Id<Entity>, key: &ast::SortKey) -> Option<Sort> {
        let way = self.way(entity, &key.path.names)?;
        let (of, column) = self.way_end(entity, &way);
        if way.single().is_none() {
            let message =
                format!("`{}` is of many rows and has no order", self.entities[of].columns[column].name);
            return self.error(Code::E0606, key.at, message);
        }
        self.has_order(of, column, key.at)?;
        Some(Sort { via: way.via, ..Sort::by(column, key.descending) })
    }
}

fn hides(partial: &[(Id<Column>, Expr)], column: Id<Column>) -> bool {
    partial.iter().any(|(other, _)| *other == column)
}

//! Writing verbs: `create`, `update`, `delete`.
use super::changes::Change;
use super::narrowing::path_of;
use super::record::null;
use super::rule::Act;
use super::scope::{Place, Scope, slot_value};
use super::{Checker, Typed};
use crate::ast::{self, Target};
use crate::report::{Code, Report, Span};
use quater_ir::Id;
use quater_ir::body::{Assign, Create, Raise, Select, Statement, Update};
use quater_ir::builtin::Builtin;
use quater_ir::entity::{Column, Entity, Numbering};
use quater_ir::expr::{Context, Expr, Node, Slot};
use quater_ir::fault;
use quater_ir::types::{Bounds, Type};

impl Checker<'_> {
    /// `create E { … }`
    pub(crate) fn create(
        &mut self,
        scope: &mut Scope,
        create: &ast::Create,
        otherwise: Option<&ast::Expr>,
        at: Span,
    ) -> Option<Typed> {
        self.statement_allowed(scope, at)?;
        let entity = self.entity_named(&create.entity)?;
        let across = self.all_tenants(scope, entity, create.across_tenants.is_some());
        let making = Making { entity, back: None, across, caught: otherwise.is_some(), at };
        let mut create = self.creation(scope, &making, create.fields.as_ref(), create.from.as_ref())?;
        create.otherwise = self.own_raise(scope, otherwise)?;
        let slot = scope.slot(self.entities[entity].name.to_lowercase(), Type::Row(entity));
        scope.body.known.insert(slot, create.permit.clone());
        let ours = |target, assign: &Assign| self.is_ours(scope, target, &assign.value);
        create.permit = self.but_its_tenant(entity, create.permit, &create.values, ours);
        scope.body.walked.clear();
        scope.body.block.push(Statement::Create { slot: Some(slot), create });
        Some(Typed { expr: slot_value(slot, Type::Row(entity)), secret: false, at })
    }

    /// A new row of values that are written out, with the rows on its far sides.
    pub(crate) fn creation(
        &mut self,
        scope: &mut Scope,
        making: &Making,
        record: Option<&ast::Record>,
        from: Option<&ast::Expr>,
    ) -> Option<Create> {
        let Making { entity, across, caught, .. } = *making;
        let (mut values, nested) = match record {
            Some(record) => self.assigned_with_rows(scope, entity, record, across)?,
            None => (Vec::new(), Vec::new()),
        };
        if let Some(from) = from {
            self.assigned_from(scope, entity, from, Change::New, across, &mut values)?;
        }
        let given: Vec<Id<Column>> = values.iter().map(|assign| assign.column).chain(making.back).collect();
        self.complete(making, &mut values)?;
        let permit = self.permit(entity, Act::Create, &given, scope.body.doer, across);
        self.may_write(entity, Act::Create, &permit, scope, making.at)?;
        let permit = self.of_one_tenant(scope, entity, permit, &values);
        self.write_faults(scope, entity, (&permit, caught), &values);
        scope.body.effects.creates.insert(entity);
        Some(Create { entity, values, permit, otherwise: None, nested })
    }

    /// `{ email, title: x }` as values for columns.
    pub(crate) fn assigned(
        &mut self,
        scope: &mut Scope,
        entity: Id<Entity>,
        record: &ast::Record,
        across: bool,
    ) -> Option<Vec<Assign>> {
        let entries = self.entries(record)?;
        self.assigned_columns(scope, entity, entries, across)
    }

    /// The members of a record that are columns as values for them.
    pub(crate) fn assigned_columns(
        &mut self,
        scope: &mut Scope,
        entity: Id<Entity>,
        entries: Vec<(ast::Name, Option<&ast::Expr>)>,
        across: bool,
    ) -> Option<Vec<Assign>> {
        let mut values = Vec::new();
        let mut whole = true;
        for (name, value) in entries {
            let Some(column) = self.column_for(entity, &name, across) else {
                whole = false;
                continue;
            };
            let declared = &self.entities[entity].columns[column];
            let (ty, keeps) =
                (declared.ty.clone(), declared.secret || *declared.ty.required() == Type::Password);
            match self.entry_value(scope, &name, value, &ty) {
                Some(value) if self.kept(&value, keeps, &name).is_none() => whole = false,
                Some(value) if self.names_a_row(scope, &value).is_none() => whole = false,
                Some(value) => values.push(Assign::new(column, value.expr)),
                None => whole = false,
            }
        }
        whole.then_some(values)
    }

    /// Adds defaults, the tenant and nulls; reports what is missing.
    pub(crate) fn complete(&mut self, making: &Making, values: &mut Vec<Assign>) -> Option<()> {
        let Making { entity, back, across, at, .. } = *making;
        let mut missing = Vec::new();
        let node = &self.entities[entity];
        for (column, declared) in node.columns.iter() {
            let made = column == node.key && node.numbering != Numbering::Given;
            if made || back == Some(column) || values.iter().any(|assign| assign.column == column) {
                continue;
            }
            let value = if node.tenant == Some(column) {
                (!across).then(|| Expr::new(Node::Context(Context::Tenant), declared.ty.clone()))
            } else if let Some(default) = &declared.default {
                Some(default.clone())
            } else {
                declared.ty.is_optional().then(|| null(declared.ty.clone()))
            };
            match value {
                Some(value) => values.push(Assign::new(column, value)),
                None => missing.push(format!("`{}`", declared.name)),
            }
        }
        if missing.is_empty() {
            return Some(());
        }
        let name = node.name.clone();
        self.error(Code::E0309, at, format!("a new `{name}` needs {}", missing.join(", ")))
    }

    pub(crate) fn own_raise(
        &mut self,
        scope: &mut Scope,
        otherwise: Option<&ast::Expr>,
    ) -> Option<Option<Raise>> {
        match otherwise {
            None => Some(None),
            Some(expr) => self.raise(scope, expr).map(Some),
        }
    }

    /// What can go wrong in a write; with an `else` of its own a broken `unique` is that error.
    pub(crate) fn write_faults(
        &mut self,
        scope: &mut Scope,
        entity: Id<Entity>,
        (permit, caught): (&Expr, bool),
        values: &[Assign],
    ) {
        if !permit.is(true) {
            scope.body.faults.insert(fault::FORBIDDEN);
        }
        let refined = values.iter().any(|assign| matches!(assign.value.node, Node::Refine { .. }));
        let touched = |columns: &[Id<Column>]| values.iter().any(|assign| columns.contains(&assign.column));
        let mut faults = Vec::new();
        let uniques = self.entities[entity].uniques.iter().filter(|unique| touched(&unique.columns));
        for unique in uniques.filter(|_| !caught) {
            faults.push(unique.fault.unwrap_or(fault::INVALID));
        }
        if refined {
            faults.push(fault::INVALID);
        }
        scope.body.faults.extend(faults);
    }

    pub(crate) fn may_write(
        &mut self,
        entity: Id<Entity>,
        act: Act,
        permit: &Expr,
        scope: &Scope,
        at: Span,
    ) -> Option<()> {
        if !permit.is(false) {
            return Some(());
        }
        self.rules_known(entity)?;
        let name = self.entities[entity].name.clone();
        let by = scope.body.doer.and_then(|doer| self.doer_name(doer));
        let by = by.map_or_else(String::new, |name| format!("`{name}` "));
        let report =
            Report::new(Code::E0402, at, format!("no rule of `{name}` lets {by}{} this", act.name()));
        self.report(report.help(format!("add an `allow {} …` to `{name}`", act.name())))
    }

    /// `update row { … }`, `update E where … { … }`
    pub(crate) fn update(
        &mut self,
        scope: &mut Scope,
        update: &ast::Update,
        otherwise: Option<&ast::Expr>,
        at: Span,
    ) -> Option<Typed> {
        self.statement_allowed(scope, at)?;
        match &update.target {
            Target::Row(row) => self.update_row(scope, update, row, otherwise, at),
            Target::Rows(query) => self.update_rows(scope, update, query, otherwise, at),
        }
    }

    fn update_row(
        &mut self,
        scope: &mut Scope,
        update: &ast::Update,
        row: &ast::Expr,
        otherwise: Option<&ast::Expr>,
        at: Span,
    ) -> Option<Typed> {
        let (slot, entity) = self.held_row(scope, row)?;
        let mut values = match &update.fields {
            Some(record) => self.assigned(scope, entity, record, false)?,
            None => Vec::new(),
        };
        if let Some(from) = &update.from {
            self.assigned_from(scope, entity, from, Change::Patch, false, &mut values)?;
        }
        self.narrow_written(scope, entity, row, &values);
        let update = self.updated(scope, entity, values, otherwise, at)?;
        scope.body.known.insert(slot, update.permit.clone());
        scope.body.walked.clear();
        scope.body.block.push(Statement::Update { row: slot, update });
        Some(Typed { expr: slot_value(slot, Type::Row(entity)), secret: false, at })
    }

    pub(crate) fn updated(
        &mut self,
        scope: &mut Scope,
        entity: Id<Entity>,
        mut values: Vec<Assign>,
        otherwise: Option<&ast::Expr>,
        at: Span,
    ) -> Option<Update> {
        let given: Vec<Id<Column>> = values.iter().map(|assign| assign.column).collect();
        let permit = self.permit(entity, Act::Update, &given, scope.body.doer, false);
        self.may_write(entity, Act::Update, &permit, scope, at)?;
        let permit = self.of_one_tenant(scope, entity, permit, &values);
        let again = self.entities[entity].columns.iter().filter(|(id, _)| !given.contains(id));
        let again: Vec<Assign> = again
            .filter_map(|(column, declared)| Some(Assign::new(column, declared.on_update.clone()?)))
            .collect();
        values.extend(again);
        let otherwise = self.own_raise(scope, otherwise)?;
        self.write_faults(scope, entity, (&permit, otherwise.is_some()), &values);
        scope.body.effects.updates.insert(entity);
        Some(Update { entity, values, permit, otherwise })
    }

    /// A written field is null or not as the value written.
    fn narrow_written(&self, scope: &mut Scope, entity: Id<Entity>, row: &ast::Expr, values: &[Assign]) {
        let Some(row) = path_of(row) else { return };
        for assign in values {
            let path = format!("{row}.{}", self.entities[entity].columns[assign.column].name);
            let inside = |narrowed: &str| narrowed.strip_prefix(&path).is_some_and(ends_step);
            scope.narrowed.retain(|narrowed| !inside(narrowed));
            scope.variants.retain(|(narrowed, _)| !inside(narrowed));
            let null = matches!(assign.value.node, Node::Literal(quater_ir::value::Literal::Null));
            if !null && !assign.value.ty.is_optional() {
                scope.narrowed.push(path);
            }
        }
    }

    /// The slot of a row that a name holds.
    fn held_row(&mut self, scope: &mut Scope, row: &ast::Expr) -> Option<(Slot, Id<Entity>)> {
        let value = self.expr(scope, row, None)?;
        match (&value.expr.node, value.ty()) {
            (Node::Slot(slot), Type::Row(entity)) => {
                let key = self.entities[*entity].key;
                scope.touch(&value.expr, key);
                Some((*slot, *entity))
            }
            (_, Type::Optional(inner)) if matches!(**inner, Type::Row(_)) => {
                let report = Report::new(Code::E0303, value.at, "this row may be absent");
                self.report(report.help("give the `find` an `else`, or test the row first"))
            }
            (_, ty) => {
                let message = format!("{} where a row that has a name is needed", self.describe(ty));
                let report = Report::new(Code::E0301, value.at, message);
                self.report(report.help("`let row = find …` first"))
            }
        }
    }

    fn update_rows(
        &mut self,
        scope: &mut Scope,
        update: &ast::Update,
        query: &ast::Query,
        otherwise: Option<&ast::Expr>,
        at: Span,
    ) -> Option<Typed> {
        let entity = self.entity_named(&query.entity)?;
        let (select, known) = self.select(scope, entity, query)?;
        self.many_end(scope, &select, &known, query)?;
        let (row, place) = (scope.row.replace(entity), scope.place);
        (scope.place, scope.seen) = (Place::Rule, true);
        let values = match &update.fields {
            Some(record) => {
                let across = self.all_tenants(scope, entity, query.across_tenants.is_some());
                self.assigned(scope, entity, record, across)
            }
            None => Some(Vec::new()),
        };
        (scope.row, scope.place, scope.seen) = (row, place, false);
        let mut values = values?;
        if let Some(from) = &update.from {
            let across = query.across_tenants.is_some();
            self.assigned_from(scope, entity, from, Change::Patch, across, &mut values)?;
        }
        let values = self.values_seen(scope, entity, values, query)?;
        let partial = self.sight(entity, scope.body.doer, query.across_tenants.is_some()).partial;
        for assign in &values {
            self.tests_readable(entity, &assign.value, &partial, query.at)?;
        }
        let update = self.updated(scope, entity, values, otherwise, at)?;
        let select = joined(select, &update.permit);
        let slot = scope.slot("count", count_type());
        scope.body.walked.clear();
        scope.body.block.push(Statement::UpdateWhere { slot: Some(slot), select, update });
        Some(Typed { expr: slot_value(slot, count_type()), secret: false, at })
    }

    /// `delete row`, `delete E(…)`, `delete E where …`
    pub(crate) fn delete(
        &mut self,
        scope: &mut Scope,
        target: &Target,
        otherwise: Option<&ast::Expr>,
        at: Span,
    ) -> Option<Typed> {
        self.statement_allowed(scope, at)?;
        match target {
            Target::Row(row) => {
                let (slot, entity) = self.held_row(scope, row)?;
                let permit = self.deletable(scope, entity, false, at)?;
                scope.body.walked.clear();
                scope.body.block.push(Statement::Delete { row: slot, entity, permit });
                Some(Typed { expr: null(Type::Null), secret: false, at })
            }
            Target::Rows(query) => {
                let entity = self.entity_named(&query.entity)?;
                let (select, known) = self.select(scope, entity, query)?;
                self.many_end(scope, &select, &known, query)?;
                let permit = self.deletable(scope, entity, query.across_tenants.is_some(), at)?;
                let select = joined(select, &permit);
                let otherwise = self.own_raise(scope, otherwise)?;
                let slot = scope.slot("count", count_type());
                scope.body.walked.clear();
                scope.body.block.push(Statement::DeleteWhere { slot: Some(slot), select, otherwise });
                Some(Typed { expr: slot_value(slot, count_type()), secret: false, at })
            }
        }
    }

    pub(crate) fn deletable(
        &mut self,
        scope: &mut Scope,
        entity: Id<Entity>,
        across: bool,
        at: Span,
    ) -> Option<Expr> {
        let permit = self.permit(entity, Act::Delete, &[], scope.body.doer, across);
        self.may_write(entity, Act::Delete, &permit, scope, at)?;
        if !permit.is(true) {
            scope.body.faults.insert(fault::FORBIDDEN);
        }
        if self.is_held_by_others(entity) {
            scope.body.faults.insert(fault::CONFLICT);
        }
        scope.body.effects.deletes.insert(entity);
        Some(permit)
    }

    /// The Argon2id hash of a text, made before the transaction where it depends on inputs alone.
    pub(crate) fn hashed(&mut self, scope: &mut Scope, text: Expr, to: &Type) -> Expr {
        scope.body.effects.hashes = true;
        let early = scope.place == Place::Body && only_inputs(&text, scope.body.inputs);
        let slot = scope.slot("hash", to.clone());
        let value = Expr::new(Node::Call(Builtin::Hash, vec![text]), to.clone());
        if scope.place != Place::Body {
            return value;
        }
        let statement = Statement::Let { slot, value };
        if early {
            scope.body.prelude.push(statement)
        } else {
            scope.body.block.push(statement)
        }
        slot_value(slot, to.clone())
    }

    /// Verbs stand in bodies alone.
    pub(crate) fn statement_allowed(&mut self, scope: &Scope, at: Span) -> Option<()> {
        if scope.place == Place::Body {
            return Some(());
        }
        let report = Report::new(Code::E0310, at, "a verb can't stand here");
        self.report(
            report.help("rules, defaults, functions and conditions of queries are pure; use `let` in a body"),
        )
    }
}

/// Whether a path ends here, or goes on to something inside.
fn ends_step(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with(['.', '[', ' '])
}

/// What a new row is made for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Making {
    pub(crate) entity: Id<Entity>,
    /// The column that points back to the row it is made with.
    pub(crate) back: Option<Id<Column>>,
    pub(crate) across: bool,
    /// Whether the verb says itself what a broken `unique` is.
    pub(crate) caught: bool,
    pub(crate) at: Span,
}

/// The type of how many rows there are.
pub(crate) fn count_type() -> Type {
    Type::Int(Bounds { min: Some(0), max: None })
}

/// Rows that may be seen and changed.
fn joined(select: Select, permit: &Expr) -> Select {
    let guard = super::guard::all(vec![select.guard, permit.clone()]);
    Select { guard, ..select }
}

/// Whether an expression needs nothing but inputs.
fn only_inputs(expr: &Expr, inputs: u32) -> bool {
    match &expr.node {
        Node::Slot(slot) => slot.0 < inputs,
        Node::Literal(_) | Node::Env(_) => true,
        Node::Convert(inner) | Node::Refine { value: inner, .. } | Node::Member { record: inner, .. } => {
            only_inputs(inner, inputs)
        }
        Node::Call(_, arguments) | Node::Concat(arguments) => {
            arguments.iter().all(|part| only_inputs(part, inputs))
        }
        Node::Column { .. }
        | Node::RowColumn { .. }
        | Node::Context(_)
        | Node::Not(_)
        | Node::Negate(_)
        | Node::And(_)
        | Node::Or(_)
        | Node::Compare(..)
        | Node::In(..)
        | Node::Contains { .. }
        | Node::IsNull(_)
        | Node::Arithmetic(..)
        | Node::Sign { .. }
        | Node::Record(..)
        | Node::List(_)
        | Node::Project { .. }
        | Node::Coalesce(..)
        | Node::Related { .. }
        | Node::Rows(_)
        | Node::Element(_)
        | Node::Fold { .. }
        | Node::Index { .. }
        | Node::Tuple(_)
        | Node::Part { .. }
        | Node::Map(_)
        | Node::MapOf { .. }
        | Node::Variant { .. }
        | Node::Narrow { .. }
        | Node::Patch(_)
        | Node::Match { .. }
        | Node::Has { .. }
        | Node::FilePart { .. }
        | Node::GroupKey
        | Node::Aggregate { .. }
        | Node::If { .. } => false,
    }
}

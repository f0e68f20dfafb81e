//! Statements and verbs of a body.
use super::narrowing::tested;
use super::scope::{Scope, slot_value};
use super::stream::streamed;
use super::truth::known;
use super::{Checker, Typed};
use crate::ast::{self, ExprKind, StatementKind, Verb};
use crate::report::{Code, Report, Span};
use quater_ir::body::{Create, Statement};
use quater_ir::expr::{Expr, Node};
use quater_ir::operation::Reveal;
use quater_ir::types::Type;

/// The most conditions and loops around a step: an `else if` stands in the `if` before it when it runs.
const DEEPEST_STEP: u32 = 100;

impl Checker<'_> {
    /// The statements of a block, in order.
    pub(crate) fn block(&mut self, scope: &mut Scope, block: &ast::Block) {
        for statement in &block.statements {
            self.telling.unsaid.statement |= self.statement(scope, statement).is_none();
            scope.mark(statement.at);
        }
    }

    fn statement(&mut self, scope: &mut Scope, statement: &ast::Statement) -> Option<()> {
        let at = statement.at;
        match &statement.kind {
            StatementKind::Let { name, value } => self.let_statement(scope, name, value),
            StatementKind::Require { condition, otherwise } => {
                let held = self.condition(scope, condition);
                let raise = self.raise(scope, otherwise);
                tested(condition, true, &mut scope.narrowed);
                let statement = Statement::Require { condition: held?.expr, otherwise: raise? };
                scope.body.block.push(statement);
                Some(())
            }
            StatementKind::If { branches, otherwise } => {
                self.if_statement(scope, branches, otherwise.as_ref())
            }
            StatementKind::For { element, list, body } => self.for_statement(scope, element, list, body),
            StatementKind::Return(value) => self.return_statement(scope, value.as_ref(), at),
            StatementKind::Do(expr) => self.do_statement(scope, expr),
            StatementKind::Stray => None,
        }
    }

    /// A new name that hides no other.
    pub(crate) fn fresh(&mut self, scope: &Scope, name: &ast::Name) {
        if name.is_hole() {
            return;
        }
        if scope.local(&name.text).is_some() {
            let report =
                Report::new(Code::E0202, name.at, format!("`{}` has a meaning here already", name.text));
            self.sink.push(report.help("choose another name"));
        }
    }

    fn let_statement(&mut self, scope: &mut Scope, name: &ast::Name, value: &ast::Expr) -> Option<()> {
        self.fresh(scope, name);
        let made_here = is_verb(value);
        let Some(value) = self.expr(scope, value, None) else {
            scope.unknown(&name.text);
            return None;
        };
        if made_here && *value.ty() == Type::Null {
            scope.unknown(&name.text);
            return self.error(Code::E0313, value.at, "this verb gives nothing that could have a name");
        }
        let slot = if let (Node::Slot(slot), true) = (&value.expr.node, made_here) {
            if let Some(info) = scope.body.slots.get_mut(slot.0 as usize) {
                info.name = name.text.clone();
            }
            *slot
        } else {
            let slot = scope.slot(name.text.clone(), value.ty().clone());
            self.touch_whole(scope, &value.expr);
            scope.body.block.push(Statement::Let { slot, value: known(value.expr.clone()) });
            slot
        };
        self.note_local(name, &value.expr.ty);
        scope.bind_at(name, slot_value(slot, value.expr.ty), value.secret);
        if let Some(Statement::Create { create, .. }) = scope.body.block.last() {
            let present = self.present(create, &name.text);
            scope.narrowed.extend(present);
        }
        Some(())
    }

    /// Fields of a new row that have got a value, as paths.
    fn present(&self, create: &Create, row: &str) -> Vec<String> {
        let columns = &self.entities[create.entity].columns;
        let given = create.values.iter().filter(|assign| !assign.value.ty.is_optional());
        given.map(|assign| format!("{row}.{}", columns[assign.column].name)).collect()
    }

    /// A row that gets a second name is read with all its columns.
    pub(crate) fn touch_whole(&self, scope: &mut Scope, value: &Expr) {
        if let Type::Row(entity) = value.ty.required() {
            for column in self.entities[*entity].columns.ids() {
                scope.touch(value, column);
            }
        }
    }

    fn if_statement(
        &mut self,
        scope: &mut Scope,
        branches: &[ast::IfBranch],
        otherwise: Option<&ast::Block>,
    ) -> Option<()> {
        let [branch, rest @ ..] = branches else {
            if let Some(block) = otherwise {
                self.block(scope, block);
            }
            return Some(());
        };
        if scope.body.depth >= DEEPEST_STEP {
            let message = format!("more than {DEEPEST_STEP} conditions and loops stand before this");
            let report = Report::new(Code::E0109, branch.condition.at, message);
            return self.report(report.help("a `match` asks for one of many values; or look it up in rows"));
        }
        let condition = self.condition(scope, &branch.condition);
        let ((), then) = scope.nested(|scope| {
            tested(&branch.condition, true, &mut scope.narrowed);
            self.block(scope, &branch.body);
        });
        let (_, other) = scope.nested(|scope| {
            tested(&branch.condition, false, &mut scope.narrowed);
            self.if_statement(scope, rest, otherwise)
        });
        if ends(&then) {
            tested(&branch.condition, false, &mut scope.narrowed);
        }
        scope.body.block.push(Statement::If { condition: condition?.expr, then, otherwise: other });
        Some(())
    }

    fn for_statement(
        &mut self,
        scope: &mut Scope,
        element: &ast::Name,
        list: &ast::Expr,
        body: &ast::Block,
    ) -> Option<()> {
        if let Some(batched) = super::batch::batched(list) {
            return self.batch_loop(scope, element, batched, body);
        }
        self.fresh(scope, element);
        let list = self.expr(scope, list, None);
        let of = match list.as_ref().map(Typed::ty) {
            Some(Type::List(of, _)) => Some((**of).clone()),
            Some(other) => {
                let message = format!("`for` goes through a list, not {}", self.describe(other));
                let at = list.as_ref().map_or(element.at, |list| list.at);
                self.error(Code::E0301, at, message)
            }
            None => None,
        };
        let slot = of.as_ref().map(|of| scope.slot(element.text.clone(), of.clone()));
        if let (Some(slot), Some(Type::Row(entity)), Some(list)) = (slot, &of, &list) {
            scope.body.partly.insert(slot, (*entity, list.at));
            if let Node::Slot(rows) = list.expr.node
                && let Some(known) = scope.body.known.get(&rows).cloned()
            {
                scope.body.known.insert(slot, known);
            }
        }
        let secret = list.as_ref().is_some_and(|list| list.secret);
        let ((), block) = scope.nested(|scope| {
            // A later round may come after what an earlier one wrote.
            scope.body.walked.clear();
            match (slot, of) {
                (Some(slot), Some(of)) => {
                    self.note_local(element, &of);
                    scope.bind_at(element, slot_value(slot, of), secret);
                }
                _ => scope.unknown(&element.text),
            }
            self.block(scope, body);
        });
        scope.body.block.push(Statement::For { slot: slot?, list: list?.expr, block });
        Some(())
    }

    fn return_statement(&mut self, scope: &mut Scope, value: Option<&ast::Expr>, at: Span) -> Option<()> {
        let output = scope.body.output.clone();
        if scope.body.output_broken {
            if let Some(value) = value {
                self.expr(scope, value, None)?;
            }
            scope.body.block.push(Statement::Return(None));
            return None;
        }
        let value = match (value, output) {
            (None, None) => None,
            (Some(value), Some(ty)) => {
                scope.body.streamed = streamed(value, &ty);
                let returned = self.expect(scope, value, &ty, "");
                if returned.is_none() {
                    scope.body.block.push(Statement::Return(None));
                }
                let returned = returned?;
                self.not_secret(&returned)?;
                Some(returned.expr)
            }
            (Some(value), None) => {
                if self.names.notes.asked() {
                    // Who writes it says what it gives when it is written; meanwhile its names have meanings.
                    self.quietly(|checker| checker.expr(scope, value, None));
                }
                let report = Report::new(Code::E0313, value.at, "this operation gives nothing");
                return self.report(report.help("say what it gives: `operation name(…) -> Type { … }`"));
            }
            (None, Some(ty)) => {
                let message = format!("this operation gives {}", self.describe(&ty));
                return self.error(Code::E0313, at, message);
            }
        };
        scope.body.block.push(Statement::Return(value));
        Some(())
    }

    /// A verb or a `match` for its effect.
    pub(crate) fn do_statement(&mut self, scope: &mut Scope, expr: &ast::Expr) -> Option<()> {
        if matches!(expr.kind, ExprKind::Hole) {
            return None;
        }
        if !is_verb(expr) {
            if let ExprKind::Match(matching) = &expr.kind {
                return self.match_statement(scope, matching);
            }
            let report = Report::new(Code::E0310, expr.at, "a value alone does nothing");
            return self.report(report.help("write `let name = …`, or `return …`"));
        }
        self.expr(scope, expr, None)?;
        if let Some(
            Statement::Create { slot, .. }
            | Statement::UpdateWhere { slot, .. }
            | Statement::DeleteWhere { slot, .. }
            | Statement::Request { slot, .. }
            | Statement::Upsert { slot, .. }
            | Statement::Call { slot, .. },
        ) = scope.body.block.last_mut()
        {
            *slot = None;
        }
        Some(())
    }

    /// `reveal x "reason"`
    fn reveal(
        &mut self,
        scope: &mut Scope,
        value: &ast::Expr,
        reason: &ast::Text,
        expected: Option<&Type>,
        at: Span,
    ) -> Option<Typed> {
        let why = self.plain(reason)?.trim().to_owned();
        let what = self.sources.text(value.at).to_owned();
        let value = self.expr(scope, value, expected)?;
        scope.body.reveals.push(Reveal { what, reason: why });
        Some(Typed { secret: false, at, ..value })
    }

    /// A verb, with its own `else`.
    pub(crate) fn verb(
        &mut self,
        scope: &mut Scope,
        verb: &Verb,
        otherwise: Option<&ast::Expr>,
        expected: Option<&Type>,
        at: Span,
    ) -> Option<Typed> {
        let no_else = |checker: &mut Self| match otherwise {
            Some(expr) => {
                checker.error::<()>(Code::E0310, expr.at, "this verb can't fail, so `else` can't happen")
            }
            None => Some(()),
        };
        match verb {
            Verb::Find(query) => self.found(scope, query, otherwise, expected),
            Verb::List(query) => {
                no_else(self)?;
                let rows = self.list_rows(scope, query, expected)?;
                self.has_index(scope, query.at);
                Some(rows)
            }
            Verb::Exists(query) => {
                no_else(self)?;
                let found = self.exists(scope, query)?;
                self.has_index(scope, query.at);
                Some(found)
            }
            Verb::Aggregate { kind, query } => {
                let value = self.aggregate(scope, *kind, query)?;
                self.has_index(scope, query.at);
                match otherwise.filter(|_| value.ty().is_optional()) {
                    Some(fallback) => self.value_or(scope, value, fallback, at),
                    None => no_else(self).map(|()| value),
                }
            }
            Verb::Create(create) => self.create(scope, create, otherwise, at),
            Verb::Update(update) => {
                let updated = self.update(scope, update, otherwise, at)?;
                self.has_index(scope, at);
                Some(updated)
            }
            Verb::Delete(target) => {
                let deleted = self.delete(scope, target, otherwise, at)?;
                self.has_index(scope, at);
                Some(deleted)
            }
            Verb::Reveal { value, reason } => {
                no_else(self)?;
                self.reveal(scope, value, reason, expected, at)
            }
            Verb::Upsert(upsert) => self.upsert(scope, upsert, otherwise, at),
            Verb::Call(call) => self.called(scope, call, otherwise, at),
            Verb::Read(file) => self.read_file(scope, file, otherwise, at),
            Verb::Enqueue(_) | Verb::Emit(_) | Verb::Send { .. } | Verb::Link { .. } | Verb::Progress(_) => {
                no_else(self)?;
                self.outward(scope, verb, at)
            }
        }
    }
}

/// Whether a value comes from a verb, and so has a slot of its own.
fn is_verb(expr: &ast::Expr) -> bool {
    if let ExprKind::Else { value, .. } = &expr.kind {
        return is_verb(value);
    }
    matches!(&expr.kind, ExprKind::Verb(verb) if !matches!(**verb, Verb::Reveal { .. }))
}

/// Whether a block never goes on behind its end.
pub(crate) fn ends(block: &[Statement]) -> bool {
    match block.last() {
        Some(Statement::Return(_)) => true,
        Some(choice @ (Statement::If { .. } | Statement::Match { .. })) => {
            choice.blocks().into_iter().all(ends)
        }
        Some(_) | None => false,
    }
}

//! `impl rust` with its `effects` and `fails`: a body that is written elsewhere, and all it may touch.
use super::Checker;
use super::rule::Act;
use super::scope::Scope;
use crate::ast::{self, ClauseKind, EffectKind};
use crate::report::{Code, Report, Span};
use crate::resolve::Meaning;
use quater_ir::Id;
use quater_ir::entity::Entity;
use quater_ir::fault::{Fault, UNAVAILABLE};
use quater_ir::native::{Grant, RustBody};
use quater_ir::resource::Resource;

impl Checker<'_> {
    /// The body in Rust of something with these lines, where it has one; its effects and errors are
    /// those of the body at hand.
    pub(crate) fn rust_body(
        &mut self,
        scope: &mut Scope,
        clauses: &[ast::Clause],
        body: &ast::Block,
    ) -> Option<RustBody> {
        let found = clauses.iter().find_map(|clause| {
            if let ClauseKind::ImplRust { progress, log } = clause.kind {
                Some((progress, log, clause.at))
            } else {
                None
            }
        });
        let Some((progress, log, at)) = found else {
            self.without_rust(clauses);
            return None;
        };
        if let Some(first) = body.statements.first() {
            let report =
                Report::new(Code::E0516, first.at, "the body is in Rust, so nothing of it stands here");
            self.sink.push(report.label(at, "said here"));
        }
        if !clauses.iter().any(|clause| matches!(clause.kind, ClauseKind::Effects(_))) {
            let report = Report::new(Code::E0516, at, "a body in Rust says what it may touch");
            self.sink.push(
                report.help(
                    "add a line such as `effects read Product, update Product(price)`, or `effects none`",
                ),
            );
        }
        scope.body.effects.progress |= progress;
        let mut rust = RustBody {
            progress,
            grants: Vec::new(),
            fails: Vec::new(),
            rows: Vec::new(),
            verbs: Vec::new(),
            calls: Vec::new(),
            requests: Vec::new(),
            asks: Vec::new(),
            log,
        };
        let mut grants = Vec::new();
        for clause in clauses {
            if let ClauseKind::Effects(effects) = &clause.kind {
                for effect in effects {
                    self.rust_effect(scope, effect, (&mut grants, &mut rust));
                }
            }
            if let ClauseKind::Fails(names) = &clause.kind {
                rust.fails.extend(names.iter().filter_map(|name| self.rust_fault(scope, name)));
            }
        }
        rust.rows = self.native_rows(scope);
        rust.verbs = self.rust_verbs(scope, &grants);
        rust.grants = grants.into_iter().map(|(grant, _)| grant).collect();
        Some(rust)
    }

    /// Effects and errors of a body that is read here are found out, not said.
    fn without_rust(&mut self, clauses: &[ast::Clause]) {
        for clause in clauses {
            let word = if matches!(clause.kind, ClauseKind::Effects(_)) {
                "effects"
            } else if matches!(clause.kind, ClauseKind::Fails(_)) {
                "fails"
            } else {
                continue;
            };
            let message = format!("`{word}` is said of a body in Rust; of this one it is known");
            let report = Report::new(Code::E0516, clause.at, message);
            self.sink.push(report.help("take the line out, or add `impl rust`"));
        }
    }

    fn rust_fault(&mut self, scope: &mut Scope, name: &ast::Name) -> Option<Id<Fault>> {
        match self.names.get(name) {
            Some(Meaning::Fault(id)) => {
                scope.body.faults.insert(id);
                Some(id)
            }
            Some(Meaning::Unknown) => None,
            _ if name.is_hole() => None,
            _ => self.unknown_fault(name),
        }
    }

    fn rust_effect(
        &mut self,
        scope: &mut Scope,
        effect: &ast::Effect,
        (grants, rust): (&mut Vec<(Grant, Span)>, &mut RustBody),
    ) -> Option<()> {
        let acts: &[Act] = match effect.kind {
            EffectKind::Read => &[Act::Read],
            EffectKind::Create => &[Act::Create],
            EffectKind::Update => &[Act::Update],
            EffectKind::Delete => &[Act::Delete],
            EffectKind::Write => &[Act::Create, Act::Update, Act::Delete],
            EffectKind::Call | EffectKind::Enqueue | EffectKind::Emit | EffectKind::Send => {
                return self.rust_outside(scope, effect, rust);
            }
            EffectKind::Ask => {
                let ask = self.rust_ask(scope, effect)?;
                if !rust.asks.contains(&ask) {
                    rust.asks.push(ask);
                }
                return Some(());
            }
        };
        let entity = self.rust_entity(&effect.target)?;
        let names: Vec<&ast::Name> = effect.columns.iter().collect();
        let columns = self.column_list(entity, &names)?;
        for act in acts {
            self.may_touch(scope, entity, *act, &columns, effect.at)?;
            grants.push((Grant { act: *act, entity, columns: columns.clone() }, effect.at));
            let effects = &mut scope.body.effects;
            let set = match act {
                Act::Read => &mut effects.reads,
                Act::Create => &mut effects.creates,
                Act::Update => &mut effects.updates,
                Act::Delete => &mut effects.deletes,
            };
            set.insert(entity);
        }
        Some(())
    }

    fn may_touch(
        &mut self,
        scope: &Scope,
        entity: Id<Entity>,
        act: Act,
        columns: &[Id<quater_ir::entity::Column>],
        at: Span,
    ) -> Option<()> {
        let doer = scope.body.doer;
        if act == Act::Read {
            let sight = self.sight(entity, doer, false).rows;
            return self.may_read(entity, &sight, scope, at);
        }
        let permit = self.permit(entity, act, columns, doer, false);
        self.may_write(entity, act, &permit, scope, at)
    }

    fn rust_entity(&mut self, target: &ast::Path) -> Option<Id<Entity>> {
        let name = target.names.first()?;
        match (self.names.get(name), target.single()) {
            (Some(Meaning::Entity(id)), Some(_)) => Some(id),
            (Some(Meaning::Unknown), _) => None,
            _ if name.is_hole() => None,
            _ => self.no_such(name, "entity", |meaning| matches!(meaning, Meaning::Entity(_))),
        }
    }

    fn no_such<T>(&mut self, name: &ast::Name, kind: &str, pick: fn(Meaning) -> bool) -> Option<T> {
        let names = self.names;
        let message = format!("there is no {kind} `{}`", name.text);
        self.unknown(Code::E0201, name, message, names.all(pick))
    }

    /// What lies beyond rows: upstreams, operations, jobs, channels, mail.
    fn rust_outside(&mut self, scope: &mut Scope, effect: &ast::Effect, rust: &mut RustBody) -> Option<()> {
        if let Some(column) = effect.columns.first() {
            return self.error(Code::E0516, column.at, "only rows have columns");
        }
        let name = effect.target.names.first()?;
        let meaning = self.names.get(name);
        if name.is_hole() || meaning == Some(Meaning::Unknown) {
            return None;
        }
        match (effect.kind, meaning, effect.target.names.as_slice()) {
            (EffectKind::Call, Some(Meaning::Operation(id)), [_]) => {
                self.callee(id, name, effect.at)?;
                self.calls(scope, id, true);
                if !rust.calls.contains(&id) {
                    rust.calls.push(id);
                }
                Some(())
            }
            (EffectKind::Call, None, [_]) => self.nothing_to_call(name),
            (EffectKind::Call, _, [_, call]) => self.rust_request(scope, (name, call), rust),
            (EffectKind::Enqueue, Some(Meaning::Job(id)), [_]) => {
                scope.body.effects.enqueues.insert(id);
                Some(())
            }
            (EffectKind::Emit, Some(Meaning::Channel(id)), [_]) => {
                scope.body.effects.emits.insert(id);
                Some(())
            }
            (EffectKind::Send, Some(Meaning::Resource(id)), [_]) if self.is_mail(id) => {
                scope.body.effects.mails.insert(id);
                Some(())
            }
            (EffectKind::Enqueue, _, _) => {
                self.no_such(name, "job", |meaning| matches!(meaning, Meaning::Job(_)))
            }
            (EffectKind::Emit, _, _) => {
                self.no_such(name, "channel", |meaning| matches!(meaning, Meaning::Channel(_)))
            }
            (EffectKind::Send, _, _) => {
                self.no_such(name, "mail resource", |meaning| matches!(meaning, Meaning::Resource(_)))
            }
            (_, _, _) => {
                let report = Report::new(Code::E0201, effect.at, "there is no such call");
                self.report(report.help("name an operation, or a resource and its call: `call pay.charge`"))
            }
        }
    }

    /// A name of neither an operation nor an upstream.
    fn nothing_to_call<T>(&mut self, name: &ast::Name) -> Option<T> {
        let names = self.names;
        let http = |id: Id<Resource>| {
            names.resources.get(id.index()).is_some_and(|it| it.kind == ast::ResourceKind::Http)
        };
        let callable = |meaning| {
            matches!(meaning, Meaning::Operation(_)) || matches!(meaning, Meaning::Resource(id) if http(id))
        };
        let message = format!("there is no operation `{}`", name.text);
        self.unknown(Code::E0201, name, message, names.all(callable))
    }

    fn is_mail(&self, id: Id<Resource>) -> bool {
        let declared = self.names.resources.get(id.index());
        declared.is_some_and(|resource| resource.kind == ast::ResourceKind::Mail)
    }

    /// A call of an upstream; where the body makes nothing of one that fails, it is `Unavailable`.
    fn rust_request(
        &mut self,
        scope: &mut Scope,
        path: (&ast::Name, &ast::Name),
        rust: &mut RustBody,
    ) -> Option<()> {
        let found = self.upstream_named(path)?;
        scope.body.effects.requests.insert(found);
        scope.body.faults.insert(UNAVAILABLE);
        if !rust.requests.contains(&found) {
            rust.requests.push(found);
        }
        Some(())
    }
}

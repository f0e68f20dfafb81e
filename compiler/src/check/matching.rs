//! `match x { … }`, as a step and as a value.
use super::join::join;
use super::literal::misfit;
use super::narrowing::path_of;
use super::scope::{Place, Scope, slot_value};
use super::statement::ends;
use super::truth::known;
use super::{Checker, Typed};
use crate::ast::{self, ArmBody, Literal as Written, PatternKind};
use crate::report::{Code, Report, Span};
use quater_ir::body::{Arm, Statement};
use quater_ir::expr::{Expr, Node, Pattern};
use quater_ir::types::Type;
use quater_ir::value::Literal;
use smol_str::{SmolStr, ToSmolStr};

/// What a `match` looks at, and what its arms have said so far.
struct Subject {
    value: Typed,
    path: Option<String>,
    seen: Vec<Pattern>,
    /// Whether `else` stood.
    rest: bool,
}

/// What one arm asks for.
enum Asks {
    These(Vec<Pattern>),
    Rest,
}

/// What an arm of a `match` that is a value comes to.
enum Comes {
    To(Typed),
    /// The arm ends the body.
    End,
}

/// An arm that was understood, with the steps that stand before its value.
struct Choice {
    asks: Asks,
    comes: Comes,
    block: Vec<Statement>,
}

const NULL: Pattern = Pattern::Literal(Literal::Null);

impl Checker<'_> {
    /// `match x { … }` for its effect.
    pub(crate) fn match_statement(&mut self, scope: &mut Scope, matching: &ast::Matching) -> Option<()> {
        let mut subject = self.subject(scope, &matching.subject);
        let (mut arms, mut otherwise, mut whole) = (Vec::new(), None, true);
        let mut absent_ends = false;
        for arm in &matching.arms {
            let asks = subject.as_mut().and_then(|subject| self.asks(subject, arm));
            let ((), block) = scope.nested(|scope| {
                knows(scope, subject.as_ref(), asks.as_ref());
                match &arm.body {
                    ArmBody::Value(value) => _ = self.do_statement(scope, value),
                    ArmBody::Block(block) => self.block(scope, block),
                }
            });
            match asks {
                Some(Asks::These(patterns)) => {
                    absent_ends |= patterns.contains(&NULL) && ends(&block);
                    arms.push(Arm { patterns, block });
                }
                Some(Asks::Rest) => otherwise = Some(block),
                None => whole = false,
            }
        }
        let subject = subject.filter(|_| whole)?;
        self.exhaustive(&subject, &matching.subject)?;
        if absent_ends {
            scope.narrowed.extend(subject.path);
        }
        scope.body.block.push(Statement::Match { subject: subject.value.expr, arms, otherwise });
        Some(())
    }

    /// `match x { … }` as a value: where an arm has steps before its value, it becomes steps itself.
    pub(crate) fn match_value(
        &mut self,
        scope: &mut Scope,
        matching: &ast::Matching,
        expected: Option<&Type>,
        at: Span,
    ) -> Option<Typed> {
        let mut subject = self.subject(scope, &matching.subject);
        let mut choices = Vec::new();
        for arm in &matching.arms {
            let asks = subject.as_mut().and_then(|subject| self.asks(subject, arm));
            let (comes, block) = scope.nested(|scope| {
                knows(scope, subject.as_ref(), asks.as_ref());
                self.arm_value(scope, &arm.body, expected, arm.at)
            });
            choices.push(asks.zip(comes).map(|(asks, comes)| Choice { asks, comes, block }));
        }
        let subject = subject?;
        let choices: Vec<Choice> = choices.into_iter().collect::<Option<_>>()?;
        self.exhaustive(&subject, &matching.subject)?;
        let (choices, ty) = self.one_type(scope, choices, expected)?;
        let values = choices.iter().filter_map(|choice| choice.comes.value());
        let secret = subject.value.secret || values.into_iter().any(|value| value.secret);
        let steps = choices.iter().any(|choice| !choice.block.is_empty() || choice.comes.value().is_none());
        let expr = if steps {
            self.statement_allowed(scope, at)?;
            by_steps(scope, subject.value.expr, choices, ty)
        } else {
            by_value(subject.value.expr, choices, ty)
        };
        Some(Typed { expr, secret, at })
    }

    fn subject(&mut self, scope: &mut Scope, ast: &ast::Expr) -> Option<Subject> {
        let value = self.expr(scope, ast, None)?;
        let kind = value.ty().required();
        let fits = matches!(
            kind,
            Type::Enum(_)
                | Type::Union(_)
                | Type::Bool
                | Type::Int(_)
                | Type::Text(_)
                | Type::Email
                | Type::Url
        );
        if !fits {
            let message = format!("`match` can't look at {}", self.describe(value.ty()));
            let report = Report::new(Code::E0301, value.at, message);
            return self
                .report(report.help(
                    "it looks at enums, unions, truth values, whole numbers and texts, perhaps absent",
                ));
        }
        let path = path_of(ast);
        Some(Subject { value, path, seen: Vec::new(), rest: false })
    }

    /// What an arm asks for, each of it for the first time.
    fn asks(&mut self, subject: &mut Subject, arm: &ast::MatchArm) -> Option<Asks> {
        let mut patterns = Vec::new();
        let mut whole = !arm.patterns.is_empty();
        for pattern in &arm.patterns {
            if subject.rest {
                return self.unreachable(pattern.at, "nothing gets past the `else` above");
            }
            if pattern.kind == PatternKind::Else {
                return self.asks_the_rest(subject, arm, pattern.at);
            }
            let Some(found) = self.arm_pattern(subject, pattern) else {
                whole = false;
                continue;
            };
            if subject.seen.contains(&found) {
                whole = false;
                self.unreachable::<()>(pattern.at, "this has an arm already");
                continue;
            }
            subject.seen.push(found.clone());
            patterns.push(found);
        }
        whole.then_some(Asks::These(patterns))
    }

    fn asks_the_rest(&mut self, subject: &mut Subject, arm: &ast::MatchArm, at: Span) -> Option<Asks> {
        if arm.patterns.len() > 1 {
            return self.error(Code::E0310, at, "`else` stands alone in its arm");
        }
        if self.missing(subject).is_some_and(|missing| missing.is_empty()) {
            return self.unreachable(at, "every case has an arm already, so `else` can't happen");
        }
        subject.rest = true;
        Some(Asks::Rest)
    }

    fn unreachable<T>(&mut self, at: Span, why: &str) -> Option<T> {
        self.error(Code::E0316, at, why)
    }

    fn arm_pattern(&mut self, subject: &Subject, pattern: &ast::Pattern) -> Option<Pattern> {
        let ty = subject.value.ty();
        if pattern.kind == PatternKind::Literal(Written::Null) {
            if ty.is_optional() {
                return Some(NULL);
            }
            let message = format!("{} is never absent, so `null` can't happen", self.describe(ty));
            return self.unreachable(pattern.at, &message);
        }
        let ty = ty.required().clone();
        let literal = match (&pattern.kind, &ty) {
            (PatternKind::Name(name), _) if name.is_hole() => return None,
            (PatternKind::Name(name), Type::Enum(id)) => {
                let members = self.enums[*id].members.clone();
                self.note_value(*id, name);
                if !members.contains(&name.text) {
                    let of = format!("`{}`", self.enums[*id].name);
                    return self.no_member(&of, name, members.iter().map(SmolStr::as_str));
                }
                Literal::Text(name.text.clone())
            }
            (PatternKind::Name(name), Type::Union(id)) => {
                return self.member_of_union(*id, name).map(Pattern::Variant);
            }
            (PatternKind::Literal(Written::Bool(truth)), Type::Bool) => Literal::Bool(*truth),
            (PatternKind::Literal(Written::Int(number)), Type::Int(_)) => Literal::Int(*number),
            (PatternKind::Text(text), Type::Text(_) | Type::Email | Type::Url) => {
                Literal::Text(self.plain(text)?.into())
            }
            (
                PatternKind::Name(_) | PatternKind::Literal(_) | PatternKind::Text(_) | PatternKind::Else,
                _,
            ) => {
                let message = format!("an arm for {} can't ask for this", self.describe(&ty));
                return self.error(Code::E0301, pattern.at, message);
            }
        };
        let value = Expr::new(Node::Literal(literal.clone()), ty.clone());
        match misfit(&value, &ty) {
            Some(why) => self.unreachable(pattern.at, &format!("this can't happen: {why}")),
            None => Some(Pattern::Literal(literal)),
        }
    }

    /// The position of a member by its name.
    fn member_of_union(
        &mut self,
        id: quater_ir::Id<quater_ir::types::Union>,
        name: &ast::Name,
    ) -> Option<u32> {
        let members: Vec<SmolStr> =
            self.unions[id].members.iter().map(|member| member.name.clone()).collect();
        match members.iter().position(|member| *member == name.text) {
            Some(at) => u32::try_from(at).ok(),
            None => {
                let of =
                    self.unions[id].name.as_ref().map_or("this union".to_owned(), |it| format!("`{it}`"));
                self.no_member(&of, name, members.iter().map(SmolStr::as_str))
            }
        }
    }

    /// The cases without an arm; nothing where they cannot be counted.
    fn missing(&self, subject: &Subject) -> Option<Vec<SmolStr>> {
        let ty = subject.value.ty();
        let named = |name: &SmolStr| Pattern::Literal(Literal::Text(name.clone()));
        let mut cases: Vec<(Pattern, SmolStr)> = if *ty.required() == Type::Bool {
            [true, false].map(|truth| (Pattern::Literal(Literal::Bool(truth)), truth.to_smolstr())).into()
        } else if let Type::Enum(id) = ty.required() {
            self.enums[*id].members.iter().map(|name| (named(name), name.clone())).collect()
        } else if let Type::Union(id) = ty.required() {
            let members = (0..).map(Pattern::Variant).zip(&self.unions[*id].members);
            members.map(|(pattern, member)| (pattern, member.name.clone())).collect()
        } else {
            return None;
        };
        if ty.is_optional() {
            cases.push((NULL, SmolStr::new_static("null")));
        }
        cases.retain(|(pattern, _)| !subject.seen.contains(pattern));
        Some(cases.into_iter().map(|(_, name)| name).collect())
    }

    fn exhaustive(&mut self, subject: &Subject, ast: &ast::Expr) -> Option<()> {
        if subject.rest {
            return Some(());
        }
        let message = match self.missing(subject) {
            Some(missing) if missing.is_empty() => return Some(()),
            Some(missing) => {
                let names: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
                format!("this has no arm for {}", names.join(", "))
            }
            None => format!("{} has more values than there are arms", self.describe(subject.value.ty())),
        };
        let report = Report::new(Code::E0315, ast.at, message);
        self.report(report.help("add what is missing, or `else => …` for all that is left"))
    }

    fn arm_value(
        &mut self,
        scope: &mut Scope,
        body: &ArmBody,
        expected: Option<&Type>,
        at: Span,
    ) -> Option<Comes> {
        let block = match body {
            ArmBody::Value(value) => {
                let value = self.expr(scope, value, expected)?;
                self.touch_whole(scope, &value.expr);
                return Some(Comes::To(value));
            }
            ArmBody::Block(block) => block,
        };
        if scope.place != Place::Body {
            return self.error(Code::E0310, at, "an arm gives a value here: steps can't stand here");
        }
        self.block(scope, block);
        if ends(&scope.body.block) {
            return Some(Comes::End);
        }
        let report = Report::new(Code::E0313, at, "this arm neither gives a value nor ends the body");
        self.report(report.help("write the value alone, or end the block with `return …`"))
    }

    /// Brings what the arms come to to one type.
    fn one_type(
        &mut self,
        scope: &mut Scope,
        choices: Vec<Choice>,
        expected: Option<&Type>,
    ) -> Option<(Vec<Choice>, Type)> {
        let mut values = choices.iter().filter_map(|choice| choice.comes.value());
        let first = values.next()?;
        let joined = values.try_fold(first.ty().clone(), |ty, value| join(&ty, value.ty()).ok_or(value));
        let ty = match (joined, expected) {
            (Ok(ty), _) => ty,
            (Err(_), Some(expected)) => expected.clone(),
            (Err(other), None) => {
                let message = format!(
                    "{} where an arm above gives {}",
                    self.describe(other.ty()),
                    self.describe(first.ty())
                );
                return self.error(Code::E0301, other.at, message);
            }
        };
        let fitted = choices.into_iter().map(|choice| {
            let comes = match choice.comes {
                Comes::To(value) => Comes::To(self.coerce(scope, value, &ty, "")?),
                Comes::End => Comes::End,
            };
            Some(Choice { comes, ..choice })
        });
        let fitted = fitted.collect::<Vec<_>>().into_iter().collect::<Option<Vec<_>>>()?;
        Some((fitted, ty))
    }
}

impl Comes {
    const fn value(&self) -> Option<&Typed> {
        match self {
            Self::To(value) => Some(value),
            Self::End => None,
        }
    }
}

/// What holds of the subject's path inside an arm.
fn knows(scope: &mut Scope, subject: Option<&Subject>, asks: Option<&Asks>) {
    let Some(Subject { path: Some(path), seen, .. }) = subject else { return };
    let present = match asks {
        Some(Asks::These(patterns)) => !patterns.contains(&NULL),
        Some(Asks::Rest) => seen.contains(&NULL),
        None => false,
    };
    if present {
        scope.narrowed.push(path.clone());
    }
    if let Some(Asks::These(patterns)) = asks
        && let [Pattern::Variant(member)] = patterns.as_slice()
    {
        scope.variants.push((path.clone(), *member));
    }
}

/// A value of pure arms.
fn by_value(subject: Expr, choices: Vec<Choice>, ty: Type) -> Expr {
    let (mut arms, mut otherwise) = (Vec::new(), None);
    for Choice { asks, comes, .. } in choices {
        let Comes::To(value) = comes else { continue };
        match asks {
            Asks::These(patterns) => arms.push((patterns, value.expr)),
            Asks::Rest => otherwise = Some(Box::new(value.expr)),
        }
    }
    Expr::new(Node::Match { subject: Box::new(subject), arms, otherwise }, ty)
}

/// A slot that each arm gives its value to.
fn by_steps(scope: &mut Scope, subject: Expr, choices: Vec<Choice>, ty: Type) -> Expr {
    let slot = scope.slot("match", ty.clone());
    let (mut arms, mut otherwise) = (Vec::new(), None);
    for Choice { asks, comes, mut block } in choices {
        if let Comes::To(value) = comes {
            block.push(Statement::Let { slot, value: known(value.expr) });
        }
        match asks {
            Asks::These(patterns) => arms.push(Arm { patterns, block }),
            Asks::Rest => otherwise = Some(block),
        }
    }
    scope.body.block.push(Statement::Match { subject, arms, otherwise });
    slot_value(slot, ty)
}

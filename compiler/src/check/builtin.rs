//! Types of the builtin functions.
use super::coerce::same_kind;
use super::expr::unrefined;
use super::scope::Scope;
use super::{Checker, Typed, counted};
use crate::ast::{self, ArgumentKind, EntryKind, ExprKind};
use crate::report::{Code, Report};
use crate::resolve::Meaning;
use quater_ir::auth::{JwtKey, Proof};
use quater_ir::builtin::Builtin;
use quater_ir::expr::{Expr, Node};
use quater_ir::types::{Bounds, Case, TextRules, Type};
use quater_ir::value::Literal;

impl Checker<'_> {
    /// A call of a builtin.
    pub(crate) fn builtin(
        &mut self,
        scope: &mut Scope,
        builtin: Builtin,
        call: &ast::Call,
        expected: Option<&Type>,
    ) -> Option<Typed> {
        let mut values: Vec<Typed> = Vec::new();
        for argument in &call.arguments {
            let ArgumentKind::Value(value) = &argument.kind else {
                let message = format!("arguments of `{}` are given in order, without names", builtin.name());
                return self.error(Code::E0304, argument.at, message);
            };
            let hint = matches!(builtin, Builtin::Least | Builtin::Greatest).then_some(expected).flatten();
            let value = self.expr(scope, value, hint)?;
            if value.ty().is_optional() {
                let report = Report::new(Code::E0303, value.at, "this may be absent");
                return self.report(report.help("test it first, or give another value with `else`"));
            }
            values.push(value);
        }
        if builtin == Builtin::Token && values.is_empty() {
            let empty = Expr::new(Node::Literal(Literal::Text("".into())), Type::TEXT);
            values.push(Typed { expr: empty, secret: false, at: call.at });
        }
        if values.len() != builtin.arity() {
            let message = format!(
                "`{}` takes {}, not {}",
                builtin.name(),
                counted(builtin.arity(), "argument"),
                values.len()
            );
            return self.report(Report::new(Code::E0304, call.at, message).help(builtin.docs()));
        }
        let secret = secrecy(builtin, values.iter().any(|value| value.secret));
        if builtin == Builtin::Verify {
            scope.body.effects.hashes = true;
        }
        let (values, ty) = self.signature(builtin, values, call)?;
        let arguments = values.into_iter().map(|value| value.expr).collect();
        Some(Typed { expr: Expr::new(Node::Call(builtin, arguments), ty), secret, at: call.at })
    }

    /// Checks the arguments and gives the type of the result.
    fn signature(
        &mut self,
        builtin: Builtin,
        values: Vec<Typed>,
        call: &ast::Call,
    ) -> Option<(Vec<Typed>, Type)> {
        let kinds: Vec<Type> = values.iter().map(|value| unrefined(value.ty())).collect();
        let text = |ty: &Type| matches!(ty, Type::Text(_) | Type::Email | Type::Url);
        let number = |ty: &Type| matches!(ty, Type::Int(_) | Type::Float(_) | Type::Decimal { .. });
        let found = match (builtin, kinds.as_slice()) {
            (Builtin::Trim, [a]) if text(a) => Some(Type::Text(TextRules { trim: true, ..TextRules::ANY })),
            (Builtin::Lower, [a]) if text(a) => Some(cased(Case::Lower)),
            (Builtin::Upper, [a]) if text(a) => Some(cased(Case::Upper)),
            (Builtin::Slug, [a]) if text(a) => Some(Type::TEXT),
            (Builtin::Length, [a]) if text(a) || matches!(a, Type::List(..) | Type::Map(..)) => {
                Some(Type::Int(Bounds { min: Some(0), max: None }))
            }
            (Builtin::Contains | Builtin::StartsWith, [a, b]) if text(a) && text(b) => Some(Type::Bool),
            (Builtin::Replace, [a, b, c]) if text(a) && text(b) && text(c) => Some(Type::TEXT),
            (Builtin::Split, [a, b]) if text(a) && text(b) => {
                Some(Type::List(Box::new(Type::TEXT), Bounds::ANY))
            }
            (Builtin::Round, [Type::Decimal { .. }, Type::Int(_)]) => {
                let Some(scale) = values.get(1).and_then(written_scale) else {
                    return self.error(
                        Code::E0304,
                        call.at,
                        "`round` takes a number of digits that is written out, 0 to 12",
                    );
                };
                Some(Type::Decimal { scale, bounds: Bounds::ANY })
            }
            (Builtin::Floor | Builtin::Ceil, [Type::Decimal { .. } | Type::Float(_)]) => Some(Type::INT),
            (Builtin::Abs, [a]) if number(a) => Some(a.clone()),
            (Builtin::Least | Builtin::Greatest, [a, b])
                if same_kind(a, b)
                    && (number(a) || matches!(a, Type::Date | Type::Instant | Type::Duration)) =>
            {
                Some(a.clone())
            }
            (Builtin::Now, []) => Some(Type::Instant),
            (Builtin::Today, []) => Some(Type::Date),
            (Builtin::Sha256, [a]) if text(a) => Some(digest()),
            (Builtin::Hmac, [a, b]) if text(a) && (text(b) || matches!(b, Type::Bytes { .. })) => {
                Some(digest())
            }
            (Builtin::Token, [a]) if text(a) => Some(Type::TEXT),
            (Builtin::Verify, [Type::Password, b]) if text(b) => Some(Type::Bool),
            (Builtin::Uuid, []) => Some(Type::Uuid),
            _ => None,
        };
        match found {
            Some(ty) => Some((values, ty)),
            None => {
                let given: Vec<String> = kinds.iter().map(|kind| self.describe(kind)).collect();
                let message = format!("`{}` does not take {}", builtin.name(), given.join(", "));
                self.report(Report::new(Code::E0304, call.at, message).help(builtin.docs()))
            }
        }
    }

    /// `sign(login, { sub: made.id }, for: 7d)`
    pub(crate) fn sign(&mut self, scope: &mut Scope, call: &ast::Call) -> Option<Typed> {
        let [auth, claims, life] = call.arguments.as_slice() else {
            let report = Report::new(Code::E0304, call.at, "`sign` takes an `auth`, claims and `for:`");
            return self.report(report.help("write `sign(login, { sub: user.id }, for: 7d)`"));
        };
        let ArgumentKind::Value(ast::Expr { kind: ExprKind::Name(name), .. }) = &auth.kind else {
            return self.error(Code::E0304, auth.at, "the name of an `auth` belongs here");
        };
        let Some(Meaning::Auth(auth)) = self.names.get(name) else {
            return self.error(Code::E0304, auth.at, format!("`{}` is no `auth`", name.text));
        };
        if self.caller.unproved.contains(&auth) {
            return None;
        }
        let ours = matches!(self.auths[auth].proof, Proof::Jwt { key: JwtKey::Secret(_), .. });
        if !ours {
            let report =
                Report::new(Code::E0304, call.at, "only an `auth` with `jwt(secret: …)` signs tokens");
            return self.report(report.help("for `opaque`, make a `token(…)` and keep its `sha256(…)`"));
        }
        let ArgumentKind::Value(ast::Expr { kind: ExprKind::Record(record), .. }) = &claims.kind else {
            return self.error(Code::E0304, claims.at, "claims are written out: `{ sub: user.id }`");
        };
        let claims = self.claims(scope, record)?;
        let value = match &life.kind {
            ArgumentKind::Named { name, value, .. } if name.text == "for" => value,
            ArgumentKind::Stray => return None,
            ArgumentKind::Value(_)
            | ArgumentKind::Named { .. }
            | ArgumentKind::Computed { .. }
            | ArgumentKind::Optional(_)
            | ArgumentKind::Range(_)
            | ArgumentKind::Everything => {
                return self.error(Code::E0304, life.at, "the life of a token is given as `for: 7d`");
            }
        };
        let life = self.expect(scope, value, &Type::Duration, "for")?;
        let node = Node::Sign { auth, claims, life: Box::new(life.expr) };
        Some(Typed { expr: Expr::new(node, Type::TEXT), secret: false, at: call.at })
    }

    fn claims(&mut self, scope: &mut Scope, record: &ast::Record) -> Option<Vec<(smol_str::SmolStr, Expr)>> {
        let mut claims = Vec::new();
        for entry in &record.entries {
            let EntryKind::Value { name, value } = &entry.kind else {
                return self.error(Code::E0304, entry.at, "a claim is written `name: value`");
            };
            if matches!(name.text.as_str(), "exp" | "iat" | "nbf") {
                return self.error(Code::E0304, entry.at, format!("`{}` is set by `sign` itself", name.text));
            }
            let value = self.expr(scope, value, None)?;
            if value.secret {
                return self.error(
                    Code::E0403,
                    value.at,
                    "a token can be read by whoever holds it: no secret may be a claim",
                );
            }
            let value = self.comparable(scope, value)?;
            claims.push((name.text.clone(), value.expr));
        }
        Some(claims)
    }
}

/// Digits behind the point, as a literal says them.
fn written_scale(digits: &Typed) -> Option<u8> {
    let Node::Literal(Literal::Int(digits)) = &digits.expr.node else { return None };
    u8::try_from(*digits).ok().filter(|digits| *digits <= 12)
}

fn cased(case: Case) -> Type {
    Type::Text(TextRules { case: Some(case), ..TextRules::ANY })
}

/// 64 hex digits.
fn digest() -> Type {
    Type::Text(TextRules { length: Bounds { min: Some(64), max: Some(64) }, ..TextRules::ANY })
}

/// Whether a result may not be shown.
fn secrecy(builtin: Builtin, arguments: bool) -> bool {
    match builtin {
        Builtin::Sha256 | Builtin::Hmac | Builtin::Verify => false,
        Builtin::Token => true,
        Builtin::Trim
        | Builtin::Lower
        | Builtin::Upper
        | Builtin::Slug
        | Builtin::Length
        | Builtin::Contains
        | Builtin::StartsWith
        | Builtin::Replace
        | Builtin::Split
        | Builtin::Round
        | Builtin::Floor
        | Builtin::Ceil
        | Builtin::Abs
        | Builtin::Least
        | Builtin::Greatest
        | Builtin::Now
        | Builtin::Today
        | Builtin::Hash
        | Builtin::Uuid => arguments,
    }
}

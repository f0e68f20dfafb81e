//! Comparison and arithmetic: both sides brought to one type.
use super::coerce::same_kind;
use super::expr::unrefined;
use super::scope::Scope;
use super::{Checker, Typed};
use crate::ast::{self, BinaryOp, ExprKind};
use crate::report::{Code, Report, Span};
use quater_ir::expr::{Arithmetic, Compare, Context, Expr, Node, Operands, Operator};
use quater_ir::types::{Bounds, Type};

impl Checker<'_> {
    /// `a == b`, `a < b`
    pub(crate) fn comparison(
        &mut self,
        scope: &mut Scope,
        op: BinaryOp,
        left: &ast::Expr,
        right: &ast::Expr,
        at: Span,
    ) -> Option<Typed> {
        let written = [left, right];
        let (left, right) = self.both(scope, left, right)?;
        for side in [&left, &right] {
            if matches!(side.ty(), Type::Null) {
                let report = Report::new(Code::E0305, side.at, "a comparison with `null` is never true");
                return self.report(report.help("write `is null` or `is not null`"));
            }
        }
        let (left, right) = (self.comparable(scope, left)?, self.comparable(scope, right)?);
        let (left, right) = self.widened(left, right);
        let (a, b) = (left.ty().required(), right.ty().required());
        let ordered = matches!(
            a,
            Type::Int(_)
                | Type::Float(_)
                | Type::Decimal { .. }
                | Type::Text(_)
                | Type::Date
                | Type::Instant
                | Type::Duration
        );
        let compare = compare_of(op);
        let equality = matches!(compare, Compare::Equal | Compare::NotEqual);
        if comparable_kinds(a, b) && !(equality || ordered) {
            return self.error(Code::E0305, at, format!("{} has no order", self.describe(a)));
        }
        if !comparable_kinds(a, b) {
            let message = format!("{} can't be compared with {}", self.describe(a), self.describe(b));
            let report = Report::new(Code::E0305, at, message);
            return self.report(match self.hidden_member([b, a], written) {
                Some(help) => report.help(help),
                None => report,
            });
        }
        if !equality && (left.ty().is_optional() || right.ty().is_optional()) {
            let absent = if left.ty().is_optional() { &left } else { &right };
            let report = Report::new(Code::E0303, absent.at, "this may be absent, and then it has no order");
            return self.report(report.help("test it first with `is null` or `is not null`"));
        }
        let secret = left.secret || right.secret;
        let node = Node::Compare(compare, Box::new(left.expr), Box::new(right.expr));
        Some(Typed { expr: Expr::new(node, Type::Bool), secret, at })
    }

    /// What to do where a name that a member of an enum has too stands opposite that enum.
    fn hidden_member(&self, opposite: [&Type; 2], written: [&ast::Expr; 2]) -> Option<String> {
        opposite.into_iter().zip(written).find_map(|(ty, written)| {
            let (Type::Enum(id), ExprKind::Name(name)) = (ty, &written.kind) else { return None };
            let of = &self.enums[*id];
            of.members.contains(&name.text).then(|| {
                format!(
                    "`{}` is a value here, and hides the member of `{}`: rename the value",
                    name.text, of.name
                )
            })
        })
    }

    /// Both sides, each helped by the other's type where it needs help: enum members, literals, claims.
    fn both(&mut self, scope: &mut Scope, left: &ast::Expr, right: &ast::Expr) -> Option<(Typed, Typed)> {
        let leans = |expr: &ast::Expr| {
            matches!(expr.kind, ExprKind::Literal(_) | ExprKind::Text(_))
                || matches!(&expr.kind, ExprKind::Name(name) if scope.local(&name.text).is_none() && !self.names_value(scope, &name.text))
        };
        let (left_leans, right_leans) = (leans(left), leans(right));
        let (a, b) = if left_leans && !right_leans {
            let b = self.expr(scope, right, None)?;
            let hint = unrefined(b.ty());
            (self.expr(scope, left, Some(&hint)), Some(b))
        } else {
            let a = self.expr(scope, left, None);
            if a.is_none() && right_leans {
                return None;
            }
            let hint = a.as_ref().map(|a| unrefined(a.ty()));
            let b = self.expr(scope, right, hint.as_ref());
            (a, b)
        };
        let (mut a, mut b) = (a?, b?);
        let claim = |side: &Typed| matches!(side.expr.node, Node::Context(Context::Claim(_)));
        if claim(&a) {
            a.expr.ty = unrefined(b.ty().required());
        } else if claim(&b) {
            b.expr.ty = unrefined(a.ty().required());
        }
        Some((a, b))
    }

    /// `red in colors`, where the name on the left means something by the list on the right alone.
    #[expect(clippy::option_option, reason = "not such a test, or one with a reported fault")]
    pub(crate) fn named_in_list(
        &mut self,
        scope: &mut Scope,
        left: &ast::Expr,
        right: &ast::Expr,
        at: Span,
    ) -> Option<Option<Typed>> {
        let ExprKind::Name(name) = &left.kind else { return None };
        let value = scope.local(&name.text).is_some() || self.names_value(scope, &name.text);
        if value || matches!(right.kind, ExprKind::List(_)) {
            return None;
        }
        Some(self.member_in_list(scope, left, right, at))
    }

    fn member_in_list(
        &mut self,
        scope: &mut Scope,
        left: &ast::Expr,
        right: &ast::Expr,
        at: Span,
    ) -> Option<Typed> {
        let list = self.expr(scope, right, None)?;
        let Type::List(of, _) = list.ty().clone() else {
            let message = format!("`in` looks into a list, not into {}", self.describe(list.ty()));
            return self.error(Code::E0305, list.at, message);
        };
        let kind = unrefined(of.required());
        let item = self.expect(scope, left, &kind, "")?;
        let secret = item.secret || list.secret;
        let node = Node::Contains { list: Box::new(list.expr), item: Box::new(item.expr) };
        Some(Typed { expr: Expr::new(node, Type::Bool), secret, at })
    }

    /// Whether a bare name is a value by itself, without help from an expected type.
    pub(crate) fn names_value(&self, scope: &Scope, name: &str) -> bool {
        matches!(name, "actor" | "door" | "credential")
            || self.is_bare_member(scope, name)
            || self.row_named(scope, name).is_some()
    }

    /// A value to compare with: rows stand for their keys.
    pub(crate) fn comparable(&mut self, scope: &mut Scope, value: Typed) -> Option<Typed> {
        let ty = value.ty().required();
        if matches!(ty, Type::Row(_)) {
            let expr = self.key_of(scope, value.expr);
            return Some(Typed { expr, ..value });
        }
        if is_structure(ty) || matches!(ty, Type::Json | Type::Password) {
            let mut report =
                Report::new(Code::E0305, value.at, format!("{} can't be compared", self.describe(ty)));
            if *ty == Type::Password {
                report = report.help("use `verify(password, text)`");
            }
            return self.report(report);
        }
        Some(value)
    }

    /// Numbers of two kinds as one kind.
    fn widened(&mut self, left: Typed, right: Typed) -> (Typed, Typed) {
        let (a, b) = (rank(left.ty().required()), rank(right.ty().required()));
        match (a, b) {
            (Some(a), Some(b)) if a < b => {
                let wide = unrefined(right.ty().required());
                (convert(left, &wide), right)
            }
            (Some(a), Some(b)) if a > b => {
                let wide = unrefined(left.ty().required());
                (left, convert(right, &wide))
            }
            _ => (left, right),
        }
    }

    /// `a + b`
    pub(crate) fn arithmetic(
        &mut self,
        scope: &mut Scope,
        (op, op_at): (BinaryOp, Span),
        left: &ast::Expr,
        right: &ast::Expr,
        at: Span,
    ) -> Option<Typed> {
        let left = self.expr(scope, left, None)?;
        let right = self.expr(scope, right, None)?;
        for side in [&left, &right] {
            if side.ty().is_optional() {
                let report = Report::new(
                    Code::E0303,
                    side.at,
                    "this may be absent, and then it can't be reckoned with",
                );
                return self.report(report.help("test it first, or give another value with `else`"));
            }
        }
        let operator = match op {
            BinaryOp::Subtract => Operator::Subtract,
            BinaryOp::Multiply => Operator::Multiply,
            BinaryOp::Divide => Operator::Divide,
            BinaryOp::Add
            | BinaryOp::Or
            | BinaryOp::And
            | BinaryOp::Equal
            | BinaryOp::NotEqual
            | BinaryOp::Less
            | BinaryOp::LessEqual
            | BinaryOp::Greater
            | BinaryOp::GreaterEqual
            | BinaryOp::In
            | BinaryOp::NotIn => Operator::Add,
        };
        let product = operator == Operator::Multiply;
        let whole = Type::Decimal { scale: 0, bounds: Bounds::ANY };
        let (left, right) = match (left.ty(), right.ty()) {
            (Type::Decimal { .. }, Type::Decimal { .. }) if product => (left, right),
            (Type::Decimal { .. }, Type::Int(_)) if product => (left, convert(right, &whole)),
            (Type::Int(_), Type::Decimal { .. }) if product => (convert(left, &whole), right),
            (Type::Int(_), Type::Duration) if product => (right, left),
            _ => self.widened(left, right),
        };
        let Some((on, ty)) = operands(operator, left.ty(), right.ty()) else {
            let (a, b) = (self.describe(left.ty()), self.describe(right.ty()));
            let mut report =
                Report::new(Code::E0305, op_at, format!("{a} and {b} can't be reckoned with like this"));
            if matches!((left.ty(), right.ty()), (Type::Text(_), _) | (_, Type::Text(_))) {
                report = report.help("texts are joined by writing them together: `\"{a}{b}\"`");
            }
            return self.report(report);
        };
        let secret = left.secret || right.secret;
        let node = Node::Arithmetic(Arithmetic { operator, on }, Box::new(left.expr), Box::new(right.expr));
        Some(Typed { expr: Expr::new(node, ty), secret, at })
    }
}

/// Whether values of a type have parts and no text of their own.
pub(crate) const fn is_structure(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Record(_)
            | Type::List(..)
            | Type::Map(..)
            | Type::Tuple(_)
            | Type::Union(_)
            | Type::Page(_)
            | Type::Stream(_)
            | Type::Patch(_)
            | Type::File(_)
    )
}

/// What a sign asks; those that compare nothing never come here.
fn compare_of(op: BinaryOp) -> Compare {
    match op {
        BinaryOp::NotEqual => Compare::NotEqual,
        BinaryOp::Less => Compare::Less,
        BinaryOp::LessEqual => Compare::AtMost,
        BinaryOp::Greater => Compare::Greater,
        BinaryOp::GreaterEqual => Compare::AtLeast,
        BinaryOp::Equal
        | BinaryOp::Or
        | BinaryOp::And
        | BinaryOp::In
        | BinaryOp::NotIn
        | BinaryOp::Add
        | BinaryOp::Subtract
        | BinaryOp::Multiply
        | BinaryOp::Divide => Compare::Equal,
    }
}

/// Kinds of numbers, narrow first.
fn rank(ty: &Type) -> Option<u8> {
    if let Type::Decimal { scale, .. } = ty {
        return Some(1 + scale);
    }
    if let Type::Float(_) = ty {
        return Some(u8::MAX);
    }
    matches!(ty, Type::Int(_)).then_some(0)
}

fn convert(value: Typed, wide: &Type) -> Typed {
    let optional = value.ty().is_optional();
    let ty = if optional { wide.clone().optional() } else { wide.clone() };
    let expr = Expr::new(Node::Convert(Box::new(value.expr)), ty);
    Typed { expr, ..value }
}

/// Whether `==` has a meaning between two kinds.
fn comparable_kinds(a: &Type, b: &Type) -> bool {
    let textual = |ty: &Type| matches!(ty, Type::Text(_) | Type::Email | Type::Url);
    same_kind(a, b)
        || (textual(a) && textual(b))
        || matches!(
            (a, b),
            (Type::Ref(_), Type::Uuid | Type::Int(_)) | (Type::Uuid | Type::Int(_), Type::Ref(_))
        )
}

/// What arithmetic two kinds allow, and the type of its result.
fn operands(operator: Operator, left: &Type, right: &Type) -> Option<(Operands, Type)> {
    let sum = matches!(operator, Operator::Add | Operator::Subtract);
    Some(match (left, right) {
        (Type::Int(_), Type::Int(_)) => (Operands::Int, Type::INT),
        (Type::Float(_), Type::Float(_)) => (Operands::Float, Type::FLOAT),
        (Type::Decimal { scale: a, .. }, Type::Decimal { scale: b, .. }) => {
            let scale = if operator == Operator::Multiply { a.saturating_add(*b) } else { *a };
            (Operands::Decimal, Type::Decimal { scale, bounds: Bounds::ANY })
        }
        (Type::Instant, Type::Duration) if sum => (Operands::InstantDuration, Type::Instant),
        (Type::Instant, Type::Instant) if operator == Operator::Subtract => {
            (Operands::Instants, Type::Duration)
        }
        (Type::Duration, Type::Duration) if sum => (Operands::Durations, Type::Duration),
        (Type::Date, Type::Duration) if sum => (Operands::DateDuration, Type::Date),
        (Type::Duration, Type::Int(_)) if !sum => (Operands::DurationInt, Type::Duration),
        _ => return None,
    })
}

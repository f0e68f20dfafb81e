//! `stream T`: items that are sent one after the other.
use super::Checker;
use super::coerce::{Misfit, Named};
use super::scope::Scope;
use crate::ast::{self, ExprKind, Verb};
use crate::report::{Code, Report, Span};
use quater_ir::expr::Expr;
use quater_ir::types::{Bounds, Type};

/// Most rows that leave one by one.
const MOST: u32 = 100_000_000;

/// The list in what a `stream` returns.
pub(crate) fn streamed(returned: &ast::Expr, output: &Type) -> Option<Span> {
    let (ExprKind::Verb(verb), Type::Stream(_)) = (&returned.kind, output) else { return None };
    if let Verb::List(query) = &**verb { Some(query.at) } else { None }
}

impl Checker<'_> {
    /// `stream T` where a type stands: only what an operation gives is sent as it comes.
    pub(crate) fn stray_stream(&mut self, at: Span) -> Option<Type> {
        let report =
            Report::new(Code::E0310, at, "a stream stands only where an operation says what it gives");
        self.report(report.help("write `operation name() -> stream T`; a value is a list: `[T](..50)`"))
    }

    /// How many rows leave one by one at most: none of them waits for the others.
    pub(crate) fn streamed_count(&mut self, expr: &ast::Expr) -> Option<u32> {
        let count = self.whole(expr)?;
        match u32::try_from(count) {
            Ok(count @ 1..=MOST) => Some(count),
            _ => self.error(Code::E0604, expr.at, "between 1 and 100,000,000 rows can be sent"),
        }
    }

    /// A list as the items of a stream, however many there are.
    pub(crate) fn fit_stream(
        &mut self,
        scope: &mut Scope,
        expr: Expr,
        of: &Type,
        named: Named<'_>,
    ) -> Result<Expr, Misfit> {
        let list = Type::List(Box::new(of.clone()), Bounds::ANY);
        let items = self.fit(scope, expr, &list, named)?;
        Ok(Expr::new(items.node, Type::Stream(Box::new(of.clone()))))
    }
}

//! `stream T`: items that are sent one after the other.
use super::Checker;
use super::coerce::{Misfit, Named};
use super::scope::Scope;
use crate::report::{Code, Report, Span};
use quater_ir::expr::Expr;
use quater_ir::types::{Bounds, Type};

impl Checker<'_> {
    /// `stream T` where a type stands: only what an operation gives is sent as it comes.
    pub(crate) fn stray_stream(&mut self, at: Span) -> Option<Type> {
        let report =
            Report::new(Code::E0310, at, "a stream stands only where an operation says what it gives");
        self.report(report.help("write `operation name() -> stream T`; a value is a list: `[T](..50)`"))
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

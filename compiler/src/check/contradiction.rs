//! Rules that can never hold.
use super::Checker;
use super::facts::{Clash, Facts};
use crate::report::{Code, Report, Span};
use quater_ir::expr::Expr;

impl Checker<'_> {
    /// Warns of a condition that holds for nobody.
    pub(crate) fn can_hold(&mut self, condition: &Expr, at: Span) {
        let Some(clash) = Facts::new(&self.enums).assume(condition, true) else { return };
        let (why, help) = match clash {
            Clash::Member(of) => (
                format!(": one value of `{}` can't be all of that at once", self.enums[of].name),
                "for one of several, write `or`, or `in [a, b]`",
            ),
            Clash::Value => (
                ": one value can't be all of that at once".to_owned(),
                "for one of several, write `or`, or `in [a, b]`",
            ),
            Clash::Absence => {
                (": it wants a value to be there and to be absent".to_owned(), "for one of both, write `or`")
            }
            Clash::Written => (String::new(), "leave the rule out, or say when it holds"),
        };
        let report = Report::new(Code::W0401, at, format!("this can never hold{why}"));
        self.sink.push(report.help(help));
    }
}

//! `allow` of an operation: who may call it.
use super::Checker;
use super::guard::all;
use super::scope::{Presence, Scope};
use crate::ast::{self, GranteeKind};
use crate::report::{Code, Report};
use quater_ir::expr::Expr;
use quater_ir::operation::Access;

impl Checker<'_> {
    /// Says that an operation is without an access decision.
    pub(crate) fn no_access(&mut self, operation: &ast::Name, clauses: &[ast::Clause]) {
        let message = format!("`{}` does not say who may call it", operation.text);
        let mut report = Report::new(Code::E0501, operation.at, message);
        if let Some(last) = clauses.last() {
            for who in ["signed_in", "public"] {
                let line = format!("\n  allow {who}");
                report = report.choice(format!("add `allow {who}`"), last.at.after(), line);
            }
        }
        self.sink.push(
            report.help(
                "add `allow signed_in`, `allow role …`, `allow when …`, or, for everyone, `allow public`",
            ),
        );
    }

    /// The access decision of an operation.
    pub(crate) fn access(&mut self, allows: &[&ast::Access]) -> Vec<Access> {
        allows.iter().filter_map(|access| self.one_access(access)).collect()
    }

    fn one_access(&mut self, access: &ast::Access) -> Option<Access> {
        let who = match &access.grantee {
            None => None,
            Some(grantee) => Some(match &grantee.kind {
                GranteeKind::Public => Access::Public,
                GranteeKind::SignedIn => {
                    self.needs_auth(grantee.at)?;
                    Access::SignedIn
                }
                GranteeKind::Roles(names) => Access::Role(self.roles(names, grantee.at)?),
            }),
        };
        let Some(condition) = &access.condition else { return who };
        let at = condition.at;
        let condition = self.condition(&mut Scope::rule(None), condition)?.expr;
        let caller: Expr = match who {
            None | Some(Access::Public) => Expr::constant(true),
            Some(Access::SignedIn) => self.signed_in(),
            Some(Access::Role(roles)) => self.has_role(&roles),
            Some(Access::When(condition)) => condition,
        };
        let held = all(vec![caller, condition]);
        self.can_hold(&held, at);
        Some(Access::When(held))
    }

    /// What the body may assume about the caller.
    pub(crate) fn presence(access: &[Access]) -> Presence {
        let sure = |access: &Access| matches!(access, Access::SignedIn | Access::Role(_));
        if !access.is_empty() && access.iter().all(sure) { Presence::Assumed } else { Presence::Perhaps }
    }
}

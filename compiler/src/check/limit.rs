//! `limit n/unit per …`: of the service, of an operation, of a channel.
use super::Checker;
use crate::ast::{self, AuthItemKind, LimitUnit};
use crate::report::{Code, Report};
use quater_ir::operation::{Limit, LimitPer};
use quater_ir::setting::{self, MOST_CALLS};

impl Checker<'_> {
    /// The limits with one more.
    pub(crate) fn limit(&mut self, mut limits: Vec<Limit>, line: &ast::Limit) -> Vec<Limit> {
        if let Some(limit) = self.one_limit(&limits, line) {
            limits.push(limit);
        }
        limits
    }

    fn one_limit(&mut self, others: &[Limit], line: &ast::Limit) -> Option<Limit> {
        let count = u32::try_from(line.count.value).ok().filter(|count| (1..=MOST_CALLS).contains(count));
        let Some(count) = count else {
            let message = format!("a limit is 1 to {MOST_CALLS} calls, not {}", line.count.value);
            return self.error(Code::E0512, line.count.at, message);
        };
        let window = match line.unit {
            LimitUnit::Second => 1_000,
            LimitUnit::Minute => 60_000,
            LimitUnit::Hour => 3_600_000,
            LimitUnit::Day => 86_400_000,
        };
        let per = match line.per {
            ast::LimitPer::Actor => LimitPer::Actor,
            ast::LimitPer::Ip => LimitPer::Ip,
            ast::LimitPer::Tenant => LimitPer::Tenant,
        };
        let limit = Limit { count, window, per };
        self.can_count(limit, line)?;
        if let Some(other) = others.iter().find(|other| other.window == window && other.per == per) {
            let message = format!("there is a limit for the same already: {}", setting::limit(other));
            return self.error(Code::E0512, line.at, message);
        }
        Some(limit)
    }

    /// Callers and tenants can only be counted where there are any.
    fn can_count(&mut self, limit: Limit, line: &ast::Limit) -> Option<()> {
        let auths = &self.names.auths;
        let tenant = |item: &ast::AuthItem| matches!(item.kind, AuthItemKind::Tenant(_));
        let (missing, help) = match limit.per {
            LimitPer::Ip => return Some(()),
            LimitPer::Actor if auths.is_empty() => (
                "nobody can sign in, so there are no callers to count for",
                "count `per ip`, or declare an `auth`",
            ),
            LimitPer::Tenant if !auths.iter().any(|(_, auth)| auth.items.iter().any(tenant)) => (
                "no `auth` says what a caller's tenant is",
                "count `per actor`, or add `tenant actor.…` to the `auth`",
            ),
            LimitPer::Actor | LimitPer::Tenant => return Some(()),
        };
        self.report(Report::new(Code::E0512, line.at, missing).help(help))
    }
}

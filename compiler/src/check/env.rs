//! `env`: what a service reads from its surroundings.
use super::Checker;
use super::scope::{Place, Presence, Scope};
use crate::ast::{ArgumentKind, ModifierKind};
use crate::report::{Code, Report};
use quater_ir::EnvValue;
use quater_ir::types::Type;

impl Checker<'_> {
    /// The values of `env`.
    pub(crate) fn environment(&mut self) {
        for field in &self.names.env {
            if self.env.values().any(|value| value.name == field.name.text) {
                self.error::<()>(Code::E0202, field.name.at, format!("`{}` is there twice", field.name.text));
                continue;
            }
            self.only_modifiers(field, |kind| {
                matches!(kind, ModifierKind::Secret | ModifierKind::Default(_))
            });
            let Some(ty) = self.ty(&field.ty) else { continue };
            let mut scope = Scope::new(Place::Start, Presence::Never, None);
            let default = match field.default() {
                Some(value) => self.expect(&mut scope, value, &ty, &field.name.text).map(|value| value.expr),
                None => None,
            };
            self.env.add(EnvValue {
                name: field.name.text.clone(),
                ty,
                secret: field.secret().is_some(),
                default,
            });
            self.env_used.push(false);
        }
    }

    pub(crate) fn database_url(&mut self, node: &crate::ast::Resource) -> Option<quater_ir::expr::Expr> {
        let [argument] = node.arguments.as_slice() else {
            let report = Report::new(Code::E0304, node.kind_at, "a database takes one URL");
            return self.report(report.help("write `database(env.DATABASE_URL)`"));
        };
        let ArgumentKind::Value(value) = &argument.kind else {
            return self.error(Code::E0304, argument.at, "a database takes one URL");
        };
        let mut scope = Scope::new(Place::Start, Presence::Never, None);
        let url = self.expect(&mut scope, value, &Type::TEXT, "url")?;
        if let quater_ir::expr::Node::Literal(quater_ir::value::Literal::Text(text)) = &url.expr.node
            && !text.starts_with("sqlite:")
        {
            let report = Report::new(Code::E0304, value.at, format!("`{text}` is no URL of a database"));
            return self.report(report.help("a database is `sqlite:file.db` or `sqlite::memory:`"));
        }
        Some(url.expr)
    }

    /// An `env` value that nothing reads.
    pub(crate) fn unused_environment(&mut self) {
        if self.sink.has_errors() {
            return;
        }
        let unused: Vec<_> = self
            .names
            .env
            .iter()
            .zip(&self.env_used)
            .filter(|(_, used)| !**used)
            .map(|(field, _)| (field.at, field.name.text.clone()))
            .collect();
        for (at, name) in unused {
            let report = Report::new(Code::E0508, at, format!("nothing reads `{name}`"));
            self.sink
                .push(report.help("use it or take it out: whoever deploys the service would have to set it"));
        }
    }
}

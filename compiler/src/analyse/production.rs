//! What is fine at a desk and not in front of strangers: asked with `--production` alone.
use crate::ast::SettingKind;
use crate::check::Checker;
use crate::report::{Code, Report, Span};
use quater_ir::Service;
use quater_ir::auth::{JwtKey, Proof};
use quater_ir::expr::{Expr, Node};
use quater_ir::operation::Access;
use quater_ir::production::{self, Exposed};
use quater_ir::resource::ResourceKind;
use quater_ir::value::Literal;

/// A service that strangers reach is ready for them.
pub(super) fn the_service_is_ready(checker: &Checker<'_>, service: &Service, found: &mut Vec<Report>) {
    let Some((_, node)) = checker.names.service else { return };
    let said =
        |is: fn(&SettingKind) -> bool| node.settings.iter().find(|line| is(&line.kind)).map(|line| line.at);
    let at = |is| said(is).unwrap_or(node.name.at);
    let mut exposed = |exposed: Exposed, code: Code, at: Span, help: &str| {
        found.extend(exposed.holds.then(|| Report::new(code, at, exposed.message).help(help)));
    };
    let [hosts, cors, docs, proxies] = production::exposed(service);
    let help = "say under which names it is reached: `hosts \"store.example\"`";
    exposed(hosts, Code::W0801, node.name.at, help);
    let help = "name the origins whose pages may: `cors \"https://app.store.example\"`";
    exposed(cors, Code::W0802, at(|it| matches!(it, SettingKind::Cors(_))), help);
    let help = "write `docs off`; where the contract is meant for everybody, allow it with a reason";
    exposed(docs, Code::W0803, at(|it| matches!(it, SettingKind::Docs(_))), help);
    let help = "say how many stand before it, of which the first speaks TLS: `proxies 1`";
    exposed(proxies, Code::W0804, at(|it| matches!(it, SettingKind::Proxies(_))), help);
    no_secret_stands_in_the_file(checker, found);
    no_tool_is_open_to_everybody(checker, found);
    what_deletes_is_approved(checker, found);
}

fn no_secret_stands_in_the_file(checker: &Checker<'_>, found: &mut Vec<Report>) {
    let help = "take the value out: without one the service does not start where it is not set";
    for (value, field) in checker.env.values().zip(&checker.names.env) {
        let written = value.default.as_ref().and_then(text).filter(|text| !is_place(text));
        if value.secret && written.is_some() {
            let message = format!("`{}` is secret, and its default stands in the file", value.name);
            found.push(Report::new(Code::W0805, field.name.at, message).help(help));
        }
    }
    for (auth, (_, node)) in checker.auths.values().zip(&checker.names.auths) {
        let Proof::Jwt { key: JwtKey::Secret(secret), .. } = &auth.proof else { continue };
        if text(secret).is_some() {
            let message = format!("the secret of `{}` stands in the file", auth.name);
            let report = Report::new(Code::W0805, node.name.at, message);
            found.push(report.help("read it from the environment: `jwt(secret: env.SIGNING_KEY)`"));
        }
    }
    for (resource, node) in checker.resources.values().zip(&checker.names.resources) {
        let ResourceKind::Files { url } = &resource.kind else { continue };
        if text(url).is_some_and(|text| !is_place(text)) {
            let message =
                format!("the address of `{}` has a key in it, and stands in the file", resource.name);
            let report = Report::new(Code::W0805, node.name.at, message);
            found.push(report.help("read it from the environment: `files(env.MEDIA_URL)`"));
        }
    }
}

fn text(expr: &Expr) -> Option<&str> {
    if let Node::Literal(Literal::Text(text)) = &expr.node { Some(text) } else { None }
}

/// An address of a file is no secret, though those of servers with passwords may stand in its stead.
fn is_place(text: &str) -> bool {
    text.starts_with("sqlite:") || text.starts_with("file:")
}

fn no_tool_is_open_to_everybody(checker: &Checker<'_>, found: &mut Vec<Report>) {
    for (tool, at) in tools(checker) {
        let operation = &checker.operations[tool];
        if operation.access.iter().any(|access| matches!(access, Access::Public)) {
            let message = format!("agents of strangers may call the tool of `{}`", operation.name);
            let report = Report::new(Code::W0806, at, message);
            found.push(report.help("let those call it who are known: `allow signed_in`"));
        }
    }
}

fn what_deletes_is_approved(checker: &Checker<'_>, found: &mut Vec<Report>) {
    for (tool, at) in tools(checker) {
        let operation = &checker.operations[tool];
        if !operation.effects.deletes.is_empty() && operation.approval.is_none() {
            let message = format!("an agent may delete rows by `{}`, and nobody is asked", operation.name);
            let report = Report::new(Code::W0807, at, message);
            found.push(report.help("let somebody agree first: `approve by role manager`"));
        }
    }
}

/// The operations that are tools, each with the place of its name.
fn tools<'c>(
    checker: &'c Checker<'_>,
) -> impl Iterator<Item = (quater_ir::Id<quater_ir::operation::Operation>, Span)> + 'c {
    checker.tools.iter().filter_map(|tool| {
        let (_, node) = checker.names.operations.nth(tool.operation.index())?;
        Some((tool.operation, node.name.at))
    })
}

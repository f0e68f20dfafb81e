//! `service`: name, version and settings.
use super::{Checker, docs};
use crate::ast::{self, SettingKind};
use crate::report::{Code, FileId, Report, Span};
use quater_ir::Service;
use quater_ir::setting::{self, Setting, Value};
use smol_str::SmolStr;
use std::collections::BTreeMap;

impl Checker<'_> {
    /// The one `service`; what its asked say holds instead of what the file says.
    pub(crate) fn service(&mut self) {
        let Some((declaration, node)) = self.names.service else {
            let report = Report::new(Code::E0206, Span::new(FileId(0), 0, 0), "there is no `service`");
            self.sink.push(report.help("begin the file with `service name version 1`"));
            return;
        };
        let version = node.version.map_or(1, |version| u32::try_from(version.value).unwrap_or(u32::MAX));
        let mut service = Service::new(node.name.text.clone(), version, docs(declaration.docs.as_ref()));
        let mut said = BTreeMap::new();
        for setting in &node.settings {
            self.setting(&mut service, setting, &mut said);
        }
        for value in &self.asked.settings {
            value.clone().tell(&mut service);
        }
        self.service = Some(service);
    }

    fn setting(
        &mut self,
        service: &mut Service,
        line: &ast::Setting,
        said: &mut BTreeMap<Setting, Span>,
    ) -> Option<()> {
        let (setting, value) = match &line.kind {
            SettingKind::Base(route) => (Setting::Base, self.base(route).map(Value::Base)),
            SettingKind::Hosts(hosts) => (Setting::Hosts, Some(Value::Hosts(self.hosts(hosts)))),
            SettingKind::Cors(origins) => (Setting::Cors, Some(Value::Cors(self.origins(origins)))),
            SettingKind::Proxies(count) => (Setting::Proxies, self.proxies(*count).map(Value::Proxies)),
            SettingKind::Limit(limit) => {
                service.limits = self.limit(std::mem::take(&mut service.limits), limit);
                return Some(());
            }
            SettingKind::Docs(route) => (Setting::Docs, self.docs_path(route.as_ref()).map(Value::Docs)),
            SettingKind::Errors(record) => {
                (Setting::Errors, self.error_template(record).map(Some).map(Value::Errors))
            }
            SettingKind::UnknownMembersIgnore => (Setting::UnknownMembers, Some(Value::UnknownMembers(true))),
            SettingKind::DecimalsNumbers => (Setting::Decimals, Some(Value::Decimals(true))),
            SettingKind::Body(size) => {
                (Setting::Body, self.bounded_size(size, setting::BODY).map(Value::Body))
            }
            SettingKind::Upload(size) => {
                (Setting::Upload, self.bounded_size(size, setting::UPLOAD).map(Value::Upload))
            }
            SettingKind::Timeout(time) => {
                (Setting::Timeout, self.time_between(time, setting::TIMEOUT, Code::E0511).map(Value::Timeout))
            }
            SettingKind::Patience(time) => {
                let patience = self.time_between(time, setting::PATIENCE, Code::E0511);
                (Setting::Patience, patience.map(Value::Patience))
            }
            SettingKind::Headers(size) => {
                (Setting::Headers, self.bounded_size(size, setting::HEADERS).map(Value::Headers))
            }
            SettingKind::Connections(count) => {
                (Setting::Connections, self.at_once(count).map(Value::Connections))
            }
            SettingKind::Requests(count) => (Setting::Requests, self.at_once(count).map(Value::Requests)),
            SettingKind::Stray => return None,
        };
        if let Some(first) = said.insert(setting, line.at) {
            let message = format!("`{}` is said twice", setting.about().word);
            return self.report(Report::new(Code::E0111, line.at, message).label(first, "first here"));
        }
        value?.tell(service);
        Some(())
    }

    fn base(&mut self, route: &ast::Route) -> Option<SmolStr> {
        self.fixed_path(route, "the base of all paths")
    }

    /// A path without parameters; empty for `/`.
    pub(crate) fn fixed_path(&mut self, route: &ast::Route, what: &str) -> Option<SmolStr> {
        if !self.ends_without_slash(route) {
            return None;
        }
        let mut path = SmolStr::default();
        for segment in &route.segments {
            match segment {
                ast::RouteSegment::Fixed(letters) => path = SmolStr::new(format!("{path}/{letters}")),
                ast::RouteSegment::Parameter(name) => {
                    return self.error(Code::E0503, name.at, format!("{what} has no parameters"));
                }
            }
        }
        Some(path)
    }

    fn docs_path(&mut self, route: Option<&ast::Route>) -> Option<Option<SmolStr>> {
        let Some(route) = route else { return Some(None) };
        let path = self.fixed_path(route, "the path of the documentation")?;
        if path.is_empty() || setting::OWN_PATHS.contains(&path.as_str()) {
            let shown = if path.is_empty() { "/" } else { &path };
            return self.error(Code::E0504, route.at, format!("`{shown}` is a path of the service itself"));
        }
        Some(Some(path))
    }

    fn hosts(&mut self, hosts: &[ast::Text]) -> Vec<SmolStr> {
        let help = "a host name has no scheme and no path: `\"store.example\"`";
        self.each_text(hosts, setting::host, help)
    }

    fn origins(&mut self, origins: &[ast::Text]) -> Vec<SmolStr> {
        if let [only] = origins
            && only.plain() == Some("*")
        {
            return vec![SmolStr::new_static("*")];
        }
        let help = "an origin is a scheme and a name, perhaps a port: `\"https://app.store.example\"`; `\"*\"` stands alone";
        self.each_text(origins, setting::origin, help)
    }

    fn each_text(
        &mut self,
        texts: &[ast::Text],
        read: fn(&str) -> Result<SmolStr, String>,
        help: &str,
    ) -> Vec<SmolStr> {
        let mut values: Vec<SmolStr> = Vec::new();
        for text in texts {
            let Some(plain) = self.plain(text) else { continue };
            match read(plain) {
                Ok(value) if values.contains(&value) => {
                    self.error::<()>(Code::E0111, text.at, format!("`{plain}` is said twice"));
                }
                Ok(value) => values.push(value),
                Err(why) => self.sink.push(Report::new(Code::E0511, text.at, why).help(help)),
            }
        }
        values
    }

    fn proxies(&mut self, count: ast::Whole) -> Option<u32> {
        let most = setting::MOST_PROXIES;
        let found = u32::try_from(count.value).ok().filter(|count| *count <= most);
        let message = format!("{} proxies, where {most} are the most", count.value);
        found.or_else(|| self.error(Code::E0511, count.at, message))
    }

    /// How much of something there may be at once.
    fn at_once(&mut self, expr: &ast::Expr) -> Option<u64> {
        let (least, most) = setting::AT_ONCE;
        let count = self.whole(expr).and_then(|count| u64::try_from(count).ok())?;
        let message = format!("a number lies between {least} and {most} here");
        let fits = (least..=most).contains(&count);
        if fits { Some(count) } else { self.error(Code::E0511, expr.at, message) }
    }

    fn bounded_size(&mut self, expr: &ast::Expr, (least, most): (u64, u64)) -> Option<u64> {
        let size = self.size(expr)?;
        if (least..=most).contains(&size) {
            return Some(size);
        }
        let (least, most) = (setting::bytes(least), setting::bytes(most));
        self.error(Code::E0511, expr.at, format!("a size lies between {least} and {most} here"))
    }

    /// A length of time that is written out, in milliseconds.
    pub(crate) fn time_between(
        &mut self,
        expr: &ast::Expr,
        (least, most): (u64, u64),
        code: Code,
    ) -> Option<u64> {
        if matches!(expr.kind, ast::ExprKind::Hole) {
            return None;
        }
        let ast::ExprKind::Literal(literal @ ast::Literal::Duration { .. }) = expr.kind else {
            let report = Report::new(Code::E0301, expr.at, "a length of time is written out here");
            return self.report(report.help("as in `500ms`, `5s`, `2m`, `1h` or `7d`"));
        };
        let value = self.literal(literal, None, expr.at)?;
        let quater_ir::expr::Node::Literal(quater_ir::value::Literal::Duration(length)) = value.expr.node
        else {
            return None;
        };
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        if (least..=most).contains(&length) {
            return Some(length);
        }
        let (least, most) = (setting::length(least), setting::length(most));
        self.error(code, expr.at, format!("a time lies between {least} and {most} here"))
    }
}

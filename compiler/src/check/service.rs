//! `service`: name, version and settings.
use super::{Checker, docs};
use crate::ast::{self, SettingKind};
use crate::report::{Code, FileId, Report, Span};
use quater_ir::Service;
use smol_str::SmolStr;

/// Most bytes of a request body where the service does not say otherwise.
const BODY_LIMIT: u64 = 1 << 20;

/// Most bytes of an uploaded file where neither its type nor the service says otherwise.
const UPLOAD_LIMIT: u64 = 10 << 20;

/// Longest run of a call in milliseconds where the service does not say otherwise.
const TIMEOUT: u64 = 30_000;

/// Where the documentation page is where the service does not say otherwise.
const DOCS_PATH: &str = "/docs";

impl Checker<'_> {
    /// The one `service`.
    pub(crate) fn service(&mut self) {
        let Some((declaration, node)) = self.names.service else {
            let report = Report::new(Code::E0206, Span::new(FileId(0), 0, 0), "there is no `service`");
            self.sink.push(report.help("begin the file with `service name version 1`"));
            return;
        };
        let mut service = Service {
            name: node.name.text.clone(),
            version: node.version.map_or(1, |version| u32::try_from(version.value).unwrap_or(u32::MAX)),
            docs: docs(declaration.docs.as_ref()),
            base: SmolStr::default(),
            hosts: Vec::new(),
            docs_path: Some(SmolStr::new_static(DOCS_PATH)),
            cors: Vec::new(),
            proxies: 0,
            limits: Vec::new(),
            errors: None,
            timeout: TIMEOUT,
            body_limit: BODY_LIMIT,
            upload_limit: UPLOAD_LIMIT,
            ignore_unknown_members: false,
            decimals_as_numbers: false,
        };
        for setting in &node.settings {
            self.setting(&mut service, setting);
        }
        self.service = Some(service);
    }

    fn setting(&mut self, service: &mut Service, setting: &ast::Setting) {
        match &setting.kind {
            SettingKind::Base(route) => {
                for segment in &route.segments {
                    match segment {
                        ast::RouteSegment::Fixed(letters) => {
                            service.base = SmolStr::new(format!("{}/{letters}", service.base));
                        }
                        ast::RouteSegment::Parameter(name) => {
                            self.error::<()>(Code::E0503, name.at, "the base of all paths has no parameters");
                        }
                    }
                }
            }
            SettingKind::Hosts(hosts) => {
                for host in hosts {
                    if let Some(host) = self.plain(host) {
                        service.hosts.push(SmolStr::new(host.to_ascii_lowercase()));
                    }
                }
            }
            SettingKind::Docs(None) => service.docs_path = None,
            SettingKind::Body(size) => {
                if let Some(size) = self.size(size) {
                    service.body_limit = size;
                }
            }
            SettingKind::UnknownMembersIgnore => service.ignore_unknown_members = true,
            SettingKind::DecimalsNumbers => service.decimals_as_numbers = true,
            SettingKind::Docs(Some(_)) => _ = self.later::<()>(setting.at, "another path for the documents"),
            SettingKind::Cors(_) => _ = self.later::<()>(setting.at, "`cors`"),
            SettingKind::Proxies(_) => _ = self.later::<()>(setting.at, "`proxies`"),
            SettingKind::Limit(_) => _ = self.later::<()>(setting.at, "`limit`"),
            SettingKind::Errors(_) => _ = self.later::<()>(setting.at, "`errors as`"),
            SettingKind::Upload(_) => _ = self.later::<()>(setting.at, "`upload`"),
            SettingKind::Timeout(_) => _ = self.later::<()>(setting.at, "`timeout`"),
            SettingKind::Stray => {}
        }
    }
}

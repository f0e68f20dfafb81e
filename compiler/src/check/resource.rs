//! `resource`: what is outside, and how it is reached.
use super::Checker;
use super::scope::{Place, Presence, Scope};
use crate::ast::{self, ArgumentKind, ExprKind, ResourceKind as Kind};
use crate::report::{Code, Report, Span};
use crate::resolve::Meaning;
use quater_ir::expr::{Expr, Node};
use quater_ir::resource::{Resource, ResourceKind, Upstream, UpstreamCredential};
use quater_ir::types::Type;
use quater_ir::value::Literal;
use quater_ir::{Arena, Id};
use smol_str::SmolStr;

/// How long an upstream may take where nothing else is said.
const TIMEOUT: u64 = 10_000;

/// Most bytes of an answer where nothing else is said.
const ANSWER_LIMIT: u64 = 1 << 20;

/// Headers that the client of an upstream sets itself.
const OWN_HEADERS: &[&str] =
    &["host", "content-length", "content-type", "transfer-encoding", "connection", "authorization"];

/// What `http` can be told beside its URL.
const OPTIONS: &[&str] = &["bearer", "basic", "headers", "timeout", "answer", "private"];

/// How the URL of a resource looks.
struct UrlForm {
    /// Begins with one of these.
    schemes: &'static [&'static str],
    /// What is wrong with another one.
    wrong: &'static str,
    /// What to write.
    help: &'static str,
}

const FILES: UrlForm = UrlForm {
    schemes: &["file:", "s3:"],
    wrong: "is no place for files",
    help: "files are kept at `file:./folder` or `s3://KEY:SECRET@host/bucket`",
};

const MAIL: UrlForm = UrlForm {
    schemes: &["smtp://", "smtps://"],
    wrong: "is no URL of a mail server",
    help: "a mail server is `smtps://user:password@host` or `smtp://host:port`",
};

const HTTP: UrlForm = UrlForm {
    schemes: &["https://", "http://"],
    wrong: "is no URL of an HTTP service",
    help: "an HTTP service is `https://host/path`",
};

impl Checker<'_> {
    /// What every `resource` is; the calls of upstreams wait for [`Checker::upstream_calls`].
    pub(crate) fn resources(&mut self) {
        for node in &self.names.resources {
            let kind = match node.kind {
                Kind::Database => self.database_url(node).map(|url| ResourceKind::Database { url }),
                Kind::Files => self.one_url(node, "files", &FILES).map(|url| ResourceKind::Files { url }),
                Kind::Mail => self.one_url(node, "mail", &MAIL).map(|url| ResourceKind::Mail { url }),
                Kind::Queue => self.queue(node).map(|database| ResourceKind::Queue { database }),
                Kind::Http => self.upstream(node).map(|it| ResourceKind::Http(Box::new(it))),
                Kind::Unknown => None,
            };
            if let (Some(call), true) = (node.calls.first(), node.kind != Kind::Http) {
                self.error::<()>(Code::E0310, call.at, "only an `http` resource has calls");
            }
            let nothing =
                || ResourceKind::Database { url: Expr::new(Node::Literal(Literal::Null), Type::Null) };
            self.resources.add(Resource { name: node.name.text.clone(), kind: kind.unwrap_or_else(nothing) });
        }
    }

    fn one_url(&mut self, node: &ast::Resource, word: &str, form: &UrlForm) -> Option<Expr> {
        let [ast::Argument { kind: ArgumentKind::Value(value), .. }] = node.arguments.as_slice() else {
            let report = Report::new(Code::E0304, node.kind_at, format!("`{word}` takes one URL"));
            return self.report(report.help(form.help));
        };
        self.url(value, &Type::TEXT, form)
    }

    fn url(&mut self, value: &ast::Expr, ty: &Type, form: &UrlForm) -> Option<Expr> {
        let mut scope = Scope::new(Place::Start, Presence::Never, None);
        let url = self.expect(&mut scope, value, ty, "url")?;
        if let Node::Literal(Literal::Text(text)) = &url.expr.node
            && !form.schemes.iter().any(|scheme| text.len() > scheme.len() && text.starts_with(scheme))
        {
            let report = Report::new(Code::E0304, value.at, format!("`{text}` {}", form.wrong));
            return self.report(report.help(form.help));
        }
        Some(url.expr)
    }

    /// `queue(shop)`
    fn queue(&mut self, node: &ast::Resource) -> Option<Id<Resource>> {
        let [ast::Argument { kind: ArgumentKind::Value(value), .. }] = node.arguments.as_slice() else {
            let report = Report::new(Code::E0304, node.kind_at, "a queue is kept in one database");
            return self.report(report.help("write `queue(shop)`, where `shop` is a `database`"));
        };
        let ExprKind::Name(name) = &value.kind else {
            return self.error(Code::E0304, value.at, "the name of a database belongs here");
        };
        self.resource_named(name, Kind::Database, "a queue is kept in a `database`")
    }

    /// The resource of a name, where it is of one kind.
    pub(crate) fn resource_named(
        &mut self,
        name: &ast::Name,
        kind: Kind,
        otherwise: &str,
    ) -> Option<Id<Resource>> {
        match self.names.get(name) {
            Some(Meaning::Resource(id)) => match self.names.resources.get(id.index()) {
                Some(node) if node.kind == kind => Some(id),
                Some(node) if node.kind == Kind::Unknown => None,
                Some(_) | None => self.error(Code::E0301, name.at, otherwise),
            },
            Some(Meaning::Unknown) => None,
            _ if name.is_hole() => None,
            _ => {
                let names = self.names;
                let of_kind =
                    |id: Id<Resource>| names.resources.get(id.index()).is_some_and(|it| it.kind == kind);
                let fits = |meaning| matches!(meaning, Meaning::Resource(id) if of_kind(id));
                let known = names.all(fits);
                self.unknown(Code::E0201, name, format!("there is no resource `{}`", name.text), known)
            }
        }
    }

    /// `http(env.PAY_URL, bearer: env.PAY_KEY, timeout: 5s)`
    fn upstream(&mut self, node: &ast::Resource) -> Option<Upstream> {
        let Some((ast::Argument { kind: ArgumentKind::Value(first), .. }, options)) =
            node.arguments.split_first()
        else {
            let report = Report::new(Code::E0304, node.kind_at, "`http` takes a URL first");
            return self.report(
                report.help("write `http(env.PAY_URL)`, or `http(any)` where each call takes an address"),
            );
        };
        let any = is_any(node);
        let mut upstream = Upstream {
            url: if any { None } else { Some(self.url(first, &Type::Url, &HTTP)?) },
            credential: None,
            headers: Vec::new(),
            timeout: TIMEOUT,
            answer_limit: ANSWER_LIMIT,
            private: !any,
            calls: Arena::default(),
        };
        let mut said: Vec<&str> = Vec::new();
        for option in options {
            let ArgumentKind::Named { name, value, .. } = &option.kind else {
                let report = Report::new(Code::E0304, option.at, "what `http` is told has a name");
                self.sink.push(report.help(format!("it can be told {}", listed(OPTIONS))));
                continue;
            };
            if said.contains(&name.text.as_str()) {
                self.error::<()>(Code::E0202, name.at, format!("`{}` is there twice", name.text));
            }
            said.push(&name.text);
            self.upstream_option(&mut upstream, name, value, any);
        }
        Some(upstream)
    }

    fn upstream_option(
        &mut self,
        upstream: &mut Upstream,
        name: &ast::Name,
        value: &ast::Expr,
        any: bool,
    ) -> Option<()> {
        match name.text.as_str() {
            "bearer" | "basic" if any => self.told_to_anyone(value.at),
            "bearer" => {
                upstream.credential = Some(UpstreamCredential::Bearer(self.outside_text(value)?.expr));
                Some(())
            }
            "basic" => {
                let ExprKind::Tuple(parts) = &value.kind else { return self.no_basic(value.at) };
                let [user, password] = parts.as_slice() else { return self.no_basic(value.at) };
                let (user, password) = (self.outside_text(user)?.expr, self.outside_text(password)?.expr);
                upstream.credential = Some(UpstreamCredential::Basic { user, password });
                Some(())
            }
            "headers" => self.upstream_headers(upstream, value, any),
            "timeout" => {
                upstream.timeout = self.milliseconds(value)?;
                Some(())
            }
            "answer" => {
                upstream.answer_limit = self.size(value)?;
                Some(())
            }
            "private" if any => {
                let ExprKind::Literal(ast::Literal::Bool(private)) = value.kind else {
                    return self.error(Code::E0301, value.at, "`true` or `false` belongs here");
                };
                upstream.private = private;
                Some(())
            }
            "private" => {
                let report =
                    Report::new(Code::E0310, name.at, "`private` is for addresses that callers give");
                self.report(report.help("the URL here is the operator's own, and may be private"))
            }
            _ => {
                let message = format!("`http` can't be told `{}`", name.text);
                self.unknown(Code::E0304, name, message, OPTIONS.iter().copied())
            }
        }
    }

    fn no_basic<T>(&mut self, at: Span) -> Option<T> {
        let report = Report::new(Code::E0304, at, "`basic` takes a name and a password");
        self.report(report.help("write `basic: (env.PAY_USER, env.PAY_PASSWORD)`"))
    }

    fn told_to_anyone<T>(&mut self, at: Span) -> Option<T> {
        let report = Report::new(Code::E0403, at, "whoever gives the address would get this credential");
        self.report(report.help("`http(any)` carries none; sign what is sent with `hmac` instead"))
    }

    fn outside_text(&mut self, value: &ast::Expr) -> Option<super::Typed> {
        let mut scope = Scope::new(Place::Start, Presence::Never, None);
        self.expect(&mut scope, value, &Type::TEXT, "")
    }

    fn upstream_headers(&mut self, upstream: &mut Upstream, value: &ast::Expr, any: bool) -> Option<()> {
        let ExprKind::Map(entries) = &value.kind else {
            let report = Report::new(Code::E0304, value.at, "headers are written out by their names");
            return self.report(report.help("write `headers: { \"x-api-key\": env.PAY_KEY }`"));
        };
        for (name, value) in entries {
            let ExprKind::Text(text) = &name.kind else {
                return self.error(Code::E0304, name.at, "the name of a header is a text");
            };
            let header = SmolStr::new(self.plain(text)?.to_ascii_lowercase());
            if !is_header(&header) || OWN_HEADERS.contains(&header.as_str()) {
                let message = format!("`{header}` is no header that may be set here");
                return self.report(Report::new(Code::E0304, name.at, message).help(
                    "letters, digits and `-`; what describes the request itself is set by the service",
                ));
            }
            if upstream.headers.iter().any(|(other, _)| *other == header) {
                return self.error(Code::E0202, name.at, format!("`{header}` is there twice"));
            }
            let value = self.outside_text(value)?;
            if any && value.secret {
                return self.told_to_anyone(value.at);
            }
            upstream.headers.push((header, value.expr));
        }
        Some(())
    }

    /// A length of time that is written out, in milliseconds.
    pub(crate) fn milliseconds(&mut self, expr: &ast::Expr) -> Option<u64> {
        if let ExprKind::Literal(written @ ast::Literal::Duration { .. }) = expr.kind {
            let length = self.literal(written, None, expr.at)?;
            let Node::Literal(Literal::Duration(length)) = length.expr.node else { return None };
            if length > 0 {
                return u64::try_from(length).ok();
            }
        }
        if matches!(expr.kind, ExprKind::Hole) {
            return None;
        }
        let report = Report::new(Code::E0301, expr.at, "a length of time belongs here, written out");
        self.report(report.help("write it as in `500ms`, `5s`, `10m`, `2h`, `7d`"))
    }
}

/// Whether each call of an upstream takes a whole address.
pub(crate) fn is_any(node: &ast::Resource) -> bool {
    let first = node.arguments.first().map(|argument| &argument.kind);
    matches!(first, Some(ArgumentKind::Value(ast::Expr { kind: ExprKind::Name(name), .. })) if name.text == "any")
}

/// Whether a text is a name of a header (RFC 9110, section 5.1), of the letters in use.
pub(crate) fn is_header(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

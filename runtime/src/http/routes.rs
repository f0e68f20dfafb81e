//! Which path and method lead where.
use super::actions::Ask;
use http::{HeaderValue, Method};
use matchit::Router;
use quater_ir::surface;
use smol_str::SmolStr;
use std::borrow::Cow;

/// What the server as a whole can be asked (RFC 9110, section 9.3.7).
const ALL_METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

/// Two routes that answer to the same requests.
#[derive(Debug, thiserror::Error)]
#[error("the route `{method} {path}` cannot stand beside the others")]
pub struct RouteClash {
    /// Its method.
    pub method: &'static str,
    /// Its path.
    pub path: String,
    /// What the router says.
    #[source]
    pub source: matchit::InsertError,
}

/// Where a request goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// To the operation of a route, by its position in the surface.
    Operation(usize),
    /// The documentation page.
    Docs,
    /// What agents are offered.
    Tools,
    /// The OpenAPI document.
    Contract,
    /// Whether the process runs.
    Alive,
    /// Whether it can take requests.
    Ready,
    /// The Model Context Protocol.
    Mcp,
    /// A stored file.
    File,
    /// What comes by a ticket.
    Ticket,
    /// Where tokens for the service come from, or for MCP.
    Issuers(&'static str),
    /// What belongs to the action protocol.
    Action(Ask),
}

impl Target {
    /// What it is called where paths are not told.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Operation(_) => "operation",
            Self::Docs => "documentation",
            Self::Tools => "tools",
            Self::Contract => "contract",
            Self::Alive => "healthz",
            Self::Ready => "readyz",
            Self::Mcp => "mcp",
            Self::File => "file",
            Self::Ticket => "uploads",
            Self::Issuers(_) => "issuers",
            Self::Action(_) => "actions",
        }
    }
}

/// What the table says about a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A target, with the text of the path's parameters in order.
    Target(Target, Vec<SmolStr>),
    /// The path exists for these methods alone.
    OtherMethods(HeaderValue),
    /// There is no such path.
    Nothing,
}

/// A router a method, so that `POST /orders/{order}` does not hide behind `GET /orders/feed`.
#[derive(Debug)]
pub(super) struct Routes {
    routers: [(Method, Router<Leaf>); 5],
}

/// Where a route leads, and which of its segments are parameters: `true` sorts behind fixed text, so that of two
/// shapes the smaller says more about a path.
#[derive(Debug)]
struct Leaf {
    target: Target,
    shape: Vec<bool>,
}

impl Routes {
    /// Puts routes and then pages in; a page whose path is a route already gives way.
    pub(super) fn plan(
        routes: &[surface::Route],
        pages: &[(Method, &str, Target)],
    ) -> Result<Self, RouteClash> {
        let methods = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
        let mut table = Self { routers: methods.map(|method| (method, Router::new())) };
        for (at, route) in routes.iter().enumerate() {
            let method = route.method.name();
            let clash = |source| RouteClash { method, path: route.path.to_string(), source };
            table.insert(method, &route.path, Target::Operation(at)).map_err(clash)?;
        }
        for (method, path, target) in pages {
            if let Err(source) = table.insert(method.as_str(), path, *target) {
                tracing::info!(path, %source, "a route of the program stands in for a page");
            }
        }
        Ok(table)
    }

    fn insert(&mut self, method: &str, path: &str, target: Target) -> Result<(), matchit::InsertError> {
        match self.routers.iter_mut().find(|(known, _)| known.as_str() == method) {
            Some((_, router)) => {
                let shape = path.split('/').map(|segment| segment.starts_with('{')).collect();
                router.insert(template(path), Leaf { target, shape })
            }
            None => Ok(()),
        }
    }

    /// Looks a request up; `HEAD` goes where `GET` goes.
    pub(super) fn find(&self, method: &Method, path: &str) -> Found {
        if path == "*" && method == Method::OPTIONS {
            return Found::OtherMethods(HeaderValue::from_static(ALL_METHODS));
        }
        let path = normal(path);
        let method = if method == Method::HEAD { &Method::GET } else { method };
        let router = self.routers.iter().find(|(known, _)| known == method);
        match router.and_then(|(_, router)| at(router, &path)) {
            Some((leaf, texts)) => Found::Target(leaf.target, texts),
            None => self.others(&path),
        }
    }

    /// What is said where there is nothing. A slash too many makes another place, and is not passed over; but it is told
    /// where something is without.
    pub(super) fn nothing(&self, method: &Method, path: &str) -> String {
        let full: String = path.split('/').filter(|it| !it.is_empty()).map(|it| format!("/{it}")).collect();
        let full = if full.is_empty() { "/" } else { &full };
        let is_near = full != path && self.find(method, full) != Found::Nothing;
        let near = if is_near { format!("; did you mean `{full}`?") } else { String::new() };
        format!("there is nothing at `{path}`{near}")
    }

    /// The methods that the contract has at a path: there, too, fixed segments go before parameters.
    fn others(&self, path: &str) -> Found {
        let hits = self.routers.iter().filter_map(|(method, router)| Some((method, at(router, path)?.0)));
        let hits: Vec<(&Method, &Leaf)> = hits.collect();
        let Some(shape) = hits.iter().map(|(_, leaf)| &leaf.shape).min() else { return Found::Nothing };
        let mut allow = String::new();
        for (method, _) in hits.iter().filter(|(_, leaf)| leaf.shape == *shape) {
            allow.push_str(method.as_str());
            allow.push_str(if *method == Method::GET { ", HEAD, " } else { ", " });
        }
        allow.push_str("OPTIONS");
        HeaderValue::try_from(allow).map_or(Found::Nothing, Found::OtherMethods)
    }
}

/// What a path leads to; an empty segment is no parameter.
fn at<'r>(router: &'r Router<Leaf>, path: &str) -> Option<(&'r Leaf, Vec<SmolStr>)> {
    let hit = router.at(path).ok()?;
    let texts = hit.params.iter().map(|(_, text)| SmolStr::new(text)).collect::<Vec<_>>();
    texts.iter().all(|text| !text.is_empty()).then_some((hit.value, texts))
}

/// The path as the router takes it: parameters by position, since two routes may name one differently,
/// and fixed text as it stands in a normal request.
fn template(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut parameters = 0;
    for (at, segment) in path.split('/').enumerate() {
        if at > 0 {
            out.push('/');
        }
        if segment.starts_with('{') {
            out.push_str(&format!("{{p{parameters}}}"));
            parameters += 1;
        } else {
            segment.bytes().for_each(|byte| push_fixed(&mut out, byte));
        }
    }
    out
}

fn push_fixed(out: &mut String, byte: u8) {
    let plain =
        unreserved(byte) || matches!(byte, b'!' | b'$' | b'&'..=b',' | b';' | b'=' | b':' | b'@' | b'%');
    if plain { out.push(char::from(byte)) } else { out.push_str(&format!("%{byte:02X}")) }
}

const fn unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// The path with every escape of an unreserved character undone and the others in upper case
/// (RFC 3986, section 6.2.2).
pub(super) fn normal(path: &str) -> Cow<'_, str> {
    if !path.contains('%') {
        return Cow::Borrowed(path);
    }
    let mut out = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        let byte = after.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        rest = match byte {
            Some(byte) if unreserved(byte) => {
                out.push(char::from(byte));
                after.get(2..).unwrap_or("")
            }
            Some(byte) => {
                out.push_str(&format!("%{byte:02X}"));
                after.get(2..).unwrap_or("")
            }
            None => {
                out.push('%');
                after
            }
        };
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
    use super::*;
    use quater_ir::Id;

    fn table(routes: &[(surface::Method, &str)]) -> Routes {
        let route = |(method, path): &(surface::Method, &str)| surface::Route {
            method: *method,
            path: SmolStr::new(path),
            operation: Id::new(0),
            status: 200,
            input: None,
            output: None,
        };
        let routes = routes.iter().map(route).collect::<Vec<_>>();
        Routes::plan(&routes, &[(Method::GET, "/docs", Target::Docs)]).unwrap()
    }

    /// Each line: method, path, what the table says.
    const CASES: &str = "
        GET /orders               0
        HEAD /orders              0
        POST /orders              1
        GET /orders/feed          2
        GET /orders/f%65ed        2
        GET /orders/7             3 7
        GET /orders/a%2fb         3 a%2Fb
        GET /orders/a%zzb         3 a%zzb
        POST /orders/feed         4 feed
        DELETE /orders/feed       GET, HEAD, OPTIONS
        DELETE /orders/7          GET, HEAD, POST, OPTIONS
        OPTIONS /orders           GET, HEAD, POST, OPTIONS
        OPTIONS *                 GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS
        TRACE /orders/7/lines/2   GET, HEAD, OPTIONS
        GET /orders/7/lines/2     5 7 2
        GET /caf%C3%A9            6
        GET /caf%c3%a9            6
        GET /docs                 page
        POST /docs                GET, HEAD, OPTIONS
        GET /orders/              nothing
        GET /orders//lines/2      nothing
        GET /nowhere              nothing
        GET /                     nothing";

    #[test]
    fn every_request_goes_where_the_table_says() {
        use surface::Method::{Get, Post};
        let table = table(&[
            (Get, "/orders"),
            (Post, "/orders"),
            (Get, "/orders/feed"),
            (Get, "/orders/{order}"),
            (Post, "/orders/{id}"),
            (Get, "/orders/{order}/lines/{line}"),
            (Get, "/café"),
        ]);
        for case in CASES.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (request, expected) = case.split_once("  ").unwrap();
            let (method, path) = request.split_once(' ').unwrap();
            let found = match table.find(&method.parse().unwrap(), path) {
                Found::Target(Target::Operation(at), texts) => {
                    [vec![at.to_string()], texts.iter().map(ToString::to_string).collect()].concat().join(" ")
                }
                Found::Target(_, _) => "page".to_owned(),
                Found::OtherMethods(allow) => allow.to_str().unwrap().to_owned(),
                Found::Nothing => "nothing".to_owned(),
            };
            assert_eq!(found, expected.trim(), "{case}");
        }
    }

    #[test]
    fn a_slash_too_many_is_told() {
        let table = table(&[(surface::Method::Get, "/orders"), (surface::Method::Get, "/orders/{order}")]);
        for (path, near) in [("/orders/", "/orders"), ("//orders//7/", "/orders/7"), ("/docs/", "/docs")] {
            for method in [Method::GET, Method::POST] {
                let told = table.nothing(&method, path);
                assert_eq!(told, format!("there is nothing at `{path}`; did you mean `{near}`?"));
            }
        }
        for path in ["/nowhere/", "/", "/nowhere"] {
            assert_eq!(table.nothing(&Method::GET, path), format!("there is nothing at `{path}`"));
        }
    }

    #[test]
    fn a_route_of_the_program_stands_in_for_a_page() {
        let table = table(&[(surface::Method::Get, "/docs")]);
        assert_eq!(table.find(&Method::GET, "/docs"), Found::Target(Target::Operation(0), Vec::new()));
    }

    #[test]
    fn two_equal_routes_are_a_clash() {
        let route = |path| surface::Route {
            method: surface::Method::Get,
            path: SmolStr::new(path),
            operation: Id::new(0),
            status: 200,
            input: None,
            output: None,
        };
        let clash = Routes::plan(&[route("/a/{x}"), route("/a/{y}")], &[]).unwrap_err();
        assert_eq!(clash.to_string(), "the route `GET /a/{y}` cannot stand beside the others");
    }
}

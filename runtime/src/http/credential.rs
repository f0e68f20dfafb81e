//! What of a request may say who calls.
use crate::Refusal;
use crate::call::{Credential, Identity, Presented};
use crate::invoke::query;
use http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use quater_ir::Program;
use quater_ir::auth::{Auth, Carrier};
use quater_ir::expr::{Context, Expr, Node};
use quater_ir::fault::MALFORMED;
use quater_ir::operation::Door;
use smol_str::SmolStr;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Where callers of one door may carry their credentials.
#[derive(Debug)]
pub(super) struct Carriers {
    headers: Vec<SmolStr>,
    cookies: Vec<SmolStr>,
    /// Headers that conditions look at.
    seen: Vec<SmolStr>,
    /// Origins whose pages count as the service's own.
    origins: Vec<SmolStr>,
}

impl Carriers {
    pub(super) fn plan(program: &Program, door: Door) -> Self {
        let auths: Vec<&Auth> = program.auths.values().filter(|auth| auth.doors.has(door)).collect();
        let mut seen = Vec::new();
        for auth in &auths {
            looked_at(&auth.actor.condition, &mut seen);
            let made = auth.actor.create.iter().flat_map(|create| &create.values);
            made.for_each(|assign| looked_at(&assign.value, &mut seen));
        }
        let header =
            |auth: &&Auth| if let Carrier::Header(name) = &auth.carrier { Some(name.clone()) } else { None };
        let cookie =
            |auth: &&Auth| if let Carrier::Cookie(name) = &auth.carrier { Some(name.clone()) } else { None };
        let origins = program.service.cors.iter().filter(|origin| *origin != "*").cloned();
        Self {
            headers: auths.iter().filter_map(header).collect(),
            cookies: auths.iter().filter_map(cookie).collect(),
            seen,
            origins: origins.collect(),
        }
    }

    /// Who a request says is calling.
    pub(super) fn identity(&self, request: &Parts) -> Result<Identity, Refusal> {
        let mut credentials = Vec::new();
        let headers = &request.headers;
        if let Some(text) = once(headers, &AUTHORIZATION)? {
            let (scheme, text) = text.split_once(' ').unwrap_or((text, ""));
            let carrier = Carrier::Scheme(SmolStr::new(scheme));
            credentials.push(Credential { carrier, text: text.trim().to_owned() });
        }
        for name in &self.headers {
            if let Some(text) = named(headers, name)? {
                let text = text.trim().to_owned();
                credentials.push(Credential { carrier: Carrier::Header(name.clone()), text });
            }
        }
        for name in &self.cookies {
            if let Some(text) = only_cookie(headers, name)? {
                let text = text.to_owned();
                credentials.push(Credential { carrier: Carrier::Cookie(name.clone()), text });
            }
        }
        if credentials.is_empty() {
            return Ok(Identity::Nobody);
        }
        let mut seen = Vec::new();
        for name in &self.seen {
            if let Some(text) = named(headers, name)? {
                seen.push((name.clone(), SmolStr::new(text)));
            }
        }
        Ok(Identity::Presented(Presented { credentials, headers: seen, own: self.is_own(request) }))
    }

    /// Whether a request carries anything that stands for a caller.
    pub(super) fn carries(&self, headers: &HeaderMap) -> bool {
        headers.contains_key(AUTHORIZATION)
            || self.headers.iter().any(|name| headers.contains_key(name.as_str()))
            || self.cookies(headers).next().is_some()
    }

    /// The cookies of a request that stand for a caller.
    pub(super) fn cookies<'s>(&'s self, headers: &'s HeaderMap) -> impl Iterator<Item = &'s str> {
        let carried = move |name: &&SmolStr| cookies(headers, name).next().is_some();
        self.cookies.iter().filter(carried).map(SmolStr::as_str)
    }

    /// Whether no page of another site can have made a browser send this: it changes nothing, or the browser
    /// itself says where it comes from.
    pub(super) fn is_own(&self, request: &Parts) -> bool {
        if [Method::GET, Method::HEAD, Method::OPTIONS].contains(&request.method) {
            return true;
        }
        let said = |name: &HeaderName| request.headers.get(name).map(|it| it.to_str().unwrap_or("?"));
        let known = |origin: &str| self.origins.iter().any(|known| known == origin);
        match (said(&FETCH_SITE), said(&ORIGIN)) {
            (Some("same-origin" | "none"), _) => true,
            (Some(_), Some(origin)) => known(origin),
            (Some(_), None) | (None, None) => false,
            (None, Some(origin)) => {
                let host = request.uri.authority().map(http::uri::Authority::as_str).or_else(|| said(&HOST));
                known(origin) || host.is_some_and(|host| is_of(origin, host))
            }
        }
    }
}

/// Whether an origin has a host, each with its port where that is not the usual one.
fn is_of(origin: &str, host: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let usual = if scheme == "https" { ":443" } else { ":80" };
    let bare = |host: &str| host.strip_suffix(usual).unwrap_or(host).to_ascii_lowercase();
    bare(authority) == bare(host)
}

fn looked_at(expr: &Expr, seen: &mut Vec<SmolStr>) {
    if let Node::Context(Context::Header(name)) = &expr.node
        && !seen.contains(name)
    {
        seen.push(name.clone());
    }
    expr.children().into_iter().for_each(|child| looked_at(child, seen));
}

fn named<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, Refusal> {
    HeaderName::from_bytes(name.as_bytes()).map_or(Ok(None), |name| once(headers, &name))
}

/// A header that a request has at most once.
fn once<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>, Refusal> {
    let mut given = headers.get_all(name).iter();
    let Some(first) = given.next() else { return Ok(None) };
    let title = if *name == AUTHORIZATION { "Authorization" } else { name.as_str() };
    if given.next().is_some() {
        return Err(Refusal::saying(MALFORMED, format!("a request carries one `{title}` header")));
    }
    let text = first.to_str();
    text.map(Some).map_err(|_| Refusal::saying(MALFORMED, format!("the `{title}` header is not text")))
}

fn cookies<'h>(headers: &'h HeaderMap, name: &str) -> impl Iterator<Item = &'h [u8]> {
    let headers = headers.get_all(COOKIE).iter().map(HeaderValue::as_bytes);
    headers.flat_map(move |header| query::cookies(header, name)).filter(|value| !value.is_empty())
}

/// A cookie that a request has at most once: of two, one may have been put there by somebody else.
fn only_cookie<'h>(headers: &'h HeaderMap, name: &str) -> Result<Option<&'h str>, Refusal> {
    let mut found = cookies(headers, name);
    let Some(first) = found.next() else { return Ok(None) };
    if found.next().is_some() {
        return Err(Refusal::saying(MALFORMED, format!("a request carries one cookie `{name}`")));
    }
    let text = query::visible(first);
    text.map(Some).ok_or_else(|| Refusal::saying(MALFORMED, format!("the cookie `{name}` is not text")))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use http::Request;

    /// Each line: method, `Sec-Fetch-Site`, `Origin`, then whether a cookie counts.
    const CASES: &str = "
        GET    cross-site  https://evil.example        yes
        POST   same-origin https://store.example       yes
        POST   none        -                           yes
        POST   same-site   https://evil.store.example  no
        POST   same-site   https://app.store.example   yes
        POST   cross-site  https://evil.example        no
        POST   cross-site  https://app.store.example   yes
        POST   cross-site  null                        no
        POST   cross-site  -                           no
        POST   ?           -                           no
        POST   -           -                           no
        POST   -           null                        no
        POST   -           https://store.example       yes
        POST   -           https://STORE.example:443   yes
        POST   -           https://store.example:8443  no
        POST   -           https://store.example.evil  no
        POST   -           https://evil.example        no
        POST   -           store.example               no
        DELETE -           https://app.store.example   yes
        PATCH  -           https://evil-app.store.example no";

    #[test]
    fn a_cookie_counts_where_no_other_site_can_have_sent_it() {
        let origins = vec![SmolStr::new("https://app.store.example")];
        let (headers, cookies, seen) = (Vec::new(), Vec::new(), Vec::new());
        let carriers = Carriers { headers, cookies, seen, origins };
        for case in CASES.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let words: Vec<&str> = case.split_whitespace().collect();
            let [method, site, origin, counts] = words.try_into().unwrap();
            let mut request = Request::builder().method(method).header("host", "store.example");
            for (name, value) in [("sec-fetch-site", site), ("origin", origin)] {
                request = if value == "-" { request } else { request.header(name, value) };
            }
            let (parts, ()) = request.body(()).unwrap().into_parts();
            assert_eq!(if carriers.is_own(&parts) { "yes" } else { "no" }, counts, "{case}");
        }
    }
}

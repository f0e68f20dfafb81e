//! What is asked of an upstream, made of the arguments of a call.
use super::{Upstream, Upstreams, address};
use crate::eval::Scope;
use crate::facts::Facts;
use crate::stop::{Run, Stop};
use crate::value::Value;
use crate::wire;
use quater_ir::Id;
use quater_ir::operation::Place;
use quater_ir::resource::{Resource, UpstreamCall, UpstreamParameter, UpstreamTarget};
use quater_ir::surface::Method as Declared;
use quater_ir::types::Type;
use reqwest::header::{CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};

/// A request that is ready to be sent.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) resource: Id<Resource>,
    pub(crate) call: Id<UpstreamCall>,
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Option<Vec<u8>>,
}

/// A parameter with its argument.
type Given<'a> = (&'a UpstreamParameter, Value);

impl Request {
    /// Which call it is, as files name it.
    pub(crate) fn name(&self, facts: &Facts) -> String {
        let call = super::call_of(facts, self.resource, self.call).map_or("", |call| call.name.as_str());
        format!("{}.{call}", facts.program.resources[self.resource].name)
    }
}

impl Upstreams {
    /// What a call asks with such values; in words what stands in its way, where one cannot be sent.
    pub(crate) fn request(
        &self,
        scope: &Scope<'_>,
        resource: Id<Resource>,
        id: Id<UpstreamCall>,
        values: Vec<Value>,
    ) -> Run<Result<Request, String>> {
        let call = super::call_of(scope.facts, resource, id).ok_or(Stop::Defect("a call of no upstream"))?;
        let upstream = self.get(resource).ok_or(Stop::Defect("an upstream without a plan"))?;
        let given: Vec<Given<'_>> = call.parameters.iter().zip(values).collect();
        let mut url = match target(upstream, call, &given) {
            Ok(url) => url,
            Err(why) => return Ok(Err(why)),
        };
        query(&mut url, &given);
        let mut headers = match headers(&given) {
            Ok(headers) => headers,
            Err(why) => return Ok(Err(why)),
        };
        let body = body(scope, &given)?;
        if body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let method = match call.method {
            Declared::Get => Method::GET,
            Declared::Post => Method::POST,
            Declared::Put => Method::PUT,
            Declared::Patch => Method::PATCH,
            Declared::Delete => Method::DELETE,
        };
        Ok(Ok(Request { resource, call: id, method, url, headers, body }))
    }
}

fn target(upstream: &Upstream, call: &UpstreamCall, given: &[Given<'_>]) -> Result<Url, String> {
    match (&call.target, &upstream.base) {
        (UpstreamTarget::Path(path), Some(base)) => under(base, path, given),
        (UpstreamTarget::Path(_), None) => Err("it has no address".to_owned()),
        (UpstreamTarget::Address(at), _) => {
            let text = given.get(*at as usize).and_then(|(_, value)| value.text().ok()).unwrap_or("");
            let url = Url::parse(text).map_err(|_| "its address is no URL".to_owned())?;
            let may = upstream.private || address::may_be_called(&url);
            if may { Ok(url) } else { Err(address::Private.to_string()) }
        }
    }
}

/// A path with its parameters, behind the URL of the resource. A value is one segment, and stays one.
fn under(base: &Url, path: &str, given: &[Given<'_>]) -> Result<Url, String> {
    let mut url = base.clone();
    let mut whole = base.path().trim_end_matches('/').to_owned();
    for segment in path.split('/').skip(1) {
        whole.push('/');
        let mut rest = segment;
        while let Some((before, (name, after))) =
            rest.split_once('{').and_then(|(before, inner)| Some((before, inner.split_once('}')?)))
        {
            whole.push_str(before);
            let value = given.iter().find(|(it, _)| it.field.name == name).map(|(_, value)| value);
            let text = value.and_then(wire::text::of).unwrap_or_default();
            if matches!(&*text, "" | "." | "..") {
                return Err(format!("`{text}` cannot stand in its path"));
            }
            whole.push_str(&encoded(&text));
            rest = after;
        }
        whole.push_str(rest);
    }
    url.set_path(&whole);
    Ok(url)
}

fn query(url: &mut Url, given: &[Given<'_>]) {
    for (parameter, value) in given.iter().filter(|(it, _)| it.place == Place::Query) {
        let items = if let (Value::List(items), Type::List(..)) = (value, parameter.field.ty.required()) {
            items.to_vec()
        } else {
            vec![value.clone()]
        };
        for text in items.iter().filter_map(wire::text::of) {
            url.query_pairs_mut().append_pair(&parameter.field.name, &text);
        }
    }
}

fn headers(given: &[Given<'_>]) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (parameter, value) in given {
        let (name, text) = match (&parameter.place, wire::text::of(value)) {
            (Place::Header(name), Some(text)) => (name.clone(), text.into_owned()),
            (Place::Cookie(name), Some(text)) => {
                (COOKIE.as_str().into(), format!("{name}={}", encoded(&text)))
            }
            (_, _) => continue,
        };
        let unfit = || format!("`{}` cannot stand in a header", parameter.field.name);
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unfit())?;
        let mut value = HeaderValue::try_from(text).map_err(|_| unfit())?;
        value.set_sensitive(true);
        headers.append(name, value);
    }
    Ok(headers)
}

fn body(scope: &Scope<'_>, given: &[Given<'_>]) -> Run<Option<Vec<u8>>> {
    let program = &scope.facts.program;
    let mut out = Vec::new();
    if let Some((parameter, value)) = given.iter().find(|(it, _)| it.place == Place::Body) {
        wire::write::value(&mut out, program, value, &parameter.field.ty)?;
        return Ok(Some(out));
    }
    for (parameter, value) in given.iter().filter(|(it, _)| it.place == Place::Member) {
        out.push(if out.is_empty() { b'{' } else { b',' });
        wire::write::key(&mut out, &parameter.field.name);
        wire::write::value(&mut out, program, value, &parameter.field.ty)?;
    }
    if out.is_empty() {
        return Ok(None);
    }
    out.push(b'}');
    Ok(Some(out))
}

/// A text as one segment of a path.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte as char),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::under;
    use reqwest::Url;

    #[test]
    fn a_path_is_sent_as_it_stands() {
        for base in ["https://pay.example/v1", "https://pay.example/v1/"] {
            let url = |path: &str| under(&Url::parse(base).unwrap(), path, &[]).unwrap().to_string();
            assert_eq!(url("/charges"), "https://pay.example/v1/charges");
            assert_eq!(url("/charges/"), "https://pay.example/v1/charges/");
        }
    }
}

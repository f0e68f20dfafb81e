//! A call's arguments as each door receives them.
use crate::call::{HttpInput, Input, Parts};
use crate::stop::{Run, Stop};
use crate::value::Value;
use crate::wire::{text, write};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use quater_ir::operation::{Door, Input as Declared, Operation, Place};
use quater_ir::surface::{Hole, Template};
use quater_ir::types::Type;
use quater_ir::{Id, Program};
use serde_json::Map;
use smol_str::SmolStr;

/// One argument: its declaration and its value.
pub(super) type Argument<'a> = (&'a Declared, Value);

/// The input of a call through a door.
pub(super) fn input(
    program: &Program,
    id: Id<Operation>,
    door: Door,
    arguments: &[Argument<'_>],
) -> Run<Input> {
    match door {
        Door::Socket | Door::Job => Err(Stop::Defect("nobody calls an operation by this door")),
        Door::Http => http(program, id, arguments).map(Input::Http),
        Door::Mcp => {
            let mut object = Map::new();
            for (input, value) in arguments {
                let mut json = Vec::new();
                // Decimals as texts, which an agent may send, too: a number would come as a double.
                write::stored(&mut json, program, value, &input.ty)?;
                let json =
                    serde_json::from_slice(&json).map_err(|_| Stop::Defect("an argument is not JSON"))?;
                object.insert(input.name.to_string(), json);
            }
            Ok(Input::Object(object))
        }
        Door::Cli => {
            let mut list = Vec::new();
            for (input, value) in arguments.iter().filter(|(_, value)| !value.is_null()) {
                list.push((input.name.clone(), plain(program, input, value)?));
            }
            Ok(Input::Arguments(list))
        }
    }
}

fn json(program: &Program, input: &Declared, value: &Value) -> Run<Vec<u8>> {
    let mut out = Vec::new();
    write::value(&mut out, program, value, &input.ty)?;
    Ok(out)
}

/// The text of a scalar, or JSON text.
fn plain(program: &Program, input: &Declared, value: &Value) -> Run<String> {
    if !matches!(input.ty.required(), Type::Row(_) | Type::Ref(_))
        && let Some(text) = text::of(value)
    {
        return Ok(text.into_owned());
    }
    let json =
        String::from_utf8(json(program, input, value)?).map_err(|_| Stop::Defect("JSON is not UTF-8"))?;
    let key = matches!(input.ty.required(), Type::Row(_) | Type::Ref(_));
    Ok(if key { json.trim_matches('"').to_owned() } else { json })
}

fn http(program: &Program, id: Id<Operation>, arguments: &[Argument<'_>]) -> Run<HttpInput> {
    let found = program.surface.routes.iter().position(|route| route.operation == id);
    let at = found.ok_or(Stop::Defect("an operation without a route"))?;
    let route = program.surface.routes.get(at).ok_or(Stop::Defect("an operation without a route"))?;
    let names = route.path.split('{').skip(1).filter_map(|part| part.split('}').next());
    let mut path = Vec::new();
    for name in names {
        let argument = arguments.iter().find(|(input, _)| input.name == name);
        let (input, value) = argument.ok_or(Stop::Defect("a call without a value for its path"))?;
        path.push(SmolStr::from(encode(&plain(program, input, value)?)));
    }
    let mut headers = HeaderMap::new();
    let mut query = Vec::new();
    let mut members = Vec::new();
    let mut whole = None;
    for (input, value) in arguments {
        match &input.place {
            Place::Path => {}
            Place::Query => query.extend(parameters(program, input, value)?),
            Place::Member | Place::Part => members.push((&input.name, json(program, input, value)?)),
            Place::Body => {
                whole = Some(json(program, input, value)?);
                members.push((&input.name, json(program, input, value)?));
            }
            Place::Header(name) => header(&mut headers, name, &plain(program, input, value)?)?,
            Place::Cookie(name) => {
                header(&mut headers, "cookie", &format!("{name}={}", plain(program, input, value)?))?;
            }
        }
    }
    let all = whole.unwrap_or_else(|| object(&members));
    let body = match &route.input {
        Some(template) => wrapped(template, &all, &members)?.unwrap_or(all),
        None => all,
    };
    let target = format!("/?{}", query.join("&"));
    let uri: Uri = target.parse().map_err(|_| Stop::Defect("a query that is no query"))?;
    Ok(HttpInput { route: at, path, uri, headers, body: Bytes::from(body), parts: Parts::default() })
}

/// A member of a body and its JSON.
type Member<'m> = (&'m SmolStr, Vec<u8>);

fn object(members: &[Member<'_>]) -> Vec<u8> {
    let mut out = vec![b'{'];
    for (name, json) in members {
        if out.len() > 1 {
            out.push(b',');
        }
        write::key(&mut out, name);
        out.extend_from_slice(json);
    }
    out.push(b'}');
    out
}

/// What a request's body is wrapped in, filled; nothing where an input that was not given has its place.
fn wrapped(template: &Template, all: &[u8], given: &[Member<'_>]) -> Run<Option<Vec<u8>>> {
    match template {
        Template::Object(inside) => {
            let mut members = Vec::new();
            for (name, template) in inside {
                members.extend(wrapped(template, all, given)?.map(|json| (name, json)));
            }
            Ok(Some(object(&members)))
        }
        Template::Hole(Hole::Input) => Ok(Some(all.to_vec())),
        Template::Hole(Hole::Member(name)) => {
            Ok(given.iter().find(|(other, _)| *other == name).map(|(_, json)| json.clone()))
        }
        Template::Hole(_) | Template::List(_) | Template::Literal(_) => {
            Err(Stop::Defect("a request is wrapped by its inputs alone"))
        }
    }
}

fn parameters(program: &Program, input: &Declared, value: &Value) -> Run<Vec<String>> {
    if value.is_null() {
        return Ok(Vec::new());
    }
    let named = |text: &str| format!("{}={}", encode(&input.name), encode(text));
    if let (Value::List(items), Type::List(..)) = (value, input.ty.required()) {
        return Ok(items.iter().filter_map(text::of).map(|text| named(&text)).collect());
    }
    Ok(vec![named(&plain(program, input, value)?)])
}

fn header(headers: &mut HeaderMap, name: &str, value: &str) -> Run<()> {
    let name = HeaderName::try_from(name).map_err(|_| Stop::Defect("a header that is no header"))?;
    let value = HeaderValue::try_from(value).map_err(|_| Stop::Defect("a header with such a value"))?;
    headers.append(name, value);
    Ok(())
}

fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(byte as char),
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

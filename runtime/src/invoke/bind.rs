//! Inputs: everything that is wrong with them is found before the body starts.
use super::query;
use crate::call::{HttpInput, Input, Part, Parts, Refusal, Source};
use crate::engine::Engine;
use crate::eval::{About, Scope};
use crate::plan::inputs::RoutePlan;
use crate::stop::{Run, Stop};
use crate::value::Value;
use crate::wire::read::Reader;
use crate::wire::tree::Tree;
use http::HeaderValue;
use quater_ir::expr::Expr;
use quater_ir::fault::MALFORMED;
use quater_ir::operation::{Input as Declared, Operation, Place};
use quater_ir::surface::{Hole, Template};
use quater_ir::types::Type;
use serde_json::{Map, Value as Json};
use smol_str::SmolStr;
use std::borrow::Cow;
use std::sync::Arc;

/// The slots of a body with the inputs in their places.
pub(super) fn inputs(
    engine: &Engine,
    about: &About,
    operation: &Operation,
    slots: usize,
    input: &Input,
) -> Run<Vec<Value>> {
    let scope = Scope { facts: &engine.facts, about, slots: &[], row: None, item: None };
    let default = |expr: &Expr| scope.value(expr);
    let reader = Reader::new(&engine.facts.program, &engine.facts.patterns, &default);
    let slots = vec![Value::Null; slots];
    let none = Parts::default();
    let (input, files) = match input {
        Input::Accompanied(input, parts) => (&**input, parts),
        alone @ (Input::Http(_) | Input::Object(_) | Input::Arguments(_)) => (alone, &none),
    };
    let mut binder = Binder { operation, reader, slots, files };
    match input {
        Input::Http(http) => {
            let route = engine.plan.routes.get(http.route).ok_or(Stop::Defect("a route without a plan"))?;
            binder.http(route, http)?;
        }
        Input::Object(members) => binder.object(members),
        Input::Arguments(arguments) => binder.arguments(arguments),
        Input::Accompanied(..) => return Err(Stop::Defect("files twice")),
    }
    if let Some(stop) = binder.reader.stop.take() {
        return Err(stop);
    }
    if binder.reader.violations.is_empty() {
        return Ok(binder.slots);
    }
    Err(Refusal::invalid(&engine.facts.program, binder.reader.violations).into())
}

/// The members of an object, in their order.
type Members<'t> = Vec<(Cow<'t, str>, Tree<'t>)>;

struct Binder<'a> {
    operation: &'a Operation,
    reader: Reader<'a>,
    slots: Vec<Value>,
    /// What came along beside the inputs.
    files: &'a Parts,
}

impl<'a> Binder<'a> {
    fn declared(&self, at: usize) -> Option<&'a Declared> {
        self.operation.inputs.get(at)
    }

    /// Reads one input and puts it into its slot.
    fn put(&mut self, input: &Declared, read: impl FnOnce(&mut Reader<'a>) -> Value) {
        let value = self.reader.within(&input.name, read);
        self.set(input, value);
    }

    fn set(&mut self, input: &Declared, value: Value) {
        if let Some(place) = self.slots.get_mut(input.slot.0 as usize) {
            *place = value;
        }
    }

    /// The file that came along for an input.
    fn file(&self, input: &Declared) -> Option<Value> {
        let mut given = self.files.given().iter().filter(|(name, _)| *name == input.name);
        given.find_map(|(_, part)| match part {
            Part::File(file) => Some(Value::File(Arc::clone(file))),
            Part::Text(_) => None,
        })
    }

    fn http(&mut self, route: &RoutePlan, http: &HttpInput) -> Run<()> {
        self.reader.place = Source::Path;
        for (at, raw) in route.path.iter().zip(&http.path) {
            let Some(input) = self.declared(*at) else { continue };
            self.put(input, |reader| match query::decode(raw, false) {
                Some(text) => reader.text(&text, &input.ty),
                None => reader.refuse("encoding", "is not percent-encoded UTF-8"),
            });
        }
        self.reader.place = Source::Query;
        self.query(&route.query, http.uri.query().unwrap_or(""));
        self.reader.place = Source::Header;
        for (name, at) in &route.headers {
            self.one(*at, http.headers.get_all(name.as_str()).iter().map(HeaderValue::as_bytes));
        }
        self.reader.place = Source::Cookie;
        for (name, at) in &route.cookies {
            let headers = http.headers.get_all("cookie").iter().map(HeaderValue::as_bytes);
            self.one(*at, headers.flat_map(|header| query::cookies(header, name)));
        }
        self.reader.place = Source::Body;
        if self.operation.inputs.iter().any(|input| input.place == Place::Part) {
            self.parts(&http.parts, &route.members);
            return Ok(());
        }
        self.body(route, &http.body)
    }

    fn one<'h>(&mut self, at: usize, mut values: impl Iterator<Item = &'h [u8]>) {
        let Some(input) = self.declared(at) else { return };
        let (first, second) = (values.next(), values.next());
        self.put(input, |reader| match (first.map(query::visible), second) {
            (None, _) => reader.absent(&input.ty, input.default.as_ref()),
            (Some(_), Some(_)) => reader.refuse("duplicate", "is given more than once"),
            (Some(Some(text)), None) => reader.text(text, &input.ty),
            (Some(None), None) => reader.refuse("encoding", "must be visible ASCII"),
        });
    }

    fn query(&mut self, known: &[usize], text: &str) {
        let mut given: Vec<(usize, Vec<Cow<'_, str>>)> = Vec::new();
        for (name, value) in query::pairs(text) {
            let (Some(name), Some(value)) = (query::decode(name, true), query::decode(value, true)) else {
                self.reader.within(name, |reader| reader.refuse("encoding", "is not percent-encoded UTF-8"));
                continue;
            };
            let at = known.iter().copied().find(|at| self.declared(*at).is_some_and(|it| it.name == *name));
            match at {
                Some(at) => add(&mut given, at, value),
                None => self.unknown(&name, known),
            }
        }
        for at in known {
            let Some(input) = self.declared(*at) else { continue };
            let values = given.iter().find(|(its, _)| its == at).map(|(_, values)| values.as_slice());
            self.put(input, |reader| texts(reader, values.unwrap_or_default(), input));
        }
    }

    /// Inputs out of the parts of a body.
    fn parts(&mut self, parts: &Parts, known: &[usize]) {
        for (name, _) in parts.given() {
            if !self.operation.inputs.iter().any(|input| input.place == Place::Part && input.name == *name) {
                self.unknown(name, known);
            }
        }
        for at in known {
            let Some(input) = self.declared(*at) else { continue };
            let part = parts.given().iter().find(|(name, _)| *name == input.name).map(|(_, part)| part);
            self.put(input, |reader| match part {
                Some(Part::File(file)) => Value::File(Arc::clone(file)),
                Some(Part::Text(text)) => reader.text(text, &input.ty),
                None => reader.absent(&input.ty, input.default.as_ref()),
            });
        }
    }

    fn unknown(&mut self, name: &str, known: &[usize]) {
        let operation = self.operation;
        let names = known.iter().filter_map(|at| operation.inputs.get(*at)).map(|input| &input.name);
        self.reader.take(name, Tree::Null, None, names);
    }

    fn body(&mut self, route: &RoutePlan, body: &[u8]) -> Run<()> {
        if route.members.is_empty() && route.body.is_none() {
            return Ok(());
        }
        let tree = if body.iter().all(u8::is_ascii_whitespace) { None } else { Some(parse(body)?) };
        if let Some(template) = &route.wrap {
            self.wrapped(route, template, tree);
            return Ok(());
        }
        if let Some(input) = route.body.and_then(|at| self.declared(at)) {
            let value = match tree {
                Some(tree) => self.reader.value(tree, &input.ty),
                None => self.reader.absent(&input.ty, input.default.as_ref()),
            };
            self.set(input, value);
            return Ok(());
        }
        if let Some(members) = self.opened(tree) {
            self.members(members, &route.members);
        }
        Ok(())
    }

    /// The members of an object; of one that is not there none.
    fn opened<'t>(&mut self, tree: Option<Tree<'t>>) -> Option<Members<'t>> {
        match tree.unwrap_or_else(|| Tree::Object(Vec::new())) {
            Tree::Object(members) => Some(members),
            other @ (Tree::Null
            | Tree::Bool(_)
            | Tree::Int(_)
            | Tree::Float(_)
            | Tree::Number(_)
            | Tree::Text(_)
            | Tree::List(_)) => {
                self.reader.refuse("type", format!("must be an object, not {}", other.kind()));
                None
            }
        }
    }

    /// Inputs out of the envelope of `as { … }`.
    fn wrapped(&mut self, route: &RoutePlan, template: &Template, tree: Option<Tree<'_>>) {
        match template {
            Template::Object(members) => {
                let Some(opened) = self.opened(tree) else { return };
                let mut given: Vec<Option<Tree<'_>>> = Vec::new();
                given.resize_with(members.len(), || None);
                for (name, tree) in opened {
                    let at = members.iter().position(|(its, _)| **its == *name);
                    let names = members.iter().map(|(name, _)| name);
                    self.reader.take(&name, tree, at.and_then(|at| given.get_mut(at)), names);
                }
                for ((name, inner), tree) in members.iter().zip(given) {
                    let length = self.reader.enter(name);
                    self.wrapped(route, inner, tree);
                    self.reader.leave(length);
                }
            }
            Template::Hole(Hole::Input) => {
                if let Some(members) = self.opened(tree) {
                    self.members(members, &route.members);
                }
            }
            Template::Hole(Hole::Member(name)) => {
                let operation = self.operation;
                let Some(input) = operation.inputs.iter().find(|input| input.name == *name) else { return };
                let value = match tree {
                    Some(tree) => self.reader.value(tree, &input.ty),
                    None => self.reader.absent(&input.ty, input.default.as_ref()),
                };
                self.set(input, value);
            }
            Template::Hole(_) | Template::List(_) | Template::Literal(_) => {}
        }
    }

    fn members(&mut self, members: Members<'_>, known: &[usize]) {
        let mut given: Vec<Option<Tree<'_>>> = Vec::new();
        given.resize_with(known.len(), || None);
        let operation = self.operation;
        let names = || known.iter().filter_map(|at| operation.inputs.get(*at)).map(|input| &input.name);
        for (name, tree) in members {
            let at = names().position(|its| **its == *name);
            self.reader.take(&name, tree, at.and_then(|at| given.get_mut(at)), names());
        }
        for (at, tree) in known.iter().zip(given) {
            let Some(input) = self.declared(*at) else { continue };
            let file = self.file(input);
            self.put(input, |reader| match (tree, file) {
                (Some(tree), _) => reader.value(tree, &input.ty),
                (None, Some(file)) => file,
                (None, None) => reader.absent(&input.ty, input.default.as_ref()),
            });
        }
    }

    fn object(&mut self, members: &Map<String, Json>) {
        self.reader.place = Source::Arguments;
        let all: Vec<usize> = (0..self.operation.inputs.len()).collect();
        let members = members.iter().map(|(name, value)| (Cow::Borrowed(name.as_str()), Tree::from(value)));
        self.members(members.collect(), &all);
    }

    fn arguments(&mut self, arguments: &[(SmolStr, String)]) {
        self.reader.place = Source::Arguments;
        let all: Vec<usize> = (0..self.operation.inputs.len()).collect();
        for (name, _) in arguments {
            if !self.operation.inputs.iter().any(|input| input.name == *name) {
                self.unknown(name, &all);
            }
        }
        let operation = self.operation;
        for input in &operation.inputs {
            let its = arguments.iter().filter(|(name, _)| *name == input.name);
            let values: Vec<Cow<'_, str>> = its.map(|(_, text)| Cow::Borrowed(text.as_str())).collect();
            let file = self.file(input).filter(|_| values.is_empty());
            self.put(input, |reader| file.unwrap_or_else(|| texts(reader, &values, input)));
        }
    }
}

fn add<'t>(given: &mut Vec<(usize, Vec<Cow<'t, str>>)>, at: usize, value: Cow<'t, str>) {
    match given.iter_mut().find(|(its, _)| *its == at) {
        Some((_, values)) => values.push(value),
        None => given.push((at, vec![value])),
    }
}

fn texts(reader: &mut Reader<'_>, values: &[Cow<'_, str>], input: &Declared) -> Value {
    match values {
        [] => reader.absent(&input.ty, input.default.as_ref()),
        values if matches!(input.ty.required(), Type::List(..)) => reader.texts(values, &input.ty),
        [only] => reader.text(only, &input.ty),
        _ => reader.refuse("duplicate", "is given more than once"),
    }
}

fn parse(body: &[u8]) -> Run<Tree<'_>> {
    Tree::read(body).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        Refusal::saying(MALFORMED, format!("the body is not JSON: it breaks at {place}")).into()
    })
}

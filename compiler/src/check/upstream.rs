//! Typed calls of an `http` resource.
use super::doors::one_text;
use super::resource::is_any;
use super::scope::{Place, Presence, Scope};
use super::{Checker, docs};
use crate::ast::{self, ModifierKind, ParameterSource, ResourceKind as Kind, RouteSegment};
use crate::report::{Code, Report, Span};
use quater_ir::operation::Place as Where;
use quater_ir::resource::{Resource, ResourceKind, UpstreamCall, UpstreamParameter, UpstreamTarget};
use quater_ir::surface::Method;
use quater_ir::types::{Field, Type};
use quater_ir::{Arena, Id};
use smol_str::SmolStr;
use std::collections::BTreeSet;

impl Checker<'_> {
    /// What can be asked of every upstream.
    pub(crate) fn upstream_calls(&mut self) {
        for (index, node) in self.names.resources.iter().enumerate() {
            let id: Id<Resource> = Id::new(index as u32);
            if node.kind != Kind::Http {
                continue;
            }
            let mut calls: Arena<UpstreamCall> = Arena::default();
            for call in node.calls.iter().filter(|call| !call.name.is_hole()) {
                if calls.values().any(|other| other.name == call.name.text) {
                    let message = format!("`{}` is there twice", call.name.text);
                    self.error::<()>(Code::E0202, call.name.at, message);
                    continue;
                }
                let (made, whole) = self.upstream_call(call, is_any(node));
                let made = calls.add(made);
                if !whole {
                    self.half_calls.insert((id, made));
                }
            }
            if let ResourceKind::Http(upstream) = &mut self.resources[id].kind {
                upstream.calls = calls;
            }
        }
    }

    /// A call, and whether all of it was understood.
    fn upstream_call(&mut self, node: &ast::UpstreamCall, any: bool) -> (UpstreamCall, bool) {
        let method = method(node.method);
        let mut call = UpstreamCall {
            name: node.name.text.clone(),
            docs: docs(node.docs.as_ref()),
            parameters: Vec::new(),
            output: None,
            method,
            target: UpstreamTarget::Path(SmolStr::default()),
        };
        let in_query = matches!(method, Method::Get | Method::Delete);
        let usual = if in_query { Where::Query } else { Where::Member };
        let mut whole = true;
        for parameter in &node.parameters {
            if call.parameters.iter().any(|other| other.field.name == parameter.name.text) {
                let message = format!("`{}` is there twice", parameter.name.text);
                self.error::<()>(Code::E0202, parameter.name.at, message);
                continue;
            }
            match self.upstream_parameter(parameter, &usual) {
                Some(parameter) => call.parameters.push(parameter),
                None => whole = false,
            }
        }
        if let Some(ty) = &node.output {
            call.output = self.upstream_output(ty);
            whole &= call.output.is_some();
        }
        let target = if whole { self.upstream_target(&mut call, node, any) } else { None };
        let Some(target) = target else { return (call, false) };
        call.target = target;
        self.carried(&call, node.at);
        (call, true)
    }

    fn upstream_parameter(&mut self, node: &ast::Field, usual: &Where) -> Option<UpstreamParameter> {
        self.only_modifiers(node, |kind| matches!(kind, ModifierKind::Default(_) | ModifierKind::From(_)));
        let ty = self.ty(&node.ty)?;
        if matches!(ty.required(), Type::Password | Type::File(_)) {
            let message = format!("{} can't be sent to an upstream", self.describe(ty.required()));
            return self.error(Code::E0301, node.ty.at, message);
        }
        if let Some(sent) = self.secret_in(&ty, &mut BTreeSet::new()) {
            return self.error(Code::E0403, node.ty.at, format!("{sent} would leave the service here"));
        }
        let default = match node.default() {
            Some(value) => {
                let mut scope = Scope::new(Place::Start, Presence::Never, None);
                Some(self.expect(&mut scope, value, &ty, &node.name.text)?.expr)
            }
            None => None,
        };
        let source =
            node.modifier(|kind| if let ModifierKind::From(from) = kind { Some(from) } else { None });
        let place = match source.map(|(source, _)| source) {
            None => usual.clone(),
            Some(ParameterSource::Body) => Where::Body,
            Some(ParameterSource::Header(name)) => {
                Where::Header(self.plain(name)?.to_ascii_lowercase().into())
            }
            Some(ParameterSource::Cookie(name)) => Where::Cookie(SmolStr::new(self.plain(name)?)),
        };
        let (name, docs) = (node.name.text.clone(), docs(node.docs.as_ref()));
        let field = Field { name, docs, ty, default, secret: false, source: None };
        Some(UpstreamParameter { field, place })
    }

    fn upstream_output(&mut self, ty: &ast::Type) -> Option<Type> {
        let output = self.ty(ty)?;
        let projected = matches!(output, Type::Record(id) if self.records[id].of.is_some());
        if projected || matches!(output.required(), Type::Password | Type::Ref(_)) {
            let report =
                Report::new(Code::E0301, ty.at, "an upstream answers values, not rows of this service");
            return self.report(report.help("say what it answers: `-> { ref: text }`"));
        }
        Some(output)
    }

    fn upstream_target(
        &mut self,
        call: &mut UpstreamCall,
        node: &ast::UpstreamCall,
        any: bool,
    ) -> Option<UpstreamTarget> {
        match (&node.address, &node.route) {
            (Some(name), _) if !any => {
                let report = Report::new(Code::E0503, name.at, "this resource has an address of its own");
                self.report(report.help("write a path, or make the resource `http(any)`"))
            }
            (None, Some(route)) if any => {
                let report =
                    Report::new(Code::E0503, route.at, "`http(any)` has no address to put a path to");
                self.report(report.help("take the address from a parameter: `notify(to: url) = POST {to}`"))
            }
            (Some(name), _) => self.upstream_address(call, name).map(UpstreamTarget::Address),
            (None, Some(route)) => self.upstream_path(call, route).map(UpstreamTarget::Path),
            (None, None) => None,
        }
    }

    fn upstream_address(&mut self, call: &mut UpstreamCall, name: &ast::Name) -> Option<u32> {
        if name.is_hole() {
            return None;
        }
        let found = call.parameters.iter_mut().zip(0..).find(|(it, _)| it.field.name == name.text);
        match found {
            Some((parameter, at)) if parameter.field.ty == Type::Url => {
                parameter.place = Where::Path;
                Some(at)
            }
            Some(_) => self.error(Code::E0301, name.at, format!("`{}` is no `url`", name.text)),
            None => {
                let known: Vec<SmolStr> = call.parameters.iter().map(|it| it.field.name.clone()).collect();
                let message = format!("there is no parameter `{}`", name.text);
                self.unknown(Code::E0503, name, message, known.iter().map(SmolStr::as_str))
            }
        }
    }

    fn upstream_path(&mut self, call: &mut UpstreamCall, route: &ast::Route) -> Option<SmolStr> {
        let mut path = String::new();
        // A slash at the end is sent as it stands: there are services that answer to nothing else.
        for segment in &route.segments {
            path.push('/');
            let name = match segment {
                RouteSegment::Fixed(letters) => {
                    path.push_str(letters);
                    continue;
                }
                RouteSegment::Parameter(name) => name,
            };
            path.push_str(&format!("{{{}}}", name.text));
            match call.parameters.iter_mut().find(|it| it.field.name == name.text) {
                Some(parameter) if parameter.place == Where::Path => {
                    let message = format!("`{}` is twice in the path", name.text);
                    return self.error(Code::E0503, name.at, message);
                }
                Some(parameter) => parameter.place = Where::Path,
                None => {
                    let report =
                        Report::new(Code::E0503, name.at, format!("there is no parameter `{}`", name.text));
                    return self.report(report.help("every `{name}` of a path is a parameter of the call"));
                }
            }
        }
        Some(SmolStr::new(path))
    }

    /// Paths, queries, headers and cookies carry single values, as those of an operation do.
    fn carried(&mut self, call: &UpstreamCall, at: Span) {
        let mut bodies = 0;
        let mut members = 0;
        for UpstreamParameter { field, place } in &call.parameters {
            bodies += u32::from(*place == Where::Body);
            members += u32::from(*place == Where::Member);
            let ty = field.ty.required();
            let single = if let Type::List(of, _) = ty {
                *place == Where::Query && one_text(of)
            } else {
                one_text(ty)
            };
            if !single && !matches!(place, Where::Member | Where::Body) {
                let message =
                    format!("`{}` can't stand in a path, a query, a header or a cookie", field.name);
                self.error::<()>(Code::E0503, at, message);
            }
            if *place == Where::Path && field.ty.is_optional() {
                let message = format!("`{}` stands in the path and can't be absent", field.name);
                self.error::<()>(Code::E0503, at, message);
            }
        }
        let in_query = matches!(call.method, Method::Get | Method::Delete);
        if bodies > 1 || (bodies == 1 && members > 0) {
            let message = "where one parameter is the whole body, no other can be in it";
            self.error::<()>(Code::E0503, at, message);
        }
        if bodies == 1 && in_query {
            self.error::<()>(Code::E0503, at, format!("a {} has no body", call.method.name()));
        }
    }
}

/// A method as a route has it.
pub(crate) const fn method(method: ast::Method) -> Method {
    match method {
        ast::Method::Get => Method::Get,
        ast::Method::Post => Method::Post,
        ast::Method::Put => Method::Put,
        ast::Method::Patch => Method::Patch,
        ast::Method::Delete => Method::Delete,
    }
}

//! Upstreams that a body in Rust may ask: a client for each, with a method for each of its calls.
use super::calls::{self, Part};
use super::names::{pascal, snake, value};
use super::operation::{TYPES, doer, method_of};
use super::rows;
use super::text::Text;
use super::types::Types;
use quater_ir::native::RustBody;
use quater_ir::resource::{Resource, ResourceKind, UpstreamCall};
use quater_ir::{Id, Program};

/// An upstream with the calls of it that a body may make.
pub(super) type Client<'p> = (&'p Resource, Vec<&'p UpstreamCall>);

/// The upstreams of a body, each once.
pub(super) fn clients<'p>(program: &'p Program, rust: &RustBody) -> Vec<Client<'p>> {
    let mut clients: Vec<(Id<Resource>, Client<'p>)> = Vec::new();
    for (id, call) in &rust.requests {
        let resource = &program.resources[*id];
        let ResourceKind::Http(upstream) = &resource.kind else { continue };
        let call = &upstream.calls[*call];
        match clients.iter_mut().find(|(other, _)| other == id) {
            Some((_, (_, calls))) => calls.push(call),
            None => clients.push((*id, (resource, vec![call]))),
        }
    }
    clients.into_iter().map(|(_, client)| client).collect()
}

/// The struct that has the calls of an upstream.
pub(super) fn name(resource: &Resource) -> String {
    format!("{}Client", pascal(&resource.name))
}

/// The method of a context that leads to an upstream.
pub(super) fn method(types: &Types<'_>, rust: &RustBody, resource: &Resource) -> String {
    let name = snake(&resource.name);
    let rows = rust.verbs.iter().map(|verb| rows::method(&types.program.entities[verb.entity]));
    let taken = rows.into_iter().any(|rows| rows == name) || rows::OWN.contains(&name.as_str());
    if taken { format!("{name}_upstream") } else { value(&name) }
}

/// What a module declares about the upstreams of its body.
pub(super) fn declare(types: &Types<'_>, rust: &RustBody) -> Vec<String> {
    let mut out = Vec::new();
    for (resource, calls) in clients(types.program, rust) {
        let with_parameters = calls.iter().filter(|call| !call.parameters.is_empty());
        out.extend(with_parameters.map(|call| request(types, resource, call)));
        let docs = format!("Asks `{}`.", resource.name);
        out.push(doer(&name(resource), &docs, calls, |text, call| {
            method_for(text, types, resource, call);
        }));
    }
    out
}

fn method_for(text: &mut Text, types: &Types<'_>, resource: &Resource, call: &UpstreamCall) {
    let named = format!("{}.{}", resource.name, call.name);
    let docs = if call.docs.is_empty() { format!("Asks `{named}`.") } else { call.docs.clone() };
    let output = call.output.as_ref().map_or_else(|| "()".to_owned(), |ty| types.spell(ty, TYPES));
    let (parameter, given) = if call.parameters.is_empty() {
        (String::new(), "&()")
    } else {
        (format!("request: &{},", request_name(resource, call)), "request")
    };
    method_of(text, &docs, |text| {
        text.doc("");
        text.doc("# Errors");
        text.doc("As it fails, which ends nothing by itself; and while it is yet to be asked, for which the body is run");
        text.doc("again from here once there is a reply.");
        text.open(&format!("pub fn {}(", value(&call.name)));
        text.line("&mut self,");
        if !parameter.is_empty() {
            text.line(&parameter);
        }
        text.close(&format!(") -> Result<{output}, quater::UpstreamError> {{"));
        text.line(&format!("    self.call.request(\"{}\", \"{}\", {given})", resource.name, call.name));
        text.line("}");
    });
}

fn request_name(resource: &Resource, call: &UpstreamCall) -> String {
    format!("{}{}Request", pascal(&resource.name), pascal(&call.name))
}

fn request(types: &Types<'_>, resource: &Resource, call: &UpstreamCall) -> String {
    let docs =
        format!("What `{}.{}` is asked with; what is left out gets its default.", resource.name, call.name);
    let parts = call.parameters.iter().map(|it| Part {
        name: &it.field.name,
        docs: &it.field.docs,
        ty: &it.field.ty,
        secret: false,
        left_out: it.field.default.is_some() || it.field.ty.is_optional(),
    });
    calls::given(types, &request_name(resource, call), &docs, &parts.collect::<Vec<_>>())
}

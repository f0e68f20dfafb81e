//! A service as its clients see it.
use super::super::openapi;
use super::super::schema::{Home, Schemas};
use super::super::uses::Flow;
use super::envelope::{Read, Told};
use super::pascal;
use super::shape::{Declaration, Form, Member, Scalar, Shape, Shapes};
use quater_ir::auth::Carrier;
use quater_ir::fault::{BUILTIN_COUNT, CONFLICT, Fault};
use quater_ir::operation::{Door, Input, Operation, Place};
use quater_ir::surface::Route;
use quater_ir::types::Type;
use quater_ir::{Id, Program};
use std::collections::BTreeSet;

/// Everything that a client is made of.
pub(super) struct Model<'p> {
    pub(super) program: &'p Program,
    /// Types, by name.
    pub(super) declarations: Vec<Declaration>,
    /// Texts that say what stands in them.
    pub(super) scalars: BTreeSet<Scalar>,
    /// Errors, those that every call can have first.
    pub(super) problems: Vec<Problem<'p>>,
    /// A method for each route.
    pub(super) methods: Vec<Method<'p>>,
    /// How callers sign in.
    pub(super) auths: Vec<(&'p str, &'p Carrier)>,
    /// Where the parts of an error stand.
    pub(super) told: Told,
}

/// An error.
pub(super) struct Problem<'p> {
    pub(super) id: Id<Fault>,
    pub(super) fault: &'p Fault,
    /// The name of its type.
    pub(super) name: String,
    /// What it tells.
    pub(super) data: Option<Shape>,
    /// Whether any call can have it, because the protocol itself does.
    pub(super) common: bool,
}

/// What an answer holds.
pub(super) enum Gives {
    Nothing,
    Value(Shape),
    /// Items as they come.
    Stream(Shape),
}

/// One route.
pub(super) struct Method<'p> {
    pub(super) operation: &'p Operation,
    pub(super) route: &'p Route,
    /// The name of the type of its inputs, and of that of its errors.
    pub(super) input: String,
    pub(super) problem: String,
    /// Inputs with their places.
    pub(super) inputs: Vec<(Member, &'p Place)>,
    pub(super) gives: Gives,
    pub(super) read: Read,
    /// Errors of its own.
    pub(super) faults: Vec<Id<Fault>>,
    /// What each item is, where the answer is part of a list that can be asked for on.
    pub(super) pages: Option<Pages>,
}

/// How to get the next part of a list.
pub(super) struct Pages {
    pub(super) of: Shape,
    pub(super) by_offset: bool,
}

impl<'p> Model<'p> {
    /// Of a program, for a language in which these names mean something else.
    pub(super) fn new(program: &'p Program, reserved: &[&str]) -> Self {
        let schemas = Schemas::new(program, Home::Components, openapi::types(program));
        let mut shapes = Shapes::new(program, schemas, reserved);
        let mut seen = BTreeSet::new();
        let routes = program.surface.routes.iter().filter(|route| seen.insert(route.operation));
        let methods: Vec<Method<'_>> = routes.map(|route| method(program, route, &mut shapes)).collect();
        let problems = problems(program, &methods, &mut shapes);
        shapes.finish();
        let auths = program.auths.values().filter(|auth| auth.doors.has(Door::Http));
        Self {
            program,
            declarations: shapes.declarations,
            scalars: shapes.scalars,
            problems,
            methods,
            auths: auths.map(|auth| (auth.name.as_str(), &auth.carrier)).collect(),
            told: Told::of(program.service.errors.as_ref()),
        }
    }

    /// Whether an answer says which error it is.
    pub(super) fn is_coded(&self) -> bool {
        self.told.code.is_some()
    }

    /// The errors of a method that are not those of all, in the order of the file.
    pub(super) fn own<'m>(&'m self, method: &Method<'_>) -> Vec<&'m Problem<'p>> {
        self.problems.iter().filter(|it| !it.common && method.faults.contains(&it.id)).collect()
    }

    /// Whether anything of the client has a shape that some test accepts.
    pub(super) fn has(&self, is: impl Fn(&Shape) -> bool + Copy) -> bool {
        let members = |it: &Declaration| match &it.form {
            Form::Object(members) => members.iter().any(|member| within(&member.shape, is)),
            Form::OneOf(shapes) => shapes.iter().any(|shape| within(shape, is)),
            Form::Words(_) => false,
        };
        let given = |it: &Method<'_>| match &it.gives {
            Gives::Value(shape) | Gives::Stream(shape) => within(shape, is),
            Gives::Nothing => false,
        };
        let taken = |it: &Method<'_>| it.inputs.iter().any(|(member, _)| within(&member.shape, is));
        self.declarations.iter().any(members) || self.methods.iter().any(|it| given(it) || taken(it))
    }
}

fn within(shape: &Shape, is: impl Fn(&Shape) -> bool + Copy) -> bool {
    is(shape)
        || match shape {
            Shape::List(of) | Shape::Page(of) | Shape::Counted(of) | Shape::Optional(of) => within(of, is),
            Shape::Map(key, of) => within(key, is) || within(of, is),
            Shape::Tuple(parts) => parts.iter().any(|part| within(part, is)),
            Shape::Bool
            | Shape::Int
            | Shape::Float
            | Shape::Text
            | Shape::Scalar(_)
            | Shape::Json
            | Shape::Null
            | Shape::Upload
            | Shape::Stored
            | Shape::Named(_)
            | Shape::Word(_) => false,
        }
}

fn method<'p>(program: &'p Program, route: &'p Route, shapes: &mut Shapes<'p>) -> Method<'p> {
    let operation = &program.operations[route.operation];
    let inputs: Vec<_> =
        operation.inputs.iter().map(|it| (input(operation, it, shapes), &it.place)).collect();
    let read = Read::of(route.output.as_ref());
    let at = format!("{}Output", pascal(&operation.name));
    let gives = match &operation.output {
        None => Gives::Nothing,
        Some(_) if read == Read::Nothing => Gives::Nothing,
        Some(Type::Stream(of)) => Gives::Stream(shapes.shape(of, Flow::Out, &at)),
        Some(ty) => Gives::Value(value(program, ty, &read, &at, shapes)),
    };
    let pages = match &gives {
        Gives::Value(Shape::Page(of)) => Some(Pages { of: Shape::clone(of), by_offset: false }),
        Gives::Value(Shape::Counted(of)) => Some(Pages { of: Shape::clone(of), by_offset: true }),
        Gives::Nothing | Gives::Value(_) | Gives::Stream(_) => None,
    };
    let asked = |name: &str| operation.inputs.iter().any(|input| input.name == name);
    let pages = pages.filter(|pages| asked(if pages.by_offset { "offset" } else { "cursor" }));
    let (input, problem) =
        (format!("{}Input", pascal(&operation.name)), format!("{}Problem", pascal(&operation.name)));
    let (input, problem) = (shapes.unused(&input), shapes.unused(&problem));
    Method { operation, route, input, problem, inputs, gives, read, faults: operation.faults.clone(), pages }
}

/// An output as it comes out of its envelope, which may leave members out.
fn value(program: &Program, ty: &Type, read: &Read, at: &str, shapes: &mut Shapes<'_>) -> Shape {
    let Read::Members(members) = read else { return shapes.shape(ty, Flow::Out, at) };
    let has = |name: &str| members.iter().any(|(its, _)| its == name);
    if let Type::Record(id) = ty {
        let record = &program.records[*id];
        if record.fields.values().all(|field| field.secret || has(&field.name)) {
            return shapes.shape(ty, Flow::Out, at);
        }
        return shapes.declared(at, &record.docs, |shapes, at| {
            let fields = record.fields.values().filter(|field| has(&field.name));
            Form::Object(fields.map(|field| shapes.field(field, Flow::Out, at, true)).collect())
        });
    }
    if let Type::Page(page) = ty {
        let other = if page.by_offset { "total" } else { "next" };
        if has("items") && has(other) {
            return shapes.shape(ty, Flow::Out, at);
        }
        let items = Shape::List(Box::new(shapes.shape(&page.of, Flow::Out, at)));
        let other_shape = if page.by_offset { Shape::Int } else { Shape::Optional(Box::new(Shape::Text)) };
        let member = |name: &str, shape: Shape| {
            has(name).then(|| Member { name: name.to_owned(), docs: String::new(), shape, required: true })
        };
        let members = member("items", items).into_iter().chain(member(other, other_shape)).collect();
        return shapes.declared(at, "", |_, _| Form::Object(members));
    }
    shapes.shape(ty, Flow::Out, at)
}

fn input(operation: &Operation, input: &Input, shapes: &mut Shapes<'_>) -> Member {
    let at = format!("{}{}", pascal(&operation.name), pascal(&input.name));
    let in_body = matches!(input.place, Place::Member | Place::Body);
    // Outside of JSON there is no null: what is optional is left out.
    let ty = if in_body { &input.ty } else { input.ty.required() };
    Member {
        name: input.name.to_string(),
        docs: input.docs.trim().to_owned(),
        shape: shapes.shape(ty, Flow::In, &at),
        required: input.place == Place::Path || (input.default.is_none() && !input.ty.is_optional()),
    }
}

fn problems<'p>(program: &'p Program, methods: &[Method<'p>], shapes: &mut Shapes<'p>) -> Vec<Problem<'p>> {
    let used: BTreeSet<usize> = methods.iter().flat_map(|it| &it.faults).map(|id| id.index()).collect();
    let common = |id: Id<Fault>| id.index() < BUILTIN_COUNT && id != CONFLICT;
    let faults = program.faults.iter().filter(|(id, _)| common(*id) || used.contains(&id.index()));
    let problem = |(id, fault): (Id<Fault>, &'p Fault)| {
        let name = shapes.unused(&format!("{}Problem", fault.name));
        let data = (!fault.fields.is_empty()).then(|| {
            shapes.declared(&format!("{}Data", fault.name), "", |shapes, at| {
                let fields = fault.fields.values();
                Form::Object(fields.map(|field| shapes.field(field, Flow::Out, at, true)).collect())
            })
        });
        Problem { id, fault, name, data, common: common(id) }
    };
    faults.map(problem).collect()
}

/// The pieces of a path: fixed text, and the names of inputs.
pub(super) fn pieces(path: &str) -> Vec<(String, Option<&str>)> {
    let mut found = Vec::new();
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, behind) = after.split_once('}').unwrap_or((after, ""));
        found.push((before.to_owned(), Some(name)));
        rest = behind;
    }
    found.push((rest.to_owned(), None));
    found
}

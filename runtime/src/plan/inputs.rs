//! Where the inputs of each route stand.
use crate::stop::escape;
use quater_ir::Program;
use quater_ir::operation::{Operation, Place};
use quater_ir::surface::{Hole, Route, Template};
use smol_str::SmolStr;

/// Positions of an operation's inputs in an HTTP request.
#[derive(Debug, Default)]
pub(crate) struct RoutePlan {
    /// The input of each `{name}`, in the order of the path.
    pub(crate) path: Vec<usize>,
    pub(crate) query: Vec<usize>,
    pub(crate) members: Vec<usize>,
    /// The input that is the whole body.
    pub(crate) body: Option<usize>,
    pub(crate) headers: Vec<(SmolStr, usize)>,
    pub(crate) cookies: Vec<(SmolStr, usize)>,
    /// How the body wraps the inputs.
    pub(crate) wrap: Option<Template>,
    /// Where in the body inputs stand that are wrapped: each with the JSON Pointer to it.
    pub(crate) pointers: Vec<(SmolStr, String)>,
}

/// Plans every route.
pub(crate) fn routes(program: &Program) -> Vec<RoutePlan> {
    program.surface.routes.iter().map(|route| plan(route, &program.operations[route.operation])).collect()
}

fn plan(route: &Route, operation: &Operation) -> RoutePlan {
    let mut plan = RoutePlan { path: parameters(route, operation), ..RoutePlan::default() };
    for (at, input) in operation.inputs.iter().enumerate() {
        match &input.place {
            Place::Path => {}
            Place::Query => plan.query.push(at),
            Place::Member | Place::Part => plan.members.push(at),
            Place::Body => plan.body = Some(at),
            Place::Header(name) => plan.headers.push((name.clone(), at)),
            Place::Cookie(name) => plan.cookies.push((name.clone(), at)),
        }
    }
    if let Some(template) = &route.input {
        pointers(template, operation, String::new(), &mut plan.pointers);
        plan.wrap = Some(template.clone());
    }
    plan
}

/// Notes where the inputs stand in a template.
fn pointers(template: &Template, operation: &Operation, at: String, found: &mut Vec<(SmolStr, String)>) {
    match template {
        Template::Object(members) => {
            for (name, inner) in members {
                pointers(inner, operation, format!("{at}/{}", escape(name)), found);
            }
        }
        Template::Hole(Hole::Member(name)) => found.push((name.clone(), at)),
        Template::Hole(Hole::Input) => {
            let members =
                operation.inputs.iter().filter(|it| matches!(it.place, Place::Member | Place::Part));
            found.extend(members.map(|it| (it.name.clone(), format!("{at}/{}", escape(&it.name)))));
        }
        Template::Hole(_) | Template::List(_) | Template::Literal(_) => {}
    }
}

fn parameters(route: &Route, operation: &Operation) -> Vec<usize> {
    let names = route.path.split('{').skip(1).filter_map(|part| part.split('}').next());
    names.filter_map(|name| operation.inputs.iter().position(|input| input.name == name)).collect()
}

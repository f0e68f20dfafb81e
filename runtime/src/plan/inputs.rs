//! Where the inputs of each route stand.
use quater_ir::Program;
use quater_ir::operation::{Operation, Place};
use quater_ir::surface::Route;
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
    plan
}

fn parameters(route: &Route, operation: &Operation) -> Vec<usize> {
    let names = route.path.split('{').skip(1).filter_map(|part| part.split('}').next());
    names.filter_map(|name| operation.inputs.iter().position(|input| input.name == name)).collect()
}

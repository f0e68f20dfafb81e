//! Pages: where one begins in an order, and what a cursor carries.
use super::make::Make;
use super::query::Prepared;
use super::sql::{form, target};
use super::switch::Switched;
use quater_ir::body::Sort;
use quater_ir::entity::Entity;
use quater_ir::expr::{Compare, Expr, Node, Slot};
use quater_ir::operation::Operation;
use quater_ir::types::Type;
use quater_ir::value::Literal;
use quater_ir::{Id, Program};
use smol_str::SmolStr;

/// How a page is taken out of its list.
#[derive(Debug)]
pub(crate) struct PagePlan {
    pub(crate) shape: Make,
    /// How many rows are asked for.
    pub(crate) limit: Slot,
    /// Where to go on.
    pub(crate) from: Slot,
    pub(crate) further: Further,
}

/// What a page says about the others.
#[derive(Debug)]
pub(crate) enum Further {
    /// Where the next one begins.
    Next(Seal),
    /// How many rows there are in all.
    Total(Switched<Option<Prepared>>),
}

/// What a cursor is bound to: it is good for this list, asked for in the same way.
#[derive(Debug)]
pub(crate) struct Seal {
    pub(crate) operation: SmolStr,
    /// The input that takes it.
    pub(crate) input: SmolStr,
    /// Every other input that has a say in what is listed.
    pub(crate) bound: Vec<(Slot, Type)>,
}

impl Seal {
    /// That of a list of an operation.
    pub(super) fn new(operation: &Operation, from: Slot, limit: Slot) -> Self {
        let others = operation.inputs.iter().filter(|input| input.slot != from && input.slot != limit);
        let input = operation.inputs.iter().find(|input| input.slot == from);
        Self {
            operation: operation.name.clone(),
            input: input.map_or(SmolStr::new_static("cursor"), |input| input.name.clone()),
            bound: others.map(|input| (input.slot, input.ty.clone())).collect(),
        }
    }
}

/// One step of an order that a page can go on in.
#[derive(Debug, Clone)]
pub(super) struct Step {
    /// What is compared.
    pub(super) value: Expr,
    descending: bool,
}

/// The steps of an order down to the key, which no two rows share.
pub(super) fn steps(program: &Program, of: Id<Entity>, sort: &[Sort]) -> Vec<Step> {
    let key = Sort::by(program.entities[of].key, false);
    let mut steps = Vec::new();
    for step in sort.iter().chain([&key]) {
        steps.push(Step { value: value(program, of, step), descending: step.descending });
        if step.via.is_empty() && step.column == key.column {
            break;
        }
    }
    steps
}

/// An order by its names, and what each is ordered as: a value that was carried before that changed is no place
/// in it any more.
pub(super) fn named(program: &Program, of: Id<Entity>, sort: &[Sort]) -> String {
    let key = Sort::by(program.entities[of].key, false);
    let mut names = String::new();
    for step in sort.iter().chain([&key]) {
        let mut at = of;
        for relation in &step.via {
            names.push_str(&program.entities[at].columns[*relation].name);
            names.push('.');
            at = target(program, at, *relation).unwrap_or(at);
        }
        let column = &program.entities[at].columns[step.column];
        names.push_str(&format!("{}: {:?}", column.name, form(program, &column.ty).kind()));
        if let Type::Enum(id) = column.ty.required() {
            names.push_str(&format!(" of {}", program.enums[*id].members.join("|")));
        }
        names.push_str(if step.descending { " desc," } else { "," });
    }
    names
}

fn value(program: &Program, of: Id<Entity>, step: &Sort) -> Expr {
    let (mut at, mut absent) = (of, false);
    for relation in &step.via {
        absent |= program.entities[at].columns[*relation].ty.is_optional();
        at = target(program, at, *relation).unwrap_or(at);
    }
    let ty = program.entities[at].columns[step.column].ty.clone();
    let ty = if absent || step.seen.is_some() { ty.optional() } else { ty };
    let node = Node::Column { up: 0, via: step.via.clone(), column: step.column };
    let value = Expr::new(node, ty.clone());
    let Some(seen) = &step.seen else { return value };
    let null = Box::new(Expr::new(Node::Literal(Literal::Null), ty.clone()));
    let (condition, then) = (Box::new(seen.clone()), Box::new(value));
    Expr::new(Node::If { condition, then, otherwise: null }, ty)
}

/// That a row comes behind the one whose values are in slots; nulls are below all values. Where they come last
/// in the first step and that one is at a value, they are left to [`nulls`].
pub(super) fn behind(steps: &[(Step, Slot)]) -> Expr {
    after(steps, true)
}

/// The rows that come last because the first step has no value of them: asked for apart, because no database
/// finds a range and nulls in one go through an index.
pub(super) fn nulls(steps: &[(Step, Slot)]) -> Option<Expr> {
    let (step, _) = steps.first().filter(|(step, _)| step.descending && step.value.ty.is_optional())?;
    Some(Expr::new(Node::IsNull(Box::new(step.value.clone())), Type::Bool))
}

fn after(steps: &[(Step, Slot)], first: bool) -> Expr {
    let Some(((step, slot), rest)) = steps.split_first() else { return Expr::constant(false) };
    let (value, ty) = (&step.value, Type::Bool);
    let held = Expr::new(Node::Slot(*slot), value.ty.clone());
    let compare =
        |how| Expr::new(Node::Compare(how, Box::new(value.clone()), Box::new(held.clone())), Type::Bool);
    let [past, from] =
        if step.descending { [Compare::Less, Compare::AtMost] } else { [Compare::Greater, Compare::AtLeast] };
    if rest.is_empty() {
        return compare(past);
    }
    let rest = after(rest, false);
    // The first condition alone finds the place in an index; the others test the rows from there on.
    let either = Expr::new(Node::Or(vec![compare(past), rest.clone()]), ty.clone());
    let beyond = Expr::new(Node::And(vec![compare(from), either]), ty.clone());
    if !value.ty.is_optional() {
        return beyond;
    }
    let null = |value: Expr| Expr::new(Node::IsNull(Box::new(value)), Type::Bool);
    let absent = null(value.clone());
    let [at_null, at_value] = if step.descending {
        let last = if first { Vec::new() } else { vec![absent.clone()] };
        [Node::And(vec![absent, rest]), Node::Or(last.into_iter().chain([beyond]).collect())]
    } else {
        let there = Expr::new(Node::Not(Box::new(absent)), Type::Bool);
        [Node::Or(vec![there, rest]), Node::And(vec![beyond])]
    };
    let (then, otherwise) = (Box::new(Expr::new(at_null, ty.clone())), Box::new(Expr::new(at_value, ty)));
    Expr::new(Node::If { condition: Box::new(null(held)), then, otherwise }, Type::Bool)
}

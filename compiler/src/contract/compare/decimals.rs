//! Where callers of a service meet decimals in JSON.
use crate::contract::{Channel, Contract, Member, Operation, Scalar, Shape};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// Places of inputs that are texts whatever their type.
const TEXTS: [&str; 4] = ["path", "query", "header ", "cookie "];

/// The first place, in words, where a caller gets a decimal.
pub(super) fn given(contract: &Contract) -> Option<String> {
    let outputs = contract.operations.iter().filter_map(|(name, it)| Some((name, it.output.as_ref()?)));
    let sent = contract.channels.iter().filter_map(|(name, it)| Some((name, it.sends.as_ref()?)));
    let errors =
        contract.errors.iter().flat_map(|(name, it)| shapes(&it.data).map(move |shape| (name, shape)));
    first(contract, outputs, "the output of")
        .or_else(|| first(contract, sent, "what is sent by"))
        .or_else(|| first(contract, errors, "the values of"))
}

/// The first place, in words, where a caller may give a decimal as JSON.
pub(super) fn taken(contract: &Contract) -> Option<String> {
    let inputs =
        contract.operations.iter().flat_map(|(name, it)| in_json(it).map(move |shape| (name, shape)));
    let received =
        contract.channels.iter().flat_map(|(name, it)| messages(it).map(move |shape| (name, shape)));
    first(contract, inputs, "an input of").or_else(|| first(contract, received, "what is sent to"))
}

/// Inputs that are JSON at some door.
fn in_json(operation: &Operation) -> impl Iterator<Item = &Shape> {
    let json = |place: &str| !operation.mcp.is_empty() || !TEXTS.iter().any(|it| place.starts_with(it));
    operation.inputs.values().filter(move |it| json(&it.place)).map(|it| &it.shape)
}

fn messages(channel: &Channel) -> impl Iterator<Item = &Shape> {
    channel.receives.iter()
}

fn shapes(members: &BTreeMap<SmolStr, Member>) -> impl Iterator<Item = &Shape> {
    members.values().map(|member| &member.shape)
}

fn first<'a>(
    contract: &'a Contract,
    mut places: impl Iterator<Item = (&'a SmolStr, &'a Shape)>,
    words: &str,
) -> Option<String> {
    let (name, _) = places.find(|(_, shape)| holds(contract, shape, &mut BTreeSet::new()))?;
    Some(format!("{words} `{name}`"))
}

/// Whether a decimal stands in a type; records that were looked at already are not again.
fn holds<'a>(contract: &'a Contract, shape: &'a Shape, seen: &mut BTreeSet<&'a str>) -> bool {
    match shape {
        Shape::Scalar(scalar) => matches!(scalar, Scalar::Decimal(..)),
        Shape::Enum(_) | Shape::File(_) => false,
        Shape::List(of, _) | Shape::Page(of, _) | Shape::Optional(of) | Shape::Stream(of) => {
            holds(contract, of, seen)
        }
        Shape::Map(key, of, _) => holds(contract, key, seen) || holds(contract, of, seen),
        Shape::Tuple(parts) => parts.iter().any(|part| holds(contract, part, seen)),
        Shape::Record(name) | Shape::Patch(name) => recorded(contract, name, seen),
        Shape::Union(name) => {
            contract.unions.get(name).into_iter().flatten().any(|member| recorded(contract, member, seen))
        }
    }
}

fn recorded<'a>(contract: &'a Contract, name: &'a SmolStr, seen: &mut BTreeSet<&'a str>) -> bool {
    seen.insert(name)
        && contract.types.get(name).into_iter().flat_map(shapes).any(|shape| holds(contract, shape, seen))
}

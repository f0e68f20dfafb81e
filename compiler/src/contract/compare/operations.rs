//! Operations: their doors, who may call them, what they take, give and fail with.
use super::members::{self, Place};
use super::{Comparison, Flow, Pair, Subject, allowances, routes, shapes};
use crate::contract::Operation;
use crate::report::Code;
use quater_ir::setting::length;
use smol_str::SmolStr;

/// An operation that is on both sides.
struct Both<'a> {
    name: &'a SmolStr,
    was: &'a Operation,
    is: &'a Operation,
}

impl Both<'_> {
    fn subject(&self) -> Subject {
        Subject::Operation(self.name.clone())
    }
}

type Rule = for<'a> fn(&Both<'a>, &mut Comparison<'a>);

const RULES: &[Rule] = &[
    its_routes_are_compared,
    a_tool_that_is_gone_breaks_its_models,
    an_mcp_resource_or_prompt_that_is_gone_breaks_its_readers,
    a_command_that_is_gone_breaks_its_scripts,
    its_callers_are_compared,
    inputs_are_compared_one_by_one,
    an_output_that_is_gone_breaks_those_who_read_it,
    outputs_are_compared_by_their_types,
    a_new_error_is_noted,
    a_call_that_can_t_be_repeated_any_more_breaks_those_who_do,
    a_call_that_has_to_wait_breaks_those_who_do_not,
    another_approval_is_noted,
    a_new_door_breaks_nobody,
];

/// Compares one operation.
pub(super) fn compare<'a>(pair: &Pair<'a, Operation>, all: &mut Comparison<'a>) {
    let name = pair.name;
    match (pair.was, pair.is) {
        (Some(_), None) => an_operation_that_is_gone_breaks_its_callers(name, all),
        (None, Some(is)) => an_operation_that_is_new_breaks_nobody(name, is, all),
        (Some(was), Some(is)) => {
            let both = Both { name, was, is };
            for rule in RULES {
                rule(&both, all);
            }
        }
        (None, None) => {}
    }
}

fn an_operation_that_is_gone_breaks_its_callers(name: &SmolStr, all: &mut Comparison<'_>) {
    let text = format!("`{name}` is gone, or has no door any more");
    all.breaks(Code::E0701, Subject::Operation(name.clone()), text);
}

fn an_operation_that_is_new_breaks_nobody(name: &SmolStr, is: &Operation, all: &mut Comparison<'_>) {
    let text = format!("`{name}` can be called by {}", allowances::listed(is.access.iter()));
    all.adds(Subject::Operation(name.clone()), text);
}

fn its_routes_are_compared<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    routes::compare(both.name, both.was, both.is, all);
}

fn a_tool_that_is_gone_breaks_its_models<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    for tool in both.was.mcp.difference(&both.is.mcp) {
        all.breaks(Code::E0710, both.subject(), format!("the tool `{tool}` of `{}` is gone", both.name));
    }
}

fn an_mcp_resource_or_prompt_that_is_gone_breaks_its_readers<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    for uri in both.was.resources.difference(&both.is.resources) {
        let text = format!("the MCP resource `{uri}` of `{}` is gone", both.name);
        all.breaks(Code::E0717, both.subject(), text);
    }
    for prompt in both.was.prompts.difference(&both.is.prompts) {
        let text = format!("the MCP prompt `{prompt}` of `{}` is gone", both.name);
        all.breaks(Code::E0717, both.subject(), text);
    }
}

fn a_command_that_is_gone_breaks_its_scripts<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    for words in both.was.cli.difference(&both.is.cli) {
        all.breaks(Code::E0711, both.subject(), format!("the command `{words}` of `{}` is gone", both.name));
    }
}

fn its_callers_are_compared<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    let (was, is) = (both.was, both.is);
    let subject = both.subject();
    let callers = allowances::Callers { subject: &subject, name: both.name, verb: "called" };
    allowances::access(&callers, &was.access, &is.access, all);
    allowances::limits(&callers, &was.limits, &is.limits, all);
    allowances::lifecycle(&callers, was.deprecated.as_ref(), is.deprecated.as_ref(), all);
}

fn inputs_are_compared_one_by_one<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    let place = Place { subject: both.subject(), root: format!("`{}`", both.name), path: String::new() };
    let named = both.was.inputs.iter().map(|(name, input)| (routes::renamed(both.was, both.is, name), input));
    members::taken(&named.collect(), &both.is.inputs.iter().collect(), &place, all);
}

fn an_output_that_is_gone_breaks_those_who_read_it<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    if both.was.output.is_some() && both.is.output.is_none() {
        all.breaks(Code::E0706, both.subject(), format!("`{}` gives nothing any more", both.name));
    }
}

fn outputs_are_compared_by_their_types<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    if let (Some(was), Some(is)) = (&both.was.output, &both.is.output) {
        let subject = Subject::Output(both.name.clone());
        let root = format!("the output of `{}`", both.name);
        shapes::compare(was, is, Flow::Out, &Place { subject, root, path: String::new() }, all);
    }
}

fn a_new_error_is_noted<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    for error in both.is.errors.difference(&both.was.errors) {
        all.breaks(Code::W0702, both.subject(), format!("`{}` may fail with `{error}`", both.name));
    }
}

fn a_call_that_can_t_be_repeated_any_more_breaks_those_who_do<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    if both.was.idempotent && !both.is.idempotent {
        let text = format!("`{}` runs again when it is called again with one key", both.name);
        all.breaks(Code::E0719, both.subject(), text);
    }
    if !both.was.idempotent && both.is.idempotent {
        all.adds(both.subject(), format!("`{}` can be repeated with one key", both.name));
    }
}

fn a_call_that_has_to_wait_breaks_those_who_do_not<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    let (None, Some(is)) = (&both.was.approval, &both.is.approval) else { return };
    let which = match &is.when {
        Some(when) => format!("calls of `{}` with {when} wait", both.name),
        None => format!("every call of `{}` waits", both.name),
    };
    let text = format!("{which} for {}", allowances::listed(is.by.iter()));
    all.breaks(Code::E0718, both.subject(), text);
}

fn another_approval_is_noted<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    let Some(was) = &both.was.approval else { return };
    let Some(is) = &both.is.approval else {
        return all.breaks(Code::W0711, both.subject(), format!("no call of `{}` waits any more", both.name));
    };
    if was.when != is.when {
        let which = |when: &Option<String>| when.clone().unwrap_or_else(|| "all of them".to_owned());
        let text = format!(
            "other calls of `{}` wait: {}, and {} before",
            both.name,
            which(&is.when),
            which(&was.when)
        );
        all.breaks(Code::W0711, both.subject(), text);
    }
    if was.by != is.by {
        let (is, was) = (allowances::listed(is.by.iter()), allowances::listed(was.by.iter()));
        let text = format!("calls of `{}` wait for {is}, and waited for {was}", both.name);
        all.breaks(Code::W0711, both.subject(), text);
    }
    if is.within < was.within {
        let (is, was) = (length(is.within), length(was.within));
        let text = format!("calls of `{}` wait for {is}, and waited for {was}", both.name);
        all.breaks(Code::W0711, both.subject(), text);
    }
}

fn a_new_door_breaks_nobody<'a>(both: &Both<'a>, all: &mut Comparison<'a>) {
    let (was, is) = (both.was, both.is);
    let quoted = |what: &'static str| move |name: &SmolStr| format!("{what} `{name}`");
    let routes = routes::added(was, is).map(|route| format!("`{route}`"));
    let tools = is.mcp.difference(&was.mcp).map(quoted("the tool"));
    let resources = is.resources.difference(&was.resources).map(quoted("the MCP resource"));
    let prompts = is.prompts.difference(&was.prompts).map(quoted("the MCP prompt"));
    let words = is.cli.difference(&was.cli).map(|words| format!("the command `{words}`"));
    for door in routes.chain(tools).chain(resources).chain(prompts).chain(words) {
        all.adds(both.subject(), format!("{door} calls `{}`", both.name));
    }
}

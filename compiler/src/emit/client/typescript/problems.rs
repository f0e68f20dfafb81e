//! Errors as a union that a `switch` tells apart: by their codes, or by the status where answers carry none.
use super::super::envelope::Path;
use super::super::model::{Method, Model, Problem};
use super::super::quoted;
use super::{comment, line, of};
use quater_ir::fault::Part;
use std::collections::BTreeSet;

pub(super) fn problems(out: &mut String, model: &Model<'_>) {
    if model.is_coded() {
        coded(out, model);
    } else {
        by_status(out, model);
    }
    for method in &model.methods {
        let own = own(model, method);
        comment(out, "", &format!("What `{}` can fail with.", super::methods::name(method)));
        let all = own.into_iter().chain(["CommonProblem".to_owned()]).collect::<Vec<_>>();
        line(out, "", &format!("export type {} = {};\n", method.problem, all.join(" | ")));
    }
}

/// The errors of a method beside those of all.
fn own(model: &Model<'_>, method: &Method<'_>) -> Vec<String> {
    let waits = method.operation.approval.is_some();
    if model.is_coded() {
        let own = model.own(method).into_iter().map(|problem| problem.name.clone());
        return own.chain(waits.then(|| "WaitingApprovalProblem".to_owned())).collect();
    }
    let common = statuses(model.problems.iter().filter(|it| it.common));
    let mut own = statuses(model.own(method).into_iter());
    own.extend(waits.then_some(202));
    own.difference(&common).map(|status| format!("Problem<{status}>")).collect()
}

fn statuses<'m, 'p: 'm>(problems: impl Iterator<Item = &'m Problem<'p>>) -> BTreeSet<u16> {
    problems.map(|problem| problem.fault.status).collect()
}

/// What an error says: its message, or what the file tells of it.
fn docs(problem: &Problem<'_>) -> String {
    let fault = problem.fault;
    let part = |part: &Part| match part {
        Part::Text(text) => text.to_string(),
        Part::Field(field) => format!("{{{}}}", fault.fields[*field].name),
    };
    let message: String = fault.message.iter().map(part).collect();
    if fault.docs.trim().is_empty() { message } else { fault.docs.clone() }
}

fn coded(out: &mut String, model: &Model<'_>) {
    out.push_str(
        "/** An input that breaks a rule. */\nexport interface Violation {\n  \
         /** Where the value came from: `body`, `query`, `path` and the like. */\n  in: string;\n  \
         /** Which value, as a JSON Pointer. */\n  pointer: string;\n  code: string;\n  detail: string;\n}\n\n\
         /** Why a call failed; `code` tells which of them it is. */\n\
         export interface Problem<Code extends string, Status extends number, Data = undefined> {\n  \
         readonly code: Code;\n  readonly status: Status;\n  readonly message: string;\n  readonly data: Data;\n  \
         readonly violations: readonly Violation[];\n  /** Names the request in the log of the service. */\n  \
         readonly requestId: string | null;\n}\n\n",
    );
    for problem in &model.problems {
        comment(out, "", &docs(problem));
        let data = problem.data.as_ref().map(|shape| format!(", {}", of(shape)));
        let (name, fault) = (&problem.name, problem.fault);
        let of = format!("Problem<{}, {}{}>", quoted(&fault.name), fault.status, data.unwrap_or_default());
        line(out, "", &format!("export type {name} = {of};\n"));
    }
    waiting(out, model);
    comment(out, "", "An answer that the contract does not know, as proxies give.");
    line(out, "", "export type UnexpectedProblem = Problem<\"Unexpected\", number>;\n");
    let common = model.problems.iter().filter(|it| it.common).map(|it| it.name.as_str());
    let common: Vec<&str> = common.chain(["UnexpectedProblem"]).collect();
    union(out, "What every call can fail with.", "CommonProblem", &common);
    let all = model.problems.iter().filter(|it| !it.common).map(|it| it.name.as_str());
    let waits = waits(model).then_some("WaitingApprovalProblem");
    let all: Vec<&str> = all.chain(waits).chain(["CommonProblem"]).collect();
    union(out, "Every problem.", "AnyProblem", &all);
    let codes = model.problems.iter().map(|it| quoted(&it.fault.name)).collect::<Vec<_>>();
    line(
        out,
        "",
        &format!("const codes: ReadonlySet<unknown> = new Set([\n  {},\n]);\n", codes.join(",\n  ")),
    );
    decode(out, model);
}

fn union(out: &mut String, docs: &str, name: &str, members: &[&str]) {
    comment(out, "", docs);
    let members = members.iter().map(|member| format!("\n  | {member}")).collect::<String>();
    line(out, "", &format!("export type {name} ={members};\n"));
}

fn waits(model: &Model<'_>) -> bool {
    model.methods.iter().any(|method| method.operation.approval.is_some())
}

fn waiting(out: &mut String, model: &Model<'_>) {
    if waits(model) {
        out.push_str(
            "/** A request that somebody else has to agree to. */\nexport interface Waiting {\n  approval: string;\n  \
             operation: string;\n  expires: string;\n  url: string;\n}\n\n\
             /** Nothing is done yet: when somebody has agreed, the same call does it. */\n\
             export type WaitingApprovalProblem = Problem<\"WaitingApproval\", 202, Waiting>;\n\n",
        );
    }
}

fn at(path: Option<&Path>) -> String {
    let Some(path) = path else { return "undefined".to_owned() };
    let names = path.iter().map(|name| format!(", {}", quoted(name))).collect::<String>();
    format!("at(body{names})")
}

fn decode(out: &mut String, model: &Model<'_>) {
    let told = &model.told;
    let message = match (&told.message, &told.messages) {
        (Some(_), _) => at(told.message.as_ref()),
        (None, Some(_)) => format!("[{}].flat().join(\"; \")", at(told.messages.as_ref())),
        (None, None) => "undefined".to_owned(),
    };
    line(out, "", "/** What an answer says that is no success. */");
    line(out, "", "function problem(response: Response, body: unknown): AnyProblem {");
    let told_code = at(told.code.as_ref());
    if waits(model) {
        line(out, "  ", "const waits = response.status === 202;");
        line(out, "  ", &format!("const code = waits ? \"WaitingApproval\" : {told_code};"));
    } else {
        line(out, "  ", &format!("const code = {told_code};"));
    }
    let known = if waits(model) { "waits || codes.has(code)" } else { "codes.has(code)" };
    line(out, "  ", &format!("const known = {known};"));
    line(out, "  ", &format!("const message = {message};"));
    let data = at(told.data.as_ref());
    let data = if waits(model) { format!("waits ? body : {data}") } else { data };
    // A service with an envelope of its own does not say where it tells of inputs.
    let violations = told.violations.as_ref();
    let violations = violations.map_or("[]".to_owned(), |path| format!("{} ?? []", at(Some(path))));
    for text in [
        "return {".to_owned(),
        "  code: known ? code : \"Unexpected\",".to_owned(),
        "  status: response.status,".to_owned(),
        "  message: typeof message === \"string\" ? message : `the service answered with ${response.status}`,".to_owned(),
        format!("  data: {data},"),
        format!("  violations: {violations},"),
        "  requestId: response.headers.get(\"X-Request-Id\"),".to_owned(),
        "} as AnyProblem;".to_owned(),
    ] {
        line(out, "  ", &text);
    }
    line(out, "", "}\n");
}

fn by_status(out: &mut String, model: &Model<'_>) {
    out.push_str(
        "/** Why a call failed; this service tells errors apart by their status alone. */\n\
         export interface Problem<Status extends number> {\n  \
         /** 0 for an answer that the contract does not know; `answered` has its status. */\n  \
         readonly status: Status;\n  readonly answered: number;\n  readonly message: string;\n  \
         readonly messages: readonly string[];\n  /** The answer as it came. */\n  readonly body: unknown;\n  \
         /** Names the request in the log of the service. */\n  readonly requestId: string | null;\n}\n\n",
    );
    let known = |common: bool| statuses(model.problems.iter().filter(|it| it.common == common));
    let names = |of: &BTreeSet<u16>| of.iter().map(|it| format!("Problem<{it}>")).collect::<Vec<_>>();
    let common = names(&known(true)).into_iter().chain(["Problem<0>".to_owned()]).collect::<Vec<_>>();
    union(out, "What every call can fail with.", "CommonProblem", &borrowed(&common));
    let mut other: BTreeSet<u16> = known(false).difference(&known(true)).copied().collect();
    other.extend(waits(model).then_some(202));
    let all = names(&other).into_iter().chain(["CommonProblem".to_owned()]).collect::<Vec<_>>();
    union(out, "Every problem.", "AnyProblem", &borrowed(&all));
    let statuses: BTreeSet<String> = other.union(&known(true)).map(ToString::to_string).collect();
    let statuses = statuses.into_iter().collect::<Vec<_>>().join(", ");
    line(out, "", &format!("const statuses: ReadonlySet<number> = new Set([{statuses}]);\n"));
    let told = &model.told;
    let said = match (&told.messages, &told.message) {
        (Some(path), _) | (None, Some(path)) => at(Some(path)),
        (None, None) => "[]".to_owned(),
    };
    line(out, "", "/** What an answer says that is no success. */");
    line(out, "", "function problem(response: Response, body: unknown): AnyProblem {");
    let own = "`the service answered with ${response.status}`";
    for text in [
        format!("const messages = [{said}].flat().filter((message) => typeof message === \"string\");"),
        "return {".to_owned(),
        "  status: statuses.has(response.status) ? response.status : 0,".to_owned(),
        "  answered: response.status,".to_owned(),
        format!("  message: messages.length > 0 ? messages.join(\"; \") : {own},"),
        "  messages,".to_owned(),
        "  body,".to_owned(),
        "  requestId: response.headers.get(\"X-Request-Id\"),".to_owned(),
        "} as AnyProblem;".to_owned(),
    ] {
        line(out, "  ", &text);
    }
    line(out, "", "}\n");
}

fn borrowed(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

//! Errors as classes under one: told apart by their codes, or by the status where answers carry none.
use super::super::envelope::Path;
use super::super::model::{Method, Model, Problem};
use super::super::quoted;
use super::{comment, docstring, line, of};
use quater_ir::fault::Part;
use std::collections::BTreeMap;

pub(super) fn problems(out: &mut String, model: &Model<'_>) {
    base(out, model);
    let classes = classes(model);
    for class in &classes {
        line(out, "", &format!("class {}(Problem):", class.name));
        docstring(out, "    ", &class.docs);
        out.push('\n');
        line(out, "    ", &class.tells);
        if let Some(data) = &class.data {
            line(out, "    ", &format!("data: {data}"));
        }
        out.push_str("\n\n");
    }
    let common = classes.iter().filter(|class| class.common).map(|class| class.name.as_str());
    let common: Vec<&str> = common.chain(["UnexpectedProblem"]).collect();
    union(out, "What every call can fail with.", "CommonProblem", &common);
    let own = classes.iter().filter(|class| !class.common).map(|class| class.name.as_str());
    let all: Vec<&str> = own.chain(["CommonProblem"]).collect();
    union(out, "Every problem.", "AnyProblem", &all);
    for method in &model.methods {
        let own = of_method(model, method, &classes);
        let all: Vec<&str> = own.into_iter().chain(["CommonProblem"]).collect();
        comment(out, "", &format!("What `{}` can fail with.", super::methods::name(method)));
        line(out, "", &format!("{} = {}\n", method.problem, all.join(" | ")));
    }
    decode(out, model, &classes);
}

/// The class of an error.
struct Class {
    name: String,
    docs: String,
    /// The line by which it is told apart.
    tells: String,
    /// What an answer has where it is this error.
    key: String,
    data: Option<String>,
    common: bool,
    /// The errors that it stands for.
    faults: Vec<quater_ir::Id<quater_ir::fault::Fault>>,
}

fn classes(model: &Model<'_>) -> Vec<Class> {
    let mut classes: Vec<Class> = if model.is_coded() {
        model.problems.iter().map(coded).collect()
    } else {
        let mut by_status = BTreeMap::<u16, Vec<&Problem<'_>>>::new();
        model.problems.iter().for_each(|it| by_status.entry(it.fault.status).or_default().push(it));
        by_status.into_iter().map(|(status, problems)| of_status(status, &problems)).collect()
    };
    if model.methods.iter().any(|method| method.operation.approval.is_some()) {
        classes.push(Class {
            name: "WaitingApprovalProblem".to_owned(),
            docs: "Nothing is done yet: when somebody has agreed, the same call does it.".to_owned(),
            tells: "code: Literal[\"WaitingApproval\"] = \"WaitingApproval\"".to_owned(),
            key: String::new(),
            data: Some("Waiting".to_owned()),
            common: false,
            faults: Vec::new(),
        });
    }
    classes
}

fn coded(problem: &Problem<'_>) -> Class {
    let code = quoted(&problem.fault.name);
    Class {
        name: problem.name.clone(),
        docs: docs(problem),
        tells: format!("code: Literal[{code}] = {code}"),
        key: code,
        data: problem.data.as_ref().map(of),
        common: problem.common,
        faults: vec![problem.id],
    }
}

fn of_status(status: u16, problems: &[&Problem<'_>]) -> Class {
    let said: Vec<String> = problems.iter().map(|it| format!("{}: {}", it.fault.name, docs(it))).collect();
    Class {
        name: format!("Problem{status}"),
        docs: said.join("\n\n"),
        tells: format!("code: Literal[{status}] = {status}"),
        key: status.to_string(),
        data: None,
        common: problems.iter().any(|it| it.common),
        faults: problems.iter().map(|it| it.id).collect(),
    }
}

/// What an error says: its message, or what the file tells of it.
fn docs(problem: &Problem<'_>) -> String {
    let fault = problem.fault;
    let part = |part: &Part| match part {
        Part::Text(text) => text.to_string(),
        Part::Field(field) => format!("{{{}}}", fault.fields[*field].name),
    };
    let message: String = fault.message.iter().map(part).collect();
    if fault.docs.trim().is_empty() { message } else { fault.docs.trim().to_owned() }
}

fn of_method<'c>(model: &Model<'_>, method: &Method<'_>, classes: &'c [Class]) -> Vec<&'c str> {
    let own = model.own(method);
    let has = |class: &&Class| {
        let waits = class.faults.is_empty() && method.operation.approval.is_some();
        !class.common && (waits || own.iter().any(|problem| class.faults.contains(&problem.id)))
    };
    classes.iter().filter(has).map(|class| class.name.as_str()).collect()
}

fn base(out: &mut String, model: &Model<'_>) {
    if model.is_coded() {
        out.push_str(
            "# An input that breaks a rule: where it came from, which it is (a JSON Pointer), and the rule.\n\
             Violation = TypedDict(\"Violation\", {\"in\": str, \"pointer\": str, \"code\": str, \"detail\": str})\n\n\n",
        );
    }
    if model.methods.iter().any(|method| method.operation.approval.is_some()) {
        out.push_str(
            "class Waiting(TypedDict):\n    \"\"\"A request that somebody else has to agree to.\"\"\"\n\n    \
             approval: str\n    operation: str\n    expires: str\n    url: str\n\n\n",
        );
    }
    out.push_str(
        "class Problem(Exception):\n    \"\"\"Why a call failed: its class tells.\"\"\"\n\n    \
         def __init__(self, status: int, message: str, data: Any, body: Any, request_id: str | None) -> None:\n        \
         super().__init__(message)\n        self.status = status\n        self.message = message\n        \
         self.data = data\n        # The answer as it came.\n        self.body = body\n        \
         # Names the request in the log of the service.\n        self.request_id = request_id\n",
    );
    if let Some(path) = &model.told.violations {
        line(out, "", "\n    @property");
        line(out, "    ", "def violations(self) -> list[Violation]:");
        line(out, "        ", "\"\"\"The inputs that break a rule.\"\"\"");
        line(out, "        ", &format!("return {} or []", at("self.body", path)));
    }
    out.push_str("\n\n");
    out.push_str(
        "class UnexpectedProblem(Problem):\n    \
         \"\"\"An answer that the contract does not know, as proxies give.\"\"\"\n\n    \
         code: Literal[\"Unexpected\"] = \"Unexpected\"\n\n\n",
    );
}

fn union(out: &mut String, docs: &str, name: &str, members: &[&str]) {
    comment(out, "", docs);
    line(out, "", &format!("{name} = (\n    {}\n)\n", members.join("\n    | ")));
}

fn at(body: &str, path: &[String]) -> String {
    let names = path.iter().map(|name| format!(", {}", quoted(name))).collect::<String>();
    format!("_at({body}{names})")
}

fn decode(out: &mut String, model: &Model<'_>, classes: &[Class]) {
    let told = &model.told;
    let key = if model.is_coded() { "str" } else { "int" };
    out.push('\n');
    line(out, "", &format!("_PROBLEMS: dict[{key}, type[Problem]] = {{"));
    for class in classes.iter().filter(|class| !class.key.is_empty()) {
        line(out, "    ", &format!("{}: {},", class.key, class.name));
    }
    line(out, "", "}\n\n");
    line(out, "", "def _problem(status: int, headers: Message, text: bytes) -> Problem:");
    line(out, "    ", "\"\"\"What an answer says that is no success.\"\"\"");
    line(out, "    ", "body = _parsed(text)");
    let one = |path: &Option<Path>| path.as_ref().map_or("None".to_owned(), |path| at("body", path));
    match (&told.message, &told.messages) {
        (Some(path), _) => line(out, "    ", &format!("said = {}", at("body", path))),
        (None, Some(path)) => {
            line(out, "    ", &format!("messages = {}", at("body", path)));
            line(out, "    ", "said = \"; \".join(messages) if isinstance(messages, list) else None");
        }
        (None, None) => line(out, "    ", "said = None"),
    }
    line(out, "    ", "message = said if isinstance(said, str) else f\"the service answered with {status}\"");
    line(out, "    ", "request_id = headers.get(\"X-Request-Id\")");
    if classes.iter().any(|class| class.key.is_empty()) {
        line(out, "    ", "if status == 202:");
        line(out, "        ", "return WaitingApprovalProblem(status, message, body, body, request_id)");
    }
    let code = if model.is_coded() { format!("str({})", one(&told.code)) } else { "status".to_owned() };
    line(out, "    ", &format!("problem = _PROBLEMS.get({code}, UnexpectedProblem)"));
    line(out, "    ", &format!("return problem(status, message, {}, body, request_id)\n\n", one(&told.data)));
}

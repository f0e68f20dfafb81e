//! A method for each route.
use super::super::envelope::Read;
use super::super::model::{Gives, Method, Model, pieces};
use super::super::shape::{Member, Shape};
use super::super::{quoted, snake};
use super::{docstring, line, of, word};
use quater_ir::lifecycle::Deprecated;
use quater_ir::operation::Place;
use quater_ir::surface::{Hole, Template};

/// Names that a method would hide from the types of those after it.
const HIDES: &[&str] = &["bool", "bytes", "cast", "dict", "float", "int", "list", "object", "str", "tuple"];

/// The longest line that is not broken, its indent aside.
const WIDTH: usize = 100;

/// The name of a method.
pub(super) fn name(method: &Method<'_>) -> String {
    let name = snake(&method.operation.name);
    if HIDES.contains(&name.as_str()) { format!("{name}_") } else { word(&name) }
}

pub(super) fn client(out: &mut String, model: &Model<'_>) {
    line(out, "", "class Client:");
    let docs = model.program.service.docs.trim();
    docstring(out, "    ", if docs.is_empty() { "Calls the service." } else { docs });
    out.push_str(
        "\n    def __init__(self, url: str, credential: Credential | None = None, *, timeout: float = 30.0) -> None:\n        \
         self._wire = _Wire(url, credential, timeout)\n",
    );
    for it in &model.methods {
        out.push('\n');
        method(out, it);
        pages(out, it);
    }
}

/// The name of a parameter.
fn parameter(member: &Member) -> String {
    if member.name == "self" { "self_".to_owned() } else { word(&member.name) }
}

/// `self, *, status: Status | None = None`
fn parameters(it: &Method<'_>, without: Option<&str>) -> String {
    let members = it.inputs.iter().map(|(member, _)| member).filter(|it| Some(it.name.as_str()) != without);
    let mut all: Vec<String> = members
        .map(|member| {
            let ty = taken(&member.shape);
            let name = parameter(member);
            match (member.required, ty.ends_with("| None")) {
                (true, _) => format!("{name}: {ty}"),
                (false, true) => format!("{name}: {ty} = None"),
                (false, false) => format!("{name}: {ty} | None = None"),
            }
        })
        .collect();
    all.extend(it.operation.idempotent.then(|| "idempotency_key: str | None = None".to_owned()));
    if all.is_empty() {
        return "self".to_owned();
    }
    let line = format!("self, *, {}", all.join(", "));
    if line.len() < 90 {
        return line;
    }
    format!("\n        self,\n        *,\n        {},\n    ", all.join(",\n        "))
}

/// The type of a parameter: what is read alone may be any sequence.
fn taken(shape: &Shape) -> String {
    if let Shape::List(item) = shape {
        format!("Sequence[{}]", of(item))
    } else if let Shape::Optional(inner) = shape {
        format!("{} | None", taken(inner))
    } else {
        of(shape)
    }
}

fn docs(it: &Method<'_>) -> String {
    let operation = it.operation;
    let gone = operation.lifecycle.deprecated.as_ref().map(Deprecated::sentence);
    let given = it.inputs.iter().filter(|(member, _)| !member.docs.is_empty());
    let given: Vec<String> = given.map(|(it, _)| format!("{}: {}", parameter(it), it.docs)).collect();
    let parts = [operation.docs.trim().to_owned(), gone.unwrap_or_default(), given.join("\n")];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
}

fn method(out: &mut String, it: &Method<'_>) {
    let (name, parameters, sent) = (name(it), parameters(it, None), sent(it));
    let gives = match &it.gives {
        Gives::Nothing => "None".to_owned(),
        Gives::Value(shape) => of(shape),
        Gives::Stream(item) => format!("Iterator[{}]", of(item)),
    };
    line(out, "    ", &format!("def {name}({parameters}) -> {gives}:"));
    docstring(out, "        ", &docs(it));
    let value = match (&it.gives, &it.read) {
        (Gives::Nothing, _) => return statement(out, "self._wire.call(", &sent),
        (Gives::Stream(_), _) => return statement(out, "return self._wire.stream(", &sent),
        (Gives::Value(_), Read::Whole | Read::Nothing) => "body".to_owned(),
        (Gives::Value(_), Read::At(path)) => format!("_at(body{})", names(path)),
        (Gives::Value(_), Read::Members(members)) => {
            let member =
                |(name, path): &(String, Vec<String>)| format!("{}: _at(body{})", quoted(name), names(path));
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
    };
    statement(out, "body = self._wire.call(", &sent);
    line(out, "        ", &format!("return cast({}, {value})", quoted(&gives)));
}

/// A call in as many lines as it takes.
fn statement(out: &mut String, begin: &str, arguments: &[String]) {
    let one = format!("{begin}{})", arguments.join(", "));
    if one.len() <= WIDTH {
        return line(out, "        ", &one);
    }
    line(out, "        ", begin);
    arguments.iter().for_each(|argument| line(out, "            ", &format!("{argument},")));
    line(out, "        ", ")");
}

fn names(path: &[String]) -> String {
    path.iter().map(|name| format!(", {}", quoted(name))).collect()
}

/// All items of a list, through its parts.
fn pages(out: &mut String, it: &Method<'_>) {
    let Some(pages) = &it.pages else { return };
    let asked = if pages.by_offset { "offset" } else { "cursor" };
    let (name, item) = (name(it), of(&pages.of));
    let parameters = parameters(it, Some(asked));
    let inputs = it.inputs.iter().map(|(member, _)| parameter(member)).filter(|name| name != asked);
    let inputs: Vec<String> = inputs.chain([asked.to_owned()]).map(|name| format!("{name}={name}")).collect();
    let call = format!("self.{name}({})", inputs.join(", "));
    out.push('\n');
    line(out, "    ", &format!("def {name}_items({parameters}) -> Iterator[{item}]:"));
    line(out, "        ", &format!("\"\"\"Every item of `{name}`, asked for page by page.\"\"\""));
    let lines: &[&str] = if pages.by_offset {
        &[
            "offset = 0",
            "while True:",
            "    page = CALL",
            "    yield from page[\"items\"]",
            "    offset += len(page[\"items\"])",
            "    if not page[\"items\"] or offset >= page[\"total\"]:",
            "        return",
        ]
    } else {
        &[
            "cursor: str | None = None",
            "while True:",
            "    page = CALL",
            "    yield from page[\"items\"]",
            "    cursor = page[\"next\"]",
            "    if cursor is None:",
            "        return",
        ]
    };
    lines.iter().for_each(|text| line(out, "        ", &text.replace("CALL", &call)));
}

/// Values by their names on the wire; those that may be left out are, where they are not given.
fn object(members: &[&Member]) -> String {
    let pair = |member: &Member| format!("{}: {}", quoted(&member.name), parameter(member));
    let needed: Vec<String> = members.iter().filter(|it| it.required).map(|it| pair(it)).collect();
    let others: Vec<String> = members.iter().filter(|it| !it.required).map(|it| pair(it)).collect();
    let others = (!others.is_empty()).then(|| format!("_given({{{}}})", others.join(", ")));
    match (needed.is_empty(), others) {
        (true, Some(others)) => others,
        (false, Some(others)) => format!("{{{}, **{others}}}", needed.join(", ")),
        (_, None) => format!("{{{}}}", needed.join(", ")),
    }
}

/// The arguments that say what is sent.
fn sent(it: &Method<'_>) -> Vec<String> {
    let by_name = |name: &str| it.inputs.iter().map(|(member, _)| member).find(|member| member.name == name);
    let mut path = String::new();
    for (fixed, input) in pieces(&it.route.path) {
        path.push_str(&fixed);
        let input = input.and_then(by_name).map(parameter);
        path.extend(input.map(|input| format!("{{_segment({input})}}")));
    }
    let path = if path.contains('{') { format!("f{}", quoted(&path)) } else { quoted(&path) };
    let mut parts = vec![quoted(it.route.method.name()), path];
    let of_place = |is: fn(&Place) -> bool| -> Vec<&Member> {
        it.inputs.iter().filter(|(_, place)| is(place)).map(|(member, _)| member).collect()
    };
    let query = of_place(|place| *place == Place::Query);
    parts.extend((!query.is_empty()).then(|| format!("query={}", object(&query))));
    parts.extend(headers(it));
    let files = of_place(|place| *place == Place::Part);
    parts.extend((!files.is_empty()).then(|| format!("parts={}", object(&files))));
    let members = of_place(|place| *place == Place::Member);
    let whole = of_place(|place| *place == Place::Body);
    let all = match whole.first() {
        Some(input) if input.required => Some(parameter(input)),
        Some(input) => Some(format!("_NOTHING if {0} is None else {0}", parameter(input))),
        None if members.is_empty() => None,
        None => Some(object(&members)),
    };
    let body = match &it.route.input {
        Some(template) => Some(wrapped(template, &all.unwrap_or_else(|| "{}".to_owned()), &by_name)),
        None => all,
    };
    parts.extend(body.map(|body| format!("body={body}")));
    parts
}

/// Inputs in headers and in cookies.
fn headers(it: &Method<'_>) -> Vec<String> {
    let header = |(member, place): &(Member, &Place)| match place {
        Place::Header(header) => Some(format!("{}: {}", quoted(header), parameter(member))),
        Place::Path | Place::Query | Place::Cookie(_) | Place::Member | Place::Body | Place::Part => None,
    };
    let cookie = |(member, place): &(Member, &Place)| match place {
        Place::Cookie(cookie) => Some(format!("{}: {}", quoted(cookie), parameter(member))),
        Place::Path | Place::Query | Place::Header(_) | Place::Member | Place::Body | Place::Part => None,
    };
    let key = it.operation.idempotent.then(|| "\"Idempotency-Key\": idempotency_key".to_owned());
    let headers: Vec<String> = it.inputs.iter().filter_map(header).chain(key).collect();
    let cookies: Vec<String> = it.inputs.iter().filter_map(cookie).collect();
    let kinds = [("headers", headers), ("cookies", cookies)].into_iter();
    let given = kinds.filter(|(_, values)| !values.is_empty());
    given.map(|(kind, values)| format!("{kind}=_given({{{}}})", values.join(", "))).collect()
}

fn wrapped<'m>(template: &Template, all: &str, by_name: &impl Fn(&str) -> Option<&'m Member>) -> String {
    match template {
        Template::Object(members) => {
            let member = |(name, inner): &(smol_str::SmolStr, Template)| {
                format!("{}: {}", quoted(name), wrapped(inner, all, by_name))
            };
            format!("{{{}}}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        Template::Hole(Hole::Member(name)) => by_name(name).map_or_else(|| "None".to_owned(), parameter),
        Template::Hole(_) | Template::List(_) | Template::Literal(_) => all.to_owned(),
    }
}

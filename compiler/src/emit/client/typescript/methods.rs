//! A method for each route.
use super::super::envelope::Read;
use super::super::model::{Gives, Method, Model, pieces};
use super::super::shape::Member;
use super::super::{camel, quoted};
use super::{comment, interface, line, of};
use quater_ir::lifecycle::Deprecated;
use quater_ir::operation::Place;
use quater_ir::surface::{Hole, Template};

/// The longest line that is not broken, its indent aside.
const WIDTH: usize = 110;

/// The name of a method.
pub(super) fn name(method: &Method<'_>) -> String {
    let name = camel(&method.operation.name);
    if name == "constructor" { format!("{name}_") } else { name }
}

pub(super) fn client(out: &mut String, model: &Model<'_>) {
    for method in model.methods.iter().filter(|it| !it.inputs.is_empty()) {
        let members: Vec<Member> = method.inputs.iter().map(|(member, _)| member.clone()).collect();
        line(out, "", &format!("\n/** What `{}` takes. */", name(method)));
        interface(out, &method.input, &members);
        out.truncate(out.trim_end().len());
        out.push('\n');
    }
    if model.methods.iter().any(|it| it.inputs.iter().any(|(_, place)| **place == Place::Path)) {
        line(out, "", "\n/** A value as a segment of a path. */\nfunction segment(value: unknown): string {");
        line(out, "", "  return encodeURIComponent(text(value));\n}");
    }
    out.push('\n');
    comment(out, "", &model.program.service.docs);
    line(out, "", "export class Client {");
    line(out, "  ", "readonly #wire: Wire;\n");
    line(out, "  ", "constructor(settings: Settings) {");
    line(out, "  ", "  this.#wire = new Wire(settings);");
    line(out, "  ", "}");
    for it in &model.methods {
        out.push('\n');
        method(out, it);
        pages(out, it);
    }
    line(out, "", "}");
}

fn docs(method: &Method<'_>) -> String {
    let operation = method.operation;
    let gone = operation.lifecycle.deprecated.as_ref().map(Deprecated::sentence);
    let gone =
        gone.map(|sentence| format!("\n\n@deprecated {}", sentence.trim_start_matches("Deprecated: ")));
    format!("{}{}", operation.docs.trim(), gone.unwrap_or_default())
}

/// `input: In` and `options: Options = {}`
fn parameters(method: &Method<'_>, without: Option<&str>) -> Vec<String> {
    let options = if method.operation.idempotent { "KeyedOptions" } else { "Options" };
    let options = format!("options: {options} = {{}}");
    if method.inputs.is_empty() {
        return vec![options];
    }
    let required = method.inputs.iter().any(|(member, _)| member.required);
    let input = match without {
        Some(name) => format!("Omit<{}, {}>", method.input, quoted(name)),
        None => method.input.clone(),
    };
    vec![format!("input: {input}{}", if required { "" } else { " = {}" }), options]
}

fn method(out: &mut String, it: &Method<'_>) {
    comment(out, "  ", &docs(it));
    let sent = sent(it);
    if let Gives::Stream(item) = &it.gives {
        let gives = format!("AsyncGenerator<{}, void, undefined>", of(item));
        head(out, &name(it), &parameters(it, None), &gives);
        call(out, "stream", &sent, &["options"]);
        return line(out, "  ", "}");
    }
    let (value, read) = match &it.gives {
        Gives::Value(shape) => {
            let ty = of(shape);
            let read = match &it.read {
                Read::Whole | Read::Nothing => format!("(body) => body as {ty}"),
                Read::At(path) => format!("(body) => at(body{}) as {ty}", names(path)),
                Read::Members(members) => {
                    let member =
                        |(name, path): &(String, Vec<String>)| format!("{name}: at(body{})", names(path));
                    let members: Vec<String> = members.iter().map(member).collect();
                    format!("(body) => ({{ {} }}) as {ty}", members.join(", "))
                }
            };
            (ty, read)
        }
        Gives::Nothing | Gives::Stream(_) => ("void".to_owned(), "() => undefined".to_owned()),
    };
    head(out, &name(it), &parameters(it, None), &format!("Call<{value}, {}>", it.problem));
    call(out, "call", &sent, &["options", &read]);
    line(out, "  ", "}");
}

/// The first line of a method, or as many as it takes.
fn head(out: &mut String, name: &str, parameters: &[String], gives: &str) {
    let one = format!("{name}({}): {gives} {{", parameters.join(", "));
    if one.len() <= WIDTH {
        return line(out, "  ", &one);
    }
    line(out, "  ", &format!("{name}("));
    parameters.iter().for_each(|parameter| line(out, "    ", &format!("{parameter},")));
    line(out, "  ", &format!("): {gives} {{"));
}

/// What a method does, in as many lines as it takes.
fn call(out: &mut String, how: &str, sent: &[String], more: &[&str]) {
    let (request, more) = (format!("{{ {} }}", sent.join(", ")), more.join(", "));
    let one = format!("return this.#wire.{how}({request}, {more});");
    if one.len() <= WIDTH {
        return line(out, "    ", &one);
    }
    let one = format!("const sent = {request};");
    if one.len() <= WIDTH {
        line(out, "    ", &one);
    } else {
        line(out, "    ", "const sent = {");
        sent.iter().for_each(|part| line(out, "      ", &format!("{part},")));
        line(out, "    ", "};");
    }
    line(out, "    ", &format!("return this.#wire.{how}(sent, {more});"));
}

fn names(path: &[String]) -> String {
    path.iter().map(|name| format!(", {}", quoted(name))).collect()
}

/// All items of a list, through its parts.
fn pages(out: &mut String, it: &Method<'_>) {
    let Some(pages) = &it.pages else { return };
    let asked = if pages.by_offset { "offset" } else { "cursor" };
    let (name, item) = (name(it), of(&pages.of));
    out.push('\n');
    comment(out, "  ", &format!("Every item of `{name}`, asked for page by page."));
    let gives = format!("AsyncGenerator<{item}, void, undefined>");
    head(out, &format!("async *{name}Items"), &parameters(it, Some(asked)), &gives);
    let lines: &[&str] = if pages.by_offset {
        &[
            "let offset = 0;",
            "for (;;) {",
            "  const page: CountedPage<ITEM> = await this.NAME({ ...input, offset }, options);",
            "  yield* page.items;",
            "  offset += page.items.length;",
            "  if (page.items.length === 0 || offset >= page.total) return;",
            "}",
        ]
    } else {
        &[
            "let page: Page<ITEM> = await this.NAME(input, options);",
            "yield* page.items;",
            "while (page.next !== null) {",
            "  page = await this.NAME({ ...input, cursor: page.next }, options);",
            "  yield* page.items;",
            "}",
        ]
    };
    for text in lines {
        line(out, "    ", &text.replace("ITEM", &item).replace("NAME", &name));
    }
    line(out, "  ", "}");
}

/// The members of the request of a call.
fn sent(it: &Method<'_>) -> Vec<String> {
    let mut path = String::new();
    for (fixed, input) in pieces(&it.route.path) {
        path.push_str(&fixed);
        path.extend(input.map(|input| format!("${{segment(input.{input})}}")));
    }
    let path = if path.contains("${") { format!("`{path}`") } else { quoted(&path) };
    let mut parts = vec![format!("method: {}", quoted(it.route.method.name())), format!("path: {path}")];
    let of_place = |is: fn(&Place) -> bool| -> Vec<&Member> {
        it.inputs.iter().filter(|(_, place)| is(place)).map(|(member, _)| member).collect()
    };
    let object = |members: &[&Member]| {
        let members: Vec<String> =
            members.iter().map(|member| format!("{0}: input.{0}", member.name)).collect();
        format!("{{ {} }}", members.join(", "))
    };
    let query = of_place(|place| *place == Place::Query);
    parts.extend((!query.is_empty()).then(|| format!("query: {}", object(&query))));
    let headers = it.inputs.iter().filter_map(|(member, place)| match place {
        Place::Header(header) => Some(format!("{}: input.{}", quoted(header), member.name)),
        Place::Path | Place::Query | Place::Cookie(_) | Place::Member | Place::Body | Place::Part => None,
    });
    let cookies = it.inputs.iter().filter_map(|(member, place)| match place {
        Place::Cookie(cookie) => Some(format!("{}: input.{}", quoted(cookie), member.name)),
        Place::Path | Place::Query | Place::Header(_) | Place::Member | Place::Body | Place::Part => None,
    });
    for (kind, values) in [("headers", headers.collect::<Vec<_>>()), ("cookies", cookies.collect())] {
        parts.extend((!values.is_empty()).then(|| format!("{kind}: {{ {} }}", values.join(", "))));
    }
    let files = of_place(|place| *place == Place::Part);
    parts.extend((!files.is_empty()).then(|| format!("parts: {}", object(&files))));
    let members = of_place(|place| *place == Place::Member);
    let whole = of_place(|place| *place == Place::Body);
    let all = match whole.first() {
        Some(input) => Some(format!("input.{}", input.name)),
        None if members.is_empty() => None,
        None if members.len() == it.inputs.len() => Some("input".to_owned()),
        None => Some(object(&members)),
    };
    let body = match &it.route.input {
        Some(template) => Some(wrapped(template, &all.unwrap_or_else(|| "{}".to_owned()))),
        None => all,
    };
    parts.extend(body.map(|body| format!("body: {body}")));
    parts
}

fn wrapped(template: &Template, all: &str) -> String {
    match template {
        Template::Object(members) => {
            let member =
                |(name, inner): &(smol_str::SmolStr, Template)| format!("{name}: {}", wrapped(inner, all));
            format!("{{ {} }}", members.iter().map(member).collect::<Vec<_>>().join(", "))
        }
        Template::Hole(Hole::Member(name)) => format!("input.{name}"),
        Template::Hole(_) | Template::List(_) | Template::Literal(_) => all.to_owned(),
    }
}

//! The page that documents what agents are offered: tools, resources and prompts, as they are told of them.
use quater_ir::Program;
use quater_ir::surface::{Hints, Tool};
use serde_json::{Map, Value as Json};
use std::fmt::Write as _;

/// The inside of the page.
pub(super) fn main(program: &Program) -> String {
    let (service, surface) = (&program.service, &program.surface);
    let mut page = format!(
        "<h1>{} <span class=\"quiet\">version {}</span></h1>\n",
        text(&service.name),
        service.version
    );
    page.push_str(&paragraphs(&service.docs));
    page.push_str(
        "<p class=\"quiet\">Agents reach these by the Model Context Protocol at <code>POST /mcp</code>; whoever asks there is \
         shown what they may call.</p>\n",
    );
    section(&mut page, "Tools", surface.tools.iter().map(tool));
    section(
        &mut page,
        "Resources",
        surface.resources.iter().map(|it| article(&it.uri, &it.description, &it.media, "")),
    );
    let prompts = surface.prompts.iter().map(|it| {
        let inputs = program.operations[it.operation].inputs.iter();
        let rows = inputs.map(|input| {
            let needed = input.default.is_none() && !input.ty.is_optional();
            row(&input.name, needed, "", &input.docs)
        });
        article(&it.name, &it.description, "", &table(rows))
    });
    section(&mut page, "Prompts", prompts);
    page
}

fn section(page: &mut String, title: &str, articles: impl ExactSizeIterator<Item = String>) {
    if articles.len() > 0 {
        page.push_str(&format!("<h2>{title}</h2>\n"));
        page.extend(articles);
    }
}

fn article(name: &str, docs: &str, about: &str, inside: &str) -> String {
    let about =
        if about.is_empty() { String::new() } else { format!("<p class=\"quiet\">{}</p>\n", text(about)) };
    format!("<article>\n<h3>{}</h3>\n{}{about}{inside}</article>\n", text(name), paragraphs(docs))
}

fn tool(tool: &Tool) -> String {
    let input: Json = serde_json::from_str(&tool.input_schema).unwrap_or_default();
    let required = input.get("required").and_then(Json::as_array);
    let is_required = |name: &str| required.is_some_and(|list| list.iter().any(|it| it == name));
    let properties = input.get("properties").and_then(Json::as_object).into_iter().flatten();
    let rows = properties.map(|(name, schema)| {
        let docs = schema.get("description").and_then(Json::as_str).unwrap_or("");
        row(name, is_required(name), &without_description(schema), docs)
    });
    let mut inside = table(rows);
    for (title, schema) in
        [("Input schema", Some(&tool.input_schema)), ("Output schema", tool.output_schema.as_ref())]
    {
        let schema = schema.and_then(|schema| serde_json::from_str::<Json>(schema).ok());
        if let Some(schema) = schema {
            let shown = text(&format!("{schema:#}"));
            _ = writeln!(inside, "<details><summary>{title}</summary><pre>{shown}</pre></details>");
        }
    }
    article(&tool.name, &tool.description, &hints(tool.hints), &inside)
}

/// What a model is told of the effects of a tool.
fn hints(hints: Hints) -> String {
    let told = [
        (hints.read_only, "only reads"),
        (!hints.read_only && hints.destructive, "may undo or overwrite what was there"),
        (!hints.read_only && hints.idempotent, "a second equal call changes nothing more"),
        (hints.open_world, "reaches beyond this service"),
    ];
    told.iter().filter(|(holds, _)| *holds).map(|(_, words)| *words).collect::<Vec<_>>().join(" · ")
}

/// A schema in one line, without what stands in a column of its own.
fn without_description(schema: &Json) -> String {
    let members = schema.as_object().into_iter().flatten().filter(|(name, _)| *name != "description");
    Json::Object(members.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>())
        .to_string()
}

fn table(rows: impl Iterator<Item = String>) -> String {
    let rows: String = rows.collect();
    if rows.is_empty() { rows } else { format!("<table>\n{rows}</table>\n") }
}

fn row(name: &str, needed: bool, schema: &str, docs: &str) -> String {
    let needed = if needed { "" } else { " <span class=\"quiet\">may be left out</span>" };
    let (name, schema, docs) = (text(name), text(schema), text(docs));
    format!("<tr><td><code>{name}</code>{needed}</td><td><code>{schema}</code></td><td>{docs}</td></tr>\n")
}

fn paragraphs(docs: &str) -> String {
    let parts = docs.split("\n\n").map(str::trim).filter(|part| !part.is_empty());
    parts.map(|part| format!("<p>{}</p>\n", text(part))).collect()
}

/// A text as HTML has it.
fn text(plain: &str) -> String {
    plain.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn texts_are_no_markup() {
        assert_eq!(text("<b a=\"&\">"), "&lt;b a=&quot;&amp;&quot;&gt;");
    }
}

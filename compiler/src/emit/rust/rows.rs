//! Rows of an entity in one operation: a struct of what may be read, and what may be done to them.
use super::names::{pascal, plural, rename, snake, value};
use super::operation::{TYPES, doer, method_of, row_name};
use super::stage::Stage;
use super::text::Text;
use super::types::Types;
use super::{asks, calls};
use quater_ir::Id;
use quater_ir::entity::{Column, Entity};
use quater_ir::native::{Argument, BATCH, Gives, RustBody, Verb};
use quater_ir::types::Type;
use std::collections::BTreeSet;

/// Methods that a context has for itself.
pub(super) const OWN: [&str; 12] =
    ["actor", "ask", "attempt", "call", "link", "log", "new", "now", "read", "progress", "uuid", "write"];

/// The columns that verbs give of rows of an entity.
pub(super) fn columns(rust: &RustBody, entity: Id<Entity>) -> Option<&[Id<Column>]> {
    rust.verbs.iter().filter(|verb| verb.entity == entity).find_map(|verb| match &verb.gives {
        Gives::Row(columns) | Gives::Rows(columns) => Some(columns.as_slice()),
        Gives::Nothing | Gives::Key | Gives::Shape(_) => None,
    })
}

/// The method of a context that leads to the rows of an entity.
pub(super) fn method(entity: &Entity) -> String {
    let name = plural(&snake(&entity.name));
    if OWN.contains(&name.as_str()) { format!("{name}_rows") } else { value(&name) }
}

/// The struct that has the verbs of an entity.
pub(super) fn repository(types: &Types<'_>, entity: Id<Entity>) -> String {
    let name = plural(&pascal(&types.program.entities[entity].name));
    if name == row_name(types, entity) || [calls::NAME, asks::NAME].contains(&name.as_str()) {
        format!("{name}Rows")
    } else {
        name
    }
}

/// Everything that a module declares about an entity.
pub(super) fn declare(
    types: &Types<'_>,
    rust: &RustBody,
    entity: Id<Entity>,
    stages: &[Stage],
) -> Vec<String> {
    let mut out = Vec::new();
    let name = &types.program.entities[entity].name;
    if let Some(columns) = columns(rust, entity) {
        let docs = match types.program.entities[entity].docs.as_str() {
            "" => format!("A row of `{name}`."),
            docs => docs.to_owned(),
        };
        out.push(row(types, (entity, columns), &row_name(types, entity), &docs));
    }
    for verb in rust.verbs.iter().filter(|verb| verb.entity == entity) {
        match verb.name.as_str() {
            "create" => out.push(created(types, verb)),
            "update" => out.push(changed(types, verb)),
            _ => {}
        }
    }
    let docs = format!("What may be done to rows of `{name}`.");
    let mut declared = BTreeSet::new();
    for (rows, verbs) in stages.iter().filter_map(|stage| stage.verbs(types, rust, entity)) {
        if declared.insert(rows.clone()) {
            out.push(doer(&rows, &docs, verbs, |text, verb| verb_method(text, types, verb)));
        }
    }
    out
}

/// A struct for rows.
pub(super) fn row(
    types: &Types<'_>,
    (entity, columns): (Id<Entity>, &[Id<Column>]),
    name: &str,
    docs: &str,
) -> String {
    let mut text = Text::default();
    text.doc(docs);
    text.line("#[derive(Debug, Clone, PartialEq, serde::Deserialize)]");
    text.open(&format!("pub struct {name} {{"));
    for column in columns {
        let declared = &types.program.entities[entity].columns[*column];
        text.doc(&types.told(&declared.docs, &declared.ty));
        let spelt = types.spell_kept(&declared.ty, declared.secret, TYPES);
        types.member(&mut text, &declared.name, &spelt, false);
    }
    text.close("}");
    text.finish()
}

fn column<'p>(types: &Types<'p>, verb: &Verb, argument: &Argument) -> &'p Column {
    &types.program.entities[verb.entity].columns[argument.column]
}

/// An argument that is a value for a column, as Rust spells it.
fn spelt(types: &Types<'_>, verb: &Verb, argument: &Argument) -> String {
    let column = column(types, verb, argument);
    let secret = column.secret || *column.ty.required() == Type::Password;
    types.spell_kept(&argument.ty, secret, TYPES)
}

fn created(types: &Types<'_>, verb: &Verb) -> String {
    let entity = &types.program.entities[verb.entity];
    let mut text = Text::default();
    text.doc(&format!("A new row of `{}`; what is left out gets its default.", entity.name));
    text.line("#[derive(Debug, Clone, PartialEq, serde::Serialize)]");
    text.open(&format!("pub struct New{} {{", pascal(&entity.name)));
    for argument in &verb.arguments {
        let declared = column(types, verb, argument);
        text.doc(&types.told(&declared.docs, &declared.ty));
        let name = value(&argument.name);
        let spelt = spelt(types, verb, argument);
        let left_out = argument.given.is_some();
        let mut attributes: Vec<String> = rename(&argument.name, &name).into_iter().collect();
        if left_out {
            attributes.push("skip_serializing_if = \"Option::is_none\"".to_owned());
        }
        if !attributes.is_empty() {
            text.line(&format!("#[serde({})]", attributes.join(", ")));
        }
        let wraps = left_out && !argument.ty.is_optional();
        text.line(&if wraps {
            format!("pub {name}: Option<{spelt}>,")
        } else {
            format!("pub {name}: {spelt},")
        });
    }
    text.close("}");
    text.finish()
}

fn changed(types: &Types<'_>, verb: &Verb) -> String {
    let entity = &types.program.entities[verb.entity];
    let mut text = Text::default();
    text.doc(&format!("Changes to a row of `{}`; what is kept stays as it is.", entity.name));
    text.line("#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]");
    text.open(&format!("pub struct {}Changes {{", pascal(&entity.name)));
    for argument in verb.arguments.iter().filter(|argument| argument.given.is_some()) {
        let declared = column(types, verb, argument);
        text.doc(&types.told(&declared.docs, &declared.ty));
        let (name, spelt) = (value(&argument.name), spelt(types, verb, argument));
        let rename = rename(&argument.name, &name).map_or_else(String::new, |rename| format!("{rename}, "));
        text.line(&format!("#[serde({rename}skip_serializing_if = \"quater::Patch::is_keep\")]"));
        text.line(&format!("pub {name}: quater::Patch<{spelt}>,"));
    }
    text.close("}");
    text.finish()
}

/// Parameters of a look-up, and the tuple that carries them.
fn parameters(types: &Types<'_>, verb: &Verb) -> (String, String) {
    let mut parameters = String::from("&mut self");
    let mut members = Vec::new();
    for argument in &verb.arguments {
        let name = value(&argument.name);
        let ty = types.spell(&argument.ty, TYPES);
        let ty = match ty.as_str() {
            "String" => "&str".to_owned(),
            "bool" | "i64" | "f64" | "quater::Decimal" | "quater::Uuid" | "quater::Date"
            | "quater::Timestamp" | "quater::Duration" => ty,
            _ if ty.starts_with("Option<") => ty,
            _ => format!("&{ty}"),
        };
        parameters.push_str(&format!(", {name}: {ty}"));
        members.push(name);
    }
    let comma = if members.len() == 1 { "," } else { "" };
    (parameters, format!("&({}{comma})", members.join(", ")))
}

/// What a verb does, how it fails, and what it gives.
fn told(types: &Types<'_>, verb: &Verb) -> (String, &'static str, String) {
    let entity = &types.program.entities[verb.entity];
    let (of, row) = (&entity.name, row_name(types, verb.entity));
    let database = "Where the database fails.";
    match (&verb.gives, verb.name.as_str()) {
        (Gives::Row(_), word) if word.starts_with("lock") => (
            format!(
                "Finds a row of `{of}` and holds it until the call ends, so that nobody else changes it."
            ),
            database,
            format!("Option<{row}>"),
        ),
        (Gives::Row(_), _) => (
            format!("Finds a row of `{of}`; none where the caller may see none."),
            database,
            format!("Option<{row}>"),
        ),
        (Gives::Rows(_), _) => (
            format!(
                "Rows of `{of}` behind a key, in the order of keys, at most {BATCH}; without one the first."
            ),
            database,
            format!("Vec<{row}>"),
        ),
        (Gives::Shape(shape), _) => {
            let shape = types.spell(&Type::Record(*shape), TYPES);
            (format!("A row of `{of}` as outputs show it."), database, format!("Option<{shape}>"))
        }
        (Gives::Key, _) => {
            let key = types.spell(&Type::Ref(verb.entity), TYPES);
            (format!("Adds a row to `{of}` and gives its key."), "As a declared `create` fails.", key)
        }
        (Gives::Nothing, "update") => {
            (format!("Changes a row of `{of}`."), "As a declared `update` fails.", "()".to_owned())
        }
        (Gives::Nothing, _) => {
            (format!("Deletes a row of `{of}`."), "As a declared `delete` fails.", "()".to_owned())
        }
    }
}

/// The name of the method for a verb.
fn method_name(types: &Types<'_>, verb: &Verb) -> String {
    match &verb.gives {
        Gives::Shape(shape) => {
            types.program.records[*shape].name.as_ref().map_or_else(|| "shown".to_owned(), |name| value(name))
        }
        Gives::Nothing | Gives::Key | Gives::Row(_) | Gives::Rows(_) => value(&verb.name),
    }
}

fn verb_method(text: &mut Text, types: &Types<'_>, verb: &Verb) {
    let entity = &types.program.entities[verb.entity];
    let (of, word) = (&entity.name, &verb.name);
    let key = value(&entity.columns[entity.key].name);
    let key_type = types.spell(&Type::Ref(verb.entity), TYPES);
    let (docs, errors, gives) = told(types, verb);
    let (parameters, object) = match word.as_str() {
        "create" => (format!("&mut self, new: &New{}", pascal(of)), "new".to_owned()),
        "update" => {
            let held = borrowed(&key_type);
            (format!("&mut self, {key}: {held}, changes: &{}Changes", pascal(of)), String::new())
        }
        _ => parameters(types, verb),
    };
    method_of(text, &docs, |text| {
        text.doc("");
        text.doc("# Errors");
        text.doc(errors);
        let name = method_name(types, verb);
        text.open(&format!("pub fn {name}({parameters}) -> Result<{gives}, Error> {{"));
        let object =
            if word == "update" { update_object(text, types, verb, &key, &key_type) } else { object };
        text.line(&format!("Ok(self.call.verb(\"{of}\", \"{word}\", {object})?)"));
        text.close("}");
    });
}

fn borrowed(ty: &str) -> String {
    if ty == "String" { "&str".to_owned() } else { ty.to_owned() }
}

/// The key beside the changes, in one object.
fn update_object(text: &mut Text, types: &Types<'_>, verb: &Verb, key: &str, key_type: &str) -> String {
    let entity = &types.program.entities[verb.entity];
    let wire = &entity.columns[entity.key].name;
    let held = if key_type == "String" { "&'c str".to_owned() } else { key_type.to_owned() };
    text.line("#[derive(serde::Serialize)]");
    text.open("struct Change<'c> {");
    if let Some(rename) = rename(wire, key) {
        text.line(&format!("#[serde({rename})]"));
    }
    text.line(&format!("{key}: {held},"));
    text.line("#[serde(flatten)]");
    text.line(&format!("changes: &'c {}Changes,", pascal(&entity.name)));
    text.close("}");
    format!("&Change {{ {key}, changes }}")
}

//! What the body of one operation is given, may do and gives.
use super::names::pascal;
use super::text::Text;
use super::types::Types;
use super::{About, asks, calls, error, head, rows};
use quater_ir::entity::Entity;
use quater_ir::native::{GivenRow, RustBody};
use quater_ir::operation::Operation;
use quater_ir::types::Type;
use quater_ir::{Id, Program};

/// How types are reached from the module of an operation.
pub(super) const TYPES: &str = "super::types::";

/// Names that a module has for itself.
const OWN: [&str; 4] = ["Input", "Output", "Context", "Error"];

/// The module of an operation.
pub(super) fn file(types: &Types<'_>, operation: &Operation, about: &About) -> String {
    let Some(rust) = &operation.rust else { return String::new() };
    let mut text = Text::new(&format!("//! `{}`{}\n", operation.name, stands(operation, about)));
    text.line("//!");
    text.line(head(about).trim_end());
    text.line("");
    input(&mut text, types, operation, rust);
    text.line("");
    text.doc(&format!("What `{}` gives.", operation.name));
    let output = operation.output.as_ref().map_or_else(|| "()".to_owned(), |ty| types.spell(ty, TYPES));
    text.line(&format!("pub type Output = {output};"));
    text.line("");
    error::declare(&mut text, types, operation);
    text.line("");
    context(&mut text, types, operation, rust);
    let mut structs: Vec<String> = Vec::new();
    for entity in entities(rust) {
        structs.extend(rows::declare(types, rust, entity));
    }
    for given in &rust.rows {
        structs.extend(given_struct(types, rust, given));
    }
    structs.extend(calls::declare(types, rust));
    structs.extend(asks::declare(types, rust));
    let mut out = text.finish();
    for declared in structs {
        out.push('\n');
        out.push_str(&declared);
    }
    out
}

/// What an operation is for, and where it stands.
pub(super) fn docs(text: &mut Text, operation: &Operation, about: &About) {
    let docs = if operation.docs.is_empty() {
        format!("The body of `{}`.", operation.name)
    } else {
        operation.docs.clone()
    };
    text.doc(&docs);
    if let Some(place) = about.places.get(operation.name.as_str()) {
        text.doc("");
        text.doc(&format!("Declared at `{place}`."));
    }
}

fn stands(operation: &Operation, about: &About) -> String {
    about
        .places
        .get(operation.name.as_str())
        .map_or_else(|| ".".to_owned(), |place| format!(", declared at `{place}`."))
}

/// The entities that a body has verbs for, each once.
fn entities(rust: &RustBody) -> Vec<Id<Entity>> {
    let mut entities: Vec<Id<Entity>> = Vec::new();
    for verb in &rust.verbs {
        if !entities.contains(&verb.entity) {
            entities.push(verb.entity);
        }
    }
    entities
}

/// The name of the struct for rows of an entity.
pub(super) fn row_name(types: &Types<'_>, entity: Id<Entity>) -> String {
    let name = pascal(&types.program.entities[entity].name);
    if OWN.contains(&name.as_str()) { format!("{name}Row") } else { name }
}

/// The struct of an input that is a row, and whether verbs give such rows too.
fn given_name(types: &Types<'_>, rust: &RustBody, given: &GivenRow) -> (String, bool) {
    let name = row_name(types, given.entity);
    match rows::columns(rust, given.entity) {
        Some(columns) if columns == given.columns.as_slice() => (name, true),
        Some(_) => (format!("Given{name}"), false),
        None => (name, false),
    }
}

fn given_struct(types: &Types<'_>, rust: &RustBody, given: &GivenRow) -> Option<String> {
    let first = rust.rows.iter().find(|other| other.entity == given.entity) == Some(given);
    let (name, known) = given_name(types, rust, given);
    let entity = &types.program.entities[given.entity];
    let docs = format!("The `{}` that an input names, as its caller may see it.", entity.name);
    (first && !known).then(|| rows::row(types, (given.entity, &given.columns), &name, &docs))
}

fn input(text: &mut Text, types: &Types<'_>, operation: &Operation, rust: &RustBody) {
    text.doc(&format!("What `{}` is given.", operation.name));
    text.line("#[derive(Debug, Clone, PartialEq, serde::Deserialize)]");
    if operation.inputs.is_empty() {
        return text.line("pub struct Input {}");
    }
    text.open("pub struct Input {");
    for (at, input) in operation.inputs.iter().enumerate() {
        text.doc(&types.told(&input.docs, &input.ty));
        let given = rust.rows.iter().find(|row| row.input as usize == at);
        let spelt = match given {
            Some(given) if input.ty.is_optional() => format!("Option<{}>", given_name(types, rust, given).0),
            Some(given) => given_name(types, rust, given).0,
            None => types.spell_kept(&input.ty, input.secret, TYPES),
        };
        types.member(text, &input.name, &spelt, false);
    }
    text.close("}");
}

fn context(text: &mut Text, types: &Types<'_>, operation: &Operation, rust: &RustBody) {
    let name = &operation.name;
    text.doc(&format!("All that the body of `{name}` may do beside computing."));
    text.open("pub struct Context<'a> {");
    text.line("call: quater::Context<'a>,");
    text.close("}");
    text.line("");
    text.open("impl<'a> Context<'a> {");
    text.open("pub(super) const fn new(call: quater::Context<'a>) -> Self {");
    text.line("Self { call }");
    text.close("}");
    for entity in entities(rust) {
        let declared = &types.program.entities[entity];
        let (method, rows) = (rows::method(declared), rows::repository(types, entity));
        method_of(
            text,
            &format!("Rows of `{}`, as the caller may see and change them.", declared.name),
            |text| {
                text.open(&format!("pub fn {method}(&mut self) -> {rows}<'_> {{"));
                text.line(&format!("{rows} {{ call: self.call.again() }}"));
                text.close("}");
            },
        );
    }
    others(text, rust);
    attempt(text);
    reports(text, rust);
    files(text, types.program, operation, rust);
    surroundings(text, types);
    text.close("}");
}

/// What may be done with files, where the body is given any.
fn files(text: &mut Text, program: &Program, operation: &Operation, rust: &RustBody) {
    let stored = rust.sees_files(program);
    if stored || operation.inputs.iter().any(|input| matches!(input.ty.required(), Type::File(_))) {
        method_of(text, "The bytes of a file that the body was given.", |text| {
            text.doc("");
            text.doc("# Errors");
            text.doc("Where its bytes are gone.");
            text.open("pub fn read(&self, file: &quater::File) -> Result<Vec<u8>, Error> {");
            text.line("Ok(self.call.read(file)?)");
            text.close("}");
        });
    }
    if stored {
        let docs = "A URL at which a file that a row keeps can be had, for so long or for as long as there is the file.";
        method_of(text, docs, |text| {
            text.doc("");
            text.doc("# Errors");
            text.doc("Where no row keeps it.");
            text.open("pub fn link(");
            text.line("&self,");
            text.line("file: &quater::File,");
            text.line("life: Option<quater::Duration>,");
            text.close(") -> Result<String, Error> {");
            text.line("    Ok(self.call.link(file, life)?)");
            text.line("}");
        });
    }
}

/// Other operations, and whoever calls.
fn others(text: &mut Text, rust: &RustBody) {
    if !rust.calls.is_empty() {
        method_of(
            text,
            "Other operations, in the transaction of this call and for the same caller.",
            |text| {
                text.open(&format!("pub fn call(&mut self) -> {}<'_> {{", calls::NAME));
                text.line(&format!("{} {{ call: self.call.again() }}", calls::NAME));
                text.close("}");
            },
        );
    }
    if !rust.asks.is_empty() {
        method_of(text, "Whoever calls, who may be asked for more.", |text| {
            text.open(&format!("pub fn ask(&mut self) -> {}<'_> {{", asks::NAME));
            text.line(&format!("{} {{ call: self.call.again() }}", asks::NAME));
            text.close("}");
        });
    }
}

/// What is said while the body runs.
fn reports(text: &mut Text, rust: &RustBody) {
    if rust.log {
        method_of(
            text,
            "Writes a line into the log of the service, and to the caller, if it wants to hear such.",
            |text| {
                text.open("pub fn log(&mut self, level: quater::Level, text: &str) {");
                text.line("self.call.log(level, text);");
                text.close("}");
            },
        );
    }
    if rust.progress {
        method_of(text, "Says how far the work is, to whoever asked to hear of it.", |text| {
            text.open("pub fn progress(&mut self, done: i64, total: i64, text: &str) {");
            text.line("self.call.progress(done, total, Some(text));");
            text.close("}");
        });
    }
}

fn attempt(text: &mut Text) {
    method_of(text, "Does something of which nothing stays if it fails; then the body may go on.", |text| {
        text.doc("");
        text.doc("Outside of it, a verb that fails ends the call, whatever the body makes of that.");
        text.doc("");
        text.doc("# Errors");
        text.doc("With what it fails with.");
        text.open("pub fn attempt<T>(");
        text.line("&mut self,");
        text.line("act: impl FnOnce(&mut Context<'_>) -> Result<T, Error>,");
        text.close(") -> Result<T, Error> {");
        text.line("    self.call.attempt(|call| act(&mut Context { call }))");
        text.line("}");
    });
}

fn surroundings(text: &mut Text, types: &Types<'_>) {
    method_of(text, "When the call began.", |text| {
        text.open("pub fn now(&self) -> quater::Timestamp {");
        text.line("self.call.now()");
        text.close("}");
    });
    method_of(text, "A new id: a UUID version 7.", |text| {
        text.open("pub fn uuid(&self) -> quater::Uuid {");
        text.line("self.call.uuid()");
        text.close("}");
    });
    if let Some(actor) = types.program.actor {
        let name = &types.program.entities[actor].name;
        let key = types.spell(&Type::Ref(actor), TYPES);
        method_of(
            text,
            &format!("The key of the `{name}` who calls, where somebody has signed in."),
            |text| {
                text.open(&format!("pub fn actor(&self) -> Option<{key}> {{"));
                text.line("self.call.actor()");
                text.close("}");
            },
        );
    }
}

/// A method behind others, with its documentation.
pub(super) fn method_of(text: &mut Text, docs: &str, body: impl FnOnce(&mut Text)) {
    text.line("");
    text.doc(docs);
    body(text);
}

/// A struct that lets a body do some of what it may, with a method for each of these.
pub(super) fn doer<T>(
    name: &str,
    docs: &str,
    each: impl IntoIterator<Item = T>,
    method: impl Fn(&mut Text, T),
) -> String {
    let mut text = Text::default();
    text.doc(docs);
    text.open(&format!("pub struct {name}<'a> {{"));
    text.line("call: quater::Context<'a>,");
    text.close("}");
    text.line("");
    text.open(&format!("impl {name}<'_> {{"));
    for (at, one) in each.into_iter().enumerate() {
        let mut of = Text::default();
        method(&mut of, one);
        // The first one follows the brace.
        of.finish().lines().skip(usize::from(at == 0)).for_each(|line| text.line(line));
    }
    text.close("}");
    text.finish()
}

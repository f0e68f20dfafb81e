//! What the body of one operation is given, may do and gives.
use super::names::pascal;
use super::stage::Stage;
use super::text::Text;
use super::types::Types;
use super::{About, asks, calls, error, head, rows, upstreams};
use quater_ir::entity::Entity;
use quater_ir::native::{GivenRow, RustBody};
use quater_ir::operation::Operation;
use quater_ir::types::Type;
use quater_ir::{Id, Program};

/// How types are reached from the module of an operation.
pub(super) const TYPES: &str = "super::types::";

/// Names that a module has for itself.
const OWN: [&str; 5] = ["Input", "Output", "Context", "Writing", "Error"];

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
    let stages = Stage::of(operation);
    let mut structs: Vec<String> = Vec::new();
    for stage in stages {
        let mut text = Text::default();
        context(&mut text, types, (operation, rust), *stage);
        structs.push(text.finish());
    }
    for entity in entities(rust) {
        structs.extend(rows::declare(types, rust, entity, stages));
    }
    for given in &rust.rows {
        structs.extend(given_struct(types, rust, given));
    }
    structs.extend(calls::declare(types, rust, stages));
    structs.extend(upstreams::declare(types, rust));
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

fn context(text: &mut Text, types: &Types<'_>, (operation, rust): (&Operation, &RustBody), stage: Stage) {
    let (name, context) = (&operation.name, stage.context());
    text.doc(&match stage {
        Stage::Whole => format!("All that the body of `{name}` may do beside computing."),
        Stage::Asking => format!("All that the body of `{name}` may do beside computing before it writes."),
        Stage::Writing => format!("All that the body of `{name}` may do beside computing once it writes."),
    });
    text.open(&format!("pub struct {context}<'a> {{"));
    text.line("call: quater::Context<'a>,");
    text.close("}");
    text.line("");
    if stage == Stage::Writing {
        text.open(&format!("impl {context}<'_> {{"));
    } else {
        text.open(&format!("impl<'a> {context}<'a> {{"));
        text.open("pub(super) const fn new(call: quater::Context<'a>) -> Self {");
        text.line("Self { call }");
        text.close("}");
    }
    let mut methods = Text::default();
    can(&mut methods, types, (operation, rust), stage);
    // The first one follows the brace where nothing stands before it.
    let first = usize::from(stage == Stage::Writing);
    methods.finish().lines().skip(first).for_each(|line| text.line(line));
    text.close("}");
}

/// What a context can do, a method each.
fn can(text: &mut Text, types: &Types<'_>, (operation, rust): (&Operation, &RustBody), stage: Stage) {
    for entity in entities(rust) {
        let Some((rows, _)) = stage.verbs(types, rust, entity) else { continue };
        let declared = &types.program.entities[entity];
        let may = if stage == Stage::Asking { "see" } else { "see and change" };
        leads_to(
            text,
            &format!("Rows of `{}`, as the caller may {may} them.", declared.name),
            &rows::method(declared),
            &rows,
        );
    }
    others(text, types.program, rust, stage);
    if stage != Stage::Writing {
        asked(text, types, rust);
    }
    attempt(text, stage.context());
    if stage == Stage::Asking {
        write(text);
    }
    reports(text, rust);
    files(text, types.program, operation, rust);
    surroundings(text, types);
}

/// A method that gives a struct with some of what the body may do.
fn leads_to(text: &mut Text, docs: &str, method: &str, name: &str) {
    method_of(text, docs, |text| {
        text.open(&format!("pub fn {method}(&mut self) -> {name}<'_> {{"));
        text.line(&format!("{name} {{ call: self.call.again() }}"));
        text.close("}");
    });
}

/// Whoever is asked for more: upstreams, and the caller.
fn asked(text: &mut Text, types: &Types<'_>, rust: &RustBody) {
    for (resource, _) in upstreams::clients(types.program, rust) {
        let docs = format!("The upstream `{}`.", resource.name);
        let method = upstreams::method(types, rust, resource);
        leads_to(text, &docs, &method, &upstreams::name(resource));
    }
    if !rust.asks.is_empty() {
        leads_to(text, "Whoever calls, who may be asked for more.", "ask", asks::NAME);
    }
}

/// What leads from asking to writing.
fn write(text: &mut Text) {
    let docs = "Begins to write. From here on the call has a transaction, and no upstream is asked any more.";
    method_of(text, docs, |text| {
        text.doc("");
        text.doc("# Errors");
        text.doc("Where there is no transaction yet: the body is run again in one, up to here as before.");
        text.open("pub fn write(mut self) -> Result<Writing<'a>, Error> {");
        text.line("self.call.write()?;");
        text.line("Ok(Writing { call: self.call })");
        text.close("}");
    });
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

/// Other operations.
fn others(text: &mut Text, program: &Program, rust: &RustBody, stage: Stage) {
    if let Some((name, _)) = stage.calls(program, rust, calls::NAME) {
        let docs = match stage {
            Stage::Whole | Stage::Writing => {
                "Other operations, in the transaction of this call and for the same caller."
            }
            Stage::Asking => "Other operations that write nothing, for the same caller.",
        };
        leads_to(text, docs, "call", &name);
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

fn attempt(text: &mut Text, context: &str) {
    method_of(text, "Does something of which nothing stays if it fails; then the body may go on.", |text| {
        text.doc("");
        text.doc("Outside of it, a verb that fails ends the call, whatever the body makes of that.");
        text.doc("");
        text.doc("# Errors");
        text.doc("With what it fails with.");
        text.open("pub fn attempt<T>(");
        text.line("&mut self,");
        text.line(&format!("act: impl FnOnce(&mut {context}<'_>) -> Result<T, Error>,"));
        text.close(") -> Result<T, Error> {");
        text.line(&format!("    self.call.attempt(|call| act(&mut {context} {{ call }}))"));
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

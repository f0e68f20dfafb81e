//! A program as a Rust crate: types, a trait with a method for each body that is written in Rust, and for each
//! such body a context with just the verbs that its `effects` name.
//!
//! The files below `src/generated` are written again each time; the others once, to begin with.
mod asks;
mod calls;
mod error;
mod names;
mod operation;
mod rows;
mod stage;
mod starter;
mod text;
mod types;
mod upstreams;

use quater_ir::Program;
use quater_ir::operation::Operation;
use std::collections::BTreeMap;
use text::Text;
use types::Types;

/// The folder that belongs to the generator.
pub const GENERATED: &str = "src/generated";

/// Where the program stands that the crate serves, below [`GENERATED`].
pub const SERVICE: &str = "service.qir";

/// What is known about a crate beside its program.
#[derive(Debug, Clone)]
pub struct About {
    /// The file of the service, as it is named in comments.
    pub file: String,
    /// The name of the crate.
    pub name: String,
    /// How its `Cargo.toml` says where the library `quater` is.
    pub quater: String,
    /// Where each operation stands, by its name: `shop.qtr:12`.
    pub places: BTreeMap<String, String>,
}

/// A file of a crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path in the crate, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
    /// Whether it is written only where there is none.
    pub once: bool,
}

/// The files of a crate but for the program itself, in the order of their paths.
pub fn files(program: &Program, about: &About) -> Vec<File> {
    let types = Types::new(program);
    let operations: Vec<&Operation> =
        program.operations.values().filter(|operation| operation.rust.is_some()).collect();
    let generated =
        |name: &str, text: String| File { path: format!("{GENERATED}/{name}.rs"), text, once: false };
    let mut files = vec![
        generated("mod", trait_file(&types, &operations, about)),
        generated("types", types.file(&head(about))),
    ];
    for operation in &operations {
        let text = operation::file(&types, operation, about);
        files.push(generated(&names::module(&operation.name), text));
    }
    files.extend(starter::files(&operations, about));
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn head(about: &About) -> String {
    format!("//! Written by `quater gen rust` from `{}`: what is changed here is lost.\n", about.file)
}

/// The trait, and how its methods become bodies of the service.
fn trait_file(types: &Types<'_>, operations: &[&Operation], about: &About) -> String {
    let mut text = Text::new(&head(about));
    text.line("");
    let mut modules: Vec<String> = operations.iter().map(|it| names::module(&it.name)).collect();
    modules.push("types".to_owned());
    modules.sort();
    modules.iter().for_each(|module| text.line(&format!("pub mod {module};")));
    text.line("");
    text.line("use std::process::ExitCode;");
    text.line("use std::sync::Arc;");
    text.line("");
    text.doc(&format!("The checked service of `{}`, which [`serve`] runs.", about.file));
    text.line(&format!("pub const SERVICE: &[u8] = include_bytes!(\"{SERVICE}\");"));
    text.line("");
    text.doc(&format!("The bodies that `{}` leaves to Rust.", about.file));
    text.doc("");
    text.doc(
        "A body runs inside the transaction of its call. It may be run again from its beginning where other",
    );
    text.doc("calls got in its way, so it does nothing but what its context offers.");
    if operations.iter().any(|operation| stage::asks(operation)) {
        text.doc("");
        text.doc("One that asks upstreams runs before that transaction until it writes, and is run again for each of them.");
    }
    text.open("pub trait Bodies: Send + Sync + 'static {");
    for (at, operation) in operations.iter().enumerate() {
        if at > 0 {
            text.line("");
        }
        operation::docs(&mut text, operation, about);
        text.doc("");
        text.doc("# Errors");
        text.doc("With what the caller gets in place of an output.");
        let module = names::module(&operation.name);
        text.open(&format!("fn {}(", names::value(&operation.name)));
        text.line("&self,");
        text.line(&format!("context: {}{module}::Context<'_>,", stage::by(operation)));
        text.line(&format!("input: {module}::Input,"));
        text.close(&format!(") -> Result<{module}::Output, {module}::Error>;"));
    }
    text.close("}");
    text.line("");
    registering(&mut text, types.program, operations);
    text.finish()
}

fn registering(text: &mut Text, program: &Program, operations: &[&Operation]) {
    text.doc("The bodies as the service takes them.");
    text.open("pub fn bodies(of: impl Bodies) -> quater::Bodies {");
    if operations.is_empty() {
        text.line("drop(of);");
        text.line("quater::Bodies::new()");
    } else {
        text.line("let of = Arc::new(of);");
        text.line("let mut bodies = quater::Bodies::new();");
        for (left, operation) in (0..operations.len()).rev().zip(operations) {
            let (module, method) = (names::module(&operation.name), names::value(&operation.name));
            let its = if left > 0 { "its" } else { "of" };
            if left > 0 {
                text.line("let its = Arc::clone(&of);");
            }
            text.open(&format!("bodies.add(\"{}\", move |call, input| {{", operation.name));
            let by = stage::by(operation);
            text.line(&format!("{its}.{method}({by}{module}::Context::new(call), input)"));
            text.close("});");
        }
        text.line("bodies");
    }
    text.close("}");
    text.line("");
    text.doc(&format!("Serves `{}` with these bodies, as the command line says.", program.service.name));
    text.open("pub fn serve(of: impl Bodies) -> ExitCode {");
    text.line("quater::serve(SERVICE, bodies(of))");
    text.close("}");
}

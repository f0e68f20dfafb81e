//! Files that are written once, for people to go on from.
use super::names::{module, value};
use super::text::Text;
use super::{About, File, stage};
use quater_ir::operation::Operation;

pub(super) fn files(operations: &[&Operation], about: &About) -> Vec<File> {
    let once = |path: &str, text: String| File { path: path.to_owned(), text, once: true };
    vec![
        once("Cargo.toml", manifest(about)),
        once("src/bodies.rs", bodies(operations, about)),
        once("src/lib.rs", library(about)),
        once("src/main.rs", main(about)),
    ]
}

fn manifest(about: &About) -> String {
    let About { name, quater, file, .. } = about;
    format!(
        "[package]\nname = \"{name}\"\ndescription = \"The service of {file}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\
         publish = false\n\n[dependencies]\n# The runtime, its command line and the types of values.\n\
         quater = {quater}\nserde = {{ version = \"1\", features = [\"derive\"] }}\n"
    )
}

fn library(about: &About) -> String {
    format!(
        "//! The service of `{}`, with the bodies that it leaves to Rust.\n\nmod bodies;\n\
         // Written by `quater gen rust`; the formatter leaves it as it is.\n#[rustfmt::skip]\npub mod generated;\n\n\
         pub use bodies::Team;\n",
        about.file
    )
}

fn main(about: &About) -> String {
    let name = about.name.replace('-', "_");
    format!(
        "//! Serves `{}`.\n\nuse {name}::Team;\nuse {name}::generated::serve;\nuse std::process::ExitCode;\n\n\
         fn main() -> ExitCode {{\n    serve(Team)\n}}\n",
        about.file
    )
}

/// A body for each operation that says that there is none yet.
fn bodies(operations: &[&Operation], about: &About) -> String {
    let mut text = Text::new(&format!("//! The bodies that `{}` leaves to Rust.\n\n", about.file));
    if operations.is_empty() {
        text.line("use crate::generated::Bodies;");
    } else {
        let mut modules: Vec<String> = operations.iter().map(|it| module(&it.name)).collect();
        modules.sort();
        text.line(&format!("use crate::generated::{{Bodies, {}}};", modules.join(", ")));
    }
    text.line("");
    text.doc("Whoever writes the bodies; what they all need is kept here.");
    text.line("pub struct Team;");
    text.line("");
    if operations.is_empty() {
        text.line("impl Bodies for Team {}");
        return text.finish();
    }
    text.open("impl Bodies for Team {");
    for (at, operation) in operations.iter().enumerate() {
        if at > 0 {
            text.line("");
        }
        let module = module(&operation.name);
        text.open(&format!("fn {}(", value(&operation.name)));
        text.line("&self,");
        text.line(&format!("_context: {}{module}::Context<'_>,", stage::by(operation)));
        text.line(&format!("_input: {module}::Input,"));
        text.close(&format!(") -> Result<{module}::Output, {module}::Error> {{"));
        text.line(&format!(
            "    Err(quater::Failure::internal(\"`{}` has no body yet\").into())",
            operation.name
        ));
        text.line("}");
    }
    text.close("}");
    text.finish()
}

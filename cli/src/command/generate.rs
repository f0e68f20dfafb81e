//! `quater gen`
use super::generate_rust;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::service::{self, Draw};
use crate::{atomic, output};
use clap::{Args, ValueEnum};
use quater_compiler::emit;
use quater_host::failure::Failure as Hosted;
use quater_host::service::Environment;
use quater_ir::Program;
use quater_ir::surface::Tool;
use serde_json::{Value as Json, json};
use std::path::PathBuf;

/// Arguments of `quater gen`.
#[derive(Args)]
pub(crate) struct Generate {
    /// What to write
    #[arg(value_enum)]
    what: What,
    /// A `.qtr` file, or a folder that holds a service
    #[arg(default_value = ".")]
    target: PathBuf,
    /// The file to write, standard output unless it is said; of `rust` the folder, that of the service unless it
    /// is said
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write nothing; end with 4 if what is there is not what would be written
    #[arg(long, requires = "output")]
    check: bool,
    /// Of `rust`: where the sources of Quater are, for the `Cargo.toml` that is begun
    #[arg(long, value_name = "PATH", env = "QUATER_SOURCES")]
    quater: Option<PathBuf>,
    #[command(flatten)]
    environment: Environment,
}

#[derive(Clone, Copy, ValueEnum)]
enum What {
    /// The contract of the HTTP door, OpenAPI 3.1
    Openapi,
    /// The inputs and outputs of all operations, JSON Schema 2020-12
    Jsonschema,
    /// The tools, resources and prompts that agents see
    Mcp,
    /// A client in TypeScript, one module without dependencies
    Typescript,
    /// A client in Python, one module without dependencies
    Python,
    /// A crate that serves it with the bodies that it leaves to Rust
    Rust,
}

impl Generate {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let of: fn(&Program) -> Result<String, Failure> = match self.what {
            What::Openapi => |program| read(&program.surface.openapi).map(lines),
            What::Jsonschema => |program| read(&emit::operations::document(program)).map(lines),
            What::Mcp => |program| mcp(program).map(lines),
            What::Typescript => |program| Ok(emit::client::typescript(program)),
            What::Python => |program| Ok(emit::client::python(program)),
            What::Rust => return self.rust(),
        };
        let compiled = service::compile_in(&self.target, Draw::Errors, &self.environment)?;
        let Some(program) = compiled.program else { return Ok(Exit::Findings) };
        self.write(&of(&program)?)
    }

    fn rust(&self) -> Result<Exit, Failure> {
        let (target, folder, quater) = (&self.target, self.output.as_deref(), self.quater.as_deref());
        let asked = generate_rust::Asked { target, folder, quater, environment: &self.environment };
        generate_rust::generate(&asked, self.check)
    }

    fn write(&self, text: &str) -> Result<Exit, Failure> {
        let Some(path) = &self.output else {
            output::verbatim(text);
            return Ok(Exit::Clean);
        };
        let there = std::fs::read_to_string(path).is_ok_and(|there| there.replace("\r\n", "\n") == text);
        if there {
            output::err(&format!("`{}` is up to date\n", path.display()));
            return Ok(Exit::Clean);
        }
        if self.check {
            output::err(&format!(
                "`{}` is out of date; the same without `--check` writes it\n",
                path.display()
            ));
            return Ok(Exit::Stale);
        }
        atomic::write(path, text)?;
        output::err(&format!("`{}` written\n", path.display()));
        Ok(Exit::Clean)
    }
}

/// Files are read in reviews, so they have a line for each thing.
fn lines(document: Json) -> String {
    format!("{document:#}\n")
}

fn read(text: &str) -> Result<Json, Failure> {
    Ok(serde_json::from_str(text).map_err(|why| Hosted::Answer { why })?)
}

fn mcp(program: &Program) -> Result<Json, Failure> {
    let (service, surface) = (&program.service, &program.surface);
    let tools = surface.tools.iter().map(tool).collect::<Result<Vec<Json>, Failure>>()?;
    let resources = surface.resources.iter().map(|it| {
        let kind = if it.uri.contains('{') { "uriTemplate" } else { "uri" };
        json!({
            kind: it.uri, "name": it.name, "description": it.description, "mimeType": it.media,
        })
    });
    let prompts = surface.prompts.iter().map(|it| {
        let inputs = program.operations[it.operation].inputs.iter();
        let arguments = inputs.map(|input| {
            let needed = input.default.is_none() && !input.ty.is_optional();
            json!({ "name": input.name, "description": input.docs, "required": needed })
        });
        json!({ "name": it.name, "description": it.description, "arguments": arguments.collect::<Vec<_>>() })
    });
    Ok(json!({
        "name": service.name, "version": service.version.to_string(), "instructions": service.docs,
        "tools": tools,
        "resources": resources.collect::<Vec<_>>(),
        "prompts": prompts.collect::<Vec<_>>(),
    }))
}

fn tool(tool: &Tool) -> Result<Json, Failure> {
    let schema = |text: &str| serde_json::from_str::<Json>(text).map_err(|why| Hosted::Answer { why });
    let output = tool.output_schema.as_deref().map(schema).transpose()?;
    let hints = tool.hints;
    let mut shown = json!({
        "name": tool.name, "title": tool.title, "description": tool.description,
        "inputSchema": schema(&tool.input_schema)?,
        "annotations": {
            "readOnlyHint": hints.read_only, "destructiveHint": hints.destructive,
            "idempotentHint": hints.idempotent, "openWorldHint": hints.open_world,
        },
    });
    if let (Json::Object(shown), Some(output)) = (&mut shown, output) {
        shown.insert("outputSchema".to_owned(), output);
    }
    Ok(shown)
}

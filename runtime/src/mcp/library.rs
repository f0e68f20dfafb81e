//! Resources and prompts as MCP lists them.
use crate::invoke::query;
use quater_ir::operation::{Input, Operation};
use quater_ir::types::Type;
use quater_ir::{Id, Program, surface};
use rmcp::model::{Prompt, PromptArgument, Resource, ResourceTemplate};
use smol_str::SmolStr;

/// The program's resources and prompts.
#[derive(Debug)]
pub(super) struct Library {
    shelves: Vec<Shelf>,
    prompts: Vec<(Prompt, Id<Operation>)>,
}

/// A resource, or all that one template makes.
#[derive(Debug)]
pub(super) struct Shelf {
    /// What is called.
    pub(super) operation: Id<Operation>,
    /// The media type of its text; empty where each answer says its own.
    pub(super) media: SmolStr,
    uri: SmolStr,
    listed: Listed,
}

#[derive(Debug)]
enum Listed {
    One(Resource),
    Template(ResourceTemplate),
}

impl Library {
    pub(super) fn plan(program: &Program) -> Self {
        let mut shelves: Vec<Shelf> = program.surface.resources.iter().map(shelf).collect();
        // What is written out goes before what a template makes.
        shelves.sort_by_key(|shelf| matches!(shelf.listed, Listed::Template(_)));
        let prompts = program.surface.prompts.iter().map(|it| (prompt(program, it), it.operation)).collect();
        Self { shelves, prompts }
    }

    pub(super) fn has_resources(&self) -> bool {
        !self.shelves.is_empty()
    }

    pub(super) fn has_prompts(&self) -> bool {
        !self.prompts.is_empty()
    }

    /// Resources of these operations.
    pub(super) fn resources(&self, open: &[Id<Operation>]) -> Vec<Resource> {
        let of = |shelf: &Shelf| if let Listed::One(one) = &shelf.listed { Some(one.clone()) } else { None };
        self.shelves.iter().filter(|shelf| open.contains(&shelf.operation)).filter_map(of).collect()
    }

    /// Templates of these operations.
    pub(super) fn templates(&self, open: &[Id<Operation>]) -> Vec<ResourceTemplate> {
        let of =
            |shelf: &Shelf| if let Listed::Template(it) = &shelf.listed { Some(it.clone()) } else { None };
        self.shelves.iter().filter(|shelf| open.contains(&shelf.operation)).filter_map(of).collect()
    }

    /// Prompts of these operations.
    pub(super) fn prompts(&self, open: &[Id<Operation>]) -> Vec<Prompt> {
        let open = self.prompts.iter().filter(|(_, operation)| open.contains(operation));
        open.map(|(prompt, _)| prompt.clone()).collect()
    }

    /// The operation of a prompt.
    pub(super) fn prompt(&self, name: &str) -> Option<Id<Operation>> {
        self.prompts.iter().find(|(prompt, _)| prompt.name == name).map(|(_, operation)| *operation)
    }

    /// The operation of a template, as it is listed.
    pub(super) fn template(&self, uri: &str) -> Option<Id<Operation>> {
        self.shelves.iter().find(|shelf| shelf.uri == uri).map(|shelf| shelf.operation)
    }

    /// What a URI names, with the texts of its parameters.
    pub(super) fn find(&self, uri: &str) -> Option<(&Shelf, Vec<(SmolStr, String)>)> {
        self.shelves.iter().find_map(|shelf| Some((shelf, parameters(&shelf.uri, uri)?)))
    }
}

/// Values of an argument that begin so, where they can be told.
pub(super) fn completions(
    program: &Program,
    operation: Id<Operation>,
    argument: &str,
    begun: &str,
) -> Vec<String> {
    let inputs = &program.operations[operation].inputs;
    let Some(input) = inputs.iter().find(|input| input.name == argument) else { return Vec::new() };
    let ty = input.ty.required();
    let words: Vec<&str> = if let Type::Enum(id) = ty {
        program.enums[*id].members.iter().map(|member| member.as_str()).collect()
    } else if *ty == Type::Bool {
        vec!["true", "false"]
    } else {
        Vec::new()
    };
    words.into_iter().filter(|word| word.starts_with(begun)).take(MOST).map(str::to_owned).collect()
}

/// Most values that are offered at once.
const MOST: usize = 100;

/// The texts of a template's parameters; nothing where a URI is not of it.
fn parameters(template: &str, uri: &str) -> Option<Vec<(SmolStr, String)>> {
    let (mut wanted, mut given) = (template.split('/'), uri.split('/'));
    let mut found = Vec::new();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(found),
            (Some(wanted), Some(given)) => {
                let name = wanted.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
                match name {
                    Some(name) if !given.is_empty() => {
                        found.push((SmolStr::new(name), query::decode(given, false)?.into_owned()));
                    }
                    Some(_) => return None,
                    None if wanted == given => {}
                    None => return None,
                }
            }
            (_, _) => return None,
        }
    }
}

fn shelf(resource: &surface::AgentResource) -> Shelf {
    let (uri, name) = (resource.uri.as_str(), resource.name.as_str());
    let media = Some(resource.media.to_string()).filter(|media| !media.is_empty());
    let listed = if uri.contains('{') {
        let mut shown = ResourceTemplate::new(uri, name).with_description(resource.description.clone());
        shown.mime_type = media;
        Listed::Template(shown)
    } else {
        let mut shown = Resource::new(uri, name).with_description(resource.description.clone());
        shown.mime_type = media;
        Listed::One(shown)
    };
    Shelf { operation: resource.operation, media: resource.media.clone(), uri: resource.uri.clone(), listed }
}

fn prompt(program: &Program, prompt: &surface::Prompt) -> Prompt {
    let argument = |input: &Input| {
        let needed = input.default.is_none() && !input.ty.is_optional();
        let argument = PromptArgument::new(input.name.as_str()).with_required(needed);
        match input.docs.trim() {
            "" => argument,
            docs => argument.with_description(docs),
        }
    };
    let arguments = program.operations[prompt.operation].inputs.iter().map(argument).collect();
    Prompt::new(prompt.name.as_str(), Some(prompt.description.clone()), Some(arguments))
}

#[cfg(test)]
mod tests {
    use super::parameters;

    #[test]
    fn uris_are_matched_by_their_segments() {
        let cases = [
            ("a://b/{x}", "a://b/1", Some("x=1")),
            ("a://b/{x}", "a://b/%41%2f", Some("x=A/")),
            ("a://b/{x}/c/{y}", "a://b/1/c/2", Some("x=1&y=2")),
            ("a://b", "a://b", Some("")),
            ("a://b/{x}", "a://b/", None),
            ("a://b/{x}", "a://b/1/2", None),
            ("a://b/{x}", "a://B/1", None),
            ("a://b/{x}", "a://b/%zz", None),
            ("a://b", "a://b/", None),
        ];
        for (template, uri, wanted) in cases {
            let found = parameters(template, uri);
            let found = found.map(|found| {
                let pairs = found.iter().map(|(name, text)| format!("{name}={text}"));
                pairs.collect::<Vec<_>>().join("&")
            });
            assert_eq!(found.as_deref(), wanted, "{template} {uri}");
        }
    }
}

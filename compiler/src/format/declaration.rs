//! Declarations: what stands before them, their header, their block.
use super::clause::clause;
use super::doc::{Block, Doc, Item, Shape, group, maybe, nothing, row, text, words};
use super::expr::{free, quoted};
use super::field::{field_item, parameters};
use super::prefix::{docs_line, docs_lines, prefix};
use super::service::{assets, auth_header, auth_item, import, resource, setting, upstream};
use super::statement::statement;
use super::types::ty;
use super::{entity, test};
use crate::ast::{
    Clause, Declaration, DeclarationKind, Enumeration, ErrorDeclaration, Field, Function, Name, Statement,
    TypeKind,
};
use crate::report::Span;

/// A declaration with what stands before it.
pub(super) fn item(declaration: &Declaration) -> Item {
    let mut above: Vec<String> = Vec::new();
    above.extend(declaration.docs.iter().flat_map(|docs| docs.text.lines().map(docs_line)));
    above.extend(declaration.prefixes.iter().map(|one| prefix(one).flat()));
    let first =
        declaration.docs.iter().map(|docs| docs.at).chain(declaration.prefixes.iter().map(|one| one.at));
    let at = first.fold(declaration.at, Span::to);
    let line = kind(declaration);
    let doc = if above.is_empty() { line } else { Doc::Above(above, Box::new(line)) };
    Item { at, doc }
}

fn kind(declaration: &Declaration) -> Doc {
    let body = Span { start: declaration.header_at.end, ..declaration.at };
    match &declaration.kind {
        DeclarationKind::Service(node) => {
            let version = maybe(node.version, |version| text(format!("version {}", version.value)));
            let header = words([text(format!("service {}", node.name.text)), version]);
            optional_block(header, node.settings.iter().map(setting).collect(), body)
        }
        DeclarationKind::Import(node) => import(node),
        DeclarationKind::Env(node) => {
            block(text("env"), node.fields.iter().map(|one| field_item(one, 0)).collect(), body)
        }
        DeclarationKind::Resource(node) => {
            optional_block(resource(node), node.calls.iter().map(upstream).collect(), body)
        }
        DeclarationKind::Assets(node) => assets(node),
        DeclarationKind::Auth(node) => {
            block(auth_header(node), node.items.iter().map(auth_item).collect(), body)
        }
        DeclarationKind::Type(node) => {
            let is = if matches!(node.ty.kind, TypeKind::Record(_)) { nothing() } else { text("=") };
            words([text(format!("type {}", node.name.text)), is, ty(&node.ty)])
        }
        DeclarationKind::Enumeration(node) => enumeration(node, body),
        DeclarationKind::Error(node) => error(node),
        DeclarationKind::Function(node) => function(node, declaration.at),
        DeclarationKind::Entity(node) => block(entity::header(node), entity::items(node), body),
        DeclarationKind::Operation(node) => {
            let output = maybe(node.output.as_ref(), |output| words([text("->"), ty(output)]));
            let header = words([callable("operation", &node.name, &node.parameters), output]);
            block(header, lines(&node.clauses, &node.body.statements), body)
        }
        DeclarationKind::Channel(node) => {
            let sends = maybe(node.sends.as_ref(), |sends| words([text("sends"), ty(sends)]));
            let header = words([callable("channel", &node.name, &node.parameters), sends]);
            block(header, lines(&node.clauses, &[]), body)
        }
        DeclarationKind::Job(node) => {
            let queue = text(format!("on {}", node.queue.text));
            let header = words([callable("job", &node.name, &node.parameters), queue]);
            block(header, lines(&node.clauses, &node.body.statements), body)
        }
        DeclarationKind::Test(node) => block(
            text(format!("test {}", quoted(&node.title))),
            node.items.iter().map(test::item).collect(),
            body,
        ),
        DeclarationKind::Stray => nothing(),
    }
}

fn block(header: Doc, items: Vec<Item>, at: Span) -> Doc {
    words([header, Doc::Block(Block { items, at })])
}

fn optional_block(header: Doc, items: Vec<Item>, at: Span) -> Doc {
    if items.is_empty() { header } else { block(header, items, at) }
}

fn callable(word: &str, name: &Name, inputs: &[Field]) -> Doc {
    row([text(format!("{word} {}", name.text)), parameters(inputs, name.at)])
}

/// Doors and rules, then the steps.
fn lines(clauses: &[Clause], steps: &[Statement]) -> Vec<Item> {
    clauses.iter().map(clause).chain(steps.iter().map(statement)).collect()
}

fn enumeration(node: &Enumeration, body: Span) -> Doc {
    let items = node.values.iter().map(|value| {
        let was = maybe(value.was.as_ref(), |was| text(format!("was {}", was.text)));
        let line = words([text(value.name.text.as_str()), was]);
        let at = value.docs.as_ref().map_or(value.at, |docs| docs.at.to(value.at));
        Item { at, doc: docs_lines(value.docs.as_ref(), line) }
    });
    words([text(format!("enum {}", node.name.text)), group(Shape::Curly, items.collect(), body)])
}

fn error(node: &ErrorDeclaration) -> Doc {
    let payload = if node.fields.is_empty() { nothing() } else { parameters(&node.fields, node.name.at) };
    words([
        row([text(format!("error {}", node.name.text)), payload]),
        maybe(node.status, |status| text(format!("= {}", status.value))),
        maybe(node.message.as_ref(), |message| text(quoted(message))),
    ])
}

/// `fn tidy(tag: text) -> text = lower(trim(tag))`
pub(super) fn function(node: &Function, at: Span) -> Doc {
    words([
        row([
            text(format!("fn {}", node.name.text)),
            parameters(&node.parameters, Span { end: at.start, ..at }),
        ]),
        maybe(node.output.as_ref(), |output| words([text("->"), ty(output)])),
        text("="),
        free(&node.value),
    ])
}

//! What is known about an upload or a stored file.
use super::{Checker, Typed};
use crate::ast;
use crate::report::Span;
use quater_ir::expr::{Expr, FilePart, Node};
use quater_ir::types::{Bounds, TextRules, Type};

impl Checker<'_> {
    /// `photo.size`
    pub(crate) fn file_part(&mut self, file: Typed, name: &ast::Name, at: Span) -> Option<Typed> {
        let (part, ty) = match name.text.as_str() {
            "name" => (FilePart::Name, Type::TEXT),
            "size" => (FilePart::Size, Type::Int(Bounds { min: Some(0), max: None })),
            "type" => (FilePart::Type, Type::TEXT),
            "digest" => (FilePart::Digest, digest()),
            _ => return self.no_member("a file", name, ["name", "size", "type", "digest"].into_iter()),
        };
        let node = Node::FilePart { file: Box::new(file.expr), part };
        Some(Typed { expr: Expr::new(node, ty), secret: file.secret, at })
    }
}

/// SHA-256 in hex digits.
fn digest() -> Type {
    Type::Text(TextRules { length: Bounds { min: Some(64), max: Some(64) }, ..TextRules::ANY })
}

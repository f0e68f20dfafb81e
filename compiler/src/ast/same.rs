//! Equality of trees that does not look at places.
use std::fmt::{Debug, Write};

/// Whether two trees say the same, wherever they stand in their texts.
pub fn same<Node: Debug>(a: &Node, b: &Node) -> bool {
    shape(a) == shape(b)
}

/// A tree in words, without its places.
pub fn shape(node: &impl Debug) -> String {
    let mut shape = Shape { text: String::new(), in_span: false };
    match write!(shape, "{node:?}") {
        Ok(()) => shape.text,
        Err(error) => error.to_string(),
    }
}

/// Takes what `Debug` writes and drops every `Span { … }`.
struct Shape {
    text: String,
    in_span: bool,
}

impl Write for Shape {
    fn write_str(&mut self, piece: &str) -> std::fmt::Result {
        if self.in_span {
            self.in_span = piece != " }";
        } else if piece == "Span" && !self.text.ends_with('"') {
            self.in_span = true;
        } else {
            self.text.push_str(piece);
        }
        Ok(())
    }
}

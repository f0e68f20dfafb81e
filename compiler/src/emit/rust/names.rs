//! Names of the language as Rust writes them.

/// Words that are no names in Rust, and cannot be made ones by `r#`.
const NEVER: [&str; 4] = ["crate", "self", "super", "Self"];

/// Words that are no names in Rust as they are (the reference, "Keywords", edition 2024).
const KEYWORDS: [&str; 48] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait",
    "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// A type's name.
pub(super) fn pascal(name: &str) -> String {
    let mut out = String::new();
    let mut upper = true;
    for letter in name.chars() {
        if letter == '_' {
            upper = true;
        } else if upper {
            out.extend(letter.to_uppercase());
            upper = false;
        } else {
            out.push(letter);
        }
    }
    out
}

/// A name of a field, a method or a module, still without `r#`.
pub(super) fn snake(name: &str) -> String {
    let mut out = String::new();
    let mut before = '_';
    for letter in name.chars() {
        if letter.is_uppercase() && !before.is_uppercase() && before != '_' {
            out.push('_');
        }
        out.extend(letter.to_lowercase());
        before = letter;
    }
    out
}

/// The name of a field, a parameter or a method.
pub(super) fn value(name: &str) -> String {
    let name = snake(name);
    if NEVER.contains(&name.as_str()) {
        format!("{name}_")
    } else if KEYWORDS.contains(&name.as_str()) {
        format!("r#{name}")
    } else {
        name
    }
}

/// The name of the module of an operation; a file has it too.
pub(super) fn module(operation: &str) -> String {
    let name = snake(operation);
    let taken = name == "types" || name == "mod" || NEVER.contains(&name.as_str());
    if taken || KEYWORDS.contains(&name.as_str()) { format!("{name}_") } else { name }
}

/// Many of something.
pub(super) fn plural(name: &str) -> String {
    let ends = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    match name.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ if ends(&["s", "x", "z", "ch", "sh"]) => format!("{name}es"),
        _ => format!("{name}s"),
    }
}

/// The attribute that gives a member its name on the wire, where Rust calls it otherwise.
pub(super) fn rename(wire: &str, rust: &str) -> Option<String> {
    (rust.trim_start_matches("r#") != wire).then(|| format!("rename = \"{wire}\""))
}

#[cfg(test)]
mod tests {
    use super::{module, pascal, plural, snake, value};

    #[test]
    fn names_are_as_rust_has_them() {
        assert_eq!(
            ["orderLine", "order_line", "HTTPCode", "a"].map(snake),
            ["order_line", "order_line", "httpcode", "a"]
        );
        assert_eq!(["order_line", "orderLine", "paid"].map(pascal), ["OrderLine", "OrderLine", "Paid"]);
        assert_eq!(["type", "self", "price", "limit"].map(value), ["r#type", "self_", "price", "limit"]);
        assert_eq!(["types", "move", "import_prices"].map(module), ["types_", "move_", "import_prices"]);
        assert_eq!(
            ["Product", "Reply", "Day", "Box", "Branch"].map(plural),
            ["Products", "Replies", "Days", "Boxes", "Branches"]
        );
    }
}

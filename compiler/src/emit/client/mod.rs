//! Clients in other languages: one file each, of the types that OpenAPI names and a method for each route.
mod envelope;
mod model;
mod python;
mod shape;
mod typescript;

pub use python::python;
pub use typescript::typescript;

/// `place_order` as `PlaceOrder`.
fn pascal(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut starts = true;
    for letter in name.chars() {
        if letter == '_' || letter == '-' || letter == '.' {
            starts = true;
        } else if starts {
            out.extend(letter.to_uppercase());
            starts = false;
        } else {
            out.push(letter);
        }
    }
    out
}

/// `place_order` as `placeOrder`.
fn camel(name: &str) -> String {
    let pascal = pascal(name);
    let mut letters = pascal.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// `placeOrder` as `place_order`.
fn snake(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 2);
    for letter in name.chars() {
        if letter.is_uppercase() {
            out.push(if out.is_empty() || out.ends_with('_') { ' ' } else { '_' });
            out.extend(letter.to_lowercase());
        } else {
            out.push(if letter == '-' || letter == '.' { '_' } else { letter });
        }
    }
    out.replace(' ', "")
}

/// A text as JSON, TypeScript and Python write it alike.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::{camel, pascal, snake};

    #[test]
    fn names_follow_the_language() {
        for (name, as_pascal, as_camel, as_snake) in [
            ("place_order", "PlaceOrder", "placeOrder", "place_order"),
            ("placeOrder", "PlaceOrder", "placeOrder", "place_order"),
            ("me", "Me", "me", "me"),
            ("Order", "Order", "order", "order"),
        ] {
            assert_eq!(
                (pascal(name), camel(name), snake(name)),
                (as_pascal.into(), as_camel.into(), as_snake.into())
            );
        }
    }
}

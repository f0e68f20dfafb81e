//! A new product, as it is sent.
use crate::problem::{Problem, Violation};
use serde::Deserialize;
use serde_json::Value;

const INT_LIMIT: i64 = 9_007_199_254_740_991;

pub struct NewProduct {
    pub sku: String,
    pub title: String,
    /// In hundredths.
    pub price: i64,
    pub stock: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    sku: String,
    title: String,
    price: String,
    #[serde(default)]
    stock: i64,
}

/// The usual case in one pass; only what is refused is read again to say everything that is wrong.
pub fn parse(body: &[u8]) -> Result<NewProduct, Problem> {
    if let Ok(input) = serde_json::from_slice::<Input>(body)
        && let title = input.title.trim()
        && let Some(price) = cents(&input.price)
        && is_sku(&input.sku)
        && is_title(title)
        && is_stock(input.stock)
    {
        return Ok(NewProduct { title: title.to_owned(), sku: input.sku, price, stock: input.stock });
    }
    let value: Value =
        serde_json::from_slice(body).map_err(|_| Problem::Malformed("the body is not JSON"))?;
    Err(Problem::Invalid(violations(&value)))
}

fn violations(value: &Value) -> Vec<Violation> {
    let violation = |name: &str, code, detail: &str| Violation {
        place: "body",
        pointer: format!("/{name}"),
        code,
        detail: detail.to_owned(),
    };
    let Some(members) = value.as_object() else {
        return vec![Violation { pointer: String::new(), ..violation("", "type", "must be an object") }];
    };
    let known = ["sku", "title", "price", "stock"];
    let strange = members.keys().filter(|name| !known.contains(&name.as_str()));
    let mut found: Vec<_> = strange.map(|name| violation(name, "unknown", "is not known here")).collect();
    let text = |name: &str| members.get(name).map(|value| value.as_str());
    let mut check = |name: &str, fits: fn(&str) -> bool, code, detail| match text(name) {
        None => found.push(violation(name, "required", "is required")),
        Some(None) => found.push(violation(name, "type", "must be a string")),
        Some(Some(text)) if !fits(text) => found.push(violation(name, code, detail)),
        Some(Some(_)) => {}
    };
    check("sku", is_sku, "pattern", "must match [A-Z]{3}-[0-9]{4}");
    check("title", |title| is_title(title.trim()), "length", "must have 1 to 120 characters");
    check("price", |price| cents(price).is_some(), "type", "must be a decimal of at least 0");
    match members.get("stock").map(Value::as_i64) {
        Some(None) => found.push(violation("stock", "type", "must be a whole number")),
        Some(Some(stock)) if !is_stock(stock) => {
            found.push(violation("stock", "range", "must be at least 0"))
        }
        None | Some(Some(_)) => {}
    }
    found
}

pub fn is_sku(text: &str) -> bool {
    let letters = |part: &str| part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_uppercase());
    let digits = |part: &str| part.len() == 4 && part.bytes().all(|byte| byte.is_ascii_digit());
    text.split_once('-').is_some_and(|(head, tail)| letters(head) && digits(tail))
}

fn is_title(text: &str) -> bool {
    (1..=120).contains(&text.chars().count())
}

fn is_stock(stock: i64) -> bool {
    (0..=INT_LIMIT).contains(&stock)
}

/// A decimal with at most two digits behind the point, in hundredths.
fn cents(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 2 {
        return None;
    }
    let tens = if fraction.len() == 1 { 10 } else { 1 };
    whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(fraction.parse::<i64>().ok()? * tens)
}

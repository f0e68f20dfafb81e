//! Products.
use crate::Store;
use crate::audit::Call;
use crate::caller::{self, Caller, Role};
use crate::problem::{Problem, Violation};
use crate::reader::read;
use crate::writer::Write as Change;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body_util::{BodyExt, Limited};
use rusqlite::{Connection, OptionalExtension, Row};
use serde::Deserialize;
use serde_json::Value;
use std::io::Write;
use std::sync::Arc;
use tokio::sync::oneshot;
use uuid::Uuid;

const BODY_LIMIT: usize = 1 << 20;
const INT_LIMIT: i64 = 9_007_199_254_740_991;
/// In hundredths.
const AFFORDABLE: i64 = 10_000;

pub struct NewProduct {
    sku: String,
    title: String,
    /// In hundredths.
    price: i64,
    stock: i64,
}

pub async fn get(State(store): State<Arc<Store>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let call = Call::begin(caller::request_id(&headers), "http", "get_product");
    let outcome = one(&store, &headers, call, &id).await;
    finish(outcome, call.request, StatusCode::OK)
}

/// One product, for whichever door asks.
pub async fn one(store: &Store, headers: &HeaderMap, call: Call, id: &str) -> Result<Vec<u8>, Problem> {
    answer(store, headers, call, id.as_bytes(), |connection, caller| {
        let id = Uuid::try_parse(id).map_err(|_| {
            let detail = "must be a UUID".to_owned();
            Problem::Invalid(vec![Violation {
                place: "path",
                pointer: "/product".into(),
                code: "type",
                detail,
            }])
        })?;
        let mut statement = connection
            .prepare_cached("SELECT id, sku, title, price, stock FROM product WHERE id = ? AND branch = ?")?;
        let found = statement.query_row((id.as_bytes().as_slice(), &caller.branch), |row| {
            let mut body = Vec::with_capacity(192);
            card(row, &mut body)?;
            Ok(body)
        });
        found.optional()?.ok_or(Problem::NotFound)
    })
    .await
}

pub async fn list(State(store): State<Arc<Store>>, headers: HeaderMap) -> Response {
    let call = Call::begin(caller::request_id(&headers), "http", "list_products");
    let outcome = answer(&store, &headers, call, b"", |connection, caller| {
        let mut statement = connection.prepare_cached(
            "SELECT id, sku, title, price, stock FROM product WHERE branch = ? ORDER BY title, id LIMIT 20",
        )?;
        let mut rows = statement.query([&caller.branch])?;
        let mut body = Vec::with_capacity(4096);
        body.push(b'[');
        while let Some(row) = rows.next()? {
            if body.len() > 1 {
                body.push(b',');
            }
            card(row, &mut body)?;
        }
        body.push(b']');
        Ok(body)
    });
    let outcome = outcome.await;
    finish(outcome, call.request, StatusCode::OK)
}

/// A read for a caller who is signed in, and its record.
async fn answer(
    store: &Store,
    headers: &HeaderMap,
    call: Call,
    arguments: &[u8],
    work: impl FnOnce(&Connection, &Caller) -> Result<Vec<u8>, Problem>,
) -> Result<Vec<u8>, Problem> {
    let mut actor = None;
    let outcome = caller::check_host(headers).and_then(|()| {
        read(&store.database, |connection| {
            let caller = store.tokens.caller(headers, connection)?;
            actor = Some(caller.id);
            work(connection, &caller)
        })
    });
    let result = outcome.as_ref().map_or_else(Problem::code, |_| "ok");
    store.writer.note(call.end(actor, arguments, result)).await;
    outcome
}

pub async fn add(State(store): State<Arc<Store>>, request: Request) -> Response {
    let call = Call::begin(caller::request_id(request.headers()), "http", "add_product");
    let mut actor = None;
    let outcome = prepared(&store, request, &mut actor).await;
    let outcome = match outcome {
        Ok((caller, product, arguments)) => {
            let (tell, told) = oneshot::channel();
            let change = Change { call, caller, product, arguments, answer: tell };
            store.writer.add(change, told).await
        }
        Err(problem) => {
            store.writer.note(call.end(actor, b"", problem.code())).await;
            Err(problem)
        }
    };
    finish(outcome, call.request, StatusCode::CREATED)
}

/// Who adds what, once all that can be told before writing has been checked.
async fn prepared(
    store: &Store,
    request: Request,
    actor: &mut Option<Uuid>,
) -> Result<(Caller, NewProduct, Vec<u8>), Problem> {
    let (parts, body) = request.into_parts();
    caller::check_host(&parts.headers)?;
    let caller = read(&store.database, |connection| store.tokens.caller(&parts.headers, connection))?;
    *actor = Some(caller.id);
    if caller.role == Role::Customer {
        return Err(Problem::Forbidden);
    }
    let media = parts.headers.get(CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or("");
    if !media.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case("application/json") {
        return Err(Problem::UnsupportedMedia);
    }
    let body = Limited::new(body, BODY_LIMIT).collect().await.map_err(|_| Problem::TooLarge)?.to_bytes();
    let product = parse(&body)?;
    Ok((caller, product, body.to_vec()))
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
fn parse(body: &[u8]) -> Result<NewProduct, Problem> {
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

fn is_sku(text: &str) -> bool {
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

/// Adds a product on the writer's connection.
pub fn insert(connection: &Connection, caller: &Caller, product: &NewProduct) -> Result<Vec<u8>, Problem> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO product (id, sku, title, price, stock, branch) VALUES (?, ?, ?, ?, ?, ?) \
         RETURNING id, sku, title, price, stock",
    )?;
    let id = Uuid::now_v7();
    let NewProduct { sku, title, price, stock } = product;
    let made =
        statement.query_row((id.as_bytes().as_slice(), sku, title, price, stock, &caller.branch), |row| {
            let mut body = Vec::with_capacity(192);
            card(row, &mut body)?;
            Ok(body)
        });
    made.map_err(|error| match error.sqlite_error() {
        Some(broken) if broken.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE => Problem::SkuTaken,
        _ => Problem::Internal(error),
    })
}

/// A row as JSON.
fn card(row: &Row<'_>, body: &mut Vec<u8>) -> rusqlite::Result<()> {
    let id = row.get_ref(0)?.as_blob()?;
    let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
    let id = Uuid::from_slice(id).unwrap_or_default();
    body.extend_from_slice(b"{\"id\":\"");
    body.extend_from_slice(id.hyphenated().encode_lower(&mut text).as_bytes());
    body.extend_from_slice(b"\",\"sku\":");
    string(row.get_ref(1)?.as_str()?, body);
    body.extend_from_slice(b",\"title\":");
    string(row.get_ref(2)?.as_str()?, body);
    let price = row.get_ref(3)?.as_i64()?;
    let mut digits = itoa::Buffer::new();
    body.extend_from_slice(b",\"price\":\"");
    body.extend_from_slice(digits.format(price / 100).as_bytes());
    let rest = (price % 100) as u8;
    body.extend_from_slice(&[b'.', b'0' + rest / 10, b'0' + rest % 10]);
    body.extend_from_slice(b"\",\"stock\":");
    body.extend_from_slice(digits.format(row.get_ref(4)?.as_i64()?).as_bytes());
    let affordable: &[u8] =
        if price <= AFFORDABLE { b",\"affordable\":true}" } else { b",\"affordable\":false}" };
    body.extend_from_slice(affordable);
    Ok(())
}

fn string(text: &str, body: &mut Vec<u8>) {
    if text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        body.push(b'"');
        body.extend_from_slice(text.as_bytes());
        body.push(b'"');
    } else {
        // A vector takes every byte, so this cannot fail.
        drop(write!(body, "{}", Value::from(text)));
    }
}

fn finish(outcome: Result<Vec<u8>, Problem>, request: Uuid, status: StatusCode) -> Response {
    let mut response = match outcome {
        Ok(body) => {
            let mut response = Response::new(Body::from(body));
            *response.status_mut() = status;
            let json = HeaderValue::from_static("application/json");
            response.headers_mut().insert(CONTENT_TYPE, json);
            response
        }
        Err(problem) => problem.response(request),
    };
    let headers = response.headers_mut();
    let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
    if let Ok(id) = HeaderValue::from_str(request.hyphenated().encode_lower(&mut text)) {
        headers.insert("x-request-id", id);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

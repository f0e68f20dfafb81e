//! A handler an operation; what a database does is in the database's file.
use crate::cursor::Place;
use crate::{Database, Shop};
use axum::extract::{Path, Query, Request, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use quater_bench::answer::{body, finish};
use quater_bench::audit::Call;
use quater_bench::caller::{check_host, request_id};
use quater_bench::new_product;
use quater_bench::problem::{Problem, Violation};
use serde::Deserialize;
use std::sync::Arc;
use uuid::Uuid;

const STATUSES: [&str; 4] = ["pending", "paid", "shipped", "cancelled"];

fn invalid(place: &'static str, pointer: &str, code: &'static str, detail: &str) -> Problem {
    Problem::Invalid(vec![Violation { place, pointer: pointer.into(), code, detail: detail.into() }])
}

pub async fn product(State(shop): State<Arc<Shop>>, Path(id): Path<String>, headers: HeaderMap) -> Response {
    let call = Call::begin(request_id(&headers), "http", "get_product");
    finish(one(&shop, &headers, call, &id).await, call.request, StatusCode::OK)
}

/// One product, for whichever door asks.
pub async fn one(shop: &Shop, headers: &HeaderMap, call: Call, id: &str) -> Result<Vec<u8>, Problem> {
    check_host(headers)?;
    let subject = shop.tokens.subject(headers)?;
    let wrong = |_| invalid("path", "/product", "type", "must be a UUID");
    let product = Uuid::try_parse(id).map_err(wrong)?;
    match &shop.database {
        Database::Sqlite(store) => store.product(call, subject, product).await,
        Database::Postgres(store) => store.product(call, subject, product).await,
    }
}

pub async fn recent(State(shop): State<Arc<Shop>>, headers: HeaderMap) -> Response {
    let call = Call::begin(request_id(&headers), "http", "recent_orders");
    let outcome = async {
        check_host(&headers)?;
        let subject = shop.tokens.subject(&headers)?;
        match &shop.database {
            Database::Sqlite(store) => store.recent(call, subject).await,
            Database::Postgres(store) => store.recent(call, subject).await,
        }
    };
    finish(outcome.await, call.request, StatusCode::OK)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageInput {
    status: Option<String>,
    cursor: Option<String>,
    limit: Option<u32>,
}

/// A page that was asked for, checked.
pub struct Page {
    pub status: Option<String>,
    pub after: Option<Place>,
    pub limit: u32,
}

pub async fn page(
    State(shop): State<Arc<Shop>>,
    Query(input): Query<PageInput>,
    headers: HeaderMap,
) -> Response {
    let call = Call::begin(request_id(&headers), "http", "list_orders");
    let outcome = async {
        check_host(&headers)?;
        let subject = shop.tokens.subject(&headers)?;
        if input.status.as_deref().is_some_and(|status| !STATUSES.contains(&status)) {
            return Err(invalid("query", "/status", "type", "must be one of the statuses"));
        }
        let limit = input.limit.unwrap_or(20);
        if !(1..=100).contains(&limit) {
            return Err(invalid("query", "/limit", "range", "must be 1 to 100"));
        }
        let status = input.status.as_deref().unwrap_or("");
        let after = input.cursor.map(|text| shop.cursors.open(&text, status)).transpose()?;
        let seal = |place: Place| shop.cursors.seal(place, status);
        let page = Page { status: input.status.clone(), after, limit };
        match &shop.database {
            Database::Sqlite(store) => store.page(call, subject, &page, seal).await,
            Database::Postgres(store) => store.page(call, subject, &page, seal).await,
        }
    };
    finish(outcome.await, call.request, StatusCode::OK)
}

pub async fn add(State(shop): State<Arc<Shop>>, request: Request) -> Response {
    let call = Call::begin(request_id(request.headers()), "http", "add_product");
    let outcome = async {
        let (parts, sent) = request.into_parts();
        check_host(&parts.headers)?;
        let subject = shop.tokens.subject(&parts.headers)?;
        let sent = body(&parts.headers, sent).await?;
        let product = new_product::parse(&sent)?;
        match &shop.database {
            Database::Sqlite(store) => store.add(call, subject, product, sent).await,
            Database::Postgres(store) => store.add(call, subject, product, sent).await,
        }
    };
    finish(outcome.await, call.request, StatusCode::CREATED)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceInput {
    lines: Vec<LineInput>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineInput {
    pub sku: String,
    pub qty: i64,
}

pub async fn place(State(shop): State<Arc<Shop>>, request: Request) -> Response {
    let call = Call::begin(request_id(request.headers()), "http", "place_order");
    let outcome = async {
        let (parts, sent) = request.into_parts();
        check_host(&parts.headers)?;
        let subject = shop.tokens.subject(&parts.headers)?;
        let sent = body(&parts.headers, sent).await?;
        let wrong = |_| Problem::Malformed("the body is not an order");
        let PlaceInput { lines } = serde_json::from_slice(&sent).map_err(wrong)?;
        let good = |line: &LineInput| new_product::is_sku(&line.sku) && (1..=99).contains(&line.qty);
        if !(1..=50).contains(&lines.len()) || !lines.iter().all(good) {
            return Err(invalid(
                "body",
                "/lines",
                "range",
                "1 to 50 lines with a product code and 1 to 99 pieces",
            ));
        }
        match &shop.database {
            Database::Sqlite(store) => store.place(call, subject, lines, sent).await,
            Database::Postgres(store) => store.place(call, subject, lines, sent).await,
        }
    };
    finish(outcome.await, call.request, StatusCode::CREATED)
}

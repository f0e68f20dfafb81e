//! What goes wrong, as problem details (RFC 9457).
use axum::body::Body;
use axum::response::Response;
use http::header::{CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde_json::json;
use uuid::Uuid;

pub enum Problem {
    Malformed(&'static str),
    Unauthorized,
    Forbidden,
    NotFound,
    SkuTaken,
    OutOfStock,
    TooLarge,
    UnsupportedMedia,
    Misdirected,
    Invalid(Vec<Violation>),
    Internal(anyhow::Error),
    Unavailable,
}

pub struct Violation {
    pub place: &'static str,
    pub pointer: String,
    pub code: &'static str,
    pub detail: String,
}

impl From<rusqlite::Error> for Problem {
    fn from(error: rusqlite::Error) -> Self {
        Self::Internal(error.into())
    }
}

impl From<tokio_postgres::Error> for Problem {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Internal(error.into())
    }
}

impl Problem {
    pub fn code(&self) -> &'static str {
        self.parts().1
    }

    fn parts(&self) -> (u16, &'static str, &'static str, &'static str) {
        match self {
            Self::Malformed(why) => (400, "Malformed", "Malformed", why),
            Self::Unauthorized => (401, "Unauthorized", "Unauthorized", "a valid credential is needed"),
            Self::Forbidden => (403, "Forbidden", "Forbidden", "this caller may not do that"),
            Self::NotFound => (404, "NotFound", "Not found", "there is no such thing"),
            Self::SkuTaken => (409, "SkuTaken", "Sku taken", "another product has this number"),
            Self::OutOfStock => (409, "OutOfStock", "Out of stock", "not enough of it"),
            Self::TooLarge => (413, "TooLarge", "Too large", "the body is too large"),
            Self::UnsupportedMedia => (415, "UnsupportedMedia", "Unsupported media", "send JSON"),
            Self::Misdirected => (421, "Misdirected", "Misdirected", "no such host here"),
            Self::Invalid(_) => (422, "Invalid", "Invalid", "the input breaks a rule"),
            Self::Internal(_) => (500, "Internal", "Internal", "something went wrong"),
            Self::Unavailable => (503, "Unavailable", "Unavailable", "try again"),
        }
    }

    pub fn details(&self, request: Uuid) -> serde_json::Value {
        let (status, code, title, detail) = self.parts();
        let mut details = json!({
            "type": format!("/docs#{code}"), "title": title, "status": status,
            "detail": detail, "code": code, "request_id": request,
        });
        if let (Self::Invalid(violations), Some(details)) = (self, details.as_object_mut()) {
            let error = |one: &Violation| json!({ "in": one.place, "pointer": one.pointer, "code": one.code, "detail": one.detail });
            details.insert("errors".into(), violations.iter().map(error).collect());
        }
        details
    }

    pub fn response(&self, request: Uuid) -> Response {
        if let Self::Internal(error) = self {
            eprintln!("{request}: {error:#}");
        }
        let mut response = Response::new(Body::from(self.details(request).to_string()));
        *response.status_mut() =
            StatusCode::from_u16(self.parts().0).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if matches!(self, Self::Unauthorized) {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"store\""));
        }
        response
    }
}

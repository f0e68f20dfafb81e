//! Written by `quater gen rust` from `shop.qtr`: what is changed here is lost.

/// The record `Line`.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Line {
    /// `text(/[A-Z]{3}-[0-9]{4}/)`
    pub sku: String,
    /// `int(1..99)`
    pub qty: i64,
}

/// The record `OrderCard`.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct OrderCard {
    /// `uuid`
    pub id: quater::Uuid,
    /// `pending|paid|shipped|cancelled`
    pub status: Status,
    /// `decimal(2, 0..)`
    pub total: quater::Decimal,
    /// `instant`
    pub placed: quater::Timestamp,
}

/// The record `ProductCard`.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ProductCard {
    /// `uuid`
    pub id: quater::Uuid,
    /// `text(/[A-Z]{3}-[0-9]{4}/)`
    pub sku: String,
    /// `text(1..120)`
    pub title: String,
    /// `decimal(2, 0..)`
    pub price: quater::Decimal,
    /// `int(0..)`
    pub stock: i64,
}

/// One of the names of `Status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(serde::Serialize, serde::Deserialize)]
#[allow(clippy::enum_variant_names, reason = "names of the service")]
pub enum Status {
    /// `pending`
    #[serde(rename = "pending")]
    Pending,
    /// `paid`
    #[serde(rename = "paid")]
    Paid,
    /// `shipped`
    #[serde(rename = "shipped")]
    Shipped,
    /// `cancelled`
    #[serde(rename = "cancelled")]
    Cancelled,
}

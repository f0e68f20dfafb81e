//! Written by `quater gen rust` from `ledger.qtr`: what is changed here is lost.

/// The record `AccountCard`.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct AccountCard {
    /// `uuid`
    pub id: quater::Uuid,
    /// `text(/[A-Z]{2}-[0-9]{3}/)`
    pub code: String,
    /// `Person`
    pub holder: quater::Uuid,
    /// `decimal(2, 0..)`
    pub balance: quater::Decimal,
    /// `low|middle|high`
    pub level: Level,
    /// `instant`
    pub opened: quater::Timestamp,
    /// `text(..200)?`
    pub note: Option<String>,
    /// `text?`
    pub holder_name: Option<String>,
    /// `bool`
    pub mine: bool,
}

/// The record `EntryCard`.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct EntryCard {
    /// `int`
    pub id: i64,
    /// `Account`
    pub account: quater::Uuid,
    /// `decimal(2)`
    pub amount: quater::Decimal,
    /// `debit|credit`
    pub kind: Kind,
    /// `instant`
    pub at: quater::Timestamp,
}

/// A record that is written in place.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ForgetOutput {
    /// `int`
    pub gone: i64,
}

/// One of the names of `Kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(serde::Serialize, serde::Deserialize)]
#[allow(clippy::enum_variant_names, reason = "names of the service")]
pub enum Kind {
    /// `debit`
    #[serde(rename = "debit")]
    Debit,
    /// `credit`
    #[serde(rename = "credit")]
    Credit,
}

/// One of the names of `Level`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(serde::Serialize, serde::Deserialize)]
#[allow(clippy::enum_variant_names, reason = "names of the service")]
pub enum Level {
    /// `low`
    #[serde(rename = "low")]
    Low,
    /// `middle`
    #[serde(rename = "middle")]
    Middle,
    /// `high`
    #[serde(rename = "high")]
    High,
}

/// A record that is written in place.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct LookOverOutput {
    /// `AccountCard { id: uuid, code: text(/[A-Z]{2}-[0-9]{3}/), holder: Person, balance: decimal(2, 0..), level: low|middle|high, opened: instant, note: text(..200)?, holder_name: text?, mine: bool }`
    pub card: AccountCard,
    /// `[EntryCard { id: int, account: Account, amount: decimal(2), kind: debit|credit, at: instant }](..50)`
    pub moved: Vec<EntryCard>,
}

/// The record `Move`.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Move {
    /// `text(/[A-Z]{2}-[0-9]{3}/)`
    pub from: String,
    /// `text(/[A-Z]{2}-[0-9]{3}/)`
    pub to: String,
    /// `decimal(2, 0.01..1000)`
    pub amount: quater::Decimal,
}

/// A record that is written in place.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PayOutput {
    /// `int`
    pub left: i64,
}

/// One of the names of `Role`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[derive(serde::Serialize, serde::Deserialize)]
#[allow(clippy::enum_variant_names, reason = "names of the service")]
pub enum Role {
    /// `clerk`
    #[serde(rename = "clerk")]
    Clerk,
    /// `customer`
    #[serde(rename = "customer")]
    Customer,
}

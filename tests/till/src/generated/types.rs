//! Written by `quater gen rust` from `till.qtr`: what is changed here is lost.

/// A record that is written in place.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct BuyAllOutput {
    /// `[text](..5)`
    pub refs: Vec<String>,
}

/// A record that is written in place.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct BuyOutput {
    /// `int`
    pub number: i64,
    /// `text(..40)`
    pub r#ref: String,
}

/// A record that is written in place.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct LookOutput {
    /// `text`
    pub r#ref: String,
}

/// A record that is written in place.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PayAgainOutput {
    /// `text`
    pub before: String,
    /// `text`
    pub held: String,
    /// `int`
    pub many: i64,
}

/// A record that is written in place.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PayChargeOutput {
    /// `text(1..40)`
    pub r#ref: String,
    /// `decimal(2)?`
    pub fee: Option<quater::Decimal>,
}

/// A record that is written in place.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PayFindOutput {
    /// `text`
    pub r#ref: String,
}

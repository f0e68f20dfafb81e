//! `place_order`, declared at `shop.qtr:117`.
//!
//! Written by `quater gen rust` from `shop.qtr`: what is changed here is lost.

/// What `place_order` is given.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
pub struct Input {
    /// `[Line { sku: text(/[A-Z]{3}-[0-9]{4}/), qty: int(1..99) }](1..50)`
    pub lines: Vec<super::types::Line>,
}

/// What `place_order` gives.
pub type Output = super::types::OrderCard;

/// How `place_order` may end early.
#[derive(Debug)]
pub enum Error {
    /// `Forbidden` (403)
    Forbidden,
    /// `OutOfStock` (409)
    OutOfStock {
        /// `text(/[A-Z]{3}-[0-9]{4}/)`
        sku: String,
    },
    /// An input breaks a rule that its type does not tell. (422)
    Invalid {
        /// The input.
        field: String,
        /// What is wrong with it.
        text: String,
    },
    /// A verb came to nothing, or something went wrong inside.
    Failed(quater::Failure),
}

impl From<quater::Failure> for Error {
    fn from(failure: quater::Failure) -> Self {
        match failure.name() {
            Some("Forbidden") => Self::Forbidden,
            Some("OutOfStock") => {
                #[derive(serde::Deserialize)]
                struct Payload {
                    sku: String,
                }
                match failure.payload() {
                    Some(Payload { sku }) => Self::OutOfStock { sku },
                    None => Self::Failed(failure),
                }
            }
            _ => Self::Failed(failure),
        }
    }
}

impl From<Error> for quater::Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Forbidden => Self::raise("Forbidden", &quater::json!({})),
            Error::OutOfStock { sku } => {
                Self::raise("OutOfStock", &quater::json!({ "sku": sku }))
            }
            Error::Invalid { field, text } => Self::invalid(&field, &text),
            Error::Failed(failure) => failure,
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Forbidden => f.write_str("Forbidden"),
            Self::OutOfStock { .. } => f.write_str("OutOfStock"),
            Self::Invalid { field, text } => write!(f, "`{field}`: {text}"),
            Self::Failed(failure) => failure.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

/// All that the body of `place_order` may do beside computing.
pub struct Context<'a> {
    call: quater::Context<'a>,
}

impl<'a> Context<'a> {
    pub(super) const fn new(call: quater::Context<'a>) -> Self {
        Self { call }
    }

    /// Rows of `Order`, as the caller may see and change them.
    pub fn orders(&mut self) -> Orders<'_> {
        Orders { call: self.call.again() }
    }

    /// Rows of `Product`, as the caller may see and change them.
    pub fn products(&mut self) -> Products<'_> {
        Products { call: self.call.again() }
    }

    /// Rows of `OrderLine`, as the caller may see and change them.
    pub fn order_lines(&mut self) -> OrderLines<'_> {
        OrderLines { call: self.call.again() }
    }

    /// Does something of which nothing stays if it fails; then the body may go on.
    ///
    /// Outside of it, a verb that fails ends the call, whatever the body makes of that.
    ///
    /// # Errors
    /// With what it fails with.
    pub fn attempt<T>(
        &mut self,
        act: impl FnOnce(&mut Context<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.call.attempt(|call| act(&mut Context { call }))
    }

    /// When the call began.
    pub fn now(&self) -> quater::Timestamp {
        self.call.now()
    }

    /// A new id: a UUID version 7.
    pub fn uuid(&self) -> quater::Uuid {
        self.call.uuid()
    }

    /// The key of the `User` who calls, where somebody has signed in.
    pub fn actor(&self) -> Option<quater::Uuid> {
        self.call.actor()
    }
}

/// A new row of `Order`; what is left out gets its default.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct NewOrder {
    /// `User`
    pub customer: quater::Uuid,
    /// `pending|paid|shipped|cancelled`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<super::types::Status>,
    /// `decimal(2, 0..)`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<quater::Decimal>,
    /// `instant`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub placed: Option<quater::Timestamp>,
}

/// Changes to a row of `Order`; what is kept stays as it is.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct OrderChanges {
    /// `decimal(2, 0..)`
    #[serde(skip_serializing_if = "quater::Patch::is_keep")]
    pub total: quater::Patch<quater::Decimal>,
}

/// What may be done to rows of `Order`.
pub struct Orders<'a> {
    call: quater::Context<'a>,
}

impl Orders<'_> {
    /// Adds a row to `Order` and gives its key.
    ///
    /// # Errors
    /// As a declared `create` fails.
    pub fn create(&mut self, new: &NewOrder) -> Result<quater::Uuid, Error> {
        Ok(self.call.verb("Order", "create", new)?)
    }

    /// Changes a row of `Order`.
    ///
    /// # Errors
    /// As a declared `update` fails.
    pub fn update(&mut self, id: quater::Uuid, changes: &OrderChanges) -> Result<(), Error> {
        #[derive(serde::Serialize)]
        struct Change<'c> {
            id: quater::Uuid,
            #[serde(flatten)]
            changes: &'c OrderChanges,
        }
        Ok(self.call.verb("Order", "update", &Change { id, changes })?)
    }
}

/// A row of `Product`.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
pub struct Product {
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
    /// `text(1..20)`
    pub branch: String,
}

/// Changes to a row of `Product`; what is kept stays as it is.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct ProductChanges {
    /// `int(0..)`
    #[serde(skip_serializing_if = "quater::Patch::is_keep")]
    pub stock: quater::Patch<i64>,
}

/// What may be done to rows of `Product`.
pub struct Products<'a> {
    call: quater::Context<'a>,
}

impl Products<'_> {
    /// Finds a row of `Product`; none where the caller may see none.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn find(&mut self, id: quater::Uuid) -> Result<Option<Product>, Error> {
        Ok(self.call.verb("Product", "find", &(id,))?)
    }

    /// Finds a row of `Product` and holds it until the call ends, so that nobody else changes it.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn lock(&mut self, id: quater::Uuid) -> Result<Option<Product>, Error> {
        Ok(self.call.verb("Product", "lock", &(id,))?)
    }

    /// Finds a row of `Product`; none where the caller may see none.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn find_by_sku(&mut self, sku: &str) -> Result<Option<Product>, Error> {
        Ok(self.call.verb("Product", "find_by_sku", &(sku,))?)
    }

    /// Finds a row of `Product` and holds it until the call ends, so that nobody else changes it.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn lock_by_sku(&mut self, sku: &str) -> Result<Option<Product>, Error> {
        Ok(self.call.verb("Product", "lock_by_sku", &(sku,))?)
    }

    /// Rows of `Product` behind a key, in the order of keys, at most 500; without one the first.
    ///
    /// # Errors
    /// Where the database fails.
    pub fn batch(&mut self, after: Option<quater::Uuid>) -> Result<Vec<Product>, Error> {
        Ok(self.call.verb("Product", "batch", &(after,))?)
    }

    /// Changes a row of `Product`.
    ///
    /// # Errors
    /// As a declared `update` fails.
    pub fn update(&mut self, id: quater::Uuid, changes: &ProductChanges) -> Result<(), Error> {
        #[derive(serde::Serialize)]
        struct Change<'c> {
            id: quater::Uuid,
            #[serde(flatten)]
            changes: &'c ProductChanges,
        }
        Ok(self.call.verb("Product", "update", &Change { id, changes })?)
    }
}

/// A new row of `OrderLine`; what is left out gets its default.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct NewOrderLine {
    /// `Order`
    pub order: quater::Uuid,
    /// `Product`
    pub product: quater::Uuid,
    /// `int(1..99)`
    pub qty: i64,
    /// `decimal(2, 0..)`
    pub price: quater::Decimal,
}

/// What may be done to rows of `OrderLine`.
pub struct OrderLines<'a> {
    call: quater::Context<'a>,
}

impl OrderLines<'_> {
    /// Adds a row to `OrderLine` and gives its key.
    ///
    /// # Errors
    /// As a declared `create` fails.
    pub fn create(&mut self, new: &NewOrderLine) -> Result<quater::Uuid, Error> {
        Ok(self.call.verb("OrderLine", "create", new)?)
    }
}

//! `import_prices`, declared at `imports.qtr:94`.
//!
//! Written by `quater gen rust` from `imports.qtr`: what is changed here is lost.

/// What `import_prices` is given.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
pub struct Input {
    /// `[PriceRow { sku: text(..40), title: text(..200), price: text(..20) }](1..2000)`
    pub rows: Vec<super::types::PriceRow>,
}

/// What `import_prices` gives.
pub type Output = super::types::ImportReport;

/// How `import_prices` may end early.
#[derive(Debug)]
pub enum Error {
    /// A price list of which too little is of use. (422)
    NotAPriceList {
        /// `int`
        bad: i64,
        /// `int`
        total: i64,
    },
    /// This shop has a product with this number already. (409)
    SkuTaken,
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
            Some("NotAPriceList") => {
                #[derive(serde::Deserialize)]
                struct Payload {
                    bad: i64,
                    total: i64,
                }
                match failure.payload() {
                    Some(Payload { bad, total }) => Self::NotAPriceList { bad, total },
                    None => Self::Failed(failure),
                }
            }
            Some("SkuTaken") => Self::SkuTaken,
            _ => Self::Failed(failure),
        }
    }
}

impl From<Error> for quater::Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::NotAPriceList { bad, total } => {
                Self::raise("NotAPriceList", &quater::json!({ "bad": bad, "total": total }))
            }
            Error::SkuTaken => Self::raise("SkuTaken", &quater::json!({})),
            Error::Invalid { field, text } => Self::invalid(&field, &text),
            Error::Failed(failure) => failure,
        }
    }
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotAPriceList { .. } => f.write_str("NotAPriceList"),
            Self::SkuTaken => f.write_str("SkuTaken"),
            Self::Invalid { field, text } => write!(f, "`{field}`: {text}"),
            Self::Failed(failure) => failure.fmt(f),
        }
    }
}

impl std::error::Error for Error {}

/// All that the body of `import_prices` may do beside computing.
pub struct Context<'a> {
    call: quater::Context<'a>,
}

impl<'a> Context<'a> {
    pub(super) const fn new(call: quater::Context<'a>) -> Self {
        Self { call }
    }

    /// Rows of `Product`, as the caller may see and change them.
    pub fn products(&mut self) -> Products<'_> {
        Products { call: self.call.again() }
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

    /// Says how far the work is, to whoever asked to hear of it.
    pub fn progress(&mut self, done: i64, total: i64, text: &str) {
        self.call.progress(done, total, Some(text));
    }

    /// When the call began.
    pub fn now(&self) -> quater::Timestamp {
        self.call.now()
    }

    /// A new id: a UUID version 7.
    pub fn uuid(&self) -> quater::Uuid {
        self.call.uuid()
    }

    /// The key of the `Clerk` who calls, where somebody has signed in.
    pub fn actor(&self) -> Option<quater::Uuid> {
        self.call.actor()
    }
}

/// A row of `Product`.
#[derive(Debug, Clone, PartialEq, serde::Deserialize)]
pub struct Product {
    /// `uuid`
    pub id: quater::Uuid,
    /// What suppliers call it.
    pub sku: String,
    /// `text(1..120)`
    pub title: String,
    /// `decimal(2, 0..)`
    pub price: quater::Decimal,
    /// `text(1..20)`
    pub shop: String,
}

/// A new row of `Product`; what is left out gets its default.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct NewProduct {
    /// What suppliers call it.
    pub sku: String,
    /// `text(1..120)`
    pub title: String,
    /// `decimal(2, 0..)`
    pub price: quater::Decimal,
}

/// Changes to a row of `Product`; what is kept stays as it is.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize)]
pub struct ProductChanges {
    /// `text(1..120)`
    #[serde(skip_serializing_if = "quater::Patch::is_keep")]
    pub title: quater::Patch<String>,
    /// `decimal(2, 0..)`
    #[serde(skip_serializing_if = "quater::Patch::is_keep")]
    pub price: quater::Patch<quater::Decimal>,
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

    /// Adds a row to `Product` and gives its key.
    ///
    /// # Errors
    /// As a declared `create` fails.
    pub fn create(&mut self, new: &NewProduct) -> Result<quater::Uuid, Error> {
        Ok(self.call.verb("Product", "create", new)?)
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

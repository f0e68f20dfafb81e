//! The service of `imports.qtr`, with the body that it leaves to Rust.
//!
//! What the body may touch stands in the file, as its `effects`, and is all that its context offers:
//!
//! ```
//! use imports::generated::import_prices::{Context, Error, Product};
//!
//! fn known(context: &mut Context<'_>, sku: &str) -> Result<Option<Product>, Error> {
//!     context.products().find_by_sku(sku)
//! }
//! ```
//!
//! Another table is not there, so what would touch it does not compile:
//!
//! ```compile_fail,E0599
//! use imports::generated::import_prices::Context;
//!
//! fn clerks(context: &mut Context<'_>) {
//!     context.clerks();
//! }
//! ```
//!
//! Nor is a verb that no effect names:
//!
//! ```compile_fail,E0599
//! use imports::generated::import_prices::{Context, Error, Product};
//!
//! fn forget(context: &mut Context<'_>, product: &Product) -> Result<(), Error> {
//!     context.products().delete(product.id)
//! }
//! ```
//!
//! Nor a column that it may not change:
//!
//! ```compile_fail,E0560
//! use imports::generated::import_prices::ProductChanges;
//!
//! let changes = ProductChanges { sku: "ABC-0001".to_owned().into(), ..ProductChanges::default() };
//! ```
//!
//! Nor the bytes of a file where it is given none:
//!
//! ```compile_fail,E0599
//! use imports::generated::import_prices::{Context, Error};
//!
//! fn bytes(context: &Context<'_>, file: &quater::File) -> Result<Vec<u8>, Error> {
//!     context.read(file)
//! }
//! ```
//!
//! And where the file says more than the bodies do, they no longer compile:
//!
//! ```compile_fail,E0046
//! struct Team;
//!
//! impl imports::generated::Bodies for Team {}
//! ```

mod bodies;
// Written by `quater gen rust`; the formatter leaves it as it is.
#[rustfmt::skip]
pub mod generated;

pub use bodies::Team;

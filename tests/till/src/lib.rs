//! The till of the suite of upstreams with bodies in Rust, to be held against the declared one.
//!
//! What is not among the effects of a body does not compile, nor does an upstream behind a write:
//!
//! ```
//! fn body(mut context: till::generated::buy::Context<'_>) -> Result<(), till::generated::buy::Error> {
//!     context.sales().find_by_number(1)?;
//!     context.pay();
//!     context.write()?.sales();
//!     Ok(())
//! }
//! ```
//! ```compile_fail,E0599
//! fn body(context: &mut till::generated::buy::Context<'_>) {
//!     context.hooks();
//! }
//! ```
//! ```compile_fail,E0599
//! fn body(context: &mut till::generated::buy::Context<'_>) {
//!     context.pay().find();
//! }
//! ```
//! ```compile_fail,E0599
//! fn body(context: &mut till::generated::buy::Context<'_>, new: &till::generated::buy::NewSale) {
//!     drop(context.sales().create(new));
//! }
//! ```
//! ```compile_fail,E0599
//! fn body(context: &mut till::generated::buy::Writing<'_>) {
//!     context.pay();
//! }
//! ```
//! ```compile_fail,E0382
//! fn body(mut context: till::generated::buy::Context<'_>) {
//!     drop(context.write());
//!     context.pay();
//! }
//! ```

mod bodies;
// Written by `quater gen rust`; the formatter leaves it as it is.
#[rustfmt::skip]
pub mod generated;

pub use bodies::Team;

//! Written by `quater gen rust` from `shop.qtr`: what is changed here is lost.

pub mod get_product;
pub mod place_order;
pub mod types;

use std::process::ExitCode;
use std::sync::Arc;

/// The checked service of `shop.qtr`, which [`serve`] runs.
pub const SERVICE: &[u8] = include_bytes!("service.qir");

/// The bodies that `shop.qtr` leaves to Rust.
///
/// A body runs inside the transaction of its call. It may be run again from its beginning where other
/// calls got in its way, so it does nothing but what its context offers.
pub trait Bodies: Send + Sync + 'static {
    /// One product.
    ///
    /// Declared at `shop.qtr:80`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn get_product(
        &self,
        context: &mut get_product::Context<'_>,
        input: get_product::Input,
    ) -> Result<get_product::Output, get_product::Error>;

    /// Place an order. With one line these are five statements: order, product, stock, line, total.
    ///
    /// Declared at `shop.qtr:117`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn place_order(
        &self,
        context: &mut place_order::Context<'_>,
        input: place_order::Input,
    ) -> Result<place_order::Output, place_order::Error>;
}

/// The bodies as the service takes them.
pub fn bodies(of: impl Bodies) -> quater::Bodies {
    let of = Arc::new(of);
    let mut bodies = quater::Bodies::new();
    let its = Arc::clone(&of);
    bodies.add("get_product", move |call, input| {
        its.get_product(&mut get_product::Context::new(call), input)
    });
    bodies.add("place_order", move |call, input| {
        of.place_order(&mut place_order::Context::new(call), input)
    });
    bodies
}

/// Serves `shop` with these bodies, as the command line says.
pub fn serve(of: impl Bodies) -> ExitCode {
    quater::serve(SERVICE, bodies(of))
}

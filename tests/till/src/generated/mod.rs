//! Written by `quater gen rust` from `till.qtr`: what is changed here is lost.

pub mod buy;
pub mod buy_all;
pub mod forget;
pub mod look;
pub mod pay_again;
pub mod tell;
pub mod types;

use std::process::ExitCode;
use std::sync::Arc;

/// The checked service of `till.qtr`, which [`serve`] runs.
pub const SERVICE: &[u8] = include_bytes!("service.qir");

/// The bodies that `till.qtr` leaves to Rust.
///
/// A body runs inside the transaction of its call. It may be run again from its beginning where other
/// calls got in its way, so it does nothing but what its context offers.
///
/// One that asks upstreams runs before that transaction until it writes, and is run again for each of them.
pub trait Bodies: Send + Sync + 'static {
    /// Charges, then writes it down.
    ///
    /// Declared at `till.qtr:36`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn buy(
        &self,
        context: buy::Context<'_>,
        input: buy::Input,
    ) -> Result<buy::Output, buy::Error>;

    /// Charges for each, tells of each, and writes all down behind that.
    ///
    /// Declared at `till.qtr:47`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn buy_all(
        &self,
        context: buy_all::Context<'_>,
        input: buy_all::Input,
    ) -> Result<buy_all::Output, buy_all::Error>;

    /// Charges for a sale that is known, and writes down how it was paid this time.
    ///
    /// Declared at `till.qtr:58`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn pay_again(
        &self,
        context: pay_again::Context<'_>,
        input: pay_again::Input,
    ) -> Result<pay_again::Output, pay_again::Error>;

    /// Only looks.
    ///
    /// Declared at `till.qtr:75`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn look(
        &self,
        context: &mut look::Context<'_>,
        input: look::Input,
    ) -> Result<look::Output, look::Error>;

    /// Forgets, and says nothing of what went wrong.
    ///
    /// Declared at `till.qtr:86`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn forget(
        &self,
        context: &mut forget::Context<'_>,
        input: forget::Input,
    ) -> Result<forget::Output, forget::Error>;

    /// Tells whoever is to be told.
    ///
    /// Declared at `till.qtr:96`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn tell(
        &self,
        context: &mut tell::Context<'_>,
        input: tell::Input,
    ) -> Result<tell::Output, tell::Error>;
}

/// The bodies as the service takes them.
pub fn bodies(of: impl Bodies) -> quater::Bodies {
    let of = Arc::new(of);
    let mut bodies = quater::Bodies::new();
    let its = Arc::clone(&of);
    bodies.add("buy", move |call, input| {
        its.buy(buy::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("buy_all", move |call, input| {
        its.buy_all(buy_all::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("pay_again", move |call, input| {
        its.pay_again(pay_again::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("look", move |call, input| {
        its.look(&mut look::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("forget", move |call, input| {
        its.forget(&mut forget::Context::new(call), input)
    });
    bodies.add("tell", move |call, input| {
        of.tell(&mut tell::Context::new(call), input)
    });
    bodies
}

/// Serves `till` with these bodies, as the command line says.
pub fn serve(of: impl Bodies) -> ExitCode {
    quater::serve(SERVICE, bodies(of))
}

//! Written by `quater gen rust` from `imports.qtr`: what is changed here is lost.

pub mod import_prices;
pub mod types;

use std::process::ExitCode;
use std::sync::Arc;

/// The checked service of `imports.qtr`, which [`serve`] runs.
pub const SERVICE: &[u8] = include_bytes!("service.qir");

/// The bodies that `imports.qtr` leaves to Rust.
///
/// A body runs inside the transaction of its call. It may be run again from its beginning where other
/// calls got in its way, so it does nothing but what its context offers.
pub trait Bodies: Send + Sync + 'static {
    /// Take over a price list: rows of known products change them, others add products, and what is wrong with a row
    /// is told. A list of which more than half is wrong is refused as a whole.
    ///
    /// Declared at `imports.qtr:94`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn import_prices(
        &self,
        context: &mut import_prices::Context<'_>,
        input: import_prices::Input,
    ) -> Result<import_prices::Output, import_prices::Error>;
}

/// The bodies as the service takes them.
pub fn bodies(of: impl Bodies) -> quater::Bodies {
    let of = Arc::new(of);
    let mut bodies = quater::Bodies::new();
    bodies.add("import_prices", move |call, input| {
        of.import_prices(&mut import_prices::Context::new(call), input)
    });
    bodies
}

/// Serves `imports` with these bodies, as the command line says.
pub fn serve(of: impl Bodies) -> ExitCode {
    quater::serve(SERVICE, bodies(of))
}

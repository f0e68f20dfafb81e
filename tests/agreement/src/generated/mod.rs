//! Written by `quater gen rust` from `ledger.qtr`: what is changed here is lost.

pub mod close;
pub mod entries;
pub mod forget;
pub mod get_account;
pub mod list_accounts;
pub mod look_over;
pub mod open_account;
pub mod pay;
pub mod set_level;
pub mod transfer;
pub mod types;

use std::process::ExitCode;
use std::sync::Arc;

/// The checked service of `ledger.qtr`, which [`serve`] runs.
pub const SERVICE: &[u8] = include_bytes!("service.qir");

/// The bodies that `ledger.qtr` leaves to Rust.
///
/// A body runs inside the transaction of its call. It may be run again from its beginning where other
/// calls got in its way, so it does nothing but what its context offers.
pub trait Bodies: Send + Sync + 'static {
    /// Open an account for somebody.
    ///
    /// Declared at `ledger.qtr:89`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn open_account(
        &self,
        context: &mut open_account::Context<'_>,
        input: open_account::Input,
    ) -> Result<open_account::Output, open_account::Error>;

    /// One account.
    ///
    /// Declared at `ledger.qtr:105`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn get_account(
        &self,
        context: &mut get_account::Context<'_>,
        input: get_account::Input,
    ) -> Result<get_account::Output, get_account::Error>;

    /// Accounts the caller may see, highest level first.
    ///
    /// Declared at `ledger.qtr:115`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn list_accounts(
        &self,
        context: &mut list_accounts::Context<'_>,
        input: list_accounts::Input,
    ) -> Result<list_accounts::Output, list_accounts::Error>;

    /// Move money, all of the moves or none.
    ///
    /// Declared at `ledger.qtr:125`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn transfer(
        &self,
        context: &mut transfer::Context<'_>,
        input: transfer::Input,
    ) -> Result<transfer::Output, transfer::Error>;

    /// Set the level of one's account.
    ///
    /// Declared at `ledger.qtr:136`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn set_level(
        &self,
        context: &mut set_level::Context<'_>,
        input: set_level::Input,
    ) -> Result<set_level::Output, set_level::Error>;

    /// What moved on an account, newest first.
    ///
    /// Declared at `ledger.qtr:146`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn entries(
        &self,
        context: &mut entries::Context<'_>,
        input: entries::Input,
    ) -> Result<entries::Output, entries::Error>;

    /// Set the level of an account, and tell what has moved on it.
    ///
    /// Declared at `ledger.qtr:156`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn look_over(
        &self,
        context: &mut look_over::Context<'_>,
        input: look_over::Input,
    ) -> Result<look_over::Output, look_over::Error>;

    /// Move money once.
    ///
    /// Declared at `ledger.qtr:166`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn pay(
        &self,
        context: &mut pay::Context<'_>,
        input: pay::Input,
    ) -> Result<pay::Output, pay::Error>;

    /// Forget what moved before now.
    ///
    /// Declared at `ledger.qtr:187`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn forget(
        &self,
        context: &mut forget::Context<'_>,
        input: forget::Input,
    ) -> Result<forget::Output, forget::Error>;

    /// Close an account.
    ///
    /// Declared at `ledger.qtr:206`.
    ///
    /// # Errors
    /// With what the caller gets in place of an output.
    fn close(
        &self,
        context: &mut close::Context<'_>,
        input: close::Input,
    ) -> Result<close::Output, close::Error>;
}

/// The bodies as the service takes them.
pub fn bodies(of: impl Bodies) -> quater::Bodies {
    let of = Arc::new(of);
    let mut bodies = quater::Bodies::new();
    let its = Arc::clone(&of);
    bodies.add("open_account", move |call, input| {
        its.open_account(&mut open_account::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("get_account", move |call, input| {
        its.get_account(&mut get_account::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("list_accounts", move |call, input| {
        its.list_accounts(&mut list_accounts::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("transfer", move |call, input| {
        its.transfer(&mut transfer::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("set_level", move |call, input| {
        its.set_level(&mut set_level::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("entries", move |call, input| {
        its.entries(&mut entries::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("look_over", move |call, input| {
        its.look_over(&mut look_over::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("pay", move |call, input| {
        its.pay(&mut pay::Context::new(call), input)
    });
    let its = Arc::clone(&of);
    bodies.add("forget", move |call, input| {
        its.forget(&mut forget::Context::new(call), input)
    });
    bodies.add("close", move |call, input| {
        of.close(&mut close::Context::new(call), input)
    });
    bodies
}

/// Serves `ledger` with these bodies, as the command line says.
pub fn serve(of: impl Bodies) -> ExitCode {
    quater::serve(SERVICE, bodies(of))
}

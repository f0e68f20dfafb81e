//! How the cost of a keyed and of a paged read grows with the table.
use crate::load;
use crate::server::Maker;
use crate::shop;
use crate::subject::{Asks, Database, Programs};
use anyhow::Context;
use std::path::Path;

/// Orders in the whole table.
const SIZES: [u32; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// Processor time a request in microseconds, at a size of the table.
pub struct Growth {
    pub orders: u32,
    pub keyed: f64,
    pub paged: f64,
}

/// Quater on SQLite, once a size.
pub fn measure(programs: &Programs, folder: &Path, seconds: u64) -> anyhow::Result<Vec<Growth>> {
    let mut found = Vec::new();
    for orders in SIZES {
        let database = Database::Sqlite(folder.join("growth.db"));
        let subject = shop::subject("growth", programs.clone(), database, folder, orders / 10)?;
        let paged = subject.scenarios.iter().find(|it| matches!(it.asks, Asks::Pages(_)));
        let cost =
            |scenario| load::measure(&subject, Maker::Quater, scenario, folder, seconds).map(|it| it.cpu);
        let growth = Growth { orders, keyed: cost(&subject.keyed)?, paged: cost(paged.context("a page")?)? };
        eprintln!("{orders:>9} orders: keyed {:.1} µs, paged {:.1} µs", growth.keyed, growth.paged);
        found.push(growth);
        subject.database.remove()?;
    }
    Ok(found)
}

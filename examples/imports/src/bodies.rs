//! The body that `imports.qtr` leaves to Rust: what it does with a row of a price list.

use crate::generated::import_prices::{Context, Error, Input, NewProduct, Output, ProductChanges};
use crate::generated::types::{ImportReport, PriceRow, Skipped};
use crate::generated::{Bodies, import_prices};
use quater::Decimal;

/// So many rows are done before it is told how far the work is.
const TOLD_EVERY: usize = 50;

/// Whoever writes the bodies; what they all need is kept here.
pub struct Team;

/// A row that can be taken over.
struct Price<'r> {
    sku: String,
    title: &'r str,
    price: Decimal,
}

/// What a row did.
enum Did {
    Create,
    Change,
    Nothing,
}

impl Bodies for Team {
    fn import_prices(&self, context: &mut import_prices::Context<'_>, input: Input) -> Result<Output, Error> {
        let total = input.rows.len();
        let mut report = ImportReport { read: count(total), created: 0, changed: 0, skipped: Vec::new() };
        for (at, row) in input.rows.iter().enumerate() {
            if at % TOLD_EVERY == 0 {
                context.progress(count(at), count(total), &format!("row {}", at + 1));
            }
            match read(row).and_then(|price| take_over(context, &price)) {
                Ok(Did::Create) => report.created += 1,
                Ok(Did::Change) => report.changed += 1,
                Ok(Did::Nothing) => {}
                Err(Problem::Row(why)) => report.skipped.push(Skipped { line: count(at + 1), why }),
                Err(Problem::Call(error)) => return Err(error),
            }
        }
        context.progress(count(total), count(total), "done");
        let bad = report.skipped.len();
        if bad * 2 > total {
            return Err(Error::NotAPriceList { bad: count(bad), total: count(total) });
        }
        Ok(report)
    }
}

/// Why a row is not taken over: it is of no use, or the whole call fails.
enum Problem {
    Row(String),
    Call(Error),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::Call(error)
    }
}

fn count(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// Suppliers write prices as people do: `1,299.00`, `12.5`, `9`.
fn read(row: &PriceRow) -> Result<Price<'_>, Problem> {
    let plain: String = row.price.chars().filter(|letter| !matches!(letter, ',' | ' ')).collect();
    let price: Decimal = plain.parse().map_err(|_| Problem::Row(format!("`{}` is no price", row.price)))?;
    if price.is_sign_negative() {
        return Err(Problem::Row(format!("`{}` is below zero", row.price)));
    }
    Ok(Price { sku: row.sku.trim().to_uppercase(), title: &row.title, price: price.round_dp(2) })
}

/// Changes the product that is there, or adds one. What the service refuses about a row is a problem of that row.
fn take_over(context: &mut Context<'_>, price: &Price<'_>) -> Result<Did, Problem> {
    let known = context.products().lock_by_sku(&price.sku)?;
    if known.as_ref().is_some_and(|known| known.price == price.price && known.title == price.title) {
        return Ok(Did::Nothing);
    }
    let done = context.attempt(|context| match &known {
        Some(known) => {
            let (title, new) = (price.title.to_owned().into(), price.price.into());
            context.products().update(known.id, &ProductChanges { title, price: new })?;
            Ok(Did::Change)
        }
        None => {
            let (sku, title) = (price.sku.clone(), price.title.to_owned());
            context.products().create(&NewProduct { sku, title, price: price.price })?;
            Ok(Did::Create)
        }
    });
    done.map_err(|error| {
        if let Error::Failed(failure) = &error
            && failure.name() == Some("Invalid")
        {
            return Problem::Row(failure.reason());
        }
        Problem::Call(error)
    })
}

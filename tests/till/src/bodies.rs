//! What `tests/suites/outward/till.qtr` declares, in Rust: callers must not notice which of both they call.
use crate::generated::{Bodies, buy, buy_all, forget, look, pay_again, tell, types};
use quater::{Decimal, Failure, Patch};

/// Most sales that are given.
const MOST: usize = 5;

/// The bodies.
pub struct Team;

fn gone() -> Failure {
    Failure::internal("a row that was there is gone")
}

impl Bodies for Team {
    fn buy(&self, mut context: buy::Context<'_>, input: buy::Input) -> Result<buy::Output, buy::Error> {
        let buy::Input { order, amount } = input;
        let paid = context.pay().charge(&buy::PayChargeRequest { order, amount }).map_err(|error| {
            buy::Error::Declined { why: error.message, status: error.status, body: error.body }
        })?;
        let mut context = context.write()?;
        let id = context.sales().create(&buy::NewSale { number: order, r#ref: paid.r#ref })?;
        Ok(context.sales().shown(id)?.ok_or_else(gone)?)
    }

    fn buy_all(
        &self,
        mut context: buy_all::Context<'_>,
        input: buy_all::Input,
    ) -> Result<buy_all::Output, buy_all::Error> {
        let declined = |error: quater::UpstreamError, body| buy_all::Error::Declined {
            why: error.message,
            status: error.status,
            body,
        };
        let many = context.sales().batch(None)?.iter().filter(|sale| sale.number > 0).count();
        if many >= 100 {
            return Err(buy_all::Error::Declined { why: "too many".to_owned(), status: None, body: None });
        }
        for &order in &input.orders {
            let request = buy_all::PayChargeRequest { order, amount: Decimal::new(150, 2) };
            let paid = context.pay().charge(&request).map_err(|mut error| {
                let body = error.body.take();
                declined(error, body)
            })?;
            if let Some(hook) = &input.hook {
                let event = format!("sold {}", paid.r#ref);
                let told = buy_all::InnerNotifyRequest { to: hook.clone(), event };
                context.inner().notify(&told).map_err(|error| declined(error, None))?;
            }
        }
        let mut context = context.write()?;
        for &order in &input.orders {
            let new = buy_all::NewSale { number: order, r#ref: format!("ref-{order}") };
            context.sales().create(&new)?;
        }
        let mut made = context.sales().batch(None)?;
        made.sort_by_key(|sale| sale.number);
        let refs = made.into_iter().filter(|sale| sale.number > 0).take(MOST).map(|sale| sale.r#ref);
        Ok(types::BuyAllOutput { refs: refs.collect() })
    }

    fn pay_again(
        &self,
        mut context: pay_again::Context<'_>,
        input: pay_again::Input,
    ) -> Result<pay_again::Output, pay_again::Error> {
        let before = context.sales().find_by_number(input.number)?.ok_or(pay_again::Error::NotFound)?;
        let many = context.call().how_many()?;
        let request = pay_again::PayChargeRequest { order: input.order, amount: Decimal::ONE };
        let paid = context.pay().charge(&request).map_err(|error| pay_again::Error::Declined {
            why: error.message,
            status: error.status,
            body: error.body,
        })?;
        let mut context = context.write()?;
        let held = context.sales().lock_by_number(input.number)?.ok_or(pay_again::Error::NotFound)?;
        context.sales().update(held.id, &pay_again::SaleChanges { r#ref: Patch::Set(paid.r#ref) })?;
        Ok(types::PayAgainOutput { before: before.r#ref, held: held.r#ref, many })
    }

    fn look(&self, context: &mut look::Context<'_>, input: look::Input) -> Result<look::Output, look::Error> {
        let request = look::PayFindRequest { r#ref: input.r#ref, tag: input.tag, mark: input.mark };
        match context.pay().find(&request) {
            Ok(found) => Ok(types::LookOutput { r#ref: found.r#ref }),
            Err(error) => {
                Err(look::Error::Declined { why: error.message, status: error.status, body: error.body })
            }
        }
    }

    fn forget(
        &self,
        context: &mut forget::Context<'_>,
        input: forget::Input,
    ) -> Result<forget::Output, forget::Error> {
        Ok(context.pay().forget(&forget::PayForgetRequest { r#ref: input.r#ref })?)
    }

    fn tell(&self, context: &mut tell::Context<'_>, input: tell::Input) -> Result<tell::Output, tell::Error> {
        let request = tell::HooksNotifyRequest { to: input.to, event: "hello".to_owned() };
        context.hooks().notify(&request).map_err(|error| tell::Error::Declined {
            why: error.message,
            status: error.status,
            body: error.body,
        })
    }
}

//! What `bench/shop/service.qtr` declares, in Rust.
use crate::generated::{Bodies, get_product, place_order, types};
use quater::{Decimal, Patch};

/// The bodies.
pub struct Team;

impl Bodies for Team {
    fn get_product(
        &self,
        _context: &mut get_product::Context<'_>,
        input: get_product::Input,
    ) -> Result<get_product::Output, get_product::Error> {
        let get_product::Product { id, sku, title, price, stock, .. } = input.product;
        Ok(types::ProductCard { id, sku, title, price, stock })
    }

    fn place_order(
        &self,
        context: &mut place_order::Context<'_>,
        input: place_order::Input,
    ) -> Result<place_order::Output, place_order::Error> {
        let customer = context.actor().ok_or(place_order::Error::Forbidden)?;
        let placed = context.now();
        let new = place_order::NewOrder { customer, status: None, total: None, placed: Some(placed) };
        let order = context.orders().create(&new)?;
        let mut total = Decimal::new(0, 2);
        for types::Line { sku, qty } in input.lines {
            let item = context.products().lock_by_sku(&sku)?;
            let Some(item) = item.filter(|item| item.stock >= qty) else {
                return Err(place_order::Error::OutOfStock { sku });
            };
            let stock = place_order::ProductChanges { stock: Patch::Set(item.stock - qty) };
            context.products().update(item.id, &stock)?;
            let line = place_order::NewOrderLine { order, product: item.id, qty, price: item.price };
            context.order_lines().create(&line)?;
            total += Decimal::from(qty) * item.price;
            context.orders().update(order, &place_order::OrderChanges { total: Patch::Set(total) })?;
        }
        Ok(types::OrderCard { id: order, status: types::Status::Pending, total, placed })
    }
}

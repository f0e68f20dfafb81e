//! Pages: going on where a cursor says, and saying where the next page begins.
use super::{Machine, read, write};
use crate::eval::Scope;
use crate::kernel::secret::{self, SEAL};
use crate::plan::cells::Cell;
use crate::plan::page::{Further, PagePlan, Seal};
use crate::plan::query::{Order, Read};
use crate::stop::{Run, Stop};
use crate::store::code;
use crate::store::session::Row;
use crate::value::Value;
use crate::wire;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use quater_ir::storage::StoredKind;

const UNSEALED: Stop = Stop::Defect("cursors have no key");

impl Machine<'_, '_, '_> {
    /// A page as a value.
    pub(super) fn page(&mut self, read: &Read, page: &PagePlan) -> Run<Value> {
        let mut items = Vec::new();
        let next = self.items(read, page, |row, scope| {
            items.push(read::shape(row, &read.cells, &page.shape, scope)?);
            Ok(())
        })?;
        let further = self.further(page, next)?;
        Ok(Value::Record([Value::List(items.into()), further].into()))
    }

    /// A page as JSON text.
    pub(super) fn page_text(&mut self, read: &Read, page: &PagePlan) -> Run<Vec<u8>> {
        let mut out = read.room.text();
        out.extend_from_slice(b"{\"items\":[");
        let (empty, mut room) = (out.len(), Vec::new());
        let next = self.items(read, page, |row, scope| {
            if out.len() > empty {
                out.push(b',');
            }
            write::row(&mut out, row, &read.cells, &page.shape, (scope, &mut room))
        })?;
        out.extend_from_slice(match page.further {
            Further::Next(_) => b"],\"next\":",
            Further::Total(_) => b"],\"total\":",
        });
        wire::write::scalar(&mut out, &self.further(page, next)?, false)?;
        out.push(b'}');
        Ok(out)
    }

    /// Goes through the items of a page; gives the cursor of the next one.
    fn items(
        &mut self,
        read: &Read,
        page: &PagePlan,
        mut each: impl FnMut(Row<'_>, &Scope<'_>) -> Run<()>,
    ) -> Run<Value> {
        let order = read.order(self.slots)?;
        self.go_on(read, page, order)?;
        let scope = Scope { facts: self.facts, about: self.about, slots: self.slots, row: None, item: None };
        let limit = Value::part(self.slots, page.limit.0 as usize)?.int()?;
        let at_value = match order.marks.first() {
            Some((_, slot)) => !Value::part(self.slots, slot.0 as usize)?.is_null(),
            None => false,
        };
        let (mut count, mut last) = (0, Vec::new());
        for variants in
            [Some(&order.variants), order.nulls.as_ref().filter(|_| at_value)].into_iter().flatten()
        {
            let Some(prepared) = variants.choose(&scope)?.and_then(Option::as_ref) else { continue };
            let mut rows = self.session.bound(self.plan, prepared.number, &prepared.binds, &scope)?.rows()?;
            while let Some(row) = rows.next()? {
                if count == limit {
                    let Further::Next(seal) = &page.further else { return Ok(Value::Null) };
                    return seal.close(order, &last, &scope);
                }
                count += 1;
                each(row, &scope)?;
                if count == limit {
                    let marks = order.marks.iter().map(|(at, _)| mark(row, *at, read, &scope));
                    last = marks.collect::<Run<_>>()?;
                }
            }
        }
        Ok(Value::Null)
    }

    /// Puts what the caller's cursor carries where the query looks for it.
    fn go_on(&mut self, read: &Read, page: &PagePlan, order: &Order) -> Run<()> {
        let Further::Next(seal) = &page.further else { return Ok(()) };
        let given = Value::part(self.slots, page.from.0 as usize)?;
        let marks = if given.is_null() {
            vec![Value::Null; order.marks.len()]
        } else {
            let opened = seal.open(given.text()?, read, order, &self.scope())?;
            opened.ok_or_else(|| {
                let message = "must be the `next` of a page with the same filters and order";
                Stop::invalid(&seal.input, "cursor", message)
            })?
        };
        for ((_, slot), value) in order.marks.iter().zip(marks) {
            self.set(*slot, value)?;
        }
        Ok(())
    }

    /// What a page says about the others.
    fn further(&mut self, page: &PagePlan, next: Value) -> Run<Value> {
        let Further::Total(counted) = &page.further else { return Ok(next) };
        let scope = Scope { facts: self.facts, about: self.about, slots: self.slots, row: None, item: None };
        let Some(prepared) = counted.choose(&scope)?.and_then(Option::as_ref) else {
            return Ok(Value::Int(0));
        };
        let mut rows = self.session.bound(self.plan, prepared.number, &prepared.binds, &scope)?.rows()?;
        let row = rows.next()?.ok_or(Stop::Defect("a count gives one row"))?;
        code::scalar_of(row.get(0)?, StoredKind::Int)
    }
}

fn cell(read: &Read, at: usize) -> Run<&Cell> {
    read.cells.get(at).ok_or(Stop::Defect("a cursor carries a cell that is not selected"))
}

/// What a cursor carries of a row, one cell of it, as JSON.
fn mark(row: Row<'_>, at: usize, read: &Read, scope: &Scope<'_>) -> Run<Vec<u8>> {
    let cell = cell(read, at)?;
    let mut out = Vec::new();
    code::item(&mut out, &read::one(row, at, cell, scope)?, cell.form.kind())?;
    Ok(out)
}

impl Seal {
    /// The cursor behind a row: its seal, then what it carries.
    fn close(&self, order: &Order, marks: &[Vec<u8>], scope: &Scope<'_>) -> Run<Value> {
        let carried = [b"[", marks.join(&b',').as_slice(), b"]"].concat();
        let seal = secret::seal(scope.facts.seal.get().ok_or(UNSEALED)?, &self.said(order, &carried, scope)?);
        let whole = [seal.ok_or(UNSEALED)?.as_slice(), &carried].concat();
        Ok(Value::Text(URL_SAFE_NO_PAD.encode(whole).into()))
    }

    /// What a cursor carries; nothing where it is none of this list.
    fn open(&self, cursor: &str, read: &Read, order: &Order, scope: &Scope<'_>) -> Run<Option<Vec<Value>>> {
        let Ok(whole) = URL_SAFE_NO_PAD.decode(cursor) else { return Ok(None) };
        let Some((seal, carried)) = whole.split_first_chunk::<SEAL>() else { return Ok(None) };
        let key = scope.facts.seal.get().ok_or(UNSEALED)?;
        if !secret::is_sealed(key, &self.said(order, carried, scope)?, seal) {
            return Ok(None);
        }
        let Ok(carried) = serde_json::from_slice::<Vec<serde_json::Value>>(carried) else { return Ok(None) };
        if carried.len() != order.marks.len() {
            return Ok(None);
        }
        let marks = order.marks.iter().zip(&carried);
        let marks = marks.map(|((at, _), json)| code::of_json(json, cell(read, *at)?.form.kind()));
        marks.collect::<Run<_>>().map(Some)
    }

    /// All that a cursor is bound to, each part ended by a byte that stands in none.
    fn said(&self, order: &Order, carried: &[u8], scope: &Scope<'_>) -> Run<Vec<u8>> {
        let mut said = Vec::new();
        for part in ["cursor", self.operation.as_str(), order.name.as_str()] {
            said.extend_from_slice(part.as_bytes());
            said.push(0);
        }
        for (slot, ty) in &self.bound {
            let value = Value::part(scope.slots, slot.0 as usize)?;
            wire::write::value(&mut said, &scope.facts.program, &value, ty)?;
            said.push(0);
        }
        said.extend_from_slice(carried);
        Ok(said)
    }
}

//! Lists, maps, tuples, unions and patches: their parts, and functions over their items.
use super::{Scope, calculated};
use crate::kernel::{logic, number};
use crate::stop::{Run, Stop};
use crate::value::Value;
use quater_ir::Id;
use quater_ir::expr::{Expr, ListFunction, Operator, Pattern};
use quater_ir::types::{Field, Type};
use rust_decimal::Decimal;
use std::cmp::Ordering;
use std::sync::Arc;

/// The item that a list function is looking at, and those of the functions around it.
#[derive(Clone, Copy)]
pub(crate) struct Item<'a> {
    value: &'a Value,
    outer: Option<&'a Self>,
}

/// What is asked of each item, and what else a function takes.
type Asked<'e> = (Option<&'e Expr>, Option<&'e Expr>);

/// A function over the items of a list.
struct Fold<'e> {
    each: Option<&'e Expr>,
    argument: Option<&'e Expr>,
    /// The type of an item.
    of: &'e Type,
}

impl Scope<'_> {
    /// The item that the list function so many levels further out is looking at.
    pub(super) fn element(&self, out: u32) -> Run<Value> {
        let mut item = self.item;
        for _ in 0..out {
            item = item.and_then(|item| item.outer);
        }
        item.map(|item| item.value.clone()).ok_or(Stop::Defect("an item outside its list"))
    }

    /// Does something over an item.
    pub(crate) fn with_item<T>(&self, value: &Value, act: impl FnOnce(&Scope<'_>) -> T) -> T {
        let item = Item { value, outer: self.item };
        act(&Scope { item: Some(&item), ..*self })
    }

    /// Evaluates something over an item.
    fn over(&self, value: &Value, each: &Expr) -> Run<Value> {
        let item = Item { value, outer: self.item };
        Scope { item: Some(&item), ..*self }.value(each)
    }

    fn each(&self, value: &Value, each: Option<&Expr>) -> Run<Value> {
        each.map_or_else(|| Ok(value.clone()), |each| self.over(value, each))
    }

    pub(super) fn fold(
        &self,
        list: &Expr,
        function: ListFunction,
        (each, argument): Asked<'_>,
        ty: &Type,
    ) -> Run<Value> {
        let value = self.value(list)?;
        let Type::List(of, _) = list.ty.required() else { return Err(Stop::Defect("a list was expected")) };
        if value.is_null() {
            return Ok(value);
        }
        let items = value.list()?;
        let fold = &Fold { each, argument, of };
        match function {
            ListFunction::Count => self.count(items, fold.each),
            ListFunction::Any => {
                let held = self.held(items, fold.each)?;
                Ok(Value::Bool(held.contains(&true)))
            }
            ListFunction::All => {
                let held = self.held(items, fold.each)?;
                Ok(Value::Bool(held.iter().all(|held| *held)))
            }
            ListFunction::Map => Ok(Value::List(self.eaches(items, fold.each)?.into())),
            ListFunction::Filter => {
                let held = self.held(items, fold.each)?;
                let kept = items.iter().zip(held).filter(|(_, held)| *held);
                Ok(Value::List(kept.map(|(item, _)| item.clone()).collect()))
            }
            ListFunction::Distinct => self.distinct(items, fold),
            ListFunction::Sort => self.sorted(items, fold, false),
            ListFunction::SortDescending => self.sorted(items, fold, true),
            ListFunction::Take => self.take(items, fold.argument),
            ListFunction::Join => self.join(items, fold),
            ListFunction::Sum => total(&self.eaches(items, fold.each)?, ty),
            ListFunction::Avg => mean(&self.eaches(items, fold.each)?, ty),
            ListFunction::Min => Ok(extreme(self.eaches(items, fold.each)?, Ordering::Less)),
            ListFunction::Max => Ok(extreme(self.eaches(items, fold.each)?, Ordering::Greater)),
        }
    }

    fn eaches(&self, items: &[Value], each: Option<&Expr>) -> Run<Vec<Value>> {
        items.iter().map(|item| self.each(item, each)).collect()
    }

    fn held(&self, items: &[Value], each: Option<&Expr>) -> Run<Vec<bool>> {
        items.iter().map(|item| Ok(self.each(item, each)?.holds())).collect()
    }

    fn count(&self, items: &[Value], each: Option<&Expr>) -> Run<Value> {
        let count = match each {
            Some(_) => self.held(items, each)?.into_iter().filter(|held| *held).count(),
            None => items.len(),
        };
        Ok(Value::Int(count as i64))
    }

    fn distinct(&self, items: &[Value], fold: &Fold<'_>) -> Run<Value> {
        let ty = fold.each.map_or(fold.of, |each| &each.ty);
        let mut seen: Vec<(Value, Value)> = Vec::new();
        for item in items {
            let value = self.each(item, fold.each)?;
            let key = self.facts.keyed(value.clone(), ty)?;
            if !seen.iter().any(|(other, _)| *other == key) {
                seen.push((key, value));
            }
        }
        Ok(Value::List(seen.into_iter().map(|(_, value)| value).collect()))
    }

    /// In order of `each`; what is absent comes last either way, and equal ones stay as they were.
    fn sorted(&self, items: &[Value], fold: &Fold<'_>, descending: bool) -> Run<Value> {
        let ty = fold.each.map_or(fold.of, |each| &each.ty);
        let mut keyed = Vec::with_capacity(items.len());
        for item in items {
            let key = self.each(item, fold.each)?;
            let key = if let Type::Enum(id) = ty.required() { self.facts.ordinal(*id, &key) } else { key };
            keyed.push((key, item.clone()));
        }
        keyed.sort_by(|(a, _), (b, _)| match (a.is_null(), b.is_null()) {
            (false, false) => {
                let order = logic::order(a, b).unwrap_or(Ordering::Equal);
                if descending { order.reverse() } else { order }
            }
            (absent, other) => absent.cmp(&other),
        });
        Ok(Value::List(keyed.into_iter().map(|(_, item)| item).collect()))
    }

    fn take(&self, items: &Arc<[Value]>, count: Option<&Expr>) -> Run<Value> {
        let count = self.value(count.ok_or(Stop::Defect("`take` without a number"))?)?.int()?;
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        Ok(Value::List(items.get(..count).map_or_else(|| Arc::clone(items), Arc::from)))
    }

    fn join(&self, items: &[Value], fold: &Fold<'_>) -> Run<Value> {
        let between = match fold.argument {
            Some(between) => self.value(between)?,
            None => return Err(Stop::Defect("`join` without what stands between")),
        };
        let texts = self.eaches(items, fold.each)?;
        let texts: Vec<&str> = texts.iter().map(Value::text).collect::<Run<_>>()?;
        Ok(Value::Text(texts.join(between.text()?).into()))
    }

    pub(super) fn tuple_part(&self, tuple: &Expr, at: u32) -> Run<Value> {
        let tuple = self.value(tuple)?;
        if tuple.is_null() { Ok(tuple) } else { Value::part(tuple.list()?, at as usize) }
    }

    pub(super) fn variant(&self, member: u32, record: &Expr) -> Run<Value> {
        let record = self.value(record)?;
        if record.is_null() { Ok(record) } else { Ok(Value::Variant(member, Arc::clone(record.record()?))) }
    }

    /// The record inside a union.
    pub(super) fn inside(&self, union: &Expr) -> Run<Value> {
        let union = self.value(union)?;
        if let Value::Variant(_, record) = union { Ok(Value::Record(record)) } else { Ok(Value::Null) }
    }

    pub(super) fn has(&self, patch: &Expr, field: Id<Field>) -> Run<Value> {
        let patch = self.value(patch)?;
        Ok(Value::Bool(patch.patch()?.get(field.index()).is_some_and(Option::is_some)))
    }

    pub(super) fn patch(&self, members: &[(Id<Field>, Expr)], ty: &Type) -> Run<Value> {
        let Type::Patch(id) = ty.required() else { return Err(Stop::Defect("a patch was expected")) };
        let fields = self.facts.program.records[*id].fields.ids();
        let member = |field| {
            let given = members.iter().find(|(given, _)| *given == field);
            given.map(|(_, value)| self.value(value)).transpose()
        };
        Ok(Value::Patch(fields.map(member).collect::<Run<_>>()?))
    }

    /// An item by its position or key; null where there is none.
    pub(super) fn index(&self, of: &Expr, at: &Expr) -> Run<Value> {
        let (of, at) = (self.value(of)?, self.value(at)?);
        if let Value::Map(entries) = &of {
            let found = entries.iter().find(|(key, _)| *key == at);
            return Ok(found.map_or(Value::Null, |(_, value)| value.clone()));
        }
        if of.is_null() || at.is_null() {
            return Ok(Value::Null);
        }
        let at = usize::try_from(at.int()?).ok();
        Ok(at.and_then(|at| of.list().ok()?.get(at).cloned()).unwrap_or(Value::Null))
    }

    pub(super) fn map(&self, entries: &[(Expr, Expr)]) -> Run<Value> {
        let mut map = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            put(&mut map, self.value(key)?, self.value(value)?);
        }
        Ok(Value::Map(map.into()))
    }

    pub(super) fn map_of(&self, list: &Expr, key: &Expr, value: &Expr) -> Run<Value> {
        let list = self.value(list)?;
        let mut map = Vec::new();
        for item in list.list()?.iter() {
            put(&mut map, self.over(item, key)?, self.over(item, value)?);
        }
        Ok(Value::Map(map.into()))
    }

    /// The position of the first arm that fits.
    pub(crate) fn arm<'p>(
        &self,
        subject: &Value,
        arms: impl IntoIterator<Item = &'p [Pattern]>,
    ) -> Option<usize> {
        arms.into_iter().position(|patterns| patterns.iter().any(|pattern| fits(subject, pattern)))
    }

    pub(super) fn choose(
        &self,
        subject: &Expr,
        arms: &[(Vec<Pattern>, Expr)],
        otherwise: Option<&Expr>,
    ) -> Run<Value> {
        let subject = self.value(subject)?;
        let at = self.arm(&subject, arms.iter().map(|(patterns, _)| patterns.as_slice()));
        let found = at.and_then(|at| arms.get(at)).map(|(_, value)| value).or(otherwise);
        self.value(found.ok_or(Stop::Defect("a `match` without an arm that fits"))?)
    }
}

/// Whether a value is what a pattern asks for.
fn fits(subject: &Value, pattern: &Pattern) -> bool {
    match pattern {
        Pattern::Literal(literal) => logic::same(subject, &Value::from(literal)),
        Pattern::Variant(wanted) => matches!(subject, Value::Variant(member, _) if member == wanted),
    }
}

fn put(map: &mut Vec<(Value, Value)>, key: Value, value: Value) {
    match map.iter_mut().find(|(other, _)| *other == key) {
        Some((_, place)) => *place = value,
        None => map.push((key, value)),
    }
}

fn total(values: &[Value], ty: &Type) -> Run<Value> {
    let present = values.iter().filter(|value| !value.is_null());
    if let Type::Float(_) = ty.required() {
        let add = |sum: f64, value: &Value| calculated(number::float(Operator::Add, sum, value.float()?));
        return present.into_iter().try_fold(0.0, add).map(Value::Float);
    }
    if let Type::Decimal { .. } = ty.required() {
        return super::kept(Value::Decimal(super::scaled(decimals(present)?, ty)), ty);
    }
    if *ty.required() == Type::Duration {
        let add = |sum: i64, value: &Value| calculated(number::whole(Operator::Add, sum, value.duration()?));
        return super::kept(Value::Duration(present.into_iter().try_fold(0, add)?), ty);
    }
    let add = |sum: i64, value: &Value| calculated(number::int(Operator::Add, sum, value.int()?));
    present.into_iter().try_fold(0, add).map(Value::Int)
}

/// The sum of decimals, exact, which may be larger than one that is kept.
fn decimals<'v>(mut values: impl Iterator<Item = &'v Value>) -> Run<Decimal> {
    values.try_fold(Decimal::ZERO, |sum, value| {
        calculated(number::decimal(Operator::Add, sum, value.decimal()?))
    })
}

fn mean(values: &[Value], ty: &Type) -> Run<Value> {
    let present: Vec<&Value> = values.iter().filter(|value| !value.is_null()).collect();
    if present.is_empty() {
        return Ok(Value::Null);
    }
    if let Type::Decimal { .. } = ty.required() {
        let sum = decimals(present.iter().copied())?;
        let mean = calculated(number::decimal(Operator::Divide, sum, Decimal::from(present.len())))?;
        return Ok(Value::Decimal(super::scaled(mean, ty)));
    }
    let floats =
        present.iter().map(|value| if let Value::Int(it) = value { Ok(*it as f64) } else { value.float() });
    let sum: f64 = floats.collect::<Run<Vec<f64>>>()?.into_iter().sum();
    Ok(Value::Float(sum / present.len() as f64))
}

/// The first of those that are furthest to one side.
fn extreme(values: Vec<Value>, side: Ordering) -> Value {
    let mut best = Value::Null;
    for value in values {
        if !value.is_null() && (best.is_null() || logic::order(&value, &best) == Some(side)) {
            best = value;
        }
    }
    best
}

/// A fact about a file.
pub(super) fn file_part(file: &Value, part: quater_ir::expr::FilePart) -> Run<Value> {
    use quater_ir::expr::FilePart;
    if file.is_null() {
        return Ok(Value::Null);
    }
    let file = file.file()?;
    Ok(match part {
        FilePart::Name => Value::Text(file.name.clone()),
        FilePart::Size => Value::Int(i64::try_from(file.size).unwrap_or(i64::MAX)),
        FilePart::Type => Value::Text(file.media.clone()),
        FilePart::Digest => Value::Text(file.digest.clone()),
    })
}

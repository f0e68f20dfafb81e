//! The evaluator: each arm evaluates its operands and calls one function of the kernel.
mod about;
mod convert;
mod items;
mod reckon;

use crate::call::Refusal;
use crate::facts::Facts;
use crate::kernel::number::Broken;
use crate::kernel::{logic, number, secret, text, time};
use crate::refusal::pointer;
use crate::stop::{Run, Stop};
use crate::token::Claims;
use crate::value::Value;
use crate::wire::faults::Faults;
use crate::wire::{self, refine};
pub(crate) use about::{About, Shown};
use convert::{convert, scaled};
pub(crate) use items::Item;
use quater_ir::Id;
use quater_ir::auth::Auth;
use quater_ir::builtin::Builtin;
use quater_ir::expr::{Compare, Context, Expr, Node};
use quater_ir::types::Type;
use reckon::kept;
use smol_str::{SmolStr, ToSmolStr};
use std::borrow::Cow;

/// What an expression may look at.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) about: &'a About,
    pub(crate) slots: &'a [Value],
    /// The row that a rule or a projection is about.
    pub(crate) row: Option<&'a [Value]>,
    /// The item that a list function is looking at.
    pub(crate) item: Option<&'a Item<'a>>,
}

fn calculated<T>(result: Result<T, Broken>) -> Run<T> {
    result.map_err(|broken| Stop::invalid("", "calculation", broken.message()))
}

impl Scope<'_> {
    /// The value of an expression.
    pub(crate) fn value(&self, expr: &Expr) -> Run<Value> {
        match &expr.node {
            Node::Literal(literal) => Ok(Value::from(literal)),
            Node::Slot(slot) => Value::part(self.slots, slot.0 as usize),
            Node::Column { via, column, .. } => match self.row {
                Some(row) if via.is_empty() => Value::part(row, column.index()),
                Some(_) | None => Err(Stop::Defect("a column without its row")),
            },
            Node::RowColumn { row, column } => self.part(row, column.index()),
            Node::Member { record, field } => self.part(record, field.index()),
            Node::Context(context) => self.context(context, &expr.ty),
            Node::Env(id) => Value::part(&self.facts.env, id.index()),
            Node::Not(inner) => Ok(Value::truth(self.truth(inner)?.map(|truth| !truth))),
            Node::Negate(inner) => self.negate(inner, &expr.ty),
            Node::And(parts) => self.junction(parts, false),
            Node::Or(parts) => self.junction(parts, true),
            Node::Compare(how, left, right) => self.compare(*how, left, right),
            Node::In(item, list) => self.within(item, list),
            Node::Contains { list, item } => self.contains(list, item),
            Node::IsNull(inner) => Ok(Value::Bool(self.value(inner)?.is_null())),
            Node::Arithmetic(how, left, right) => self.arithmetic(*how, left, right, &expr.ty),
            Node::Convert(inner) if *expr.ty.required() == Type::Json => self.json(inner),
            Node::Convert(inner) => kept(convert(self.value(inner)?, &expr.ty)?, &expr.ty),
            Node::Call(builtin, arguments) => self.call(*builtin, arguments, &expr.ty),
            Node::Sign { auth, claims, life } => self.sign(*auth, claims, life),
            Node::Concat(parts) => self.concat(parts),
            Node::Record(_, members) => Ok(Value::Record(self.values(members)?.into())),
            Node::List(items) => Ok(Value::List(self.values(items)?.into())),
            Node::Project { shape, row } => self.project(*shape, row),
            Node::Coalesce(first, second) => {
                let value = self.value(first)?;
                if value.is_null() { self.value(second) } else { Ok(value) }
            }
            Node::If { condition, then, otherwise } => {
                self.value(if self.value(condition)?.holds() { then } else { otherwise })
            }
            Node::Refine { value, field } => self.refine(value, field, &expr.ty),
            Node::Element(out) => self.element(*out),
            Node::Fold { function, list, each, argument } => {
                self.fold(list, *function, (each.as_deref(), argument.as_deref()), &expr.ty)
            }
            Node::Index { of, at } => self.index(of, at),
            Node::Tuple(parts) => Ok(Value::List(self.values(parts)?.into())),
            Node::Part { tuple, at } => self.tuple_part(tuple, *at),
            Node::Map(entries) => self.map(entries),
            Node::MapOf { list, key, value } => self.map_of(list, key, value),
            Node::Variant { member, value } => self.variant(*member, value),
            Node::Narrow { value, .. } => self.inside(value),
            Node::Patch(members) => self.patch(members, &expr.ty),
            Node::Match { subject, arms, otherwise } => self.choose(subject, arms, otherwise.as_deref()),
            Node::Has { patch, field } => self.has(patch, *field),
            Node::FilePart { file, part } => items::file_part(&self.value(file)?, *part),
            Node::Related { .. } | Node::Rows(_) | Node::GroupKey | Node::Aggregate { .. } => {
                Err(Stop::Defect("an expression that is refused at start"))
            }
        }
    }

    /// Whether a condition holds.
    pub(crate) fn holds(&self, condition: &Expr) -> Run<bool> {
        Ok(self.value(condition)?.holds())
    }

    /// The value of an expression, a row as its key.
    pub(crate) fn plain(&self, expr: &Expr) -> Run<Value> {
        self.facts.keyed(self.value(expr)?, &expr.ty)
    }

    /// The same, not copied where it stands somewhere.
    fn look(&self, expr: &Expr) -> Run<Cow<'_, Value>> {
        let stands = if let Node::Slot(slot) = &expr.node {
            self.slots.get(slot.0 as usize)
        } else if let Node::Column { via, column, .. } = &expr.node {
            self.row.filter(|_| via.is_empty()).and_then(|row| row.get(column.index()))
        } else if let Node::Context(Context::Role) = &expr.node {
            Some(&self.about.role)
        } else if let Node::Context(Context::Tenant) = &expr.node {
            Some(&self.about.tenant)
        } else {
            None
        };
        match stands {
            Some(value) if !matches!(value, Value::Row(_)) => Ok(Cow::Borrowed(value)),
            Some(_) | None => self.plain(expr).map(Cow::Owned),
        }
    }

    pub(crate) fn values(&self, exprs: &[Expr]) -> Run<Vec<Value>> {
        exprs.iter().map(|expr| self.value(expr)).collect()
    }

    fn truth(&self, expr: &Expr) -> Run<Option<bool>> {
        let value = self.value(expr)?;
        if let Value::Bool(truth) = value {
            return Ok(Some(truth));
        }
        if value.is_null() { Ok(None) } else { Err(Stop::Defect("a condition was expected")) }
    }

    fn part(&self, whole: &Expr, at: usize) -> Run<Value> {
        let whole = self.value(whole)?;
        if let Value::Row(parts) | Value::Record(parts) = &whole {
            return Value::part(parts, at);
        }
        if let Value::Patch(members) = &whole {
            return Ok(members.get(at).cloned().flatten().unwrap_or(Value::Null));
        }
        if whole.is_null() { Ok(whole) } else { Err(Stop::Defect("a record or row was expected")) }
    }

    /// `and` (deciding on false) and `or` (deciding on true), left to right.
    fn junction(&self, parts: &[Expr], decides: bool) -> Run<Value> {
        let mut unknown = false;
        for part in parts {
            match self.truth(part)? {
                Some(truth) if truth == decides => return Ok(Value::Bool(decides)),
                Some(_) => {}
                None => unknown = true,
            }
        }
        Ok(if unknown { Value::Null } else { Value::Bool(!decides) })
    }

    fn compare(&self, how: Compare, left: &Expr, right: &Expr) -> Run<Value> {
        let (mut a, mut b) = (self.compared(left)?, self.compared(right)?);
        if looks_at_null(how, left, right) {
            return Ok(Value::Bool(logic::same(&a, &b) == (how == Compare::Equal)));
        }
        if let (Type::Enum(id), false) =
            (left.ty.required(), matches!(how, Compare::Equal | Compare::NotEqual))
        {
            (a, b) = (Cow::Owned(self.facts.ordinal(*id, &a)), Cow::Owned(self.facts.ordinal(*id, &b)));
        }
        Ok(Value::truth(logic::compare(how, &a, &b)))
    }

    fn within(&self, item: &Expr, list: &[Expr]) -> Run<Value> {
        let item = self.plain(item)?;
        let list = list.iter().map(|it| self.plain(it)).collect::<Run<Vec<_>>>()?;
        Ok(Value::truth(logic::member(&item, &list)))
    }

    fn contains(&self, list: &Expr, item: &Expr) -> Run<Value> {
        let (list_value, item) = (self.value(list)?, self.plain(item)?);
        if list_value.is_null() {
            return Ok(Value::Null);
        }
        let Type::List(inner, _) = list.ty.required() else {
            return Err(Stop::Defect("a list was expected"));
        };
        let items = list_value.list()?.iter().map(|it| self.facts.keyed(it.clone(), inner));
        let items = items.collect::<Run<Vec<_>>>()?;
        Ok(Value::truth(logic::member(&item, &items)))
    }

    fn context(&self, context: &Context, ty: &Type) -> Run<Value> {
        let about = self.about;
        Ok(match context {
            Context::Actor => about.actor.clone(),
            Context::Role => about.role.clone(),
            Context::Tenant => about.tenant.clone(),
            Context::Door => Value::Text(SmolStr::new_static(about.door.name())),
            Context::RequestId if matches!(ty.required(), Type::Uuid) => Value::Uuid(about.request.0),
            Context::RequestId => Value::Text(about.request.to_smolstr()),
            Context::RequestIp => about.ip.map_or(Value::Null, |ip| Value::Text(ip.to_smolstr())),
            Context::Credential => {
                about.shown.as_ref().map_or(Value::Null, |shown| Value::Text(shown.credential.clone()))
            }
            Context::Claim(name) => self.claim(name, ty)?,
            Context::Header(name) => {
                let shown = about.shown.iter().flat_map(|shown| &shown.headers);
                let header = shown.filter(|(its, _)| its == name).map(|(_, text)| text.clone()).next();
                header.map_or(Value::Null, Value::Text)
            }
        })
    }

    fn claim(&self, name: &str, ty: &Type) -> Run<Value> {
        let claim = self.about.shown.as_ref().and_then(|shown| shown.claims.get(name));
        match claim.and_then(|claim| self.facts.claim(claim, ty)) {
            Some(value) => Ok(value),
            None if ty.is_optional() && claim.is_none() => Ok(Value::Null),
            None => Err(self.facts.unauthorized().into()),
        }
    }

    fn concat(&self, parts: &[Expr]) -> Run<Value> {
        let mut whole = String::new();
        for part in parts {
            match wire::text::of(&self.plain(part)?) {
                Some(text) => whole.push_str(&text),
                None => return Ok(Value::Null),
            }
        }
        Ok(Value::Text(whole.into()))
    }

    fn project(&self, shape: Id<quater_ir::types::Record>, row: &Expr) -> Run<Value> {
        let row = self.value(row)?;
        if row.is_null() {
            return Ok(Value::Null);
        }
        let inner = Scope { row: Some(row.row()?), ..*self };
        let field = |field: &quater_ir::types::Field| match &field.source {
            Some(source) => inner.value(source),
            None => Err(Stop::Defect("a projection's field without a source")),
        };
        let members = self.facts.program.records[shape].fields.values().map(field);
        Ok(Value::Record(members.collect::<Run<_>>()?))
    }

    fn refine(&self, value: &Expr, field: &str, ty: &Type) -> Run<Value> {
        let value = self.value(value)?;
        if value.is_null() {
            return Ok(Value::Null);
        }
        let (program, patterns) = (&self.facts.program, &self.facts.patterns);
        refine::check(value.clone(), ty, program, patterns).map_err(|fault| {
            let pointer = pointer(field);
            let mut faults = Faults::of(program, patterns, pointer.clone(), (&value, ty));
            if faults.is_empty() {
                faults.push((pointer, fault));
            }
            Refusal::broken(faults).into()
        })
    }

    /// A value as JSON, put together as one that comes from outside.
    fn json(&self, inner: &Expr) -> Run<Value> {
        let value = self.value(inner)?;
        if value.is_null() || matches!(value, Value::Json(_)) {
            return Ok(value);
        }
        let mut out = Vec::new();
        wire::write::value(&mut out, &self.facts.program, &value, &inner.ty)?;
        let json: serde_json::Value =
            serde_json::from_slice(&out).map_err(|_| Stop::Defect("a value is not JSON"))?;
        wire::json(&json).ok_or_else(|| Stop::invalid("", "calculation", "a text in JSON has a NUL in it"))
    }

    fn sign(&self, auth: Id<Auth>, claims: &[(SmolStr, Expr)], life: &Expr) -> Run<Value> {
        let mut signed = Claims::new();
        for (name, claim) in claims {
            let mut out = Vec::new();
            wire::write::value(&mut out, &self.facts.program, &self.value(claim)?, &claim.ty)?;
            let json = serde_json::from_slice(&out).map_err(|_| Stop::Defect("a claim is not JSON"))?;
            signed.insert(name.to_string(), json);
        }
        let life = self.value(life)?.duration()?;
        let seconds = self.about.now.div_euclid(1_000);
        signed.insert("iat".to_owned(), seconds.into());
        signed.insert("exp".to_owned(), (seconds.saturating_add(life / 1_000)).into());
        let tokens = self.facts.tokens_of(auth).ok_or(Stop::Defect("an auth that signs nothing"))?;
        let token = tokens.sign(signed).ok_or(Stop::Defect("a token cannot be signed"))?;
        Ok(Value::Text(token.into()))
    }

    fn call(&self, builtin: Builtin, arguments: &[Expr], ty: &Type) -> Run<Value> {
        let rounds = matches!(builtin, Builtin::Round | Builtin::Floor | Builtin::Ceil);
        let value = |it| if rounds { self.exact(it) } else { self.value(it) };
        let values = arguments.iter().map(value).collect::<Run<Vec<_>>>()?;
        if builtin == Builtin::Verify {
            return verify(&values);
        }
        if values.iter().any(Value::is_null) {
            return Ok(Value::Null);
        }
        if builtin == Builtin::Now {
            return Ok(Value::Instant(self.about.now));
        }
        if builtin == Builtin::Today {
            return Ok(Value::Date(time::day(self.about.now)));
        }
        call(builtin, &values, ty)
    }
}

/// A builtin that needs nothing but its arguments, none of them null.
pub(crate) fn call(builtin: Builtin, arguments: &[Value], ty: &Type) -> Run<Value> {
    let text_value = |text: String| Ok(Value::Text(text.into()));
    match (builtin, arguments) {
        (Builtin::Trim, [it]) => Ok(Value::Text(it.text()?.trim().into())),
        (Builtin::Lower, [it]) => text_value(text::lower(it.text()?)),
        (Builtin::Upper, [it]) => text_value(it.text()?.to_uppercase()),
        (Builtin::Slug, [it]) => text_value(text::slug(it.text()?)),
        (Builtin::Length, [Value::List(items)]) => Ok(Value::Int(items.len() as i64)),
        (Builtin::Length, [Value::Map(entries)]) => Ok(Value::Int(entries.len() as i64)),
        (Builtin::Length, [it]) => Ok(Value::Int(text::length(it.text()?))),
        (Builtin::Contains, [it, part]) => Ok(Value::Bool(it.text()?.contains(part.text()?))),
        (Builtin::StartsWith, [it, part]) => Ok(Value::Bool(it.text()?.starts_with(part.text()?))),
        (Builtin::Replace, [it, from, to]) => {
            text_value(text::replaced(it.text()?, from.text()?, to.text()?))
        }
        (Builtin::Split, [it, by]) => {
            let parts = text::split(it.text()?, by.text()?).into_iter();
            Ok(Value::List(parts.map(|part| Value::Text(part.into())).collect()))
        }
        (Builtin::Round, [it, digits]) => round(it, digits.int()?, ty),
        (Builtin::Floor, [it]) => whole(it, ty, rust_decimal::Decimal::floor, f64::floor),
        (Builtin::Ceil, [it]) => whole(it, ty, |it| it.ceil(), f64::ceil),
        (Builtin::Abs, [it]) => absolute(it),
        (Builtin::Least, [a, b]) => Ok(smaller(a, b, true)),
        (Builtin::Greatest, [a, b]) => Ok(smaller(a, b, false)),
        (Builtin::Sha256, [it]) => text_value(secret::sha256(it.text()?.as_bytes())),
        (Builtin::Hmac, [key, it]) => {
            let mac = secret::hmac(key.text()?.as_bytes(), it.text()?.as_bytes());
            text_value(mac.ok_or(Stop::Defect("no HMAC under this key"))?)
        }
        (Builtin::Token, [prefix]) => text_value(secret::token(prefix.text()?).map_err(no_chance)?),
        (Builtin::Hash, [it]) => text_value(secret::hash(it.text()?).map_err(no_chance)?),
        (Builtin::Uuid, []) => Ok(Value::Uuid(uuid::Uuid::now_v7())),
        (_, _) => Err(Stop::Defect("a builtin with other arguments than its table says")),
    }
}

fn no_chance(secret::NoChance: secret::NoChance) -> Stop {
    Stop::Defect("the operating system gives no random bytes")
}

fn verify(arguments: &[Value]) -> Run<Value> {
    match arguments {
        [_, Value::Null] => Ok(Value::Bool(false)),
        [Value::Null, text] => Ok(Value::Bool(secret::verify(None, text.text()?))),
        [hash, text] => Ok(Value::Bool(secret::verify(Some(hash.text()?), text.text()?))),
        _ => Err(Stop::Defect("`verify` takes two arguments")),
    }
}

fn round(value: &Value, digits: i64, ty: &Type) -> Run<Value> {
    let digits = digits.clamp(0, 28) as u32;
    if let Value::Int(int) = value {
        return Ok(Value::Int(*int));
    }
    if let Value::Float(float) = value {
        let unit = 10_f64.powi(digits as i32);
        let rounded = (float * unit).round() / unit;
        return Ok(Value::Float(if rounded.is_finite() { rounded } else { *float }));
    }
    kept(Value::Decimal(scaled(number::round(value.decimal()?, digits), ty)), ty)
}

fn whole(
    value: &Value,
    ty: &Type,
    decimal: impl Fn(&rust_decimal::Decimal) -> rust_decimal::Decimal,
    float: impl Fn(f64) -> f64,
) -> Run<Value> {
    let int = matches!(ty.required(), Type::Int(_));
    if let Value::Int(it) = value {
        return Ok(Value::Int(*it));
    }
    if let Value::Float(it) = value {
        let whole = float(*it);
        return if int {
            Ok(Value::Int(calculated(number::float_to_int(whole))?))
        } else {
            Ok(Value::Float(whole))
        };
    }
    let whole = decimal(&value.decimal()?);
    if int {
        Ok(Value::Int(calculated(number::to_int(whole))?))
    } else {
        Ok(Value::Decimal(scaled(whole, ty)))
    }
}

fn absolute(value: &Value) -> Run<Value> {
    if let Value::Int(it) = value {
        return Ok(Value::Int(it.abs()));
    }
    if let Value::Float(it) = value {
        return Ok(Value::Float(it.abs()));
    }
    if let Value::Duration(it) = value {
        return Ok(Value::Duration(it.saturating_abs()));
    }
    Ok(Value::Decimal(value.decimal()?.abs()))
}

fn smaller(a: &Value, b: &Value, least: bool) -> Value {
    let first = logic::order(a, b).is_none_or(std::cmp::Ordering::is_le);
    if first == least { a.clone() } else { b.clone() }
}

/// Whether a comparison looks at null itself: `==` and `!=` of two optionals, of which neither is the
/// caller, because a comparison with an absent caller is never true.
pub(crate) fn looks_at_null(how: Compare, left: &Expr, right: &Expr) -> bool {
    let equality = matches!(how, Compare::Equal | Compare::NotEqual);
    equality && left.ty.is_optional() && right.ty.is_optional() && !of_caller(left) && !of_caller(right)
}

fn of_caller(expr: &Expr) -> bool {
    if let Node::RowColumn { row: inner, .. } | Node::Member { record: inner, .. } | Node::Convert(inner) =
        &expr.node
    {
        return of_caller(inner);
    }
    matches!(&expr.node, Node::Context(Context::Actor | Context::Role | Context::Tenant))
}

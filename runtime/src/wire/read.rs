//! JSON and text to values of a type, collecting everything that is wrong.
use super::exact;
use super::refine::{self, Fault, Patterns};
use super::tree::Tree;
use crate::call::{Source, Violation};
use crate::kernel::time;
use crate::stop::{Run, Stop, escape};
use crate::value::{File, Value};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use quater_ir::expr::Expr;
use quater_ir::types::{Bounds, Field, INT_LIMIT, Record, Type};
use quater_ir::{Id, Program};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use smol_str::SmolStr;
use std::sync::Arc;
use uuid::Uuid;

/// Most violations that are told, so that an answer is not much longer than its request.
pub(super) const MOST: usize = 100;

/// Reads inputs of one call.
pub(crate) struct Reader<'a> {
    pub(crate) program: &'a Program,
    pub(crate) patterns: &'a Patterns,
    /// Values of constant defaults.
    pub(crate) default: &'a dyn Fn(&Expr) -> Run<Value>,
    /// Where the value under the eye came from.
    pub(crate) place: Source,
    /// Whether it was stored, by this version or an earlier one: it was checked when it was written, and
    /// what its type knows no longer is passed over.
    pub(crate) stored: bool,
    pointer: String,
    /// What is wrong so far.
    pub(crate) violations: Vec<Violation>,
    /// Why a default has no value.
    pub(crate) stop: Option<Stop>,
    /// Whether it was written by another service, which may say more, and decimals as numbers.
    pub(crate) lenient: bool,
    /// Files that whoever writes was given, and may give on.
    pub(crate) files: &'a [Arc<File>],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(
        program: &'a Program,
        patterns: &'a Patterns,
        default: &'a dyn Fn(&Expr) -> Run<Value>,
    ) -> Self {
        let (place, pointer) = (Source::Body, String::new());
        let (violations, lenient, files) = (Vec::new(), false, &[][..]);
        Self {
            program,
            patterns,
            default,
            place,
            stored: false,
            pointer,
            violations,
            stop: None,
            lenient,
            files,
        }
    }

    /// Reports the value under the eye.
    pub(crate) fn refuse(&mut self, code: &'static str, message: impl Into<String>) -> Value {
        if self.violations.len() < MOST {
            let (place, pointer) = (self.place, self.pointer.clone());
            self.violations.push(Violation { place, pointer, code: code.into(), message: message.into() });
        }
        Value::Null
    }

    /// Does something one step deeper.
    pub(crate) fn within<T>(&mut self, name: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.enter(name);
        let value = read(self);
        self.leave(length);
        value
    }

    /// Goes one step deeper, until [`Reader::leave`] is told what this gives.
    pub(crate) fn enter(&mut self, name: &str) -> usize {
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&escape(name));
        length
    }

    /// Goes back to where the pointer was so long.
    pub(crate) fn leave(&mut self, length: usize) {
        self.pointer.truncate(length);
    }

    /// A value that nobody gave.
    pub(crate) fn absent(&mut self, ty: &Type, default: Option<&Expr>) -> Value {
        match default {
            Some(default) => (self.default)(default).unwrap_or_else(|stop| {
                self.stop = Some(stop);
                Value::Null
            }),
            None if ty.is_optional() => Value::Null,
            None => self.refuse("required", "is required"),
        }
    }

    /// A value from JSON.
    pub(crate) fn value(&mut self, tree: Tree<'_>, ty: &Type) -> Value {
        match (tree, ty) {
            (Tree::Null, Type::Optional(_) | Type::Null) => Value::Null,
            (tree, Type::Optional(inner)) => self.value(tree, inner),
            (tree, Type::Ref(entity) | Type::Row(entity)) => {
                let entity = &self.program.entities[*entity];
                self.value(tree, &entity.columns[entity.key].ty)
            }
            (Tree::Object(members), Type::Record(id)) => self.record(members, *id),
            (Tree::List(items), Type::List(item, _)) => self.list(items, item, ty),
            (Tree::List(items), Type::Tuple(parts)) => self.tuple(items, parts),
            (Tree::Object(members), Type::Map(key, of, bounds)) => self.map(members, key, of, bounds),
            (Tree::Object(members), Type::Union(id)) => self.union(members, *id),
            (Tree::Object(members), Type::Patch(id)) => self.patch(members, *id),
            (Tree::Object(members), Type::Page(page)) => self.page(members, page),
            (Tree::Object(members), Type::File(_)) => self.file(&members, ty),
            (tree, Type::Json) if tree.holds_nul() => {
                self.refuse("pattern", "must not hold the character U+0000")
            }
            (tree, Type::Json) => Value::Json(tree.settled().text().into()),
            (tree, _) => {
                let checked = self.scalar(&tree, ty).and_then(|it| self.refined(it, ty));
                checked.unwrap_or_else(|fault| self.refuse(fault.code, fault.message))
            }
        }
    }

    /// A value as its type wants it.
    pub(super) fn refined(&self, value: Value, ty: &Type) -> Result<Value, Fault> {
        if self.stored { Ok(value) } else { refine::check(value, ty, self.program, self.patterns) }
    }

    fn list(&mut self, items: Vec<Tree<'_>>, item: &Type, ty: &Type) -> Value {
        let before = self.violations.len();
        if let Type::List(_, bounds) = ty
            && !self.stored
            && bounds.max.is_some_and(|max| items.len() > max as usize)
        {
            return self.too_long(bounds);
        }
        let read = |(at, tree)| {
            let place = itoa::Buffer::new().format::<usize>(at).to_owned();
            self.within(&place, |reader| reader.value(tree, item))
        };
        let values: Arc<[Value]> = items.into_iter().enumerate().map(read).collect();
        if let (Type::List(_, bounds), false) = (ty, self.stored) {
            return self.bounded(values, bounds, before);
        }
        Value::List(values)
    }

    /// A list whose items have been read, where it is not too long or too short; `before` them so much was wrong.
    pub(crate) fn bounded(&mut self, values: Arc<[Value]>, bounds: &Bounds<u32>, before: usize) -> Value {
        if bounds.max.is_some_and(|max| values.len() > max as usize) {
            self.violations.truncate(before);
            return self.too_long(bounds);
        }
        if let Some(min) = bounds.min
            && values.len() < min as usize
            && self.violations.len() == before
        {
            let items = if min == 1 { "item" } else { "items" };
            return self.refuse("too_short", format!("must have at least {min} {items}"));
        }
        Value::List(values)
    }

    fn too_long(&mut self, bounds: &Bounds<u32>) -> Value {
        let max = bounds.max.unwrap_or(u32::MAX);
        self.refuse("too_long", format!("must have at most {max} items"))
    }

    /// The type of a value, which for a row is that of its key.
    pub(crate) fn keyed<'t>(&self, ty: &'t Type) -> &'t Type
    where
        'a: 't,
    {
        let required = ty.required();
        if let Type::Ref(entity) | Type::Row(entity) = required {
            let entity = &self.program.entities[*entity];
            return self.keyed(&entity.columns[entity.key].ty);
        }
        required
    }

    pub(super) fn record(
        &mut self,
        members: Vec<(std::borrow::Cow<'_, str>, Tree<'_>)>,
        id: Id<Record>,
    ) -> Value {
        let record = &self.program.records[id];
        let mut given: Vec<Option<Tree<'_>>> = Vec::new();
        given.resize_with(record.fields.len(), || None);
        for (name, tree) in members {
            let at = record.fields.values().position(|field| field.name == name.as_ref());
            self.take(
                &name,
                tree,
                at.and_then(|at| given.get_mut(at)),
                record.fields.values().map(|it| &it.name),
            );
        }
        let fields = record.fields.values().zip(given);
        Value::Record(fields.map(|(field, tree)| self.field(field, tree)).collect())
    }

    /// Puts a member where it belongs, or reports that it is unknown or repeated.
    pub(crate) fn take<'t, 'n>(
        &mut self,
        name: &str,
        tree: Tree<'t>,
        place: Option<&mut Option<Tree<'t>>>,
        known: impl Iterator<Item = &'n SmolStr>,
    ) {
        match place {
            Some(Some(_)) => {
                self.within(name, |reader| reader.refuse("duplicate", "is given twice"));
            }
            Some(place) => *place = Some(tree),
            None if self.lenient || self.stored || self.program.service.ignore_unknown_members => {}
            None => {
                let known: Vec<&str> = known.map(SmolStr::as_str).collect();
                let message = match known.as_slice() {
                    [] => "is not known here".to_owned(),
                    known => format!("is not known here; known are {}", known.join(", ")),
                };
                self.within(name, |reader| reader.refuse("unknown", message));
            }
        }
    }

    fn field(&mut self, field: &Field, tree: Option<Tree<'_>>) -> Value {
        self.within(&field.name, |reader| match tree {
            Some(tree) => reader.value(tree, &field.ty),
            None => reader.absent(&field.ty, field.default.as_ref()),
        })
    }

    const fn takes_numbers(&self) -> bool {
        self.lenient || self.program.service.decimals_as_numbers
    }

    fn scalar(&self, tree: &Tree<'_>, ty: &Type) -> Result<Value, Fault> {
        let found = match (tree, ty) {
            (Tree::Bool(truth), Type::Bool) => Some(Value::Bool(*truth)),
            (Tree::Int(int), Type::Int(_)) => Some(Value::Int(*int)),
            (Tree::Float(float), Type::Int(_)) if float.fract() == 0.0 => {
                let outside = float.abs() > INT_LIMIT as f64;
                Some(Value::Int(if outside { i64::MAX } else { *float as i64 }))
            }
            (Tree::Int(int), Type::Float(_)) => Some(Value::Float(*int as f64)),
            (Tree::Float(float), Type::Float(_)) => Some(Value::Float(*float)),
            (Tree::Int(int), Type::Decimal { .. }) if self.takes_numbers() => {
                Some(Value::Decimal(Decimal::from(*int)))
            }
            (Tree::Float(float), Type::Decimal { .. }) if self.takes_numbers() => {
                let meant = exact::meant(*float).ok_or_else(|| Fault {
                    code: "too_precise",
                    message: "has more digits than a number keeps there: send it in a string".to_owned(),
                })?;
                Some(Value::Decimal(meant))
            }
            (Tree::Number(text), Type::Decimal { .. }) if self.takes_numbers() => {
                exact::decimal(text).map(Value::Decimal)
            }
            (Tree::Number(text), Type::Float(_)) => text.parse().ok().map(Value::Float),
            (Tree::Number(text), Type::Int(_)) => whole(text),
            (Tree::Text(text), ty) => from_text(text, ty),
            _ => None,
        };
        found.ok_or_else(|| {
            let text = matches!(tree, Tree::Text(_));
            let other = if text { String::new() } else { format!(", not {}", tree.kind()) };
            let message = format!("must be {}{other}", self.expected(ty));
            Fault { code: "type", message }
        })
    }

    /// The type in words.
    pub(crate) fn expected(&self, ty: &Type) -> &'static str {
        match ty {
            Type::Bool => "a boolean",
            Type::Int(_) => "a whole number",
            Type::Float(_) => "a number",
            Type::Decimal { .. } if self.program.service.decimals_as_numbers => "a number",
            Type::Decimal { .. } => "a decimal number in a string, such as \"9.50\"",
            Type::Text(_) | Type::Password | Type::Enum(_) => "a string",
            Type::Bytes { .. } => "base64 text",
            Type::Uuid => "a UUID",
            Type::Date => "a date, such as \"2026-01-31\"",
            Type::Instant => "a point in time, such as \"2026-01-31T12:00:00.000Z\"",
            Type::Duration => "a duration of at most 7304484 days, such as \"P7D\" or \"PT15M\"",
            Type::Json => "JSON",
            Type::Url => "an absolute URL",
            Type::Email => "a mail address",
            Type::Record(_) | Type::Map(..) | Type::Union(_) | Type::Page(_) | Type::Patch(_) => "an object",
            Type::List(..) | Type::Tuple(_) | Type::Stream(_) => "an array",
            Type::File(_) => "a file",
            Type::Null => "null",
            Type::Optional(inner) => self.expected(inner),
            Type::Ref(id) | Type::Row(id) => {
                let entity = &self.program.entities[*id];
                self.expected(&entity.columns[entity.key].ty)
            }
        }
    }

    /// A value from plain text: a path segment, a query parameter, an argument.
    pub(crate) fn text(&mut self, text: &str, ty: &Type) -> Value {
        match ty.required() {
            Type::Ref(id) | Type::Row(id) => {
                let entity = &self.program.entities[*id];
                self.text(text, &entity.columns[entity.key].ty)
            }
            Type::Record(_)
            | Type::Json
            | Type::List(..)
            | Type::Map(..)
            | Type::Tuple(_)
            | Type::Union(_)
            | Type::Page(_)
            | Type::Stream(_)
            | Type::Patch(_)
            | Type::File(_) => match Tree::read(text.as_bytes()) {
                Ok(tree) => self.value(tree, ty),
                Err(_) => self.refuse("type", format!("must be JSON text of {}", self.expected(ty))),
            },
            Type::Bool => match text {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                _ => self.refuse("type", "must be true or false"),
            },
            Type::Int(_) => match (text.parse(), text.strip_prefix('-').unwrap_or(text)) {
                (Ok(int), _) => self.value(Tree::Int(int), ty),
                (Err(_), digits) if !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit()) => {
                    self.value(Tree::Int(i64::MAX), ty)
                }
                (Err(_), _) => self.refuse("type", "must be a whole number"),
            },
            Type::Float(_) => match text.parse::<f64>().ok().filter(|it| it.is_finite()) {
                Some(float) => self.value(Tree::Float(float), ty),
                None => self.refuse("type", "must be a number"),
            },
            Type::Decimal { .. }
            | Type::Text(_)
            | Type::Bytes { .. }
            | Type::Uuid
            | Type::Date
            | Type::Instant
            | Type::Duration
            | Type::Url
            | Type::Email
            | Type::Password
            | Type::Enum(_)
            | Type::Optional(_)
            | Type::Null => self.value(Tree::Text(text.into()), ty),
        }
    }

    /// A list from repeated texts, one a value; a single JSON array is one too.
    pub(crate) fn texts(&mut self, texts: &[impl AsRef<str>], ty: &Type) -> Value {
        let Type::List(item, _) = ty.required() else {
            return self.refuse("duplicate", "is given twice");
        };
        if let [only] = texts
            && only.as_ref().starts_with('[')
        {
            return self.text(only.as_ref(), ty);
        }
        let read = |(at, text): (usize, &_)| {
            let place = itoa::Buffer::new().format::<usize>(at).to_owned();
            self.within(&place, |reader| reader.text(AsRef::<str>::as_ref(text), item))
        };
        let values = texts.iter().enumerate().map(read).collect();
        match refine::check(Value::List(values), ty, self.program, self.patterns) {
            Ok(list) => list,
            Err(fault) => self.refuse(fault.code, fault.message),
        }
    }
}

/// The scalar that a JSON string stands for.
pub(crate) fn from_text(text: &str, ty: &Type) -> Option<Value> {
    match ty {
        Type::Text(_) | Type::Url | Type::Email | Type::Password | Type::Enum(_) => {
            Some(Value::Text(text.into()))
        }
        Type::Decimal { .. } => decimal(text).map(Value::Decimal),
        Type::Bytes { .. } => STANDARD.decode(text).ok().map(|bytes| Value::Bytes(bytes.into())),
        Type::Uuid => (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten().map(Value::Uuid),
        Type::Date => time::parse_date(text).map(Value::Date),
        Type::Instant => time::parse_instant(text).map(Value::Instant),
        Type::Duration => time::parse_duration(text).map(Value::Duration),
        Type::Optional(inner) => from_text(text, inner),
        Type::Bool
        | Type::Int(_)
        | Type::Float(_)
        | Type::Json
        | Type::Record(_)
        | Type::Ref(_)
        | Type::Row(_)
        | Type::List(..)
        | Type::Map(..)
        | Type::Tuple(_)
        | Type::Union(_)
        | Type::Page(_)
        | Type::Stream(_)
        | Type::Patch(_)
        | Type::File(_)
        | Type::Null => None,
    }
}

/// An int that has many digits, or zeros behind a point; out of all bounds where it is too large.
fn whole(number: &str) -> Option<Value> {
    let double: f64 = number.parse().ok()?;
    if double.abs() > INT_LIMIT as f64 {
        return Some(Value::Int(i64::MAX));
    }
    exact::decimal(number).filter(|it| it.fract().is_zero()).and_then(|it| it.to_i64()).map(Value::Int)
}

/// Digits with at most one sign and one point; exponents and separators are not decimals here.
fn decimal(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = digits.bytes().all(|it| it.is_ascii_digit() || it == b'.')
        && digits.starts_with(|it: char| it.is_ascii_digit());
    if plain { Decimal::from_str_exact(text).ok() } else { None }
}

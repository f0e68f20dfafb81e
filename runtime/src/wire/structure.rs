//! Maps, tuples, unions, patches and files: from JSON and to it.
use super::read::Reader;
use super::tree::Tree;
use super::write::{self, For};
use crate::call::Source;
use crate::stop::{Run, Stop};
use crate::value::{File, Value};
use quater_ir::Id;
use quater_ir::types::{Bounds, Page, Record, Type, Union};
use smol_str::SmolStr;
use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Says which member of a union a record is.
const KIND: &str = "kind";

type Members<'t> = Vec<(Cow<'t, str>, Tree<'t>)>;

impl Reader<'_> {
    pub(super) fn tuple(&mut self, items: Vec<Tree<'_>>, parts: &[Type]) -> Value {
        if items.len() != parts.len() {
            return self.refuse("type", format!("must have {} items", parts.len()));
        }
        let read = |(at, (tree, ty)): (usize, (Tree<'_>, &Type))| {
            let place = itoa::Buffer::new().format::<usize>(at).to_owned();
            self.within(&place, |reader| reader.value(tree, ty))
        };
        Value::List(items.into_iter().zip(parts).enumerate().map(read).collect())
    }

    pub(super) fn map(&mut self, members: Members<'_>, key: &Type, of: &Type, bounds: &Bounds<u32>) -> Value {
        if let Some(max) = bounds.max.filter(|max| !self.stored && members.len() > *max as usize) {
            return self.refuse("too_long", format!("must have at most {max} members"));
        }
        if let Some(min) = bounds.min.filter(|min| !self.stored && members.len() < *min as usize) {
            return self.refuse("too_short", format!("must have at least {min} members"));
        }
        let mut entries: Vec<(Value, Value)> = Vec::with_capacity(members.len());
        for (name, tree) in members {
            let entry = self.within(&name, |reader| {
                let key = reader.key(&name, key)?;
                if entries.iter().any(|(other, _)| *other == key) {
                    reader.refuse("duplicate", "is given twice");
                    return None;
                }
                Some((key, reader.value(tree, of)))
            });
            entries.extend(entry);
        }
        Value::Map(entries.into())
    }

    /// A page that was an answer.
    pub(super) fn page(&mut self, members: Members<'_>, page: &Page) -> Value {
        let other = if page.by_offset { ("total", Type::INT) } else { ("next", Type::TEXT.optional()) };
        let fields = [("items", Type::List(page.of.clone(), Bounds::ANY)), other];
        let mut given: Vec<Option<Tree<'_>>> = vec![None, None];
        for (name, tree) in members {
            let at = fields.iter().position(|(its, _)| **its == *name);
            if let Some(place) = at.and_then(|at| given.get_mut(at)) {
                *place = Some(tree);
            }
        }
        let read = given.into_iter().zip(&fields).map(|(tree, (name, ty))| {
            self.within(name, |reader| match tree {
                Some(tree) => reader.value(tree, ty),
                None => reader.absent(ty, None),
            })
        });
        Value::Record(read.collect())
    }

    /// The key that the name of a member stands for.
    fn key(&mut self, name: &str, ty: &Type) -> Option<Value> {
        let value = if let Type::Int(_) = ty {
            name.parse().ok().map(Value::Int)
        } else {
            super::read::from_text(name, ty)
        };
        let checked = match value {
            Some(value) => self.refined(value, ty),
            None => {
                self.refuse("type", format!("must be named by {}", self.expected(ty)));
                return None;
            }
        };
        match checked {
            Ok(key) => Some(key),
            Err(fault) => {
                self.refuse(fault.code, format!("is named by a key that {}", fault.message));
                None
            }
        }
    }

    pub(super) fn union(&mut self, mut members: Members<'_>, id: Id<Union>) -> Value {
        let union = &self.program.unions[id];
        let Some(at) = members.iter().position(|(name, _)| name == KIND) else {
            return self.within(KIND, |reader| reader.refuse("required", "is required"));
        };
        let (_, kind) = members.remove(at);
        let Tree::Text(kind) = kind else {
            let message = format!("must be a string, not {}", kind.kind());
            return self.within(KIND, |reader| reader.refuse("type", message));
        };
        match (0..).zip(&union.members).find(|(_, member)| member.name == kind.as_ref()) {
            Some((at, member)) => {
                let record = self.record(members, member.record);
                if let Value::Record(parts) = record { Value::Variant(at, parts) } else { record }
            }
            None => {
                let names: Vec<&str> = union.members.iter().map(|member| member.name.as_str()).collect();
                let message = format!("must be one of {}", names.join(", "));
                self.within(KIND, |reader| reader.refuse("enum", message))
            }
        }
    }

    /// What is there is carried; what is not stays as it is.
    pub(super) fn patch(&mut self, members: Members<'_>, id: Id<Record>) -> Value {
        let record = &self.program.records[id];
        let mut given: Vec<Option<Tree<'_>>> = Vec::new();
        given.resize_with(record.fields.len(), || None);
        for (name, tree) in members {
            let at = record.fields.values().position(|field| field.name == name.as_ref());
            let place = at.and_then(|at| given.get_mut(at));
            self.take(&name, tree, place, record.fields.values().map(|field| &field.name));
        }
        let fields = record.fields.values().zip(given);
        let read = |(field, tree): (&quater_ir::types::Field, Option<Tree<'_>>)| {
            let tree = tree?;
            Some(self.within(&field.name, |reader| reader.value(tree, &field.ty)))
        };
        Value::Patch(fields.map(read).collect())
    }
}

impl Reader<'_> {
    /// A file as a column keeps it; an upload comes another way.
    pub(super) fn file(&mut self, members: &[(Cow<'_, str>, Tree<'_>)], ty: &Type) -> Value {
        let member = |wanted: &str| members.iter().find(|(name, _)| name == wanted).map(|(_, tree)| tree);
        let text = |name| -> Option<SmolStr> {
            if let Some(Tree::Text(text)) = member(name) { Some(text.as_ref().into()) } else { None }
        };
        let size = if let Some(Tree::Int(size)) = member("size") { u64::try_from(*size).ok() } else { None };
        if !self.stored {
            let given = self.files.iter().find(|file| {
                text("digest").as_ref() == Some(&file.digest)
                    && text("name").as_ref() == Some(&file.name)
                    && text("type").as_ref() == Some(&file.media)
            });
            if let Some(file) = given.map(Arc::clone) {
                let checked = self.refined(Value::File(file), ty);
                return checked.unwrap_or_else(|fault| self.refuse(fault.code, fault.message));
            }
            let parts = "as a part of a `multipart/form-data` body";
            let how = if self.place == Source::Arguments { "with its bytes" } else { parts };
            return self.refuse("type", format!("must be a file, sent {how}"));
        }
        match (text("name"), size, text("type"), text("digest"), text("key")) {
            (Some(name), Some(size), Some(media), Some(digest), Some(key)) => {
                let kept = AtomicBool::new(true);
                Value::File(Arc::new(File { name, media, size, digest, key, kept }))
            }
            _ => self.refuse("type", "must be a stored file"),
        }
    }
}

/// Appends a page: its items, and what it says about the others.
pub(super) fn page(out: &mut Vec<u8>, of: For<'_>, parts: &[Value], page: &Page) -> Run<()> {
    let [items, further] = parts else { return Err(Stop::Defect("a page has two members")) };
    out.push(b'{');
    write::key(out, "items");
    write::written(out, of, items, &Type::List(page.of.clone(), Bounds::ANY))?;
    out.push(b',');
    write::key(out, if page.by_offset { "total" } else { "next" });
    write::scalar(out, further, false)?;
    out.push(b'}');
    Ok(())
}

pub(super) fn tuple(out: &mut Vec<u8>, of: For<'_>, items: &[Value], parts: &[Type]) -> Run<()> {
    out.push(b'[');
    for (at, (item, ty)) in items.iter().zip(parts).enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write::written(out, of, item, ty)?;
    }
    out.push(b']');
    Ok(())
}

pub(super) fn map(out: &mut Vec<u8>, of: For<'_>, entries: &[(Value, Value)], inner: &Type) -> Run<()> {
    out.push(b'{');
    for (at, (key, item)) in entries.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        let name = super::text::of(key).ok_or(Stop::Defect("a key without a text"))?;
        write::text(out, &name);
        out.push(b':');
        write::written(out, of, item, inner)?;
    }
    out.push(b'}');
    Ok(())
}

pub(super) fn variant(
    out: &mut Vec<u8>,
    of: For<'_>,
    member: u32,
    parts: &[Value],
    id: Id<Union>,
) -> Run<()> {
    let (program, _) = of;
    let member = program.unions[id].members.get(member as usize);
    let member = member.ok_or(Stop::Defect("a member beyond its union"))?;
    out.push(b'{');
    write::key(out, KIND);
    write::text(out, &member.name);
    for (field, part) in program.records[member.record].fields.values().zip(parts) {
        out.push(b',');
        write::key(out, &field.name);
        write::written(out, of, part, &field.ty)?;
    }
    out.push(b'}');
    Ok(())
}

pub(super) fn patch(out: &mut Vec<u8>, of: For<'_>, members: &[Option<Value>], id: Id<Record>) -> Run<()> {
    out.push(b'{');
    let fields = of.0.records[id].fields.values().zip(members);
    let given = fields.filter_map(|(field, value)| Some((field, value.as_ref()?)));
    for (at, (field, value)) in given.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write::key(out, &field.name);
        write::written(out, of, value, &field.ty)?;
    }
    out.push(b'}');
    Ok(())
}

/// A file as a row keeps it: what is shown, and where its bytes are.
pub(crate) fn kept_file(out: &mut Vec<u8>, kept: &File) {
    file(out, kept);
    out.pop();
    out.push(b',');
    write::key(out, "key");
    write::text(out, &kept.key);
    out.push(b'}');
}

pub(super) fn file(out: &mut Vec<u8>, file: &File) {
    out.push(b'{');
    write::key(out, "name");
    write::text(out, &file.name);
    out.push(b',');
    write::key(out, "size");
    write::int(out, i64::try_from(file.size).unwrap_or(i64::MAX));
    for (name, text) in [("type", &file.media), ("digest", &file.digest)] {
        out.push(b',');
        write::key(out, name);
        write::text(out, text);
    }
    out.push(b'}');
}

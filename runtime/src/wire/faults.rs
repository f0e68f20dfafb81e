//! Everything that is wrong inside a value, each fault at its place.
use super::read::MOST;
use super::refine::{self, Fault, Patterns};
use crate::stop::escape;
use crate::value::Value;
use quater_ir::types::{Bounds, Record, Type};
use quater_ir::{Id, Program};

/// Looks for what is wrong.
pub(crate) struct Faults<'a> {
    program: &'a Program,
    patterns: &'a Patterns,
    /// Where the value under the eye stands, as a JSON Pointer (RFC 6901).
    pointer: String,
    found: Vec<(String, Fault)>,
}

impl<'a> Faults<'a> {
    /// Those of a value of a type, which stands at a place.
    pub(crate) fn of(
        program: &'a Program,
        patterns: &'a Patterns,
        pointer: String,
        (value, ty): (&Value, &Type),
    ) -> Vec<(String, Fault)> {
        let mut faults = Self { program, patterns, pointer, found: Vec::new() };
        faults.value(value, ty);
        faults.found
    }

    fn value(&mut self, value: &Value, ty: &Type) {
        match (value, ty.required()) {
            (Value::List(items), Type::List(of, bounds)) => {
                self.length(items.len(), bounds, "items");
                items.iter().zip(0_usize..).for_each(|(it, at)| self.part(&at.to_string(), it, of));
            }
            (Value::List(items), Type::Tuple(parts)) => {
                items.iter().zip(parts).zip(0_usize..).for_each(|((it, ty), at)| {
                    self.part(&at.to_string(), it, ty);
                });
            }
            (Value::Map(entries), Type::Map(key, of, bounds)) => {
                self.length(entries.len(), bounds, "entries");
                for (name, it) in entries.iter() {
                    let text = super::text::of(name).unwrap_or_default();
                    self.part(&text, name, key);
                    self.part(&text, it, of);
                }
            }
            (Value::Record(members), Type::Record(id)) => self.record(members, *id),
            (Value::Variant(at, members), Type::Union(id)) => {
                if let Some(member) = self.program.unions[*id].members.get(*at as usize) {
                    self.record(members, member.record);
                }
            }
            (it, ty) => {
                let fault = refine::check(it.clone(), ty, self.program, self.patterns).err();
                self.found.extend(fault.map(|fault| (self.pointer.clone(), fault)));
            }
        }
    }

    fn length(&mut self, count: usize, bounds: &Bounds<u32>, what: &str) {
        let fault = refine::length(count, bounds, what).err();
        self.found.extend(fault.map(|fault| (self.pointer.clone(), fault)));
    }

    fn record(&mut self, members: &[Value], id: Id<Record>) {
        for (field, member) in self.program.records[id].fields.values().zip(members) {
            self.part(&field.name, member, &field.ty);
        }
    }

    fn part(&mut self, name: &str, value: &Value, ty: &Type) {
        if self.found.len() >= MOST {
            return;
        }
        let length = self.pointer.len();
        self.pointer.push('/');
        self.pointer.push_str(&escape(name));
        self.value(value, ty);
        self.pointer.truncate(length);
    }
}

//! Maps, tuples, unions, patches and files as JSON Schema.
use super::json_schema::{Discriminator, Others, Schema};
use super::schema::{Home, Member, Named, Schemas};
use super::uses::Flow;
use indexmap::IndexMap;
use quater_ir::Id;
use quater_ir::types::{Bounds, FileRules, Record, TextRules, Type, Union};
use serde_json::Value;

/// The member that says which record of a union a value is.
pub(super) const KIND: &str = "kind";

impl Schemas<'_> {
    pub(super) fn map(&mut self, key: &Type, of: &Type, bounds: &Bounds<u32>, flow: Flow) -> Schema {
        let any = *key == Type::Text(TextRules::ANY);
        let names = if matches!(key, Type::Int(_)) {
            Some(Schema { pattern: Some("^-?[0-9]+$".to_owned()), ..Schema::of("string") })
        } else {
            (!any).then(|| self.value(key, flow))
        };
        Schema {
            additional_properties: Some(Others::Are(Box::new(self.value(of, flow)))),
            property_names: names.map(Box::new),
            min_properties: bounds.min.filter(|min| *min > 0),
            max_properties: bounds.max,
            ..Schema::of("object")
        }
    }

    pub(super) fn tuple(&mut self, parts: &[Type], flow: Flow) -> Schema {
        let count = u32::try_from(parts.len()).ok();
        Schema {
            prefix_items: parts.iter().map(|part| self.value(part, flow)).collect(),
            min_items: count,
            max_items: count,
            ..Schema::of("array")
        }
    }

    pub(super) fn union(&mut self, id: Id<Union>, flow: Flow) -> Schema {
        let named = self.program.unions[id].name.is_some();
        if named && self.home == Home::Components {
            return self.reference(Named::Union(id, flow));
        }
        self.one_of(id, flow)
    }

    /// A union, written out.
    pub(super) fn one_of(&mut self, id: Id<Union>, flow: Flow) -> Schema {
        let program = self.program;
        let union = &program.unions[id];
        let mut mapping = IndexMap::new();
        let mut one_of = Vec::new();
        for member in &union.members {
            if self.in_place(member.record, flow) {
                one_of.push(self.variant(member.record, flow));
                continue;
            }
            let schema = self.reference(Named::Variant(member.record, flow));
            mapping.insert(member.name.to_string(), schema.reference.clone().unwrap_or_default());
            one_of.push(schema);
        }
        let hint = self.home == Home::Components;
        let discriminator = hint.then_some(Discriminator { property_name: KIND, mapping });
        Schema { one_of, discriminator, ..Schema::default() }.described(&union.docs)
    }

    /// A record as a member of a union, written out.
    pub(super) fn variant(&mut self, id: Id<Record>, flow: Flow) -> Schema {
        let mut schema = self.members(id, flow);
        let name = self.program.records[id].name.as_ref().map_or("", |name| name.as_str());
        let kind = Schema { constant: Some(Value::from(name)), ..Schema::of("string") };
        schema.properties.shift_insert(0, KIND.to_owned(), kind);
        schema.required.insert(0, KIND.to_owned());
        schema
    }

    pub(super) fn patch(&mut self, id: Id<Record>, flow: Flow) -> Schema {
        let named = self.program.records[id].name.is_some();
        if named && !self.in_place(id, flow) {
            return self.reference(Named::Patch(id));
        }
        self.changes(id)
    }

    /// A patch, written out: each member may be left out.
    pub(super) fn changes(&mut self, id: Id<Record>) -> Schema {
        let program = self.program;
        let record = &program.records[id];
        let mut schema = Schema::of("object");
        for field in record.fields.values() {
            schema.properties.insert(field.name.to_string(), self.member(&Member::from(field), Flow::In));
        }
        let closed = !program.service.ignore_unknown_members;
        schema.additional_properties = closed.then_some(Others::May(false));
        schema.described(&record.docs)
    }
}

/// A file as an input: with its bytes, or by what came by a ticket, which is asked for by its digest.
pub(super) fn given_file(rules: &FileRules, uploads: bool) -> Schema {
    let text = || Schema::of("string");
    let media = match rules.media.as_slice() {
        [] => text(),
        media => Schema::words(media.iter().map(|media| media.as_str())),
    };
    let digest = Schema { pattern: Some("^[0-9a-f]{64}$".to_owned()), ..text() };
    let size =
        Schema { minimum: Some(0.into()), maximum: rules.max.map(Into::into), ..Schema::of("integer") };
    let data = Schema { content_encoding: Some("base64"), ..text() };
    let inline = form(
        "A small file with its bytes.",
        vec![("name", text(), false), ("type", media.clone(), false), ("data", data, true)],
    );
    if !uploads {
        return inline;
    }
    let announced = form(
        "A larger file: the call answers where it is sent before the call is made again.",
        vec![
            ("name", text(), false),
            ("type", media, false),
            ("size", size, true),
            ("digest", digest.described("SHA-256 in hex."), true),
        ],
    );
    let uploaded = form("A file that was sent.", vec![("upload", text(), true)]);
    Schema { any_of: vec![inline, announced, uploaded], ..Schema::default() }
}

fn form(docs: &str, members: Vec<(&str, Schema, bool)>) -> Schema {
    let mut schema = Schema { additional_properties: Some(Others::May(false)), ..Schema::of("object") };
    for (name, member, required) in members {
        schema.required.extend(required.then(|| name.to_owned()));
        schema.properties.insert(name.to_owned(), member);
    }
    schema.described(docs)
}

/// A file that is kept.
pub(super) fn file() -> Schema {
    let mut schema = Schema::of("object");
    let digest = Schema { pattern: Some("^[0-9a-f]{64}$".to_owned()), ..Schema::of("string") };
    let size = Schema { minimum: Some(0.into()), ..Schema::of("integer") };
    let members =
        [("name", Schema::of("string")), ("size", size), ("type", Schema::of("string")), ("digest", digest)];
    for (name, member) in members {
        schema.required.push(name.to_owned());
        schema.properties.insert(name.to_owned(), member);
    }
    schema
}

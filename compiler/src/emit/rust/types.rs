//! Types: how Rust spells each, and the declarations of those that have a name.
use super::names::{pascal, rename, value};
use super::text::Text;
use super::upstreams;
use quater_ir::entity::Entity;
use quater_ir::native::Ask;
use quater_ir::types::{Enum, Field, Record, Type, Union};
use quater_ir::{Id, Program, type_text};
use std::collections::{BTreeMap, BTreeSet};

/// A record, as itself or as changes to it.
type Shape = (Id<Record>, bool);

/// Names of all types that bodies in Rust meet.
pub(super) struct Types<'p> {
    pub(super) program: &'p Program,
    records: BTreeMap<Shape, String>,
    unions: BTreeMap<Id<Union>, String>,
    enums: BTreeMap<Id<Enum>, String>,
    taken: BTreeSet<String>,
}

impl<'p> Types<'p> {
    /// Names what the bodies of a program are given and give.
    pub(super) fn new(program: &'p Program) -> Self {
        let (records, unions, enums) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
        let mut types = Self { program, records, unions, enums, taken: BTreeSet::new() };
        for operation in program.operations.values() {
            let Some(rust) = &operation.rust else { continue };
            let name = pascal(&operation.name);
            for input in &operation.inputs {
                types.meet(&input.ty, &format!("{name}{}", pascal(&input.name)));
            }
            if let Some(output) = &operation.output {
                types.meet(output, &format!("{name}Output"));
            }
            for fault in &operation.faults {
                let fault = &program.faults[*fault];
                for field in fault.fields.values() {
                    types.meet(&field.ty, &format!("{}{}", pascal(&fault.name), pascal(&field.name)));
                }
            }
            for called in rust.calls.iter().map(|id| &program.operations[*id]) {
                let name = pascal(&called.name);
                called
                    .inputs
                    .iter()
                    .for_each(|it| types.meet(&it.ty, &format!("{name}{}", pascal(&it.name))));
                called.output.iter().for_each(|output| types.meet(output, &format!("{name}Output")));
            }
            for (resource, calls) in upstreams::clients(program, rust) {
                for call in calls {
                    let name = format!("{}{}", pascal(&resource.name), pascal(&call.name));
                    let fields = call.parameters.iter().map(|it| &it.field);
                    fields.for_each(|it| types.meet(&it.ty, &format!("{name}{}", pascal(&it.name))));
                    call.output.iter().for_each(|output| types.meet(output, &format!("{name}Output")));
                }
            }
            for ask in &rust.asks {
                if let Ask::Form(record) = ask {
                    types.meet(&Type::Record(*record), &name);
                }
            }
            let touched =
                rust.verbs.iter().map(|verb| verb.entity).chain(rust.rows.iter().map(|row| row.entity));
            for entity in touched.collect::<BTreeSet<Id<Entity>>>() {
                let entity = &program.entities[entity];
                for column in entity.columns.values() {
                    types.meet(&column.ty, &format!("{}{}", pascal(&entity.name), pascal(&column.name)));
                }
            }
        }
        types
    }

    /// Names a type and what stands in it; `path` names what has no name of its own.
    fn meet(&mut self, ty: &Type, path: &str) {
        if let Type::Enum(id) = ty {
            if !self.enums.contains_key(id) {
                let name = self.free(pascal(&self.program.enums[*id].name));
                self.enums.insert(*id, name);
            }
        } else if let Type::Record(id) = ty {
            self.meet_record((*id, false), path);
        } else if let Type::Patch(id) = ty {
            self.meet_record((*id, true), path);
        } else if let Type::Union(id) = ty {
            self.meet_union(*id, path);
        } else {
            ty.children().into_iter().for_each(|part| self.meet(part, path));
        }
    }

    fn meet_union(&mut self, id: Id<Union>, path: &str) {
        if self.unions.contains_key(&id) {
            return;
        }
        let union = &self.program.unions[id];
        let name = self.free(union.name.as_ref().map_or_else(|| path.to_owned(), |name| pascal(name)));
        self.unions.insert(id, name.clone());
        for member in &union.members {
            self.meet_record((member.record, false), &format!("{name}{}", pascal(&member.name)));
        }
    }

    fn meet_record(&mut self, shape: Shape, path: &str) {
        if self.records.contains_key(&shape) {
            return;
        }
        let record = &self.program.records[shape.0];
        let own = record
            .name
            .as_ref()
            .map(|name| format!("{}{}", pascal(name), if shape.1 { "Changes" } else { "" }));
        let name = self.free(own.unwrap_or_else(|| path.to_owned()));
        self.records.insert(shape, name.clone());
        for field in record.fields.values() {
            self.meet(&field.ty, &format!("{name}{}", pascal(&field.name)));
        }
    }

    fn free(&mut self, name: String) -> String {
        let mut free = name.clone();
        let mut count = 1;
        while !self.taken.insert(free.clone()) {
            count += 1;
            free = format!("{name}{count}");
        }
        free
    }

    /// A type as Rust spells it; named ones with `path` before them.
    pub(super) fn spell(&self, ty: &Type, path: &str) -> String {
        let named = |name: Option<&String>| format!("{path}{}", name.map_or("", String::as_str));
        match ty {
            Type::Bool => "bool".to_owned(),
            Type::Int(_) => "i64".to_owned(),
            Type::Float(_) => "f64".to_owned(),
            Type::Decimal { .. } => "quater::Decimal".to_owned(),
            Type::Text(_) | Type::Url | Type::Email | Type::Password => "String".to_owned(),
            Type::Bytes { .. } => "quater::Bytes".to_owned(),
            Type::Uuid => "quater::Uuid".to_owned(),
            Type::Date => "quater::Date".to_owned(),
            Type::Instant => "quater::Timestamp".to_owned(),
            Type::Duration => "quater::Duration".to_owned(),
            Type::Json => "quater::Json".to_owned(),
            Type::File(_) => "quater::File".to_owned(),
            Type::Null => "()".to_owned(),
            Type::Enum(id) => named(self.enums.get(id)),
            Type::Record(id) => named(self.records.get(&(*id, false))),
            Type::Patch(id) => named(self.records.get(&(*id, true))),
            Type::Union(id) => named(self.unions.get(id)),
            Type::Ref(id) | Type::Row(id) => {
                let entity = &self.program.entities[*id];
                self.spell(&entity.columns[entity.key].ty, path)
            }
            Type::List(of, _) | Type::Stream(of) => format!("Vec<{}>", self.spell(of, path)),
            Type::Map(key, of, _) => {
                format!("quater::Map<{}, {}>", self.spell(key, path), self.spell(of, path))
            }
            Type::Tuple(parts) => {
                let parts: Vec<String> = parts.iter().map(|part| self.spell(part, path)).collect();
                format!("({})", parts.join(", "))
            }
            Type::Page(page) => {
                let kind = if page.by_offset { "OffsetPage" } else { "Page" };
                format!("quater::{kind}<{}>", self.spell(&page.of, path))
            }
            Type::Optional(of) => format!("Option<{}>", self.spell(of, path)),
        }
    }

    /// The same for a value that is not to be shown.
    pub(super) fn spell_kept(&self, ty: &Type, secret: bool, path: &str) -> String {
        match (secret, ty) {
            (false, _) => self.spell(ty, path),
            (true, Type::Optional(of)) => format!("Option<quater::Secret<{}>>", self.spell(of, path)),
            (true, _) => format!("quater::Secret<{}>", self.spell(ty, path)),
        }
    }

    /// What is told of a value where the file tells nothing.
    pub(super) fn told(&self, docs: &str, ty: &Type) -> String {
        if !docs.is_empty() {
            return docs.to_owned();
        }
        format!("`{}`", type_text(ty, self.program))
    }

    /// The file of all declarations.
    pub(super) fn file(&self, head: &str) -> String {
        let mut declared: Vec<(&str, String)> = Vec::new();
        let enums = self.enums.iter().map(|(id, name)| (name.as_str(), self.enumeration(*id, name)));
        declared.extend(enums);
        declared.extend(self.unions.iter().map(|(id, name)| (name.as_str(), self.union(*id, name))));
        declared.extend(self.records.iter().map(|(shape, name)| (name.as_str(), self.record(*shape, name))));
        declared.sort_by(|a, b| a.0.cmp(b.0));
        let mut out = head.to_owned();
        for (_, text) in declared {
            out.push('\n');
            out.push_str(&text);
        }
        out
    }

    fn enumeration(&self, id: Id<Enum>, name: &str) -> String {
        let declared = &self.program.enums[id];
        let mut text = Text::default();
        let docs = if declared.docs.is_empty() {
            format!("One of the names of `{}`.", declared.name)
        } else {
            declared.docs.clone()
        };
        text.doc(&docs);
        text.line("#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]");
        text.line("#[derive(serde::Serialize, serde::Deserialize)]");
        text.line("#[allow(clippy::enum_variant_names, reason = \"names of the service\")]");
        text.open(&format!("pub enum {name} {{"));
        for member in &declared.members {
            let told = declared.told.iter().find(|(name, _)| name == member);
            text.doc(&told.map_or_else(|| format!("`{member}`"), |(_, docs)| docs.clone()));
            if let Some(rename) = rename(member, &pascal(member)) {
                text.line(&format!("#[serde({rename})]"));
            }
            text.line(&format!("{},", pascal(member)));
        }
        text.close("}");
        text.finish()
    }

    fn union(&self, id: Id<Union>, name: &str) -> String {
        let declared = &self.program.unions[id];
        let mut text = Text::default();
        let docs = if declared.docs.is_empty() { "One of these.".to_owned() } else { declared.docs.clone() };
        text.doc(&docs);
        text.line("#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]");
        text.line("#[serde(tag = \"kind\")]");
        text.line("#[allow(clippy::enum_variant_names, clippy::large_enum_variant, reason = \"types of the service\")]");
        text.open(&format!("pub enum {name} {{"));
        for member in &declared.members {
            text.doc(&format!("`{}`", member.name));
            if let Some(rename) = rename(&member.name, &pascal(&member.name)) {
                text.line(&format!("#[serde({rename})]"));
            }
            let record = self.spell(&Type::Record(member.record), "");
            text.line(&format!("{}({record}),", pascal(&member.name)));
        }
        text.close("}");
        text.finish()
    }

    fn record(&self, (id, patch): Shape, name: &str) -> String {
        let declared = &self.program.records[id];
        let mut text = Text::default();
        text.doc(&match (declared.docs.is_empty(), patch, &declared.name) {
            (false, ..) => declared.docs.clone(),
            (true, true, _) => "Changes; what stays as it is, is kept.".to_owned(),
            (true, false, Some(name)) => format!("The record `{name}`."),
            (true, false, None) => "A record that is written in place.".to_owned(),
        });
        let default = if patch { "Default, " } else { "" };
        text.line(&format!(
            "#[derive(Debug, Clone, {default}PartialEq, serde::Serialize, serde::Deserialize)]"
        ));
        if declared.fields.is_empty() {
            text.line(&format!("pub struct {name} {{}}"));
            return text.finish();
        }
        text.open(&format!("pub struct {name} {{"));
        for field in declared.fields.values() {
            self.field(&mut text, field, patch);
        }
        text.close("}");
        text.finish()
    }

    fn field(&self, text: &mut Text, field: &Field, patch: bool) {
        text.doc(&self.told(&field.docs, &field.ty));
        let spelt = self.spell_kept(&field.ty, field.secret, "");
        let spelt = if patch { format!("quater::Patch<{spelt}>") } else { spelt };
        self.member(text, &field.name, &spelt, patch);
    }

    /// A field of a struct; one that may be left out is not written where it is.
    pub(super) fn member(&self, text: &mut Text, wire: &str, spelt: &str, patch: bool) {
        let name = value(wire);
        let mut attributes: Vec<String> = rename(wire, &name).into_iter().collect();
        if patch {
            attributes.push("default, skip_serializing_if = \"quater::Patch::is_keep\"".to_owned());
        }
        if !attributes.is_empty() {
            text.line(&format!("#[serde({})]", attributes.join(", ")));
        }
        text.line(&format!("pub {name}: {spelt},"));
    }
}

//! Where what a name means is declared, for the index of uses. Nothing here is done unless asked for.
use super::Checker;
use super::scope::{Local, Scope};
use crate::ast::{self, ArgumentKind, EntityItemKind};
use crate::report::Span;
use crate::uses::Inferred;
use quater_ir::Id;
use quater_ir::entity::Entity;
use quater_ir::expr::Expr;
use quater_ir::fault::{self, Fault};
use quater_ir::operation::{Effects, Operation};
use quater_ir::resource::Resource;
use quater_ir::types::{Enum, Record, Type};
use smol_str::SmolStr;
use std::collections::BTreeSet;

impl Scope {
    /// Gives a name of the text to a value.
    pub(crate) fn bind_at(&mut self, name: &ast::Name, value: Expr, secret: bool) {
        let (text, depth) = (name.text.clone(), self.depth());
        self.locals.push(Local { name: text, value, secret, input: false, depth, at: Some(name.at) });
    }
}

impl Checker<'_> {
    /// The place where an entity declares a member.
    pub(crate) fn member_place(&self, entity: Id<Entity>, name: &str) -> Option<Span> {
        self.declared_members(entity).find(|own| own.text == name).map(|own| own.at)
    }

    fn declared_members(&self, entity: Id<Entity>) -> impl Iterator<Item = &ast::Name> {
        let node = self.names.entities.nth(entity.index()).map(|(_, node)| node);
        node.into_iter().flat_map(|node| &node.items).filter_map(|item| match &item.kind {
            EntityItemKind::Field(ast::Field { name, .. })
            | EntityItemKind::Computed { name, .. }
            | EntityItemKind::Function(ast::Function { name, .. }) => Some(name),
            EntityItemKind::Tenant(_)
            | EntityItemKind::Unique { .. }
            | EntityItemKind::Index(_)
            | EntityItemKind::Search(_)
            | EntityItemKind::Rule(_)
            | EntityItemKind::Stray => None,
        })
    }

    /// Notes that a name is a member of an entity.
    pub(crate) fn note_member(&self, entity: Id<Entity>, name: &ast::Name) {
        self.look_among_members(entity, name);
        if self.names.notes.asked() {
            self.names.notes.means(name.at, self.member_place(entity, &name.text));
        }
    }

    /// Tells the cursor what an entity declares.
    pub(crate) fn look_among_members(&self, entity: Id<Entity>, name: &ast::Name) {
        if self.names.notes.is_cursor(name) {
            self.names.notes.around(placed(self.declared_members(entity)));
        }
    }

    /// Tells the cursor where values have their names from.
    pub(crate) fn look_among_locals(&self, scope: &Scope, name: &ast::Name) {
        if self.names.notes.is_cursor(name) {
            let locals = scope.locals.iter().rev();
            self.names.notes.around(locals.filter_map(|local| Some((local.name.clone(), local.at?))));
        }
    }

    /// Tells the cursor what the values of an enum are.
    pub(crate) fn look_among_values(&self, of: Id<Enum>, name: &ast::Name) {
        if let (true, Some((_, node))) = (self.names.notes.is_cursor(name), self.names.enums.nth(of.index()))
        {
            self.names.notes.around(placed(node.values.iter().map(|value| &value.name)));
        }
    }

    /// The place where a member of a record got its name.
    pub(crate) fn field_place(&self, record: Id<Record>, name: &str) -> Option<Span> {
        self.records.look(record);
        let known = self.field_places.get(&(record, SmolStr::new(name))).copied();
        known.or_else(|| self.member_place(self.records[record].of?, name))
    }

    /// Notes that a name is a member of a record.
    pub(crate) fn note_field(&self, record: Id<Record>, name: &ast::Name) {
        if self.names.notes.is_cursor(name) {
            let members = self.records[record].fields.values();
            let placed = |name: &SmolStr| Some((name.clone(), self.field_place(record, name)?));
            self.names.notes.around(members.filter_map(|member| placed(&member.name)));
        }
        if self.names.notes.asked() {
            self.names.notes.means(name.at, self.field_place(record, &name.text));
        }
    }

    /// Remembers where members of a record are written.
    pub(crate) fn place_fields<'f>(
        &mut self,
        record: Id<Record>,
        names: impl Iterator<Item = &'f ast::Name>,
    ) {
        if self.names.notes.asked() {
            for name in names {
                self.field_places.entry((record, name.text.clone())).or_insert(name.at);
            }
        }
    }

    /// Remembers that members of a record are named after those of an entity.
    pub(crate) fn place_columns(&mut self, record: Id<Record>, entity: Id<Entity>, names: Vec<SmolStr>) {
        if self.names.notes.asked() {
            for name in names {
                if let Some(place) = self.member_place(entity, &name) {
                    self.field_places.insert((record, name), place);
                }
            }
        }
    }

    /// Remembers where a projection has its members from.
    pub(crate) fn place_shown(
        &mut self,
        record: Id<Record>,
        (entity, base): (Id<Entity>, Option<Id<Record>>),
        arguments: &[ast::Argument],
    ) {
        if !self.names.notes.asked() {
            return;
        }
        let names: Vec<SmolStr> =
            self.records[record].fields.values().map(|field| field.name.clone()).collect();
        for text in names {
            let own = arguments.iter().find_map(|argument| match &argument.kind {
                ArgumentKind::Computed { name, .. } if name.text == text => Some(name.at),
                ArgumentKind::Computed { .. }
                | ArgumentKind::Value(_)
                | ArgumentKind::Named { .. }
                | ArgumentKind::Optional(_)
                | ArgumentKind::Range(_)
                | ArgumentKind::Everything
                | ArgumentKind::Stray => None,
            });
            let inherited = || base.and_then(|base| self.field_place(base, &text));
            let place = own.or_else(inherited).or_else(|| self.member_place(entity, &text));
            if let Some(place) = place {
                self.field_places.insert((record, text), place);
            }
        }
    }

    /// Notes that a name is a value of an enum.
    pub(crate) fn note_value(&self, of: Id<Enum>, name: &ast::Name) {
        self.look_among_values(of, name);
        if let (true, Some((_, node))) = (self.names.notes.asked(), self.names.enums.nth(of.index())) {
            let value = node.values.iter().find(|value| value.name.text == name.text);
            self.names.notes.means(name.at, value.map(|value| value.name.at));
        }
    }

    /// Notes that a name is what an operation is given.
    pub(crate) fn note_input(&self, operation: Id<Operation>, name: &ast::Name) {
        if let (true, Some((_, node))) =
            (self.names.notes.asked(), self.names.operations.nth(operation.index()))
        {
            note_parameter(self, &node.parameters, name);
        }
    }

    /// Notes that a name is what a job, a channel or a typed call of a resource is given.
    pub(crate) fn note_argument(&self, of: &str, name: &ast::Name) {
        if !self.names.notes.asked() {
            return;
        }
        let jobs = self.names.jobs.iter().map(|(_, node)| (&node.name, &node.parameters));
        let channels = self.names.channels.iter().map(|(_, node)| (&node.name, &node.parameters));
        let calls = self.names.resources.iter().flat_map(|node| &node.calls);
        let known = jobs.chain(channels).chain(calls.map(|call| (&call.name, &call.parameters)));
        let mut named = known.filter(|(own, _)| own.text == of);
        // Two resources may each have a call of one name; then nothing is said.
        if let (Some((_, parameters)), None) = (named.next(), named.next()) {
            note_parameter(self, parameters, name);
        }
    }

    /// Notes that a name is a typed call of a resource.
    pub(crate) fn note_upstream(&self, resource: Id<Resource>, name: &ast::Name) {
        if let (true, Some(node)) = (self.names.notes.asked(), self.names.resources.get(resource.index())) {
            if self.names.notes.is_cursor(name) {
                self.names.notes.around(placed(node.calls.iter().map(|call| &call.name)));
            }
            let call = node.calls.iter().find(|call| call.name.text == name.text);
            self.names.notes.means(name.at, call.map(|call| call.name.at));
        }
    }

    /// Notes a name that a value got, with its type.
    pub(crate) fn note_local(&self, name: &ast::Name, ty: &Type) {
        self.names.notes.local(name, || (self.written(ty), self.declared_at(ty)));
    }

    /// Where the type is declared that a value is of, or is a list of.
    fn declared_at(&self, ty: &Type) -> Option<Span> {
        match ty.required() {
            Type::Row(id) | Type::Ref(id) => Some(self.names.entities.nth(id.index())?.1.name.at),
            Type::Enum(id) => Some(self.names.enums.nth(id.index())?.1.name.at),
            Type::Record(id) | Type::Patch(id) => {
                let record = &self.records[*id];
                let entity = || Some(self.names.entities.nth(record.of?.index())?.1.name.at);
                record.name.as_ref().and_then(|name| self.names.type_place(name)).or_else(entity)
            }
            Type::Union(id) => self.unions[*id].name.as_ref().and_then(|name| self.names.type_place(name)),
            Type::List(of, _) | Type::Map(_, of, _) | Type::Stream(of) => self.declared_at(of),
            Type::Page(page) => self.declared_at(&page.of),
            Type::Bool
            | Type::Int(_)
            | Type::Float(_)
            | Type::Decimal { .. }
            | Type::Text(_)
            | Type::Bytes { .. }
            | Type::Uuid
            | Type::Date
            | Type::Instant
            | Type::Duration
            | Type::Json
            | Type::Url
            | Type::Email
            | Type::Password
            | Type::Tuple(_)
            | Type::Optional(_)
            | Type::File(_)
            | Type::Null => None,
        }
    }

    /// A type in the words of the language, without its refinement.
    pub(crate) fn written(&self, ty: &Type) -> String {
        match ty {
            Type::Row(id) | Type::Ref(id) => self.entities[*id].name.to_string(),
            Type::Record(id) => self.written_record(*id),
            Type::Patch(id) => format!("patch {}", self.written_record(*id)),
            Type::Union(id) => {
                let union = &self.unions[*id];
                let members =
                    || union.members.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(" | ");
                union.name.as_ref().map_or_else(members, ToString::to_string)
            }
            Type::List(of, _) => format!("[{}]", self.written(of)),
            Type::Optional(of) => format!("{}?", self.written(of)),
            Type::Map(key, of, _) => format!("{{ {}: {} }}", self.written(key), self.written(of)),
            Type::Tuple(parts) => {
                let parts: Vec<String> = parts.iter().map(|part| self.written(part)).collect();
                format!("({})", parts.join(", "))
            }
            Type::Page(page) => format!("page {}", self.written(&page.of)),
            Type::Stream(of) => format!("stream {}", self.written(of)),
            Type::File(_) => "file".to_owned(),
            Type::Null => "null".to_owned(),
            Type::Bool
            | Type::Int(_)
            | Type::Float(_)
            | Type::Decimal { .. }
            | Type::Text(_)
            | Type::Bytes { .. }
            | Type::Uuid
            | Type::Date
            | Type::Instant
            | Type::Duration
            | Type::Json
            | Type::Url
            | Type::Email
            | Type::Password
            | Type::Enum(_) => self.describe(ty).trim_matches('`').to_owned(),
        }
    }

    fn written_record(&self, id: Id<Record>) -> String {
        let record = &self.records[id];
        if let Some(name) = &record.name {
            return name.to_string();
        }
        let of = record.of.map(|entity| self.entities[entity].name.as_str());
        let names = record.fields.values().map(|field| field.name.as_str()).collect::<Vec<_>>().join(", ");
        of.map_or_else(|| format!("{{ {names} }}"), |of| format!("{of}({names})"))
    }

    /// Notes what something does, where its body is known.
    pub(crate) fn note_effects(&self, name: &ast::Name, effects: &Effects, faults: &BTreeSet<Id<Fault>>) {
        if !self.names.notes.asked() {
            return;
        }
        let entities = |verb: &str, ids: &[Id<Entity>]| {
            let names: Vec<&str> = ids.iter().map(|id| self.entities[*id].name.as_str()).collect();
            (!names.is_empty()).then(|| format!("{verb} {}", names.join(", ")))
        };
        let calls = effects.invokes.iter().filter_map(|id| self.names.operations.nth(id.index()));
        let jobs = effects.enqueues.iter().filter_map(|id| self.names.jobs.get(id.index()));
        let channels = effects.emits.iter().filter_map(|id| self.names.channels.get(id.index()));
        let upstreams = effects.requests.iter().filter_map(|(id, _)| self.names.resources.get(id.index()));
        let words = entities("reads", &effects.reads)
            .into_iter()
            .chain(entities("creates", &effects.creates))
            .chain(entities("updates", &effects.updates))
            .chain(entities("deletes", &effects.deletes))
            .chain(calls.map(|(_, node)| format!("calls {}", node.name.text)))
            .chain(upstreams.map(|node| format!("calls {}", node.name.text)))
            .chain(jobs.map(|(_, node)| format!("enqueues {}", node.name.text)))
            .chain(channels.map(|(_, node)| format!("emits {}", node.name.text)));
        let own = |id: &&Id<Fault>| id.index() >= fault::BUILTIN_COUNT || **id == fault::NOT_FOUND;
        let errors = faults.iter().filter(own).filter_map(|id| self.faults.find(*id));
        self.names.notes.inferred(Inferred {
            at: name.at,
            effects: words.collect(),
            errors: errors.map(|fault| fault.name.clone()).collect(),
        });
    }
}

/// Notes that a name is one of some parameters.
pub(crate) fn note_parameter(checker: &Checker<'_>, parameters: &[ast::Field], name: &ast::Name) {
    if checker.names.notes.is_cursor(name) {
        checker.names.notes.around(placed(parameters.iter().map(|parameter| &parameter.name)));
    }
    let parameter = parameters.iter().find(|parameter| parameter.name.text == name.text);
    checker.names.notes.means(name.at, parameter.map(|parameter| parameter.name.at));
}

/// Names with their places.
fn placed<'n>(names: impl Iterator<Item = &'n ast::Name>) -> impl Iterator<Item = (SmolStr, Span)> {
    names.map(|name| (name.text.clone(), name.at))
}

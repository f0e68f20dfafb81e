//! Types as clients write them, under the names that they have in OpenAPI.
use super::super::schema::{Named, Schemas};
use super::super::structure::KIND;
use super::super::uses::Flow;
use super::pascal;
use quater_ir::types::{Field, Record, Type, Union};
use quater_ir::{Id, Program};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What a value is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Shape {
    Bool,
    Int,
    Float,
    Text,
    /// A text of this name, which says what stands in it.
    Scalar(Scalar),
    Json,
    Null,
    /// Bytes that are sent.
    Upload,
    /// What is told of a file that is kept.
    Stored,
    /// A declaration.
    Named(String),
    /// One fixed text.
    Word(String),
    List(Box<Shape>),
    Map(Box<Shape>, Box<Shape>),
    Tuple(Vec<Shape>),
    /// Part of a list, with a cursor.
    Page(Box<Shape>),
    /// Part of a list, with how many there are in all.
    Counted(Box<Shape>),
    Optional(Box<Shape>),
}

macro_rules! scalars {
    ($($name:ident $docs:literal,)*) => {
        /// What stands in a text.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub(super) enum Scalar {
            $(#[doc = $docs] $name,)*
        }

        impl Scalar {
            /// Its name in clients.
            pub(super) const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }

            /// What it is.
            pub(super) const fn docs(self) -> &'static str {
                match self { $(Self::$name => $docs),* }
            }
        }
    };
}

scalars! {
    Decimal "An exact number, as `12.50`.",
    Base64 "Bytes (RFC 4648, section 4).",
    Uuid "A UUID (RFC 9562).",
    Day "A day, as `2026-01-31`.",
    Instant "A point in time in UTC, as `2026-01-31T09:00:00.000Z`.",
    Duration "A length of time (ISO 8601), as `PT90S`.",
    Url "An absolute URL.",
    Email "A mail address.",
}

/// One member of an object.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Member {
    /// Its name on the wire.
    pub(super) name: String,
    pub(super) docs: String,
    pub(super) shape: Shape,
    /// Whether it is always there.
    pub(super) required: bool,
}

/// What a declaration declares.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Form {
    Object(Vec<Member>),
    Words(Vec<String>),
    OneOf(Vec<Shape>),
}

/// A type with a name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Declaration {
    pub(super) name: String,
    pub(super) docs: String,
    pub(super) form: Form,
}

/// Collects the types of one client.
pub(super) struct Shapes<'p> {
    program: &'p Program,
    schemas: Schemas<'p>,
    /// Names that nothing else may have.
    taken: BTreeSet<String>,
    names: BTreeMap<Key, String>,
    open: VecDeque<Named>,
    pub(super) declarations: Vec<Declaration>,
    pub(super) scalars: BTreeSet<Scalar>,
}

/// A [`Named`] that can be looked up.
type Key = (u8, usize, Flow);

fn key(named: Named) -> Key {
    match named {
        Named::Record(id, flow) => (0, id.index(), flow),
        Named::Variant(id, flow) => (1, id.index(), flow),
        Named::Union(id, flow) => (2, id.index(), flow),
        Named::Patch(id) => (3, id.index(), Flow::In),
        Named::Enum(id) => (4, id.index(), Flow::In),
    }
}

impl<'p> Shapes<'p> {
    /// None yet; names that the client's own code has are reserved.
    pub(super) fn new(program: &'p Program, schemas: Schemas<'p>, reserved: &[&str]) -> Self {
        Self {
            program,
            schemas,
            taken: reserved.iter().map(|name| (*name).to_owned()).collect(),
            names: BTreeMap::new(),
            open: VecDeque::new(),
            declarations: Vec::new(),
            scalars: BTreeSet::new(),
        }
    }

    /// A name that nothing else has, longer by as many `_` as that takes.
    pub(super) fn unused(&mut self, name: &str) -> String {
        let mut name = self.schemas.unused(name.to_owned());
        while !self.taken.insert(name.clone()) {
            name.push('_');
        }
        name
    }

    fn scalar(&mut self, scalar: Scalar) -> Shape {
        self.scalars.insert(scalar);
        Shape::Scalar(scalar)
    }

    /// The values of a type going one way; `at` names what has no name of its own.
    pub(super) fn shape(&mut self, ty: &Type, flow: Flow, at: &str) -> Shape {
        match ty {
            Type::Bool => Shape::Bool,
            Type::Int(_) => Shape::Int,
            Type::Float(_) => Shape::Float,
            Type::Decimal { .. } if self.program.service.decimals_as_numbers => Shape::Float,
            Type::Decimal { .. } => self.scalar(Scalar::Decimal),
            Type::Text(_) | Type::Password => Shape::Text,
            Type::Bytes { .. } => self.scalar(Scalar::Base64),
            Type::Uuid => self.scalar(Scalar::Uuid),
            Type::Date => self.scalar(Scalar::Day),
            Type::Instant => self.scalar(Scalar::Instant),
            Type::Duration => self.scalar(Scalar::Duration),
            Type::Url => self.scalar(Scalar::Url),
            Type::Email => self.scalar(Scalar::Email),
            Type::Json => Shape::Json,
            Type::Null => Shape::Null,
            Type::Enum(id) => self.refer(Named::Enum(*id)),
            Type::Record(id) => self.record(*id, flow, at),
            Type::Union(id) => self.union(*id, flow, at),
            Type::Patch(id) => self.patch(*id, at),
            Type::Ref(id) | Type::Row(id) => {
                let entity = &self.program.entities[*id];
                self.shape(&entity.columns[entity.key].ty, flow, at)
            }
            Type::List(of, _) | Type::Stream(of) => Shape::List(Box::new(self.shape(of, flow, at))),
            Type::Map(of, to, _) => {
                let of = self.shape(of, flow, at);
                Shape::Map(Box::new(of), Box::new(self.shape(to, flow, at)))
            }
            Type::Tuple(parts) => Shape::Tuple(parts.iter().map(|part| self.shape(part, flow, at)).collect()),
            Type::Page(page) => {
                let of = Box::new(self.shape(&page.of, flow, at));
                if page.by_offset { Shape::Counted(of) } else { Shape::Page(of) }
            }
            Type::File(_) if flow == Flow::In => Shape::Upload,
            Type::File(_) => Shape::Stored,
            Type::Optional(of) => Shape::Optional(Box::new(self.shape(of, flow, at))),
        }
    }

    fn refer(&mut self, named: Named) -> Shape {
        if let Some(name) = self.names.get(&key(named)) {
            return Shape::Named(name.clone());
        }
        let mut name = self.schemas.name(named);
        while !self.taken.insert(name.clone()) {
            name.push('_');
        }
        self.names.insert(key(named), name.clone());
        self.open.push_back(named);
        Shape::Named(name)
    }

    fn record(&mut self, id: Id<Record>, flow: Flow, at: &str) -> Shape {
        let record = &self.program.records[id];
        if record.name.is_some() {
            return self.refer(Named::Record(id, flow));
        }
        self.declared(at, &record.docs, |shapes, name| Form::Object(shapes.fields(id, flow, name)))
    }

    fn union(&mut self, id: Id<Union>, flow: Flow, at: &str) -> Shape {
        let union = &self.program.unions[id];
        if union.name.is_some() {
            return self.refer(Named::Union(id, flow));
        }
        self.declared(at, &union.docs, |shapes, _| Form::OneOf(shapes.variants(id, flow)))
    }

    fn patch(&mut self, id: Id<Record>, at: &str) -> Shape {
        let record = &self.program.records[id];
        if record.name.is_some() {
            return self.refer(Named::Patch(id));
        }
        self.declared(at, &record.docs, |shapes, name| Form::Object(shapes.changes(id, name)))
    }

    /// Declares what the file has no name for.
    pub(super) fn declared(
        &mut self,
        at: &str,
        docs: &str,
        form: impl FnOnce(&mut Self, &str) -> Form,
    ) -> Shape {
        let name = self.unused(at);
        let place = self.declarations.len();
        let form = form(self, &name);
        let docs = docs.trim().to_owned();
        self.declarations.insert(place, Declaration { name: name.clone(), docs, form });
        Shape::Named(name)
    }

    fn fields(&mut self, id: Id<Record>, flow: Flow, at: &str) -> Vec<Member> {
        let program = self.program;
        let shown = program.records[id].fields.values().filter(|field| flow == Flow::In || !field.secret);
        shown
            .map(|field| {
                let given = field.default.is_none() && !field.ty.is_optional();
                self.field(field, flow, at, flow == Flow::Out || given)
            })
            .collect()
    }

    fn changes(&mut self, id: Id<Record>, at: &str) -> Vec<Member> {
        let program = self.program;
        program.records[id].fields.values().map(|field| self.field(field, Flow::In, at, false)).collect()
    }

    /// A field as a member.
    pub(super) fn field(&mut self, field: &Field, flow: Flow, at: &str, required: bool) -> Member {
        let shape = self.shape(&field.ty, flow, &format!("{at}{}", pascal(&field.name)));
        Member { name: field.name.to_string(), docs: field.docs.trim().to_owned(), shape, required }
    }

    fn variants(&mut self, id: Id<Union>, flow: Flow) -> Vec<Shape> {
        let program = self.program;
        let members = program.unions[id].members.iter();
        members.map(|member| self.refer(Named::Variant(member.record, flow))).collect()
    }

    /// Declares everything that was referred to.
    pub(super) fn finish(&mut self) {
        let program = self.program;
        while let Some(named) = self.open.pop_front() {
            let name = self.names.get(&key(named)).cloned().unwrap_or_default();
            let (docs, form) = match named {
                Named::Record(id, flow) => {
                    (&program.records[id].docs, Form::Object(self.fields(id, flow, &name)))
                }
                Named::Variant(id, flow) => {
                    let record = &program.records[id];
                    let kind = record.name.as_ref().map_or("", |name| name.as_str()).to_owned();
                    let (shape, docs) = (Shape::Word(kind), "Which of them it is.".to_owned());
                    let mut members = vec![Member { name: KIND.to_owned(), docs, shape, required: true }];
                    members.extend(self.fields(id, flow, &name));
                    (&record.docs, Form::Object(members))
                }
                Named::Union(id, flow) => (&program.unions[id].docs, Form::OneOf(self.variants(id, flow))),
                Named::Patch(id) => (&program.records[id].docs, Form::Object(self.changes(id, &name))),
                Named::Enum(id) => {
                    let members = program.enums[id].members.iter().map(ToString::to_string);
                    (&program.enums[id].docs, Form::Words(members.collect()))
                }
            };
            self.declarations.push(Declaration { name, docs: docs.trim().to_owned(), form });
        }
        self.declarations.sort_by(|left, right| left.name.cmp(&right.name));
    }
}

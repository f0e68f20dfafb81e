//! Types as JSON Schema.
use super::json_schema::{Others, Schema};
use super::structure;
use super::uses::{self, Flow, Uses};
use super::{literal, pattern};
use indexmap::{IndexMap, IndexSet};
use quater_ir::operation::Input;
use quater_ir::types::{
    self, Bounds, EMAIL_LIMIT, Enum, Field, INT_LIMIT, Page, Record, TextRules, Type, URL_LIMIT, Union,
};
use quater_ir::{Id, Program};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::Number;
use std::collections::BTreeSet;

/// How deep a tool's schema nests records before it names them.
const INLINE_DEPTH: u32 = 6;

/// Where named types stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Home {
    /// In place; under `$defs` only what recurs, because many clients of tools read no references.
    Tool,
    /// Under `components`.
    Components,
}

/// A type that has a name of its own in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Named {
    /// A record, one way.
    Record(Id<Record>, Flow),
    /// A record as a member of a union, one way.
    Variant(Id<Record>, Flow),
    /// A union, one way.
    Union(Id<Union>, Flow),
    /// What may change of a record.
    Patch(Id<Record>),
    /// An enum.
    Enum(Id<Enum>),
}

/// Writes the schemas of one document and remembers which types it referred to.
pub(super) struct Schemas<'p> {
    pub(super) program: &'p Program,
    pub(super) home: Home,
    uses: Uses,
    /// Names that types have among the components.
    taken: BTreeSet<&'p str>,
    referred: IndexSet<Named>,
    depth: u32,
    /// Whether files may come by a ticket.
    pub(super) uploads: bool,
}

/// One member of an object, whatever declares it.
pub(super) struct Member<'a> {
    name: &'a str,
    docs: &'a str,
    ty: &'a Type,
    default: Option<&'a quater_ir::expr::Expr>,
    secret: bool,
}

impl<'p> Schemas<'p> {
    /// For a document about values of these types.
    pub(super) fn new<'a>(
        program: &'p Program,
        home: Home,
        types: impl IntoIterator<Item = (&'a Type, Flow)>,
    ) -> Self {
        let uses = uses::count(program, types);
        let taken = match home {
            Home::Tool => BTreeSet::new(),
            Home::Components => names(program).collect(),
        };
        Self { program, home, uses, taken, referred: IndexSet::new(), depth: 0, uploads: false }
    }

    /// The values of a type, going one way.
    pub(super) fn value(&mut self, ty: &Type, flow: Flow) -> Schema {
        match ty {
            Type::Bool => Schema::of("boolean"),
            Type::Int(bounds) => self.int(bounds),
            Type::Float(bounds) => Schema {
                minimum: bounds.min.and_then(Number::from_f64),
                maximum: bounds.max.and_then(Number::from_f64),
                ..Schema::of("number")
            },
            Type::Decimal { scale, bounds } => self.decimal(*scale, bounds),
            Type::Text(rules) => self.text(rules, flow),
            Type::Bytes { max } => Schema {
                content_encoding: Some("base64"),
                max_length: max.map(|max| max.div_ceil(3) * 4),
                ..Schema::of("string")
            },
            Type::Uuid => Schema::text("uuid"),
            Type::Date => Schema::text("date"),
            Type::Instant => Schema::text("date-time"),
            // Years and months are of no one length, and not taken.
            Type::Duration => {
                Schema { pattern: Some("^-?P[^YMT]*(T.*)?$".to_owned()), ..Schema::text("duration") }
            }
            Type::Json => Schema::default(),
            Type::Url => Schema { max_length: Some(URL_LIMIT.into()), ..Schema::text("uri") },
            Type::Email => Schema { max_length: Some(EMAIL_LIMIT.into()), ..Schema::text("email") },
            Type::Password => Schema { write_only: true, ..Schema::text("password") },
            Type::Enum(id) => self.enumeration(*id),
            Type::Record(id) => self.record(*id, flow),
            Type::Ref(id) | Type::Row(id) => {
                let entity = &self.program.entities[*id];
                let key = self.value(&entity.columns[entity.key].ty, flow);
                key.described(&format!("The key of a `{}`.", entity.name))
            }
            Type::List(item, bounds) => Schema {
                items: Some(Box::new(self.value(item, flow))),
                min_items: bounds.min,
                max_items: bounds.max,
                ..Schema::of("array")
            },
            Type::Optional(inner) => self.value(inner, flow).or_null(),
            Type::Null => Schema::of("null"),
            Type::Page(page) => self.page(page, flow),
            Type::Map(key, of, bounds) => self.map(key, of, bounds, flow),
            Type::Tuple(parts) => self.tuple(parts, flow),
            Type::Union(id) => self.union(*id, flow),
            Type::Patch(id) => self.patch(*id, flow),
            Type::File(rules) if flow == Flow::In && self.home == Home::Tool => {
                structure::given_file(rules, self.uploads)
            }
            Type::File(_) => structure::file(),
            Type::Stream(of) => Schema { items: Some(Box::new(self.value(of, flow))), ..Schema::of("array") },
        }
    }

    /// A part of a list with the way to the next part, or with how many there are in all.
    pub(super) fn page(&mut self, page: &Page, flow: Flow) -> Schema {
        self.depth += 1;
        let items = Schema {
            items: Some(Box::new(self.value(&page.of, flow))),
            max_items: Some(page.most),
            ..Schema::of("array")
        };
        self.depth -= 1;
        let (name, other) = if page.by_offset {
            let total = Schema { minimum: Some(0.into()), ..self.int(&Bounds::ANY) };
            ("total", total.described("How many items there are in all."))
        } else {
            let next = Schema::of("string").or_null();
            ("next", next.described("The `cursor` of the page after this one; null at the end."))
        };
        let mut object = Schema::of("object");
        for (name, schema) in [("items", items), (name, other)] {
            object.required.push(name.to_owned());
            object.properties.insert(name.to_owned(), schema);
        }
        object
    }

    fn text(&self, rules: &TextRules, flow: Flow) -> Schema {
        let exactly = self.home == Home::Components && flow == Flow::In;
        Schema {
            pattern: if exactly { Some(pattern::of_text_exactly(rules)) } else { pattern::of_text(rules) },
            min_length: rules.length.min.filter(|min| *min > 0).map(u64::from),
            max_length: rules.length.max.map(u64::from),
            ..Schema::of("string")
        }
    }

    fn int(&self, bounds: &Bounds<i64>) -> Schema {
        Schema {
            format: (self.home == Home::Components).then_some("int64"),
            minimum: Some(bounds.min.unwrap_or(-INT_LIMIT).into()),
            maximum: Some(bounds.max.unwrap_or(INT_LIMIT).into()),
            ..Schema::of("integer")
        }
    }

    fn decimal(&self, scale: u8, bounds: &Bounds<Decimal>) -> Schema {
        if self.program.service.decimals_as_numbers {
            let number = |bound: Option<Decimal>| bound?.to_f64().and_then(Number::from_f64);
            return Schema {
                minimum: number(bounds.min),
                maximum: number(bounds.max),
                ..Schema::of("number")
            };
        }
        let schema = Schema { pattern: Some(pattern::of_decimal(scale, bounds)), ..Schema::of("string") };
        schema.described(&match (bounds.min, bounds.max) {
            (None, None) => String::new(),
            (Some(min), None) => format!("A decimal of at least {}.", min.normalize()),
            (None, Some(max)) => format!("A decimal of at most {}.", max.normalize()),
            (Some(min), Some(max)) => format!("A decimal from {} to {}.", min.normalize(), max.normalize()),
        })
    }

    fn enumeration(&mut self, id: Id<Enum>) -> Schema {
        match self.home {
            Home::Tool => words(&self.program.enums[id]),
            Home::Components => self.reference(Named::Enum(id)),
        }
    }

    /// Whether a record is written out where it stands.
    pub(super) fn in_place(&self, id: Id<Record>, flow: Flow) -> bool {
        let once = self.uses.get(&(id, flow)).is_some_and(|places| *places == 1);
        match self.home {
            Home::Tool => once && self.depth < INLINE_DEPTH,
            Home::Components => false,
        }
    }

    fn record(&mut self, id: Id<Record>, flow: Flow) -> Schema {
        let named = self.program.records[id].name.is_some();
        if named && !self.in_place(id, flow) {
            return self.reference(Named::Record(id, flow));
        }
        self.members(id, flow)
    }

    /// A record, written out.
    pub(super) fn members(&mut self, id: Id<Record>, flow: Flow) -> Schema {
        let program = self.program;
        let record = &program.records[id];
        let shown = record.fields.values().filter(|field| flow == Flow::In || !field.secret);
        let schema = self.object(shown.map(Member::from), flow);
        schema.described(&record.docs)
    }

    /// An object with a member for each of these inputs.
    pub(super) fn inputs<'a>(&mut self, inputs: impl IntoIterator<Item = &'a Input>) -> Schema {
        self.object(inputs.into_iter().map(Member::from), Flow::In)
    }

    /// An object of inputs as parts of a body: files are bytes there, and what is optional is left out.
    pub(super) fn parts(&mut self, inputs: Vec<&Input>) -> Schema {
        let mut object = self.inputs(inputs.iter().copied());
        for input in inputs {
            let member = if let Type::File(_) = input.ty.required() {
                let docs = Some(input.docs.trim().to_owned()).filter(|docs| !docs.is_empty());
                Schema { format: Some("binary"), description: docs, ..Schema::of("string") }
            } else {
                self.parameter(input)
            };
            object.properties.insert(input.name.to_string(), member);
        }
        object
    }

    /// One input where there is no null: what is optional is left out.
    pub(super) fn parameter(&mut self, input: &Input) -> Schema {
        self.member(&Member { docs: "", ty: input.ty.required(), ..Member::from(input) }, Flow::In)
    }

    /// One input, by itself.
    pub(super) fn input(&mut self, input: &Input) -> Schema {
        self.member(&Member::from(input), Flow::In)
    }

    fn object<'a>(&mut self, members: impl IntoIterator<Item = Member<'a>>, flow: Flow) -> Schema {
        let mut object = Schema::of("object");
        self.depth += 1;
        for member in members {
            let needed = flow == Flow::Out || (member.default.is_none() && !member.ty.is_optional());
            if needed {
                object.required.push(member.name.to_owned());
            }
            object.properties.insert(member.name.to_owned(), self.member(&member, flow));
        }
        self.depth -= 1;
        let closed = flow == Flow::In && !self.program.service.ignore_unknown_members;
        object.additional_properties = closed.then_some(Others::May(false));
        object
    }

    pub(super) fn member(&mut self, member: &Member<'_>, flow: Flow) -> Schema {
        let mut schema = self.value(member.ty, flow);
        schema = if let (Home::Tool, Type::Enum(id)) = (self.home, member.ty.required())
            && !member.docs.is_empty()
        {
            // What a place is for must not take away what its enum says of the members.
            schema.described(&explained(member.docs, &self.program.enums[*id]))
        } else {
            schema.described(member.docs)
        };
        if flow == Flow::In {
            let as_numbers = self.program.service.decimals_as_numbers;
            let default = member.default;
            schema.default = default.and_then(|it| literal::of_default(it, member.ty, as_numbers));
        }
        if member.secret {
            schema.write_only = true;
            if matches!(member.ty.required(), Type::Text(_)) {
                schema.format = Some("password");
            }
        }
        schema
    }

    pub(super) fn reference(&mut self, named: Named) -> Schema {
        let name = self.name(named);
        self.referred.insert(named);
        Schema::at(match self.home {
            Home::Tool => format!("#/$defs/{name}"),
            Home::Components => format!("#/components/schemas/{name}"),
        })
    }

    /// What a type is called in the document.
    pub(super) fn name(&self, named: Named) -> String {
        match named {
            Named::Enum(id) => self.program.enums[id].name.to_string(),
            Named::Record(id, flow) => self.name_of(id, "", flow),
            Named::Variant(id, flow) => self.name_of(id, "Variant", flow),
            Named::Patch(id) => self.name_of(id, "", Flow::Out),
            Named::Union(id, flow) => {
                let union = &self.program.unions[id];
                let name = union.name.as_ref().map_or("", |name| name.as_str());
                let way = |member: &types::Member| self.uses.contains_key(&(member.record, Flow::Out));
                let both = flow == Flow::In && union.members.iter().any(way);
                if both { self.unused(format!("{name}Input")) } else { name.to_owned() }
            }
        }
    }

    fn name_of(&self, id: Id<Record>, suffix: &str, flow: Flow) -> String {
        let name = self.program.records[id].name.as_ref().map_or("", |name| name.as_str());
        let both = flow == Flow::In && self.uses.contains_key(&(id, Flow::Out));
        match (suffix, both) {
            ("", false) => name.to_owned(),
            (_, true) => self.unused(format!("{name}{suffix}Input")),
            (_, false) => self.unused(format!("{name}{suffix}")),
        }
    }

    /// The name, longer by as many `_` as it takes to be no type of the program.
    pub(super) fn unused(&self, mut name: String) -> String {
        while self.taken.contains(name.as_str()) {
            name.push('_');
        }
        name
    }

    /// Every type that was referred to, and those that they refer to, by name.
    pub(super) fn referred(&mut self) -> IndexMap<String, Schema> {
        let mut schemas = IndexMap::new();
        let mut at = 0;
        while let Some(named) = self.referred.get_index(at).copied() {
            let schema = match named {
                Named::Record(id, flow) => self.members(id, flow),
                Named::Variant(id, flow) => self.variant(id, flow),
                Named::Union(id, flow) => self.one_of(id, flow),
                Named::Patch(id) => self.changes(id),
                Named::Enum(id) => words(&self.program.enums[id]),
            };
            schemas.insert(self.name(named), schema);
            at += 1;
        }
        schemas.sort_keys();
        schemas
    }
}

fn names(program: &Program) -> impl Iterator<Item = &str> {
    let records = program.records.values().filter_map(|record| record.name.as_deref());
    let unions = program.unions.values().filter_map(|union| union.name.as_deref());
    records.chain(unions).chain(program.enums.values().map(|it| it.name.as_str()))
}

fn words(members: &Enum) -> Schema {
    Schema::words(members.members.iter().map(|member| member.as_str()))
        .described(&explained(&members.docs, members))
}

/// What something is for, and what the members of its enum are for that say it.
fn explained(docs: &str, members: &Enum) -> String {
    let mut paragraphs: Vec<String> = (!docs.is_empty()).then(|| docs.to_owned()).into_iter().collect();
    let told = members.told.iter().map(|(name, docs)| {
        let words: Vec<&str> = docs.split_whitespace().collect();
        format!("- `{name}`: {}", words.join(" "))
    });
    let told: Vec<String> = told.collect();
    paragraphs.extend((!told.is_empty()).then(|| told.join("\n")));
    paragraphs.join("\n\n")
}

impl<'a> From<&'a Field> for Member<'a> {
    fn from(field: &'a Field) -> Self {
        let Field { name, docs, ty, default, secret, source: _ } = field;
        Self { name, docs, ty, default: default.as_ref(), secret: *secret }
    }
}

impl<'a> From<&'a Input> for Member<'a> {
    fn from(input: &'a Input) -> Self {
        let Input { name, docs, ty, default, secret, place: _, slot: _ } = input;
        Self { name, docs, ty, default: default.as_ref(), secret: *secret }
    }
}

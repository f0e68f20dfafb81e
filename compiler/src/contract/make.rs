//! A program's contract.
use super::expression;
use super::shape::{Finite, Plain};
use super::{
    Access, Auth, Column, Contract, FORMAT, Fault, Files, Input, Member, Operation, Proof, Relation, Scalar,
    Service, Shape, Table,
};
use quater_ir::entity::Entity;
use quater_ir::operation::{self, Place};
use quater_ir::storage::{self, Check, StoredColumn, StoredKind};
use quater_ir::types::{Bounds, Field, Record, TextRules, Type, Union};
use quater_ir::value::Literal;
use quater_ir::{Arena, Id, Program, auth};
use rust_decimal::Decimal;
use smol_str::{SmolStr, format_smolstr};
use std::collections::{BTreeMap, BTreeSet};

/// What callers see of a program, and its tables.
pub fn contract(program: &Program) -> Contract {
    let mut maker = Maker { program, named: BTreeMap::new(), open: Vec::new(), unions: BTreeMap::new() };
    let has_door = |operation: &&operation::Operation| {
        let doors = operation.doors;
        doors.http || doors.mcp || doors.cli
    };
    let called: BTreeMap<&SmolStr, _> =
        program.operations.values().filter(has_door).map(|it| (&it.name, it)).collect();
    let mut operations: BTreeMap<SmolStr, Operation> =
        called.into_iter().map(|(name, it)| (name.clone(), maker.operation(it))).collect();
    surface(program, &mut operations);
    let used =
        |fault: &&quater_ir::fault::Fault| operations.values().any(|it| it.errors.contains(&fault.name));
    let errors =
        program.faults.values().filter(used).map(|fault| (fault.name.clone(), maker.fault(fault))).collect();
    let types = maker.types();
    let enums = program.enums.values().map(|it| (it.name.clone(), it.members.iter().cloned().collect()));
    Contract {
        lock: FORMAT,
        service: service(&program.service),
        auths: program.auths.values().map(|it| (it.name.clone(), auth(it))).collect(),
        operations,
        types,
        enums: enums.collect(),
        unions: maker.unions,
        errors,
        tables: program.storage.tables.iter().map(|it| (it.name.clone(), table(program, it))).collect(),
    }
}

fn service(service: &quater_ir::Service) -> Service {
    Service {
        name: service.name.clone(),
        version: service.version,
        hosts: service.hosts.iter().cloned().collect(),
        body: service.body_limit,
        ignores_unknown_members: service.ignore_unknown_members,
        decimals_are_numbers: service.decimals_as_numbers,
    }
}

fn auth(auth: &auth::Auth) -> Auth {
    let proof = match auth.proof {
        auth::Proof::Jwt { .. } => Proof::Jwt,
        auth::Proof::Opaque => Proof::Opaque,
        auth::Proof::Password { .. } => Proof::Password,
        auth::Proof::Oauth { .. } => Proof::Oauth,
    };
    let scheme = match &auth.carrier {
        auth::Carrier::Scheme(word) => word.clone(),
        auth::Carrier::Header(name) => format!("header {name}").into(),
        auth::Carrier::Cookie(name) => format!("cookie {name}").into(),
        auth::Carrier::Basic => "Basic".into(),
    };
    Auth { on: auth.doors, scheme, proof }
}

/// Routes, tools and commands, each to its operation.
fn surface(program: &Program, operations: &mut BTreeMap<SmolStr, Operation>) {
    let name = |id: Id<operation::Operation>| &program.operations[id].name;
    for route in &program.surface.routes {
        if let Some(operation) = operations.get_mut(name(route.operation)) {
            let line = format_smolstr!("{} {}", route.method.name(), route.path);
            operation.http.insert(line, route.status);
        }
    }
    for tool in &program.surface.tools {
        if let Some(operation) = operations.get_mut(name(tool.operation)) {
            operation.mcp.insert(tool.name.clone());
        }
    }
    for command in &program.surface.commands {
        if let Some(operation) = operations.get_mut(name(command.operation)) {
            operation.cli.insert(command.words.join(" "));
        }
    }
}

/// Gives records names, and remembers which have not been described yet.
struct Maker<'p> {
    program: &'p Program,
    named: BTreeMap<Id<Record>, SmolStr>,
    /// With whether each of its members may be left out.
    open: Vec<(Id<Record>, bool)>,
    unions: BTreeMap<SmolStr, BTreeSet<SmolStr>>,
}

impl Maker<'_> {
    fn operation(&mut self, operation: &operation::Operation) -> Operation {
        let name = &operation.name;
        let inputs = operation.inputs.iter();
        let output = operation.output.as_ref();
        Operation {
            access: operation.access.iter().flat_map(|it| access(self.program, it)).collect(),
            http: BTreeMap::new(),
            mcp: BTreeSet::new(),
            cli: BTreeSet::new(),
            inputs: inputs.map(|input| (input.name.clone(), self.input(name, input))).collect(),
            output: output.map(|ty| self.shape(ty, &format!("{name}.output"))),
            errors: operation.faults.iter().map(|id| self.program.faults[*id].name.clone()).collect(),
        }
    }

    fn input(&mut self, operation: &str, input: &operation::Input) -> Input {
        let place = match &input.place {
            Place::Path => "path".to_owned(),
            Place::Query => "query".to_owned(),
            Place::Member => "member".to_owned(),
            Place::Body => "body".to_owned(),
            Place::Part => "part".to_owned(),
            Place::Header(name) => format!("header {name}"),
            Place::Cookie(name) => format!("cookie {name}"),
        };
        Input {
            shape: self.shape(&input.ty, &format!("{operation}.{}", input.name)),
            place,
            required: input.default.is_none() && !input.ty.is_optional(),
            default: input.default.as_ref().map(|default| expression::text(self.program, default)),
        }
    }

    fn fault(&mut self, fault: &quater_ir::fault::Fault) -> Fault {
        Fault { status: fault.status, data: self.members(&fault.fields, &fault.name) }
    }

    fn members(&mut self, fields: &Arena<Field>, of: &str) -> BTreeMap<SmolStr, Member> {
        fields
            .values()
            .map(|field| (field.name.clone(), self.member(field, &format!("{of}.{}", field.name))))
            .collect()
    }

    fn member(&mut self, field: &Field, here: &str) -> Member {
        Member {
            shape: self.shape(&field.ty, here),
            required: field.default.is_none() && !field.ty.is_optional(),
            default: field.default.as_ref().map(|default| expression::text(self.program, default)),
        }
    }

    /// Every record that was met, and those that they are made of.
    fn types(&mut self) -> BTreeMap<SmolStr, BTreeMap<SmolStr, Member>> {
        let mut types = BTreeMap::new();
        while let Some((id, patch)) = self.open.pop() {
            if let Some(name) = self.named.get(&id).cloned() {
                let mut members = self.members(&self.program.records[id].fields, &name);
                members.values_mut().for_each(|member| member.required &= !patch);
                types.insert(name, members);
            }
        }
        types
    }

    fn union(&mut self, id: Id<Union>, here: &str) -> SmolStr {
        let union = &self.program.unions[id];
        let name = union.name.clone().unwrap_or_else(|| here.into());
        let members = union.members.iter().map(|member| self.record(member.record, false, here)).collect();
        self.unions.insert(name.clone(), members);
        name
    }

    fn record(&mut self, id: Id<Record>, patch: bool, here: &str) -> SmolStr {
        if let Some(name) = self.named.get(&id) {
            return name.clone();
        }
        let name = self.program.records[id].name.clone().unwrap_or_else(|| here.into());
        self.open.push((id, patch));
        self.named.insert(id, name.clone());
        name
    }

    fn shape(&mut self, ty: &Type, here: &str) -> Shape {
        let scalar = match ty {
            Type::Int(bounds) => Scalar::Int(*bounds),
            Type::Float(bounds) => {
                Scalar::Float(Bounds { min: bounds.min.map(Finite), max: bounds.max.map(Finite) })
            }
            Type::Decimal { scale, bounds } => Scalar::Decimal(*scale, normal(bounds)),
            Type::Text(rules) => Scalar::Text(rules.clone()),
            Type::Bytes { max } => Scalar::Bytes(Bounds { min: None, max: *max }),
            Type::Bool => Scalar::Plain(Plain::Bool),
            Type::Uuid => Scalar::Plain(Plain::Uuid),
            Type::Date => Scalar::Plain(Plain::Date),
            Type::Instant => Scalar::Plain(Plain::Instant),
            Type::Duration => Scalar::Plain(Plain::Duration),
            Type::Json => Scalar::Plain(Plain::Json),
            Type::Url => Scalar::Plain(Plain::Url),
            Type::Email => Scalar::Plain(Plain::Email),
            Type::Password => Scalar::Plain(Plain::Password),
            Type::Null => Scalar::Plain(Plain::Null),
            Type::Enum(id) => return Shape::Enum(self.program.enums[*id].name.clone()),
            Type::Record(id) => return Shape::Record(self.record(*id, false, here)),
            Type::Ref(id) | Type::Row(id) => {
                let entity = &self.program.entities[*id];
                return self.shape(&entity.columns[entity.key].ty, here);
            }
            Type::List(item, bounds) => return Shape::List(Box::new(self.shape(item, here)), *bounds),
            Type::Page(page) => return Shape::Page(Box::new(self.shape(&page.of, here)), page.by_offset),
            Type::Optional(inner) => return Shape::Optional(Box::new(self.shape(inner, here))),
            Type::Map(key, of, bounds) => {
                let (key, of) = (Box::new(self.shape(key, here)), Box::new(self.shape(of, here)));
                return Shape::Map(key, of, *bounds);
            }
            Type::Tuple(parts) => {
                let part = |(at, part): (usize, &Type)| self.shape(part, &format!("{here}.{at}"));
                return Shape::Tuple(parts.iter().enumerate().map(part).collect());
            }
            Type::Union(id) => return Shape::Union(self.union(*id, here)),
            Type::Patch(id) => return Shape::Patch(self.record(*id, true, here)),
            Type::File(rules) => {
                let size = Bounds { min: None, max: rules.max };
                return Shape::File(Files { media: rules.media.clone(), size });
            }
            Type::Stream(of) => return Shape::Stream(Box::new(self.shape(of, here))),
        };
        Shape::Scalar(scalar)
    }
}

fn normal(bounds: &Bounds<Decimal>) -> Bounds<Decimal> {
    Bounds { min: bounds.min.map(|it| it.normalize()), max: bounds.max.map(|it| it.normalize()) }
}

/// One `allow`, each of its roles for itself.
pub(crate) fn access(program: &Program, access: &operation::Access) -> Vec<Access> {
    let role = |literal: &Literal| match literal {
        Literal::Text(name) => name.to_string(),
        Literal::Int(number) => number.to_string(),
        Literal::Bool(truth) => truth.to_string(),
        Literal::Null => "null".to_owned(),
        Literal::Float(number) => number.to_string(),
        Literal::Decimal(number) => number.to_string(),
        Literal::Duration(length) => format!("{length}ms"),
    };
    match access {
        operation::Access::Public => vec![Access::Public],
        operation::Access::SignedIn => vec![Access::SignedIn],
        operation::Access::Role(roles) => roles.iter().map(|it| Access::Role(role(it))).collect(),
        operation::Access::When(condition) => vec![Access::When(expression::text(program, condition))],
    }
}

fn table(program: &Program, table: &storage::Table) -> Table {
    let entity = program.entities.values().find(|entity| entity.table == table.name);
    let column = |column: &StoredColumn| {
        let default = entity.and_then(|entity| default(program, entity, &column.name));
        let (was, were) = (column.origin.was.clone(), column.origin.renamed.iter().cloned().collect());
        Column { shape: stored(column), one_of: one_of(column), default, was, were }
    };
    Table {
        key: table.key.clone(),
        columns: table.columns.iter().map(|it| (it.name.clone(), column(it))).collect(),
        uniques: table.uniques.iter().cloned().collect(),
        relations: table
            .foreign_keys
            .iter()
            .map(|it| (it.column.clone(), Relation { table: it.table.clone(), on_delete: it.on_delete }))
            .collect(),
        indexes: table.indexes.iter().map(super::storage::line).collect(),
    }
}

fn default(program: &Program, entity: &Entity, sql: &str) -> Option<String> {
    let column = entity.columns.values().find(|column| column.sql == sql)?;
    column.default.as_ref().map(|default| expression::text(program, default))
}

fn one_of(column: &StoredColumn) -> BTreeSet<SmolStr> {
    match &column.check {
        Some(Check::OneOf(members)) => members.iter().cloned().collect(),
        Some(Check::Range { .. } | Check::Length { .. }) | None => BTreeSet::new(),
    }
}

/// A stored column as a type.
fn stored(column: &StoredColumn) -> Shape {
    let int = |check: &Option<Check>| match check {
        Some(Check::Range { min, max }) => Bounds { min: *min, max: *max },
        Some(Check::Length { .. } | Check::OneOf(_)) | None => Bounds::ANY,
    };
    let text = || match &column.check {
        Some(Check::Length { min, max }) => {
            TextRules { length: Bounds { min: *min, max: *max }, ..TextRules::ANY }
        }
        Some(Check::OneOf(_) | Check::Range { .. }) | None => TextRules::ANY,
    };
    let scalar = match column.kind {
        StoredKind::Int => Scalar::Int(int(&column.check)),
        StoredKind::Decimal(scale) => {
            let units = int(&column.check);
            let value =
                |units: i64| Decimal::try_from_i128_with_scale(i128::from(units), u32::from(scale)).ok();
            let bounds = Bounds { min: units.min.and_then(value), max: units.max.and_then(value) };
            Scalar::Decimal(scale, normal(&bounds))
        }
        StoredKind::Text => Scalar::Text(text()),
        StoredKind::Bytes => Scalar::Bytes(Bounds::ANY),
        StoredKind::Float => Scalar::Float(Bounds::ANY),
        StoredKind::Bool => Scalar::Plain(Plain::Bool),
        StoredKind::Uuid => Scalar::Plain(Plain::Uuid),
        StoredKind::Date => Scalar::Plain(Plain::Date),
        StoredKind::Instant => Scalar::Plain(Plain::Instant),
        StoredKind::Duration => Scalar::Plain(Plain::Duration),
        StoredKind::Json => Scalar::Plain(Plain::Json),
    };
    let shape = Shape::Scalar(scalar);
    if column.optional { Shape::Optional(Box::new(shape)) } else { shape }
}

//! A program's contract.
use super::shape::{Finite, Plain};
use super::{
    Auth, Channel, Column, Contract, FORMAT, Fault, Files, Input, Job, Member, Operation, Proof, Relation,
    Scalar, Service, Shape, Table,
};
use super::{allowance, surface};
use quater_ir::access_report::changes;
use quater_ir::expr::text;
use quater_ir::operation::{self, Place};
use quater_ir::storage::{self, Check, StoredColumn, StoredKind};
use quater_ir::types::{Bounds, Field, Record, TextRules, Type, Union};
use quater_ir::{Arena, Id, Program, auth, channel, job};
use rust_decimal::Decimal;
use smol_str::SmolStr;
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
    surface::surface(program, &mut operations);
    let channels: BTreeMap<SmolStr, Channel> =
        program.channels.values().map(|it| (it.name.clone(), maker.channel(it))).collect();
    let jobs = program.jobs.values().map(|it| (it.name.clone(), maker.job(it))).collect();
    let ends = |errors: &BTreeSet<SmolStr>, fault: &quater_ir::fault::Fault| errors.contains(&fault.name);
    let used = |fault: &&quater_ir::fault::Fault| {
        operations.values().any(|it| ends(&it.errors, fault))
            || channels.values().any(|it| ends(&it.errors, fault))
    };
    let errors =
        program.faults.values().filter(used).map(|fault| (fault.name.clone(), maker.fault(fault))).collect();
    let tables = program.storage.tables.iter().map(|it| (it.name.clone(), maker.table(it))).collect();
    let types = maker.types();
    let renamed = program.enums.values().filter(|it| !it.renamed.is_empty());
    let renamed = renamed.map(|it| (it.name.clone(), it.renamed.iter().cloned().collect())).collect();
    let enums = program.enums.values().map(|it| (it.name.clone(), it.members.iter().cloned().collect()));
    Contract {
        lock: FORMAT,
        service: service(&program.service),
        auths: program.auths.values().map(|it| (it.name.clone(), auth(it))).collect(),
        operations,
        channels,
        jobs,
        assets: surface::assets(program),
        types,
        enums: enums.collect(),
        renamed,
        unions: maker.unions,
        errors,
        tables,
    }
}

fn service(service: &quater_ir::Service) -> Service {
    Service {
        name: service.name.clone(),
        version: service.version,
        hosts: service.hosts.iter().cloned().collect(),
        cors: service.cors.iter().cloned().collect(),
        limits: allowance::limits(&service.limits),
        errors: service.errors.as_ref().map(Into::into),
        body: service.body_limit,
        upload: service.upload_limit,
        docs: service.docs_path.clone(),
        ignores_unknown_members: service.ignore_unknown_members,
        decimals_are_numbers: service.decimals_as_numbers,
    }
}

fn auth(auth: &auth::Auth) -> Auth {
    let (proof, algorithms): (_, &[auth::Algorithm]) = match &auth.proof {
        auth::Proof::Jwt { algorithms, .. } => (Proof::Jwt, algorithms),
        auth::Proof::Opaque => (Proof::Opaque, &[]),
        auth::Proof::Password { .. } => (Proof::Password, &[]),
        auth::Proof::Oauth { algorithms, .. } => (Proof::Oauth, algorithms),
    };
    let scheme = match &auth.carrier {
        auth::Carrier::Scheme(word) => word.clone(),
        auth::Carrier::Header(name) => format!("header {name}").into(),
        auth::Carrier::Cookie(name) => format!("cookie {name}").into(),
        auth::Carrier::Basic => "Basic".into(),
    };
    let algorithms = algorithms.iter().map(|it| it.name().into()).collect();
    Auth { on: auth.doors, scheme, proof, algorithms }
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
            access: allowance::anyone(self.program, &operation.access),
            http: BTreeMap::new(),
            mcp: BTreeSet::new(),
            resources: BTreeSet::new(),
            prompts: BTreeSet::new(),
            cli: BTreeSet::new(),
            inputs: inputs.map(|input| (input.name.clone(), self.input(name, input))).collect(),
            output: output.map(|ty| self.shape(ty, &format!("{name}.output"))),
            errors: self.errors(&operation.faults).collect(),
            limits: allowance::limits(&operation.limits),
            idempotent: operation.idempotent,
            approval: allowance::approval(self.program, operation),
            deprecated: allowance::deprecated(&operation.lifecycle),
        }
    }

    fn errors<'a>(&'a self, faults: &'a [Id<quater_ir::fault::Fault>]) -> impl Iterator<Item = SmolStr> + 'a {
        faults.iter().map(|id| self.program.faults[*id].name.clone())
    }

    fn channel(&mut self, channel: &channel::Channel) -> Channel {
        let name = &channel.name;
        let ways = [(channel.socket, "ws"), (channel.events, "sse")];
        let watches = channel.watches.iter().flat_map(|it| changes(self.program, &it.watch));
        let receives = channel.receives.as_ref();
        let answers = receives.map_or(&[][..], |it| &it.faults);
        Channel {
            access: allowance::anyone(self.program, &channel.access),
            path: channel.path.clone(),
            via: ways.into_iter().filter(|(is, _)| *is).map(|(_, way)| way.into()).collect(),
            on: watches.collect(),
            errors: self.errors(&channel.faults).chain(self.errors(answers)).collect(),
            limits: allowance::limits(&channel.limits),
            deprecated: allowance::deprecated(&channel.lifecycle),
            inputs: channel.inputs.iter().map(|it| (it.name.clone(), self.input(name, it))).collect(),
            sends: channel.sends.as_ref().map(|ty| self.shape(ty, &format!("{name}.sends"))),
            receives: receives.map(|it| self.shape(&it.ty, &format!("{name}.receives"))),
        }
    }

    fn job(&mut self, job: &job::Job) -> Job {
        let kept = job.inputs.iter().map(|input| {
            let shape = self.shape(&input.ty, &format!("{}.{}", job.name, input.name));
            let member = Member { required: !input.ty.is_optional(), shape, default: None };
            (input.name.clone(), member)
        });
        Job { inputs: kept.collect() }
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
            default: input.default.as_ref().map(|default| text(self.program, default)),
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
            default: field.default.as_ref().map(|default| text(self.program, default)),
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

impl Maker<'_> {
    fn table(&mut self, table: &storage::Table) -> Table {
        let entity = self.program.entities.values().find(|entity| entity.table == table.name);
        let mut columns = BTreeMap::new();
        for column in &table.columns {
            let declared = entity.and_then(|it| it.columns.values().find(|it| it.sql == column.name));
            let default = declared.and_then(|it| it.default.as_ref());
            let default = default.map(|it| text(self.program, it));
            // A field that got another column had the one of its own name before.
            let was = column.origin.was.clone().or_else(|| column.origin.field.clone());
            let were = column.origin.renamed.iter().cloned().collect();
            let backfilled = declared.is_some_and(|column| column.backfill.is_some());
            let shape = match declared.filter(|_| column.shape.is_some()) {
                Some(it) => self
                    .shape(&untidied(&it.ty), &format!("{}.{}", entity.map_or("", |it| &it.name), it.name)),
                None => stored(column),
            };
            let one_of = one_of(column);
            columns.insert(column.name.clone(), Column { shape, one_of, default, was, backfilled, were });
        }
        let relation = |it: &storage::ForeignKey| {
            (it.column.clone(), Relation { table: it.table.clone(), on_delete: it.on_delete, most: it.most })
        };
        Table {
            key: table.key.clone(),
            columns,
            uniques: table.uniques.iter().cloned().collect(),
            relations: table.foreign_keys.iter().map(relation).collect(),
            indexes: table.indexes.iter().map(super::storage::line).collect(),
        }
    }
}

/// A type of a column without how texts are made tidy, which is nothing to those that are stored.
fn untidied(ty: &Type) -> Type {
    if let Type::Optional(of) = ty {
        Type::Optional(Box::new(untidied(of)))
    } else if let Type::Text(rules) = ty {
        Type::Text(TextRules { trim: false, case: None, ..rules.clone() })
    } else {
        ty.clone()
    }
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

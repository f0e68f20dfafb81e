//! A program made by hand: every kind of type, and one route of every kind.
use quater_compiler::emit::{openapi, tool};
use quater_ir::auth::{Algorithm, Auth, Carrier, JwtKey, Lookup, Proof};
use quater_ir::body::{Assign, Select, Statement, Update};
use quater_ir::builtin::Builtin;
use quater_ir::entity::{Column, Entity, Numbering, OnDelete, Unique};
use quater_ir::expr::{Expr, Node, Slot};
use quater_ir::fault::{self, Fault, Part};
use quater_ir::operation::{Access, Doors, Input, Operation, Place};
use quater_ir::surface::{Method, Route, Surface};
use quater_ir::types::{Bounds, Case, Enum, Field, Record, TextRules, Type};
use quater_ir::value::Literal;
use quater_ir::{Arena, FORMAT, Id, Program, Service};
use rust_decimal::Decimal;
use smol_str::SmolStr;

pub(crate) const STATUS: Id<Enum> = Id::new(0);
pub(crate) const PERSON: Id<Entity> = Id::new(1);
pub(crate) const ORDER: Id<Entity> = Id::new(0);

const LINE: Id<Record> = Id::new(0);
const COMMENT: Id<Record> = Id::new(1);
const CARD: Id<Record> = Id::new(2);
const TOKEN: Id<Record> = Id::new(3);

pub(crate) fn text(min: u32, max: u32) -> Type {
    Type::Text(TextRules { length: Bounds { min: Some(min), max: Some(max) }, ..TextRules::ANY })
}

pub(crate) fn money(min: Option<i64>) -> Type {
    Type::Decimal { scale: 2, bounds: Bounds { min: min.map(|cents| Decimal::new(cents, 2)), max: None } }
}

fn list(of: Type, min: u32, max: u32) -> Type {
    Type::List(Box::new(of), Bounds { min: Some(min), max: Some(max) })
}

fn int(min: i64, max: i64) -> Type {
    Type::Int(Bounds { min: Some(min), max: Some(max) })
}

pub(crate) fn literal(value: Literal, ty: Type) -> Expr {
    Expr::new(Node::Literal(value), ty)
}

fn field(name: &str, ty: Type) -> Field {
    Field { name: name.into(), docs: String::new(), ty, default: None, secret: false, source: None }
}

fn record(name: Option<&str>, docs: &str, fields: Vec<Field>) -> Record {
    let fields = fields.into_iter().collect();
    Record { name: name.map(SmolStr::new), docs: docs.into(), fields, of: None }
}

fn records() -> Arena<Record> {
    let sku = TextRules { pattern: Some("[A-Z]{3}-[0-9]{4}".into()), ..TextRules::ANY };
    let gift = Field {
        default: Some(Expr::constant(false)),
        docs: "Wrapped in paper.".into(),
        ..field("gift", Type::Bool)
    };
    let line = vec![
        field("sku", Type::Text(sku)),
        field("qty", int(1, 99)),
        field("note", text(1, 20).optional()),
        gift,
    ];
    let again = list(Type::Record(COMMENT), 0, 5);
    let comment = vec![field("text", text(1, 200)), field("replies", again)];
    let key = Expr::new(Node::Column { up: 0, via: vec![], column: Id::new(0) }, Type::Uuid);
    let card = vec![
        Field { source: Some(key), ..field("id", Type::Uuid) },
        field("status", Type::Enum(STATUS)),
        field("before", Type::Enum(STATUS).optional()),
        field("total", money(None)),
        field("placed", Type::Instant),
        field("first", Type::Record(LINE).optional()),
        field("lines", list(Type::Record(LINE), 0, 50)),
        Field { secret: true, ..field("margin", money(None)) },
    ];
    let token = vec![field("token", Type::TEXT)];
    Arena::from_iter([
        record(Some("Line"), "What is ordered.", line),
        record(Some("Comment"), "", comment),
        Record { of: Some(ORDER), ..record(Some("OrderCard"), "An order, in short.", card) },
        record(None, "", token),
    ])
}

fn column(name: &str, ty: Type) -> Column {
    let on_delete = matches!(ty.required(), Type::Ref(_)).then_some(OnDelete::Restrict);
    Column {
        name: name.into(),
        sql: name.into(),
        docs: String::new(),
        ty,
        secret: false,
        default: None,
        on_update: None,
        on_delete,
        was: None,
        backfill: None,
        files: None,
    }
}

fn entity(name: &str, columns: Vec<Column>, numbering: Numbering, uniques: Vec<Vec<u32>>) -> Entity {
    let unique =
        |columns: Vec<u32>| Unique { columns: columns.into_iter().map(Id::new).collect(), fault: None };
    Entity {
        name: name.into(),
        docs: String::new(),
        resource: Id::new(0),
        table: name.to_lowercase().into(),
        columns: columns.into_iter().collect(),
        key: Id::new(0),
        numbering,
        tenant: None,
        uniques: uniques.into_iter().map(unique).collect(),
        sides: Arena::default(),
        computed: vec![],
        search: vec![],
    }
}

fn entities() -> Arena<Entity> {
    let word = Type::Text(TextRules { case: Some(Case::Lower), trim: true, ..TextRules::ANY });
    let order = vec![
        column("id", Type::Uuid),
        column("buyer", Type::Ref(PERSON)),
        column("status", Type::Enum(STATUS)),
        column("total", money(Some(1))),
        column("note", text(1, 80).optional()),
    ];
    let person = vec![
        column("id", Type::INT),
        column("email", Type::Email),
        column("branch", word),
        column("boss", Type::Ref(PERSON).optional()),
    ];
    Arena::from_iter([
        entity("Order", order, Numbering::Uuid, vec![]),
        entity("Person", person, Numbering::Database, vec![vec![1]]),
    ])
}

fn input(name: &str, ty: Type, place: Place, slot: u32) -> Input {
    let docs = String::new();
    Input { name: name.into(), docs, ty, default: None, secret: false, place, slot: Slot(slot) }
}

fn operation(name: &str, docs: &str, inputs: Vec<Input>, output: Option<Type>) -> Operation {
    Operation {
        inputs,
        output,
        doors: Doors::ALL,
        access: vec![Access::SignedIn],
        ..Operation::new(name.into(), docs.into())
    }
}

fn sign_up() -> Operation {
    let password = Input { secret: true, ..input("password", text(8, 200), Place::Member, 1) };
    let trimmed = TextRules { trim: true, length: Bounds { min: Some(1), max: Some(40) }, ..TextRules::ANY };
    let inputs = vec![
        input("email", Type::Email, Place::Member, 0),
        password,
        input("name", Type::Text(trimmed), Place::Member, 2),
        input("homepage", Type::Url.optional(), Place::Member, 3),
    ];
    let mut it = operation("sign_up", "Open an account.", inputs, Some(Type::Record(TOKEN)));
    it.access = vec![Access::Public];
    it.effects.creates = vec![PERSON];
    it.faults = vec![Id::new(fault::BUILTIN_COUNT as u32 + 1)];
    it
}

fn place_order() -> Operation {
    let gift = Input {
        default: Some(literal(Literal::Decimal(Decimal::new(5, 1)), money(Some(0)))),
        ..input("tip", money(Some(0)), Place::Member, 1)
    };
    let inputs = vec![
        input("lines", list(Type::Record(LINE), 1, 50), Place::Member, 0),
        gift,
        input("for_day", Type::Date.optional(), Place::Member, 2),
    ];
    let docs = "Place an order.\nEvery line comes off the stock, or nothing does.";
    let mut it = operation("place_order", docs, inputs, Some(Type::Record(CARD)));
    it.effects.creates = vec![ORDER];
    it.faults = vec![fault::INVALID, fault::CONFLICT, Id::new(fault::BUILTIN_COUNT as u32)];
    it
}

fn move_order() -> Operation {
    let inputs = vec![
        input("order", Type::Ref(ORDER), Place::Path, 0),
        input("to", Type::Enum(STATUS), Place::Member, 1),
    ];
    let mut it = operation("move_order", "Move an order on.", inputs, Some(Type::Record(CARD)));
    it.access = vec![Access::Role(vec![Literal::Text("staff".into()), Literal::Text("manager".into())])];
    it.effects.updates = vec![ORDER];
    it.faults = vec![fault::FORBIDDEN, fault::NOT_FOUND];
    let to = Expr::new(Node::Slot(Slot(1)), Type::Enum(STATUS));
    it.body.block = vec![Statement::Update {
        row: Slot(2),
        update: Update {
            entity: ORDER,
            values: vec![Assign::new(Id::new(2), to)],
            permit: Expr::constant(true),
            otherwise: None,
        },
    }];
    it
}

fn remove_some() -> Operation {
    let mut it = operation("remove_some", "Forget some people.", vec![], None);
    it.effects.deletes = vec![PERSON];
    let select = Select { take: Some(10), ..Select::new(PERSON, Expr::constant(true)) };
    it.body.block = vec![Statement::DeleteWhere { slot: None, select, otherwise: None }];
    it
}

fn list_orders() -> Operation {
    let status = input("status", Type::Enum(STATUS).optional(), Place::Query, 0);
    let most = Input {
        default: Some(literal(Literal::Int(20), Type::INT)),
        docs: "How many at most.".into(),
        ..input("most", int(1, 100), Place::Query, 1)
    };
    let trace = input("trace", text(1, 64).optional(), Place::Header("x-trace".into()), 2);
    operation(
        "list_orders",
        "Orders, newest first.",
        vec![status, most, trace],
        Some(list(Type::Record(CARD), 0, 100)),
    )
}

fn get_order() -> Operation {
    let inputs = vec![input("id", Type::Ref(ORDER), Place::Path, 0)];
    operation("get_order", "One order. Its lines come with it.", inputs, Some(Type::Record(CARD)))
}

fn kinds() -> Operation {
    let inputs = [
        ("whole", Type::INT),
        ("part", Type::Float(Bounds { min: Some(-0.5), max: Some(0.5) })),
        ("bytes", Type::Bytes { max: Some(16) }),
        ("length", Type::Duration),
        ("any", Type::Json),
        ("word", Type::Text(TextRules { pattern: Some("a+|b+".into()), trim: true, ..TextRules::ANY })),
        ("who", Type::Ref(PERSON)),
        ("thread", Type::Record(COMMENT)),
    ];
    let place = |(at, (name, ty)): (usize, (&str, Type))| input(name, ty, Place::Member, at as u32);
    let inputs = inputs.into_iter().enumerate().map(place).collect();
    operation("kinds", "Every kind of value.", inputs, Some(Type::Record(COMMENT).optional()))
}

fn faults() -> Arena<Fault> {
    let mut faults = fault::builtin();
    let fields = Arena::from_iter([field("sku", text(1, 8)), field("status", Type::Enum(STATUS))]);
    let message = vec![Part::Text("not enough of ".into()), Part::Field(Id::new(0))];
    faults.add(Fault { name: "OutOfStock".into(), docs: String::new(), status: 409, message, fields });
    faults.add(Fault {
        name: "EmailTaken".into(),
        docs: "The address has an account.".into(),
        status: 422,
        message: vec![],
        fields: Arena::default(),
    });
    faults
}

fn auth(name: &str, doors: Doors, scheme: &str, proof: Proof) -> Auth {
    Auth {
        name: name.into(),
        docs: String::new(),
        doors,
        carrier: Carrier::Scheme(scheme.into()),
        proof,
        actor: Lookup { entity: PERSON, condition: Expr::constant(true), actor: None, create: None },
        role: None,
        tenant: None,
    }
}

pub(crate) fn program() -> Program {
    let secret = literal(Literal::Text("s".repeat(32).into()), Type::TEXT);
    let jwt = Proof::Jwt {
        key: JwtKey::Secret(secret),
        issuer: None,
        audience: None,
        algorithms: vec![Algorithm::Hs256],
    };
    let auths = [
        auth("login", Doors::ALL, "Bearer", jwt),
        auth("machine", Doors::ALL, "Token", Proof::Opaque),
        auth("agent", Doors { http: false, ..Doors::ALL }, "Bearer", Proof::Opaque),
    ];
    let status = ["pending", "paid"].map(SmolStr::new).to_vec();
    let mut program = Program {
        format: FORMAT,
        service: service(),
        env: Arena::default(),
        resources: Arena::default(),
        auths: Arena::from_iter(auths),
        actor: Some(PERSON),
        enums: Arena::from_iter([Enum {
            name: "Status".into(),
            docs: String::new(),
            members: status,
            renamed: vec![],
            told: vec![],
        }]),
        records: records(),
        unions: Arena::default(),
        faults: faults(),
        entities: entities(),
        operations: Arena::from_iter([
            sign_up(),
            place_order(),
            list_orders(),
            move_order(),
            remove_some(),
            kinds(),
            get_order(),
        ]),
        lifecycles: vec![],
        channels: Arena::default(),
        jobs: Arena::default(),
        surface: Surface::default(),
        storage: Default::default(),
        tests: vec![],
    };
    program.surface.routes = routes();
    program.surface.tools =
        program.operations.iter().map(|(id, it)| tool::tool(&program, id, it.name.clone())).collect();
    program.surface.openapi = openapi::document(&program);
    program
}

fn service() -> Service {
    let docs = "A shop, for trying documents.".to_owned();
    Service { base: "/api".into(), body_limit: 1_000_000, ..Service::new("sample".into(), 3, docs) }
}

fn routes() -> Vec<Route> {
    let routes = [
        (Method::Post, "/api/users", 201),
        (Method::Post, "/api/orders", 201),
        (Method::Get, "/api/orders", 200),
        (Method::Patch, "/api/orders/{order}", 200),
        (Method::Delete, "/api/people", 204),
        (Method::Put, "/api/kinds", 200),
        (Method::Get, "/api/orders/{id}", 200),
    ];
    let route = |(at, (method, path, status)): (usize, (Method, &str, u16))| Route {
        method,
        path: path.into(),
        operation: Id::new(at as u32),
        status,
        input: None,
        output: None,
    };
    routes.into_iter().enumerate().map(route).collect()
}

/// The value of a call whose result changes.
pub(crate) fn chance() -> Expr {
    Expr::new(Node::Call(Builtin::Uuid, vec![]), Type::Uuid)
}

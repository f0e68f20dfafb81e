//! Rules as SQL against rules evaluated row by row: two ways that share no code must agree, nulls included.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use super::body::Planner;
use super::dialect::Dialect;
use super::{Plan, Statements, query};
use crate::call::RequestId;
use crate::eval::{About, Scope};
use crate::facts::Facts;
use crate::run::{Course, Machine, Tally};
use crate::store::session::Session;
use crate::store::sqlite::open::Location;
use crate::store::sqlite::session as sqlite;
use crate::value::Value;
use crate::wire::refine::Patterns;
use quater_ir::body::{Fetch, Query, Select};
use quater_ir::builtin::Builtin;
use quater_ir::entity::{Column, Entity, Numbering};
use quater_ir::expr::{Arithmetic, Compare, Expr, Node, Operands, Operator, Slot};
use quater_ir::operation::Door;
use quater_ir::surface::Surface;
use quater_ir::types::{Bounds, Enum, Type};
use quater_ir::value::Literal;
use quater_ir::{Arena, FORMAT, Id, Program, Service, fault};
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::sync::Arc;

const PERSON: Id<Entity> = Id::new(0);
const ITEM: Id<Entity> = Id::new(1);
const MONEY: Type = Type::Decimal { scale: 2, bounds: Bounds::ANY };
const TITLES: [&str; 7] = ["Äpfel", "pears", "", " Zoë\u{2003}", "ΣΑΣ", "straße", "a_%b"];
const LEVELS: [&str; 3] = ["middle", "low", "high"];

fn column(name: &str, ty: Type) -> Column {
    let (docs, secret, default) = (String::new(), false, None);
    Column {
        name: name.into(),
        sql: name.into(),
        docs,
        ty,
        secret,
        default,
        on_update: None,
        on_delete: None,
        was: None,
        backfill: None,
        files: None,
    }
}

fn entity(name: &str, columns: Vec<Column>) -> Entity {
    Entity {
        name: name.into(),
        docs: String::new(),
        resource: Id::new(0),
        table: name.into(),
        columns: columns.into_iter().collect(),
        key: Id::new(0),
        numbering: Numbering::Given,
        tenant: None,
        uniques: Vec::new(),
        sides: Arena::default(),
        computed: Vec::new(),
        search: Vec::new(),
    }
}

fn program() -> Program {
    let level = Type::Enum(Id::new(0));
    let person = [("id", Type::INT), ("age", Type::INT.optional()), ("boss", Type::Ref(PERSON).optional())];
    let item = [
        ("id", Type::INT),
        ("owner", Type::Ref(PERSON).optional()),
        ("n", Type::INT.optional()),
        ("price", MONEY),
        ("flag", Type::Bool.optional()),
        ("level", level),
        ("title", Type::TEXT),
    ];
    let columns = |list: Vec<(&str, Type)>| list.into_iter().map(|(name, ty)| column(name, ty)).collect();
    let members = LEVELS.iter().map(|it| (*it).into()).collect();
    Program {
        format: FORMAT,
        service: Service::new("agreement".into(), 1, String::new()),
        env: Arena::default(),
        resources: Arena::default(),
        auths: Arena::default(),
        actor: None,
        enums: [Enum { name: "Level".into(), docs: String::new(), members, renamed: vec![], told: vec![] }]
            .into_iter()
            .collect(),
        records: Arena::default(),
        unions: Arena::default(),
        faults: fault::builtin(),
        entities: [entity("person", columns(person.into())), entity("item", columns(item.into()))]
            .into_iter()
            .collect(),
        operations: Arena::default(),
        lifecycles: vec![],
        channels: Arena::default(),
        jobs: Arena::default(),
        surface: Surface::default(),
        storage: quater_ir::storage::Storage::default(),
        tests: Vec::new(),
    }
}

/// Rows as literals, by entity and key.
struct Data {
    people: BTreeMap<i64, Vec<Literal>>,
    items: BTreeMap<i64, Vec<Literal>>,
}

impl Data {
    fn new() -> Self {
        let int = |it: Option<i64>| it.map_or(Literal::Null, Literal::Int);
        let people = [(1, Some(30), None), (2, None, Some(1)), (3, Some(5), Some(2))];
        let people = people.map(|(id, age, boss)| (id, vec![Literal::Int(id), int(age), int(boss)]));
        let mut items = BTreeMap::new();
        for id in 1..=24_i64 {
            let owner = (id % 4 > 0).then_some(id % 4);
            let n = (id % 5 > 0).then_some(id % 7 - 2);
            let flag = [Literal::Null, Literal::Bool(true), Literal::Bool(false)][id as usize % 3].clone();
            let level = Literal::Text(LEVELS[id as usize % 3].into());
            let title = Literal::Text(TITLES[id as usize % TITLES.len()].into());
            let price = Literal::Decimal(Decimal::new(id * 50 - 200, 2));
            items.insert(id, vec![Literal::Int(id), int(owner), int(n), price, flag, level, title]);
        }
        Self { people: people.into(), items }
    }

    /// The statements that make the tables with these rows.
    fn script(&self, dialect: Dialect) -> String {
        let sqlite = dialect == Dialect::Sqlite;
        let stored = |literal: &Literal| match literal {
            Literal::Null => "NULL".to_owned(),
            Literal::Bool(truth) if sqlite => i64::from(*truth).to_string(),
            Literal::Bool(truth) => truth.to_string(),
            Literal::Int(int) | Literal::Duration(int) => int.to_string(),
            Literal::Float(float) => float.to_string(),
            Literal::Decimal(decimal) if sqlite => decimal.mantissa().to_string(),
            Literal::Decimal(decimal) => decimal.to_string(),
            Literal::Text(text) => format!("'{text}'"),
        };
        let mut script = if sqlite {
            "CREATE TABLE person (id, age, boss); CREATE TABLE item (id, owner, n, price, flag, level, title);"
        } else {
            "CREATE TABLE person (id bigint, age bigint, boss bigint); \
             CREATE TABLE item (id bigint, owner bigint, n bigint, price numeric(19, 2), flag boolean, \
             level text COLLATE \"C\", title text COLLATE \"C\");"
        }
        .to_owned();
        for (table, rows) in [("person", &self.people), ("item", &self.items)] {
            for row in rows.values() {
                let values: Vec<String> = row.iter().map(stored).collect();
                script.push_str(&format!("INSERT INTO {table} VALUES ({});\n", values.join(", ")));
            }
        }
        script
    }

    /// The expression with literals where columns of an item stand.
    fn filled(&self, expr: &Expr, item: &[Literal]) -> Expr {
        let mut filled = expr.clone();
        self.fill(&mut filled, item);
        filled
    }

    fn fill(&self, expr: &mut Expr, item: &[Literal]) {
        if let Node::Column { via, column, .. } = &expr.node {
            let mut row = Some(item);
            for relation in via {
                row = row.and_then(|row| {
                    let Literal::Int(key) = &row[relation.index()] else { return None };
                    self.people.get(key).map(Vec::as_slice)
                });
            }
            expr.node = Node::Literal(row.map_or(Literal::Null, |row| row[column.index()].clone()));
        }
        for child in expr.children_mut() {
            self.fill(child, item);
        }
    }
}

/// Makes conditions: xorshift, so that every run makes the same.
struct Maker(u64);

impl Maker {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    fn boxed(expr: Expr) -> Box<Expr> {
        Box::new(expr)
    }

    fn at(via: &[u32], column: u32, ty: Type) -> Expr {
        let via = via.iter().map(|it| Id::new(*it)).collect();
        Expr::new(Node::Column { up: 0, via, column: Id::new(column) }, ty)
    }

    fn int(&mut self, depth: u32) -> Expr {
        let maybe = || Type::INT.optional();
        match self.below(if depth == 0 { 6 } else { 9 }) {
            0 => Self::at(&[], 2, maybe()),
            1 => Self::at(&[1], 1, maybe()),
            2 => Self::at(&[1, 2], 1, maybe()),
            3 => Expr::new(Node::Literal(Literal::Int(self.below(8) as i64 - 2)), Type::INT),
            4 => Expr::new(Node::Slot(Slot(0)), Type::INT),
            5 => Expr::new(Node::Slot(Slot(1)), maybe()),
            6 => {
                let operator =
                    [Operator::Add, Operator::Subtract, Operator::Multiply][self.below(3) as usize];
                let how = Arithmetic { operator, on: Operands::Int };
                let (a, b) = (self.int(depth - 1), self.int(depth - 1));
                Expr::new(Node::Arithmetic(how, Self::boxed(a), Self::boxed(b)), maybe())
            }
            7 => {
                let builtin = [Builtin::Least, Builtin::Greatest][self.below(2) as usize];
                Expr::new(Node::Call(builtin, vec![self.int(depth - 1), self.int(depth - 1)]), maybe())
            }
            _ => {
                let (a, b) = (self.int(depth - 1), self.int(depth - 1));
                Expr::new(Node::Coalesce(Self::boxed(a), Self::boxed(b)), maybe())
            }
        }
    }

    fn how(&mut self) -> Compare {
        let all = [
            Compare::Equal,
            Compare::NotEqual,
            Compare::Less,
            Compare::AtMost,
            Compare::Greater,
            Compare::AtLeast,
        ];
        all[self.below(6) as usize]
    }

    fn text(&mut self, depth: u32) -> Expr {
        let call = |builtin, inner| Expr::new(Node::Call(builtin, vec![inner]), Type::TEXT);
        match self.below(if depth == 0 { 2 } else { 6 }) {
            0 => Self::at(&[], 6, Type::TEXT),
            1 => {
                let literal = Literal::Text(TITLES[self.below(7) as usize].into());
                Expr::new(Node::Literal(literal), Type::TEXT)
            }
            2 => call(Builtin::Lower, self.text(depth - 1)),
            3 => call(Builtin::Upper, self.text(depth - 1)),
            4 => call(Builtin::Trim, self.text(depth - 1)),
            _ => {
                let parts = vec![self.text(depth - 1), Self::at(&[], 0, Type::INT), self.text(depth - 1)];
                Expr::new(Node::Concat(parts), Type::TEXT)
            }
        }
    }

    /// A condition about texts.
    fn about_text(&mut self, depth: u32) -> Node {
        let (a, b) = (self.text(depth), self.text(depth));
        match self.below(4) {
            0 => Node::Call(Builtin::Contains, vec![a, b]),
            1 => Node::Call(Builtin::StartsWith, vec![a, b]),
            2 => {
                let length = Expr::new(Node::Call(Builtin::Length, vec![a]), Type::INT);
                Node::Compare(self.how(), Self::boxed(length), Self::boxed(self.int(0)))
            }
            _ => Node::Compare(self.how(), Self::boxed(a), Self::boxed(b)),
        }
    }

    fn sides(&mut self, depth: u32) -> (Expr, Expr) {
        match self.below(4) {
            0 => {
                let level = Type::Enum(Id::new(0));
                let literal = Literal::Text(LEVELS[self.below(3) as usize].into());
                (Self::at(&[], 5, level.clone()), Expr::new(Node::Literal(literal), level))
            }
            1 => {
                let finer = Type::Decimal { scale: 3, bounds: Bounds::ANY };
                let literal = Literal::Decimal(Decimal::new(self.below(9) as i64 * 500 - 2_000, 3));
                (Self::at(&[], 3, MONEY), Expr::new(Node::Literal(literal), finer))
            }
            _ => (self.int(depth), self.int(depth)),
        }
    }

    fn condition(&mut self, depth: u32) -> Expr {
        let node = match self.below(if depth == 0 { 7 } else { 11 }) {
            0 => return Self::at(&[], 4, Type::Bool.optional()),
            1 => return Expr::new(Node::Slot(Slot(2 + self.below(2) as u32)), Type::Bool.optional()),
            2 => Node::IsNull(Self::boxed(self.int(depth))),
            3 => {
                let list = (0..self.below(4)).map(|_| self.int(0)).collect();
                Node::In(Self::boxed(self.int(depth)), list)
            }
            4 => {
                let (a, b) = self.sides(depth.min(2));
                Node::Compare(self.how(), Self::boxed(a), Self::boxed(b))
            }
            5 => self.about_text(depth.min(2)),
            6 => {
                let list = Expr::new(Node::Slot(Slot(4)), Type::List(Box::new(Type::INT), Bounds::ANY));
                Node::Contains { list: Self::boxed(list), item: Self::boxed(self.int(0)) }
            }
            7 => Node::Not(Self::boxed(self.condition(depth - 1))),
            8 => Node::And((0..2 + self.below(2)).map(|_| self.condition(depth - 1)).collect()),
            9 => Node::Or((0..2 + self.below(2)).map(|_| self.condition(depth - 1)).collect()),
            _ => Node::If {
                condition: Self::boxed(self.condition(depth - 1)),
                then: Self::boxed(self.condition(depth - 1)),
                otherwise: Self::boxed(self.condition(depth - 1)),
            },
        };
        Expr::new(node, Type::Bool)
    }
}

fn select(condition: &Expr) -> Query {
    let select = Select::new(ITEM, condition.clone());
    Query { select, fetch: Fetch::Many(Vec::new()), lock: false }
}

fn read(program: &Program, statements: &mut Statements, query: &Query) -> query::Read {
    Planner::new(program, statements, 0, None).read(query).unwrap()
}

/// A database with the rows.
enum Place {
    Sqlite(rusqlite::Connection),
    #[cfg(feature = "postgres")]
    Postgres(Box<crate::store::postgres::session::Session>),
}

impl Place {
    fn session(&mut self) -> Session<'_> {
        match self {
            Self::Sqlite(connection) => Session::Sqlite(sqlite::Session::new(connection)),
            #[cfg(feature = "postgres")]
            Self::Postgres(session) => Session::Postgres(session),
        }
    }
}

fn agree(dialect: Dialect, place: &mut Place) {
    let (program, data) = (Arc::new(program()), Data::new());
    let patterns = Patterns::default();
    let facts = Facts::new(Arc::clone(&program), patterns);
    let about = About::nobody(Door::Cli, RequestId::fresh(), None);
    let mut maker = Maker(0x9E37_79B9_7F4A_7C15);
    let mut chosen = 0;
    for _ in 0..4_000 {
        let condition = maker.condition(3);
        let mut slots = vec![
            Value::Int(maker.below(6) as i64),
            Value::Null,
            Value::Bool(maker.below(2) == 0),
            [Value::Null, Value::Bool(true), Value::Bool(false)][maker.below(3) as usize].clone(),
            Value::List((0..maker.below(4)).map(|_| Value::Int(maker.below(6) as i64 - 2)).collect()),
        ];
        let scope = Scope { facts: &facts, about: &about, slots: &slots, row: None, item: None };
        let fits = |item: &[Literal]| scope.holds(&data.filled(&condition, item)).unwrap();
        let wanted: Vec<i64> = data.items.iter().filter(|(_, item)| fits(item)).map(|(id, _)| *id).collect();
        let mut statements = Statements { dialect, ..Statements::default() };
        let read = read(&program, &mut statements, &select(&condition));
        let shown = statements.texts.join("\n");
        let plan = Plan { statements, ..Plan::default() };
        let (facts, slots, mut session) = (&facts, &mut slots, place.session());
        let tally = &mut Tally::default();
        let mut machine = Machine {
            facts,
            plan: &plan,
            about: &about,
            slots,
            session: &mut session,
            output: None,
            called: false,
            between: None,
            tally,
            course: Course::default(),
        };
        let rows = machine.read(&read).unwrap_or_else(|stop| panic!("{stop:?}: {shown}"));
        let got: Vec<i64> =
            rows.list().unwrap().iter().map(|row| row.row().unwrap()[0].int().unwrap()).collect();
        assert_eq!(got, wanted, "{condition:#?}\n{shown}");
        chosen += got.len();
    }
    assert!(chosen > 10_000, "conditions that never hold show nothing: {chosen}");
}

#[test]
fn rules_in_sql_and_row_by_row_agree() {
    let connection = Location::Memory.connect().unwrap();
    connection.execute_batch(&Data::new().script(Dialect::Sqlite)).unwrap();
    agree(Dialect::Sqlite, &mut Place::Sqlite(connection));
}

#[cfg(feature = "postgres")]
#[test]
fn rules_in_sql_and_row_by_row_agree_on_postgres() {
    use crate::store::postgres::{address::Address, session::Session};
    let Some(database) = quater_tests::postgres::Database::fresh() else { return };
    database.run(&Data::new().script(Dialect::Postgres));
    // Of every condition another statement is made, so none may be kept under its number.
    let address = Address::parse(&database.url_with("pooler=transaction"), std::path::Path::new("."));
    let session = Session::open(&Arc::new(address.unwrap())).unwrap();
    agree(Dialect::Postgres, &mut Place::Postgres(Box::new(session)));
}

/// `n == ? or slot`: the slot decides which of two queries runs, and neither asks for it.
#[test]
fn what_does_not_depend_on_the_row_is_decided_before_the_query() {
    let program = program();
    let int = |node| Expr::new(node, Type::INT);
    let n = Maker::at(&[], 2, Type::INT.optional());
    let same = Node::Compare(Compare::Equal, Box::new(n), Box::new(int(Node::Slot(Slot(0)))));
    let open = Expr::new(Node::Slot(Slot(2)), Type::Bool);
    let rule = Expr::new(Node::Or(vec![Expr::new(same, Type::Bool), open]), Type::Bool);
    let mut statements = Statements::default();
    read(&program, &mut statements, &select(&rule));
    let wanted = [
        "SELECT t.\"id\" FROM \"item\" AS t WHERE (t.\"n\" = ?) ORDER BY t.\"id\"",
        "SELECT t.\"id\" FROM \"item\" AS t ORDER BY t.\"id\"",
    ];
    assert_eq!(statements.texts, wanted);
}

//! Random values of random types, written and read again.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use super::read::Reader;
use super::refine::Patterns;
use super::write;
use crate::stop::Stop;
use crate::value::{File, Value};
use quater_ir::fault;
use quater_ir::types::{Bounds, Enum, Field, FileRules, INT_LIMIT, Member, Record, TextRules, Type, Union};
use quater_ir::{Arena, FORMAT, Id, Program, Service};
use rust_decimal::Decimal;
use std::sync::Arc;

/// A stream of numbers that is the same at every run.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn letters(&mut self, most: u64) -> String {
        let letters = ['a', 'Z', '0', ' ', '"', '\\', '/', '~', '\n', '\u{1}', 'ß', '😀', '\u{2028}'];
        (0..self.below(most + 1)).map(|_| letters[self.below(letters.len() as u64) as usize]).collect()
    }
}

fn field(name: &str, ty: Type) -> Field {
    Field { name: name.into(), docs: String::new(), ty, default: None, secret: false, source: None }
}

/// A program with records, a union and an enum to draw from.
fn program() -> Program {
    let record = |name: &str, fields: Vec<Field>| Record {
        name: Some(name.into()),
        docs: String::new(),
        fields: fields.into_iter().collect(),
        of: None,
    };
    let text = Type::Text(TextRules { length: Bounds { min: None, max: Some(12) }, ..TextRules::ANY });
    let money = Type::Decimal { scale: 2, bounds: Bounds::ANY };
    let pairs = Type::Map(Box::new(Type::Enum(Id::new(0))), Box::new(Type::Bool), Bounds::ANY);
    let member = |name: &str, at| Member { name: name.into(), record: Id::new(at) };
    Program {
        format: FORMAT,
        service: Service::new("wire".into(), 1, String::new()),
        env: Arena::default(),
        resources: Arena::default(),
        auths: Arena::default(),
        actor: None,
        enums: [Enum {
            name: "Size".into(),
            docs: String::new(),
            members: vec!["small".into(), "large".into(), "huge".into()],
            renamed: vec![],
            told: vec![],
        }]
        .into_iter()
        .collect(),
        records: [
            record("Card", vec![field("number", text.clone()), field("owner", text.optional())]),
            record("Cash", vec![field("given", money), field("pairs", pairs)]),
        ]
        .into_iter()
        .collect(),
        unions: [Union {
            name: Some("Payment".into()),
            docs: String::new(),
            members: vec![member("Card", 0), member("Cash", 1)],
            content: false,
        }]
        .into_iter()
        .collect(),
        faults: fault::builtin(),
        entities: Arena::default(),
        operations: Arena::default(),
        lifecycles: vec![],
        channels: Arena::default(),
        jobs: Arena::default(),
        surface: quater_ir::surface::Surface::default(),
        storage: quater_ir::storage::Storage::default(),
        tests: Vec::new(),
    }
}

fn scalar(chance: &mut Chance) -> Type {
    match chance.below(11) {
        0 => Type::Bool,
        1 => Type::INT,
        2 => Type::FLOAT,
        3 => Type::Decimal { scale: chance.below(7) as u8, bounds: Bounds::ANY },
        4 => Type::TEXT,
        5 => Type::Bytes { max: None },
        6 => Type::Uuid,
        7 => Type::Date,
        8 => Type::Instant,
        9 => Type::Duration,
        _ => Type::Enum(Id::new(0)),
    }
}

fn ty(chance: &mut Chance, depth: u32) -> Type {
    if depth == 0 {
        return scalar(chance);
    }
    let inner = |chance: &mut Chance| Box::new(ty(chance, depth - 1));
    match chance.below(10) {
        0 => Type::List(inner(chance), Bounds::ANY),
        1 => {
            let keys = [Type::TEXT, Type::INT, Type::Uuid, Type::Enum(Id::new(0))];
            let key = keys[chance.below(4) as usize].clone();
            Type::Map(Box::new(key), inner(chance), Bounds::ANY)
        }
        2 => Type::Tuple((0..2 + chance.below(2)).map(|_| ty(chance, depth - 1)).collect()),
        3 => Type::Record(Id::new(chance.below(2) as u32)),
        4 => Type::Union(Id::new(0)),
        5 => Type::Patch(Id::new(chance.below(2) as u32)),
        6 => inner(chance).optional(),
        7 => Type::Bool,
        _ => scalar(chance),
    }
}

fn value(chance: &mut Chance, program: &Program, ty: &Type) -> Value {
    let text = |text: String| Value::Text(text.into());
    match ty {
        Type::Bool => Value::Bool(chance.below(2) == 0),
        Type::Int(_) => Value::Int([0, -1, 7, INT_LIMIT, -INT_LIMIT][chance.below(5) as usize]),
        Type::Float(_) => Value::Float([0.0, -0.5, 1e-9, 12_345.678_9, f64::MAX][chance.below(5) as usize]),
        Type::Decimal { scale, .. } => {
            let units = chance.below(2_000_000) as i64 - 1_000_000;
            Value::Decimal(Decimal::new(units, u32::from(*scale)))
        }
        Type::Text(rules) => text(chance.letters(u64::from(rules.length.max.unwrap_or(30)))),
        Type::Bytes { .. } => Value::Bytes((0..chance.below(9)).map(|_| chance.below(256) as u8).collect()),
        Type::Uuid => {
            Value::Uuid(uuid::Uuid::from_u128(u128::from(chance.next()) << 64 | u128::from(chance.next())))
        }
        Type::Date => Value::Date(chance.below(60_000) as i32 - 20_000),
        Type::Instant => Value::Instant(chance.below(4_000_000_000) as i64 * 997 - 1_000_000_000_000),
        Type::Duration => Value::Duration(chance.below(900_000_000) as i64 - 1_000),
        Type::Enum(id) => {
            let members = &program.enums[*id].members;
            Value::Text(members[chance.below(members.len() as u64) as usize].clone())
        }
        Type::Record(id) => Value::Record(members(chance, program, *id).into()),
        Type::List(of, _) => Value::List((0..chance.below(4)).map(|_| value(chance, program, of)).collect()),
        Type::Map(key, of, _) => {
            let mut entries: Vec<(Value, Value)> = Vec::new();
            for _ in 0..chance.below(5) {
                let key = value(chance, program, key);
                if !entries.iter().any(|(other, _)| *other == key) {
                    entries.push((key, value(chance, program, of)));
                }
            }
            Value::Map(entries.into())
        }
        Type::Tuple(parts) => Value::List(parts.iter().map(|part| value(chance, program, part)).collect()),
        Type::Union(id) => {
            let union = &program.unions[*id];
            let at = chance.below(union.members.len() as u64) as u32;
            Value::Variant(at, members(chance, program, union.members[at as usize].record).into())
        }
        Type::Patch(id) => {
            let carried = members(chance, program, *id).into_iter();
            Value::Patch(carried.map(|value| (chance.below(2) == 0).then_some(value)).collect())
        }
        Type::File(_) => Value::File(Arc::new(File::sample())),
        Type::Optional(_) if chance.below(3) == 0 => Value::Null,
        Type::Optional(of) => value(chance, program, of),
        Type::Json | Type::Url | Type::Email | Type::Password | Type::Null => Value::Null,
        Type::Ref(_) | Type::Row(_) | Type::Page(_) | Type::Stream(_) => panic!("none is drawn"),
    }
}

fn members(chance: &mut Chance, program: &Program, id: Id<Record>) -> Vec<Value> {
    program.records[id].fields.values().map(|field| value(chance, program, &field.ty)).collect()
}

#[test]
fn what_is_written_is_read_back_the_same() {
    let program = program();
    let patterns = Patterns::default();
    let default = |_: &quater_ir::expr::Expr| Err(Stop::Defect("no member has a default"));
    let mut chance = Chance(7);
    for _ in 0..20_000 {
        let ty = ty(&mut chance, 3);
        let value = value(&mut chance, &program, &ty);
        let mut out = Vec::new();
        write::value(&mut out, &program, &value, &ty).unwrap();
        let tree = serde_json::from_slice(&out).unwrap_or_else(|error| {
            panic!("{error}: {}", String::from_utf8_lossy(&out));
        });
        let mut reader = Reader::new(&program, &patterns, &default);
        let read = reader.value(tree, &ty);
        let written = String::from_utf8_lossy(&out);
        assert!(reader.violations.is_empty(), "{:?} in {written}", reader.violations);
        assert_eq!(read, value, "{written}");
        let mut again = Vec::new();
        write::value(&mut again, &program, &read, &ty).unwrap();
        assert_eq!(out, again, "the same value, the same bytes");
    }
}

/// Where the bytes of a file are stands in its row alone: nobody is told, and nobody can say it.
#[test]
fn a_file_is_one_that_a_row_keeps() {
    let program = program();
    let patterns = Patterns::default();
    let default = |_: &quater_ir::expr::Expr| Err(Stop::Defect("no member has a default"));
    let ty = Type::File(FileRules { media: vec![], max: None });
    let file = File::sample();
    let (mut kept, mut shown) = (Vec::new(), Vec::new());
    super::structure::kept_file(&mut kept, &file);
    write::value(&mut shown, &program, &Value::File(Arc::new(File::sample())), &ty).unwrap();
    assert!(String::from_utf8_lossy(&kept).contains(file.key.as_str()));
    assert!(!String::from_utf8_lossy(&shown).contains(file.key.as_str()));
    for (text, stored, fits) in [(&kept, true, true), (&shown, true, false), (&kept, false, false)] {
        let mut reader = Reader::new(&program, &patterns, &default);
        reader.stored = stored;
        let read = reader.value(serde_json::from_slice(text).unwrap(), &ty);
        assert_eq!(reader.violations.is_empty(), fits);
        assert_eq!(matches!(&read, Value::File(read) if read.key == file.key), fits);
    }
}

#[test]
fn regexes_mean_what_ecmascript_means() {
    let program = program();
    let cases = [
        (r"\d", "7", true),
        (r"\d", "٣", false),
        (r"\D", "٣", true),
        (r"\w+", "a_9", true),
        (r"\w", "é", false),
        (r"\W", "é", true),
        (r"[\w.]+", "a.b", true),
        (r"[^\d]", "٣", true),
        (r"[\D]", "7", false),
        (".", "x", true),
        (".", "\u{2028}", false),
        (".", "\r", false),
        (r"[a&&b]+", "a&b", true),
        (r"[+--]+", "+,-", true),
        (r"\s", "\u{FEFF}", true),
        (r"\s", "\u{85}", false),
        (r"\bé", "é", false),
        (r"\bx", "x", true),
        (r"\p{L}+", "aéß", true),
        (r"a\/b", "a/b", true),
        (r"\u{1F600}", "😀", true),
        (r"(?<year>\d{4})-\d{2}", "2026-03", true),
        ("a|bc", "bcx", false),
    ];
    for (pattern, text, fits) in cases {
        let mut patterns = Patterns::default();
        patterns.add(&pattern.into()).unwrap();
        let ty = Type::Text(TextRules { pattern: Some(pattern.into()), ..TextRules::ANY });
        let checked = super::refine::check(Value::Text(text.into()), &ty, &program, &patterns);
        assert_eq!(checked.is_ok(), fits, "/{pattern}/ and {text:?}");
    }
}

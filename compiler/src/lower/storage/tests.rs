#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]
use super::Declared;
use quater_ir::entity::{Column, Entity, Numbering, OnDelete, Unique};
use quater_ir::storage::{Check, Storage, StoredKind};
use quater_ir::types::{Bounds, Enum, TextRules, Type};
use quater_ir::{Arena, Id};
use rust_decimal::Decimal;

fn column(name: &str, ty: Type) -> Column {
    let on_delete = matches!(ty.required(), Type::Ref(_)).then_some(OnDelete::Cascade);
    Column {
        name: name.into(),
        sql: name.to_lowercase().into(),
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

fn entity(name: &str, key: Type, columns: Vec<Column>) -> Entity {
    let columns: Arena<Column> = std::iter::once(column("Id", key)).chain(columns).collect();
    Entity {
        name: name.into(),
        docs: String::new(),
        resource: Id::new(0),
        table: name.to_lowercase().into(),
        columns,
        key: Id::new(0),
        numbering: Numbering::Uuid,
        tenant: None,
        uniques: vec![],
        sides: Arena::default(),
        computed: vec![],
        search: vec![],
    }
}

fn storage(entities: &Arena<Entity>, enums: &Arena<Enum>, indexes: &[crate::check::IndexLine]) -> Storage {
    let (records, unions) = (&Arena::default(), &Arena::default());
    super::storage(Declared { entities, enums, records, unions }, indexes)
}

fn refers(names: &[(&str, &[u32])]) -> Vec<String> {
    let made = |(name, targets): &(&str, &[u32])| {
        let columns = targets.iter().map(|to| column(&format!("to{to}"), Type::Ref(Id::new(*to))));
        entity(name, Type::Uuid, columns.collect())
    };
    let entities: Arena<Entity> = names.iter().map(made).collect();
    let tables = storage(&entities, &Arena::default(), &[]).tables;
    tables.iter().map(|table| table.name.to_string()).collect()
}

#[test]
fn tables_follow_those_they_refer_to() {
    assert_eq!(refers(&[("a", &[]), ("b", &[])]), ["a", "b"]);
    assert_eq!(refers(&[("a", &[2]), ("b", &[0]), ("c", &[])]), ["c", "a", "b"]);
    assert_eq!(refers(&[("a", &[0])]), ["a"], "to itself");
    assert_eq!(refers(&[("a", &[1]), ("b", &[0]), ("c", &[])]), ["c", "a", "b"], "to each other");
}

#[test]
fn refinements_become_checks() {
    let bounds = Bounds { min: Some(Decimal::new(5, 1)), max: Some(Decimal::new(12345, 3)) };
    let least = Bounds { min: Some(Decimal::ONE), max: None };
    let length = Bounds { min: Some(0), max: Some(20) };
    let text = |length| Type::Text(TextRules { length, ..TextRules::ANY });
    let cases = [
        (Type::INT, StoredKind::Int, None),
        (
            Type::Int(Bounds { min: Some(1), max: None }),
            StoredKind::Int,
            Some(Check::Range { min: Some(1), max: None }),
        ),
        (
            Type::Decimal { scale: 2, bounds },
            StoredKind::Decimal(2),
            Some(Check::Range { min: Some(50), max: Some(1234) }),
        ),
        (Type::Decimal { scale: 28, bounds: least }, StoredKind::Decimal(28), None),
        (text(length), StoredKind::Text, Some(Check::Length { min: None, max: Some(20) })),
        (Type::TEXT, StoredKind::Text, None),
        (Type::Email, StoredKind::Text, Some(Check::Length { min: None, max: Some(254) })),
        (Type::Enum(Id::new(0)), StoredKind::Text, Some(Check::OneOf(vec!["x".into(), "y".into()]))),
        (Type::Ref(Id::new(0)), StoredKind::Int, None),
        (Type::List(Box::new(Type::TEXT), Bounds::ANY), StoredKind::Json, None),
    ];
    let members = vec!["x".into(), "y".into()];
    let enums = Arena::from_iter([Enum {
        name: "E".into(),
        docs: String::new(),
        members,
        renamed: vec![],
        told: vec![],
    }]);
    for (ty, kind, check) in cases {
        let entities = Arena::from_iter([entity("A", Type::INT, vec![column("C", ty.clone().optional())])]);
        let stored = &storage(&entities, &enums, &[]).tables[0].columns[1];
        assert_eq!((stored.name.as_str(), stored.kind, stored.optional), ("c", kind, true), "{ty:?}");
        assert_eq!(stored.check, check, "{ty:?}");
    }
}

#[test]
fn indexes_that_exist_anyway_are_left_out() {
    let columns = vec![column("Owner", Type::Ref(Id::new(0))), column("At", Type::Instant)];
    let mut it = entity("A", Type::Uuid, columns);
    it.uniques = vec![Unique { columns: vec![Id::new(2), Id::new(1)], fault: None }];
    let (owner, at) = (Id::new(1), Id::new(2));
    let mine = Id::new(0);
    let lines = [
        (mine, vec![(owner, false)]),
        (mine, vec![(at, false), (owner, false)]),
        (mine, vec![(owner, false), (at, true)]),
        (mine, vec![(owner, false), (at, true)]),
        (Id::new(7), vec![(at, false)]),
    ];
    let table = storage(&Arena::from_iter([it]), &Arena::default(), &lines).tables.remove(0);
    assert_eq!(table.indexes.len(), 1);
    assert_eq!(table.indexes[0].columns, [("owner".into(), false), ("at".into(), true)]);
    assert_eq!((table.key.as_str(), table.numbered), ("id", false));
    assert_eq!(table.uniques, [["at", "owner"]]);
    let foreign = &table.foreign_keys[0];
    assert_eq!((foreign.column.as_str(), foreign.table.as_str(), foreign.key.as_str()), ("owner", "a", "id"));
}

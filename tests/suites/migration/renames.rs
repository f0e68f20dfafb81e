//! Columns that take each other's names.
use super::live::Live;
use super::tables::{column, index, table};
use super::{apply, open, roll_back};
use quater_ir::storage::{Check, Storage, StoredColumn, StoredKind};
use quater_runtime::migrate::Way;

/// A table of three texts that are alike, each with rules and indexes that are called after it; `names` are what they are
/// called, and what they were.
fn three(names: [(&str, Option<&str>); 3]) -> Storage {
    let mut item = table("item", true);
    for (name, was) in names {
        let check = Some(Check::Length { min: None, max: Some(9) });
        let mut text = StoredColumn { check, ..column(name, StoredKind::Text) };
        text.origin.was = was.map(Into::into);
        item.columns.push(text);
        item.uniques.push(vec![name.into()]);
        item.indexes.push(index(&[(name.into(), true), ("id".into(), false)]));
    }
    Storage { tables: vec![item], shaped: true, bounded: true }
}

fn moved(live: &Live, names: [(&str, &str); 3]) {
    let found = three([("a", None), ("b", None), ("c", None)]);
    let wanted = three(names.map(|(is, was)| (is, Some(was).filter(|was| *was != is))));
    apply(live, &Storage::default(), &found, 1).unwrap();
    live.run("INSERT INTO item (a, b, c) VALUES ('1', '2', '3')");
    let before = live.shape();
    apply(live, &found, &wanted, 2).unwrap();
    let values = |live: &Live, storage: &Storage| {
        let row = live.rows(storage)["item"]["1"].clone();
        let names = storage.tables[0].columns.iter().skip(1);
        names.map(|it| row[it.name.as_str()].clone().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(values(live, &wanted), ["1", "2", "3"], "{names:?}");
    let fresh = live.another();
    apply(&fresh, &Storage::default(), &wanted, 2).unwrap();
    assert_eq!(live.shape(), fresh.shape(), "{names:?}");
    for made in [live, &fresh] {
        assert!(open(made, &wanted, 2).plan(Way::Forth).unwrap().is_empty(), "{names:?} is done once");
    }
    roll_back(live, &wanted, &found).unwrap();
    assert_eq!(live.shape(), before, "{names:?} and back");
    assert_eq!(values(live, &found), ["1", "2", "3"], "{names:?} and back");
    apply(live, &found, &wanted, 2).unwrap();
    assert_eq!(values(live, &wanted), ["1", "2", "3"], "{names:?} again");
}

const CASES: [[(&str, &str); 3]; 4] = [
    // One takes the name of the next.
    [("b", "a"), ("c", "b"), ("d", "c")],
    [("z", "a"), ("a", "b"), ("b", "c")],
    // Names go round.
    [("b", "a"), ("a", "b"), ("c", "c")],
    [("b", "a"), ("c", "b"), ("a", "c")],
];

#[test]
fn columns_take_each_others_names_on_sqlite() {
    CASES.into_iter().for_each(|names| moved(&Live::sqlite(), names));
}

#[test]
fn columns_take_each_others_names_on_postgres() {
    for names in CASES {
        let Some(live) = Live::postgres() else { return };
        moved(&live, names);
    }
}

/// The column behind a field is renamed with what the file says of it.
#[test]
fn a_field_keeps_its_values_in_another_column() {
    let with = |name: &str| {
        let mut item = table("item", true);
        let mut text = column(name, StoredKind::Text);
        text.origin.field = Some("title".into()).filter(|_| name != "title");
        item.columns.push(text);
        Storage { tables: vec![item], shaped: true, bounded: true }
    };
    for live in [Some(Live::sqlite()), Live::postgres()].into_iter().flatten() {
        apply(&live, &Storage::default(), &with("title"), 1).unwrap();
        live.run("INSERT INTO item (title) VALUES ('x')");
        for (at, (was, is)) in
            [("title", "full_title"), ("full_title", "name"), ("name", "title")].into_iter().enumerate()
        {
            let done = apply(&live, &with(was), &with(is), 2 + at as u32).unwrap();
            assert_eq!(done.steps.len(), 1, "{was} to {is}");
            assert_eq!(live.rows(&with(is))["item"]["1"][is].as_deref(), Some("x"), "{was} to {is}");
        }
    }
}

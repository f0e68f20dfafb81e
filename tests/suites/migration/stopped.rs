//! Migrations that stop on the way, on Postgres, where some are more than one transaction.
use super::live::Live;
use super::tables::{column, index, table};
use super::{apply, open, random};
use quater_ir::Id;
use quater_ir::storage::{Origin, Storage, StoredColumn, StoredKind};
use quater_runtime::migrate::{MigrateError, Way};

fn found() -> Storage {
    let mut item = table("item", true);
    item.columns.push(column("n", StoredKind::Text));
    Storage { tables: vec![item], shaped: true, bounded: true }
}

/// A row comes while others are given values, and is the same as another one.
#[test]
fn rows_that_came_meanwhile_are_named_and_the_way_back_is_open() {
    let Some(live) = Live::postgres() else { return };
    let found = found();
    let mut wanted = found.clone();
    let label = column("label", StoredKind::Text);
    let fill = Some(random::worked_out(Id::new(1), &label));
    let origin = Origin { fill, ..Origin::default() };
    wanted.tables[0].columns.push(StoredColumn { origin, ..label });
    wanted.tables[0].uniques.push(vec!["n".into()]);
    apply(&live, &Storage::default(), &found, 1).unwrap();
    live.run("INSERT INTO item (n) VALUES ('a'), ('b')");
    let before = live.shape();
    live.run(
        "CREATE FUNCTION again() RETURNS trigger AS $$ BEGIN
           INSERT INTO item (n, label) VALUES (NEW.n, 'x'); RETURN NULL; END $$ LANGUAGE plpgsql;
         CREATE TRIGGER again AFTER UPDATE ON item FOR EACH ROW WHEN (NEW.n = 'a') EXECUTE FUNCTION again()",
    );
    let Err(MigrateError::Stopped { done, of, rows, source, .. }) = apply(&live, &found, &wanted, 2) else {
        panic!("two rows are the same");
    };
    assert!(0 < done && done < of, "{done} of {of}");
    assert_eq!(rows, ["1", "3"]);
    assert_eq!(source.detail(), Some("Key (n)=(a) is duplicated."));
    let Err(MigrateError::UnderWay { .. }) = open(&live, &wanted, 2).plan(Way::Forth) else {
        panic!("it was begun");
    };
    let given_up = open(&live, &wanted, 2).give_up().unwrap().unwrap();
    assert_eq!((given_up.done, given_up.of, given_up.back), (done, of, 1));
    assert_eq!(live.shape(), before);
    assert!(open(&live, &wanted, 2).give_up().unwrap().is_none(), "it is given up once");
    // Now they are found before anything is done.
    let Err(MigrateError::Blocked(plan)) = apply(&live, &found, &wanted, 2) else { panic!("they are there") };
    assert!(plan.blocked().any(|it| it.rows == ["1", "3"]), "{plan:?}");
    live.run("DROP TRIGGER again ON item; DELETE FROM item WHERE id = 3");
    apply(&live, &found, &wanted, 2).unwrap();
}

/// What went on under another type and has no way back from it stays begun.
#[test]
fn what_has_no_way_back_is_told() {
    let Some(live) = Live::postgres() else { return };
    let found = found();
    let mut wanted = found.clone();
    wanted.tables[0].columns[1].kind = StoredKind::Bytes;
    wanted.tables[0].indexes.push(index(&[("n".into(), false)]));
    apply(&live, &Storage::default(), &found, 1).unwrap();
    live.run("INSERT INTO item (n) SELECT string_agg(md5(i::text), '') FROM generate_series(1, 60) i");
    // 3,840 bytes, which no index takes, stand there once the look at the rows is over.
    let done =
        open(&live, &wanted, 2).apply(Way::Forth, &super::everything(&found, &wanted), &mut |progress| {
            if matches!(progress, quater_runtime::migrate::Progress::Act { at: 1, .. }) {
                let long =
                    "SELECT convert_to(string_agg(md5(i::text), ''), 'UTF8') FROM generate_series(1, 120) i";
                live.run(&format!("UPDATE item SET n = ({long})"));
            }
        });
    let Err(MigrateError::Stopped { .. }) = done else { panic!("{done:?}") };
    let Err(MigrateError::Irreversible { lines }) = open(&live, &found, 1).give_up() else {
        panic!("bytes are no text")
    };
    assert_eq!(lines, ["store column `item.n` as bytes, not text"]);
    live.run("UPDATE item SET n = 'x'");
    apply(&live, &found, &wanted, 2).unwrap();
}

#[test]
fn a_value_that_no_index_takes_is_found_before() {
    let found = found();
    let mut wanted = found.clone();
    wanted.tables[0].indexes.push(index(&[("n".into(), false)]));
    let Some(live) = Live::postgres() else { return };
    apply(&live, &Storage::default(), &found, 1).unwrap();
    live.run("INSERT INTO item (n) SELECT string_agg(md5(i::text), '') FROM generate_series(1, 120) i");
    let Err(MigrateError::Blocked(plan)) = apply(&live, &found, &wanted, 2) else { panic!("it is too long") };
    let blocked = plan.blocked().next().unwrap();
    assert_eq!(blocked.rows, ["1"]);
    assert_eq!(blocked.obstacle, Some("a value of these is too long for an index of Postgres's"));
    live.run("UPDATE item SET n = repeat('x', 4000)");
    apply(&live, &found, &wanted, 2).unwrap();
}

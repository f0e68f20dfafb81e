//! Views and triggers that somebody has made by hand: they stay, or keep a migration from being begun.
use super::backfill::{apply, program, settings};
use super::live::Live;
use quater_ir::Program;
use quater_runtime::migrate::{Database, MigrateError, Way};
use std::sync::Arc;

const FRONT: &str = "service notes version 1
env { DATABASE_URL: text secret = \"sqlite::memory:\" }
resource db = database(env.DATABASE_URL)
entity Author in db {
  id:   int key
  name: text(..80)
}
";

fn notes(fields: &str) -> Arc<Program> {
    program(
        FRONT,
        &format!("entity Note in db {{\n  id: int key\n  author: Author? on delete null\n{fields}}}\n"),
    )
}

const BEFORE: &str = "  title: text(..80)\n  words: text = \"\"\n";

fn everywhere(check: impl Fn(&Live)) {
    check(&Live::sqlite());
    if let Some(live) = Live::postgres() {
        check(&live);
    }
}

/// A database with a note, and what somebody has made beside.
fn made(live: &Live, sql: &str) {
    apply(live, &notes(BEFORE)).unwrap();
    live.run("INSERT INTO note (title, words) VALUES ('Milk', '12')");
    live.run(sql);
}

/// What is said to stop working; then nothing was done.
fn refused(live: &Live, after: &Arc<Program>) -> Vec<String> {
    let shape = live.shape();
    let done = apply(live, after);
    let Err(MigrateError::Beside { lines }) = done else { panic!("{done:?}") };
    assert_eq!(live.shape(), shape, "nothing was done");
    assert!(Database::open(&notes(BEFORE), &settings(live)).unwrap().plan(Way::Forth).unwrap().is_empty());
    lines
}

#[test]
fn views_stay_where_their_columns_do() {
    everywhere(|live| {
        made(
            live,
            "CREATE VIEW titles AS SELECT title FROM note; CREATE VIEW more AS SELECT title || '!' AS t FROM titles",
        );
        apply(live, &notes("  title: text(..90)\n  words: text = \"\"\n  stars: int = 3\n")).unwrap();
        assert_eq!(live.query("SELECT t FROM more"), [[Some("Milk!".to_owned())]]);
        // Another table that a view leads to is made anew as well.
        apply(live, &notes("  title: text(..70)\n  words: text? \n  stars: int = 3\n")).unwrap();
        assert_eq!(live.query("SELECT t FROM more"), [[Some("Milk!".to_owned())]]);
    });
}

#[test]
fn a_view_of_a_column_that_goes_is_named_before_anything_is_done() {
    everywhere(|live| {
        made(
            live,
            "CREATE VIEW titles AS SELECT id, title FROM note; CREATE VIEW ids AS SELECT id FROM note",
        );
        let lines = refused(live, &notes("  words: text = \"\"\n"));
        assert!(
            lines.len() == 1 && lines[0].starts_with("view `titles`") && lines[0].contains("title"),
            "{lines:?}"
        );
        live.run("DROP VIEW titles");
        apply(live, &notes("  words: text = \"\"\n")).unwrap();
        assert_eq!(live.query("SELECT id FROM ids"), [[Some("1".to_owned())]]);
    });
}

#[test]
fn a_view_of_a_table_that_goes_is_named_too() {
    everywhere(|live| {
        made(live, "CREATE VIEW titles AS SELECT title FROM note");
        let lines = refused(live, &program(FRONT, ""));
        assert!(
            lines.len() == 1 && lines[0].starts_with("view `titles`") && lines[0].contains("note"),
            "{lines:?}"
        );
    });
}

/// SQLite stores values without a view's knowing; Postgres lets nobody change the type below one.
#[test]
fn a_view_of_a_column_that_is_stored_otherwise_stays_or_is_named() {
    let after = notes("  title: text(..80)\n  words: int\n");
    let live = Live::sqlite();
    made(&live, "CREATE VIEW all_words AS SELECT words FROM note");
    apply(&live, &after).unwrap();
    assert_eq!(live.query("SELECT words FROM all_words"), [[Some("12".to_owned())]]);
    let Some(live) = Live::postgres() else { return };
    made(&live, "CREATE MATERIALIZED VIEW all_words AS SELECT words FROM note");
    assert_eq!(refused(&live, &after), ["materialized view `all_words` needs column `note.words`"]);
    live.run("DROP MATERIALIZED VIEW all_words");
    apply(&live, &after).unwrap();
}

#[test]
fn a_column_under_another_name_is_one_that_a_view_knows_or_does_not() {
    let after = notes("  name: text(..80) was title\n  words: text = \"\"\n");
    let live = Live::sqlite();
    made(&live, "CREATE VIEW titles AS SELECT title FROM note");
    assert_eq!(refused(&live, &after), ["view `titles`: no such column: title"]);
    let Some(live) = Live::postgres() else { return };
    made(&live, "CREATE VIEW titles AS SELECT title FROM note");
    apply(&live, &after).unwrap();
    assert_eq!(live.query("SELECT title FROM titles"), [[Some("Milk".to_owned())]]);
}

#[test]
fn triggers_stay_or_are_named_and_what_did_not_work_before_does_not_count() {
    let live = Live::sqlite();
    let loud = "CREATE TRIGGER loud AFTER INSERT ON note BEGIN UPDATE author SET name = new.title; END;
        CREATE TRIGGER quiet AFTER DELETE ON note BEGIN UPDATE author SET name = ''; END;
        CREATE TRIGGER far AFTER UPDATE OF name ON author BEGIN UPDATE note SET words = new.name; END;
        CREATE VIEW titles AS SELECT id, title FROM note;
        CREATE TRIGGER through INSTEAD OF INSERT ON titles BEGIN INSERT INTO note (title) VALUES (new.title); END;
        CREATE VIEW lost AS SELECT gone FROM note;";
    made(&live, loud);
    apply(&live, &notes("  title: text(..90)\n  words: text = \"\"\n")).unwrap();
    live.run("INSERT INTO author (name) VALUES ('x'); DELETE FROM note; INSERT INTO note (title, words) VALUES ('Bread', '')");
    assert_eq!(
        live.query("SELECT name, words FROM author, note"),
        [["Bread", "Bread"].map(|it| Some(it.to_owned()))]
    );
    let done = apply(&live, &notes("  name: text(..90) was title\n  words: text = \"\"\n"));
    let Err(MigrateError::Beside { lines }) = done else { panic!("{done:?}") };
    assert_eq!(
        lines,
        [
            "trigger `loud` of `note`: no such column: new.title",
            "trigger `through` of `titles`: no such column: title",
            "view `titles`: no such column: title",
        ]
    );
    let Some(live) = Live::postgres() else { return };
    let quiet = "CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN RETURN NEW; END $$ LANGUAGE plpgsql;
        CREATE TRIGGER loud BEFORE UPDATE OF title ON note FOR EACH ROW EXECUTE FUNCTION f()";
    made(&live, quiet);
    let lines = refused(&live, &notes("  words: text = \"\"\n"));
    assert_eq!(lines, ["trigger loud on table note needs column `note.title`"]);
}

/// An index goes with its column on Postgres; on SQLite it would have to be made again.
#[test]
fn an_index_of_a_column_that_goes_is_named_or_goes_with_it() {
    let after = notes("  words: text = \"\"\n");
    let live = Live::sqlite();
    made(&live, "CREATE INDEX mine ON note (words) WHERE title <> ''");
    assert_eq!(refused(&live, &after), ["index `mine` of `note`: no such column: title"]);
    live.run("DROP INDEX mine; CREATE INDEX mine ON note (words)");
    apply(&live, &after).unwrap();
    assert_eq!(
        live.query("SELECT count(*) FROM note INDEXED BY mine WHERE words = '12'"),
        [[Some("1".to_owned())]]
    );
    let Some(live) = Live::postgres() else { return };
    made(&live, "CREATE INDEX mine ON note (title)");
    apply(&live, &after).unwrap();
}

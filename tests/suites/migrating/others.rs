//! What others have done to a database: services, programs that hold it, people, and earlier builds.
use super::{NOTES, Place};
use std::fs;
use tempfile::TempDir;

/// One service does not take the tables of another for its own, unless it was called so before.
#[test]
fn the_database_of_another_service_is_left_alone() {
    let place = Place::new();
    place.changed(&[("service notes", "service letters"), ("entity Note in", "entity Letter in")]);
    let letters = fs::read_to_string(place.folder.path().join("notes.qtr")).unwrap();
    place.write(
        &letters
            .replace("Note(", "Letter(")
            .replace("Note {", "Letter {")
            .replace("list Note", "list Letter"),
    );
    let both = ["that of service `notes`, and this is service `letters`", "--renamed-from notes"];
    place.says(&["run", "--migrate", "safe", "--listen", "127.0.0.1:0"], 2, &both);
    for command in ["status", "plan", "apply", "rollback"] {
        place.says(&["migrate", command], 2, &both);
    }
    place.says(&["call", "list"], 2, &both);
    place.says(&["migrate", "apply", "--renamed-from", "others"], 2, &both);
    // What comes into the place of what goes is looked at as ever.
    place.says(&["migrate", "apply", "--renamed-from", "notes"], 5, &["drop table `note`"]);
    place.changed(&[("service notes", "service letters")]);
    place.says(&["migrate", "apply", "--renamed-from", "notes"], 0, &["is up to date"]);
    place.says(&["call", "list"], 0, &["Milk"]);
    place.write(NOTES);
    place.says(&["call", "list"], 2, &["that of service `letters`, and this is service `notes`"]);
}

/// A database of which nobody has written down whose it is: empty tables may be somebody else's.
#[test]
fn a_table_is_not_dropped_unasked_where_it_is_not_known_whose_it_is() {
    let place = Place { folder: TempDir::new().unwrap() };
    place.write(NOTES);
    place.says(&["migrate", "apply"], 0, &[]);
    place.database().execute_batch("DROP TABLE _quater_service").unwrap();
    place.changed(&[
        ("service notes", "service letters"),
        ("entity Note in main {", "entity Note in main as \"letter\" {"),
    ]);
    place.says(
        &["run", "--migrate", "safe", "--listen", "127.0.0.1:0"],
        2,
        &["more than safe", "drop table `note`"],
    );
}

#[test]
fn who_holds_the_database_is_waited_for_and_told() {
    let place = Place::new();
    place.changed(&[("  done:  bool = false", "  done:  bool = false\n  by: text(..9)?")]);
    let holder = place.database();
    holder.execute_batch("BEGIN IMMEDIATE").unwrap();
    let started = std::time::Instant::now();
    let told = ["waiting for another program, which writes", "nothing was changed. another program holds it"];
    place.says(&["migrate", "apply"], 2, &told);
    assert!((9..20).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
    holder.execute_batch("ROLLBACK").unwrap();
    place.says(&["migrate", "apply"], 0, &["1 step done"]);
}

/// Indexes and triggers that somebody made are there after a table was made anew.
#[test]
fn what_somebody_made_beside_stays() {
    let place = Place::new();
    let sql = "CREATE INDEX mine ON note (done);
        CREATE TRIGGER loud AFTER INSERT ON note BEGIN UPDATE note SET done = 1 WHERE id = new.id; END";
    place.database().execute_batch(sql).unwrap();
    place.changed(&[("title: text(1..80)\n  done", "title: text(1..90)\n  done")]);
    place.says(&["migrate", "plan"], 0, &["CREATE INDEX mine", "CREATE TRIGGER loud"]);
    place.says(&["migrate", "apply"], 0, &["1 step done"]);
    place.says(&["migrate", "status"], 0, &["beside    index `mine` of table `note` was not made by Quater"]);
    place.says(&["call", "add", "--title", "Bread"], 0, &[]);
    let done = "SELECT count(*) FROM note WHERE done = 1";
    assert_eq!(place.database().query_row(done, (), |row| row.get::<_, i64>(0)).unwrap(), 1);
    assert!(place.database().prepare("SELECT 1 FROM note INDEXED BY mine WHERE done = 1").is_ok());
}

#[test]
fn nothing_is_done_well_on_tables_that_were_changed_by_hand() {
    let place = Place::new();
    place.database().execute_batch("ALTER TABLE note DROP COLUMN done").unwrap();
    let told = ["are not as they were made", "column `done` of table `note` is not there"];
    place.says(&["migrate", "apply"], 1, &told);
    place.says(&["migrate", "plan"], 1, &told);
}

/// A rule that earlier builds made, and a default that they did not.
#[test]
fn tables_of_earlier_builds_are_as_they_were_made() {
    let place = Place { folder: TempDir::new().unwrap() };
    let tags = "  tags:  [text(..9)](..3)?\n";
    place.write(&NOTES.replace("  done:", &format!("{tags}  done:")));
    place.says(&["migrate", "apply"], 0, &[]);
    let sql = "SELECT sql FROM sqlite_master WHERE name = 'note'";
    let now: String = place.database().query_row(sql, (), |row| row.get(0)).unwrap();
    let rule = "(\"tags\" IS NULL OR json_valid(\"tags\"))";
    assert!(now.contains(rule), "{now}");
    let before = now.replace(rule, "(json_valid(\"tags\"))");
    let index = "CREATE INDEX \"note_title\" ON \"note\" (\"title\")";
    place.database().execute_batch(&format!("DROP TABLE note; {before}; {index}")).unwrap();
    place.says(&["migrate", "status"], 0, &["pending   nothing"]);
    place.says(&["call", "list"], 0, &[]);
}

const SHOP: &str = "service shop version 1
resource main = database(\"sqlite:notes.db\")
entity Order in main {
  id:    int key
  lines: [Line](..4) by order
}
entity Line in main {
  id:    int key
  order: Order on delete cascade
}
";

/// No database holds how many rows may point to one, so `migrate` says whose are too many.
#[test]
fn a_lower_bound_says_whose_rows_are_too_many() {
    let place = Place { folder: TempDir::new().unwrap() };
    place.write(SHOP);
    let rows =
        r#"{ "Order": [{ "$as": "a" }], "Line": [{ "order": "$a" }, { "order": "$a" }, { "order": "$a" }] }"#;
    fs::write(place.folder.path().join("rows.json"), rows).unwrap();
    place.says(&["seed", "rows.json"], 0, &["Line  3 rows"]);
    place.write(&SHOP.replace("(..4)", "(..2)"));
    let step = "let at most 2 rows of `line` point to one of `order` by `order`";
    let told = [step, "take some of them away first, or let more point there", "in the way: 1 (3 rows)"];
    place.says(&["migrate", "plan"], 1, &told);
    place.says(&["migrate", "plan", "--json"], 1, &[r#""rows":["1"],"counts":[3]"#]);
    place.says(&["migrate", "apply"], 1, &told);
    place.says(&["migrate", "status"], 4, &told);
    place.says(
        &["run", "--migrate", "safe", "--listen", "127.0.0.1:0"],
        2,
        &[step, "nothing was changed. `quater migrate plan`"],
    );
}

/// Looking makes no file: neither a database nor a folder for files.
#[test]
fn who_only_looks_makes_nothing() {
    let place = Place { folder: TempDir::new().unwrap() };
    let files = "resource media = files(\"file:media\")\n";
    place.write(&NOTES.replace("\ntype NoteCard", &format!("{files}\ntype NoteCard")));
    place.says(&["migrate", "status"], 4, &["there are no tables yet"]);
    place.says(&["migrate", "plan"], 0, &["make table `note`"]);
    place.says(&["migrate", "apply", "--dry-run"], 0, &["make table `note`"]);
    place.says(&["migrate", "rollback", "--dry-run"], 2, &["there is no migration before"]);
    place.says(&["migrate", "rollback"], 2, &["there is no migration before"]);
    place.says(&["migrate", "diff", "sqlite:notes.db", "."], 2, &["Quater has made no tables"]);
    place.says(&["explain-query", "list_notes"], 0, &["SELECT"]);
    let none = ["notes.db`: Quater has made no tables there", "is it the database that the service runs on?"];
    place.says(&["audit"], 2, &none);
    let there: Vec<_> =
        fs::read_dir(place.folder.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(there, ["notes.qtr"]);
    place.says(&["migrate", "apply"], 0, &["1 step done"]);
    place.says(&["migrate", "status"], 0, &["pending   nothing"]);
    place.says(&["audit"], 0, &[]);
    place.database().execute_batch("DROP TABLE _quater_migrations").unwrap();
    place.says(&["audit"], 2, &none);
}

/// What was recorded under a name stays under it, so a name that is not there is no error.
#[test]
fn the_audit_says_of_a_name_that_there_is_not() {
    let place = Place::new();
    let none = "there is no record of an operation";
    place.says(&["audit", "--operation", "ad_note"], 0, &[none, "did you mean `add_note`?"]);
    place.says(&["audit", "--operation", "nope"], 0, &[none, "the service has none of that name\n"]);
    place.changed(&[("operation add_note", "operation write_note")]);
    let (code, text) = place.said(&["audit", "--operation", "add_note"]);
    assert!(code == 0 && text.contains("add_note") && !text.contains(none), "{text}");
    let (code, text) = place.said(&["audit", "--operation", "write_note"]);
    assert!(code == 0 && !text.contains(none), "it is there, and nobody has called it: {text}");
    place.changed(&[("  cli \"list\"\n", "  cli \"list\"\n  audit off \"it is read all day\"\n")]);
    place.says(&["audit", "--operation", "list_notes"], 0, &["leave no record: it has `audit off`"]);
}

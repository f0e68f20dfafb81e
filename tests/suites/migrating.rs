//! `quater migrate` beside other programs: tables that somebody changed by hand, plans that somebody applied
//! by hand, services that start, and `docs/migrations.md`, whose every command is run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "migrating/others.rs"]
mod others;

use rusqlite::Connection;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

const NOTES: &str = "service notes version 1

env {
  DATABASE_URL: text secret = \"sqlite:notes.db\"
}
resource main = database(env.DATABASE_URL)

type NoteCard = Note(*)

entity Note in main {
  id:    int key
  title: text(1..80)
  done:  bool = false
  index (title)
  allow all public
}

/// Write a note down.
operation add_note(title: text(1..80)) -> NoteCard {
  http POST /notes
  cli \"add\"
  allow public
  return create Note { title }
}

/// All notes.
operation list_notes() -> [NoteCard](..50) {
  http GET /notes
  cli \"list\"
  allow public
  return list Note sort title take 50
}
";

struct Place {
    folder: TempDir,
}

impl Place {
    /// A service with one note.
    fn new() -> Self {
        let place = Self { folder: TempDir::new().unwrap() };
        place.write(NOTES);
        assert!(place.quater(&["call", "add", "--title", "Milk"]).status.success());
        place
    }

    fn write(&self, text: &str) {
        fs::write(self.folder.path().join("notes.qtr"), text).unwrap();
    }

    fn changed(&self, pairs: &[(&str, &str)]) {
        let change = |text: String, (what, by): &(&str, &str)| {
            assert!(text.contains(what), "{what}");
            text.replace(what, by)
        };
        self.write(&pairs.iter().fold(NOTES.to_owned(), change));
    }

    fn database(&self) -> Connection {
        Connection::open(self.folder.path().join("notes.db")).unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quater"));
        command.args(arguments).current_dir(self.folder.path()).env_remove("DATABASE_URL");
        command
    }

    fn quater(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// The exit code of a command and all that it says.
    fn said(&self, arguments: &[&str]) -> (i32, String) {
        let Output { status, stdout, stderr } = self.quater(arguments);
        let text = format!("{}{}", String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap());
        (status.code().unwrap(), text)
    }

    fn says(&self, arguments: &[&str], code: i32, parts: &[&str]) {
        let (found, text) = self.said(arguments);
        assert_eq!(found, code, "{arguments:?}\n{text}");
        for part in parts {
            assert!(text.contains(part), "{arguments:?} does not say `{part}`:\n{text}");
        }
    }
}

/// A server that is stopped with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        _ = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        _ = self.0.wait();
    }
}

#[test]
fn what_somebody_changed_by_hand_is_told() {
    let place = Place::new();
    let database = place.database();
    database.execute_batch("ALTER TABLE note ADD COLUMN colour TEXT; DROP INDEX note_title").unwrap();
    let both = [
        "are not as they were made",
        "- column `colour` of table `note` was not made by Quater",
        "- index `note_title` of table `note` is not there",
    ];
    place.says(&["migrate", "status"], 4, &both);
    place.says(&["call", "list"], 0, &["Milk"]);
    place.changed(&[("  done:  bool = false", "  done:  bool = false\n  by: text(..9)?")]);
    place.says(&["migrate", "apply"], 1, &both);
    place.says(&["migrate", "plan"], 1, &both);
    place.write(NOTES);
    database.execute_batch("ALTER TABLE note DROP COLUMN done").unwrap();
    place.says(
        &["call", "list"],
        2,
        &["are not as they were made", "column `done` of table `note` is not there"],
    );
    database.execute_batch("DROP TABLE note").unwrap();
    place.says(&["migrate", "status"], 4, &["- table `note` is not there"]);
}

#[test]
fn tables_of_others_are_left_alone() {
    let folder = TempDir::new().unwrap();
    let place = Place { folder };
    place.write(NOTES);
    place.database().execute_batch("CREATE TABLE note (a); CREATE TABLE other (a)").unwrap();
    place.says(
        &["migrate", "plan"],
        2,
        &["tables of these names that Quater did not make", "- table `note`"],
    );
    place.says(&["migrate", "apply"], 2, &["- table `note`"]);
    place.database().execute_batch("DROP TABLE note").unwrap();
    place.says(&["migrate", "apply"], 0, &["make table `note`"]);
    assert!(place.database().prepare("SELECT a FROM other").is_ok());
}

#[test]
fn a_plan_that_was_applied_by_hand_is_recognised() {
    let place = Place::new();
    place.changed(&[
        ("version 1", "version 2"),
        ("  done:  bool = false", "  done:  bool = false\n  by: text(..9) = \"me\""),
    ]);
    place.says(&["migrate", "plan", "--out", "plan.sql"], 0, &["`plan.sql` written"]);
    let plan = fs::read_to_string(place.folder.path().join("plan.sql")).unwrap();
    let (head, statements) = plan.split_once(".bail on\n").unwrap();
    assert!(head.lines().all(|line| line.starts_with("-- ")), "{head}");
    place.database().execute_batch(statements).unwrap();
    place.says(&["migrate", "status"], 0, &["applied   version 2", "pending   nothing"]);
    place.says(&["call", "list"], 0, &["Milk"]);
}

#[test]
fn tables_that_are_right_already_are_written_down() {
    let place = Place::new();
    place.changed(&[("  index (title)\n", "  index (title)\n  index (done, title desc)\n")]);
    let index = "CREATE INDEX note_done_title_desc ON note (\"done\", \"title\" DESC)";
    let exact = index.replace("note_done_title_desc ON note", "\"note_done_title_desc\" ON \"note\"");
    place.database().execute_batch(&exact).unwrap();
    place.says(&["migrate", "status"], 4, &["nothing but to write down what was done by hand"]);
    place.says(&["migrate", "apply"], 0, &["was done by hand, and is written down"]);
    place.says(&["migrate", "status"], 0, &["pending   nothing"]);
}

#[test]
fn a_plan_is_for_the_tables_it_was_made_from() {
    let place = Place::new();
    place.changed(&[("  done:  bool = false", "  done:  bool = false\n  by: text(..9)?")]);
    place.says(&["migrate", "plan", "--out", "plan.sql"], 0, &[]);
    place.changed(&[("  done:  bool = false", "  done:  bool = false\n  to: text(..9)?")]);
    place.says(&["migrate", "apply", "--plan", "plan.sql"], 2, &["the plan leads to"]);
    place.says(&["migrate", "apply"], 0, &[]);
    place.says(&["migrate", "plan", "--out", "plan2.sql"], 0, &["is up to date"]);
    place.changed(&[("  done:  bool = false", "  done:  bool = false\n  by: text(..9)?")]);
    place.says(
        &["migrate", "apply", "--plan", "plan.sql", "--accept", "x"],
        2,
        &["the plan is for a database at"],
    );
}

#[test]
fn a_plan_that_was_changed_must_lead_to_the_same_tables() {
    let place = Place::new();
    place.changed(&[("  done:  bool = false", "  done:  bool = false\n  by: text(..9)?")]);
    place.says(&["migrate", "plan", "--out", "plan.sql"], 0, &[]);
    let path = place.folder.path().join("plan.sql");
    let plan = fs::read_to_string(&path).unwrap();
    fs::write(&path, plan.replace("length(\"by\") <= 9", "length(\"by\") <= 8")).unwrap();
    place.says(
        &["migrate", "apply", "--plan", "plan.sql"],
        2,
        &["do not lead to the tables", "so nothing was done"],
    );
    let kept =
        "ADD COLUMN \"by\" TEXT CONSTRAINT \"by\" CHECK (length(\"by\") <= 9);\nUPDATE note SET by = 'me'";
    fs::write(
        &path,
        plan.replace("ADD COLUMN \"by\" TEXT CONSTRAINT \"by\" CHECK (length(\"by\") <= 9)", kept),
    )
    .unwrap();
    place.says(&["migrate", "apply", "--plan", "plan.sql"], 0, &[]);
    place.says(&["call", "list"], 0, &["\"by\": \"me\""]);
}

fn serve(place: &Place, arguments: &[&str]) -> (Server, String) {
    let mut child = place
        .command(arguments)
        .args(["--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (Server(child), line)
}

fn told(mut server: Server) -> String {
    _ = Command::new("kill").args(["-TERM", &server.0.id().to_string()]).status();
    let mut text = String::new();
    server.0.stderr.take().unwrap().read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_service_does_safe_steps_when_it_may() {
    let place = Place::new();
    place.changed(&[("  done:  bool = false", "  done:  bool = false\n  by: text(..9)?")]);
    place.says(&["run"], 2, &["belongs to another version", "`quater migrate plan`"]);
    let (server, line) = serve(&place, &["run", "--migrate", "safe"]);
    assert!(line.starts_with("notes version 1 at http://"), "{line}");
    assert!(told(server).contains("migrated: add column `note.by`"));
    place.says(&["migrate", "status"], 0, &["pending   nothing"]);
    place.changed(&[("title: text(1..80)\n  done", "name: text(1..80) was title\n  done")]);
    let renamed = NOTES.replace("  title: text(1..80)\n", "  name: text(1..80) was title\n");
    place.write(
        &renamed
            .replace("{ title }", "{ name: title }")
            .replace("index (title)", "index (name)")
            .replace("sort title", "sort name"),
    );
    place.says(
        &["run", "--migrate", "safe", "--listen", "127.0.0.1:0"],
        2,
        &["more than safe", "rename column `note.title` to `name`"],
    );
}

#[test]
fn the_service_at_work_on_it_loses_nothing() {
    let place = Place::new();
    let renamed = NOTES.replace("  title: text(1..80)\n", "  name: text(1..80) was title\n");
    place.write(
        &renamed
            .replace("{ title }", "{ name: title }")
            .replace("index (title)", "index (name)")
            .replace("sort title", "sort name"),
    );
    let (server, line) = serve(&place, &["dev"]);
    assert!(line.starts_with("notes version 1 at http://"), "{line}");
    assert!(told(server).contains("migrated: rename column `note.title` to `name`"));
    place.says(&["call", "list"], 0, &["\"name\": \"Milk\""]);
}

#[test]
fn two_that_migrate_at_once_do_it_once() {
    let place = Place::new();
    place.changed(&[
        ("version 1", "version 2"),
        ("  done:  bool = false", "  done:  bool = false\n  by: text(..9) = \"me\""),
    ]);
    let all: Vec<Child> = (0..4)
        .map(|_| {
            place.command(&["migrate", "apply"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
        })
        .collect();
    let mut said: Vec<String> = Vec::new();
    for child in all {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        said.push(String::from_utf8(output.stdout).unwrap());
    }
    let did = said.iter().filter(|text| text.contains("1 step done")).count();
    assert_eq!(did, 1, "{said:#?}");
    assert_eq!(said.iter().filter(|text| text.contains("is up to date")).count(), 3, "{said:#?}");
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The `console` blocks of the page: each begins in the folder of the one before.
#[test]
fn the_page_about_migrations_is_true() {
    let text = fs::read_to_string(root().join("docs/migrations.md")).unwrap();
    let folder = TempDir::new().unwrap();
    let path = format!(
        "{}:{}",
        Path::new(env!("CARGO_BIN_EXE_quater")).parent().unwrap().display(),
        std::env::var("PATH").unwrap()
    );
    let (mut rewritten, mut in_console, mut count) = (String::new(), false, 0);
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        match line {
            "```console" => in_console = true,
            "```" => in_console = false,
            _ => {}
        }
        let command = line.strip_prefix("$ ").filter(|_| in_console);
        if !in_console || line == "```console" || command.is_some() {
            rewritten.push_str(line);
            rewritten.push('\n');
        }
        if let Some(command) = command {
            let mut command = command.to_owned();
            while command.contains("<<'END'") && !command.ends_with("\nEND") {
                let next = lines.next().expect("`END` is missing");
                rewritten.push_str(&format!("{next}\n"));
                command = format!("{command}\n{next}");
            }
            count += 1;
            let output = Command::new("bash")
                .args(["-c", &format!("exec 2>&1\n{command}")])
                .current_dir(folder.path())
                .env("PATH", &path)
                .env_remove("DATABASE_URL")
                .output()
                .unwrap();
            rewritten.push_str(&steady(&String::from_utf8(output.stdout).unwrap()));
        }
    }
    assert!(count > 10, "the page has only {count} commands");
    if rewritten != text && std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(root().join("docs/migrations.md"), rewritten).unwrap();
    } else {
        let differs = text.lines().zip(rewritten.lines()).find(|(page, truth)| page != truth);
        assert_eq!(rewritten, text, "{differs:#?}");
    }
}

/// What differs from run to run, as the page shows it.
fn steady(text: &str) -> String {
    let uuid = regex::Regex::new("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}").unwrap();
    let instant = regex::Regex::new("20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z").unwrap();
    let text = uuid.replace_all(text, "0199f6c4-7d0e-7a31-9f1c-2b8e4f6a9d10").into_owned();
    instant.replace_all(&text, "2026-01-31T09:30:00.000Z").into_owned()
}

const TEAM: &str = "service team version 1
env { SIGNING_KEY: text(32..) secret = \"0123456789abcdef0123456789abcdef\" }
resource main = database(\"sqlite:notes.db\")
auth login {
  bearer jwt(secret: env.SIGNING_KEY)
  actor Person where id == claims.sub
  tenant actor.branch
}
entity Person in main {
  id:       uuid key
  name:     text(trim, lower, 1..20) unique
  password: password
  boss:     Person? on delete null
  branch:   text(1..20)
  tenant branch
  allow read public
}
entity Task in main {
  id:    int key
  owner: Person on delete cascade
  hours: decimal(2) = 1.50
  due:   date?
  allow read via owner
  allow create via owner
}
/// Whether a password is right.
operation is_right(name: text(..20), password: text(..80) secret) -> { right: bool } {
  http POST /right
  cli \"right\"
  allow public
  let found = find Person(name: name) across tenants else NotFound
  return { right: verify(found.password, password) }
}
";

#[test]
fn rows_of_a_file_have_their_types_and_name_each_other() {
    let place = Place { folder: TempDir::new().unwrap() };
    place.write(TEAM);
    let rows = r#"{
        "Task": [ { "owner": "$ann", "hours": "2.25", "due": "2026-01-31" }, { "owner": "$bob" } ],
        "Person": [
            { "$as": "ann", "name": " ANN ", "password": "correct horse", "branch": "north" },
            { "$as": "bob", "name": "bob", "password": "battery staple", "branch": "north", "boss": "$ann" }
        ]
    }"#;
    let path = place.folder.path().join("rows.json");
    fs::write(&path, rows).unwrap();
    place.says(&["seed", "rows.json"], 0, &["Person  2 rows\nTask  2 rows\n"]);
    let told = |sql: &str| place.database().query_row(sql, (), |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(told("SELECT group_concat(name ORDER BY name) FROM person"), "ann,bob");
    assert_eq!(
        told("SELECT b.name FROM person p JOIN person b ON b.id = p.boss WHERE p.name = 'bob'"),
        "ann"
    );
    assert_eq!(
        told(
            "SELECT group_concat(p.name || t.hours || coalesce(t.due, ''), ' ' ORDER BY t.id) FROM task t JOIN person p ON p.id = t.owner"
        ),
        "ann22520484 bob150"
    );
    place.says(&["call", "right", "--name", "ann", "--password", "correct horse"], 0, &["\"right\": true"]);
    place.says(&["call", "right", "--name", "ann", "--password", "wrong horse"], 0, &["\"right\": false"]);
    for (wrong, told) in [
        (r#"{ "Task": [ { "owner": "$eve" } ] }"#, "`/Task/0/owner` names `eve`, and no row before it is"),
        (r#"{ "Task": [ { "owner": "eve" } ] }"#, "`/Task/0/owner` must be a UUID"),
        (
            r#"{ "Person": [ { "name": "bob", "password": "long enough", "branch": "n" } ] }"#,
            "UNIQUE constraint failed",
        ),
        (
            r#"{ "Person": [ { "name": "cy", "password": "long enough" } ] }"#,
            "`/Person/0/branch` is required",
        ),
        (
            r#"{ "Person": [ { "name": "cy", "password": "x" } ] }"#,
            "`/Person/0/password` must have 8 to 200 characters",
        ),
    ] {
        fs::write(&path, wrong).unwrap();
        place.says(&["seed", "rows.json"], 2, &[told]);
    }
    assert_eq!(told("SELECT count(*) || '' FROM person"), "2");
}

//! Processes that end at every place of a migration, and others that go on.
use super::live::Live;
use super::tables::{column, index, table};
use super::{apply, assert_kept, assert_worked_out, everything, kept, open, random};
use quater_ir::entity::OnDelete;
use quater_ir::storage::{Check, ForeignKey, Storage, StoredColumn, StoredKind};
use quater_runtime::migrate::Way;
use std::process::Command;

const FOLDER: &str = "QUATER_TEST_MIGRATE_FOLDER";
const URL: &str = "QUATER_TEST_MIGRATE_URL";
const PLACE: &str = "QUATER_TEST_MIGRATE_PLACE";

/// Two versions between which nearly every kind of step lies.
fn versions() -> (Storage, Storage) {
    let text = |name: &str, max| StoredColumn {
        check: Some(Check::Length { min: None, max: Some(max) }),
        ..column(name, StoredKind::Text)
    };
    let mut author = table("author", false);
    author.columns.push(text("name", 80));
    let mut note = table("note", true);
    let status = Check::OneOf(vec!["draft".into(), "publik".into()]);
    note.columns.extend([
        text("title", 80),
        StoredColumn { check: Some(status), ..column("status", StoredKind::Text) },
        StoredColumn { optional: true, ..column("author", StoredKind::Uuid) },
        StoredColumn { optional: true, ..column("stars", StoredKind::Int) },
        column("price", StoredKind::Decimal(2)),
        column("gone", StoredKind::Text),
    ]);
    note.indexes.push(index(&[("title".into(), false), ("stars".into(), true)]));
    let found = Storage { tables: vec![author.clone(), note.clone()], shaped: false, bounded: false };
    author.columns[1].check = Some(Check::Length { min: None, max: Some(200) });
    author.uniques.push(vec!["id".into(), "name".into()]);
    note.columns.pop();
    note.columns[1].name = "name".into();
    note.columns[1].origin.was = Some("title".into());
    note.columns[2].check = Some(Check::OneOf(vec!["draft".into(), "published".into()]));
    note.columns[2].origin.renamed = vec![("published".into(), "publik".into())];
    note.columns[4].optional = false;
    note.columns[4].origin.fill = Some(random::fill(&note.columns[4]));
    note.columns[5].kind = StoredKind::Decimal(3);
    let made = column("made", StoredKind::Instant);
    note.columns.push(StoredColumn {
        origin: quater_ir::storage::Origin { fill: Some(random::fill(&made)), ..Default::default() },
        ..made
    });
    let label = column("label", StoredKind::Text);
    let fill = Some(random::worked_out(quater_ir::Id::new(1), &label));
    note.columns
        .push(StoredColumn { origin: quater_ir::storage::Origin { fill, ..Default::default() }, ..label });
    note.indexes =
        vec![index(&[("name".into(), false), ("stars".into(), true)]), index(&[("price".into(), false)])];
    let (table, key) = ("author".into(), "id".into());
    note.foreign_keys.push(ForeignKey {
        column: "author".into(),
        table,
        key,
        on_delete: OnDelete::Cascade,
        most: None,
    });
    let mut log = super::tables::table("log", true);
    log.columns.push(column("at", StoredKind::Instant));
    (found, Storage { tables: vec![author, note, log], shaped: false, bounded: false })
}

fn filled(live: &Live, found: &Storage) {
    apply(live, &Storage::default(), found, 1).unwrap();
    let hex = "0199f6c47d0e7a319f1c2b8e4f6a9d10";
    let uuid = if matches!(live, Live::Sqlite(_)) { format!("x'{hex}'") } else { format!("'{hex}'") };
    live.run(&format!("INSERT INTO author (id, name) VALUES ({uuid}, 'ann')"));
    for (at, author) in [uuid.as_str(), "NULL", uuid.as_str()].into_iter().enumerate() {
        let (status, stars) = (["draft", "publik"][at % 2], ["3", "NULL", "5"][at]);
        live.run(&format!(
            "INSERT INTO note (title, status, author, stars, price, gone) VALUES ('n{at}', '{status}', {author}, {stars}, {at}, 'x')"
        ));
    }
}

/// The process that ends at one place of its work.
#[test]
#[ignore = "started by the tests below"]
fn migrates_until_a_place() {
    let (Ok(folder), Ok(url), Ok(place)) = (std::env::var(FOLDER), std::env::var(URL), std::env::var(PLACE))
    else {
        return;
    };
    let (found, wanted) = versions();
    let mut left: usize = place.parse().unwrap();
    let env = std::collections::BTreeMap::from([("DATABASE_URL".into(), url)]);
    let settings = quater_runtime::Settings::new(env, folder.into());
    let program = super::program(&wanted, 2);
    let mut database = quater_runtime::migrate::Database::open(&program, &settings).unwrap();
    let done = database.apply(Way::Forth, &everything(&found, &wanted), &mut |_| {
        if left == 0 {
            std::process::abort();
        }
        left -= 1;
    });
    done.unwrap();
}

/// Starts it; whether it came to its end.
fn ends_at(live: &Live, place: usize) -> bool {
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::migrates_until_a_place", "--ignored"])
        .env(FOLDER, live.folder())
        .env(URL, live.url())
        .env(PLACE, place.to_string())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .status();
    status.unwrap().success()
}

fn at_every_place(fresh: impl Fn() -> Option<Live>, least: usize) {
    let (found, wanted) = versions();
    let Some(whole) = fresh() else { return };
    apply(&whole, &Storage::default(), &wanted, 2).unwrap();
    let shape = whole.shape();
    let mut place = 0;
    loop {
        let live = fresh().unwrap();
        filled(&live, &found);
        let before = live.rows(&found);
        let ended = ends_at(&live, place);
        apply(&live, &found, &wanted, 2).unwrap_or_else(|error| panic!("after place {place}: {error:?}"));
        assert_eq!(live.shape(), shape, "after place {place}");
        assert_kept(&format!("after place {place}"), &kept(&before, &found, &wanted), &live.rows(&wanted));
        assert_worked_out(&format!("after place {place}"), &wanted, &live.rows(&wanted));
        assert!(open(&live, &wanted, 2).plan(Way::Forth).unwrap().is_empty());
        if ended {
            break;
        }
        place += 1;
    }
    assert!(place >= least, "there are only {place} places");
}

/// What was begun is given up: the tables, the rows and the record are what they were, and the way is free.
#[test]
fn a_migration_that_was_begun_is_undone_at_any_place() {
    let (found, wanted) = versions();
    let mut undone = 0;
    for place in 0.. {
        let Some(live) = Live::postgres() else { return };
        filled(&live, &found);
        let (before, shape) = (live.rows(&found), live.shape());
        if ends_at(&live, place) {
            break;
        }
        if let Some(given_up) = open(&live, &found, 1).give_up().unwrap() {
            undone += 1;
            assert_eq!((given_up.version, given_up.back), (2, 1), "after place {place}");
        } else if undone > 0 {
            assert!(open(&live, &wanted, 2).plan(Way::Forth).unwrap().is_empty(), "it was at its end");
            continue;
        }
        assert_eq!(live.shape(), shape, "after place {place}");
        assert_kept(&format!("after place {place}"), &before, &live.rows(&found));
        assert!(open(&live, &found, 1).plan(Way::Forth).unwrap().is_empty(), "after place {place}");
        apply(&live, &found, &wanted, 2).unwrap();
    }
    assert!(undone >= 5, "only {undone} were begun");
}

#[test]
fn a_process_that_ends_at_any_place_leaves_sqlite_to_the_next() {
    at_every_place(|| Some(Live::sqlite()), 4);
}

#[test]
fn a_process_that_ends_at_any_place_leaves_postgres_to_the_next() {
    at_every_place(Live::postgres, 6);
}

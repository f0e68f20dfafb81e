//! The proof of the row rules: over random rules, rows and callers, every way to ask gives what an evaluator
//! says that was written from the language's text and shares no code with the compiler or the planner.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "policy/lists.rs"]
mod lists;
#[path = "policy/maker.rs"]
mod maker;
#[path = "runtime/place.rs"]
#[expect(dead_code, unused_macros, unused_imports, reason = "the runtime's suite uses the rest")]
mod place;
#[path = "policy/rows.rs"]
mod rows;
#[path = "policy/world.rs"]
mod world;
#[path = "policy/written.rs"]
mod written;

use maker::Maker;
use place::Place;
use quater_compiler::report::{Source, Sources};
use quater_ir::Program;
use quater_ir::operation::Door;
use quater_runtime::{Call, Entry, Identity, Input, RequestId, Service, Wishes};
use rows::{id_of, insert};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use world::{Asker, Note, Row, Rules, Verb, World};

const SECRET: &str = "0123456789abcdef0123456789abcdef";

/// Each is a service of its own, with its rows and five callers.
const FILES: usize = 100;
const SERVERS: usize = 25;

/// The program with some rules; none where the checker refuses them, as it does some that let nothing happen.
fn program(rules: &Rules) -> Option<Arc<Program>> {
    let mut sources = Sources::default();
    let text = maker::service(rules);
    sources.add(Source::new("policy.qtr", text));
    let analysis = quater_compiler::analyse(sources);
    let codes: Vec<&str> = analysis.reports.iter().map(|report| report.code.name()).collect();
    let program = analysis.program.map(Arc::new);
    let known = ["E0401", "E0402", "E0404"];
    assert!(
        program.is_some() || codes.iter().any(|code| known.contains(code)),
        "{:#?}\n{}",
        analysis.reports,
        maker::service(rules)
    );
    program
}

/// One caller at one service, beside what is true of it.
struct Trial<'t> {
    service: &'t Service,
    world: &'t World,
    rules: &'t Rules,
    caller: Option<usize>,
}

impl Trial<'_> {
    fn asker<'w>(&'w self, operation: &'w str) -> Asker<'w> {
        Asker { world: self.world, rules: self.rules, caller: self.caller, operation }
    }

    /// The answer, or the name of the error.
    async fn call(&self, name: &str, arguments: Json) -> Result<Json, String> {
        let program = self.service.program();
        let (operation, _) = program.operations.iter().find(|(_, it)| it.name == name).unwrap();
        let identity = self.caller.map_or(Identity::Nobody, |at| Identity::bearer(rows::token(at)));
        let Json::Object(members) = arguments else { panic!("arguments are an object") };
        let (door, entry, input) = (Door::Mcp, Entry::Remote, Input::Object(members));
        let (request, ip) = (RequestId::fresh(), None);
        let wishes = Wishes::default();
        let answer =
            self.service.invoke(Call { operation, door, entry, input, identity, request, ip, wishes }).await;
        match answer {
            Ok(answer) if answer.body.is_empty() => Ok(Json::Null),
            Ok(answer) => Ok(serde_json::from_slice(&answer.body).unwrap()),
            Err(refusal) => Err(program.faults[refusal.fault].name.to_string()),
        }
    }

    fn told(&self) -> String {
        let program = maker::service(self.rules);
        let rules: String = program
            .lines()
            .filter(|it| {
                ["allow ", "deny ", "tenant "].iter().any(|word| it.starts_with("  ") && it.contains(word))
            })
            .map(|it| format!("{it}\n"))
            .collect();
        format!("as {:?} of\n{}\n{rules}", self.caller, rows::shown(self.world))
    }

    async fn same(&self, name: &str, arguments: Json, wanted: Result<Json, &str>) {
        let got = self.call(name, arguments.clone()).await;
        assert_eq!(
            got.as_ref().map_err(String::as_str),
            wanted.as_ref().map_err(|it| *it),
            "{name} {arguments} {}",
            self.told()
        );
    }

    fn card(&self, at: usize, asker: Asker<'_>) -> Json {
        let note = &self.world.notes[at];
        let shown = |column: &str| asker.may(Verb::Read, &[column], Row::Note(note));
        json!({
            "id": id_of('c', at),
            "level": note.level,
            "flag": note.flag.filter(|_| shown("flag")),
            "text": note.text.filter(|_| shown("text")),
        })
    }

    fn seen(&self, operation: &str) -> Vec<usize> {
        let asker = self.asker(operation);
        let notes = self.world.notes.iter().enumerate();
        notes.filter(|(_, note)| asker.may(Verb::Read, &[], Row::Note(note))).map(|(at, _)| at).collect()
    }

    async fn reads(&self) {
        let cards = |seen: &[usize], operation: &str| -> Json {
            seen.iter().map(|at| self.card(*at, self.asker(operation))).collect()
        };
        let seen = self.seen("list_notes");
        self.same("list_notes", json!({}), Ok(cards(&seen, "list_notes"))).await;
        for least in [0, 3] {
            let mut seen = self.seen("notes_at");
            seen.retain(|at| self.world.notes[*at].level >= least);
            seen.sort_by_key(|at| (-self.world.notes[*at].level, *at));
            self.same("notes_at", json!({ "least": least }), Ok(cards(&seen, "notes_at"))).await;
        }
        for (tag, operation, input) in [
            ("red", "tagged_notes", "wanted"),
            ("blue", "filtered_notes", "tag"),
            ("x", "tagged_notes", "wanted"),
        ] {
            let mut seen = self.seen(operation);
            seen.retain(|at| self.world.notes[*at].tags.contains(&tag));
            self.same(operation, json!({ input: tag }), Ok(cards(&seen, operation))).await;
        }
        let seen = self.seen("count_notes");
        let some = seen.iter().any(|at| self.world.notes[*at].level > 2);
        self.same("count_notes", json!({}), Ok(json!({ "n": seen.len(), "some": some }))).await;
        let seen = self.seen("get_note");
        for at in 0..self.world.notes.len() {
            let card = self.card(at, self.asker("get_note"));
            let wanted = if seen.contains(&at) { Ok(card) } else { Err("NotFound") };
            self.same("get_note", json!({ "note": id_of('c', at) }), wanted).await;
        }
        self.folders().await;
    }

    async fn folders(&self) {
        let asker = self.asker("list_folders");
        let folders = self.world.folders.iter().enumerate();
        let pages = folders.filter(|(_, folder)| asker.may(Verb::Read, &[], Row::Folder(folder)));
        let page = |(at, folder): (usize, &world::Folder)| {
            let label = folder.label.filter(|_| asker.may(Verb::Read, &["label"], Row::Folder(folder)));
            let inside = self.asker("");
            let owner = folder.owner.filter(|owner| inside.may(Verb::Read, &[], Row::User(*owner)));
            let notes = self.world.notes.iter().enumerate().filter(|(_, note)| note.folder == at);
            let notes: Vec<_> =
                notes.filter(|(_, note)| inside.may(Verb::Read, &[], Row::Note(note))).collect();
            json!({
                "id": id_of('b', at),
                "level": folder.level,
                "label": label,
                "owner": owner.map(|owner| json!({ "name": self.world.users[owner].name })),
                "notes": notes.iter().map(|(at, _)| self.card(*at, inside)).collect::<Json>(),
                "many": notes.len(),
                "tall": notes.iter().any(|(_, note)| note.level > 2),
                "low": notes.iter().all(|(_, note)| note.level < 4),
                "some": notes.iter().filter(|(_, note)| note.level > 1).count(),
            })
        };
        self.same("list_folders", json!({}), Ok(pages.map(page).collect())).await;
    }

    /// What becomes of a change of one note, and whether it is done.
    fn changed(
        &self,
        operation: &str,
        verb: Verb,
        at: usize,
        after: Option<&Note>,
    ) -> Result<(), &'static str> {
        let asker = self.asker(operation);
        let note = &self.world.notes[at];
        let columns: &[&str] = if verb == Verb::Update { &["level"] } else { &[] };
        if !asker.may(Verb::Read, &[], Row::Note(note)) {
            return Err("NotFound");
        }
        let before = asker.may(verb, columns, Row::Note(note));
        let after = after.is_none_or(|note| asker.may(verb, columns, Row::Note(note)));
        if before && after { Ok(()) } else { Err("Forbidden") }
    }
}

/// Changes, each of which is undone by making the rows anew.
async fn writes(trial: &mut Trial<'_>, place: &Place, maker: &mut Maker) {
    let world = trial.world;
    let at = maker.below(world.notes.len());
    let raised = Note { level: 3, ..world.notes[at].clone() };
    let wanted = trial.changed("set_level", Verb::Update, at, Some(&raised)).map(|()| json!({ "level": 3 }));
    trial.same("set_level", json!({ "note": id_of('c', at), "level": 3 }), wanted).await;
    insert(place, world);
    let wanted = trial.changed("drop_note", Verb::Delete, at, None).map(|()| Json::Null);
    trial.same("drop_note", json!({ "note": id_of('c', at) }), wanted).await;
    insert(place, world);
    adds(trial, maker).await;
    insert(place, world);
    trial.keys(maker).await;
    insert(place, world);
    trial.nested(maker).await;
    insert(place, world);
    trial.upserts(place, maker).await;
    insert(place, world);
    let asker = trial.asker("raise_levels");
    let may = |note: &Note| {
        asker.may(Verb::Read, &[], Row::Note(note)) && asker.may(Verb::Update, &["level"], Row::Note(note))
    };
    let chosen: Vec<&Note> = world.notes.iter().filter(|note| note.level >= 2 && may(note)).collect();
    let mut raised = chosen.iter().map(|note| Note { level: note.level + 1, ..(*note).clone() });
    let fine = raised.all(|note| asker.may(Verb::Update, &["level"], Row::Note(&note)));
    let wanted = if fine { Ok(json!({ "n": chosen.len() })) } else { Err("Forbidden") };
    trial.same("raise_levels", json!({ "least": 2 }), wanted).await;
    insert(place, world);
}

async fn adds(trial: &Trial<'_>, maker: &mut Maker) {
    let world = trial.world;
    let folder = maker.below(world.folders.len());
    let (level, flag) = (maker.below(5) as i64, [None, Some(true)][maker.below(2)]);
    let note = Note { folder, level, owner: None, flag, text: None, tags: Vec::new() };
    let asker = trial.asker("add_note");
    let wanted = if !asker.may(Verb::Read, &[], Row::Folder(&world.folders[folder])) {
        Err("NotFound")
    } else if !asker.may(Verb::Create, &["folder", "level", "flag"], Row::Note(&note)) {
        Err("Forbidden")
    } else {
        Ok(())
    };
    let arguments = json!({ "folder": id_of('b', folder), "level": level, "flag": flag });
    let got = trial.call("add_note", arguments).await.map(drop);
    assert_eq!(
        got.as_ref().map_err(String::as_str),
        wanted.as_ref().map_err(|it| *it),
        "{note:?} {}",
        trial.told()
    );
}

async fn prove(place: impl Fn() -> Option<Place>, files: usize) {
    let mut maker = Maker(0x9E37_79B9_7F4A_7C15);
    let mut tried = 0;
    while tried < files {
        let (rules, world) = (maker.rules(), maker.world());
        let Some(program) = program(&rules) else { continue };
        let Some(place) = place() else { return };
        let service =
            place.start(&program).unwrap_or_else(|error| panic!("{error}\n{}", maker::service(&rules)));
        insert(&place, &world);
        for caller in std::iter::once(None).chain((0..world.users.len()).map(Some)) {
            let mut trial = Trial { service: &service, world: &world, rules: &rules, caller };
            trial.reads().await;
            trial.lists(&mut maker).await;
            writes(&mut trial, &place, &mut maker).await;
        }
        service.stop().await;
        tried += 1;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_callers_see_and_do_is_what_the_rules_say_on_sqlite() {
    prove(Place::file, FILES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_callers_see_and_do_is_what_the_rules_say_on_postgres() {
    prove(Place::postgres, SERVERS).await;
}

//! Keys that come inside inputs, and rows that may be there.
use super::maker::Maker;
use super::place::Place;
use super::rows::{id_of, insert};
use super::world::{Asker, Folder, Note, Row, Verb};
use super::{Trial, json};

impl Trial<'_> {
    /// What becomes of a new note: its folder is one that may be read, and it may be created.
    fn made(&self, operation: &str, columns: &[&str], note: &Note) -> Result<(), &'static str> {
        let asker = self.asker(operation);
        if !asker.may(Verb::Read, &[], Row::Folder(&self.world.folders[note.folder])) {
            return Err("NotFound");
        }
        if asker.may(Verb::Create, columns, Row::Note(note)) { Ok(()) } else { Err("Forbidden") }
    }

    async fn comes_to(&self, name: &str, arguments: super::Json, wanted: Result<(), &str>) {
        let got = self.call(name, arguments.clone()).await.map(drop);
        let got = got.as_ref().map_err(String::as_str);
        assert_eq!(got, wanted.as_ref().map_err(|it| *it), "{name} {arguments} {}", self.told());
    }

    /// A key in a record or a list is asked for like that of a parameter.
    pub(crate) async fn keys(&self, maker: &mut Maker) {
        let folder = maker.below(self.world.folders.len());
        let (level, flag) = (maker.below(5) as i64, [None, Some(true)][maker.below(2)]);
        let note = Note { folder, level, owner: None, flag, text: None, tags: Vec::new() };
        let wanted = self.made("add_new", &["folder", "level", "flag"], &note);
        let record = json!({ "folder": id_of('b', folder), "level": level, "flag": flag });
        self.comes_to("add_new", json!({ "note": record }), wanted).await;
        let two = [folder, maker.below(self.world.folders.len())];
        let made = two.map(|folder| {
            let note = Note { folder, level: 1, owner: None, flag: None, text: None, tags: Vec::new() };
            self.made("add_all", &["folder", "level"], &note)
        });
        let lost = made.contains(&Err("NotFound")).then_some(Err("NotFound"));
        let wanted = lost.or_else(|| made.into_iter().find(Result::is_err)).unwrap_or(Ok(()));
        let keys = two.map(|folder| id_of('b', folder));
        self.comes_to("add_all", json!({ "folders": keys }), wanted).await;
    }

    /// A folder that is made with its notes: each of them by the rules of its own kind, over what is made.
    pub(crate) async fn nested(&self, maker: &mut Maker) {
        let level = maker.below(5) as i64;
        let levels: Vec<i64> = (0..maker.below(3)).map(|_| maker.below(5) as i64).collect();
        let home = self.caller.map(|at| self.world.users[at].branch);
        let arguments = json!({ "level": level, "levels": levels });
        let branch = match (self.rules.tenant, home) {
            (false, _) => "north",
            (true, Some(home)) => home,
            (true, None) => return self.comes_to("add_folder", arguments, Err("Unauthorized")).await,
        };
        let mut world = self.world.clone();
        world.folders.push(Folder { level, owner: None, branch, label: None });
        let asker = Asker { world: &world, ..self.asker("add_folder") };
        let folder = world.folders.len() - 1;
        let note = |level: &i64| Note {
            folder,
            level: *level,
            owner: None,
            flag: None,
            text: None,
            tags: vec!["red"],
        };
        let fine =
            |level: &i64| asker.may(Verb::Create, &["folder", "level", "tags"], Row::Note(&note(level)));
        let may = asker.may(Verb::Create, &["level"], Row::Folder(&world.folders[folder]));
        let wanted = if may && levels.iter().all(fine) { Ok(()) } else { Err("Forbidden") };
        self.comes_to("add_folder", arguments, wanted).await;
    }

    /// A row that is there may be seen, or is told to be taken; then it may be changed, or not.
    pub(crate) async fn upserts(&self, place: &Place, maker: &mut Maker) {
        let notes = &self.world.notes;
        for code in [maker.below(notes.len()), notes.len()] {
            let folder = maker.below(self.world.folders.len());
            for operation in ["count_up", "claim"] {
                let wanted = self.upserted(operation, folder, code);
                let mut arguments = json!({ "folder": id_of('b', folder), "code": code });
                if operation == "count_up" {
                    arguments["first"] = json!(1);
                }
                self.same(operation, arguments, wanted.map(|level| json!({ "level": level }))).await;
                insert(place, self.world);
            }
        }
    }

    fn upserted(&self, operation: &str, folder: usize, code: usize) -> Result<i64, &'static str> {
        let asker = self.asker(operation);
        let Some(note) = self.world.notes.get(code) else {
            let note = Note { folder, level: 1, owner: None, flag: None, text: None, tags: Vec::new() };
            return self.made(operation, &["folder", "code", "level"], &note).map(|()| 1);
        };
        if !asker.may(Verb::Read, &[], Row::Folder(&self.world.folders[folder])) {
            return Err("NotFound");
        }
        if !asker.may(Verb::Read, &[], Row::Note(note)) {
            return Err("Invalid");
        }
        if operation == "claim" {
            return Ok(note.level);
        }
        let raised = Note { level: note.level + 1, ..note.clone() };
        let may = |note: &Note| asker.may(Verb::Update, &["level"], Row::Note(note));
        if may(note) && may(&raised) { Ok(raised.level) } else { Err("Forbidden") }
    }
}

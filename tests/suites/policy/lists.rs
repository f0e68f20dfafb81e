//! Lists for callers, and numbers over rows: what is narrowed, sorted, counted and added up is what the caller may
//! see.
use super::Trial;
use super::maker::Maker;
use super::rows::id_of;
use super::world::{Asker, Note, Row, Verb};
use serde_json::{Value as Json, json};
use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

/// What related rows show of a note to somebody.
struct Sight<'t> {
    asker: Asker<'t>,
}

impl<'t> Sight<'t> {
    fn user(&self, at: Option<usize>) -> Option<&'t str> {
        let at = at.filter(|at| self.asker.may(Verb::Read, &["name"], Row::User(*at)))?;
        Some(&self.asker.world.users[at].name)
    }

    fn folder<T>(
        &self,
        note: &Note,
        column: &str,
        of: impl FnOnce(&'t super::world::Folder) -> T,
    ) -> Option<T> {
        let folder = &self.asker.world.folders[note.folder];
        self.asker.may(Verb::Read, &[column], Row::Folder(folder)).then(|| of(folder))
    }

    fn owner(&self, note: &Note) -> Option<&'t str> {
        self.user(note.owner)
    }

    fn label(&self, note: &Note) -> Option<&'t str> {
        self.folder(note, "label", |folder| folder.label).flatten()
    }

    fn depth(&self, note: &Note) -> Option<i64> {
        self.folder(note, "level", |folder| folder.level)
    }

    fn keeper(&self, note: &Note) -> Option<&'t str> {
        self.folder(note, "owner", |folder| self.user(folder.owner)).flatten()
    }

    /// Whether a note is one of those asked for.
    fn fits(&self, note: &Note, asked: &Json) -> bool {
        let given = |name: &str| Some(&asked[name]).filter(|it| !it.is_null());
        let text = |name: &str| given(name).and_then(Json::as_str);
        let texts = [self.owner(note), self.label(note)];
        let found = |word: &str| texts.iter().flatten().any(|text| text.to_lowercase().contains(word));
        given("level_from").is_none_or(|from| note.level >= from.as_i64().unwrap())
            && given("level_to").is_none_or(|to| note.level <= to.as_i64().unwrap())
            && text("owner").is_none_or(|name| self.owner(note) == Some(name))
            && text("label").is_none_or(|label| self.label(note) == Some(label))
            && text("keeper").is_none_or(|name| self.keeper(note) == Some(name))
            && given("depth").is_none_or(|depth| self.depth(note) == depth.as_i64())
            && text("search").is_none_or(|words| words.to_lowercase().split(' ').all(found))
    }

    fn order(&self, by: &str, a: &Note, b: &Note) -> Ordering {
        let (by, turned) = by.strip_suffix("_desc").map_or((by, false), |by| (by, true));
        let order = match by {
            "level" => a.level.cmp(&b.level),
            "folder_level" => self.depth(a).cmp(&self.depth(b)),
            "folder_label" => self.label(a).cmp(&self.label(b)),
            _ => self.owner(a).cmp(&self.owner(b)),
        };
        if turned { order.reverse() } else { order }
    }
}

const ORDERS: [&str; 6] =
    ["level_desc", "level", "folder_level", "folder_level_desc", "owner_name", "owner_name_desc"];

impl Trial<'_> {
    /// Every list for callers, each asked in some ways.
    pub(crate) async fn lists(&self, maker: &mut Maker) {
        for _ in 0..4 {
            self.pages(maker).await;
        }
        self.counted(maker).await;
        self.far(maker).await;
        self.numbers(maker).await;
        self.labels().await;
    }

    fn sorted(&self, operation: &str, fits: impl Fn(&Sight<'_>, &Note) -> bool, by: &[&str]) -> Vec<usize> {
        let sight = Sight { asker: self.asker(operation) };
        let notes = &self.world.notes;
        let mut seen = self.seen(operation);
        seen.retain(|at| fits(&sight, &notes[*at]));
        seen.sort_by(|a, b| {
            let orders = by.iter().map(|by| sight.order(by, &notes[*a], &notes[*b]));
            orders.fold(Ordering::Equal, Ordering::then).then(a.cmp(b))
        });
        seen
    }

    fn asked(&self, maker: &mut Maker) -> (Json, &'static str) {
        let mut asked = json!({});
        let level = maker.below(4);
        let user = &self.world.users[maker.below(self.world.users.len())].name;
        let words = [user.to_uppercase(), "r".to_owned(), format!("red {user}"), "blue".to_owned()];
        let choices = [
            ("level_from", json!(level)),
            ("level_to", json!(level + 1)),
            ("owner", json!(user)),
            ("label", json!(["red", "blue"][maker.below(2)])),
            ("depth", json!(level)),
            ("keeper", json!(user)),
            ("search", json!(words[maker.below(words.len())])),
        ];
        for (name, value) in choices {
            if maker.below(5) == 0 {
                asked[name] = value;
            }
        }
        let order = ORDERS[maker.below(ORDERS.len())];
        if maker.below(3) > 0 {
            asked["sort"] = order.into();
            return (asked, order);
        }
        (asked, ORDERS[0])
    }

    /// All pages together are all that may be seen, each once, in the order asked for.
    async fn pages(&self, maker: &mut Maker) {
        let (mut asked, order) = self.asked(maker);
        let wanted = self.sorted("page_notes", |sight, note| sight.fits(note, &asked), &[order]);
        let wanted: Json = wanted.iter().map(|at| self.card(*at, self.asker("page_notes"))).collect();
        let question = asked.clone();
        let mut items = Vec::new();
        loop {
            asked["limit"] = (1 + maker.below(5)).into();
            let page = self.call("page_notes", asked.clone()).await.unwrap();
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            assert!(items.len() <= self.world.notes.len(), "{question} {}", self.told());
            if page["next"].is_null() {
                break;
            }
            asked["cursor"] = page["next"].clone();
        }
        assert_eq!(Json::from(items), wanted, "{question} {}", self.told());
    }

    async fn counted(&self, maker: &mut Maker) {
        let levels = [json!([0, 2]), json!([3]), Json::Null][maker.below(3)].clone();
        let fits = |_: &Sight<'_>, note: &Note| {
            levels.as_array().is_none_or(|levels| levels.contains(&note.level.into()))
        };
        let wanted = self.sorted("count_pages", fits, &["folder_label", "level_desc"]);
        let offset = maker.below(4);
        let some = wanted.iter().skip(offset).take(3);
        let items: Json = some.map(|at| self.card(*at, self.asker("count_pages"))).collect();
        let arguments = json!({ "levels": levels, "offset": offset, "limit": 3 });
        self.same("count_pages", arguments, Ok(json!({ "items": items, "total": wanted.len() }))).await;
    }

    async fn far(&self, maker: &mut Maker) {
        let asker = self.asker("find_folders");
        let sight = Sight { asker };
        let level = [None, Some(maker.below(4) as i64)][maker.below(2)];
        let user = &self.world.users[maker.below(self.world.users.len())].name;
        let writer = [None, Some(user)][maker.below(2)];
        let any = |folder: usize, test: &dyn Fn(&Note) -> bool| {
            let notes = self.world.notes.iter().filter(|note| note.folder == folder);
            notes.filter(|note| asker.may(Verb::Read, &[], Row::Note(note))).any(test)
        };
        let folders = self.world.folders.iter().enumerate().filter(|(at, folder)| {
            asker.may(Verb::Read, &[], Row::Folder(folder))
                && level.is_none_or(|level| any(*at, &|note| note.level >= level))
                && writer.is_none_or(|name| any(*at, &|note| sight.owner(note) == Some(name)))
        });
        let wanted: Json = folders.map(|(at, _)| json!({ "id": id_of('b', at) })).collect();
        self.same("find_folders", json!({ "note_from": level, "writer": writer }), Ok(wanted)).await;
    }

    async fn numbers(&self, maker: &mut Maker) {
        let least = maker.below(5) as i64;
        let seen = self.seen("note_numbers");
        let levels = seen.iter().map(|at| self.world.notes[*at].level).filter(|level| *level >= least);
        let levels: Vec<i64> = levels.collect();
        let sum: i64 = levels.iter().sum();
        let mean = (!levels.is_empty()).then(|| sum as f64 / levels.len() as f64);
        let wanted =
            json!({ "sum": sum, "most": levels.iter().max(), "least": levels.iter().min(), "mean": mean });
        self.same("note_numbers", json!({ "least": least }), Ok(wanted)).await;
    }

    async fn labels(&self) {
        let sight = Sight { asker: self.asker("label_notes") };
        let mut groups: BTreeMap<Option<&str>, (usize, i64, usize)> = BTreeMap::new();
        for at in self.seen("label_notes") {
            let note = &self.world.notes[at];
            let (n, levels, mine) = groups.entry(sight.label(note)).or_default();
            (*n, *levels) = (*n + 1, *levels + note.level);
            *mine += usize::from(note.owner.is_some() && note.owner == self.caller);
        }
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by_key(|(label, (n, ..))| (Reverse(*n), *label));
        let wanted: Json = groups
            .into_iter()
            .map(|(label, (n, levels, mine))| json!({ "label": label, "n": n, "levels": levels, "mine": mine }))
            .collect();
        self.same("label_notes", json!({}), Ok(wanted)).await;
    }
}

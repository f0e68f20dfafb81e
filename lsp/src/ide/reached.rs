//! How far an edit reaches: what is made of what was edited, and of that again, must be as a fresh look finds it. Each
//! case edits one line of a service in which everything is made of something else, and takes the edit back.
#![allow(clippy::unwrap_used, reason = "tests")]

use super::torture::assert_same;
use super::{Document, Snapshot, Workspace, hover};
use std::path::PathBuf;

const SERVICE: &str = r#"service shelf version 1

env {
  DATABASE_URL: text = "sqlite::memory:"
  SIGNING_KEY: text(32..) secret
}

resource main = database(env.DATABASE_URL)

auth login {
  bearer jwt(secret: env.SIGNING_KEY)
  actor Person where id == claims.sub
}

entity Person in main {
  id: uuid key
}

entity Keeper in main {
  id:   uuid key
  name: text(1..40)
  items: [Item](..50) by owner
  allow read when name != "nobody"
}

entity Item in main {
  id:    uuid key
  owner: Keeper on delete cascade
  title: text(1..40)
  price: int(0..9) = 1
  double = price * 2
  four = double * 2
  dear = is_dear(price)
  poor = not costs(3)
  fn costs(most: int) = price > most
  allow read via owner
  allow create, update signed_in
}

entity Note in main {
  id:   uuid key
  item: Item on delete cascade
  words: text(1..40)
  unique (item, words)
  allow read via item
}

type Card = Item(id, title, four, dear)
type Short = Card(title, four)
type Tiny = Short(four)
type Shelf = Keeper(name, items: Short)
type Edit = patch Item(title, price)
type Fresh = new Item(title, price)

fn is_dear(price: int) = price > 5

operation card(item: Item) -> Card {
  http GET /items/{item}
  allow signed_in
  return item
}

operation tiny(item: Item) -> Tiny {
  http GET /items/{item}/tiny
  allow signed_in
  return item
}

operation shelf(keeper: Keeper) -> Shelf {
  http GET /keepers/{keeper}
  allow signed_in
  return keeper
}

operation edit(item: Item lock, changes: Edit from body) {
  http PATCH /items/{item}
  allow signed_in
  if changes has price { require changes.price > 3 else Invalid("price", "is low") }
  update item changes
}

operation add(keeper: Keeper, fresh: Fresh from body) -> Card {
  http POST /keepers/{keeper}/items
  allow signed_in
  require fresh.price > 3 else Invalid("price", "is low")
  return create Item fresh { owner: keeper }
}

operation notes() -> [Note(words)](..20) {
  http GET /notes
  allow signed_in
  return list Note where item.dear and item.price > 3 sort id take 20
}
"#;

/// What stands there, and what an edit puts in its place.
const EDITS: &[(&str, &str)] = &[
    ("price: int(0..9) = 1", "price: text(1..9)"),
    ("price: int(0..9) = 1", "price: int(0..9)?"),
    ("price: int(0..9) = 1", "price: int(0..99)"),
    ("double = price * 2", "double = title"),
    ("double = price * 2", "twice = price * 2"),
    ("four = double * 2", "four = double > 2"),
    ("four = double * 2", "four = title"),
    ("dear = is_dear(price)", "dear = price"),
    ("fn costs(most: int) = price > most", "fn costs(most: int) = price"),
    ("fn costs(most: int) = price > most", "fn costs(most: text) = title > most"),
    ("allow read via owner", "allow read when owner.name == title"),
    ("allow read via item", "allow read via itm"),
    ("Item(id, title, four, dear)", "Item(id, four, dear)"),
    ("Item(id, title, four, dear)", "Item(id, title = price, four, dear)"),
    ("Card(title, four)", "Card(title)"),
    ("Keeper(name, items: Short)", "Keeper(name, items: Card)"),
    ("patch Item(title, price)", "patch Item(title)"),
    ("new Item(title, price)", "new Item(title)"),
    ("items: [Item](..50) by owner", "things: [Item](..50) by owner"),
    ("fn is_dear(price: int) = price > 5", "fn is_dear(price: int) = price"),
    ("fn is_dear(price: int) = price > 5", "fn is_dear(price: text) = price == title"),
    ("name: text(1..40)", "name: int"),
    ("  words: text(1..40)", "  word: text(1..40)"),
    ("  words: text(1..40)", "  words: json"),
];

#[test]
fn whatever_is_made_of_what_was_edited_is_another_one() {
    let path = PathBuf::from("/nowhere/shelf.qtr");
    let uri = format!("file://{}", path.display());
    let mut workspace = Workspace::default();
    let mut look = |text: &str| {
        let document = Document { path: Some(path.clone()), version: 1, text: text.into() };
        let mut snapshot = Snapshot::default();
        snapshot.set(uri.clone(), document);
        let mut fresh = Workspace::default();
        workspace.look(&snapshot);
        fresh.look(&snapshot);
        let (kept, file) = workspace.of(&uri, &snapshot).unwrap();
        let (fresh, _) = fresh.of(&uri, &snapshot).unwrap();
        assert_same(&kept, &fresh, text);
        for at in 0..text.len() as u32 {
            assert_eq!(hover::hover(&kept, file, at), hover::hover(&fresh, file, at), "{at} in {text}");
        }
        fresh.found.reports.clone()
    };
    let before = look(SERVICE);
    assert!(look(SERVICE) == before);
    for (from, to) in EDITS {
        assert!(SERVICE.contains(from), "{from}");
        look(&SERVICE.replacen(from, to, 1));
        assert_eq!(look(SERVICE), before, "{to} has been taken back");
    }
}

//! Rows, put into the database past every rule.
use super::place::Place;
use super::world::World;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The key of a row: its kind and its position, so that keys sort as positions do.
pub(crate) fn id_of(kind: char, at: usize) -> String {
    format!("{kind}0000000-0000-7000-8000-{at:012}")
}

/// What a user signs in with.
pub(crate) fn token(at: usize) -> String {
    format!("token-{at}")
}

/// Puts these rows in the place of those that are there.
pub(crate) fn insert(place: &Place, world: &World) {
    let postgres = matches!(place, Place::Postgres(_));
    let key = |kind, at| {
        let id = id_of(kind, at);
        if postgres { format!("'{id}'") } else { format!("x'{}'", id.replace('-', "")) }
    };
    let user = |at: Option<usize>| at.map_or("NULL".to_owned(), |at| key('a', at));
    let text = |text: Option<&str>| text.map_or("NULL".to_owned(), |text| format!("'{text}'"));
    let truth = |truth: Option<bool>| match truth {
        None => "NULL".to_owned(),
        Some(truth) if postgres => truth.to_string(),
        Some(truth) => i64::from(truth).to_string(),
    };
    let mut sql = String::from("BEGIN; DELETE FROM note; DELETE FROM folder; DELETE FROM \"user\";");
    for (at, it) in world.users.iter().enumerate() {
        let hash: String = Sha256::digest(token(at)).iter().map(|byte| format!("{byte:02x}")).collect();
        let (id, role) = (key('a', at), it.role.name());
        let columns = "id, name, role, branch, token";
        write!(
            sql,
            "INSERT INTO \"user\" ({columns}) VALUES ({id}, '{}', '{role}', '{}', '{hash}');",
            it.name, it.branch
        )
        .unwrap();
    }
    for (at, it) in world.folders.iter().enumerate() {
        let (id, owner, label) = (key('b', at), user(it.owner), text(it.label));
        let columns = "id, level, owner, branch, label";
        write!(
            sql,
            "INSERT INTO folder ({columns}) VALUES ({id}, {}, {owner}, '{}', {label});",
            it.level, it.branch
        )
        .unwrap();
    }
    for (at, it) in world.notes.iter().enumerate() {
        let (id, folder, owner) = (key('c', at), key('b', it.folder), user(it.owner));
        let (flag, text) = (truth(it.flag), text(it.text));
        let tags = it.tags.iter().map(|tag| format!("\"{tag}\"")).collect::<Vec<_>>().join(",");
        let columns = "id, folder, level, owner, flag, text, code, tags";
        write!(
            sql,
            "INSERT INTO note ({columns}) VALUES ({id}, {folder}, {}, {owner}, {flag}, {text}, {at}, '[{tags}]');",
            it.level
        )
        .unwrap();
    }
    sql.push_str("COMMIT;");
    place.run(&sql);
}

/// Every row on a line.
pub(crate) fn shown(world: &World) -> String {
    let users = world.users.iter().enumerate().map(|(at, it)| format!("user {at}: {it:?}"));
    let folders = world.folders.iter().enumerate().map(|(at, it)| format!("folder {at}: {it:?}"));
    let notes = world.notes.iter().enumerate().map(|(at, it)| format!("note {at}: {it:?}"));
    users.chain(folders).chain(notes).collect::<Vec<_>>().join("\n")
}

//! Files that no row keeps: what an upload left whose call came to nothing in a way that nobody saw, and what rows
//! kept that are gone. They are removed once they are old enough that no call can still be about to keep them.
use super::{Files, Place, is_key, path};
use crate::engine::Engine;
use crate::plan::sql::quoted;
use crate::stop::Run;
use crate::store::session::Session;
use crate::store::stored::Stored;
use quater_ir::types::Type;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;
use std::{fs, io};

/// How old a file is before it is looked for.
const OLD: Duration = Duration::from_secs(3_600);

/// Removes old files that no row keeps; gives how many.
pub(crate) fn sweep(engine: &Engine, session: &mut Session<'_>) -> Run<usize> {
    let files = &engine.facts.files;
    let Some(files) = files.as_ref().filter(|files| files.kept) else { return Ok(0) };
    let old = files.old().unwrap_or_else(|error| {
        tracing::warn!(%error, "files that no row keeps are not looked for");
        Vec::new()
    });
    if old.is_empty() {
        return Ok(0);
    }
    let kept = kept(engine, session)?;
    let lost = old.into_iter().filter(|key| !kept.contains(key));
    let removed = lost.filter(|key| files.throw_away(key)).count();
    if removed > 0 {
        tracing::info!(removed, "files that no row keeps are removed");
    }
    Ok(removed)
}

/// The keys that rows keep.
fn kept(engine: &Engine, session: &mut Session<'_>) -> Run<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for entity in engine.facts.program.entities.values() {
        for column in entity.columns.values().filter(|it| matches!(it.ty.required(), Type::File(_))) {
            let (table, name) = (quoted(&entity.table), quoted(&column.sql));
            let text = format!("SELECT {name} FROM {table} WHERE {name} IS NOT NULL");
            let mut rows = session.ask_once(&text)?.rows()?;
            while let Some(row) = rows.next()? {
                let Stored::Text(text) = row.get(0)? else { continue };
                let file: serde_json::Value = serde_json::from_slice(text).unwrap_or_default();
                found.extend(file.get("key").and_then(|key| key.as_str()).map(str::to_owned));
            }
        }
    }
    Ok(found)
}

impl Files {
    /// The keys of files that have not been touched for long.
    fn old(&self) -> io::Result<Vec<String>> {
        match &self.place {
            Place::Folder(folder) => Ok(old(folder)),
            Place::Bucket(bucket) => {
                // Not every store can list them; those that can't end them by a rule of the bucket.
                if let Err(error) = bucket.give_up_older(OLD) {
                    tracing::info!(%error, "uploads that nobody goes on with are not looked for");
                }
                let keys = bucket.older(OLD)?;
                Ok(keys.into_iter().filter(|key| is_key(key)).collect())
            }
        }
    }

    /// Removes a file; says whether it is gone, or will be.
    fn throw_away(&self, key: &str) -> bool {
        match &self.place {
            Place::Folder(folder) => path(folder, key).is_some_and(|path| fs::remove_file(path).is_ok()),
            Place::Bucket(bucket) => {
                bucket.remove(key);
                true
            }
        }
    }
}

fn old(folder: &Path) -> Vec<String> {
    let folders = fs::read_dir(folder).into_iter().flatten().flatten();
    let files = folders.filter_map(|folder| fs::read_dir(folder.path()).ok()).flatten().flatten();
    let old = files.filter(|entry| {
        let changed = entry.metadata().and_then(|it| it.modified());
        changed.ok().and_then(|it| it.elapsed().ok()).is_some_and(|age| age > OLD)
    });
    old.filter_map(|entry| entry.file_name().into_string().ok()).filter(|key| is_key(key)).collect()
}

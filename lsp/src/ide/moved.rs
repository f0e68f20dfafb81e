//! Files that get other names: the `use` lines that lead to them, and their own.
use super::bundle::joined;
use super::change::Change;
use super::service::Service;
use quater_compiler::outline;
use quater_compiler::report::{Edit, FileId, Span};
use std::path::{Component, Path, PathBuf};

/// The edits that keep every `use` leading to the file that it led to.
pub(crate) fn moved(service: &Service, renames: &[(PathBuf, PathBuf)]) -> Change {
    let after = |path: &Path| {
        let renamed = renames.iter().find(|(from, _)| from == path);
        renamed.map_or_else(|| path.to_owned(), |(_, to)| to.clone())
    };
    let mut change = Change::default();
    for (id, file) in (0..).map(FileId).zip(&service.files) {
        let Some(path) = &file.path else { continue };
        let (Some(folder), new) = (path.parent(), after(path)) else { continue };
        let Some(new_folder) = new.parent() else { continue };
        for place in outline::import_places(&file.text) {
            let target = joined(folder, file.text.get(place.clone()).unwrap_or(""));
            let new_target = after(&target);
            if (new_target != target || new_folder != folder) && target.extension().is_some() {
                let text = relative(new_folder, &new_target);
                change.edits.push(Edit { at: Span::new(id, place.start, place.end), text });
            }
        }
    }
    change
}

/// The way from a folder to a file, as `use` writes it.
pub(crate) fn relative(folder: &Path, file: &Path) -> String {
    let (from, to): (Vec<Component<'_>>, Vec<Component<'_>>) =
        (folder.components().collect(), file.components().collect());
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from.len() - shared;
    let mut parts: Vec<String> = vec![if up == 0 { ".".to_owned() } else { "..".to_owned() }];
    parts.extend((1..up).map(|_| "..".to_owned()));
    parts.extend(to.iter().skip(shared).map(|part| part.as_os_str().to_string_lossy().into_owned()));
    parts.join("/")
}

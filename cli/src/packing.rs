//! The files of `static` folders, put behind one another.
use crate::failure::Failure;
use quater_host::failure::Failure as Hosted;
use quater_ir::artifact::{Packed, hex};
use quater_ir::surface::Assets;
use sha2::{Digest, Sha256};
use smol_str::SmolStr;
use std::fs;
use std::path::{Path, PathBuf};

/// The files of some trees with their places, and their bytes: by tree and name, so that the same files give the same.
pub(crate) fn pack(trees: &[Assets], folder: &Path) -> Result<(Vec<Packed>, Vec<u8>), Failure> {
    let (mut packed, mut bytes) = (Vec::new(), Vec::new());
    for tree in trees {
        let root = folder.join(tree.folder.as_str());
        let real = fs::canonicalize(&root).map_err(|why| Hosted::Unreadable { path: root, why })?;
        let mut found = Vec::new();
        walk(&real, &real, "", &mut found)?;
        found.sort();
        for (name, path) in found {
            let content = fs::read(&path).map_err(|why| Hosted::Unreadable { path, why })?;
            packed.push(Packed {
                tree: tree.path.clone(),
                name,
                from: bytes.len() as u64,
                length: content.len() as u64,
                sha256: SmolStr::new(hex(&Sha256::digest(&content))),
            });
            bytes.extend_from_slice(&content);
        }
    }
    Ok((packed, bytes))
}

/// The files of a folder that are served: none that is hidden, none behind a link that leads out.
fn walk(root: &Path, folder: &Path, inside: &str, found: &mut Vec<(String, PathBuf)>) -> Result<(), Failure> {
    let failed = |why| Hosted::Unreadable { path: folder.to_owned(), why };
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if name.starts_with('.') && name != ".well-known" {
            continue;
        }
        let Ok(real) = fs::canonicalize(entry.path()) else { continue };
        let linked = entry.file_type().map_err(failed)?.is_symlink();
        if real.is_dir() && !linked {
            walk(root, &real, &format!("{inside}{name}/"), found)?;
        } else if real.is_file() && real.starts_with(root) {
            found.push((format!("{inside}{name}"), real));
        }
    }
    Ok(())
}

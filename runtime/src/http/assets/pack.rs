//! Files of `static` that stand behind one another in one file: the executable of a service that was built.
use super::media;
use super::place::{ENCODINGS, Found, INDEX, Place};
use quater_ir::artifact::Packed;
use sha2::{Digest, Sha256};
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What was packed, and where.
#[derive(Debug, Clone)]
pub struct Pack {
    file: Arc<Path>,
    /// By the path of the tree and the name below it; places count from the begin of the file.
    files: Arc<BTreeMap<(SmolStr, String), Packed>>,
}

/// Why what was packed can't be served.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// The file can't be read.
    #[error("the files that it carries can't be read")]
    Unreadable(#[from] io::Error),
    /// A file is not what it was.
    #[error("`{name}`, which it carries, was cut off or changed")]
    Damaged {
        /// Its name.
        name: String,
    },
}

impl Pack {
    /// What stands in a file behind a place, each looked at once.
    ///
    /// # Errors
    /// When one of them is not as it was packed.
    pub fn open(file: PathBuf, begin: u64, packed: &[Packed]) -> Result<Self, PackError> {
        let mut reader = File::open(&file)?;
        let mut files = BTreeMap::new();
        for one in packed {
            let one = Packed { from: begin.saturating_add(one.from), ..one.clone() };
            if digest(&mut reader, &one)? != one.sha256 {
                return Err(PackError::Damaged { name: one.name });
            }
            files.insert((one.tree.clone(), one.name.clone()), one);
        }
        Ok(Self { file: Arc::from(file), files: Arc::new(files) })
    }

    /// Looks for a file, or for what lies beside it in an encoding that the caller takes.
    pub(super) fn find(&self, tree: &SmolStr, names: &[String], encodings: &[&'static str]) -> Option<Place> {
        let name = names.join("/");
        let packed = |name: String| self.files.get(&(tree.clone(), name));
        let Some(whole) = packed(name.clone()) else {
            return packed(format!("{name}/{INDEX}")).map(|_| Place::Folder);
        };
        let media = media::of(names.last()?);
        let taken = ENCODINGS.iter().filter(|(encoding, _)| encodings.contains(encoding));
        let beside =
            taken.filter_map(|(encoding, end)| Some((packed(format!("{name}{end}"))?, Some(*encoding))));
        let (one, encoding) = beside.chain([(whole, None)]).next()?;
        let file = File::open(&self.file).ok()?;
        let tag = Some(one.sha256.clone());
        let (begin, length) = (one.from, one.length);
        Some(Place::File(Found { file, begin, length, modified: None, tag, media, encoding }))
    }
}

fn digest(reader: &mut File, one: &Packed) -> io::Result<String> {
    reader.seek(SeekFrom::Start(one.from))?;
    let mut sha = Sha256::new();
    io::copy(&mut reader.take(one.length), &mut sha)?;
    Ok(quater_ir::artifact::hex(&sha.finalize()))
}

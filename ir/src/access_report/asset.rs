//! What is told of a tree of files.
use crate::surface;
use serde::Serialize;
use smol_str::SmolStr;

/// What is told of one tree of files: anyone may read all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assets {
    /// The path under which the files are.
    pub path: SmolStr,
    /// The folder that they are in.
    pub folder: SmolStr,
    /// How long an answer may be used again, in milliseconds.
    pub cache: Option<u64>,
    /// Whether a path without a file gives the index page.
    pub spa: bool,
    /// Whether a packed neighbour is sent in place of a file.
    pub precompressed: bool,
}

/// What is told of one tree of files.
pub(super) fn line(assets: &surface::Assets) -> Assets {
    Assets {
        path: if assets.path.is_empty() { "/".into() } else { assets.path.clone() },
        folder: assets.folder.clone(),
        cache: assets.cache,
        spa: assets.spa,
        precompressed: assets.precompressed,
    }
}

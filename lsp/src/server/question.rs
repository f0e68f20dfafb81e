//! Everything that an editor can ask.
use super::position::{Place, Stretch};
use crate::ide::navigation::Way;
use std::path::PathBuf;

/// A question about a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Question {
    /// What is known of a name.
    Hover(Place),
    /// Where a name leads.
    Go(Place, Way),
    /// Every place that means the same, with its declaration or without.
    References { at: Place, declaration: bool },
    /// The same in this document.
    Highlights(Place),
    /// Whether a name can get another one.
    Renamable(Place),
    /// Another name.
    Rename { at: Place, name: String },
    /// What may stand at a place.
    Complete(Place),
    /// What is given to what is being called.
    Signature(Place),
    /// What the document declares.
    Symbols,
    /// What can be done on a stretch.
    Actions(Stretch),
    /// What is known and not written on a stretch.
    Hints(Stretch),
    /// What each name is; on a stretch or everywhere.
    Tokens(Option<Stretch>),
    /// What folds.
    Folds,
    /// The stretches around places.
    Around(Vec<Place>),
    /// What leads to other files.
    Links,
    /// What can be done with declarations.
    Lenses,
    /// The agreed form; of a stretch or of everything.
    Format(Option<Stretch>),
    /// The reports.
    Reports,
}

/// Something asked: about a document or about all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    /// About a document.
    Of { uri: String, question: Question },
    /// The declarations whose names hold some letters.
    Declarations(String),
    /// What changes when files get other names.
    Moved(Vec<(PathBuf, PathBuf)>),
}

//! Columns whose values are of another shape: what JSON is made of, what a text has to match.
use super::{Action, Conversion, Grade, conversion};
use crate::storage::shape::{Difference, Rewrite, Shape, differences, rewrite};
use crate::storage::{StoredColumn, StoredKind};

/// What the values of a column are before and after.
#[derive(Debug, Clone, PartialEq)]
pub struct Reshaped {
    /// The shape before; none where the kind of the column told everything.
    pub from: Option<Shape>,
    /// The shape after; none where the kind of the column tells everything.
    pub to: Option<Shape>,
    /// What the column is.
    pub kind: StoredKind,
}

impl Reshaped {
    /// In what the shape after differs from the one before; nothing where there is no shape on one side.
    pub fn differences(&self) -> Vec<Difference> {
        match (&self.from, &self.to) {
            (Some(from), Some(to)) => differences(from, to),
            (_, _) => Vec::new(),
        }
    }

    /// What has to be written anew.
    pub fn rewrite(&self) -> Option<Rewrite> {
        rewrite(self.from.as_ref()?, self.to.as_ref()?)
    }

    /// Whether texts become others that programs of the version before do not know.
    pub fn renames(&self) -> bool {
        self.rewrite().is_some_and(|it| it.renames())
    }

    /// Whether rows may hold what does not fit.
    pub fn may_not_fit(&self) -> bool {
        match (&self.from, &self.to) {
            (_, None) => false,
            (None, Some(_)) => true,
            (Some(_), Some(_)) => self.differences().iter().any(|it| !it.fits),
        }
    }
}

/// The step of a column that is kept, if there is one.
pub(super) fn reshape(was: &StoredColumn, is: &StoredColumn, add: &mut impl FnMut(Action, Grade)) {
    let converted = was.kind != is.kind;
    if converted && (is.shape.is_none() || conversion(was.kind, is.kind) == Conversion::None) {
        return;
    }
    let from = was.shape.clone().filter(|_| !converted);
    let shape = Reshaped { from, to: is.shape.clone(), kind: is.kind };
    let same = match (&shape.from, &shape.to) {
        (None, None) => true,
        (Some(_), Some(_)) => shape.differences().is_empty() && shape.rewrite().is_none(),
        (_, _) => false,
    };
    if !same {
        let grade = if shape.may_not_fit() || shape.renames() { Grade::ExpandContract } else { Grade::Safe };
        add(Action::Reshape { column: is.name.clone(), shape: Box::new(shape) }, grade);
    }
}

//! The way back.
use super::{Action, Conversion, Grade, Step, conversion, renamed, renamed_members};
use crate::storage::shape::renamed_back;
use crate::storage::{Origin, Storage};

/// The tables before a migration, so that a plan from those after it to them is the way back: each column
/// and member says what it became.
pub fn undoing(before: &Storage, after: &Storage) -> Storage {
    let mut back = before.clone();
    back.tables.iter_mut().flat_map(|table| &mut table.columns).for_each(|column| {
        column.origin = Origin { field: column.origin.field.take(), ..Origin::default() };
    });
    for table in &mut back.tables {
        let (Some(old), Some(new)) = (before.table(&table.name), after.table(&table.name)) else { continue };
        let pairs = renamed(old, new);
        for column in &mut table.columns {
            let became = pairs.iter().find(|(_, was)| **was == &column.name).map(|(now, _)| *now);
            let now = new.column(became.unwrap_or(&column.name));
            let renamed = match (old.column(&column.name), now) {
                (Some(was), Some(is)) => {
                    renamed_members(was, is).into_iter().map(|(now, before)| (before, now)).collect()
                }
                (_, _) => Vec::new(),
            };
            if let (Some(was), Some(is)) = (&mut column.shape, now.and_then(|now| now.shape.as_ref())) {
                renamed_back(was, is);
            }
            let field = column.origin.field.clone();
            column.origin = Origin { was: became.cloned(), renamed, fill: None, field };
        }
    }
    back
}

/// Steps of a migration that nothing can undo.
pub fn irreversible(steps: &[Step]) -> Vec<&Step> {
    let gone = |step: &&Step| match &step.action {
        Action::DropTable(_) | Action::DropColumn(_) => step.grade == Grade::Lossy,
        Action::Convert { from, to, .. } => {
            step.grade == Grade::Lossy || conversion(*to, *from) == Conversion::None
        }
        Action::Require { .. }
        | Action::CreateTable(_)
        | Action::AddColumn(_)
        | Action::RenameColumn { .. }
        | Action::RenameMembers { .. }
        | Action::AllowNull(_)
        | Action::Check { .. }
        | Action::Reshape { .. }
        | Action::AddUnique(_)
        | Action::DropUnique(_)
        | Action::AddIndex(_)
        | Action::DropIndex(_)
        | Action::AddForeignKey(_)
        | Action::DropForeignKey(_)
        | Action::Point { .. }
        | Action::Bound { .. }
        | Action::Key { .. } => false,
    };
    steps.iter().filter(gone).collect()
}

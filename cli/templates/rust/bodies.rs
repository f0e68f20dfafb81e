//! The bodies that `NAME.qtr` leaves to Rust.

use crate::generated::import_notes::NewNote;
use crate::generated::types::ImportNotesOutput;
use crate::generated::{Bodies, import_notes};

/// Whoever writes the bodies; what they all need is kept here.
pub struct Team;

impl Bodies for Team {
    fn import_notes(
        &self,
        context: &mut import_notes::Context<'_>,
        input: import_notes::Input,
    ) -> Result<import_notes::Output, import_notes::Error> {
        let titles: Vec<&str> =
            input.text.lines().map(str::trim).filter(|title| !title.is_empty()).collect();
        let mut output = ImportNotesOutput { added: 0, known: 0 };
        for (title, at) in titles.iter().zip(1..) {
            context.progress(at, titles.len() as i64, title);
            if context.notes().find_by_title(title)?.is_some() {
                output.known += 1;
            } else {
                context.notes().create(&NewNote { title: (*title).to_owned(), made: None })?;
                output.added += 1;
            }
        }
        Ok(output)
    }
}

//! The items of an output as they are written: into one list, or one by one to whoever takes them.
use crate::call::Refusal;
use crate::items::Items;
use crate::presence::Presence;
use crate::stop::{Run, Stop};
use quater_ir::fault::TOO_LARGE;
use quater_ir::types::Type;

/// Most bytes of a `stream` that leaves as one list.
const MOST: usize = 16 << 20;

/// A list that is being written.
pub(super) struct Listed<'m> {
    items: &'m Items,
    presence: &'m Presence,
    /// Most bytes of it.
    most: usize,
    /// What of it has not been given.
    out: Vec<u8>,
}

impl<'m> Listed<'m> {
    /// The output of a type, before its first item, in some room.
    pub(super) fn new(
        mut out: Vec<u8>,
        output: Option<&Type>,
        items: &'m Items,
        presence: &'m Presence,
    ) -> Self {
        if !items.are_taken() {
            out.push(b'[');
        }
        let most = if matches!(output, Some(Type::Stream(_))) { MOST } else { usize::MAX };
        Self { items, presence, most, out }
    }

    /// Adds an item, as something writes it.
    pub(super) fn item(&mut self, write: impl FnOnce(&mut Vec<u8>) -> Run<()>) -> Run<()> {
        if self.items.are_taken() {
            if self.presence.has_gone() {
                return Err(Stop::Gone);
            }
            self.out.clear();
            write(&mut self.out)?;
            return self.items.give(&self.out);
        }
        if self.out.len() > 1 {
            self.out.push(b',');
        }
        write(&mut self.out)?;
        if self.out.len() > self.most {
            let message =
                format!("the answer is larger than {} MB: take its items one by one, over HTTP", MOST >> 20);
            return Err(Refusal::saying(TOO_LARGE, message).into());
        }
        Ok(())
    }

    /// The list, without the items that were given.
    pub(super) fn end(mut self) -> Vec<u8> {
        if self.items.are_taken() {
            return b"[]".to_vec();
        }
        self.out.push(b']');
        self.out
    }
}

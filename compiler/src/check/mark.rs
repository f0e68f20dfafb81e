//! Where the statements of a body stand in its file.
//!
//! The IR knows no files. What judges a whole body afterwards and has to point at a statement finds its
//! place here: marks stand beside the statements of a block, in the same order.
use crate::report::Span;

/// The place of one statement.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    /// Where it was written; none of what the compiler added to the statement around it.
    pub(crate) at: Option<Span>,
    /// The marks of the blocks inside, in the order of [`quater_ir::body::Statement::blocks`].
    pub(crate) blocks: Vec<Vec<Mark>>,
}

/// The marks of the block that is being built.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    done: Vec<Mark>,
    /// Blocks that are built, whose statement is not there yet.
    open: Vec<Vec<Mark>>,
}

impl Marks {
    /// Marks what was added to a block of now `length` statements.
    pub(crate) fn reach(&mut self, length: usize, at: Option<Span>) {
        let mut blocks = std::mem::take(&mut self.open);
        while self.done.len() < length {
            let last = self.done.len() + 1 == length;
            let blocks = if last { std::mem::take(&mut blocks) } else { Vec::new() };
            self.done.push(Mark { at, blocks });
        }
    }

    /// Begins an inner block; what is given back is the outer one.
    pub(crate) fn enter(&mut self) -> Self {
        std::mem::take(self)
    }

    /// Ends an inner block of `length` statements.
    pub(crate) fn leave(&mut self, outer: Self, length: usize) {
        self.reach(length, None);
        let inner = std::mem::replace(self, outer);
        self.open.push(inner.done);
    }

    /// The marks of a whole body, in front of which so many statements were put.
    pub(crate) fn behind(self, before: usize) -> Vec<Mark> {
        let unplaced = || Mark { at: None, blocks: Vec::new() };
        std::iter::repeat_with(unplaced).take(before).chain(self.done).collect()
    }
}

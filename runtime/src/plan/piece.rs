//! Short texts that are the same for every row, kept so that writing one is a few moves and no call.

/// How many bytes one holds.
const ROOM: usize = 32;

/// A few bytes, with room behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Piece {
    bytes: [u8; ROOM],
    length: u8,
}

impl Piece {
    /// The beginning of a text that may be longer, and what of it is left.
    pub(super) fn split(text: &[u8]) -> (Self, &[u8]) {
        let mut piece = Self { bytes: [0; ROOM], length: 0 };
        let left = piece.fill(text);
        (piece, left)
    }

    /// Takes what there is room for, and gives what is left.
    pub(super) fn fill<'t>(&mut self, text: &'t [u8]) -> &'t [u8] {
        let free = self.bytes.get_mut(usize::from(self.length)..).unwrap_or_default();
        let (now, left) = text.split_at(text.len().min(free.len()));
        free.iter_mut().zip(now).for_each(|(to, from)| *to = *from);
        self.length += now.len() as u8;
        left
    }

    /// Appends it: all of the room, whose length the compiler knows, and then what is behind the text is taken off.
    #[inline]
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        let end = out.len() + usize::from(self.length);
        out.extend_from_slice(&self.bytes);
        out.truncate(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_a_text_are_the_text() {
        let text: Vec<u8> = (0..u8::MAX).collect();
        for length in [0, 1, ROOM - 1, ROOM, ROOM + 1, 3 * ROOM + 5] {
            for first in [0, 1, 7, ROOM] {
                let (before, behind) = text.split_at(first);
                let (behind, _) = behind.split_at(length);
                let (mut out, (mut piece, mut left)) = (Vec::new(), Piece::split(before));
                assert!(left.is_empty());
                left = piece.fill(behind);
                piece.write(&mut out);
                while !left.is_empty() {
                    (piece, left) = Piece::split(left);
                    piece.write(&mut out);
                }
                assert_eq!(out, [before, behind].concat(), "{first} and {length}");
            }
        }
    }
}

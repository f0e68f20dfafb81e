//! One piece made smooth: lines that go on are joined, and braces always pair.
use std::ops::Range;

use super::braces::{Edit, pair_braces};
use super::frame::Frame;
use super::said::Said;
use super::scan::{Line, Scan};

/// The text of one piece as the grammar reads it.
pub(super) struct Smooth {
    /// The text; as long as the piece but for stand-ins of braces.
    pub(super) text: String,
    /// Where the piece starts in the file.
    start: usize,
    /// Where stand-ins were put, in `text`.
    inserted: Vec<usize>,
}

impl Smooth {
    /// The offset in the file of an offset in the text.
    pub(super) fn origin(&self, at: usize) -> usize {
        self.start + at - self.inserted.partition_point(|inserted| *inserted < at)
    }
}

/// Smooths the piece on some lines; braces without a partner are reported and mended.
pub(super) fn smooth(frame: Frame, scan: &Scan, lines: Range<usize>, said: &mut Said<'_>) -> Smooth {
    let of_piece = scan.lines.get(lines).unwrap_or(&[]);
    let start = of_piece.first().map_or(0, |line| line.start);
    let end = of_piece.last().map_or(start, |line| line.end);
    let edits = pair_braces(frame, scan, of_piece, said);
    let mut bytes = scan.masked.get(start..end).unwrap_or(&[]).to_vec();
    join_lines(scan, of_piece, &edits, start, &mut bytes);
    let inserted = apply(&edits, start, &mut bytes);
    Smooth { text: String::from_utf8_lossy(&bytes).into_owned(), start, inserted }
}

/// The piece on some lines as it is.
pub(super) fn rough(scan: &Scan, lines: Range<usize>) -> Smooth {
    let of_piece = scan.lines.get(lines).unwrap_or(&[]);
    let start = of_piece.first().map_or(0, |line| line.start);
    let end = of_piece.last().map_or(start, |line| line.end);
    let text = String::from_utf8_lossy(scan.masked.get(start..end).unwrap_or(&[])).into_owned();
    Smooth { text, start, inserted: Vec::new() }
}

/// Makes a space of every line break behind which an item goes on.
fn join_lines(scan: &Scan, lines: &[Line], edits: &[Edit], start: usize, bytes: &mut [u8]) {
    let mut columns: Vec<Option<usize>> = vec![Some(0)];
    let mut edits = edits.iter().peekable();
    let mut above: Option<&Line> = None;
    let inside = in_parentheses(scan, lines);
    for (line, inside) in lines.iter().zip(inside).filter(|(line, _)| line.first.is_some()) {
        // The block of a declaration may open on a line of its own.
        let opens = line.first == Some(b'{') && columns.len() == 1;
        // An argument stands deeper than the line that opens its parentheses, wherever the items around it stand.
        let argument = inside.is_some_and(|outer| line.indent == 0 || line.indent > outer);
        let goes_on = argument || opens || goes_on(line, &mut columns);
        if let Some(above) = above.filter(|above| goes_on && !above.docs && !line.docs) {
            let range = above.end - start..line.start - start;
            bytes.iter_mut().take(range.end).skip(range.start).for_each(|byte| *byte = b' ');
        }
        follow(scan, line, &mut edits, &mut columns);
        above = Some(line);
    }
}

/// Which lines begin between parentheses that pair, and how deep the line stands that opens the outermost of them.
fn in_parentheses(scan: &Scan, lines: &[Line]) -> Vec<Option<usize>> {
    let mut inside: Vec<Option<usize>> = vec![None; lines.len()];
    let mut open = Vec::new();
    let brackets = lines
        .iter()
        .enumerate()
        .flat_map(|(nth, line)| scan.brackets_of(line).iter().map(move |at| (nth, scan.byte(*at))));
    for (nth, bracket) in brackets {
        match bracket {
            b'(' => open.push(nth),
            b')' => {
                let Some(from) = open.pop() else { continue };
                let outer = lines.get(from).map_or(0, |line| line.indent);
                for line in inside.iter_mut().take(nth + 1).skip(from + 1) {
                    *line = Some(line.map_or(outer, |known| known.min(outer)));
                }
            }
            b'{' | b'}' => open.clear(),
            _ => {}
        }
    }
    inside
}

/// Whether a line goes on with the item above it. The first line of a block says in which column its items
/// stand, unless it stands no deeper than what is around the block; one that stands less deep knows better.
fn goes_on(line: &Line, columns: &mut [Option<usize>]) -> bool {
    let Some((innermost, around)) = columns.split_last_mut() else { return false };
    let outer = around.iter().rev().find_map(|column| *column).unwrap_or(0);
    match innermost {
        Some(column) => {
            if line.indent > outer {
                *column = line.indent.min(*column);
            }
            (line.indent > *column && line.first != Some(b'}')) || closes(line)
        }
        None => {
            *innermost = Some(line.indent).filter(|indent| *indent > outer);
            false
        }
    }
}

fn closes(line: &Line) -> bool {
    matches!(line.first, Some(b')' | b']'))
}

/// Follows the braces of a line: each that opens starts a column of its own for its items.
fn follow<'e>(
    scan: &Scan,
    line: &Line,
    edits: &mut std::iter::Peekable<impl Iterator<Item = &'e Edit>>,
    columns: &mut Vec<Option<usize>>,
) {
    let mut brackets = scan.brackets_of(line).iter().peekable();
    loop {
        let edit = edits.peek().filter(|edit| edit.at() <= line.end).map(|edit| edit.at());
        match (brackets.peek().copied(), edit) {
            (Some(bracket), edit) if edit.is_none_or(|at| *bracket < at) => {
                brackets.next();
                turn(scan.byte(*bracket), *bracket, line, scan, columns);
            }
            (bracket, Some(at)) => match edits.next() {
                Some(Edit::Blank(_)) => {
                    brackets.next_if(|next| **next == at);
                }
                Some(Edit::Open(_)) => columns.push(None),
                Some(Edit::Close(_)) => drop(columns.pop()),
                None => debug_assert!(bracket.is_none()),
            },
            _ => return,
        }
    }
}

fn turn(byte: u8, at: usize, line: &Line, scan: &Scan, columns: &mut Vec<Option<usize>>) {
    match byte {
        b'{' => {
            let behind = (at + 1..=line.last).find(|next| scan.byte(*next) != b' ');
            columns.push(behind.map(|next| next - line.start));
        }
        b'}' => drop(columns.pop()),
        _ => {}
    }
}

/// Puts the stand-ins and says where they are.
fn apply(edits: &[Edit], start: usize, bytes: &mut Vec<u8>) -> Vec<usize> {
    let mut inserted = Vec::new();
    for edit in edits {
        let at = edit.at() - start + inserted.len();
        match edit {
            Edit::Blank(_) => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = b' '),
            Edit::Open(_) | Edit::Close(_) => {
                bytes.insert(at.min(bytes.len()), if matches!(edit, Edit::Open(_)) { 0x1E } else { 0x1F });
                inserted.push(at);
            }
        }
    }
    inserted
}

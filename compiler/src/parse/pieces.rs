//! A file that is read again after each edit. Pieces whose text stayed keep their trees.
//!
//! Their places stay too: each piece stands in an imagined file with room behind it, so that what is known of
//! a piece needs no change when something above it grows. [`Places`] leads from there to the text.
use std::ops::Range;
use std::sync::Arc;

use super::frame::Frame;
use super::said::Said;
use super::scan::{self, Scan};
use super::{Done, Job, jobs, read, read_many};
use crate::ast::{Declaration, File};
use crate::report::{FileId, Report};

/// Room behind a piece, beside as much as it is long.
const ROOM: usize = 512;
/// The mark of the order of bytes.
const MARK: &[u8] = "\u{feff}".as_bytes();
/// So many bytes are compared at once.
const CHUNK: usize = 1024;
/// The last place that a piece may begin at; places are numbers of 32 bits.
const LAST_BASE: usize = u32::MAX as usize / 2;

/// One declaration of a file.
#[derive(Debug, Clone)]
struct Piece {
    /// Where it stands in the text.
    range: Range<usize>,
    /// Where it stands in the imagined file.
    base: usize,
    declaration: Arc<Declaration>,
    reports: Vec<Report>,
}

/// A file as it was last read.
#[derive(Debug, Default)]
pub(crate) struct Pieces {
    text: Arc<str>,
    /// Whether each line of the text reads the same wherever it stands.
    plain: bool,
    pieces: Vec<Piece>,
    /// What is wrong where no piece is.
    beside: Vec<Report>,
}

/// From the imagined file to the text.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places {
    /// By place: where a piece begins there and in the text, and its length.
    pieces: Vec<(usize, usize, usize)>,
}

impl Places {
    /// The place of an offset in the text.
    pub(crate) fn place(&self, offset: u32) -> u32 {
        let offset = offset as usize;
        let at = self.pieces.partition_point(|(_, start, _)| *start <= offset);
        let found = at.checked_sub(1).and_then(|at| self.pieces.get(at));
        let place = found.map_or(offset, |(base, start, _)| base + (offset - start));
        u32::try_from(place).unwrap_or(u32::MAX)
    }

    /// The offset in the text of a place.
    pub(crate) fn offset(&self, place: u32) -> u32 {
        let place = place as usize;
        let at = self.pieces.partition_point(|(base, ..)| *base <= place);
        let found = at.checked_sub(1).and_then(|at| self.pieces.get(at));
        let first = || self.pieces.first().map_or(0, |(_, start, _)| *start);
        let offset = found
            .map_or_else(|| place.min(first()), |(base, start, length)| start + (place - base).min(*length));
        u32::try_from(offset).unwrap_or(u32::MAX)
    }
}

/// A stretch of a text that is cut anew, and the old pieces whose place it takes.
struct Stretch {
    text: Range<usize>,
    old: Range<usize>,
}

impl Pieces {
    /// Reads a text; what stands in it as it stood before is not read again.
    pub(crate) fn update(&mut self, file: FileId, text: &Arc<str>) {
        if self.text != *text || self.pieces.is_empty() {
            *self = self.read_again(file, text);
        }
    }

    /// A text that differs from this one; what stands in it as it stands here is not read again.
    pub(crate) fn read_again(&self, file: FileId, text: &Arc<str>) -> Self {
        let spliced = self.touched(text).and_then(|stretch| self.spliced(file, text, &stretch));
        let text = Arc::clone(text);
        match spliced {
            Some(pieces) => Self { text, plain: self.plain, pieces, beside: self.beside.clone() },
            None => {
                let (pieces, beside) = whole(file, &text);
                Self { plain: is_plain(text.as_bytes()), text, pieces, beside }
            }
        }
    }

    /// The tree.
    pub(crate) fn file(&self) -> File {
        File { declarations: self.pieces.iter().map(|piece| Arc::clone(&piece.declaration)).collect() }
    }

    /// What is wrong with the text.
    pub(crate) fn reports(&self) -> impl Iterator<Item = &Report> {
        self.pieces.iter().flat_map(|piece| &piece.reports).chain(&self.beside)
    }

    /// Where the pieces stand.
    pub(crate) fn places(&self) -> Places {
        let place = |piece: &Piece| (piece.base, piece.range.start, piece.range.len());
        Places { pieces: self.pieces.iter().map(place).collect() }
    }

    /// What is to be cut anew, from the piece before the first change to one behind the last. Nothing where
    /// one line may change how others read, or where nothing stays.
    fn touched(&self, text: &str) -> Option<Stretch> {
        if self.pieces.is_empty() || !self.plain {
            return None;
        }
        let (old, new) = (self.text.as_bytes(), text.as_bytes());
        let before = shared_start(old, new);
        let (old_rest, new_rest) = (old.get(before..)?, new.get(before..)?);
        let behind = shared_end(old_rest, new_rest);
        if !is_plain(new.get(before.saturating_sub(2)..new.len() - behind)?) {
            return None;
        }
        let first = self.pieces.partition_point(|piece| piece.range.start <= before).saturating_sub(2);
        let last = self.pieces.partition_point(|piece| piece.range.start < old.len() - behind);
        let start = if first == 0 { 0 } else { self.pieces.get(first)?.range.start };
        let end = self.pieces.get(last).map_or(old.len(), |piece| piece.range.end);
        Some(Stretch {
            text: start..new.len() - (old.len() - end),
            old: first..(last + 1).min(self.pieces.len()),
        })
    }

    /// The pieces with those of a stretch read anew.
    fn spliced(&self, file: FileId, text: &str, stretch: &Stretch) -> Option<Vec<Piece>> {
        let mut scan = scan::scan(file, text.get(stretch.text.clone())?);
        let (mut jobs, beside) = cut(&mut scan);
        if !beside.is_empty() || !self.beside.is_empty() {
            return None;
        }
        let from = stretch.text.start;
        let mut ranges: Vec<Range<usize>> = jobs.iter().map(|(lines, _)| bytes(&scan, lines, from)).collect();
        if let Some(last) = ranges.last_mut() {
            last.end = stretch.text.end;
        }
        let old = self.pieces.get(stretch.old.clone())?;
        // What follows stands as it stood only if it still begins a piece.
        let goes_on = stretch.old.end < self.pieces.len();
        let same =
            |(new, old): (&Range<usize>, &Piece)| text.get(new.clone()) == self.text.get(old.range.clone());
        let ahead = ranges.iter().zip(old).take_while(|it| same(*it)).count();
        let left = ranges.len().min(old.len()) - ahead;
        let behind = ranges.iter().rev().zip(old.iter().rev()).take(left).take_while(|it| same(*it)).count();
        if goes_on && ahead + behind < old.len() && behind == 0 {
            return None;
        }
        let middle = ahead..ranges.len() - behind;
        let old_middle = stretch.old.start + ahead..stretch.old.end - behind;
        let bases = self.bases(old_middle.clone(), ranges.get(middle.clone())?)?;
        let jobs = jobs.drain(middle.clone()).zip(bases.iter().copied()).collect();
        let read = read_moved(file, &scan, jobs);
        let made =
            ranges.get(middle)?.iter().zip(bases).zip(read).map(|((range, base), (declaration, reports))| {
                Piece { range: range.clone(), base, declaration: Arc::new(declaration), reports }
            });
        let (grown, shrunk) = (text.len(), self.text.len());
        let moved = |piece: &Piece| {
            let at = |at: usize| at + grown - shrunk;
            Piece { range: at(piece.range.start)..at(piece.range.end), ..piece.clone() }
        };
        let stay = |(range, piece): (&Range<usize>, &Piece)| Piece { range: range.clone(), ..piece.clone() };
        let mut pieces: Vec<Piece> = self.pieces.get(..stretch.old.start)?.to_vec();
        pieces.extend(ranges.iter().zip(old).take(ahead).map(stay));
        pieces.extend(made);
        pieces.extend(self.pieces.get(old_middle.end..)?.iter().map(moved));
        // What stands before the first piece keeps its place, which must not be one of the piece.
        let apart = pieces.first().is_none_or(|piece| piece.range.start <= piece.base);
        apart.then_some(pieces)
    }

    /// Where new pieces stand that take the place of old ones; nothing where there is no room for them.
    fn bases(&self, old: Range<usize>, new: &[Range<usize>]) -> Option<Vec<usize>> {
        let of = |at: usize| self.pieces.get(at).map(|piece| piece.base);
        if new.is_empty() {
            return Some(Vec::new());
        }
        let end = of(old.end).unwrap_or(LAST_BASE);
        let own = self.pieces.get(old.clone())?;
        let behind = own.iter().skip(1).map(|piece| piece.base).chain([end]);
        let fits = own.iter().zip(behind).zip(new).all(|((piece, end), new)| piece.base + new.len() < end);
        if own.len() == new.len() && fits {
            return Some(own.iter().map(|piece| piece.base).collect());
        }
        let start = match old.start.checked_sub(1).and_then(|before| self.pieces.get(before)) {
            Some(before) => before.base + before.range.len() + 1,
            None => new.first()?.start,
        };
        let wanted: usize = new.iter().map(|range| range.len() + 1).sum();
        let spare = end.checked_sub(start)?.checked_sub(wanted)? / (new.len() + 1);
        let mut at = start;
        let mut bases = Vec::with_capacity(new.len());
        for range in new {
            at += spare.min(ROOM);
            bases.push(at);
            at += range.len() + 1;
        }
        Some(bases)
    }
}

/// Whether each line of a text reads the same wherever it stands: no tabs, no carriage returns, no mark of the
/// order of bytes.
fn is_plain(text: &[u8]) -> bool {
    let odd = |bytes: &[u8]| bytes.iter().fold(false, |odd, byte| odd | matches!(byte, b'\t' | b'\r'));
    !text.starts_with(MARK) && !text.chunks(CHUNK).any(odd)
}

/// How many bytes two texts begin with alike.
fn shared_start(a: &[u8], b: &[u8]) -> usize {
    let chunks = a.chunks(CHUNK).zip(b.chunks(CHUNK)).take_while(|(a, b)| a == b);
    let alike: usize = chunks.map(|(chunk, _)| chunk.len()).sum();
    let (a, b) = (a.get(alike..).unwrap_or(&[]), b.get(alike..).unwrap_or(&[]));
    alike + a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// How many bytes two texts end with alike.
fn shared_end(a: &[u8], b: &[u8]) -> usize {
    let chunks = a.rchunks(CHUNK).zip(b.rchunks(CHUNK)).take_while(|(a, b)| a == b);
    let alike: usize = chunks.map(|(chunk, _)| chunk.len()).sum();
    let (a, b) = (a.get(..a.len() - alike).unwrap_or(&[]), b.get(..b.len() - alike).unwrap_or(&[]));
    alike + a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count()
}

/// The pieces of a text, each with what is wrong with its characters; and what is wrong elsewhere.
fn cut(scan: &mut Scan) -> (Vec<Job>, Vec<Report>) {
    let (mut jobs, mut beside) = jobs(scan);
    for (lines, own) in &mut jobs {
        let start = scan.lines.get(lines.start).map_or(0, |line| line.start);
        let (before, inside) = std::mem::take(own).into_iter().partition(|it| (it.at.start as usize) < start);
        *own = inside;
        beside.extend::<Vec<Report>>(before);
    }
    (jobs, beside)
}

/// The bytes of a piece, up to the next.
fn bytes(scan: &Scan, lines: &Range<usize>, from: usize) -> Range<usize> {
    let start = |line: usize| scan.lines.get(line).map_or(scan.masked.len(), |line| line.start);
    from + start(lines.start)..from + start(lines.end)
}

/// A file that nothing is known of.
fn whole(file: FileId, text: &str) -> (Vec<Piece>, Vec<Report>) {
    let mut scan = scan::scan(file, text);
    let (jobs, beside) = cut(&mut scan);
    let ranges: Vec<Range<usize>> = jobs.iter().map(|(lines, _)| bytes(&scan, lines, 0)).collect();
    let roomy = text.len().saturating_mul(2) + ranges.len() * ROOM < LAST_BASE;
    let room = if roomy { ROOM } else { 0 };
    let mut next = ranges.first().map_or(0, |range| range.start + room);
    let mut bases = Vec::with_capacity(ranges.len());
    for range in &ranges {
        bases.push(next);
        next += range.len() + room + if roomy { range.len() } else { 0 };
    }
    let read = read_moved(file, &scan, jobs.into_iter().zip(bases.iter().copied()).collect());
    let pieces = ranges.into_iter().zip(bases).zip(read);
    let pieces = pieces.map(|((range, base), (declaration, reports))| Piece {
        range,
        base,
        declaration: Arc::new(declaration),
        reports,
    });
    (pieces.collect(), beside)
}

/// Reads pieces as if each stood at a place of its own.
fn read_moved(file: FileId, scan: &Scan, jobs: Vec<(Job, usize)>) -> Vec<Done> {
    read_many(jobs, &|((lines, own), base): (Job, usize)| {
        let of_piece = scan.lines.get(lines.start..).unwrap_or(&[]);
        let from = of_piece.first().map_or(0, |line| line.start);
        let frame = Frame::moved(file, from, base);
        let starts = of_piece.iter().take(lines.len() + 1).map(|line| frame.offset(line.start));
        let starts: Vec<usize> = starts.collect();
        let own =
            own.into_iter().map(|report| report.placed(&|at| frame.span(at.start as usize, at.end as usize)));
        read(frame, scan, lines, Said::new(own.collect(), &starts))
    })
}

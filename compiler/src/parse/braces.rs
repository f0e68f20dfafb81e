//! Braces without a partner: where the missing one belongs, judged by the indentation.
//!
//! Only a piece whose braces do not pair comes this far, so the indentation of good text is never judged.
use super::frame::Frame;
use super::said::Said;
use super::scan::{Line, Scan};
use crate::report::{Code, Report};

/// What mends the braces of a piece, at an offset of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Edit {
    /// A `{` is put in.
    Open(usize),
    /// A `}` is put in.
    Close(usize),
    /// A brace is taken out.
    Blank(usize),
}

impl Edit {
    /// The offset.
    pub(super) fn at(self) -> usize {
        match self {
            Self::Open(at) | Self::Close(at) | Self::Blank(at) => at,
        }
    }
}

/// A `{` that waits for its `}`.
#[derive(Clone, Copy)]
struct Open {
    at: usize,
    line: usize,
    indent: usize,
}

struct Pairing<'a, 'l> {
    frame: Frame,
    scan: &'a Scan,
    lines: &'a [Line],
    open: Vec<Open>,
    missing: usize,
    extra: usize,
    edits: Vec<Edit>,
    said: &'a mut Said<'l>,
    /// Whether a report is one too many: all that is open at the end is said once.
    quiet: bool,
}

/// The edits, by place, that make the braces of a piece pair.
pub(super) fn pair_braces(frame: Frame, scan: &Scan, lines: &[Line], said: &mut Said<'_>) -> Vec<Edit> {
    let (missing, extra) = balance(scan, lines);
    if missing == 0 && extra == 0 {
        return Vec::new();
    }
    let (open, edits, quiet) = (Vec::new(), Vec::new(), false);
    let mut pairing = Pairing { frame, scan, lines, open, missing, extra, edits, said, quiet };
    for (index, line) in lines.iter().enumerate() {
        if let Some(first) = line.first.filter(|_| !line.docs) {
            pairing.line(index, line, first);
        }
    }
    pairing.finish();
    pairing.edits.sort_by_key(|edit| edit.at());
    pairing.edits
}

/// How many `{` and how many `}` have no partner.
fn balance(scan: &Scan, lines: &[Line]) -> (usize, usize) {
    let (mut open, mut extra) = (0, 0);
    for at in lines.iter().flat_map(|line| scan.brackets_of(line)) {
        match scan.byte(*at) {
            b'{' => open += 1,
            b'}' if open == 0 => extra += 1,
            b'}' => open -= 1,
            _ => {}
        }
    }
    (open, extra)
}

/// Whether a line is a `}` and nothing else.
fn closes_only(line: &Line) -> bool {
    line.first == Some(b'}') && line.start + line.indent == line.last
}

impl Pairing<'_, '_> {
    fn line(&mut self, index: usize, line: &Line, first: u8) {
        if !matches!(first, b')' | b']') {
            self.close_by_indent(index, line, first);
        }
        for (nth, at) in self.scan.brackets_of(line).iter().enumerate() {
            match self.scan.byte(*at) {
                b'{' => self.open.push(Open { at: *at, line: index, indent: line.indent }),
                b'}' => self.close(index, line, *at, nth == 0 && first == b'}'),
                _ => {}
            }
        }
        self.close_on_line(index, line);
    }

    /// Closes blocks whose lines have ended: this line stands no deeper than the one that opened them.
    fn close_by_indent(&mut self, index: usize, line: &Line, first: u8) {
        while let Some(top) = self.open.last().copied() {
            let ended = if first == b'}' { line.indent < top.indent } else { line.indent <= top.indent };
            if !ended || self.missing == 0 || top.line == index {
                return;
            }
            let behind = self.lines.iter().take(index).rev().find(|line| line.first.is_some());
            self.put_close(top, behind.map_or(line.start, |line| line.last + 1));
        }
    }

    fn put_close(&mut self, top: Open, at: usize) {
        self.missing = self.missing.saturating_sub(1);
        if let Some(place) = self.open.iter().rposition(|open| open.at == top.at) {
            self.open.remove(place);
        }
        self.edits.push(Edit::Close(at));
        let report = Report::new(Code::E0102, self.frame.span(top.at, top.at + 1), "this `{` is not closed")
            .label(self.frame.span(at, at), "a `}` is missing here");
        self.say(report);
    }

    /// Reports, unless something was said about the line already.
    fn say(&mut self, report: Report) {
        if !self.quiet {
            self.said.push_in(report.at, report);
        }
    }

    fn close(&mut self, index: usize, line: &Line, at: usize, first: bool) {
        let top = self.open.last().copied();
        let fits = match top {
            None => false,
            Some(top) if first => top.indent == line.indent || self.extra == 0,
            Some(top) => top.line == index || self.extra == 0,
        };
        if fits {
            self.open.pop();
            return;
        }
        self.extra = self.extra.saturating_sub(1);
        let found = self.frame.span(at, at + 1);
        match self.header_above(index, line, top).filter(|_| first) {
            Some(end) => {
                self.edits.push(Edit::Open(end));
                let end = self.frame.span(end, end);
                let report = Report::new(Code::E0102, end, "a `{` is missing at the end of this line")
                    .label(found, "this `}` closes it")
                    .fix("open the block", end, " {");
                self.say(report);
            }
            None => {
                self.edits.push(Edit::Blank(at));
                self.say(
                    Report::new(Code::E0102, found, "this `}` closes nothing").help("its `{` is missing"),
                );
            }
        }
    }

    /// The end of the line that should have opened the block which a `}` at the start of a line closes.
    fn header_above(&self, index: usize, line: &Line, top: Option<Open>) -> Option<usize> {
        let inside = top.map_or(0, |top| top.line + 1);
        let above = self.lines.iter().enumerate().take(index).skip(inside).rev();
        let mut above = above.filter(|(_, line)| line.first.is_some());
        let (nearest, header) = above.find(|(_, above)| above.indent <= line.indent)?;
        let has_lines = self.lines.iter().take(index).skip(nearest + 1).any(|line| line.first.is_some());
        let opens = header.indent == line.indent && has_lines && !closes_only(header) && !header.docs;
        opens.then_some(header.last + 1)
    }

    /// Closes what this line opened and should have closed: all but a `{` at its very end.
    fn close_on_line(&mut self, index: usize, line: &Line) {
        let here = self.open.iter().filter(|open| open.line == index).copied().collect::<Vec<_>>();
        let block = here.last().filter(|open| open.at == line.last).copied();
        let behind = self.lines.iter().skip(index + 1).find(|line| line.first.is_some());
        let goes_on = behind.is_some_and(|behind| behind.indent > line.indent);
        for open in here.into_iter().rev().filter(|open| block.is_none_or(|block| block.at != open.at)) {
            if self.missing == 0 || (goes_on && block.is_none()) {
                return;
            }
            let end = line.last + 1;
            let at = block.map_or(end, |block| block.at);
            self.put_close(open, self.end_of_segment(open.at).unwrap_or(at));
        }
    }

    /// Where the parameter of a route ends that starts at a brace, if it is one.
    fn end_of_segment(&self, at: usize) -> Option<usize> {
        let behind = self.scan.masked.get(at + 1..).unwrap_or(&[]);
        let length = behind.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
        (at > 0 && self.scan.byte(at - 1) == b'/').then_some(at + 1 + length)
    }

    /// Closes what is open at the end of the piece, and says so once.
    fn finish(&mut self) {
        let end = self.lines.iter().rev().find(|line| line.first.is_some()).map_or(0, |line| line.last + 1);
        while let Some(top) = self.open.last().copied() {
            self.put_close(top, end);
            self.quiet = true;
        }
    }
}

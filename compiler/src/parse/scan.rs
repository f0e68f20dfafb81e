//! Characters before grammar: comments become spaces, brackets are found, texts and regexes close.
//!
//! Nothing here spans lines, so one broken line cannot change how the next one reads.
use crate::report::{Code, FileId, Report, Span};

/// The longest line, in bytes, that is read at all.
const LONGEST_LINE: usize = 65_536;
/// The deepest nesting of braces, parentheses and texts inside one text.
const DEEPEST_TEXT: usize = 16;

/// Stands for the quote or slash of a text or regex that does not close.
pub(super) const UNCLOSED: u8 = 0x1A;
/// Stand for the braces of a regex.
pub(super) const REGEX_BRACES: [u8; 2] = [0x1C, 0x1D];

/// A file in characters that the grammar knows, of the same length as its text.
pub(super) struct Scan {
    /// The text with comments, tabs outside texts and carriage returns as spaces.
    pub(super) masked: Vec<u8>,
    /// The lines.
    pub(super) lines: Vec<Line>,
    /// Every `( ) [ ] { }` outside texts, regexes and comments.
    pub(super) brackets: Vec<usize>,
    /// Comments, without documentation.
    pub(super) comments: Vec<Comment>,
    /// What is wrong with the characters.
    pub(super) reports: Vec<Report>,
}

/// One line of a file.
pub(super) struct Line {
    /// Its first byte.
    pub(super) start: usize,
    /// One past its last byte, without the line break.
    pub(super) end: usize,
    /// How many columns its first character stands in.
    pub(super) indent: usize,
    /// Its first character that is not space; none on a blank line.
    pub(super) first: Option<u8>,
    /// The offset of its last character that is not space.
    pub(super) last: usize,
    /// Whether it is a `///` line.
    pub(super) docs: bool,
    /// Its part of the brackets.
    pub(super) brackets: std::ops::Range<usize>,
}

/// A `//` comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Comment {
    /// From the slashes to the end of the line.
    pub(crate) at: Span,
    /// Whether nothing stands before it on its line.
    pub(crate) alone: bool,
}

/// Reads the characters of a file.
pub(super) fn scan(file: FileId, text: &str) -> Scan {
    let mut scanner = Scanner { file, bytes: text.as_bytes(), found: Scan::empty(text), said_return: false };
    let mut at = if text.starts_with('\u{feff}') { 3 } else { 0 };
    scanner.found.masked.iter_mut().take(at).for_each(|byte| *byte = b' ');
    while at < text.len() {
        at = scanner.line(at);
    }
    check_indents(file, &mut scanner.found, text);
    scanner.found
}

impl Scan {
    fn empty(text: &str) -> Self {
        let masked = text.as_bytes().to_vec();
        Self { masked, lines: Vec::new(), brackets: Vec::new(), comments: Vec::new(), reports: Vec::new() }
    }

    /// The line, from zero, that holds an offset.
    pub(super) fn line_of(&self, at: usize) -> usize {
        self.lines.partition_point(|line| line.start <= at).saturating_sub(1)
    }

    /// The offset of a bracket by its place in the list.
    pub(super) fn brackets_of(&self, line: &Line) -> &[usize] {
        self.brackets.get(line.brackets.clone()).unwrap_or(&[])
    }

    /// The masked byte at an offset.
    pub(super) fn byte(&self, at: usize) -> u8 {
        self.masked.get(at).copied().unwrap_or(0)
    }
}

struct Scanner<'a> {
    file: FileId,
    bytes: &'a [u8],
    found: Scan,
    said_return: bool,
}

impl Scanner<'_> {
    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    fn mask(&mut self, range: std::ops::Range<usize>, with: u8) {
        if let Some(bytes) = self.found.masked.get_mut(range) {
            bytes.fill(with);
        }
    }

    fn report(&mut self, code: Code, start: usize, end: usize, message: &str, help: &str) {
        let report = Report::new(code, Span::new(self.file, start, end), message);
        self.found.reports.push(if help.is_empty() { report } else { report.help(help) });
    }

    /// Reads the line that starts at an offset and says where the next one starts.
    fn line(&mut self, start: usize) -> usize {
        let rest = self.bytes.get(start..).unwrap_or(&[]);
        let end = rest
            .iter()
            .position(|byte| matches!(byte, b'\n' | b'\r'))
            .map_or(self.bytes.len(), |n| start + n);
        let next = self.line_break(end);
        let first_bracket = self.found.brackets.len();
        let (mut first, mut last, mut docs) = (None, start, false);
        if end - start > LONGEST_LINE {
            let message = format!("this line has {} bytes; {LONGEST_LINE} is the most", end - start);
            self.report(Code::E0109, start, start + 1, &message, "break it into several lines");
            self.mask(start..end, b' ');
        } else {
            let content = start + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            self.mask(start..content, b' ');
            docs = self.bytes.get(content..end).is_some_and(is_docs);
            last = if docs { self.docs(content, end) } else { self.content(content, end) };
            first = (last >= content && content < end && self.found.byte(last) != b' ')
                .then(|| self.found.byte(content))
                .filter(|byte| *byte != b' ');
        }
        let indent = if first.is_some() { self.indent(start) } else { 0 };
        let brackets = first_bracket..self.found.brackets.len();
        self.found.lines.push(Line { start, end, indent, first, last, docs, brackets });
        next
    }

    /// Smooths the line break at an offset and says where the next line starts.
    fn line_break(&mut self, end: usize) -> usize {
        match (self.byte(end), self.byte(end + 1)) {
            (b'\r', b'\n') => {
                self.mask(end..end + 1, b' ');
                end + 2
            }
            (b'\r', _) => {
                self.mask(end..end + 1, b'\n');
                if !std::mem::replace(&mut self.said_return, true) {
                    let help = "end lines with a line feed; `quater fmt` does it";
                    self.report(Code::E0110, end, end + 1, "a carriage return without a line feed", help);
                }
                end + 1
            }
            _ => end + 1,
        }
    }

    fn indent(&self, start: usize) -> usize {
        self.bytes.iter().skip(start).take_while(|byte| matches!(byte, b' ' | b'\t')).count()
    }

    /// Leaves documentation as it is, but for control characters; gives its last byte.
    fn docs(&mut self, start: usize, end: usize) -> usize {
        let mut said = false;
        for at in start..end {
            said |= self.control(at, said);
        }
        end.saturating_sub(1)
    }

    /// Masks a control character, says so once a line, and tells whether there was one.
    fn control(&mut self, at: usize, said: bool) -> bool {
        let byte = self.byte(at);
        let control = byte.is_ascii_control() && byte != b'\t';
        if control {
            self.mask(at..at + 1, b' ');
            if !said {
                let message = format!("a control character, U+{byte:04X}");
                self.report(Code::E0110, at, at + 1, &message, "take it out; texts can say it as `\\u{…}`");
            }
        }
        control
    }

    /// Reads what is not documentation; gives the last byte that is not space.
    fn content(&mut self, start: usize, end: usize) -> usize {
        let (mut at, mut last, mut said_control) = (start, start, false);
        let mut before = b' ';
        while at < end {
            let byte = self.byte(at);
            let from = at;
            match byte {
                b'"' => at = self.text(at, end),
                b'/' if self.byte(at + 1) == b'/' => {
                    let at_span = Span::new(self.file, at, end);
                    self.found.comments.push(Comment { at: at_span, alone: at == start });
                    self.mask(at..end, b' ');
                    return last;
                }
                b'/' if matches!(before, b'(' | b',') => at = self.regex(at, end),
                b'(' | b')' | b'[' | b']' | b'{' | b'}' => {
                    self.found.brackets.push(at);
                    at += 1;
                }
                b'\t' => {
                    self.mask(at..at + 1, b' ');
                    at += 1;
                }
                _ => {
                    said_control |= self.control(at, said_control);
                    at += 1;
                }
            }
            if self.found.byte(from) != b' ' {
                (before, last) = (byte, at - 1);
            }
        }
        last
    }

    /// Finds the end of the text that starts at a quote; what is inside is the grammar's.
    fn text(&mut self, start: usize, end: usize) -> usize {
        let (mut open, mut broken) = (vec![b'"'], false);
        let mut at = start + 1;
        while at < end {
            let (byte, next) = (self.byte(at), self.byte(at + 1));
            let in_letters = open.last() == Some(&b'"');
            match byte {
                b'\\' if in_letters => at += self.escape(at, end),
                b'{' if in_letters && next == b'{' => at += 1,
                b'}' if in_letters && next == b'}' => at += 1,
                b'}' if in_letters => broken |= self.lone_brace(at),
                b'"' if in_letters => {
                    open.pop();
                }
                b'"' | b'{' | b'(' => open.push(byte),
                b'}' | b')' if open.len() > 1 => {
                    open.pop();
                }
                // Among letters it is one of them.
                b'\t' if !in_letters => self.mask(at..at + 1, b' '),
                _ => {
                    self.control(at, false);
                }
            }
            at += 1;
            if open.is_empty() {
                if broken {
                    self.mask(start..start + 1, UNCLOSED);
                    self.mask(start + 1..at, b'_');
                }
                return at;
            }
            if open.len() > DEEPEST_TEXT {
                return self.unclosed(
                    start,
                    end,
                    Code::E0109,
                    "this text holds texts and braces too deep to read",
                );
            }
        }
        let in_hole = open.len() > 1;
        let message = if in_hole { "a `{` in this text is not closed" } else { "this text is not closed" };
        self.unclosed(start, end, Code::E0103, message)
    }

    /// Reports a `}` that stands among the letters of a text.
    fn lone_brace(&mut self, at: usize) -> bool {
        let found = Span::new(self.file, at, at + 1);
        let report = Report::new(Code::E0103, found, "a `}` in a text closes nothing")
            .help("write `}}` for a brace")
            .fix("write `}}`", found, "}}");
        self.found.reports.push(report);
        true
    }

    /// How many bytes behind a backslash belong to it.
    fn escape(&self, at: usize, end: usize) -> usize {
        let code = self.bytes.get(at..end).and_then(|rest| rest.strip_prefix(b"\\u{"));
        let digits = code.map(|rest| rest.iter().take_while(|byte| byte.is_ascii_hexdigit()).count());
        digits.filter(|digits| self.byte(at + 3 + digits) == b'}').map_or(1, |digits| digits + 3)
    }

    /// Reports what does not close on its line, and lets a block that opens there still open.
    fn unclosed(&mut self, start: usize, end: usize, code: Code, message: &str) -> usize {
        let line = self.bytes.get(start..end).unwrap_or(&[]);
        let kept = line.iter().rposition(|byte| !byte.is_ascii_whitespace());
        let opens = kept.filter(|at| *at > 0 && line.get(*at - 1..=*at) == Some(b" {"));
        let close = opens.map_or(end, |at| start + at);
        let help = match code {
            Code::E0103 => "it must end on the line it starts on; `{{` is a brace",
            _ => "give its parts names with `let`",
        };
        self.report(code, start, close, message, help);
        self.mask(start..start + 1, UNCLOSED);
        self.mask(start + 1..close, b'_');
        close.max(start + 1)
    }

    /// Finds the end of the regex that starts at a slash, and takes its braces out of sight.
    fn regex(&mut self, start: usize, end: usize) -> usize {
        let (mut at, mut in_class, mut open) = (start + 1, false, 0_i32);
        while at < end {
            match self.byte(at) {
                b'\\' => at += 1,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => return self.close_regex(start, at + 1, open),
                b'{' if !in_class => open += 1,
                b'}' if !in_class => open = if open > 0 { open - 1 } else { i32::MIN },
                _ => {}
            }
            at += 1;
        }
        self.unclosed(start, end, Code::E0103, "this regex is not closed")
    }

    fn close_regex(&mut self, start: usize, end: usize, open: i32) -> usize {
        if open != 0 {
            self.report(
                Code::E0103,
                start,
                end,
                "a brace in this regex has no partner",
                "write `\\{` for the sign",
            );
            self.mask(start..start + 1, UNCLOSED);
        }
        for at in start..end {
            match self.byte(at) {
                b'{' => self.mask(at..at + 1, REGEX_BRACES[0]),
                b'}' => self.mask(at..at + 1, REGEX_BRACES[1]),
                byte => self.mask(at..at + 1, byte),
            }
        }
        if open != 0 {
            self.mask(start..start + 1, UNCLOSED);
        }
        end
    }
}

fn is_docs(line: &[u8]) -> bool {
    line.starts_with(b"///") && !line.starts_with(b"////")
}

/// Says once when lines are indented by tabs and by spaces.
fn check_indents(file: FileId, found: &mut Scan, text: &str) {
    let bytes = text.as_bytes();
    let mut seen = None;
    let odd = found.lines.iter().filter(|line| line.first.is_some() && line.indent > 0).find_map(|line| {
        let indent = bytes.get(line.start..line.start + line.indent)?;
        let kind = indent.first().copied()?;
        let mixed = indent.iter().any(|byte| *byte != kind) || seen.is_some_and(|before| before != kind);
        seen = Some(kind);
        mixed.then(|| Span::new(file, line.start, line.start + line.indent))
    });
    if let Some(at) = odd {
        let report =
            Report::new(Code::E0110, at, "tabs and spaces are mixed in the indentation of this file")
                .help("indent with one of them; `quater fmt` uses two spaces");
        found.reports.push(report);
    }
}

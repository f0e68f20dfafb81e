//! Docs to letters: what fits stands on one line, comments stay where they were.
use super::doc::{Block, Doc, Group, Item, Shape};
use crate::parse::Comment;
use crate::report::Span;

/// The longest line that is made on purpose.
const WIDTH: usize = 120;

/// The text under way.
pub(super) struct Printer<'a> {
    source: &'a str,
    comments: &'a [Comment],
    out: String,
    indent: usize,
    /// Where in the source the last thing printed ended.
    behind: usize,
}

/// Prints the items of a file.
pub(super) fn print(source: &str, comments: &[Comment], items: &[Item]) -> String {
    let mut printer = Printer { source, comments, out: String::new(), indent: 0, behind: 0 };
    for item in items {
        printer.item(item, "", item.at.start == 0 || printer.out.is_empty());
        printer.out.push('\n');
    }
    printer.comments_before(source.len(), printer.out.is_empty(), "\n");
    printer.out
}

impl Printer<'_> {
    /// Prints an item behind the comments that stood before it.
    fn item(&mut self, item: &Item, comma: &str, first: bool) {
        let said = self.comments_before(item.at.start as usize, first, "\n");
        self.keep_blank_line(item.at.start as usize, first && !said);
        self.pad();
        self.doc(&item.doc);
        self.out.push_str(comma);
        self.behind = self.behind.max(item.at.end as usize);
        self.comment_beside();
    }

    fn pad(&mut self) {
        self.out.extend(std::iter::repeat_n(' ', self.indent));
    }

    /// Prints the comments that stood before a place, each on a line; tells whether there were any.
    fn comments_before(&mut self, place: usize, first: bool, end: &str) -> bool {
        let mut said = false;
        while let Some((comment, others)) = self.comments.split_first() {
            if comment.at.start as usize >= place {
                break;
            }
            self.comments = others;
            self.keep_blank_line(comment.at.start as usize, first && !said);
            self.pad();
            self.out.push_str(self.source.get(comment.at.range()).unwrap_or("").trim_end());
            self.out.push_str(end);
            self.behind = comment.at.end as usize;
            said = true;
        }
        said
    }

    /// Prints one empty line where the source had some between the last thing and this one.
    fn keep_blank_line(&mut self, place: usize, first: bool) {
        let between = self.source.get(self.behind..place).unwrap_or("");
        if !first && between.matches('\n').count() > 1 {
            self.out.push('\n');
        }
    }

    /// Prints the comment that stands behind what was printed last, on its line.
    fn comment_beside(&mut self) {
        let rest = self.source.get(self.behind..).unwrap_or("");
        let line_end = self.behind + rest.find('\n').unwrap_or(rest.len());
        if let Some((comment, others)) = self.comments.split_first()
            && !comment.alone
            && (comment.at.start as usize) < line_end
        {
            self.comments = others;
            if !self.out.is_empty() {
                self.out.push(' ');
            }
            self.out.push_str(self.source.get(comment.at.range()).unwrap_or("").trim_end());
            self.behind = comment.at.end as usize;
        }
    }

    fn doc(&mut self, doc: &Doc) {
        match doc {
            Doc::Text(letters) => self.out.push_str(letters),
            Doc::Row(docs) => docs.iter().for_each(|doc| self.doc(doc)),
            Doc::Hang(docs) => self.hang(doc, docs),
            Doc::Group(group) => self.group(doc, group),
            Doc::Block(block) => self.block(block),
            Doc::Above(lines, doc) => {
                for line in lines {
                    self.out.push_str(line);
                    self.out.push('\n');
                    self.pad();
                }
                self.doc(doc);
            }
        }
    }

    fn hang(&mut self, doc: &Doc, docs: &[Doc]) {
        let fits = doc.has_block() || self.column() + doc.flat().chars().count() <= WIDTH;
        let deeper = if fits { 0 } else { 2 };
        self.indent += deeper;
        for (nth, doc) in docs.iter().enumerate() {
            if nth > 0 && fits {
                self.out.push(' ');
            } else if nth > 0 {
                self.out.push('\n');
                self.pad();
            }
            self.doc(doc);
        }
        self.indent -= deeper;
    }

    fn column(&self) -> usize {
        self.out.rsplit('\n').next().map_or(0, |line| line.chars().count())
    }

    fn group(&mut self, doc: &Doc, group: &Group) {
        let flat = doc.flat();
        let fits = self.column() + flat.chars().count() <= WIDTH;
        if group.items.is_empty() || (fits && !doc.has_block() && !self.was_broken(group)) {
            self.out.push_str(&flat);
            self.behind = self.behind.max(group.at.start as usize);
            return;
        }
        let comma = if group.shape == Shape::Curly { "" } else { "," };
        self.lines(group.shape, &group.items, comma, group.at);
    }

    fn was_broken(&self, group: &Group) -> bool {
        let holds_comment = self.comments.iter().any(|comment| group.at.contains(comment.at.start));
        let first = group.items.first().map_or(group.at, |item| item.at);
        let before_first = self.source.get(group.at.start as usize..first.start as usize).unwrap_or("");
        holds_comment || (group.shape == Shape::Curly && before_first.contains('\n'))
    }

    fn block(&mut self, block: &Block) {
        self.lines(Shape::Curly, &block.items, "", block.at);
    }

    fn lines(&mut self, shape: Shape, items: &[Item], comma: &str, at: Span) {
        let holds_comment = self.comments.first().is_some_and(|comment| comment.at.start < at.end);
        if items.is_empty() && !holds_comment {
            self.out.extend([shape.open(), shape.close()]);
            self.behind = self.behind.max(at.end as usize);
            return;
        }
        self.out.push_str(shape.open());
        self.behind = self.behind.max(at.start as usize);
        self.comment_behind_opening(items.first().map_or(at.end, |item| item.at.start) as usize);
        self.out.push('\n');
        self.indent += 2;
        for (nth, item) in items.iter().enumerate() {
            self.item(item, comma, nth == 0);
            self.out.push('\n');
        }
        self.comments_before(at.end as usize, items.is_empty(), "\n");
        self.indent -= 2;
        self.pad();
        self.out.push_str(shape.close());
        self.behind = self.behind.max(at.end as usize);
    }

    /// Keeps a comment on the line of the bracket that it stands behind.
    fn comment_behind_opening(&mut self, first: usize) {
        if let Some((comment, others)) = self.comments.split_first()
            && !comment.alone
            && (comment.at.start as usize) < first
        {
            self.comments = others;
            self.out.push(' ');
            self.out.push_str(self.source.get(comment.at.range()).unwrap_or("").trim_end());
            self.behind = comment.at.end as usize;
        }
    }
}

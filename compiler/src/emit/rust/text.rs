//! Text of Rust, line by line.

/// Lines with their indentation.
#[derive(Debug, Default)]
pub(super) struct Text {
    out: String,
    depth: usize,
}

impl Text {
    pub(super) fn new(head: &str) -> Self {
        Self { out: head.to_owned(), depth: 0 }
    }

    pub(super) fn line(&mut self, line: &str) {
        if !line.is_empty() {
            (0..self.depth).for_each(|_| self.out.push_str("    "));
            self.out.push_str(line);
        }
        self.out.push('\n');
    }

    /// A line behind which everything stands one step further in.
    pub(super) fn open(&mut self, line: &str) {
        self.line(line);
        self.depth += 1;
    }

    pub(super) fn close(&mut self, line: &str) {
        self.depth = self.depth.saturating_sub(1);
        self.line(line);
    }

    /// Lines of documentation.
    pub(super) fn doc(&mut self, docs: &str) {
        if docs.is_empty() {
            return self.line("///");
        }
        for line in docs.lines() {
            self.line(format!("/// {line}").trim_end());
        }
    }

    pub(super) fn finish(self) -> String {
        self.out
    }
}

//! What the rules need to know of one Rust file, measured on its syntax tree.
use proc_macro2::{TokenStream, TokenTree};
use std::collections::HashSet;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// One file, measured.
pub(crate) struct RustSource {
    /// Every function with a body, closures not counted apart.
    pub(crate) functions: Vec<Function>,
    /// Line and text of comments that are code.
    pub(crate) commented_out: Vec<(usize, String)>,
    idents: HashSet<String>,
}

/// The measures of one function.
pub(crate) struct Function {
    /// Its name.
    pub(crate) name: String,
    /// The line its signature begins at.
    pub(crate) line: usize,
    /// Lines from the signature to the closing brace.
    pub(crate) lines: usize,
    /// How deep its control flow nests; `else if` stays level.
    pub(crate) nesting: usize,
}

impl RustSource {
    /// Measures the text of a file; `path` is for complaints.
    pub(crate) fn parse(path: &str, text: &str) -> Self {
        let file = syn::parse_file(text).unwrap_or_else(|e| panic!("{path} is not Rust: {e}"));
        let mut functions = Functions::default();
        functions.visit_file(&file);
        let (mut idents, mut literal_lines) = (HashSet::new(), HashSet::new());
        walk_tokens(text.parse().unwrap(), &mut idents, &mut literal_lines);
        let commented_out = commented_out(text, &literal_lines);
        Self { functions: functions.found, commented_out, idents }
    }

    /// Whether the file's code (not its comments or texts) holds an identifier.
    pub(crate) fn names(&self, ident: &str) -> bool {
        self.idents.contains(ident)
    }
}

#[derive(Default)]
struct Functions {
    found: Vec<Function>,
    depth: usize,
    deepest: usize,
}

impl Functions {
    fn measure(&mut self, name: &syn::Ident, start: proc_macro2::Span, body: &syn::Block) {
        let outer = (std::mem::take(&mut self.depth), std::mem::take(&mut self.deepest));
        visit::visit_block(self, body);
        let (line, end) = (start.start().line, body.span().end().line);
        self.found.push(Function {
            name: name.to_string(),
            line,
            lines: end - line + 1,
            nesting: self.deepest,
        });
        (self.depth, self.deepest) = outer;
    }

    fn deeper(&mut self, visit: impl FnOnce(&mut Self)) {
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
        visit(self);
        self.depth -= 1;
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.measure(&item.sig.ident, item.sig.span(), &item.block);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.measure(&item.sig.ident, item.sig.span(), &item.block);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(body) = &item.default {
            self.measure(&item.sig.ident, item.sig.span(), body);
        }
    }

    fn visit_expr_if(&mut self, item: &'ast syn::ExprIf) {
        self.visit_expr(&item.cond);
        self.deeper(|this| this.visit_block(&item.then_branch));
        match item.else_branch.as_ref().map(|(_, branch)| branch.as_ref()) {
            Some(syn::Expr::If(chained)) => self.visit_expr_if(chained),
            Some(other) => self.deeper(|this| visit::visit_expr(this, other)),
            None => {}
        }
    }

    fn visit_expr_match(&mut self, item: &'ast syn::ExprMatch) {
        self.deeper(|this| visit::visit_expr_match(this, item));
    }

    fn visit_expr_for_loop(&mut self, item: &'ast syn::ExprForLoop) {
        self.deeper(|this| visit::visit_expr_for_loop(this, item));
    }

    fn visit_expr_while(&mut self, item: &'ast syn::ExprWhile) {
        self.deeper(|this| visit::visit_expr_while(this, item));
    }

    fn visit_expr_loop(&mut self, item: &'ast syn::ExprLoop) {
        self.deeper(|this| visit::visit_expr_loop(this, item));
    }
}

fn walk_tokens(tokens: TokenStream, idents: &mut HashSet<String>, literal_lines: &mut HashSet<usize>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => walk_tokens(group.stream(), idents, literal_lines),
            TokenTree::Ident(ident) => _ = idents.insert(ident.to_string()),
            TokenTree::Literal(literal) => {
                let (start, end) = (literal.span().start().line, literal.span().end().line);
                literal_lines.extend(start + 1..=end);
            }
            TokenTree::Punct(_) => {}
        }
    }
}

fn commented_out(text: &str, literal_lines: &HashSet<usize>) -> Vec<(usize, String)> {
    let comment = |line: &str| {
        let rest = line.trim_start().strip_prefix("//")?;
        (!rest.starts_with('/') && !rest.starts_with('!')).then(|| rest.trim().to_owned())
    };
    let numbered = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    let comments = numbered.filter(|(at, _)| !literal_lines.contains(at));
    comments.filter_map(|(at, line)| Some((at, comment(line)?))).filter(|(_, text)| is_code(text)).collect()
}

/// A line is code if it ends as code does and reads as a statement, alone or with its block closed.
fn is_code(text: &str) -> bool {
    let closed = match text.chars().last() {
        Some(';') => text.to_owned(),
        Some('{') => format!("{text} }}"),
        Some(',') => format!("f({text});"),
        Some('}') => return text.chars().all(|c| "})];".contains(c)) || parses(text),
        _ => return false,
    };
    parses(&closed)
}

fn parses(text: &str) -> bool {
    let parser = syn::Block::parse_within;
    syn::parse::Parser::parse_str(parser, text).is_ok()
}

//! Pages: what an operation says it gives, and the list that makes it.
use super::offered::CURSOR_LIMIT;
use super::scope::{Doer, Scope};
use super::{Checker, Typed};
use crate::ast;
use crate::report::{Code, Report, Span};
use quater_ir::Id;
use quater_ir::body::{Fetch, Select};
use quater_ir::entity::Entity;
use quater_ir::expr::{Expr, Node};
use quater_ir::operation::Operation;
use quater_ir::types::{Bounds, Page, Record, TextRules, Type};
use std::collections::BTreeSet;

/// Most characters of all texts together that a cursor carries.
const CURSOR_LETTERS: u32 = 500;

impl Checker<'_> {
    /// `page T` where a type stands: only the output of an operation has a list that makes its pages.
    pub(crate) fn stray_page(&mut self, at: Span) -> Option<Type> {
        let report = Report::new(Code::E0625, at, "a page stands only where an operation says what it gives");
        self.report(report.help(
            "write `operation name() -> page T`, or name its parts: `{ items: [T](..100), total: int }`",
        ))
    }

    /// `-> page T`: how large its pages are, the list in the body says.
    pub(crate) fn page_output(&mut self, of: &ast::Type) -> Option<Type> {
        let item = self.ty(of)?;
        let projection = matches!(item, Type::Record(id) if self.records[id].of.is_some());
        if !projection {
            let message = format!("a page is made of a projection of rows, not of {}", self.describe(&item));
            return self.error(Code::E0625, of.at, message);
        }
        Some(Type::Page(Page { of: Box::new(item), most: 0, by_offset: false }))
    }

    /// Gives the page of an output its size, now that the list is known.
    pub(crate) fn sized_page(&mut self, id: Id<Operation>, operation: &mut Operation, node: &ast::Operation) {
        let Some(Type::Page(page)) = &mut operation.output else { return };
        let offering = self.offering(id);
        if let Some(paging) = offering.and_then(|offering| offering.page.as_ref()) {
            (page.most, page.by_offset) = (paging.most, paging.by_offset);
            return;
        }
        operation.output = None;
        if offering.is_some_and(|offering| !offering.whole) {
            return;
        }
        let at = node.output.as_ref().map_or(node.name.at, |ty| ty.at);
        let report = Report::new(Code::E0625, at, format!("no list of `{}` makes pages", node.name.text));
        self.sink.push(report.help("end the list with how many rows a page has: `page 20..100`"));
    }

    /// Reports a list that does not say how many rows it gives.
    pub(crate) fn endless_list<T>(&mut self, scope: &Scope, query: &ast::Query) -> Option<T> {
        let output = match scope.body.doer {
            Some(Doer::Operation(id)) => self.names.operations.nth(id.index()),
            Some(Doer::Channel(_) | Doer::Job(_)) | None => None,
        };
        let output = output.and_then(|(_, node)| node.output.as_ref());
        let pages = output.is_some_and(|ty| matches!(ty.kind, ast::TypeKind::Page(_)));
        let (title, end) =
            if pages { ("make pages of the list", " page 20..100") } else { ("take 50 at most", " take 50") };
        let report = Report::new(Code::E0604, query.at, "a `list` says how many rows it gives at most");
        self.report(report.fix(title, query.at.after(), end))
    }

    /// What a list with pages fetches, and its type.
    pub(crate) fn page_fetch(
        &mut self,
        scope: &Scope,
        select: &Select,
        shape: Option<Id<Record>>,
        at: Span,
    ) -> Option<(Fetch, Type)> {
        let paging = select.page.as_ref()?;
        let entity = select.entity;
        let (most, by_offset) = (paging.most, paging.by_offset);
        if !by_offset {
            self.cursor_fits(select, at)?;
        }
        let Some(shape) = shape.or_else(|| self.only_shape(scope.body.output.as_ref()?, entity)) else {
            if scope.body.output_broken {
                return None;
            }
            let name = self.entities[entity].name.clone();
            let report = Report::new(Code::E0625, at, format!("nothing says what a page shows of `{name}`"));
            return self.report(report.help(format!(
                "the output has one projection of `{name}` in a page or a list: `-> page {name}(id, …)`"
            )));
        };
        let of = Box::new(Type::Record(shape));
        Some((Fetch::Page(shape), Type::Page(Page { of, most, by_offset })))
    }

    /// The one projection of an entity that a type holds many of.
    fn only_shape(&self, ty: &Type, entity: Id<Entity>) -> Option<Id<Record>> {
        let mut found = BTreeSet::new();
        self.shapes_in(ty, entity, &mut BTreeSet::new(), &mut found);
        if found.len() == 1 { found.pop_first() } else { None }
    }

    fn shapes_in(
        &self,
        ty: &Type,
        entity: Id<Entity>,
        seen: &mut BTreeSet<Id<Record>>,
        found: &mut BTreeSet<Id<Record>>,
    ) {
        let ty = ty.required();
        if let Type::Record(id) = *ty
            && self.records[id].of.is_none()
            && seen.insert(id)
        {
            let fields = self.records[id].fields.values();
            return fields.for_each(|field| self.shapes_in(&field.ty, entity, seen, found));
        }
        let Some(many) = ty.item() else { return };
        if let Type::Record(id) = *many
            && self.records[id].of == Some(entity)
        {
            found.insert(id);
        } else {
            self.shapes_in(many, entity, seen, found);
        }
    }

    /// A cursor carries what a page is sorted by.
    fn cursor_fits(&mut self, select: &Select, at: Span) -> Option<()> {
        let orders = select.choice.iter().flat_map(|choice| choice.orders.iter().map(|(_, sort)| sort));
        for sort in std::iter::once(&select.sort).chain(orders) {
            let mut letters = Some(0_u32);
            for key in sort {
                let entity = self.related_entity(select.entity, &key.via);
                if let Type::Text(rules) = self.entities[entity].columns[key.column].ty.required() {
                    letters = letters.zip(rules.length.max).map(|(sum, max)| sum.saturating_add(max));
                }
                if letters.is_none_or(|letters| letters > CURSOR_LETTERS) {
                    let name = self.entities[entity].columns[key.column].name.clone();
                    let message = format!("`{name}` is too long a text to go on from");
                    let report = Report::new(Code::E0626, at, message);
                    return self.report(report.help(format!(
                        "texts that a page is sorted by have at most {CURSOR_LETTERS} characters together: bound it, or page `by offset`"
                    )));
                }
            }
        }
        Some(())
    }

    /// `found.items`, `found.next`, `found.total`
    pub(crate) fn page_member(
        &mut self,
        base: Typed,
        page: &Page,
        name: &ast::Name,
        at: Span,
    ) -> Option<Typed> {
        let names = page_members(page);
        let Some(field) = names.iter().position(|(known, _)| *known == name.text) else {
            return self.no_member("a page", name, names.iter().map(|(known, _)| *known));
        };
        let ty = names.get(field)?.1.clone();
        let node = Node::Member { record: Box::new(base.expr), field: Id::new(field as u32) };
        Some(Typed { expr: Expr::new(node, ty), secret: base.secret, at })
    }
}

/// The members of a page, in order.
pub(super) fn page_members(page: &Page) -> [(&'static str, Type); 2] {
    let items = Type::List(page.of.clone(), Bounds { min: None, max: Some(page.most) });
    let length = Bounds { min: None, max: Some(CURSOR_LIMIT) };
    let cursor = Type::Text(TextRules { length, ..TextRules::ANY }).optional();
    let total = Type::Int(Bounds { min: Some(0), max: None });
    [("items", items), if page.by_offset { ("total", total) } else { ("next", cursor) }]
}

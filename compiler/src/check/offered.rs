//! Inputs that a list adds to its operation: filters, a search, an order, and which part of the rows.
//!
//! They are found before any body is checked, because doors and other operations see them; the list
//! itself only takes what was found here.
use super::Checker;
use super::scope::{Doer, Scope, slot_value};
use super::way::Way;
use crate::ast::{self, ExprKind, FilterKind, StatementKind, Verb};
use crate::report::{Code, Report, Span};
use crate::resolve::Meaning;
use quater_ir::Id;
use quater_ir::body::{Filter, Paging, Select, Sort, SortChoice};
use quater_ir::entity::Entity;
use quater_ir::expr::{Compare, Expr, Node, Slot};
use quater_ir::operation::{Input, Operation, Place};
use quater_ir::types::{Bounds, TextRules, Type};
use quater_ir::value::Literal;
use smol_str::SmolStr;

/// Most values that a filter by a list takes.
const MOST_VALUES: u32 = 100;

/// Most characters that a filter or a search takes where the column names no bound.
const MOST_LETTERS: u32 = 200;

/// Most characters of a cursor.
pub(crate) const CURSOR_LIMIT: u32 = 4_096;

/// What one list offers to the callers of its operation.
#[derive(Debug)]
pub(crate) struct Offering {
    /// The list.
    at: Span,
    /// Other lists that would offer something too; they are reported.
    others: Vec<Span>,
    /// Whether all of it was understood.
    pub(crate) whole: bool,
    filters: Vec<OfferedFilter>,
    search: Option<Slot>,
    choice: Option<(Slot, Vec<SmolStr>)>,
    pub(crate) page: Option<Paging>,
}

/// A filter with the input that gives its value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OfferedFilter {
    /// The input's name.
    pub(crate) name: SmolStr,
    /// What it is for.
    pub(crate) docs: String,
    /// Its type; null means that it was not given.
    pub(crate) ty: Type,
    /// How it compares.
    test: Test,
    way: Way,
    at: Span,
    pub(crate) slot: Slot,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Test {
    Compare(Compare),
    OneOf,
    /// The column is a list.
    Holds,
}

impl Offering {
    /// How many inputs it has added to the operation.
    pub(crate) fn inputs(&self) -> usize {
        let page = if self.page.is_some() { 2 } else { 0 };
        self.filters.len() + usize::from(self.search.is_some()) + usize::from(self.choice.is_some()) + page
    }
}

/// The lists of an operation that take something from callers.
pub(crate) fn asking_lists(node: &ast::Operation) -> Vec<&ast::Query> {
    let mut lists = Vec::new();
    lists_in(&node.body, &mut lists);
    lists.retain(|query| offers(query));
    lists
}

/// Whether a list has clauses that take something from callers.
pub(crate) fn offers(query: &ast::Query) -> bool {
    let by_caller = query.sort.as_ref().is_some_and(|sort| sort.by_caller);
    by_caller || !query.filter.is_empty() || !query.search.is_empty() || query.page.is_some()
}

impl Checker<'_> {
    /// Adds the inputs that the list of an operation offers.
    pub(crate) fn offered_inputs(
        &mut self,
        id: Id<Operation>,
        operation: &mut Operation,
        node: &ast::Operation,
    ) {
        let lists = asking_lists(node);
        let Some((query, others)) = lists.split_first() else { return };
        for other in others {
            let report = Report::new(Code::E0620, other.at, "a second list takes inputs from callers");
            let report = report.label(query.at, "the first one");
            self.sink.push(report.help("one list of an operation has `filter`, `search`, `sort by caller` or `page`: make another operation"));
        }
        let mut offering = Offering {
            at: query.at,
            others: others.iter().map(|other| other.at).collect(),
            whole: true,
            filters: Vec::new(),
            search: None,
            choice: None,
            page: None,
        };
        let entity = query.entity.single().and_then(|name| self.names.get(name));
        if let Some(Meaning::Entity(entity)) = entity {
            offering.whole = self.offer((id, operation), entity, query, &mut offering).is_some();
        } else {
            offering.whole = false;
        }
        self.offerings.insert(id, offering);
    }

    fn offer(
        &mut self,
        (id, operation): (Id<Operation>, &mut Operation),
        entity: Id<Entity>,
        query: &ast::Query,
        offering: &mut Offering,
    ) -> Option<()> {
        for mut filter in self.offered_filters(entity, &query.filter)? {
            let docs = std::mem::take(&mut filter.docs);
            filter.slot = self.input(operation, &filter.name, docs, filter.ty.clone(), None, filter.at)?;
            offering.filters.push(filter);
        }
        if let Some(first) = query.search.first() {
            self.searchable(entity, &query.search)?;
            let names: Vec<String> =
                query.search.iter().map(|path| format!("`{}`", joined(path, "."))).collect();
            let docs = format!("Words that {} must hold, in any letter case.", names.join(" or "));
            let length = Bounds { min: Some(1), max: Some(MOST_LETTERS) };
            let ty = Type::Text(TextRules { trim: true, length, ..TextRules::ANY });
            offering.search = Some(self.input(operation, "search", docs, ty.optional(), None, first.at)?);
        }
        if let Some(sort) = query.sort.as_ref().filter(|sort| sort.by_caller) {
            let members = self.choices(entity, sort)?;
            let ty = Type::Enum(self.sort_enum(id, operation, &members));
            let first = members.first().map_or("", |name| name);
            let docs = format!("The order of the items; without it `{first}`.");
            let slot = self.input(operation, "sort", docs, ty.optional(), None, sort.at)?;
            offering.choice = Some((slot, members));
        }
        if let Some(page) = &query.page {
            offering.page = Some(self.page_inputs(operation, page)?);
        }
        Some(())
    }

    fn page_inputs(&mut self, operation: &mut Operation, page: &ast::Page) -> Option<Paging> {
        let (usual, most) = self.page_size(page)?;
        let int = |min: i64, max: Option<i64>| Type::Int(Bounds { min: Some(min), max });
        let default = |value: i64, ty: &Type| Some(Expr::new(Node::Literal(Literal::Int(value)), ty.clone()));
        let from = if page.by_offset {
            let ty = int(0, None);
            let start = default(0, &ty);
            self.input(operation, "offset", "How many items to pass over.".to_owned(), ty, start, page.at)?
        } else {
            let length = Bounds { min: None, max: Some(CURSOR_LIMIT) };
            let ty = Type::Text(TextRules { length, ..TextRules::ANY }).optional();
            let docs = "Where the page begins: `next` of the page before it.".to_owned();
            self.input(operation, "cursor", docs, ty, None, page.at)?
        };
        let ty = int(1, Some(most.into()));
        let start = default(usual.into(), &ty);
        let limit = self.input(
            operation,
            "limit",
            "How many items a page has at most.".to_owned(),
            ty,
            start,
            page.at,
        )?;
        Some(Paging { usual, most, limit, from, by_offset: page.by_offset })
    }

    fn page_size(&mut self, page: &ast::Page) -> Option<(u32, u32)> {
        let sizes = match (&page.size.low, &page.size.high) {
            (Some(usual), Some(most)) => Some((self.whole(usual)?, self.whole(most)?)),
            (_, _) => None,
        };
        match sizes {
            Some((usual, most)) if 1 <= usual && usual <= most && most <= 1_000 => {
                Some((usual as u32, most as u32))
            }
            Some(_) | None => {
                let message = "a page says how many rows it has usually and at most, between 1 and 1,000";
                self.report(Report::new(Code::E0604, page.at, message).help("write `page 20..100`"))
            }
        }
    }

    /// An input that the words of a clause add.
    pub(crate) fn input(
        &mut self,
        operation: &mut Operation,
        name: &str,
        docs: String,
        ty: Type,
        default: Option<Expr>,
        at: Span,
    ) -> Option<Slot> {
        if operation.inputs.iter().any(|input| input.name == name) {
            let message = format!("this adds an input `{name}`, which is there already");
            let report = Report::new(Code::E0622, at, message);
            return self
                .report(report.help(
                    "rename the parameter, or give the filter another name: `filter status as state`",
                ));
        }
        let slot = Slot(operation.inputs.len() as u32);
        let name = SmolStr::new(name);
        operation.inputs.push(Input { name, docs, ty, default, secret: false, place: Place::Member, slot });
        Some(slot)
    }

    /// What `filter` offers over rows of an entity; the slots are for the caller to give.
    pub(crate) fn offered_filters(
        &mut self,
        entity: Id<Entity>,
        fields: &[ast::FilterField],
    ) -> Option<Vec<OfferedFilter>> {
        let mut filters = Vec::new();
        for field in fields {
            let way = self.way(entity, &field.path.names)?;
            let (of, column) = self.way_end(entity, &way);
            let declared = &self.entities[of].columns[column];
            let (shown, ty) = (joined(&field.path, "."), declared.ty.required().clone());
            if declared.secret {
                let message = format!("`{shown}` is secret: filtering by it would tell what it is");
                return self.error(Code::E0623, field.at, message);
            }
            let name =
                field.alias.as_ref().map_or_else(|| joined(&field.path, "_").into(), |it| it.text.clone());
            let Some(tests) = tests(&ty, field.kind) else {
                let how = match field.kind {
                    FilterKind::Range => "a `range`",
                    FilterKind::Equal | FilterKind::In => "a filter",
                };
                let message = format!("`{shown}` is {}, which {how} can't compare", self.describe(&ty));
                let report = Report::new(Code::E0623, field.at, message);
                return self
                    .report(report.help("equality and `in` take scalars, `range` takes numbers and times"));
            };
            for (suffix, how, test) in tests {
                filters.push(OfferedFilter {
                    name: format!("{name}{suffix}").into(),
                    docs: format!("Only where `{shown}` {how}."),
                    ty: given(&ty, test).optional(),
                    test,
                    way: way.clone(),
                    at: field.at,
                    slot: Slot(0),
                });
            }
        }
        Some(filters)
    }

    /// The condition of an offered filter, with the value in its slot.
    pub(crate) fn filter_condition(
        &mut self,
        entity: Id<Entity>,
        filter: &OfferedFilter,
        slot: Slot,
        doer: Option<Doer>,
        across: bool,
    ) -> Option<Expr> {
        self.way_readable(entity, &filter.way, doer, across, filter.at)?;
        let value = slot_value(slot, filter.ty.required().clone());
        Some(self.over_way(entity, &filter.way, (doer, across), &|column| {
            let (column, value) = (Box::new(column), Box::new(value.clone()));
            let node = match filter.test {
                Test::Compare(compare) => Node::Compare(compare, column, value),
                Test::OneOf => Node::Contains { list: value, item: column },
                Test::Holds => Node::Contains { list: column, item: value },
            };
            Expr::new(node, Type::Bool)
        }))
    }

    /// What the list of an operation asks of its callers.
    pub(crate) fn offering(&self, id: Id<Operation>) -> Option<&Offering> {
        if id.index() < self.operations.len() {
            self.operations.look(id);
        }
        self.offerings.get(&id)
    }

    /// Puts what a list offers into its selection.
    pub(crate) fn take_offers(
        &mut self,
        scope: &Scope,
        query: &ast::Query,
        select: &mut Select,
        across: bool,
    ) -> Option<()> {
        if !offers(query) {
            return Some(());
        }
        let doer = scope.body.doer;
        let Some(Doer::Operation(operation)) = doer else {
            return self.nobody_gives(query.at, "only an operation has callers who could give these inputs");
        };
        let Some(offering) = self.offering(operation) else {
            return self.nobody_gives(query.at, "a list that takes inputs is returned or has a name");
        };
        if offering.at != query.at && !offering.others.contains(&query.at) {
            return self.nobody_gives(query.at, "a list that takes inputs is returned or has a name");
        }
        if offering.at != query.at || !offering.whole {
            return None;
        }
        let (filters, search) = (offering.filters.clone(), offering.search);
        let (choice, page) = (offering.choice.clone(), offering.page.clone());
        let entity = select.entity;
        for filter in filters {
            let condition = self.filter_condition(entity, &filter, filter.slot, doer, across)?;
            select.filters.push(Filter { given: filter.slot, condition });
        }
        if let Some(given) = search {
            let condition = self.search_condition(entity, &query.search, given, (doer, across))?;
            select.filters.push(Filter { given, condition });
        }
        if let Some((given, names)) = choice {
            let sorts = std::mem::take(&mut select.sort);
            let both = sorts.into_iter().flat_map(|sort| {
                let other = Sort { descending: !sort.descending, ..sort.clone() };
                [sort, other]
            });
            let orders: Vec<(SmolStr, Vec<Sort>)> =
                names.into_iter().zip(both).map(|(name, sort)| (name, vec![sort])).collect();
            select.sort = orders.first().map(|(_, sort)| sort.clone()).unwrap_or_default();
            select.choice = Some(SortChoice { given, orders });
        }
        select.page = page;
        Some(())
    }

    fn nobody_gives<T>(&mut self, at: Span, why: &str) -> Option<T> {
        let report = Report::new(Code::E0621, at, "nobody can give what this list asks of callers");
        self.report(
            report.note(why).help("leave `filter`, `search`, `by caller` and `page` out, and say `take n`"),
        )
    }
}

/// `{ name suffix, in words, the test }` for each input of a filter.
fn tests(ty: &Type, kind: FilterKind) -> Option<Vec<(&'static str, &'static str, Test)>> {
    let ordered = matches!(
        ty,
        Type::Int(_) | Type::Float(_) | Type::Decimal { .. } | Type::Date | Type::Instant | Type::Duration
    );
    let single = ordered
        || matches!(
            ty,
            Type::Bool | Type::Text(_) | Type::Uuid | Type::Url | Type::Email | Type::Enum(_) | Type::Ref(_)
        );
    match (kind, ty) {
        (FilterKind::Equal, Type::List(of, _)) => {
            tests(of, FilterKind::Equal).map(|_| vec![("", "holds this", Test::Holds)])
        }
        (FilterKind::Equal, _) if single => Some(vec![("", "is this", Test::Compare(Compare::Equal))]),
        (FilterKind::In, _) if single => Some(vec![("", "is one of these", Test::OneOf)]),
        (FilterKind::Range, _) if ordered => Some(vec![
            ("_from", "is this or more", Test::Compare(Compare::AtLeast)),
            ("_to", "is this or less", Test::Compare(Compare::AtMost)),
        ]),
        (FilterKind::Equal | FilterKind::In | FilterKind::Range, _) => None,
    }
}

/// The type of what a caller gives: bounded where it comes in, and as wide as the range needs.
fn given(ty: &Type, test: Test) -> Type {
    let bounded = |ty: &Type| {
        if let Type::Text(rules) = ty
            && rules.length.max.is_none()
        {
            let length = Bounds { max: Some(MOST_LETTERS), ..rules.length };
            return Type::Text(TextRules { length, ..rules.clone() });
        }
        ty.clone()
    };
    match (test, ty) {
        (Test::Compare(Compare::Equal), ty) => bounded(ty),
        (Test::Compare(_), ty) => super::expr::unrefined(ty),
        (Test::OneOf, ty) => Type::List(Box::new(bounded(ty)), Bounds { min: None, max: Some(MOST_VALUES) }),
        (Test::Holds, Type::List(of, _)) => bounded(of.required()),
        (Test::Holds, ty) => bounded(ty),
    }
}

pub(super) fn joined(path: &ast::Path, between: &str) -> String {
    path.names.iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join(between)
}

/// Lists of a block that are returned or have a name, in order.
fn lists_in<'q>(block: &'q ast::Block, lists: &mut Vec<&'q ast::Query>) {
    for statement in &block.statements {
        match &statement.kind {
            StatementKind::Let { value, .. } | StatementKind::Return(Some(value)) => list_of(value, lists),
            StatementKind::If { branches, otherwise } => {
                branches.iter().for_each(|branch| lists_in(&branch.body, lists));
                otherwise.iter().for_each(|block| lists_in(block, lists));
            }
            StatementKind::For { body, .. } => lists_in(body, lists),
            StatementKind::Do(value) => {
                if let ExprKind::Match(matching) = &value.kind {
                    let blocks = matching.arms.iter().filter_map(|arm| match &arm.body {
                        ast::ArmBody::Block(block) => Some(block),
                        ast::ArmBody::Value(_) => None,
                    });
                    blocks.for_each(|block| lists_in(block, lists));
                }
            }
            StatementKind::Require { .. } | StatementKind::Return(None) | StatementKind::Stray => {}
        }
    }
}

fn list_of<'q>(value: &'q ast::Expr, lists: &mut Vec<&'q ast::Query>) {
    match &value.kind {
        ExprKind::Verb(verb) => {
            if let Verb::List(query) = &**verb {
                lists.push(query);
            }
        }
        ExprKind::Record(record) => {
            for entry in &record.entries {
                if let ast::EntryKind::Value { value, .. } = &entry.kind {
                    list_of(value, lists);
                }
            }
        }
        ExprKind::Else { value, .. } => list_of(value, lists),
        ExprKind::Literal(_)
        | ExprKind::Text(_)
        | ExprKind::Regex(_)
        | ExprKind::Name(_)
        | ExprKind::Field { .. }
        | ExprKind::Index { .. }
        | ExprKind::Call(_)
        | ExprKind::Unary { .. }
        | ExprKind::Binary { .. }
        | ExprKind::IsNull { .. }
        | ExprKind::Has { .. }
        | ExprKind::List(_)
        | ExprKind::Tuple(_)
        | ExprKind::Map(_)
        | ExprKind::MapFor { .. }
        | ExprKind::Lambda { .. }
        | ExprKind::Match(_)
        | ExprKind::Hole => {}
    }
}

//! Members of rows: columns, far sides of relations, computed fields; of the row at hand, of one further
//! out, of one that relations lead to.
use super::scope::Scope;
use super::{Checker, Typed};
use crate::ast;
use crate::report::{Code, Report, Span};
use quater_ir::Id;
use quater_ir::entity::{Column, Entity, Side};
use quater_ir::expr::reach::{further_in, through};
use quater_ir::expr::{Expr, Node, Rows, RowsGive};
use quater_ir::types::{Enum, Type};
use smol_str::SmolStr;

/// What a name is in an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Member {
    /// What the table holds.
    Column(Id<Column>),
    /// Rows that point here.
    Side(Id<Side>),
    /// What is worked out, by the place of its line.
    Computed(usize),
}

/// A row that expressions can look at.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// How many rows further out it is.
    pub(crate) up: u32,
    /// Relations that lead to it.
    pub(crate) via: Vec<Id<Column>>,
    /// Its entity.
    pub(crate) entity: Id<Entity>,
    /// Whether it may be absent.
    pub(crate) optional: bool,
}

impl Place {
    /// A row without walking.
    pub(crate) const fn row(up: u32, entity: Id<Entity>) -> Self {
        Self { up, via: Vec::new(), entity, optional: false }
    }
}

impl Checker<'_> {
    /// `Status.open`, as other languages name a member of an enum.
    pub(crate) fn member_of_enum(
        &mut self,
        id: Id<Enum>,
        of: &ast::Name,
        name: &ast::Name,
        at: Span,
    ) -> Option<Typed> {
        let members = self.enums[id].members.clone();
        if !members.contains(&name.text) {
            let of = format!("`{}`", of.text);
            return self.no_member(&of, name, members.iter().map(|member| member.as_str()));
        }
        let report = Report::new(Code::E0201, at, "a member of an enum is its bare name");
        let help = format!("write `{}`", name.text);
        self.report(report.help(help.clone()).fix(help, at, name.text.clone()))
    }

    /// What a name is in an entity.
    pub(crate) fn member_named(&self, entity: Id<Entity>, name: &str) -> Option<Member> {
        if let Some(column) = self.column_named(entity, name) {
            return Some(Member::Column(column));
        }
        let mut sides = self.entities[entity].sides.iter();
        if let Some((side, _)) = sides.find(|(_, side)| side.name == name) {
            return Some(Member::Side(side));
        }
        self.computed_item(entity, name).map(Member::Computed)
    }

    /// What a bare name is in the row at hand, or else in one further out.
    pub(crate) fn row_named(&self, scope: &Scope, name: &str) -> Option<(Place, Member)> {
        let rows = scope.row.map(|entity| (entity, scope.up)).into_iter().chain(scope.outer.iter().copied());
        rows.into_iter().find_map(|(entity, up)| {
            self.member_named(entity, name).map(|member| (Place::row(up, entity), member))
        })
    }

    /// A member of a row that expressions can look at.
    pub(crate) fn placed(&mut self, scope: &Scope, place: &Place, member: Member, at: Span) -> Option<Typed> {
        let maybe = |ty: Type| if place.optional { ty.optional() } else { ty };
        match member {
            Member::Column(column) => {
                let declared = &self.entities[place.entity].columns[column];
                let (ty, secret) = (maybe(declared.ty.clone()), declared.secret);
                if column == self.entities[place.entity].key && !place.via.is_empty() {
                    return Some(Typed { expr: self.key_placed(place), secret, at });
                }
                let node = Node::Column { up: place.up, via: place.via.clone(), column };
                Some(Typed { expr: Expr::new(node, ty), secret, at })
            }
            Member::Side(side) if !self.entities[place.entity].sides[side].single => {
                let name = format!("`{}`", self.entities[place.entity].sides[side].name);
                needs_a_name(self, at, &name)
            }
            Member::Side(side) => Some(Typed { expr: self.far_row(place, side), secret: false, at }),
            Member::Computed(item) => {
                let value = self.computed_value(place.entity, item)?;
                let moved = place.via.iter().rev().fold(value.expr, |expr, step| through(*step, expr));
                let ty = maybe(moved.ty.clone());
                self.grown(&moved, at)?;
                let expr = Expr::new(further_in(moved, place.up).node, ty);
                let expr = if scope.seen { opened(expr) } else { expr };
                Some(Typed { expr, secret: value.secret, at })
            }
        }
    }

    /// The key of a row that expressions can look at: the relation that leads there holds it.
    pub(crate) fn key_placed(&self, place: &Place) -> Expr {
        let ty = Type::Ref(place.entity);
        let ty = if place.optional { ty.optional() } else { ty };
        let node = match place.via.split_last() {
            Some((last, before)) => Node::Column { up: place.up, via: before.to_vec(), column: *last },
            None => Node::Column { up: place.up, via: Vec::new(), column: self.entities[place.entity].key },
        };
        Expr::new(node, ty)
    }

    /// The one row on a far side.
    fn far_row(&self, place: &Place, side: Id<Side>) -> Expr {
        let side = &self.entities[place.entity].sides[side];
        let each = element(side.entity);
        let row = Type::Row(side.entity);
        let (gives, ty) = (RowsGive::One(each), row.optional());
        let rows = Rows {
            up: place.up,
            via: place.via.clone(),
            entity: side.entity,
            by: side.by,
            guard: Expr::constant(true),
            condition: None,
            sort: side.sort.clone(),
            take: None,
            gives,
        };
        Expr::new(Node::Rows(Box::new(rows)), ty)
    }

    /// The row that an expression is about, where it is one that expressions can look at: the row of a
    /// relation, or an item of a far side.
    pub(crate) fn place_of(&self, expr: &Expr) -> Option<Place> {
        let optional = expr.ty.is_optional();
        match (&expr.node, expr.ty.required()) {
            (Node::Column { up, via, column }, Type::Ref(entity)) => {
                let via = via.iter().copied().chain([*column]).collect();
                Some(Place { up: *up, via, entity: *entity, optional })
            }
            (Node::Related { up, via, .. }, Type::Row(entity)) => {
                Some(Place { up: *up, via: via.clone(), entity: *entity, optional })
            }
            (_, _) => None,
        }
    }

    /// A member of the one row on a far side: `order.invoice.total`.
    pub(crate) fn member_of_one(
        &mut self,
        scope: &Scope,
        base: Typed,
        name: &ast::Name,
        at: Span,
    ) -> Option<Typed> {
        let Node::Rows(mut rows) = base.expr.node else { return None };
        let RowsGive::One(each) = rows.gives else { return None };
        let inner = if let Node::Rows(_) = each.node {
            self.member_of_one(scope, Typed { expr: each, secret: false, at: base.at }, name, at)?
        } else {
            let place = self.place_of(&each)?;
            self.note_member(place.entity, name);
            let Some(member) = self.member_named(place.entity, &name.text) else {
                return self.no_column(place.entity, name);
            };
            self.placed(scope, &place, member, at)?
        };
        let ty = inner.ty().clone().optional();
        rows.gives = RowsGive::One(inner.expr);
        let secret = base.secret || inner.secret;
        Some(Typed { expr: Expr::new(Node::Rows(rows), ty), secret, at })
    }

    /// Reports a name that is no member of an entity, unless it was reported where it stands.
    pub(crate) fn no_column<T>(&mut self, entity: Id<Entity>, name: &ast::Name) -> Option<T> {
        if self.known_but_later(entity, &name.text) {
            return None;
        }
        self.look_among_members(entity, name);
        let known = self.members_of(entity);
        let of = format!("`{}`", self.entities[entity].name);
        self.no_member(&of, name, known.iter().map(SmolStr::as_str))
    }

    /// Names of all members of an entity.
    pub(crate) fn members_of(&self, entity: Id<Entity>) -> Vec<SmolStr> {
        let of = &self.entities[entity];
        let columns = of.columns.values().map(|column| column.name.clone());
        columns
            .chain(of.sides.values().map(|side| side.name.clone()))
            .chain(self.computed_names(entity))
            .collect()
    }

    /// Counts what is written out where a name stands for it.
    fn grown(&mut self, expr: &Expr, at: Span) -> Option<()> {
        let before = self.inlined;
        self.inlined += size(expr);
        if self.inlined <= super::expr::MOST_NODES {
            return Some(());
        }
        if before <= super::expr::MOST_NODES {
            self.too_large(at);
        }
        None
    }
}

/// The row of a far side that is looked at.
pub(crate) fn element(entity: Id<Entity>) -> Expr {
    let guard = Box::new(Expr::constant(true));
    Expr::new(Node::Related { up: 0, via: Vec::new(), guard, masks: Vec::new() }, Type::Row(entity))
}

/// Marks what sees every row while the rest of an expression sees what its caller may: a conversion to
/// the type that it has, which [`Checker::as_seen`] takes away again.
fn opened(expr: Expr) -> Expr {
    let ty = expr.ty.clone();
    Expr::new(Node::Convert(Box::new(expr)), ty)
}

fn size(expr: &Expr) -> usize {
    1 + expr.children().into_iter().map(size).sum::<usize>()
}

/// What is no member of a row.
pub(crate) fn needs_a_name<T>(checker: &mut Checker<'_>, at: Span, rows: &str) -> Option<T> {
    let report = Report::new(Code::E0310, at, format!("say what of {rows} is wanted"));
    checker.report(report.help(
        "rows are no value: write `map(lines, price)`, `count(lines)`, or in a projection `lines(price)`",
    ))
}

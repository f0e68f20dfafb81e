//! Values where another type is expected: what fits, what is converted, what is refused.
use super::literal::misfit;
use super::scope::{Place, Scope};
use super::truth::known;
use super::{Checker, Typed};
use crate::report::{Code, Report, Span};
use quater_ir::Id;
use quater_ir::expr::{Expr, Node};
use quater_ir::types::{Bounds, Member, Record, TextRules, Type, Union};
use quater_ir::value::Literal;

impl Checker<'_> {
    /// The value as the expected type, or a report. `field` names it in errors at run time.
    pub(crate) fn coerce(
        &mut self,
        scope: &mut Scope,
        value: Typed,
        expected: &Type,
        field: &str,
    ) -> Option<Typed> {
        let Typed { expr, secret, at } = value;
        match self.fit(scope, expr, expected, (field, at)) {
            Ok(expr) => Some(Typed { expr, secret, at }),
            Err(Misfit::Absent(ty)) => {
                let report = Report::new(Code::E0303, at, "this may be absent");
                let wanted = self.describe(expected);
                self.report(
                    report
                        .note(format!("{} where {wanted} is needed", self.describe(&ty)))
                        .help("test it first: `if x is not null { … }`, `require x is not null else …`, or give another value with `x else …`"),
                )
            }
            Err(Misfit::Scale(from, to)) => {
                let message = format!("{from} digits behind the point where {to} are kept");
                let report = Report::new(Code::E0301, at, message);
                self.report(report.help(format!("say how it is rounded: `round(…, {to})`")))
            }
            Err(Misfit::Written(why)) => self.error(Code::E0307, at, why),
            Err(Misfit::Late) => {
                let message = "what is shown of a row here leads to other rows, which are read with it";
                let report = Report::new(Code::E0301, at, message);
                self.report(report.help("give back the `list` itself, or go through the rows with `for`"))
            }
            Err(Misfit::Rows(most, wanted)) => {
                let message = format!("up to {most} rows where {wanted} are allowed");
                let report = Report::new(Code::E0301, at, message);
                self.report(report.help(format!("read fewer: `take {wanted}`, or let more stand here")))
            }
            Err(Misfit::Kind(ty)) => {
                let message = format!("{} where {} is needed", self.describe(&ty), self.describe(expected));
                let mut report = Report::new(Code::E0301, at, message);
                if self.asks_too_late(&ty, expected) {
                    report = report.help("what is shown leads to other rows, which are read with these: give back the `list` itself");
                }
                match self.difference(&ty, expected) {
                    Some(difference) => self.report(report.note(difference)),
                    None => self.report(report),
                }
            }
        }
    }

    pub(crate) fn fit(
        &mut self,
        scope: &mut Scope,
        expr: Expr,
        expected: &Type,
        named: Named<'_>,
    ) -> Result<Expr, Misfit> {
        if expr.ty == *expected {
            return Ok(known(expr));
        }
        if matches!(expr.node, Node::Match { .. }) {
            return self.fit_arms(scope, expr, expected, named);
        }
        match (&expr.ty, expected) {
            (Type::Null, Type::Optional(_)) => Ok(Expr::new(expr.node, expected.clone())),
            (Type::Optional(inner), Type::Optional(wanted)) if taken_apart(inner, wanted) => {
                self.fit_where_there(scope, expr, expected, named)
            }
            (Type::Optional(inner), Type::Optional(wanted)) => {
                let inside = Expr::new(expr.node.clone(), (**inner).clone());
                let fitted = self.fit(scope, inside, wanted, named)?;
                Ok(Expr::new(fitted.node, expected.clone()))
            }
            // It keeps saying that it is there.
            (_, Type::Optional(wanted)) => self.fit(scope, expr, wanted, named),
            (Type::Optional(_) | Type::Null, _) => Err(Misfit::Absent(expr.ty)),
            _ => self.fit_required(scope, expr, expected, named),
        }
    }

    /// A `match` fits where each of its arms does.
    fn fit_arms(
        &mut self,
        scope: &mut Scope,
        expr: Expr,
        expected: &Type,
        named: Named<'_>,
    ) -> Result<Expr, Misfit> {
        let ty = expr.ty;
        let Node::Match { subject, arms, otherwise } = expr.node else { return Err(Misfit::Kind(ty)) };
        let mut fitted = Vec::new();
        for (patterns, value) in arms {
            fitted.push((patterns, self.fit(scope, value, expected, named)?));
        }
        let otherwise = match otherwise {
            Some(value) => Some(Box::new(self.fit(scope, *value, expected, named)?)),
            None => None,
        };
        Ok(Expr::new(Node::Match { subject, arms: fitted, otherwise }, expected.clone()))
    }

    /// A record or a row as the member of a union that it is.
    fn fit_union(
        &mut self,
        scope: &mut Scope,
        expr: Expr,
        union: Id<Union>,
        whole: Span,
    ) -> Result<Expr, Misfit> {
        let ty = expr.ty.clone();
        if let Type::Union(from) = ty {
            return self.widened_union(expr, from, union).ok_or(Misfit::Kind(ty));
        }
        let fits = |member: &Member| {
            ty == Type::Record(member.record)
                || matches!(ty, Type::Row(entity) if self.records[member.record].of == Some(entity))
        };
        let mut members = (0..).zip(&self.unions[union].members).filter(|(_, member)| fits(member));
        let found = members.next().filter(|_| members.next().is_none());
        let found = found.map(|(at, member)| (at, member.clone()));
        let Some((at, member)) = found else { return Err(Misfit::Kind(ty)) };
        let value = self.fit(scope, expr, &Type::Record(member.record), ("", whole))?;
        Ok(Expr::new(Node::Variant { member: at, value: Box::new(value) }, Type::Union(union)))
    }

    fn fit_required(
        &mut self,
        scope: &mut Scope,
        expr: Expr,
        expected: &Type,
        (field, at): Named<'_>,
    ) -> Result<Expr, Misfit> {
        let place = scope.place;
        match (&expr.ty, expected) {
            (Type::Int(_), Type::Decimal { scale, .. }) => {
                let wide = Type::Decimal { scale: *scale, bounds: Bounds::ANY };
                refine(place, convert(expr, wide), expected, field)
            }
            (Type::Int(_), Type::Float(_)) => refine(place, convert(expr, Type::FLOAT), expected, field),
            (Type::Decimal { scale: from, .. }, Type::Decimal { scale: to, .. }) if from < to => {
                let wide = Type::Decimal { scale: *to, bounds: Bounds::ANY };
                refine(place, convert(expr, wide), expected, field)
            }
            (Type::Decimal { scale: from, .. }, Type::Decimal { scale: to, .. }) if from > to => {
                Err(Misfit::Scale(*from, *to))
            }
            (Type::Decimal { .. }, Type::Float(_)) if matches!(expr.node, Node::Literal(_)) => {
                refine(place, convert(expr, Type::FLOAT), expected, field)
            }
            (Type::Uuid, Type::Ref(entity)) if self.key_type(*entity) == Type::Uuid => {
                Ok(self.as_key(expr, *entity))
            }
            (Type::Int(_), Type::Ref(entity)) if matches!(self.key_type(*entity), Type::Int(_)) => {
                Ok(self.as_key(expr, *entity))
            }
            (Type::Ref(entity), Type::Uuid | Type::Int(_))
                if same_kind(&self.key_type(*entity), expected) =>
            {
                Ok(Expr::new(expr.node, expected.clone()))
            }
            (Type::Row(from), Type::Ref(to)) if from == to => Ok(self.key_of(scope, expr)),
            (Type::Row(from), Type::Record(shape)) if self.records[*shape].of == Some(*from) => {
                let shape = *shape;
                if of_an_item(&expr) && self.shows_others(shape) {
                    return Err(Misfit::Late);
                }
                Ok(self.shown_row(scope, expr, shape, at))
            }
            (Type::Record(from), Type::Record(to)) if self.alike(*from, *to) => {
                self.fit_record(scope, expr, *to, at)
            }
            (_, Type::Union(union)) => self.fit_union(scope, expr, *union, at),
            (_, Type::Stream(of)) => self.fit_stream(scope, expr, of, (field, at)),
            (Type::List(..), Type::List(..)) => self.fit_list(scope, expr, expected, (field, at)),
            (Type::Text(_), Type::Email | Type::Url) => refine(place, expr, expected, field),
            (Type::Text(_), Type::Password) => Ok(self.hashed(scope, expr, expected)),
            (Type::Email | Type::Url | Type::Enum(_), Type::Text(rules)) if *rules == TextRules::ANY => {
                Ok(Expr::new(expr.node, expected.clone()))
            }
            (Type::Email | Type::Url, Type::Text(_)) => refine(place, expr, expected, field),
            (from, to) if self.same_layout(from, to) => refine(place, expr, expected, field),
            _ => Err(Misfit::Kind(expr.ty)),
        }
    }

    /// A row as what is shown of it.
    fn shown_row(&mut self, scope: &mut Scope, row: Expr, shape: Id<Record>, at: Span) -> Expr {
        self.touch_shape(scope, &row, shape);
        // The columns of an item of a list are those read for all.
        if let (true, Type::Row(entity)) = (is_item(&row), row.ty.required()) {
            let hidden = self.sight(*entity, scope.body.doer, false).partial;
            _ = self.readable(shape, &hidden, at);
        }
        self.reaches_entities(scope, shape);
        let known = self.known_of_held(scope, &row);
        self.shows(shape, &known, at);
        Expr::new(Node::Project { shape, row: Box::new(row) }, Type::Record(shape))
    }

    /// A list as one of another refinement, or of records that stand for others.
    fn fit_list(
        &mut self,
        scope: &mut Scope,
        expr: Expr,
        expected: &Type,
        named: Named<'_>,
    ) -> Result<Expr, Misfit> {
        if let Some((most, wanted)) = self.more_rows(&expr, expected) {
            return Err(Misfit::Rows(most, wanted));
        }
        if self.lists_alike(&expr.ty, expected) {
            return self.fit_records(scope, expr, expected, named);
        }
        let (Type::List(from, _), Type::List(to, _)) = (&expr.ty, expected) else {
            return Err(Misfit::Kind(expr.ty));
        };
        // An empty one fits every list.
        if **from == Type::Null {
            let empty = Type::List(to.clone(), Bounds { min: Some(0), max: Some(0) });
            return refine(scope.place, Expr::new(expr.node, empty), expected, named.0);
        }
        if self.same_layout(from, to) {
            refine(scope.place, expr, expected, named.0)
        } else {
            Err(Misfit::Kind(expr.ty))
        }
    }

    /// How many rows a body reads, where fewer are allowed: both numbers are written in the file.
    fn more_rows(&self, list: &Expr, expected: &Type) -> Option<(u32, u32)> {
        let (Node::Slot(_), Type::List(of, has)) = (&list.node, &list.ty) else { return None };
        let Type::List(_, allowed) = expected else { return None };
        let rows = matches!(**of, Type::Row(_))
            || matches!(**of, Type::Record(shape) if self.records[shape].of.is_some());
        let (has, allowed) = (has.max?, allowed.max?);
        (rows && has > allowed).then_some((has, allowed))
    }

    /// The key of a row.
    pub(crate) fn key_of(&mut self, scope: &mut Scope, row: Expr) -> Expr {
        let Type::Row(entity) = *row.ty.required() else { return row };
        let optional = row.ty.is_optional();
        let column = self.entities[entity].key;
        if let Some(place) = self.place_of(&row) {
            return self.key_placed(&place);
        }
        scope.touch(&row, column);
        let ty = if optional { Type::Ref(entity).optional() } else { Type::Ref(entity) };
        Expr::new(Node::RowColumn { row: Box::new(row), column }, ty)
    }

    /// The type of an entity's keys.
    pub(crate) fn key_type(&self, entity: quater_ir::Id<quater_ir::entity::Entity>) -> Type {
        let entity = &self.entities[entity];
        entity.columns[entity.key].ty.clone()
    }

    /// The name of an entity, whose columns may not be known yet.
    fn declared_name(&self, id: quater_ir::Id<quater_ir::entity::Entity>) -> &str {
        self.names.entities.nth(id.index()).map_or("?", |(_, node)| node.name.text.as_str())
    }

    /// A type in words: `text`, `Order?`, `[int]`.
    pub(crate) fn describe(&self, ty: &Type) -> String {
        let name = |name: &str| format!("`{name}`");
        match ty {
            Type::Bool => name("bool"),
            Type::Int(_) => name("int"),
            Type::Float(_) => name("float"),
            Type::Decimal { scale, .. } => format!("`decimal({scale})`"),
            Type::Text(_) => name("text"),
            Type::Bytes { .. } => name("bytes"),
            Type::Uuid => name("uuid"),
            Type::Date => name("date"),
            Type::Instant => name("instant"),
            Type::Duration => name("duration"),
            Type::Json => name("json"),
            Type::Url => name("url"),
            Type::Email => name("email"),
            Type::Password => name("password"),
            Type::Enum(id) => name(&self.enums[*id].name),
            Type::Record(id) => match &self.records[*id].name {
                Some(named) => name(named),
                None => "a record".to_owned(),
            },
            Type::Ref(id) => format!("the key of `{}`", self.declared_name(*id)),
            Type::Row(id) => format!("a row of `{}`", self.declared_name(*id)),
            Type::List(of, _) => format!("a list of {}", self.describe(of)),
            Type::Optional(of) => format!("{} that may be absent", self.describe(of)),
            Type::Map(_, of, _) => format!("a map of {}", self.describe(of)),
            Type::Tuple(parts) => {
                let parts: Vec<String> = parts.iter().map(|part| self.describe(part)).collect();
                format!("a tuple of {}", parts.join(" and "))
            }
            Type::Union(id) => match &self.unions[*id].name {
                Some(named) => name(named),
                None => "a union".to_owned(),
            },
            Type::Page(page) => format!("a page of {}", self.describe(&page.of)),
            Type::Stream(of) => format!("a stream of {}", self.describe(of)),
            Type::Patch(_) => "a patch".to_owned(),
            Type::File(_) => "a file".to_owned(),
            Type::Null => name("null"),
        }
    }
}

/// Whether a value is made anew of its parts where it stands for one of another type: null has none.
const fn taken_apart(from: &Type, to: &Type) -> bool {
    matches!((from, to), (Type::Record(_), Type::Record(_)) | (Type::Union(_), Type::Union(_)))
}

/// Whether a row is no name of the body, but an item of a list.
pub(crate) const fn is_item(row: &Expr) -> bool {
    matches!(row.node, Node::Element(_) | Node::Index { .. } | Node::Fold { .. })
}

/// Whether a row is one that a list function is looking at, or depends on one.
fn of_an_item(row: &Expr) -> bool {
    matches!(row.node, Node::Element(_)) || row.children().into_iter().any(of_an_item)
}

/// What a value is for, and where it stands.
pub(crate) type Named<'n> = (&'n str, Span);

/// Why a value does not fit.
pub(crate) enum Misfit {
    /// Another kind of value.
    Kind(Type),
    /// It may be null.
    Absent(Type),
    /// More rows than are allowed.
    Rows(u32, u32),
    /// It is written out and breaks a rule of the type.
    Written(String),
    /// A row of a list that has been read, of which something is shown that is read with it.
    Late,
    /// It has more digits behind the point than are kept.
    Scale(u8, u8),
}

impl Misfit {
    /// The same of something larger, of such a type.
    pub(crate) fn of(self, whole: &Type) -> Self {
        if let Self::Late = self { self } else { Self::Kind(whole.clone()) }
    }
}

/// The value in a wider number type; a literal is turned here.
fn convert(expr: Expr, to: Type) -> Expr {
    if let (Node::Literal(Literal::Int(value)), Type::Decimal { .. }) = (&expr.node, &to) {
        return Expr::new(Node::Literal(Literal::Decimal((*value).into())), to);
    }
    Expr::new(Node::Convert(Box::new(expr)), to)
}

/// Checks at run time what the types do not promise.
fn refine(place: Place, expr: Expr, expected: &Type, field: &str) -> Result<Expr, Misfit> {
    if place == Place::Argument {
        return Ok(Expr::new(expr.node, expected.clone()));
    }
    if let Some(why) = misfit(&expr, expected) {
        return Err(Misfit::Written(why));
    }
    if covers(expected, &expr.ty) {
        return Ok(Expr::new(expr.node, expected.clone()));
    }
    Ok(Expr::new(Node::Refine { value: Box::new(expr), field: field.into() }, expected.clone()))
}

/// Whether every value of `narrow` is one of `wide`; both are of one kind.
pub(crate) fn covers(wide: &Type, narrow: &Type) -> bool {
    match (wide, narrow) {
        (Type::Int(wide), Type::Int(narrow)) => wide.cover(narrow),
        (Type::Float(wide), Type::Float(narrow)) => wide.cover(narrow),
        (Type::Decimal { bounds: wide, .. }, Type::Decimal { bounds: narrow, .. }) => wide.cover(narrow),
        (Type::Text(wide), Type::Text(narrow)) => {
            let rules = (wide.trim <= narrow.trim)
                && (wide.case.is_none() || wide.case == narrow.case)
                && (wide.pattern.is_none() || wide.pattern == narrow.pattern);
            rules && wide.length.cover(&narrow.length)
        }
        (Type::Bytes { max: wide }, Type::Bytes { max: narrow }) => {
            wide.is_none_or(|wide| narrow.is_some_and(|narrow| narrow <= wide))
        }
        (Type::List(wide, most), Type::List(narrow, few)) => {
            most.cover(few) && (few.max == Some(0) || covers(wide, narrow))
        }
        (Type::Map(keys, wide, most), Type::Map(key, narrow, few)) => {
            most.cover(few) && (few.max == Some(0) || (covers(keys, key) && covers(wide, narrow)))
        }
        (Type::Tuple(wide), Type::Tuple(narrow)) => {
            wide.len() == narrow.len() && wide.iter().zip(narrow).all(|(wide, narrow)| covers(wide, narrow))
        }
        (Type::File(wide), Type::File(narrow)) => {
            let media = wide.media.is_empty()
                || (!narrow.media.is_empty() && narrow.media.iter().all(|media| wide.media.contains(media)));
            media && wide.max.is_none_or(|most| narrow.max.is_some_and(|max| max <= most))
        }
        (Type::Optional(wide), narrow) => covers(wide, narrow.required()),
        (wide, narrow) => wide == narrow,
    }
}

/// Whether two types differ in refinement at most.
pub(crate) fn same_kind(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::Int(_), Type::Int(_))
        | (Type::Float(_), Type::Float(_))
        | (Type::Text(_), Type::Text(_))
        | (Type::Bytes { .. }, Type::Bytes { .. })
        | (Type::File(_), Type::File(_)) => true,
        (Type::Decimal { scale: a, .. }, Type::Decimal { scale: b, .. }) => a == b,
        (Type::List(a, _), Type::List(b, _)) | (Type::Optional(a), Type::Optional(b)) => same_kind(a, b),
        (Type::Map(key, a, _), Type::Map(other, b, _)) => same_kind(key, other) && same_kind(a, b),
        (Type::Tuple(a), Type::Tuple(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_kind(a, b))
        }
        (a, b) => a == b,
    }
}

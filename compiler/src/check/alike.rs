//! Records with the same members: one without a name fits another, and reports say in what two differ.
use super::Checker;
use super::coerce::{Misfit, Named, same_kind};
use super::scope::{Element, Place, Scope};
use crate::report::Span;
use quater_ir::Id;
use quater_ir::expr::{Expr, ListFunction, Node};
use quater_ir::types::{Field, Record, Type};
use quater_ir::value::Literal;

impl Checker<'_> {
    /// Whether a record may stand for another: both have the same members, and not both a name.
    pub(crate) fn alike(&self, from: Id<Record>, to: Id<Record>) -> bool {
        let (from, to) = (&self.records[from], &self.records[to]);
        let named = from.name.is_some() && to.name.is_some();
        let keeps = |its: &Field, field: &Field| its.name == field.name && its.secret <= field.secret;
        let there = |field: &Field| from.fields.values().any(|its| keeps(its, field));
        !named && to.of.is_none() && from.fields.len() == to.fields.len() && to.fields.values().all(there)
    }

    /// A record as another one with the same members, each as its type there.
    pub(crate) fn fit_record(
        &mut self,
        scope: &mut Scope,
        expr: Expr,
        to: Id<Record>,
        at: Span,
    ) -> Result<Expr, Misfit> {
        let Type::Record(from) = expr.ty else { return Err(Misfit::Kind(expr.ty)) };
        let ty = expr.ty.clone();
        let written = if let Node::Record(_, members) = &expr.node { Some(members.clone()) } else { None };
        let held = self.at_hand(scope, expr);
        let wanted: Vec<Field> = self.records[to].fields.values().cloned().collect();
        let mut members = Vec::new();
        for field in wanted {
            let given = self.records[from].fields.iter().find(|(_, its)| its.name == field.name);
            let Some((id, its)) = given.map(|(id, its)| (id, its.ty.clone())) else {
                return Err(Misfit::Kind(ty));
            };
            let member = match written.as_ref().map(|members| members.get(id.index()).cloned()) {
                Some(Some(member)) => member,
                Some(None) => return Err(Misfit::Kind(ty)),
                None => {
                    let node = Node::Member { record: Box::new(held.clone()), field: id };
                    Expr::new(node, its)
                }
            };
            let fitted = self.fit(scope, member, &field.ty, (&field.name, at));
            members.push(fitted.map_err(|misfit| misfit.of(&ty))?);
        }
        Ok(Expr::new(Node::Record(to, members), Type::Record(to)))
    }

    /// A value that may be looked at more than once.
    fn at_hand(&mut self, scope: &mut Scope, expr: Expr) -> Expr {
        // What a list function looks at is at hand only there, and costs nothing to look at again.
        let known = scope.place != Place::Body
            || matches!(expr.node, Node::Record(..) | Node::Slot(_))
            || scope.depth() > 0;
        if known { expr } else { self.held(scope, expr) }
    }

    /// A value that may be absent as one of another type, of whose parts it is made where it is there.
    pub(crate) fn fit_where_there(
        &mut self,
        scope: &mut Scope,
        expr: Expr,
        expected: &Type,
        named: Named<'_>,
    ) -> Result<Expr, Misfit> {
        let (inner, wanted) = (expr.ty.required().clone(), expected.required());
        let held = self.at_hand(scope, expr);
        let inside = Expr::new(held.node.clone(), inner);
        let there = self.fit(scope, inside, wanted, named)?;
        let absent = Expr::new(Node::IsNull(Box::new(held)), Type::Bool);
        let node = Node::If {
            condition: Box::new(absent),
            then: Box::new(Expr::new(Node::Literal(Literal::Null), expected.clone())),
            otherwise: Box::new(there),
        };
        Ok(Expr::new(node, expected.clone()))
    }

    /// Whether a list is one of records that may stand for those of another, or of rows that may stand for what is
    /// shown of them.
    pub(crate) fn lists_alike(&self, from: &Type, to: &Type) -> bool {
        match (from, to) {
            (Type::List(from, _), Type::List(to, _)) => self.lists_alike(from, to),
            (Type::Record(from), Type::Record(to)) => from != to && self.alike(*from, *to),
            (Type::Row(from), Type::Record(to)) => {
                self.records[*to].of == Some(*from) && !self.shows_others(*to)
            }
            (Type::Row(from), Type::Ref(to)) => from == to,
            (_, _) => false,
        }
    }

    /// Whether a projection shows more than columns of its row: then the database has to be asked.
    pub(crate) fn shows_others(&self, shape: Id<Record>) -> bool {
        let sources = self.records[shape].fields.values().filter_map(|field| field.source.as_ref());
        let mut open: Vec<&Expr> = sources.collect();
        while let Some(expr) = open.pop() {
            let column = matches!(&expr.node, Node::Column { via, .. } if !via.is_empty());
            if column || matches!(expr.node, Node::Related { .. } | Node::Rows(_)) {
                return true;
            }
            open.extend(expr.children());
        }
        false
    }

    /// Whether rows are at hand where a projection of them is needed that the database has to be asked for.
    pub(crate) fn asks_too_late(&self, given: &Type, wanted: &Type) -> bool {
        let (Some(Type::Row(given)), Some(Type::Record(wanted))) = (given.item(), wanted.item()) else {
            return false;
        };
        self.records[*wanted].of == Some(*given) && self.shows_others(*wanted)
    }

    /// Whether values of two types are put together in the same way, refinements aside: then the one is the other
    /// without anything being done.
    pub(crate) fn same_layout(&self, from: &Type, to: &Type) -> bool {
        match (from, to) {
            (Type::Record(from), Type::Record(to)) => {
                let (its, wanted) = (self.records[*from].fields.values(), self.records[*to].fields.values());
                let pairs = its.zip(wanted);
                from == to
                    || self.alike(*from, *to)
                        && pairs.into_iter().all(|(its, wanted)| {
                            its.name == wanted.name && self.same_layout(&its.ty, &wanted.ty)
                        })
            }
            (Type::List(from, _), Type::List(to, _)) | (Type::Optional(from), Type::Optional(to)) => {
                self.same_layout(from, to)
            }
            (from, Type::Optional(to)) => self.same_layout(from, to),
            (Type::Map(key, from, _), Type::Map(other, to, _)) => {
                same_kind(key, other) && self.same_layout(from, to)
            }
            (Type::Tuple(from), Type::Tuple(to)) => {
                from.len() == to.len() && from.iter().zip(to).all(|(from, to)| self.same_layout(from, to))
            }
            (from, to) => same_kind(from, to),
        }
    }

    /// A list of records as one of other records with the same members.
    pub(crate) fn fit_records(
        &mut self,
        scope: &mut Scope,
        list: Expr,
        expected: &Type,
        named: Named<'_>,
    ) -> Result<Expr, Misfit> {
        let ty = list.ty.clone();
        let (Type::List(from, bounds), Type::List(to, _)) = (&ty, expected) else {
            return Err(Misfit::Kind(ty));
        };
        scope.elements.push(Element { ty: (**from).clone(), secret: false, bare: false });
        let each = self.fit(scope, Expr::new(Node::Element(0), (**from).clone()), to, named);
        scope.elements.pop();
        let each = Some(Box::new(each.map_err(|misfit| misfit.of(&ty))?));
        let (function, list) = (ListFunction::Map, Box::new(list));
        let node = Node::Fold { function, list, each, argument: None };
        self.fit(scope, Expr::new(node, Type::List(to.clone(), *bounds)), expected, named)
    }

    /// In what two records, or lists of them, differ.
    pub(crate) fn difference(&self, given: &Type, wanted: &Type) -> Option<String> {
        let (given, wanted) = (given.required(), wanted.required());
        if let (Some(given), Some(wanted)) = (given.item(), wanted.item()) {
            return self.difference(given, wanted);
        }
        let (Type::Record(from), Type::Record(to)) = (given, wanted) else { return None };
        let (from, to) = (&self.records[*from].fields, &self.records[*to].fields);
        let mut told = Vec::new();
        for field in to.values() {
            match from.values().find(|other| other.name == field.name) {
                None => told.push(format!("`{}` is missing", field.name)),
                Some(other) if other.ty == field.ty => {}
                Some(other) => {
                    let (is, not) = (self.describe(&other.ty), self.describe(&field.ty));
                    if is != not {
                        told.push(format!("`{}` is {is}, not {not}", field.name));
                    }
                }
            }
        }
        let more = from.values().filter(|field| !to.values().any(|other| other.name == field.name));
        told.extend(more.map(|field| format!("`{}` is not wanted", field.name)));
        (!told.is_empty()).then(|| told.join(", "))
    }
}

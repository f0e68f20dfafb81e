//! Records with the same members: one without a name fits another, and reports say in what two differ.
use super::Checker;
use super::coerce::{Misfit, Named};
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
            members.push(fitted.map_err(|_| Misfit::Kind(ty.clone()))?);
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

    /// Whether a list is one of records that may stand for those of another.
    pub(crate) fn lists_alike(&self, from: &Type, to: &Type) -> bool {
        match (from, to) {
            (Type::List(from, _), Type::List(to, _)) => self.lists_alike(from, to),
            (Type::Record(from), Type::Record(to)) => from != to && self.alike(*from, *to),
            (_, _) => false,
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
        let each = Some(Box::new(each.map_err(|_| Misfit::Kind(ty.clone()))?));
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

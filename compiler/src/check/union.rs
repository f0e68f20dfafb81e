//! `A | B`: one of several records, told apart by `kind`.
use super::Checker;
use crate::ast;
use crate::report::{Code, Report, Span};
use quater_ir::Id;
use quater_ir::expr::{Expr, Node, Pattern};
use quater_ir::types::{Member, Record, Type, Union};
use smol_str::SmolStr;

/// The member that says which record it is.
pub(crate) const KIND: &str = "kind";

impl Checker<'_> {
    /// `A | B` where a type is written; one in place is the same as another of the same members.
    pub(crate) fn union(
        &mut self,
        members: &[ast::Type],
        named: Option<(&ast::Name, String)>,
    ) -> Option<Type> {
        let mut made: Vec<Member> = Vec::new();
        let mut whole = true;
        for member in members {
            let Some(found) = self.union_member(member) else {
                whole = false;
                continue;
            };
            if made.iter().any(|other| other.record == found.record) {
                let message = format!("`{}` is there twice", found.name);
                self.error::<()>(Code::E0202, member.at, message);
                continue;
            }
            self.union_members.push((found.record, member.at));
            made.push(found);
        }
        if !whole {
            return None;
        }
        let (name, docs) =
            named.map_or((None, String::new()), |(name, docs)| (Some(name.text.clone()), docs));
        let union = Union { name, docs, members: made, content: false };
        let known = self.unions.iter().find(|(_, other)| **other == union).map(|(id, _)| id);
        Some(Type::Union(known.unwrap_or_else(|| self.unions.add(union))))
    }

    fn union_member(&mut self, member: &ast::Type) -> Option<Member> {
        let ty = self.ty(member)?;
        if let Type::Record(record) = ty
            && let Some(name) = self.records[record].name.clone()
        {
            return Some(Member { name, record });
        }
        let message = format!("{} can't be a member of a union", self.describe(&ty));
        let report = Report::new(Code::E0314, member.at, message);
        self.report(report.help("members are records that have a name: `type Circle { radius: int }`"))
    }

    /// No record of a union has a member of its own where the wire says which record it is.
    pub(crate) fn told_apart(&mut self) {
        let mut told: Vec<(Id<Record>, Span)> = Vec::new();
        for (record, at) in std::mem::take(&mut self.union_members) {
            let taken = self.records[record].fields.values().any(|field| field.name == KIND);
            if !taken || told.contains(&(record, at)) {
                continue;
            }
            told.push((record, at));
            let name = self.record_name(record);
            let message = format!("{name} has a `{KIND}` of its own, which says on the wire what it is");
            let report = Report::new(Code::E0314, at, message);
            self.sink.push(report.help(format!("give the member `{KIND}` of {name} another name")));
        }
    }

    /// A record, or the row behind a projection, as a member of a union; nothing where it is none.
    pub(crate) fn variant(&self, union: Id<Union>, record: Id<Record>) -> Option<u32> {
        let at = self.unions[union].members.iter().position(|member| member.record == record)?;
        u32::try_from(at).ok()
    }

    /// Reports a member of a union of which it is not known which record it is.
    pub(crate) fn no_union_member<T>(&mut self, union: Id<Union>, name: &ast::Name) -> Option<T> {
        let members = &self.unions[union].members;
        let arms: Vec<String> = members.iter().map(|member| format!("{} => …", member.name)).collect();
        let message = format!("it is not known which of its members has `{}`", name.text);
        let report = Report::new(Code::E0204, name.at, message);
        self.report(report.help(format!("find out first: `match x {{ {} }}`", arms.join("  "))))
    }

    /// A value of one union as one of another that has all its members.
    pub(crate) fn widened_union(&self, value: Expr, from: Id<Union>, to: Id<Union>) -> Option<Expr> {
        let mut arms = Vec::new();
        for (at, member) in (0..).zip(&self.unions[from].members) {
            let inner = Node::Narrow { value: Box::new(value.clone()), member: at };
            let inner = Box::new(Expr::new(inner, Type::Record(member.record)));
            let node = Node::Variant { member: self.variant(to, member.record)?, value: inner };
            arms.push((vec![Pattern::Variant(at)], Expr::new(node, Type::Union(to))));
        }
        let node = Node::Match { subject: Box::new(value), arms, otherwise: None };
        Some(Expr::new(node, Type::Union(to)))
    }

    /// The member that a record literal is meant to be: the one that its `kind` names, or the only one that
    /// has all of its names and needs no other.
    pub(crate) fn meant_member(&mut self, union: Id<Union>, record: &ast::Record) -> Option<Id<Record>> {
        let members = self.unions[union].members.clone();
        if let Some(name) = kind_of(record) {
            let found = members.iter().find(|member| member.name == name.text);
            return match found {
                Some(member) => Some(member.record),
                None => self.no_member("this union", name, members.iter().map(|member| member.name.as_str())),
            };
        }
        let fitting: Vec<&Member> =
            members.iter().filter(|member| self.could_be(member.record, record)).collect();
        if let [only] = fitting.as_slice() {
            return Some(only.record);
        }
        let names: Vec<String> = members.iter().map(|member| format!("`{}`", member.name)).collect();
        let message = match fitting.len() {
            0 => format!("this is none of {}", names.join(", ")),
            _ => "this could be several members of the union".to_owned(),
        };
        let example = fitting.first().or(members.first().as_ref()).map_or("", |member| member.name.as_str());
        let report = Report::new(Code::E0314, record.at, message);
        self.report(report.help(format!("say which it is: `{{ kind: {example}, … }}`")))
    }

    /// The member that a pattern asks for: the one that its `kind` names, or the only one that has all of
    /// its names.
    pub(crate) fn meant_by(&mut self, union: Id<Union>, record: &ast::Record) -> Option<Id<Record>> {
        if kind_of(record).is_some() {
            return self.meant_member(union, record);
        }
        let given: Vec<&SmolStr> = record.entries.iter().filter_map(entry_name).collect();
        let has = |member: &&Member| {
            let fields = &self.records[member.record].fields;
            given.iter().all(|name| fields.values().any(|field| field.name == **name))
        };
        let mut fitting = self.unions[union].members.iter().filter(has);
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => Some(only.record),
            (_, _) => self.meant_member(union, record),
        }
    }

    fn could_be(&self, shape: Id<Record>, record: &ast::Record) -> bool {
        let fields = &self.records[shape].fields;
        let given: Vec<&SmolStr> = record.entries.iter().filter_map(entry_name).collect();
        let known = given.iter().all(|name| fields.values().any(|field| field.name == **name));
        let needed = fields.values().filter(|field| field.default.is_none() && !field.ty.is_optional());
        known && needed.into_iter().all(|field| given.contains(&&field.name))
    }
}

fn entry_name(entry: &ast::Entry) -> Option<&SmolStr> {
    if let ast::EntryKind::Pun(name) | ast::EntryKind::Value { name, .. } = &entry.kind {
        return Some(&name.text);
    }
    None
}

/// What `kind: Circle` in a record literal names.
pub(crate) fn kind_of(record: &ast::Record) -> Option<&ast::Name> {
    record.entries.iter().find_map(|entry| {
        let ast::EntryKind::Value { name, value } = &entry.kind else { return None };
        let ast::ExprKind::Name(kind) = &value.kind else { return None };
        (name.text == KIND).then_some(kind)
    })
}

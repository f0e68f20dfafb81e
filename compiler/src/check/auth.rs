//! `auth`: carriers, proofs, and the row that a caller is.
use super::scope::{Place, Presence, Scope};
use super::write::Making;
use super::{Checker, docs};
use crate::ast::{self, AuthItemKind, DoorKind};
use crate::report::{Code, Report, Span};
use quater_ir::Id;
use quater_ir::auth::{Auth, Carrier, Lookup, Proof};
use quater_ir::body::Create;
use quater_ir::entity::{Column, Entity};
use quater_ir::expr::{Compare, Context, Expr, Node};
use quater_ir::operation::Doors;
use quater_ir::types::Type;
use smol_str::SmolStr;
use std::collections::BTreeSet;

/// What every `auth` agrees on about callers.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Caller {
    /// The entity whose rows are actors.
    pub(crate) entity: Option<Id<Entity>>,
    /// The type of roles.
    pub(crate) role: Option<Type>,
    /// Ways to sign in of whose credentials something was reported.
    pub(crate) unproved: BTreeSet<Id<Auth>>,
    /// Whether something about it was reported, so that what needs it stays silent.
    pub(crate) broken: bool,
}

impl<'a> Checker<'a> {
    /// Which rows are callers, and what roles are; rules need both.
    pub(crate) fn actors(&mut self) {
        for (declaration, node) in &self.names.auths {
            let before = self.caller.entity;
            let entity = self.actor_entity(node);
            self.caller.broken |= entity.is_none();
            self.caller.entity = before.or(entity);
            if let (Some(before), Some(entity)) = (before, entity)
                && before != entity
            {
                let message = format!("callers are rows of `{}` already", self.entities[before].name);
                self.error::<()>(Code::E0509, node.name.at, message);
            }
            self.role_type(node);
            let auth = self.auth_frame(declaration, node);
            self.auths.add(auth);
        }
    }

    fn auth_frame(&mut self, declaration: &ast::Declaration, node: &ast::Auth) -> Auth {
        let nothing = Expr::constant(false);
        let mut auth = Auth {
            name: node.name.text.clone(),
            docs: docs(declaration.docs.as_ref()),
            doors: self.doors(&node.doors),
            carrier: Carrier::Scheme(SmolStr::new_static("Bearer")),
            proof: Proof::Opaque,
            actor: Lookup {
                entity: self.caller.entity.unwrap_or(Id::new(0)),
                condition: nothing,
                actor: None,
                create: None,
            },
            role: None,
            tenant: None,
        };
        let mut judged = false;
        for item in &node.items {
            if let AuthItemKind::Credential { carrier, proof } = &item.kind {
                if judged {
                    let report = Report::new(Code::E0530, item.at, "an `auth` judges one kind of credential");
                    self.sink.push(report.help("declare another `auth` beside this one"));
                    continue;
                }
                judged = true;
                if self.credential(&mut auth, carrier, proof.as_ref()).is_none() {
                    self.caller.unproved.insert(Id::new(self.auths.len() as u32));
                }
            }
        }
        if !judged {
            let report = Report::new(
                Code::E0509,
                node.name.at,
                format!("`{}` does not say how a caller proves who it is", auth.name),
            );
            self.sink
                .push(report.help("add a line such as `bearer jwt(secret: env.KEY)` or `bearer opaque`"));
        }
        auth
    }

    fn doors(&mut self, doors: &[ast::Door]) -> Doors {
        if doors.is_empty() {
            return Doors::ALL;
        }
        let mut set = Doors::NONE;
        for door in doors {
            match door.kind {
                DoorKind::Http => set.http = true,
                DoorKind::Mcp => set.mcp = true,
                DoorKind::Cli => set.cli = true,
                DoorKind::Socket => set.socket = true,
                DoorKind::Job | DoorKind::Remote => {
                    self.error::<()>(Code::E0310, door.at, "nobody signs in by this door");
                }
            }
        }
        set
    }

    fn actor_entity(&mut self, node: &ast::Auth) -> Option<Id<Entity>> {
        let found = node.items.iter().find_map(|item| match &item.kind {
            AuthItemKind::Actor(lookup) => Some(lookup),
            AuthItemKind::Credential { .. }
            | AuthItemKind::Role(_)
            | AuthItemKind::Tenant(_)
            | AuthItemKind::Stray => None,
        });
        let Some(lookup) = found else {
            let report = Report::new(
                Code::E0509,
                node.name.at,
                format!("`{}` does not say who the caller is", node.name.text),
            );
            return self.report(report.help("add a line such as `actor User where id == claims.sub`"));
        };
        self.looked_up(lookup).map(|(entity, relation)| match relation {
            None => entity,
            Some(relation) => self.related_entity(entity, &[relation]),
        })
    }

    /// The entity that a look-up searches, and the relation of its row that leads to the actor.
    fn looked_up(&mut self, lookup: &ast::AuthLookup) -> Option<(Id<Entity>, Option<Id<Column>>)> {
        let (name, relation) = match lookup.path.names.as_slice() {
            [name] => (name, None),
            [name, relation] => (name, Some(relation)),
            _ => {
                let report = Report::new(Code::E0310, lookup.path.at, "one relation may lead to the actor");
                return self.report(report.help("write `actor Login.user where …`"));
            }
        };
        let entity = self.entity_called(name)?;
        let Some(relation) = relation else { return Some((entity, None)) };
        let column = self.column_list(entity, &[relation])?.first().copied()?;
        if let Type::Ref(_) = self.entities[entity].columns[column].ty.required() {
            return Some((entity, Some(column)));
        }
        self.error(Code::E0301, relation.at, format!("`{}` is no relation", relation.text))
    }

    fn role_type(&mut self, node: &'a ast::Auth) {
        let Some(entity) = self.caller.entity else { return };
        for item in &node.items {
            if let AuthItemKind::Role(expr) = &item.kind {
                let Some(value) = self.actor_value(entity, expr) else {
                    self.caller.broken = true;
                    continue;
                };
                self.caller.role.get_or_insert(value.ty.clone());
            }
        }
    }

    /// `actor.role` as an expression over the actor's row.
    fn actor_value(&mut self, entity: Id<Entity>, expr: &ast::Expr) -> Option<Expr> {
        let mut scope = Scope::new(Place::Rule, Presence::Assumed, None);
        let was = self.caller.entity.replace(entity);
        let value = self.expr(&mut scope, expr, None);
        self.caller.entity = was;
        value.map(|value| over_row(value.expr))
    }

    /// The look-ups, roles and tenants, now that functions and rules are known.
    pub(crate) fn auth_conditions(&mut self) {
        self.each_is_asked();
        for index in 0..self.names.auths.len() {
            let Some((_, node)) = self.names.auths.get(index) else { continue };
            let id: Id<Auth> = Id::new(index as u32);
            for item in &node.items {
                self.inlined = 0;
                match &item.kind {
                    AuthItemKind::Actor(lookup) => self.lookup(id, lookup, item.at),
                    AuthItemKind::Role(expr) => self.auths[id].role = self.caller_value(expr),
                    AuthItemKind::Tenant(expr) => self.auths[id].tenant = self.caller_value(expr),
                    AuthItemKind::Credential { .. } | AuthItemKind::Stray => {}
                }
            }
        }
    }

    fn caller_value(&mut self, expr: &ast::Expr) -> Option<Expr> {
        let entity = self.caller.entity?;
        let value = self.actor_value(entity, expr)?;
        if asks(&value, &|_| true) {
            let report =
                Report::new(Code::E0310, expr.at, "this is worked out from fields of the actor alone");
            return self.report(report.help("write `role actor.role`, `tenant actor.team`"));
        }
        Some(value)
    }

    fn lookup(&mut self, id: Id<Auth>, lookup: &ast::AuthLookup, at: Span) {
        if self.caller.entity.is_none() {
            return;
        }
        // Whether that is right was said when the actors were looked for.
        let Some((entity, actor)) = self.quietly(|checker| checker.looked_up(lookup)) else { return };
        let mut scope = Scope::new(Place::Auth, Presence::Never, Some(entity));
        let Some(condition) = self.condition(&mut scope, &lookup.condition) else { return };
        if !self.caller.unproved.contains(&id) {
            self.claims_fit(id, &condition.expr, lookup.condition.at);
        }
        let equal = equalities(&condition.expr);
        if !self.covers_a_key(entity, &equal, false) {
            let message = format!("this may find more than one row of `{}`", self.entities[entity].name);
            let report = Report::new(Code::E0603, lookup.condition.at, message);
            self.sink.push(report.help("compare a key or a `unique` field by `==`"));
        }
        if let Proof::Password { column } = &mut self.auths[id].proof {
            let passwords: Vec<Id<Column>> = self.entities[entity]
                .columns
                .iter()
                .filter(|(_, it)| *it.ty.required() == Type::Password)
                .map(|(id, _)| id)
                .collect();
            match passwords.as_slice() {
                [one] => *column = *one,
                _ => {
                    let name = self.entities[entity].name.clone();
                    let message = format!("`{name}` has not exactly one `password` to compare with");
                    self.error::<()>(Code::E0530, lookup.path.at, message);
                }
            }
        }
        let create = match &lookup.otherwise {
            Some(_) if actor.is_some() => {
                let report = Report::new(Code::E0310, at, "a first visit makes the actor's own row");
                self.sink.push(report.help("look up the actor itself, or let an operation make both rows"));
                None
            }
            Some(record) => self.first_visit(entity, record),
            None => None,
        };
        self.auths[id].actor = Lookup { entity, condition: condition.expr, actor, create };
    }

    /// The row that is made where the look-up finds none; claims are read as the columns they fill.
    fn first_visit(&mut self, entity: Id<Entity>, record: &ast::Record) -> Option<Create> {
        let mut scope = Scope::new(Place::Auth, Presence::Never, None);
        let mut values = self.assigned(&mut scope, entity, record, true)?;
        let making = Making { entity, back: None, across: true, caught: false, at: record.at };
        self.complete(&making, &mut values)?;
        Some(Create { entity, values, permit: Expr::constant(true), otherwise: None, nested: Vec::new() })
    }

    /// Tokens have claims; a name that comes with a password is `claims.name`.
    fn claims_fit(&mut self, id: Id<Auth>, condition: &Expr, at: Span) {
        let claimed = |name: Option<&str>| {
            asks(
                condition,
                &|context| matches!(context, Context::Claim(claim) if Some(claim.as_str()) != name),
            )
        };
        let wrong = match self.auths[id].proof {
            Proof::Jwt { .. } | Proof::Oauth { .. } => None,
            Proof::Opaque => {
                claimed(None).then_some("only a token has claims; this credential is `credential`")
            }
            Proof::Password { .. } => claimed(Some("name"))
                .then_some("what comes with a password is `claims.name`, and nothing else"),
        };
        if let Some(why) = wrong {
            self.error::<()>(Code::E0530, at, why);
        }
    }

    /// Whether some columns together hold for one row at most. A tenant is known where `tenant` says so.
    pub(crate) fn covers_a_key(&self, entity: Id<Entity>, columns: &[Id<Column>], tenant: bool) -> bool {
        let node = &self.entities[entity];
        let known =
            |column: &Id<Column>| columns.contains(column) || (tenant && node.tenant == Some(*column));
        known(&node.key) || node.uniques.iter().any(|unique| unique.columns.iter().all(known))
    }
}

/// Columns of the row that a condition compares by `==` in every case.
pub(crate) fn equalities(condition: &Expr) -> Vec<Id<Column>> {
    if let Node::And(parts) = &condition.node {
        return parts.iter().flat_map(equalities).collect();
    }
    let Node::Compare(Compare::Equal, a, b) = &condition.node else { return Vec::new() };
    [a, b].into_iter().filter_map(|side| own_column(side)).collect()
}

fn own_column(expr: &Expr) -> Option<Id<Column>> {
    let Node::Column { via, column, .. } = &expr.node else { return None };
    via.is_empty().then_some(*column)
}

/// The same expression over the columns of a row instead of over `actor`.
fn over_row(mut expr: Expr) -> Expr {
    if let Node::RowColumn { row, column } = &expr.node
        && matches!(row.node, Node::Context(Context::Actor))
    {
        return Expr::new(Node::Column { up: 0, via: Vec::new(), column: *column }, expr.ty);
    }
    for child in expr.children_mut() {
        let taken = std::mem::replace(child, Expr::constant(false));
        *child = over_row(taken);
    }
    expr
}

/// Whether an expression asks for something about the call.
fn asks(expr: &Expr, what: &impl Fn(&Context) -> bool) -> bool {
    let here = matches!(&expr.node, Node::Context(context) if what(context));
    here || expr.children().into_iter().any(|child| asks(child, what))
}

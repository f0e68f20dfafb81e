//! `auth`: carriers, proofs, and the row that a caller is.
use super::scope::{Place, Presence, Scope};
use super::{Checker, docs};
use crate::ast::{self, ArgumentKind, AuthItemKind, CarrierKind, DoorKind, ProofKind};
use crate::report::{Code, Report, Span};
use crate::resolve::Meaning;
use quater_ir::Id;
use quater_ir::auth::{Algorithm, Auth, Carrier, JwtKey, Lookup, Proof};
use quater_ir::entity::{Column, Entity};
use quater_ir::expr::{Compare, Expr, Node};
use quater_ir::operation::Doors;
use quater_ir::types::Type;
use smol_str::SmolStr;

/// What every `auth` agrees on about callers.
#[derive(Debug, Default)]
pub(crate) struct Caller {
    /// The entity whose rows are actors.
    pub(crate) entity: Option<Id<Entity>>,
    /// The type of roles.
    pub(crate) role: Option<Type>,
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
                self.carrier(&mut auth, carrier);
                if let Some(proof) = proof.as_ref().and_then(|proof| self.proof(proof)) {
                    auth.proof = proof;
                }
                judged = true;
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
                DoorKind::Socket => _ = self.later::<()>(door.at, "`socket`"),
                DoorKind::Job | DoorKind::Remote => {
                    self.error::<()>(Code::E0310, door.at, "nobody signs in by this door");
                }
            }
        }
        set
    }

    fn carrier(&mut self, auth: &mut Auth, carrier: &ast::Carrier) {
        match &carrier.kind {
            CarrierKind::Bearer(None) => {}
            CarrierKind::Bearer(Some(word)) => {
                if let Some(word) = self.plain(word) {
                    auth.carrier = Carrier::Scheme(SmolStr::new(word));
                }
            }
            CarrierKind::Header(_) => _ = self.later::<()>(carrier.at, "`header` in an `auth`"),
            CarrierKind::Cookie(_) => _ = self.later::<()>(carrier.at, "`cookie` in an `auth`"),
            CarrierKind::Basic => _ = self.later::<()>(carrier.at, "`basic`"),
        }
    }

    fn proof(&mut self, proof: &ast::Proof) -> Option<Proof> {
        match proof.kind {
            ProofKind::Opaque => Some(Proof::Opaque),
            ProofKind::Password => self.later(proof.at, "`password` in an `auth`"),
            ProofKind::Oauth => self.later(proof.at, "`oauth`"),
            ProofKind::Jwt => {
                let [argument] = proof.arguments.as_slice() else {
                    return self.later(proof.at, "`jwt` with anything but one `secret`");
                };
                let ArgumentKind::Named { name, value } = &argument.kind else {
                    let report = Report::new(Code::E0304, argument.at, "`jwt` needs to know the secret");
                    return self.report(report.help("write `jwt(secret: env.SIGNING_KEY)`"));
                };
                if name.text != "secret" {
                    return self.later(argument.at, &format!("`{}` of `jwt`", name.text));
                }
                let mut scope = Scope::new(Place::Start, Presence::Never, None);
                let secret = self.expect(&mut scope, value, &Type::TEXT, "secret")?;
                Some(Proof::Jwt {
                    key: JwtKey::Secret(secret.expr),
                    issuer: None,
                    audience: None,
                    algorithms: vec![Algorithm::Hs256],
                })
            }
        }
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
        let Some(name) = lookup.path.single() else {
            return self.later(lookup.path.at, "an actor behind a relation");
        };
        match self.names.get(name) {
            Some(Meaning::Entity(id)) => Some(id),
            _ if name.is_hole() => None,
            _ => self.error(Code::E0201, name.at, format!("there is no entity `{}`", name.text)),
        }
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
        if !matches!(value.node, Node::Column { .. }) {
            return self.later(expr.at, "a role or tenant that is not a field of the actor");
        }
        Some(value)
    }

    fn lookup(&mut self, id: Id<Auth>, lookup: &ast::AuthLookup, at: Span) {
        let Some(entity) = self.caller.entity else { return };
        if lookup.otherwise.is_some() {
            self.later::<()>(at, "`else create` in an `auth`");
        }
        let mut scope = Scope::new(Place::Auth, Presence::Never, Some(entity));
        let Some(condition) = self.condition(&mut scope, &lookup.condition) else { return };
        let equal = equalities(&condition.expr);
        if !self.covers_a_key(entity, &equal, false) {
            let message = format!("this may find more than one row of `{}`", self.entities[entity].name);
            let report = Report::new(Code::E0603, lookup.condition.at, message);
            self.sink.push(report.help("compare a key or a `unique` field by `==`"));
        }
        self.auths[id].actor = Lookup { entity, condition: condition.expr, actor: None, create: None };
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
fn over_row(expr: Expr) -> Expr {
    if let Node::RowColumn { row, column } = &expr.node
        && matches!(row.node, Node::Context(quater_ir::expr::Context::Actor))
    {
        return Expr::new(Node::Column { up: 0, via: Vec::new(), column: *column }, expr.ty);
    }
    expr
}

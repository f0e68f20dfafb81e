//! Computed fields of entities: `total = sum(lines, qty * price)`, written out wherever they are named.
use super::scope::Scope;
use super::truth::known;
use super::{Checker, Part, Typed};
use crate::ast::{self, EntityItemKind};
use crate::report::{Code, Report};
use crate::watched::Kind;
use quater_ir::Id;
use quater_ir::entity::{Computed, Entity};
use quater_ir::expr::{Context, Expr, Node};
use smol_str::SmolStr;

/// How far the value of a computed field is known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ComputedState {
    /// Being found out; asking again is a cycle.
    Open,
    /// Known, or reported.
    Done(Option<Typed>),
}

impl<'a> Checker<'a> {
    /// Works out every computed field, in the order of the file.
    pub(crate) fn computed_fields(&mut self) {
        self.forget_computed();
        for id in
            self.entities.ids().filter(|id| self.altered.holds(Kind::Entity, id.index())).collect::<Vec<_>>()
        {
            let mut all = Vec::new();
            for (item, name) in self.computed_lines(id).collect::<Vec<_>>() {
                let Some(value) = self.computed_value(id, item) else { continue };
                let (name, docs) = (name.text.clone(), String::new());
                all.push(Computed { name, docs, value: value.expr, secret: value.secret });
            }
            self.entities[id].computed = all;
        }
    }

    /// The line that computes a name.
    pub(crate) fn computed_item(&self, entity: Id<Entity>, name: &str) -> Option<usize> {
        self.computed_lines(entity).find(|(_, line)| line.text == name).map(|(item, _)| item)
    }

    /// Names of the computed fields of an entity.
    pub(crate) fn computed_names(&self, entity: Id<Entity>) -> Vec<SmolStr> {
        self.computed_lines(entity).map(|(_, name)| name.text.clone()).collect()
    }

    fn computed_lines(&self, entity: Id<Entity>) -> impl Iterator<Item = (usize, &'a ast::Name)> + use<'a> {
        let node = self.names.entities.nth(entity.index()).map(|(_, node)| *node);
        let items = node.into_iter().flat_map(|node| node.items.iter().enumerate());
        items.filter_map(|(at, item)| {
            let EntityItemKind::Computed { name, .. } = &item.kind else { return None };
            Some((at, name))
        })
    }

    /// The value of a computed field over its row. Whoever asks first, what is wrong with it is told by itself.
    pub(crate) fn computed_value(&mut self, entity: Id<Entity>, item: usize) -> Option<Typed> {
        self.entities.look(entity);
        let (_, node) = self.names.entities.arena().find(Id::new(entity.index() as u32))?;
        let EntityItemKind::Computed { name, value } = &node.items.get(item)?.kind else { return None };
        match self.computed.get(&(entity, item)) {
            Some(ComputedState::Done(value)) => return value.clone(),
            Some(ComputedState::Open) => {
                let report = Report::new(Code::E0608, name.at, format!("`{}` is made of itself", name.text));
                self.withheld.push(report);
                return None;
            }
            None => {}
        }
        self.computed.insert((entity, item), ComputedState::Open);
        let (inlined, open) = (std::mem::take(&mut self.inlined), std::mem::take(&mut self.open_functions));
        let mut found = None;
        self.renew(Part::Computed(item), entity.index(), |checker| {
            checker.entities.look(entity);
            found = checker.worked_out(entity, value);
            let withheld = std::mem::take(&mut checker.withheld);
            withheld.into_iter().for_each(|report| checker.sink.push(report));
        });
        (self.inlined, self.open_functions) = (inlined, open);
        self.computed.insert((entity, item), ComputedState::Done(found.clone()));
        found
    }

    fn worked_out(&mut self, entity: Id<Entity>, value: &ast::Expr) -> Option<Typed> {
        let made = self.expr(&mut Scope::rule(Some(entity)), value, None)?;
        if asks_who(&made.expr) {
            let report =
                Report::new(Code::E0310, made.at, "a computed field can't depend on who looks at it");
            return self
                .report(report.help("compute it in a projection: `Order(*, mine = customer == actor)`"));
        }
        if super::embed::holds_rows(made.ty()) {
            return super::member::needs_a_name(self, made.at, "these rows");
        }
        let ty = super::embed::made_type(made.ty());
        let expr = known(Expr::new(made.expr.node, ty));
        Some(Typed { expr, ..made })
    }
}

/// Whether a value depends on the call and not on rows alone.
pub(super) fn asks_who(expr: &Expr) -> bool {
    let asks = matches!(
        &expr.node,
        Node::Context(
            Context::Actor
                | Context::Role
                | Context::Tenant
                | Context::Door
                | Context::RequestId
                | Context::RequestIp
        )
    );
    asks || expr.children().into_iter().any(asks_who)
}

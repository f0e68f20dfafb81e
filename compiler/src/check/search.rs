//! `search`: what an entity may be searched by, and the list that is.
use super::Checker;
use super::scope::{Doer, slot_value};
use crate::ast;
use crate::report::{Code, Report};
use quater_ir::Id;
use quater_ir::builtin::Builtin;
use quater_ir::entity::Entity;
use quater_ir::expr::{Expr, ListFunction, Node, Slot};
use quater_ir::types::{Bounds, Type};
use quater_ir::value::Literal;

impl Checker<'_> {
    /// `search title, body` of an entity.
    pub(crate) fn search_line(&mut self, id: Id<Entity>, paths: &[ast::Path]) {
        for path in paths {
            let Some(way) = self.way(id, &path.names) else { continue };
            let (of, column) = self.way_end(id, &way);
            let declared = &self.entities[of].columns[column];
            let text = matches!(declared.ty.required(), Type::Text(_) | Type::Email | Type::Url);
            let message = if declared.secret {
                format!("`{}` is secret: searching it would tell what it is", written(path))
            } else if !text || way.single().is_none() {
                format!("`{}` is not one text that words can be looked for in", written(path))
            } else {
                self.entities[id].search.push((way.via, column));
                continue;
            };
            let report = Report::new(Code::E0624, path.at, message);
            self.sink
                .push(report.help("a `search` line names columns of text, of the row or through a relation"));
        }
    }

    /// That an entity may be searched by what a list names.
    pub(crate) fn searchable(&mut self, entity: Id<Entity>, paths: &[ast::Path]) -> Option<()> {
        for path in paths {
            let way = self.way(entity, &path.names)?;
            let column = way.single();
            let found = |(via, its): &(Vec<_>, Id<_>)| *via == way.via && Some(*its) == column;
            if !self.entities[entity].search.iter().any(found) {
                let name = self.entities[entity].name.clone();
                let message = format!("`{}` is not among what `{name}` is searched by", written(path));
                let report = Report::new(Code::E0624, path.at, message);
                return self
                    .report(report.help(format!("add a line `search {}` to `{name}`", written(path))));
            }
        }
        Some(())
    }

    /// That each of the words in a slot stands in one of the texts, in any letter case.
    pub(crate) fn search_condition(
        &mut self,
        entity: Id<Entity>,
        paths: &[ast::Path],
        given: Slot,
        (doer, across): (Option<Doer>, bool),
    ) -> Option<Expr> {
        let word = Expr::new(Node::Element(0), Type::TEXT);
        let mut places = Vec::new();
        for path in paths {
            let way = self.way(entity, &path.names)?;
            self.way_readable(entity, &way, doer, across, path.at)?;
            let holds = |text: Expr| {
                let (ty, text) = (text.ty.clone(), vec![text]);
                let lower = Expr::new(Node::Call(Builtin::Lower, text), ty);
                Expr::new(Node::Call(Builtin::Contains, vec![lower, word.clone()]), Type::Bool)
            };
            places.push(self.over_way(entity, &way, (doer, across), &holds));
        }
        let lower = Expr::new(Node::Call(Builtin::Lower, vec![slot_value(given, Type::TEXT)]), Type::TEXT);
        let space = Expr::new(Node::Literal(Literal::Text(" ".into())), Type::TEXT);
        let words = Type::List(Box::new(Type::TEXT), Bounds::ANY);
        let list = Box::new(Expr::new(Node::Call(Builtin::Split, vec![lower, space]), words));
        let each = Some(Box::new(Expr::new(Node::Or(places), Type::Bool)));
        let all = Node::Fold { function: ListFunction::All, list, each, argument: None };
        Some(Expr::new(all, Type::Bool))
    }
}

fn written(path: &ast::Path) -> String {
    path.names.iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join(".")
}

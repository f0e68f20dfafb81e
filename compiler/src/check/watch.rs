//! `on E created, updated(…), deleted where …`: changes that start a job or feed a channel.
use super::Checker;
use super::guard::Sight;
use super::scope::Scope;
use crate::ast::{self, ChangeEventKind};
use crate::report::Code;
use quater_ir::job::Watch;

impl Checker<'_> {
    /// The changes, and which of the rows whoever waits for them may see.
    pub(crate) fn watch(&mut self, scope: &mut Scope, change: &ast::Change) -> Option<(Watch, Sight)> {
        let path = ast::Path { names: vec![change.entity.clone()], at: change.entity.at };
        let entity = self.entity_named(&path)?;
        let mut watch = Watch {
            entity,
            created: false,
            updated: None,
            deleted: false,
            condition: None,
            old: None,
            new: None,
        };
        for event in &change.events {
            let twice = match event.kind {
                ChangeEventKind::Created => std::mem::replace(&mut watch.created, true),
                ChangeEventKind::Deleted => std::mem::replace(&mut watch.deleted, true),
                ChangeEventKind::Updated => {
                    let names: Vec<&ast::Name> = event.columns.iter().collect();
                    watch.updated.replace(self.column_list(entity, &names)?).is_some()
                }
            };
            if twice {
                return self.error(Code::E0202, event.at, "this event is there twice");
            }
            if event.kind != ChangeEventKind::Updated && !event.columns.is_empty() {
                return self.error(Code::E0310, event.at, "only `updated` names columns");
            }
        }
        let sight = self.sight(entity, scope.body.doer, false);
        self.may_read(entity, &sight.rows, scope, change.entity.at)?;
        if let Some(condition) = &change.condition {
            let held = self.over_rows(scope, entity, condition, false)?;
            self.tests_readable(entity, &held, &sight.partial, condition.at)?;
            watch.condition = Some(held);
        }
        scope.body.effects.reads.insert(entity);
        Some((watch, sight))
    }
}

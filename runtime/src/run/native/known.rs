//! Rows that a body in Rust may point to without being asked: a declared body has them as rows, this one by their keys.
use crate::value::Value;
use quater_ir::entity::Entity;
use quater_ir::{Id, Program};

/// Most of them; those before the last are asked for again.
const MOST: usize = 64;

/// The keys of rows that a body was given under the rules of its caller, or has made.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    keys: Vec<(Id<Entity>, Value)>,
    /// Whether others had to be asked for.
    asked: bool,
}

impl Known {
    /// A row, where there is one.
    pub(super) fn row(&mut self, program: &Program, entity: Id<Entity>, row: &Value) {
        if let Value::Row(row) = row
            && let Some(key) = row.get(program.entities[entity].key.index())
        {
            self.key(entity, key);
        }
    }

    pub(super) fn key(&mut self, entity: Id<Entity>, key: &Value) {
        if key.is_null() || self.has(entity, key) {
            return;
        }
        if self.keys.len() == MOST {
            self.keys.remove(0);
        }
        self.keys.push((entity, key.clone()));
    }

    pub(in crate::run) fn has(&self, entity: Id<Entity>, key: &Value) -> bool {
        self.keys.iter().any(|(its, other)| *its == entity && other == key)
    }

    /// None of them may be there any more.
    pub(super) fn forget(&mut self) {
        self.keys.clear();
    }

    pub(in crate::run) const fn ask(&mut self) {
        self.asked = true;
    }

    /// Whether others had to be asked for, since this was asked last.
    pub(super) const fn end(&mut self) -> bool {
        std::mem::replace(&mut self.asked, false)
    }
}

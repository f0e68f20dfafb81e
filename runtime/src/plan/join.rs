//! Columns as SQL: of the row at hand, of rows further out, and of those that their relations lead to.
use super::sql::{Sql, quoted, target};
use quater_ir::Id;
use quater_ir::entity::{Column, Entity};
use quater_ir::expr::reach::through;
use quater_ir::expr::{Expr, Node};

/// One row that an expression may look at.
#[derive(Debug)]
pub(super) struct Level {
    entity: Id<Entity>,
    alias: String,
    /// Which of its relations leads back to a row further out, and to which: rows of a far side point to it.
    back: Option<Back>,
    /// The rows that its relations lead to, joined behind its own table; none where nothing can be joined.
    joins: Option<Joins>,
    /// What no row is without: where it does not hold, nothing comes of the row or of what is inside it.
    holds: Vec<Expr>,
}

/// The row that a row of a far side points to.
#[derive(Debug)]
pub(super) struct Back {
    /// The relation that points to it.
    pub(super) by: Id<Column>,
    /// How many levels further out, and which relations of the row there, it is.
    pub(super) up: u32,
    pub(super) via: Vec<Id<Column>>,
}

/// Tables that are joined to a row's own.
#[derive(Debug, Default)]
pub(super) struct Joins {
    /// Where in the text they will stand.
    at: usize,
    /// By the relations that lead there, each with its alias.
    list: Vec<(Vec<Id<Column>>, String)>,
    text: String,
}

impl Level {
    /// The row `t` of a statement to which nothing can be joined.
    pub(super) fn bare(entity: Id<Entity>) -> Self {
        Self { entity, alias: "t".to_owned(), back: None, joins: None, holds: Vec::new() }
    }

    /// A row of a query.
    pub(super) fn joined(entity: Id<Entity>, alias: String) -> Self {
        Self { entity, alias, back: None, joins: Some(Joins::default()), holds: Vec::new() }
    }

    /// A row of a far side, of those that a guard lets through.
    pub(super) fn far(entity: Id<Entity>, alias: String, back: Back, guard: &Expr) -> Self {
        let holds = parts(guard).cloned().collect();
        Self { back: Some(back), holds, ..Self::joined(entity, alias) }
    }

    /// Whether nothing can be joined.
    pub(super) const fn is_bare(&self) -> bool {
        self.joins.is_none()
    }

    /// Lets nothing be joined for a while, and gives what has been.
    pub(super) const fn shut(&mut self) -> Option<Joins> {
        self.joins.take()
    }

    /// Lets rows be joined again, beside what has been.
    pub(super) fn reopen(&mut self, joins: Option<Joins>) {
        self.joins = joins;
    }
}

/// What must hold so that a condition does.
pub(super) fn parts(condition: &Expr) -> impl Iterator<Item = &Expr> {
    let parts = if let Node::And(parts) = &condition.node { parts } else { std::slice::from_ref(condition) };
    parts.iter().filter(|part| !part.is(true))
}

impl Sql<'_> {
    /// Begins a query of rows `t` of an entity, to which related rows can be joined. The query is left with those that
    /// a guard lets through.
    pub(super) fn open(&mut self, of: Id<Entity>, guard: &Expr) {
        let holds = parts(guard).cloned().collect();
        self.levels.push(Level { holds, ..Level::joined(of, "t".to_owned()) });
    }

    /// Whether a condition of the rows that point to the row at a level holds anyway, because that row is let through.
    pub(super) fn is_implied(&self, up: u32, by: Id<Column>, condition: &Expr) -> bool {
        let level = self.levels.iter().rev().nth(up as usize);
        level.is_some_and(|level| level.holds.iter().any(|held| through(by, held.clone()) == *condition))
    }

    /// Appends where the rows come from.
    pub(super) fn from(&mut self, of: Id<Entity>) {
        self.push(&format!(" FROM {} AS t", quoted(&self.program.entities[of].table)));
        self.joins_here();
    }

    /// Ends a query.
    pub(super) fn close(&mut self) {
        if let Some(joins) = self.levels.pop().and_then(|level| level.joins) {
            self.text.insert_str(joins.at, &joins.text);
        }
    }

    pub(super) fn joins_here(&mut self) {
        let at = self.text.len();
        if let Some(joins) = self.levels.last_mut().and_then(|level| level.joins.as_mut()) {
            joins.at = at;
        }
    }

    /// The alias of the row that relations of the row at a level lead to, joined now if it was not before.
    fn joined(&mut self, up: u32, via: &[Id<Column>]) -> Option<String> {
        let program = self.program;
        let place = self.levels.len().checked_sub(1 + up as usize)?;
        let level = self.levels.get(place).filter(|level| level.joins.is_some())?;
        let (mut at, mut row) = (level.entity, level.alias.clone());
        for (step, relation) in via.iter().enumerate() {
            let path = via.get(..=step)?;
            let next = target(program, at, *relation)?;
            let known = self.levels.get(place)?.joins.as_ref()?.list.iter().find(|(known, _)| known == path);
            let alias = match known {
                Some((_, alias)) => alias.clone(),
                None => {
                    let alias = self.alias('r');
                    let entity = &program.entities[next];
                    let (table, key) = (quoted(&entity.table), quoted(&entity.columns[entity.key].sql));
                    let link = quoted(&program.entities[at].columns[*relation].sql);
                    let joins = self.levels.get_mut(place)?.joins.as_mut()?;
                    joins
                        .text
                        .push_str(&format!(" LEFT JOIN {table} AS {alias} ON {alias}.{key} = {row}.{link}"));
                    joins.list.push((path.to_vec(), alias.clone()));
                    alias
                }
            };
            (at, row) = (next, alias);
        }
        Some(row)
    }

    /// The entity and alias of the row so many levels out of the one at hand, whose entity is `of`.
    pub(super) fn level(&self, of: Id<Entity>, up: u32) -> (Id<Entity>, String) {
        let found = self.levels.iter().rev().nth(up as usize);
        found.map_or_else(|| (of, "t".to_owned()), |level| (level.entity, level.alias.clone()))
    }

    pub(super) fn alias(&mut self, letter: char) -> String {
        self.aliases += 1;
        format!("{letter}{}", self.aliases)
    }

    /// The entity of the row that relations of the row at a level lead to.
    pub(super) fn reached(&self, of: Id<Entity>, up: u32, via: &[Id<Column>]) -> Id<Entity> {
        let start = self.level(of, up).0;
        via.iter().fold(start, |at, relation| target(self.program, at, *relation).unwrap_or(at))
    }

    /// The same row by the shortest way: a relation that leads back to a row at hand need not be looked up.
    fn straight(&self, mut up: u32, via: &[Id<Column>]) -> (u32, Vec<Id<Column>>) {
        let mut via = via.to_vec();
        loop {
            let level = self.levels.iter().rev().nth(up as usize);
            let back = level.and_then(|level| level.back.as_ref()).zip(via.split_first());
            match back {
                Some((back, (first, rest))) if *first == back.by => {
                    via = [back.via.as_slice(), rest].concat();
                    up += back.up;
                }
                _ => return (up, via),
            }
        }
    }

    /// Appends a column of the row at a level, or of a row that its relations lead to.
    pub(crate) fn column(&mut self, of: Id<Entity>, up: u32, via: &[Id<Column>], column: Id<Column>) {
        let program = self.program;
        let (up, via) = self.straight(up, via);
        let via = via.as_slice();
        let name = |of: Id<Entity>, column| quoted(&program.entities[of].columns[column].sql);
        if let Some(row) = self.joined(up, via) {
            let at = self.reached(of, up, via);
            return self.push(&format!("{row}.{}", name(at, column)));
        }
        let (of, row) = self.level(of, up);
        let Some((first, rest)) = via.split_first() else {
            return self.push(&format!("{row}.{}", name(of, column)));
        };
        let mut at = of;
        let mut from = String::new();
        let mut link = format!("{row}.{}", name(of, *first));
        let mut condition = String::new();
        let mut alias = String::new();
        for (step, relation) in std::iter::once(first).chain(rest).enumerate() {
            if step > 0 {
                link = format!("{alias}.{}", name(at, *relation));
            }
            at = target(program, at, *relation).unwrap_or(at);
            let entity = &program.entities[at];
            alias = self.alias('r');
            let key = format!("{alias}.{} = {link}", name(at, entity.key));
            if step == 0 {
                from = format!("{} AS {alias}", quoted(&entity.table));
                condition = key;
            } else {
                from = format!("{from} JOIN {} AS {alias} ON {key}", quoted(&entity.table));
            }
        }
        self.push(&format!("(SELECT {alias}.{} FROM {from} WHERE {condition})", name(at, column)));
    }
}

//! What is to be looked at again after an edit, read off the declarations before and after it.
use crate::ast::{self, DeclarationKind};
use crate::check::{Changes, Moves, Unit, asking_lists};
use crate::watched::Kind;
use std::mem::{Discriminant, discriminant};
use std::sync::Arc;

/// What is to be looked at again.
#[derive(Default)]
pub(super) struct Plan {
    /// Those that are other ones.
    pub(super) units: Vec<Unit>,
    /// What is another one that others look at.
    pub(super) changes: Changes,
    /// Whether some name may mean something else.
    pub(super) renamed: bool,
    /// Where operations stand now, if some came or went.
    pub(super) operations: Option<Moves>,
    /// Where tests stand now, if some came or went.
    pub(super) tests: Option<Moves>,
}

impl Plan {
    /// How to get from some declarations to others; nothing where others than operations and tests came or went,
    /// or one is another one of a kind that everything depends on.
    pub(super) fn of(old: &[Arc<ast::Declaration>], new: &[Arc<ast::Declaration>]) -> Option<Self> {
        let same = |(old, new): &(&Arc<_>, &Arc<_>)| Arc::ptr_eq(old, new);
        let before = old.iter().zip(new).take_while(same).count();
        let (old_rest, new_rest) = (old.get(before..)?, new.get(before..)?);
        let behind = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(same).count();
        let old_middle = old_rest.get(..old_rest.len() - behind)?;
        let new_middle = new_rest.get(..new_rest.len() - behind)?;
        let mut plan = Self::default();
        let mut kinds: Vec<Discriminant<DeclarationKind>> = Vec::new();
        for one in old_middle.iter().chain(new_middle) {
            let kind = discriminant(&one.kind);
            if kinds.contains(&kind) {
                continue;
            }
            kinds.push(kind);
            let alike = |one: &&Arc<ast::Declaration>| discriminant(&one.kind) == kind;
            let count = |all: &[Arc<ast::Declaration>]| all.iter().filter(alike).count();
            let of = |all: &'_ [Arc<ast::Declaration>]| all.iter().filter(alike).cloned().collect::<Vec<_>>();
            let first = count(old.get(..before)?);
            let moved = plan.add_kind(first, &of(old_middle), &of(new_middle))?;
            if let Some(middle) = moved {
                let rest = count(old.get(old.len() - behind..)?);
                plan.moved(&one.kind, moves(first, middle, count(new_middle), rest))?;
            }
        }
        Some(plan)
    }

    /// Adds what differs among those of a kind that stand between others which stayed, the first at a position;
    /// where the old ones stand among the new ones, if some came or went.
    fn add_kind(
        &mut self,
        first: usize,
        old: &[Arc<ast::Declaration>],
        new: &[Arc<ast::Declaration>],
    ) -> Option<Option<Vec<Option<usize>>>> {
        if old.len() == new.len() {
            for (at, (old, new)) in (first..).zip(old.iter().zip(new)) {
                self.compare(old, new, at)?;
            }
            return Some(None);
        }
        let kind = old.iter().chain(new).next().map(|one| &one.kind);
        if matches!(kind, Some(DeclarationKind::Stray | DeclarationKind::Assets(_))) {
            return Some(None);
        }
        self.renamed = true;
        if matches!(kind, Some(DeclarationKind::Import(_))) {
            return Some(None);
        }
        let (mut to, mut next) = (Vec::with_capacity(old.len()), 0);
        for was in old {
            let rest = new.get(next..).unwrap_or_default();
            let found = rest.iter().position(|is| Arc::ptr_eq(is, was) || called(is) == called(was));
            to.push(found.map(|found| next + found));
            if let (Some(found), Some(is)) = (found, found.and_then(|found| rest.get(found))) {
                self.compare(was, is, first + next + found)?;
                next += found + 1;
            }
        }
        Some(Some(to))
    }

    fn moved(&mut self, kind: &DeclarationKind, moves: Moves) -> Option<()> {
        if let DeclarationKind::Operation(_) = kind {
            self.operations = Some(moves);
            return Some(());
        }
        matches!(kind, DeclarationKind::Test(_)).then(|| self.tests = Some(moves))
    }

    fn compare(&mut self, old: &Arc<ast::Declaration>, new: &Arc<ast::Declaration>, at: usize) -> Option<()> {
        if Arc::ptr_eq(old, new) || old == new { Some(()) } else { self.add(old, new, at) }
    }

    /// Adds a declaration that is another one, by its position among those of its kind.
    fn add(&mut self, old: &ast::Declaration, new: &ast::Declaration, index: usize) -> Option<()> {
        let name = |it: &ast::Declaration| it.kind.name().map(|name| (name.text.clone(), name.at));
        self.renamed |= name(old) != name(new);
        let kind = match &new.kind {
            DeclarationKind::Operation(is) => {
                let same_lists = matches!(&old.kind, DeclarationKind::Operation(was)
                    if asking_lists(was) == asking_lists(is));
                if !same_lists || !same_outside(old, new) {
                    self.units.push(Unit::Signature(index));
                }
                self.units.push(Unit::Operation(index));
                return Some(());
            }
            DeclarationKind::Job(_) if same_outside(old, new) => {
                self.units.push(Unit::Job(index));
                return Some(());
            }
            DeclarationKind::Test(_) => {
                self.units.push(Unit::Test(index));
                return Some(());
            }
            // Only what the whole service tells is about these.
            DeclarationKind::Assets(_) | DeclarationKind::Stray => return Some(()),
            DeclarationKind::Import(_) => {
                self.renamed = true;
                return Some(());
            }
            DeclarationKind::Type(_) => Kind::Type,
            DeclarationKind::Enumeration(_) => Kind::Enum,
            DeclarationKind::Error(_) => Kind::Error,
            DeclarationKind::Function(_) => Kind::Function,
            DeclarationKind::Entity(_) => Kind::Entity,
            DeclarationKind::Service(_)
            | DeclarationKind::Env(_)
            | DeclarationKind::Resource(_)
            | DeclarationKind::Auth(_)
            | DeclarationKind::Channel(_)
            | DeclarationKind::Job(_) => return None,
        };
        // Each function and each entity is looked at for itself.
        self.changes.beyond |= !matches!(kind, Kind::Function | Kind::Entity);
        self.changes.add(kind, index);
        Some(())
    }
}

/// What a declaration is known by.
fn called(declaration: &ast::Declaration) -> Option<&str> {
    if let DeclarationKind::Test(test) = &declaration.kind {
        return test.title.plain();
    }
    declaration.kind.name().map(|name| name.text.as_str())
}

/// Where those of a kind stand: some that stay where they are, some between, and some behind those.
fn moves(first: usize, middle: Vec<Option<usize>>, now: usize, rest: usize) -> Moves {
    let between = middle.into_iter().map(|to| to.map(|to| first + to));
    let behind = (first + now..first + now + rest).map(Some);
    Moves::new((0..first).map(Some).chain(between).chain(behind).collect(), first + now + rest)
}

/// Whether two declarations differ in nothing but their bodies.
fn same_outside(old: &ast::Declaration, new: &ast::Declaration) -> bool {
    let around = old.docs == new.docs && old.prefixes == new.prefixes && old.header_at == new.header_at;
    around
        && match (&old.kind, &new.kind) {
            (DeclarationKind::Operation(old), DeclarationKind::Operation(new)) => {
                let allow = |it: &ast::Clause| matches!(it.kind, ast::ClauseKind::Allow(_));
                old.name == new.name
                    && old.parameters == new.parameters
                    && old.output == new.output
                    && old.clauses == new.clauses
                    // Without an `allow`, a line that can't be read may be one.
                    && (new.clauses.iter().any(allow) || has_stray(&old.body) == has_stray(&new.body))
            }
            (DeclarationKind::Job(old), DeclarationKind::Job(new)) => {
                old.name == new.name
                    && old.parameters == new.parameters
                    && old.queue == new.queue
                    && old.clauses == new.clauses
            }
            (DeclarationKind::Test(_), DeclarationKind::Test(_)) => true,
            (_, _) => false,
        }
}

fn has_stray(block: &ast::Block) -> bool {
    block.statements.iter().any(|it| matches!(it.kind, ast::StatementKind::Stray))
}

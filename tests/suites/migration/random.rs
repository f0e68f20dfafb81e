//! Random tables, and random changes of them.
use super::tables::{column, index, table};
use quater_ir::Id;
use quater_ir::entity::{Column, OnDelete};
use quater_ir::expr::{Arithmetic, Expr, Node, Operands, Operator};
use quater_ir::storage::{Check, ForeignKey, Storage, StoredColumn, StoredKind, Table};
use quater_ir::types::Type;
use quater_ir::value::Literal;
use rust_decimal::Decimal;
use smol_str::{SmolStr, format_smolstr};

/// Numbers that are the same for the same seed.
pub(super) struct Rng(u64);

impl Rng {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0xd1b5_4a32_d192_ed03)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }

    pub(super) fn pick<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

const KINDS: [StoredKind; 10] = [
    StoredKind::Bool,
    StoredKind::Int,
    StoredKind::Float,
    StoredKind::Decimal(2),
    StoredKind::Text,
    StoredKind::Bytes,
    StoredKind::Uuid,
    StoredKind::Date,
    StoredKind::Instant,
    StoredKind::Duration,
];

fn check(kind: StoredKind, rng: &mut Rng) -> Option<Check> {
    let some = rng.chance(60);
    match kind {
        StoredKind::Int | StoredKind::Decimal(_) if some => {
            Some(Check::Range { min: Some(0), max: rng.chance(50).then_some(1_000) })
        }
        StoredKind::Text if some && rng.chance(50) => {
            let mut members: Vec<SmolStr> =
                (0..2 + rng.below(4)).map(|at| format_smolstr!("m{}{at}", rng.below(3))).collect();
            members.sort();
            members.dedup();
            Some(Check::OneOf(members))
        }
        StoredKind::Text if some => Some(Check::Length { min: None, max: Some(6 + rng.below(20) as u32) }),
        StoredKind::Bool
        | StoredKind::Int
        | StoredKind::Float
        | StoredKind::Decimal(_)
        | StoredKind::Text
        | StoredKind::Bytes
        | StoredKind::Uuid
        | StoredKind::Date
        | StoredKind::Instant
        | StoredKind::Duration
        | StoredKind::Json => None,
    }
}

fn any_column(name: &str, rng: &mut Rng) -> StoredColumn {
    let kind = *rng.pick(&KINDS);
    StoredColumn { optional: rng.chance(40), check: check(kind, rng), ..column(name, kind) }
}

/// A value that stands in, which passes the rule.
pub(super) fn fill(it: &StoredColumn) -> Expr {
    let (literal, ty) = match (it.kind, &it.check) {
        (StoredKind::Bool, _) => (Literal::Bool(true), Type::Bool),
        (StoredKind::Int, _) => (Literal::Int(7), Type::INT),
        (StoredKind::Duration, _) => (Literal::Duration(7), Type::Duration),
        (StoredKind::Float, _) => (Literal::Float(0.5), Type::FLOAT),
        (StoredKind::Decimal(scale), _) => {
            let bounds = quater_ir::types::Bounds::ANY;
            (Literal::Decimal(Decimal::new(7, u32::from(scale))), Type::Decimal { scale, bounds })
        }
        (StoredKind::Text, Some(Check::OneOf(members))) => (Literal::Text(members[0].clone()), Type::TEXT),
        (StoredKind::Text, _) => (Literal::Text("it's".into()), Type::TEXT),
        (StoredKind::Uuid, _) => {
            return Expr::new(Node::Call(quater_ir::builtin::Builtin::Uuid, vec![]), Type::Uuid);
        }
        (StoredKind::Date, _) => {
            return Expr::new(Node::Call(quater_ir::builtin::Builtin::Today, vec![]), Type::Date);
        }
        (StoredKind::Instant, _) => {
            return Expr::new(Node::Call(quater_ir::builtin::Builtin::Now, vec![]), Type::Instant);
        }
        (StoredKind::Bytes | StoredKind::Json, _) => (Literal::Null, Type::Null),
    };
    Expr::new(Node::Literal(literal), ty)
}

/// One to four tables, some of which point to each other.
pub(super) fn storage(rng: &mut Rng) -> Storage {
    let mut storage = Storage::default();
    for at in 0..1 + rng.below(4) {
        let mut made = table(&format!("t{at}"), rng.chance(40));
        for at in 0..1 + rng.below(6) {
            made.columns.push(any_column(&format!("c{at}"), rng));
        }
        storage.tables.push(made);
    }
    for at in 0..storage.tables.len() {
        for _ in 0..rng.below(3) {
            point(&mut storage, at, rng);
        }
        unique(&mut storage.tables[at], rng);
        indexed(&mut storage.tables[at], rng);
    }
    storage
}

fn name(table: &Table, rng: &mut Rng) -> SmolStr {
    (0..).map(|at| format_smolstr!("n{}_{at}", rng.below(90))).find(|it| table.column(it).is_none()).unwrap()
}

/// A new column that points to a table, itself perhaps.
fn point(storage: &mut Storage, at: usize, rng: &mut Rng) {
    let target = rng.below(storage.tables.len());
    let (other, key) = (storage.tables[target].name.clone(), storage.tables[target].key.clone());
    let kind = storage.tables[target].column(&key).unwrap().kind;
    let own = &mut storage.tables[at];
    let column = StoredColumn { optional: true, ..column(&name(own, rng), kind) };
    let on_delete = *rng.pick(&[OnDelete::Cascade, OnDelete::Null, OnDelete::Restrict]);
    own.foreign_keys.push(ForeignKey {
        column: column.name.clone(),
        table: other,
        key,
        on_delete,
        most: None,
    });
    own.columns.push(column);
}

fn some(table: &Table, rng: &mut Rng) -> Vec<SmolStr> {
    let mut names: Vec<SmolStr> = Vec::new();
    for _ in 0..1 + rng.below(2) {
        let next = rng.pick(&table.columns).name.clone();
        if next != table.key && !names.contains(&next) {
            names.push(next);
        }
    }
    names
}

fn unique(table: &mut Table, rng: &mut Rng) {
    let names = some(table, rng);
    if !names.is_empty() && !table.uniques.contains(&names) && rng.chance(60) {
        table.uniques.push(names);
    }
}

fn indexed(table: &mut Table, rng: &mut Rng) {
    let columns: Vec<(SmolStr, bool)> = some(table, rng).into_iter().map(|it| (it, rng.chance(40))).collect();
    let made = index(&columns);
    let implied = table.every_index().contains(&made)
        || table
            .uniques
            .iter()
            .any(|unique| unique.iter().map(|it| (it.clone(), false)).eq(made.columns.clone()));
    if !made.columns.is_empty() && !implied {
        table.indexes.push(made);
    }
}

/// The same tables after one to six changes.
pub(super) fn changed(storage: &Storage, rng: &mut Rng) -> Storage {
    let mut changed = storage.bare();
    for _ in 0..1 + rng.below(6) {
        change(&mut changed, storage, rng);
    }
    for table in &mut changed.tables {
        if let Some(found) = storage.table(&table.name) {
            work_out(table, found, rng);
        }
    }
    changed
}

/// Lets some new columns be worked out of others that stay: a text with a mark behind it, or the next number.
fn work_out(table: &mut Table, found: &Table, rng: &mut Rng) {
    let there = |it: &StoredColumn| found.column(&it.name).is_some();
    for at in 0..table.columns.len() {
        let column = &table.columns[at];
        let foreign = table.foreign_keys.iter().any(|it| it.column == column.name);
        let fresh = !there(column) && column.origin.was.is_none() && column.name != table.key;
        let plain = matches!(column.kind, StoredKind::Text | StoredKind::Int)
            && !matches!(column.check, Some(Check::OneOf(_)));
        if foreign || !fresh || !plain || rng.chance(20) {
            continue;
        }
        let of =
            |it: &StoredColumn| there(it) && !it.optional && it.kind == column.kind && it.name != table.key;
        let reads: Vec<usize> = (0..table.columns.len()).filter(|read| of(&table.columns[*read])).collect();
        if !reads.is_empty() {
            let read = Id::new(*rng.pick(&reads) as u32);
            table.columns[at].origin.fill = Some(worked_out(read, &table.columns[at]));
        }
    }
}

pub(super) fn worked_out(read: Id<Column>, it: &StoredColumn) -> Expr {
    let ty = if it.kind == StoredKind::Int { Type::INT } else { Type::TEXT };
    let read = Expr::new(Node::Column { up: 0, via: Vec::new(), column: read }, ty.clone());
    let node = if it.kind == StoredKind::Int {
        let one = Expr::new(Node::Literal(Literal::Int(1)), Type::INT);
        let how = Arithmetic { operator: Operator::Add, on: Operands::Int };
        Node::Arithmetic(how, Box::new(read), Box::new(one))
    } else {
        Node::Concat(vec![read, Expr::new(Node::Literal(Literal::Text("!".into())), Type::TEXT)])
    };
    let value = Expr::new(node, ty.clone());
    if it.check.is_none() {
        return value;
    }
    Expr::new(Node::Refine { value: Box::new(value), field: it.name.clone() }, ty)
}

fn change(storage: &mut Storage, found: &Storage, rng: &mut Rng) {
    if storage.tables.is_empty() || rng.chance(6) {
        let free = (0..).map(|at| format!("x{at}")).find(|it| storage.table(it).is_none()).unwrap();
        let mut made = table(&free, rng.chance(40));
        made.columns.push(any_column("c0", rng));
        return storage.tables.push(made);
    }
    let at = rng.below(storage.tables.len());
    let kept = found.table(&storage.tables[at].name).is_some();
    match rng.below(13) {
        0 => {
            let gone = storage.tables.remove(at).name;
            for table in &mut storage.tables {
                table.foreign_keys.retain(|it| it.table != gone);
            }
        }
        1 | 2 => {
            let mut column = any_column(&name(&storage.tables[at], rng), rng);
            if column.kind == StoredKind::Bytes {
                column.optional = true;
            }
            column.origin.fill = (!column.optional).then(|| fill(&column));
            storage.tables[at].columns.push(column);
        }
        3 => drop_column(&mut storage.tables[at], rng),
        4 | 5 if kept => rename(storage, at, found, rng),
        6 => unique(&mut storage.tables[at], rng),
        7 => indexed(&mut storage.tables[at], rng),
        8 => point(storage, at, rng),
        9 => {
            let table = &mut storage.tables[at];
            let (many, few) = (rng.below(3), rng.below(3));
            table.indexes.truncate(many);
            table.uniques.truncate(few);
        }
        10 => {
            if let Some(foreign) = storage.tables[at].foreign_keys.first_mut() {
                foreign.on_delete = OnDelete::Cascade;
            }
        }
        _ => alter(&mut storage.tables[at], rng),
    }
}

fn own(table: &Table, rng: &mut Rng) -> Option<usize> {
    let at = rng.below(table.columns.len());
    let column = &table.columns[at];
    let is_own = column.name != table.key && !table.foreign_keys.iter().any(|it| it.column == column.name);
    is_own.then_some(at)
}

fn drop_column(table: &mut Table, rng: &mut Rng) {
    let at = rng.below(table.columns.len());
    if table.columns[at].name == table.key {
        return;
    }
    let gone = table.columns.remove(at).name;
    table.uniques.retain(|it| !it.contains(&gone));
    table.indexes.retain(|it| it.columns.iter().all(|(name, _)| *name != gone));
    table.foreign_keys.retain(|it| it.column != gone);
}

/// Any column may be renamed, the key too.
fn rename(storage: &mut Storage, at: usize, found: &Storage, rng: &mut Rng) {
    let table = &mut storage.tables[at];
    let (place, new) = (rng.below(table.columns.len()), name(table, rng));
    let old = std::mem::replace(&mut table.columns[place].name, new.clone());
    if found.table(&table.name).and_then(|it| it.column(&old)).is_some() {
        table.columns[place].origin.was = Some(old.clone());
    }
    let change = |name: &mut SmolStr| {
        if *name == old {
            name.clone_from(&new);
        }
    };
    table.uniques.iter_mut().flatten().for_each(change);
    table.indexes.iter_mut().flat_map(|it| &mut it.columns).for_each(|(name, _)| change(name));
    table.foreign_keys.iter_mut().for_each(|it| change(&mut it.column));
    if table.key == old {
        table.key.clone_from(&new);
        let own = table.name.clone();
        for foreign in storage.tables.iter_mut().flat_map(|it| &mut it.foreign_keys) {
            if foreign.table == own {
                foreign.key.clone_from(&new);
            }
        }
    }
}

/// Another kind, another rule, or null allowed or not.
fn alter(table: &mut Table, rng: &mut Rng) {
    let Some(at) = own(table, rng) else { return };
    let column = &mut table.columns[at];
    match rng.below(4) {
        0 => {
            column.kind = match column.kind {
                StoredKind::Int => *rng.pick(&[StoredKind::Decimal(2), StoredKind::Float, StoredKind::Text]),
                StoredKind::Decimal(_) => {
                    *rng.pick(&[StoredKind::Decimal(3), StoredKind::Decimal(1), StoredKind::Int])
                }
                StoredKind::Bool => *rng.pick(&[StoredKind::Int, StoredKind::Text]),
                StoredKind::Text => *rng.pick(&[StoredKind::Uuid, StoredKind::Int, StoredKind::Bytes]),
                StoredKind::Uuid => StoredKind::Text,
                StoredKind::Date => StoredKind::Instant,
                StoredKind::Instant => StoredKind::Date,
                kind @ (StoredKind::Float | StoredKind::Bytes | StoredKind::Duration | StoredKind::Json) => {
                    kind
                }
            };
            column.check = None;
        }
        1 => column.check = check(column.kind, rng),
        2 => {
            column.optional = !column.optional;
        }
        _ => {
            if let Some(Check::OneOf(members)) = &mut column.check {
                let at = rng.below(members.len());
                let new = format_smolstr!("z{}", rng.below(1_000));
                let old = std::mem::replace(&mut members[at], new.clone());
                members.sort();
                column.origin.renamed.push((new, old));
            }
        }
    }
    if !column.optional && column.kind != StoredKind::Bytes {
        column.origin.fill = Some(fill(column));
    }
}

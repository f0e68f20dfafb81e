//! The tables of a contract, as a migration plans with them.
use super::shape::Plain;
use super::{BOUNDED, Column, Contract, Relation, SHAPED, Scalar, Shape, Table};
use quater_ir::Id;
use quater_ir::expr::{Expr, Node};
use quater_ir::storage::{self, Check, ForeignKey, Index, Origin, Storage, StoredColumn, StoredKind};
use quater_ir::types::{Bounds, EMAIL_LIMIT, Type, URL_LIMIT};
use quater_ir::value::Literal;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use smol_str::{SmolStr, format_smolstr};

/// An index in one line: `customer, created desc`.
pub(super) fn line(index: &Index) -> SmolStr {
    let one = |(name, down): &(SmolStr, bool)| if *down { format!("{name} desc") } else { name.to_string() };
    format_smolstr!("{}", index.columns.iter().map(one).collect::<Vec<_>>().join(", "))
}

/// The tables of a contract. What a default comes to is not in it, nor what rows get that were there before,
/// only that there is such a value.
pub fn storage(contract: &Contract) -> Storage {
    let tables = contract.tables.iter().map(|(name, it)| table(contract, name, it));
    let (shaped, bounded) = (contract.lock >= SHAPED, contract.lock >= BOUNDED);
    Storage { tables: tables.collect(), shaped, bounded }
}

fn table(contract: &Contract, name: &SmolStr, table: &Table) -> storage::Table {
    let columns: Vec<StoredColumn> =
        table.columns.iter().map(|(name, it)| column(contract, name, it)).collect();
    let key = columns.iter().find(|column| column.name == table.key);
    storage::Table {
        name: name.clone(),
        numbered: key.is_some_and(|key| key.kind == StoredKind::Int),
        columns,
        key: table.key.clone(),
        uniques: table.uniques.iter().cloned().collect(),
        indexes: table.indexes.iter().map(|line| index(line)).collect(),
        foreign_keys: table
            .relations
            .iter()
            .filter_map(|(column, it)| foreign(contract, column, it))
            .collect(),
    }
}

fn index(line: &str) -> Index {
    let one = |part: &str| match part.strip_suffix(" desc") {
        Some(name) => (SmolStr::new(name), true),
        None => (SmolStr::new(part), false),
    };
    Index { columns: line.split(", ").map(one).collect() }
}

fn foreign(contract: &Contract, column: &SmolStr, relation: &Relation) -> Option<ForeignKey> {
    let key = contract.tables.get(&relation.table)?.key.clone();
    let (column, table) = (column.clone(), relation.table.clone());
    Some(ForeignKey { column, table, key, on_delete: relation.on_delete, most: relation.most })
}

fn column(contract: &Contract, name: &SmolStr, column: &Column) -> StoredColumn {
    let optional = column.shape.is_optional();
    let default = column.default.is_some() && !optional;
    let fill = if column.backfilled {
        Some(worked_out())
    } else {
        default.then(|| some(Node::Literal(Literal::Null)))
    };
    let renamed = column.were.iter().map(|(now, before)| (now.clone(), before.clone())).collect();
    let (kind, check) = stored(column);
    StoredColumn {
        name: name.clone(),
        kind,
        optional,
        check,
        shape: super::stored::shape(contract, column),
        origin: Origin { was: column.was.clone(), renamed, fill, field: None },
    }
}

fn some(node: Node) -> Expr {
    Expr::new(node, Type::Null)
}

/// A value of which no more is known than that it is made of the row, and may not fit.
fn worked_out() -> Expr {
    let of_the_row = some(Node::Column { up: 0, via: Vec::new(), column: Id::new(0) });
    some(Node::Refine { value: Box::new(of_the_row), field: SmolStr::default() })
}

fn stored(column: &Column) -> (StoredKind, Option<Check>) {
    let Shape::Scalar(scalar) = column.shape.required() else { return (StoredKind::Json, None) };
    match scalar {
        Scalar::Int(bounds) => (StoredKind::Int, range(bounds.min, bounds.max)),
        Scalar::Float(_) => (StoredKind::Float, None),
        Scalar::Decimal(digits, bounds) => (StoredKind::Decimal(*digits), units(*digits, bounds)),
        Scalar::Text(_) if !column.one_of.is_empty() => {
            (StoredKind::Text, Some(Check::OneOf(column.one_of.iter().cloned().collect())))
        }
        Scalar::Text(rules) => {
            let Bounds { min, max } = rules.length;
            let length = (min.is_some() || max.is_some()).then_some(Check::Length { min, max });
            (StoredKind::Text, length)
        }
        Scalar::Bytes(_) => (StoredKind::Bytes, None),
        Scalar::Plain(plain @ (Plain::Email | Plain::Url)) => {
            let most = if *plain == Plain::Email { EMAIL_LIMIT } else { URL_LIMIT };
            (StoredKind::Text, Some(Check::Length { min: None, max: Some(most) }))
        }
        Scalar::Plain(plain) => (kind(*plain), None),
    }
}

const fn kind(plain: Plain) -> StoredKind {
    match plain {
        Plain::Bool => StoredKind::Bool,
        Plain::Uuid => StoredKind::Uuid,
        Plain::Date => StoredKind::Date,
        Plain::Instant => StoredKind::Instant,
        Plain::Duration => StoredKind::Duration,
        Plain::Url | Plain::Email | Plain::Password => StoredKind::Text,
        Plain::Json | Plain::Null => StoredKind::Json,
    }
}

fn range(min: Option<i64>, max: Option<i64>) -> Option<Check> {
    (min.is_some() || max.is_some()).then_some(Check::Range { min, max })
}

fn units(digits: u8, bounds: &Bounds<Decimal>) -> Option<Check> {
    let scale = 10_u64.checked_pow(digits.into()).map(Decimal::from);
    let unit = |bound: Option<Decimal>| bound?.checked_mul(scale?)?.to_i64();
    range(unit(bounds.min), unit(bounds.max))
}

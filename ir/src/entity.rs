//! Stored records.
use crate::body::Sort;
use crate::expr::Expr;
use crate::fault::Fault;
use crate::resource::Resource;
use crate::types::{Bounds, Type};
use crate::{Arena, Id};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// A stored record. Its row rules are not here: the compiler has put them into the guards of
/// every query that reaches it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entity {
    /// Its name.
    pub name: SmolStr,
    /// What it is for.
    pub docs: String,
    /// The database it lives in.
    pub resource: Id<Resource>,
    /// Its table.
    pub table: SmolStr,
    /// Its columns, in the order of the table.
    pub columns: Arena<Column>,
    /// The column that names a row.
    pub key: Id<Column>,
    /// Who numbers the rows.
    pub numbering: Numbering,
    /// The column that says whose row it is, where rows belong to tenants.
    pub tenant: Option<Id<Column>>,
    /// Sets of columns of which no two rows have the same, beside the key.
    pub uniques: Vec<Unique>,
    /// Far sides of relations that point here; they have no column.
    pub sides: Arena<Side>,
    /// Fields that are worked out from the row. Expressions that name one have it written out, so only
    /// documents and editors look here.
    pub computed: Vec<Computed>,
    /// What `search` looks through, each with the relations that lead to it.
    pub search: Vec<(Vec<Id<Column>>, Id<Column>)>,
}

/// The far side of a relation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// Its name.
    pub name: SmolStr,
    /// What it is for.
    pub docs: String,
    /// The entity of the rows there.
    pub entity: Id<Entity>,
    /// Their column that points back.
    pub by: Id<Column>,
    /// Whether there is at most one row.
    pub single: bool,
    /// How many rows there may be; the most is held on write.
    pub bounds: Bounds<u32>,
    /// Their order; ties break on the key.
    pub sort: Vec<Sort>,
}

/// A field that is worked out from the row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Computed {
    /// Its name.
    pub name: SmolStr,
    /// What it is for.
    pub docs: String,
    /// Its value, over the row; sees every row it needs.
    pub value: Expr,
    /// Whether it may never be shown.
    pub secret: bool,
}

/// Who makes a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Numbering {
    /// A UUID version 7, made by the runtime.
    Uuid,
    /// An int, made by the database.
    Database,
    /// The creator gives it.
    Given,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// Its name in the file and on the wire.
    pub name: SmolStr,
    /// Its name in the table.
    pub sql: SmolStr,
    /// What it is for.
    pub docs: String,
    /// Its type; a relation has [`Type::Ref`].
    pub ty: Type,
    /// Whether it may never be shown.
    pub secret: bool,
    /// What stands in at `create`.
    pub default: Option<Expr>,
    /// What is set again at each update that does not set it.
    pub on_update: Option<Expr>,
    /// What happens when the row it points to is deleted.
    pub on_delete: Option<OnDelete>,
    /// Its name in the table before it was renamed.
    pub was: Option<SmolStr>,
    /// What rows get that were there before it, over their other columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backfill: Option<Expr>,
    /// Where the bytes are kept, of a [`Type::File`].
    pub files: Option<Id<Resource>>,
}

/// What becomes of a row when the row it points to is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnDelete {
    /// It goes too.
    Cascade,
    /// The deletion is refused.
    Restrict,
    /// The relation becomes null.
    Null,
}

/// A set of columns that names at most one row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unique {
    /// The columns.
    pub columns: Vec<Id<Column>>,
    /// What a second row raises; without it `Invalid(field, "is already taken")`.
    pub fault: Option<Id<Fault>>,
}

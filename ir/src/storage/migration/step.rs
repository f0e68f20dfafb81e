//! One step of a migration.
use super::super::{Check, ForeignKey, Index, StoredColumn, StoredKind, Table};
use super::Reshaped;
use crate::expr::Expr;
use smol_str::{SmolStr, format_smolstr};

/// One change of one table.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// The table.
    pub table: SmolStr,
    /// What is done to it.
    pub action: Action,
    /// What it does to the rows that are there.
    pub grade: Grade,
    /// What the file could say instead, where something would be kept by it.
    pub hint: Option<String>,
}

/// What a step does to the rows that are there, and to programs of the version before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// Every row fits, and nothing is lost.
    Safe,
    /// Nothing is lost, but rows may stand in the way, which is found out first, or programs of the version
    /// before stop working: the new is added and filled, then the old is taken away.
    ExpandContract,
    /// Something that is stored is thrown away.
    Lossy,
    /// It is not done, because no row could come to fit.
    Refused,
}

/// What is done to a table. Columns have their new names, where nothing else is said.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// The table is made.
    CreateTable(Table),
    /// The table goes with its rows.
    DropTable(Table),
    /// A column is added; in rows that are there it is null, or what stands in if it may not be.
    AddColumn(StoredColumn),
    /// A column goes with its values.
    DropColumn(StoredColumn),
    /// A column gets another name.
    RenameColumn {
        /// Its name before.
        from: SmolStr,
        /// Its name after.
        to: SmolStr,
    },
    /// A column is of another kind.
    Convert {
        /// The column.
        column: SmolStr,
        /// The kind before.
        from: StoredKind,
        /// The kind after.
        to: StoredKind,
        /// What stands in where a value has no other.
        fill: Option<Expr>,
    },
    /// Texts that a column holds are replaced by others.
    RenameMembers {
        /// The column.
        column: SmolStr,
        /// Each new text with the one before.
        renamed: Vec<(SmolStr, SmolStr)>,
    },
    /// A column may be null.
    AllowNull(SmolStr),
    /// A column may not be null any more.
    Require {
        /// The column.
        column: SmolStr,
        /// What rows get that have nothing there.
        fill: Option<Expr>,
    },
    /// A column is checked by another rule.
    Check {
        /// The column.
        column: SmolStr,
        /// The rule before.
        from: Option<Check>,
        /// The rule after.
        to: Option<Check>,
    },
    /// The values of a column are of another shape, which the database does not check.
    Reshape {
        /// The column.
        column: SmolStr,
        /// Before and after.
        shape: Box<Reshaped>,
    },
    /// A set of columns is without duplicates.
    AddUnique(Vec<SmolStr>),
    /// A set of columns, by the names before, may have duplicates.
    DropUnique(Vec<SmolStr>),
    /// An index is added.
    AddIndex(Index),
    /// An index, by the names before, goes.
    DropIndex(Index),
    /// A column points to another table.
    AddForeignKey(ForeignKey),
    /// A column, by the name before, does not point any more.
    DropForeignKey(ForeignKey),
    /// A column points elsewhere, or does something else when the row there goes.
    Point {
        /// The relation before, by the names before.
        from: ForeignKey,
        /// The relation after.
        to: ForeignKey,
    },
    /// As many rows as this may point to one of another table, which the database does not hold.
    Bound {
        /// The column that points there.
        column: SmolStr,
        /// The other table.
        to: SmolStr,
        /// How many; none for any number.
        most: Option<u32>,
    },
    /// The key is another.
    Key {
        /// The column before.
        from: SmolStr,
        /// The column after.
        to: SmolStr,
    },
}

impl Step {
    pub(super) fn new(table: &SmolStr, action: Action, grade: Grade) -> Self {
        Self { table: table.clone(), action, grade, hint: None }
    }

    /// The code by which a loss is accepted; the same step has the same one wherever it is planned.
    pub fn code(&self) -> Option<SmolStr> {
        (self.grade == Grade::Lossy).then(|| short(&self.identity()))
    }

    /// What makes a lossy step this one: words that are never written otherwise.
    fn identity(&self) -> String {
        let table = &self.table;
        match &self.action {
            Action::DropTable(_) => format!("drop-table {table}"),
            Action::DropColumn(column) => format!("drop-column {table}.{} {:?}", column.name, column.kind),
            Action::Convert { column, from, to, .. } => format!("convert {table}.{column} {from:?} {to:?}"),
            Action::CreateTable(_)
            | Action::AddColumn(_)
            | Action::RenameColumn { .. }
            | Action::RenameMembers { .. }
            | Action::AllowNull(_)
            | Action::Require { .. }
            | Action::Check { .. }
            | Action::Reshape { .. }
            | Action::AddUnique(_)
            | Action::DropUnique(_)
            | Action::AddIndex(_)
            | Action::DropIndex(_)
            | Action::AddForeignKey(_)
            | Action::DropForeignKey(_)
            | Action::Point { .. }
            | Action::Bound { .. }
            | Action::Key { .. } => format!("{table} {:?}", self.action),
        }
    }
}

impl Grade {
    /// Its name, as people and programs read it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::ExpandContract => "expand-contract",
            Self::Lossy => "lossy",
            Self::Refused => "refused",
        }
    }
}

/// Five letters and digits of a text's FNV-1a hash, without those that look like others.
fn short(text: &str) -> SmolStr {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    let letter =
        |at: u32| LETTERS.get((hash >> (at * 5 + 24)) as usize & 31).copied().map_or('x', char::from);
    format_smolstr!("{}", (0..5).map(letter).collect::<String>())
}

//! Broken constraints as faults.
use super::{DatabaseError, sqlite};
use crate::call::Refusal;
use crate::stop::Stop;
use quater_ir::entity::{Column, Entity};
use quater_ir::fault::{CONFLICT, Fault};
use quater_ir::{Id, Program};

/// A constraint that a write breaks.
pub(crate) enum Broken {
    /// A fault that the entity declares for a set of columns.
    Declared(Id<Fault>),
    /// A value that another row has already: the column.
    Taken(String),
    /// A value outside its type: the column.
    Outside(String),
    /// A value that an index has no room for: the column.
    TooLong(String),
    /// Another row points to this one, or this one to a row that is gone.
    Related,
}

impl Broken {
    /// That another row has the values of some columns, as its database would say it.
    pub(crate) fn taken(entity: &Entity, columns: &[Id<Column>]) -> Self {
        let same =
            |its: &[Id<Column>]| its.len() == columns.len() && its.iter().all(|it| columns.contains(it));
        let unique = entity.uniques.iter().find(|unique| same(&unique.columns));
        match unique.and_then(|unique| unique.fault) {
            Some(fault) => Self::Declared(fault),
            None => {
                let last = unique.map_or(columns, |unique| &unique.columns).last();
                Self::Taken(last.map_or_else(String::new, |column| entity.columns[*column].name.to_string()))
            }
        }
    }

    /// What the caller gets.
    pub(crate) fn stop(self, program: &Program) -> Stop {
        match self {
            Self::Declared(fault) => Refusal::plain(program, fault).into(),
            Self::Taken(column) => Stop::invalid(&column, "taken", "is already taken"),
            Self::Outside(column) => Stop::invalid(&column, "out_of_range", "is outside what may be stored"),
            Self::TooLong(column) => Stop::invalid(&column, "too_long", "is too long for its index"),
            Self::Related => Refusal::saying(CONFLICT, "other records depend on this one").into(),
        }
    }
}

/// The constraint that an error is about; nothing for errors of another kind.
pub(crate) fn constraint(error: &DatabaseError, entity: &Entity) -> Option<Broken> {
    match error {
        DatabaseError::Sqlite(error) => sqlite::broken::constraint(error, entity),
        #[cfg(feature = "postgres")]
        DatabaseError::Postgres(error) => super::postgres::broken::constraint(error, entity),
    }
}

/// Whether an error is about a relation.
pub(crate) fn is_related(error: &DatabaseError) -> bool {
    match error {
        DatabaseError::Sqlite(error) => sqlite::broken::is_related(error),
        #[cfg(feature = "postgres")]
        DatabaseError::Postgres(error) => super::postgres::broken::is_related(error),
    }
}

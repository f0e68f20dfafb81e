//! Which records a document speaks of, and how often.
use indexmap::IndexMap;
use quater_ir::types::{Page, Record, Type};
use quater_ir::{Id, Program};

/// Which way a value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Flow {
    /// From the caller.
    In,
    /// To the caller.
    Out,
}

/// How many places refer to a record, each way.
pub(super) type Uses = IndexMap<(Id<Record>, Flow), u32>;

/// Counts every record that these types reach.
pub(super) fn count<'a>(program: &Program, types: impl IntoIterator<Item = (&'a Type, Flow)>) -> Uses {
    let mut uses = Uses::new();
    let mut open: Vec<_> = types.into_iter().filter_map(|(ty, flow)| Some((record(ty)?, flow))).collect();
    while let Some((id, flow)) = open.pop() {
        let places = uses.entry((id, flow)).or_insert(0);
        *places += 1;
        if *places == 1 {
            let fields = program.records[id].fields.values();
            open.extend(fields.filter_map(|field| Some((record(&field.ty)?, flow))));
        }
    }
    uses
}

/// The record at the bottom of lists and optionals.
fn record(mut ty: &Type) -> Option<Id<Record>> {
    loop {
        match ty {
            Type::Record(id) => return Some(*id),
            Type::List(inner, _) | Type::Optional(inner) | Type::Page(Page { of: inner, .. }) => ty = inner,
            Type::Bool
            | Type::Int(_)
            | Type::Float(_)
            | Type::Decimal { .. }
            | Type::Text(_)
            | Type::Bytes { .. }
            | Type::Uuid
            | Type::Date
            | Type::Instant
            | Type::Duration
            | Type::Json
            | Type::Url
            | Type::Email
            | Type::Password
            | Type::Enum(_)
            | Type::Ref(_)
            | Type::Row(_)
            | Type::Map(..)
            | Type::Tuple(_)
            | Type::Union(_)
            | Type::Stream(_)
            | Type::Patch(_)
            | Type::File(_)
            | Type::Null => return None,
        }
    }
}

//! Which records a document speaks of, and how often.
use indexmap::IndexMap;
use quater_ir::types::{Record, Type};
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
    let mut open: Vec<(Id<Record>, Flow)> = Vec::new();
    for (ty, flow) in types {
        records(program, ty, &mut |id| open.push((id, flow)));
    }
    while let Some((id, flow)) = open.pop() {
        let places = uses.entry((id, flow)).or_insert(0);
        *places += 1;
        if *places == 1 {
            for field in program.records[id].fields.values() {
                records(program, &field.ty, &mut |id| open.push((id, flow)));
            }
        }
    }
    uses
}

/// The records that values of a type hold.
fn records(program: &Program, ty: &Type, found: &mut impl FnMut(Id<Record>)) {
    ty.records(&program.unions).into_iter().for_each(&mut *found);
    ty.children().into_iter().for_each(|part| records(program, part, found));
}

//! What is known of steps once they are planned.
use super::body::Step;
use super::cells::Gives;
use super::query::Read;
use quater_ir::expr::Pattern;

/// The blocks of a `match`.
fn choices<'s>(
    arms: &'s [(Vec<Pattern>, Vec<Step>)],
    otherwise: &'s [Step],
) -> impl Iterator<Item = &'s [Step]> {
    arms.iter().map(|(_, block)| block.as_slice()).chain([otherwise])
}

/// How many queries a block may make; a loop counts as many.
pub(crate) fn queries(block: &[Step]) -> usize {
    block
        .iter()
        .map(|step| match step {
            Step::Let { .. }
            | Step::Require { .. }
            | Step::Request { .. }
            | Step::Link { .. }
            | Step::ReadFile { .. }
            | Step::Progress { .. }
            | Step::Same { .. }
            | Step::Return(_) => 0,
            Step::If { then, otherwise, .. } => queries(then).max(queries(otherwise)),
            Step::Match { arms, otherwise, .. } => {
                choices(arms, otherwise).map(queries).max().unwrap_or_default()
            }
            Step::For { block, .. } => queries(block).saturating_mul(2),
            Step::Batches { batches } => queries(&batches.block).saturating_mul(2).saturating_add(2),
            Step::Upsert { .. } | Step::Call { .. } => 2,
            Step::Native { native } => 2 * usize::from(native.reads),
            Step::Read { read, .. } | Step::Answer { read, .. } | Step::Again { read, .. } => read.queries(),
            Step::Keys { .. }
            | Step::Create { .. }
            | Step::Update { .. }
            | Step::UpdateWhere { .. }
            | Step::Delete { .. }
            | Step::DeleteWhere { .. } => 1,
        })
        .sum()
}

/// Whether a block writes after it has read rows that it does not hold, or reads such and others write
/// `later`.
pub(crate) fn decides(block: &[Step], later: bool) -> bool {
    let mut writes = later;
    block.iter().rev().any(|step| {
        let decides = match step {
            Step::Read { read, .. } => writes && !read.lock,
            Step::Keys { .. } => writes,
            Step::Call { call, .. } => call.reads && (writes || call.writes),
            Step::If { then, otherwise, .. } => decides(then, writes) || decides(otherwise, writes),
            Step::Match { arms, otherwise, .. } => {
                choices(arms, otherwise).any(|block| decides(block, writes))
            }
            Step::For { block, .. } => decides(block, writes || self::writes(block)),
            Step::Batches { batches } => !batches.read.lock && (writes || self::writes(&batches.block)),
            Step::Let { .. }
            | Step::Answer { .. }
            | Step::Require { .. }
            | Step::Request { .. }
            | Step::Link { .. }
            | Step::ReadFile { .. }
            | Step::Progress { .. }
            | Step::Return(_)
            | Step::Create { .. }
            | Step::Upsert { .. }
            | Step::Update { .. }
            | Step::UpdateWhere { .. }
            | Step::Delete { .. }
            | Step::DeleteWhere { .. }
            | Step::Again { .. }
            | Step::Same { .. }
            // Which of its verbs a body in Rust uses, and in which order, is seen when it runs.
            | Step::Native { .. } => false,
        };
        writes |= self::writes(std::slice::from_ref(step));
        decides
    })
}

fn writes(block: &[Step]) -> bool {
    block.iter().any(|step| match step {
        Step::Create { .. }
        | Step::Upsert { .. }
        | Step::Update { .. }
        | Step::UpdateWhere { .. }
        | Step::Delete { .. }
        | Step::DeleteWhere { .. } => true,
        Step::Call { call, .. } => call.writes,
        Step::Native { native } => native.writes,
        Step::If { then, otherwise, .. } => writes(then) || writes(otherwise),
        Step::Match { arms, otherwise, .. } => choices(arms, otherwise).any(writes),
        Step::For { block, .. } => writes(block),
        Step::Batches { batches } => writes(&batches.block),
        Step::Let { .. }
        | Step::Read { .. }
        | Step::Answer { .. }
        | Step::Keys { .. }
        | Step::Require { .. }
        | Step::Request { .. }
        | Step::Link { .. }
        | Step::ReadFile { .. }
        | Step::Progress { .. }
        | Step::Again { .. }
        | Step::Same { .. }
        | Step::Return(_) => false,
    })
}

/// Whether a block reads nothing but single rows, which their keys or uniques name, and does so once.
pub(crate) fn is_quick(block: &[Step]) -> bool {
    !block.iter().any(|step| matches!(step, Step::Native { .. }))
        && only_reads(block, |read| matches!(read.gives, Gives::Row(_) | Gives::Shape(_)))
}

/// Whether a block does nothing but reckon and read, so that nobody sees whether it is done twice.
pub(crate) fn is_light(block: &[Step]) -> bool {
    only_reads(block, |_| true)
}

/// Whether a block reckons and makes such reads, each once, and nothing else.
fn only_reads(block: &[Step], such: fn(&Read) -> bool) -> bool {
    block.iter().all(|step| match step {
        Step::Let { .. } | Step::Require { .. } | Step::Return(_) => true,
        Step::Native { native } => native.quiet,
        Step::Read { read, .. } | Step::Answer { read, .. } => such(read),
        Step::If { then, otherwise, .. } => only_reads(then, such) && only_reads(otherwise, such),
        Step::Match { arms, otherwise, .. } => choices(arms, otherwise).all(|block| only_reads(block, such)),
        Step::For { .. }
        | Step::Batches { .. }
        | Step::Keys { .. }
        | Step::Upsert { .. }
        | Step::Call { .. }
        | Step::Request { .. }
        | Step::Link { .. }
        | Step::ReadFile { .. }
        | Step::Progress { .. }
        | Step::Create { .. }
        | Step::Update { .. }
        | Step::UpdateWhere { .. }
        | Step::Delete { .. }
        | Step::DeleteWhere { .. }
        | Step::Again { .. }
        | Step::Same { .. } => false,
    })
}

/// Whether a step itself changes or holds what others may touch, so that nobody must be waited for behind it.
pub(crate) const fn holds(step: &Step) -> bool {
    match step {
        Step::Create { .. }
        | Step::Update { .. }
        | Step::UpdateWhere { .. }
        | Step::Delete { .. }
        | Step::DeleteWhere { .. }
        | Step::Upsert { .. }
        | Step::Batches { .. } => true,
        Step::Call { call, .. } => call.holds,
        Step::Read { read, .. } | Step::Answer { read, .. } | Step::Again { read, .. } => read.lock,
        Step::Let { .. }
        | Step::Same { .. }
        | Step::Require { .. }
        | Step::Keys { .. }
        | Step::Request { .. }
        | Step::Link { .. }
        | Step::ReadFile { .. }
        | Step::Progress { .. }
        // A body in Rust leaves at the verb that does so.
        | Step::Native { .. }
        | Step::If { .. }
        | Step::Match { .. }
        | Step::For { .. }
        | Step::Return(_) => false,
    }
}

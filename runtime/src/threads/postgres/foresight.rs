//! How well the answers of an operation's statements are foreseen: where that fails often, each is waited for.
use quater_ir::Id;
use quater_ir::operation::Operation;
use std::sync::atomic::{AtomicU32, Ordering};

/// Most credit of an operation. Each of its calls earns 1.
const MOST: u32 = 64;

/// What a call costs that has to be done again because an answer was not as it was foreseen.
const MISS: u32 = 16;

/// The credit of every operation, by their ids.
pub(super) struct Foresight(Vec<AtomicU32>);

impl Foresight {
    /// Full credit for so many operations.
    pub(super) fn of(operations: usize) -> Self {
        Self((0..operations).map(|_| AtomicU32::new(MOST)).collect())
    }

    /// Whether a call is to foresee answers.
    pub(super) fn is_good(&self, operation: Id<Operation>) -> bool {
        let Some(credit) = self.0.get(operation.index()) else { return false };
        let earned = credit.load(Ordering::Relaxed).saturating_add(1).min(MOST);
        // What another thread adds meanwhile may be lost: it is a credit, not a count.
        credit.store(earned, Ordering::Relaxed);
        earned >= MISS
    }

    /// Notes that a call has to be done again.
    pub(super) fn missed(&self, operation: Id<Operation>) {
        if let Some(credit) = self.0.get(operation.index()) {
            credit.store(credit.load(Ordering::Relaxed).saturating_sub(MISS), Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Foresight, MISS, MOST};
    use quater_ir::Id;

    #[test]
    fn an_operation_that_keeps_missing_foresees_once_in_a_while() {
        let foresight = Foresight::of(1);
        let tried = (0..MOST * 10).filter(|_| {
            let good = foresight.is_good(Id::new(0));
            if good {
                foresight.missed(Id::new(0));
            }
            good
        });
        let tried = tried.count() as u32;
        assert!((MOST * 10 / MISS..MOST * 12 / MISS).contains(&tried), "{tried}");
        assert!(!foresight.is_good(Id::new(1)));
    }

    #[test]
    fn one_that_seldom_misses_always_foresees() {
        let foresight = Foresight::of(1);
        for call in 1..=MOST * 10 {
            assert!(foresight.is_good(Id::new(0)));
            if call % (MISS + 1) == 0 {
                foresight.missed(Id::new(0));
            }
        }
    }
}

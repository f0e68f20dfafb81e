//! Many versions, one after the other, there and back.
use super::live::Live;
use super::{apply, assert_kept, kept, open, random, roll_back};
use quater_ir::storage::Storage;
use quater_ir::storage::migration;
use quater_runtime::migrate::{MigrateError, Way};

/// Versions that the chain has at least.
const VERSIONS: u32 = 32;

/// Applies random changes one after the other to a database that keeps getting rows. A migration that can be
/// taken back is, and then applied again.
fn chain(live: &Live, seed: u64) {
    let mut rng = random::Rng::new(seed);
    let mut now = random::storage(&mut rng);
    apply(live, &Storage::default(), &now, 1).unwrap();
    let (mut version, mut back) = (1, 0);
    while version < VERSIONS {
        live.fill(&now, &mut rng);
        let wanted = random::changed(&now, &mut rng);
        let (before, shape) = (live.rows(&now), live.shape());
        let context = format!("seed {seed}, version {}", version + 1);
        match apply(live, &now, &wanted, version + 1) {
            Err(MigrateError::Blocked(_)) => {
                assert_eq!(live.rows(&now), before, "{context}");
                continue;
            }
            done => done.unwrap_or_else(|error| panic!("{context}: {error:?}")),
        };
        let after = live.rows(&wanted);
        assert_kept(&context, &kept(&before, &now, &wanted), &after);
        let steps = migration::plan(&now, &wanted);
        if steps.is_empty() {
            now = wanted;
            continue;
        }
        match roll_back(live, &wanted, &now) {
            Ok(_) => {
                assert_eq!(live.shape(), shape, "{context}, back");
                let same = kept(&after, &wanted, &migration::undoing(&now, &wanted));
                assert_kept(&format!("{context}, back"), &same, &live.rows(&now));
                back += 1;
                apply(live, &now, &wanted, version + 1)
                    .unwrap_or_else(|error| panic!("{context} again: {error:?}"));
            }
            Err(MigrateError::Irreversible { lines }) => {
                assert!(
                    lines.iter().any(|line| line.contains("drop") || line.contains("store")),
                    "{lines:?}"
                );
            }
            Err(MigrateError::Blocked(_)) => {}
            Err(error) => panic!("{context}, back: {error:?}"),
        }
        version += 1;
        now = wanted;
    }
    let past = open(live, &now, version).status().unwrap().past;
    assert!(past.len() >= VERSIONS as usize - 1, "{} migrations are written down", past.len());
    assert!(back > 5, "only {back} were taken back");
    let fresh = live.another();
    apply(&fresh, &Storage::default(), &now, version).unwrap();
    assert_eq!(live.shape(), fresh.shape(), "after {version} versions the tables are those of the last");
    assert!(open(live, &now, version).plan(Way::Forth).unwrap().is_empty());
}

#[test]
fn a_long_chain_of_versions_on_sqlite() {
    for seed in [3, 4] {
        chain(&Live::sqlite(), seed);
    }
}

#[test]
fn a_long_chain_of_versions_on_postgres() {
    if let Some(live) = Live::postgres() {
        chain(&live, 5);
    }
}

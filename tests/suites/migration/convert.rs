//! Values that become others of another kind: each with an equal, or told.
use super::live::Live;
use super::tables::{column, table};
use super::{apply, roll_back};
use quater_ir::storage::StoredKind::{Bool, Bytes, Date, Decimal, Float, Instant, Int, Text, Uuid};
use quater_ir::storage::{Storage, StoredColumn, StoredKind};
use quater_runtime::migrate::MigrateError;

/// A kind, values in SQL that have equals in another kind, what they are then, and values that have none.
type Case = (StoredKind, StoredKind, &'static [(&'static str, &'static str)], &'static [&'static str]);

const ID: &str = "0199f6c4-7d0e-7a31-9f1c-2b8e4f6a9d10";

/// As SQLite stores them; decimals are units, dates days, instants milliseconds.
const SQLITE: &[Case] = &[
    (Int, Float, &[("7", "7.0"), ("-9007199254740991", "-9007199254740991.0")], &[]),
    (Int, Decimal(2), &[("7", "700"), ("-1", "-100")], &[]),
    (Int, Decimal(6), &[("7", "7000000")], &["9007199254740991"]),
    (Int, Text, &[("7", "7"), ("-1", "-1")], &[]),
    (Int, Bool, &[("0", "0"), ("1", "1")], &["2"]),
    (Bool, Int, &[("1", "1")], &[]),
    (Bool, Text, &[("1", "true"), ("0", "false")], &[]),
    (Text, Bool, &[("'true'", "1"), ("'false'", "0")], &["'yes'", "''"]),
    (Text, Int, &[("'7'", "7"), ("'-12'", "-12")], &["'7x'", "' 7'", "'07'", "'99999999999999999'", "''"]),
    (
        Text,
        Uuid,
        &[("'0199f6c4-7d0e-7a31-9f1c-2b8e4f6a9d10'", "0199f6c47d0e7a319f1c2b8e4f6a9d10")],
        &["'x'", "'0199'"],
    ),
    (Uuid, Text, &[("x'0199f6c47d0e7a319f1c2b8e4f6a9d10'", ID)], &[]),
    (Text, Bytes, &[("'ab'", "6162")], &[]),
    (Decimal(2), Decimal(3), &[("150", "1500")], &["9223372036854775807"]),
    (Decimal(3), Decimal(2), &[("1500", "150"), ("-10", "-1")], &["1501"]),
    (Decimal(2), Int, &[("700", "7")], &["150"]),
    (Decimal(2), Text, &[("150", "1.50"), ("-5", "-0.05"), ("700", "7.00")], &[]),
    (Decimal(2), Float, &[("150", "1.5")], &["9223372036854775807"]),
    (Float, Int, &[("7.0", "7")], &["7.5", "1e300"]),
    (Float, Decimal(2), &[("1.5", "150"), ("0.1", "10")], &["0.125", "1e300"]),
    (Date, Instant, &[("2", "172800000"), ("-1", "-86400000")], &[]),
    (Instant, Date, &[("172800000", "2")], &["172800001"]),
];

const POSTGRES: &[Case] = &[
    (Int, Float, &[("7", "7")], &[]),
    (Int, Decimal(2), &[("7", "7.00"), ("-1", "-1.00")], &[]),
    (Int, Decimal(6), &[("7", "7.000000")], &["9007199254740991"]),
    (Int, Text, &[("7", "7"), ("-1", "-1")], &[]),
    (Int, Bool, &[("0", "false"), ("1", "true")], &["2"]),
    (Bool, Int, &[("true", "1")], &[]),
    (Bool, Text, &[("true", "true"), ("false", "false")], &[]),
    (Text, Bool, &[("'true'", "true"), ("'false'", "false")], &["'yes'", "''"]),
    (Text, Int, &[("'7'", "7"), ("'-12'", "-12")], &["'7x'", "' 7'", "'07'", "'99999999999999999'", "''"]),
    (
        Text,
        Uuid,
        &[("'0199f6c4-7d0e-7a31-9f1c-2b8e4f6a9d10'", "0199f6c47d0e7a319f1c2b8e4f6a9d10")],
        &["'x'", "'0199'"],
    ),
    (Uuid, Text, &[("'0199f6c47d0e7a319f1c2b8e4f6a9d10'", ID)], &[]),
    (Text, Bytes, &[("'ab'", "6162")], &[]),
    (Decimal(2), Decimal(3), &[("1.50", "1.500")], &["92233720368547758.07"]),
    (Decimal(3), Decimal(2), &[("1.500", "1.50"), ("-0.01", "-0.01")], &["1.501"]),
    (Decimal(2), Int, &[("7", "7")], &["1.5"]),
    (Decimal(2), Text, &[("1.5", "1.50"), ("-0.05", "-0.05"), ("7", "7.00")], &[]),
    (Decimal(2), Float, &[("1.5", "1.5")], &["92233720368547758.07"]),
    (Float, Int, &[("7.0", "7")], &["7.5", "1e300"]),
    (Float, Decimal(2), &[("1.5", "1.50"), ("0.1", "0.10")], &["0.125", "1e300"]),
    (Date, Instant, &[("date '1970-01-03'", "172800000"), ("date '1969-12-31'", "-86400000")], &[]),
    (
        Instant,
        Date,
        &[("timestamptz '1970-01-03 00:00:00+00'", "1970-01-03")],
        &["timestamptz '1970-01-03 00:00:01+00'"],
    ),
];

fn storage(kind: StoredKind) -> Storage {
    let mut it = table("t", true);
    it.columns.push(StoredColumn { optional: true, ..column("v", kind) });
    Storage { tables: vec![it], shaped: false, bounded: false }
}

fn all(cases: &[Case], fresh: impl Fn() -> Option<Live>) {
    let Some(_) = fresh() else { return };
    for (from, to, equal, unequal) in cases {
        let live = fresh().unwrap();
        let context = format!("{from:?} to {to:?}");
        let (found, wanted) = (storage(*from), storage(*to));
        apply(&live, &Storage::default(), &found, 1).unwrap();
        live.run("INSERT INTO t (v) VALUES (NULL)");
        equal.iter().for_each(|(value, _)| live.run(&format!("INSERT INTO t (v) VALUES ({value})")));
        let before = live.rows(&found);
        for value in *unequal {
            live.run(&format!("INSERT INTO t (v) VALUES ({value})"));
            let Err(MigrateError::Blocked(plan)) = apply(&live, &found, &wanted, 2) else {
                panic!("{context}: {value} has no equal")
            };
            assert_eq!(plan.steps[0].rows.len(), 1, "{context}: {value}");
            live.run(&format!("DELETE FROM t WHERE id = {}", plan.steps[0].rows[0]));
        }
        apply(&live, &found, &wanted, 2).unwrap_or_else(|error| panic!("{context}: {error:?}"));
        let rows = live.rows(&wanted);
        let mut values = rows["t"].values().map(|row| row["v"].clone());
        assert_eq!(values.next(), Some(None), "{context}");
        let want: Vec<Option<String>> = equal.iter().map(|(_, is)| Some((*is).to_owned())).collect();
        assert_eq!(values.collect::<Vec<_>>(), want, "{context}");
        match roll_back(&live, &wanted, &found) {
            Ok(_) => assert_eq!(live.rows(&found), before, "{context}, back"),
            Err(MigrateError::Irreversible { .. }) => {}
            Err(error) => panic!("{context}, back: {error:?}"),
        }
    }
}

#[test]
fn values_keep_their_meaning_on_sqlite() {
    all(SQLITE, || Some(Live::sqlite()));
}

#[test]
fn values_keep_their_meaning_on_postgres() {
    all(POSTGRES, Live::postgres);
}

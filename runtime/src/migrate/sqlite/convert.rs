//! Values of one kind as values of another, in SQLite's SQL.
use quater_ir::storage::StoredKind;
use quater_ir::types::INT_LIMIT;

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

/// Up to here every whole number is a double.
const EXACT: i64 = 1 << 53;

const fn power(digits: u8) -> i128 {
    10_i128.pow(if digits > 28 { 28 } else { digits as u32 })
}

/// The value of an expression, as another kind; null where there is none.
pub(crate) fn converted(it: &str, from: StoredKind, to: StoredKind) -> String {
    use StoredKind::{Bool, Bytes, Date, Decimal, Float, Instant, Int, Text, Uuid};
    match (from, to) {
        (Bool, Int) | (Int, Bool) => it.to_owned(),
        (Bool, Text) => format!("CASE {it} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END"),
        (Text, Bool) => format!("CASE {it} WHEN 'true' THEN 1 WHEN 'false' THEN 0 END"),
        (Int, Float) => format!("CAST({it} AS REAL)"),
        (Int, Text) | (Decimal(0), Text) => format!("CAST({it} AS TEXT)"),
        (Text, Int) => format!("CAST({it} AS INTEGER)"),
        (Int, Decimal(to)) => format!("{it} * {}", power(to)),
        (Decimal(from), Int) => format!("{it} / {}", power(from)),
        (Decimal(from), Decimal(to)) if to >= from => format!("{it} * {}", power(to - from)),
        (Decimal(from), Decimal(to)) => format!("{it} / {}", power(from - to)),
        (Decimal(from), Float) => format!("CAST({it} AS REAL) / {}.0", power(from)),
        (Decimal(digits), Text) => {
            let (unit, zeros) = (power(digits), "0".repeat(digits.into()));
            let sign = format!("CASE WHEN {it} < 0 THEN '-' ELSE '' END");
            format!(
                "{sign} || (abs({it}) / {unit}) || '.' || substr('{zeros}' || (abs({it}) % {unit}), -{digits})"
            )
        }
        (Float, Int) => format!("CAST({it} AS INTEGER)"),
        (Float, Decimal(to)) => format!("CAST(round({it} * {}.0) AS INTEGER)", power(to)),
        (Date, Instant) => format!("{it} * {DAY}"),
        (Instant, Date) => format!("{it} / {DAY}"),
        (Uuid, Text) => {
            let part = |from: u8, length: u8| format!("substr(hex({it}), {from}, {length})");
            let parts = [part(1, 8), part(9, 4), part(13, 4), part(17, 4), part(21, 12)];
            format!("CASE WHEN {it} IS NOT NULL THEN lower({}) END", parts.join(" || '-' || "))
        }
        (Text, Uuid) => format!("unhex(replace({it}, '-', ''))"),
        (Text, Bytes) => format!("CAST({it} AS BLOB)"),
        (_, _) => "NULL".to_owned(),
    }
}

/// A condition that holds for values that have no equal in another kind.
pub(crate) fn unequal(it: &str, from: StoredKind, to: StoredKind) -> Option<String> {
    use StoredKind::{Bool, Date, Decimal, Float, Instant, Int, Text, Uuid};
    let large = |value: &str| format!("abs({value}) > {INT_LIMIT}");
    Some(match (from, to) {
        (Int, Bool) => format!("{it} NOT IN (0, 1)"),
        (Text, Bool) => format!("{it} NOT IN ('true', 'false')"),
        (Text, Int) => {
            let number = format!("CAST({it} AS INTEGER)");
            format!("CAST({number} AS TEXT) <> {it} OR {}", large(&number))
        }
        (Text, Uuid) => {
            let digits = format!("replace({it}, '-', '')");
            format!("unhex({digits}) IS NULL OR length({digits}) <> 32")
        }
        (Int, Decimal(to)) => format!("abs({it}) > {}", i128::from(i64::MAX) / power(to)),
        (Decimal(from), Int) => {
            format!("{it} % {0} <> 0 OR {1}", power(from), large(&format!("({it} / {})", power(from))))
        }
        (Decimal(from), Decimal(to)) if to >= from => {
            format!("abs({it}) > {}", i128::from(i64::MAX) / power(to - from))
        }
        (Decimal(from), Decimal(to)) => format!("{it} % {} <> 0", power(from - to)),
        (Decimal(_), Float) => format!("abs({it}) > {EXACT}"),
        (Float, Int) => format!("{it} <> CAST({it} AS INTEGER) OR {}", large(it)),
        (Float, Decimal(to)) => {
            let units = format!("{it} * {}.0", power(to));
            format!("abs({units}) > {EXACT} OR round({units}) / {}.0 <> {it}", power(to))
        }
        (Instant, Date) => format!("{it} % {DAY} <> 0"),
        (_, _) => return None,
    })
}

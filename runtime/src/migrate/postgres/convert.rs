//! Values of one kind as values of another, in Postgres's SQL. Nothing here fails on a value that has no equal:
//! such a value is null, and found by the condition.
use quater_ir::storage::StoredKind;
use quater_ir::types::INT_LIMIT;

/// Up to here every whole number is a double.
const EXACT: i64 = 1 << 53;

/// The value of an expression, as another kind; null where there is none.
pub(crate) fn converted(it: &str, from: StoredKind, to: StoredKind) -> String {
    use StoredKind::{Bool, Bytes, Date, Decimal, Float, Instant, Int, Text, Uuid};
    match (from, to) {
        (Bool, Int) => format!("{it}::integer::bigint"),
        (Int, Bool) => format!("{it} = 1"),
        (Text, Bool) => format!("CASE {it} WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END"),
        (Int | Decimal(_), Float) => format!("{it}::double precision"),
        (Bool | Int | Decimal(_) | Uuid, Text) => format!("{it}::text"),
        (Text, Int) => format!("CASE WHEN {it} ~ '^(0|-?[1-9][0-9]{{0,15}})$' THEN {it}::bigint END"),
        (Int, Decimal(_)) => format!("{it}::numeric"),
        (Decimal(_), Int) => format!("CASE WHEN abs({it}) <= {INT_LIMIT} THEN trunc({it})::bigint END"),
        (Decimal(from), Decimal(to)) if to >= from => it.to_owned(),
        (Decimal(_), Decimal(to)) => format!("trunc({it}, {to})"),
        (Float, Int) => format!("CASE WHEN abs({it}) <= {INT_LIMIT} THEN trunc({it})::bigint END"),
        (Float, Decimal(to)) => format!("round({it}::numeric, {to})"),
        (Date, Instant) => format!("{it}::timestamp AT TIME ZONE 'UTC'"),
        (Instant, Date) => format!("({it} AT TIME ZONE 'UTC')::date"),
        (Text, Uuid) => {
            let form = "^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$";
            format!("CASE WHEN {it} ~ '{form}' THEN {it}::uuid END")
        }
        (Text, Bytes) => format!("convert_to({it}, 'UTF8')"),
        (_, _) => "NULL".to_owned(),
    }
}

/// A condition that holds for values that have no equal in another kind.
pub(crate) fn unequal(it: &str, from: StoredKind, to: StoredKind) -> Option<String> {
    use StoredKind::{Bool, Date, Decimal, Float, Instant, Int, Text, Uuid};
    let units = |digits: u8| format!("abs({it}) * 1{}", "0".repeat(digits.into()));
    Some(match (from, to) {
        (Int, Bool) => format!("{it} NOT IN (0, 1)"),
        (Text, Bool) => format!("{it} NOT IN ('true', 'false')"),
        (Text, Int) => {
            let number = converted(it, from, to);
            format!("({number}) IS NULL OR abs({number}) > {INT_LIMIT}")
        }
        (Text, Uuid) => format!("({}) IS NULL", converted(it, from, to)),
        (Int, Decimal(to)) => format!("{}::numeric > {}", units(to).replace(" *", "::numeric *"), i64::MAX),
        (Decimal(_), Int) => format!("{it} <> trunc({it}) OR abs({it}) > {INT_LIMIT}"),
        (Decimal(from), Decimal(to)) if to >= from => format!("{} > {}", units(to), i64::MAX),
        (Decimal(_), Decimal(to)) => format!("{it} <> trunc({it}, {to})"),
        (Decimal(from), Float) => format!("{} > {EXACT}", units(from)),
        (Float, Int) => format!("{it} <> trunc({it}) OR abs({it}) > {INT_LIMIT}"),
        (Float, Decimal(to)) => {
            format!("{} > {EXACT} OR round({it}::numeric, {to})::double precision <> {it}", units(to))
        }
        (Instant, Date) => {
            format!("date_trunc('day', {it} AT TIME ZONE 'UTC') <> {it} AT TIME ZONE 'UTC'")
        }
        (_, _) => return None,
    })
}

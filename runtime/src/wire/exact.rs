//! Numbers of JSON by their digits: a double, which is what a number is read as, keeps the first 15.
use super::tree::Tree;
use rust_decimal::Decimal;

/// Digits that every double keeps.
const KEPT: usize = 15;

impl<'a> Tree<'a> {
    /// Reads JSON text, in which numbers may have more digits than a double.
    pub(crate) fn read(text: &'a [u8]) -> Result<Self, serde_json::Error> {
        let mut tree: Self = serde_json::from_slice(text)?;
        if tree.holds_float() {
            tree.restore(&mut Numbers(text));
        }
        Ok(tree)
    }

    fn holds_float(&self) -> bool {
        match self {
            Self::Float(_) => true,
            Self::List(items) => items.iter().any(Self::holds_float),
            Self::Object(members) => members.iter().any(|(_, member)| member.holds_float()),
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Number(_) | Self::Text(_) => false,
        }
    }

    /// Numbers stand in the tree in the order of the text.
    fn restore(&mut self, numbers: &mut Numbers<'a>) {
        match self {
            Self::Float(_) => {
                if let Some(text) = numbers.next().filter(|text| digits(text) > KEPT) {
                    *self = Self::Number(text);
                }
            }
            Self::Int(_) | Self::Number(_) => _ = numbers.next(),
            Self::List(items) => items.iter_mut().for_each(|item| item.restore(numbers)),
            Self::Object(members) => members.iter_mut().for_each(|(_, member)| member.restore(numbers)),
            Self::Null | Self::Bool(_) | Self::Text(_) => {}
        }
    }
}

/// The numbers of JSON text, which is known to be some.
struct Numbers<'a>(&'a [u8]);

impl<'a> Iterator for Numbers<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        while let Some((first, rest)) = self.0.split_first() {
            if *first == b'"' {
                self.0 = behind_text(rest);
            } else if *first == b'-' || first.is_ascii_digit() {
                let of_number = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
                let end = self.0.iter().position(|byte| !of_number(byte)).unwrap_or(self.0.len());
                let (number, rest) = self.0.split_at(end);
                self.0 = rest;
                return std::str::from_utf8(number).ok();
            } else {
                self.0 = rest;
            }
        }
        None
    }
}

/// What stands behind a string that has been begun.
fn behind_text(mut text: &[u8]) -> &[u8] {
    while let Some((first, rest)) = text.split_first() {
        text = rest;
        match first {
            b'"' => break,
            b'\\' => text = rest.get(1..).unwrap_or_default(),
            _ => {}
        }
    }
    text
}

/// How many digits a number has that say how large it is; zeros at its end count.
fn digits(number: &str) -> usize {
    let mantissa = number.split(['e', 'E']).next().unwrap_or_default();
    let digits = mantissa.trim_start_matches(['-', '0', '.']);
    digits.bytes().filter(u8::is_ascii_digit).count()
}

/// The decimal that a number of JSON is; nothing where a decimal can't be it.
pub(super) fn decimal(number: &str) -> Option<Decimal> {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let mantissa = Decimal::from_str_exact(mantissa).ok()?.normalize();
    let scale = i64::from(mantissa.scale()) - exponent.parse::<i64>().ok()?;
    let units = mantissa.mantissa();
    match u32::try_from(scale) {
        Ok(scale) => Decimal::try_from_i128_with_scale(units, scale).ok(),
        Err(_) if units == 0 => Some(Decimal::ZERO),
        Err(_) => {
            let factor = 10_i128.checked_pow(u32::try_from(scale.unsigned_abs()).ok()?)?;
            Decimal::try_from_i128_with_scale(units.checked_mul(factor)?, 0).ok()
        }
    }
}

/// The decimal that somebody has meant by a number that came as a double.
pub(super) fn meant(double: f64) -> Option<Decimal> {
    let text = double.to_string();
    let significant = if text.contains('.') { text.as_str() } else { text.trim_end_matches('0') };
    if digits(significant) > KEPT { None } else { decimal(&text) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::{Tree, decimal, meant};
    use std::borrow::Cow;

    #[test]
    fn numbers_with_many_digits_keep_them() {
        let text = r#"{"a\"1.00000000000000001":[1,-2.5,"3.14159265358979323846"],"b":0.1000000000000000055,
                       "c":{"d":1234567890123456.78,"e":18446744073709551616,"f":-0,"g":1e400}}"#;
        assert!(Tree::read(text.as_bytes()).is_err(), "no double is so large");
        let text = text.replace("e400", "e4");
        let tree = Tree::read(text.as_bytes()).unwrap();
        let inner = vec![
            (Cow::from("d"), Tree::Number("1234567890123456.78")),
            (Cow::from("e"), Tree::Number("18446744073709551616")),
            (Cow::from("f"), Tree::Float(-0.0)),
            (Cow::from("g"), Tree::Float(1e4)),
        ];
        let list = vec![Tree::Int(1), Tree::Float(-2.5), Tree::Text("3.14159265358979323846".into())];
        let wanted = vec![
            (Cow::from("a\"1.00000000000000001"), Tree::List(list)),
            (Cow::from("b"), Tree::Number("0.1000000000000000055")),
            (Cow::from("c"), Tree::Object(inner)),
        ];
        assert_eq!(tree, Tree::Object(wanted));
    }

    #[test]
    fn a_number_is_the_decimal_that_it_says() {
        for (number, wanted) in [
            ("1234567890123456.78", Some("1234567890123456.78")),
            ("0.1000000000000000055", Some("0.1000000000000000055")),
            ("-12.50e1", Some("-125")),
            ("1.5E-3", Some("0.0015")),
            ("0e99", Some("0")),
            ("1e40", None),
            ("1e-40", None),
            ("1.00000000000000000000000000001", None),
        ] {
            assert_eq!(decimal(number).map(|it| it.to_string()).as_deref(), wanted, "{number}");
        }
        for (double, wanted) in [(0.1, Some("0.1")), (2.5e15, Some("2500000000000000")), (0.1 + 0.2, None)] {
            assert_eq!(meant(double).map(|it| it.to_string()).as_deref(), wanted, "{double}");
        }
    }
}

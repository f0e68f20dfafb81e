//! The one type that the values of several branches have.
use super::coerce::same_kind;
use quater_ir::types::{Bounds, TextRules, Type};

/// The narrowest type that both fit without being checked again, if there is one.
pub(crate) fn join(a: &Type, b: &Type) -> Option<Type> {
    if a == b {
        return Some(a.clone());
    }
    match (a, b) {
        (Type::Null, other) | (other, Type::Null) => Some(other.clone().optional()),
        (Type::Optional(_), _) | (_, Type::Optional(_)) => Some(join(a.required(), b.required())?.optional()),
        (Type::Int(a), Type::Int(b)) => Some(Type::Int(hull(a, b))),
        (Type::Float(a), Type::Float(b)) => Some(Type::Float(hull(a, b))),
        (Type::Decimal { scale: a, bounds: x }, Type::Decimal { scale: b, bounds: y }) => {
            Some(Type::Decimal { scale: *a.max(b), bounds: hull(x, y) })
        }
        (Type::Int(_), Type::Decimal { scale, .. }) | (Type::Decimal { scale, .. }, Type::Int(_)) => {
            Some(Type::Decimal { scale: *scale, bounds: Bounds::ANY })
        }
        (Type::Int(_), Type::Float(_)) | (Type::Float(_), Type::Int(_)) => Some(Type::FLOAT),
        (Type::Text(a), Type::Text(b)) => Some(Type::Text(texts(a, b))),
        (Type::Text(_) | Type::Email | Type::Url, Type::Text(_) | Type::Email | Type::Url) => {
            Some(Type::TEXT)
        }
        (Type::Bytes { max: a }, Type::Bytes { max: b }) => {
            Some(Type::Bytes { max: a.zip(*b).map(|(a, b)| a.max(b)) })
        }
        (Type::List(a, x), Type::List(b, y)) => Some(Type::List(Box::new(items(a, b)?), hull(x, y))),
        (Type::Map(key, a, x), Type::Map(other, b, y)) => {
            let (key, value) = (items(key, other)?, items(a, b)?);
            Some(Type::Map(Box::new(key), Box::new(value), hull(x, y)))
        }
        (Type::Tuple(a), Type::Tuple(b)) if a.len() == b.len() => {
            a.iter().zip(b).map(|(a, b)| items(a, b)).collect::<Option<_>>().map(Type::Tuple)
        }
        (Type::Row(row), Type::Ref(key)) | (Type::Ref(key), Type::Row(row)) if row == key => {
            Some(Type::Ref(*key))
        }
        (_, _) => None,
    }
}

/// What is inside of something stays as it is, so it may differ in refinement alone.
fn items(a: &Type, b: &Type) -> Option<Type> {
    match (a, b) {
        (Type::Null, other) | (other, Type::Null) => Some(other.clone()),
        (a, b) if same_kind(a, b) => join(a, b),
        (_, _) => None,
    }
}

/// The least bounds around both.
fn hull<T: PartialOrd + Copy>(a: &Bounds<T>, b: &Bounds<T>) -> Bounds<T> {
    let min = a.min.zip(b.min).map(|(a, b)| if b < a { b } else { a });
    let max = a.max.zip(b.max).map(|(a, b)| if b > a { b } else { a });
    Bounds { min, max }
}

fn texts(a: &TextRules, b: &TextRules) -> TextRules {
    TextRules {
        trim: a.trim && b.trim,
        case: a.case.filter(|case| Some(*case) == b.case),
        length: hull(&a.length, &b.length),
        pattern: a.pattern.clone().filter(|pattern| Some(pattern) == b.pattern.as_ref()),
    }
}

#[cfg(test)]
mod tests {
    use super::join;
    use crate::check::coerce::covers;
    use quater_ir::types::{Bounds, Case, TextRules, Type};

    fn int(min: i64, max: i64) -> Type {
        Type::Int(Bounds { min: Some(min), max: Some(max) })
    }

    fn text(case: Option<Case>, max: Option<u32>) -> Type {
        Type::Text(TextRules { case, length: Bounds { min: None, max }, ..TextRules::ANY })
    }

    #[test]
    fn what_is_joined_covers_both() {
        let kinds = [
            vec![int(1, 3), int(2, 9), Type::INT, int(-4, -4)],
            vec![text(None, Some(3)), text(Some(Case::Lower), Some(9)), text(None, None)],
            vec![Type::Bytes { max: Some(3) }, Type::Bytes { max: None }, Type::Bytes { max: Some(9) }],
            vec![
                Type::List(Box::new(int(1, 2)), Bounds { min: Some(1), max: Some(2) }),
                Type::List(Box::new(int(5, 6)), Bounds { min: None, max: Some(1) }),
            ],
        ];
        for kind in &kinds {
            for a in kind {
                for b in kind {
                    let joined =
                        join(a, b).unwrap_or_else(|| unreachable!("{a:?} and {b:?} are of one kind"));
                    assert!(covers(&joined, a) && covers(&joined, b), "{a:?} and {b:?} give {joined:?}");
                }
            }
        }
    }

    #[test]
    fn null_makes_optional_and_kinds_stay_apart() {
        assert_eq!(join(&Type::Null, &int(1, 2)), Some(int(1, 2).optional()));
        assert_eq!(join(&int(1, 2).optional(), &int(3, 4)), Some(int(1, 4).optional()));
        assert_eq!(join(&Type::Bool, &Type::TEXT), None);
        assert_eq!(join(&Type::INT, &Type::FLOAT), Some(Type::FLOAT));
    }
}

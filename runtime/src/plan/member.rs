//! Members of stored records as SQL: taken out of the JSON that a record is kept as.
use super::dialect::Dialect;
use super::list::is_stored;
use super::sql::{Form, Sql, form};
use crate::service::StartError;
use quater_ir::Id;
use quater_ir::entity::Entity;
use quater_ir::expr::{Expr, Node};
use quater_ir::storage::StoredKind;
use quater_ir::types::{Field, Type};
use quater_ir::value::Literal;
use smol_str::SmolStr;

type Written = Result<(), StartError>;

/// A step into something stored.
enum Part {
    /// To a member, or to the value of a key.
    Named(SmolStr),
    /// To an item.
    At(u64),
}

/// The step to an item or a value that is named where it stands; nothing for any other.
fn part(at: &Expr) -> Option<Part> {
    if let Node::Literal(Literal::Int(at)) = &at.node {
        return u64::try_from(*at).ok().map(Part::At);
    }
    let Node::Literal(Literal::Text(key)) = &at.node else { return None };
    // Others would have to be escaped, in each database otherwise.
    let plain = key.chars().all(|letter| letter.is_alphanumeric() || "_- .:".contains(letter));
    plain.then(|| Part::Named(key.clone()))
}

impl Sql<'_> {
    /// Appends a member of a stored record. One that an older version stored without a member that has a
    /// default reads as that default, as it does everywhere.
    pub(super) fn member(&mut self, of: Id<Entity>, expr: &Expr) -> Written {
        let Some((root, path, last)) = self.way_in(expr) else { return self.made_there(of, expr) };
        let default = last.filter(|it| !it.ty.is_optional()).and_then(|it| it.default);
        if let Some(default) = default {
            self.push("coalesce(");
            self.taken_out(of, root, &path, &expr.ty)?;
            self.push(", ");
            self.value(&default, form(self.program, &expr.ty))?;
            self.push(")");
            return Ok(());
        }
        self.taken_out(of, root, &path, &expr.ty)
    }

    /// Tells why nothing can be taken out: most often what it would be taken out of can't be made.
    fn made_there(&mut self, of: Id<Entity>, expr: &Expr) -> Written {
        if let Node::Index { of: inner, .. } | Node::Part { tuple: inner, .. } = &expr.node {
            self.expr(of, inner)?;
        }
        unsupported()
    }

    /// What an expression begins with, the parts that lead in, and the last of them where it is a member.
    fn way_in<'e>(&self, expr: &'e Expr) -> Option<(&'e Expr, Vec<Part>, Option<Field>)> {
        let (inner, part, member) = if let Node::Member { record, field } = &expr.node {
            let Type::Record(shape) = record.ty.required() else { return None };
            let declared = self.program.records[*shape].fields[*field].clone();
            (&**record, Part::Named(declared.name.clone()), Some(declared))
        } else if let Node::Index { of, at } = &expr.node {
            (&**of, part(at).filter(|_| is_stored(of))?, None)
        } else if let Node::Part { tuple, at } = &expr.node {
            (&**tuple, Some(Part::At(u64::from(*at))).filter(|_| is_stored(tuple))?, None)
        } else {
            return None;
        };
        let further = matches!(inner.node, Node::Member { .. } | Node::Index { .. } | Node::Part { .. });
        let (root, mut path) = if further {
            self.way_in(inner).map(|(root, path, _)| (root, path))?
        } else {
            (inner, Vec::new())
        };
        path.push(part);
        Some((root, path, member))
    }

    fn taken_out(&mut self, of: Id<Entity>, root: &Expr, path: &[Part], ty: &Type) -> Written {
        let form = form(self.program, ty);
        let kind = match &form {
            Form::Scalar(StoredKind::Bytes) | Form::Items(_) | Form::Nested(_) => return unsupported(),
            Form::Scalar(kind) => *kind,
            Form::Structure(_) => StoredKind::Json,
        };
        let [before, after] = self.dialect.member_of(path, kind);
        self.wrap(of, &before, root, &after)
    }
}

impl Dialect {
    /// What stands around a stored record to take a member out of it as a value of its kind.
    fn member_of(self, path: &[Part], kind: StoredKind) -> [String; 2] {
        match self {
            Self::Sqlite => {
                let step = |part: &Part| match part {
                    Part::Named(name) => format!(".\"{name}\""),
                    Part::At(at) => format!("[{at}]"),
                };
                let steps: String = path.iter().map(step).collect();
                let [before, after] = sqlite_kind(kind);
                [format!("{before}json_extract("), format!(", '${steps}'){after}")]
            }
            Self::Postgres => {
                let step = |part: &Part| match part {
                    Part::Named(name) => format!("\"{name}\""),
                    Part::At(at) => at.to_string(),
                };
                let steps: Vec<String> = path.iter().map(step).collect();
                let ([before, after], way) = postgres_kind(kind);
                [format!("{before}("), format!(" {way} '{{{}}}'){after}", steps.join(","))]
            }
        }
    }
}

impl Dialect {
    /// An item of a stored list that is gone through, as a value of its kind; nothing for bytes.
    pub(super) fn stored_item(self, kind: StoredKind, rows: &str) -> Option<String> {
        Some(match (self, kind) {
            (_, StoredKind::Bytes) => return None,
            (Self::Postgres, StoredKind::Json) => format!("{rows}.value::jsonb"),
            (Self::Sqlite, kind) => {
                let [before, after] = sqlite_kind(kind);
                format!("{before}{rows}.value{after}")
            }
            (Self::Postgres, kind) => {
                let ([before, after], _) = postgres_kind(kind);
                format!("{before}{rows}.value{after}")
            }
        })
    }
}

/// JSON has numbers, texts and truths; the rest stands in texts, as on the wire.
fn sqlite_kind(kind: StoredKind) -> [String; 2] {
    let around = |before: &str, after: &str| [before.to_owned(), after.to_owned()];
    match kind {
        StoredKind::Bool | StoredKind::Int | StoredKind::Text | StoredKind::Json | StoredKind::Bytes => {
            around("", "")
        }
        StoredKind::Float => around("CAST(", " AS REAL)"),
        StoredKind::Uuid => around("unhex(", ", '-')"),
        StoredKind::Decimal(scale) => ["quater_units(".to_owned(), format!(", {scale})")],
        StoredKind::Date => around("quater_date(", ")"),
        StoredKind::Instant => around("quater_instant(", ")"),
        StoredKind::Duration => around("quater_duration(", ")"),
    }
}

fn postgres_kind(kind: StoredKind) -> ([&'static str; 2], &'static str) {
    let around = match kind {
        // A null inside JSON is a value there.
        StoredKind::Json => return (["nullif(", ", 'null'::jsonb)"], "#>"),
        StoredKind::Text | StoredKind::Bytes => ["(", " COLLATE \"C\")"],
        StoredKind::Bool => ["", "::boolean"],
        StoredKind::Int => ["", "::bigint"],
        StoredKind::Float => ["", "::double precision"],
        StoredKind::Uuid => ["", "::uuid"],
        StoredKind::Decimal(_) => ["", "::numeric"],
        StoredKind::Date => ["", "::date"],
        StoredKind::Instant => ["", "::timestamptz"],
        StoredKind::Duration => ["(extract(epoch FROM ", "::interval) * 1000)::bigint"],
    };
    (around, "#>>")
}

fn unsupported<T>() -> Result<T, StartError> {
    Err(StartError::Unsupported { what: "such a part of a value in a condition over stored rows".to_owned() })
}

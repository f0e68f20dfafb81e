//! Members of stored records as SQL: taken out of the JSON that a record is kept as.
use super::dialect::Dialect;
use super::sql::{Form, Sql, form};
use crate::service::StartError;
use quater_ir::Id;
use quater_ir::entity::Entity;
use quater_ir::expr::{Expr, Node};
use quater_ir::storage::StoredKind;
use quater_ir::types::{Field, Type};
use smol_str::SmolStr;

type Written = Result<(), StartError>;

impl Sql<'_> {
    /// Appends a member of a stored record. One that an older version stored without a member that has a
    /// default reads as that default, as it does everywhere.
    pub(super) fn member(&mut self, of: Id<Entity>, expr: &Expr) -> Written {
        let Some((root, path, last)) = self.way_in(expr) else { return unsupported() };
        let default = last.default.filter(|_| !last.ty.is_optional());
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

    /// The stored record that an expression begins with, the members that lead in, and the last of them.
    fn way_in<'e>(&self, expr: &'e Expr) -> Option<(&'e Expr, Vec<SmolStr>, Field)> {
        let Node::Member { record, field } = &expr.node else { return None };
        let Type::Record(shape) = record.ty.required() else { return None };
        let declared = self.program.records[*shape].fields[*field].clone();
        let (root, mut path) = if matches!(record.node, Node::Member { .. }) {
            self.way_in(record).map(|(root, path, _)| (root, path))?
        } else {
            (&**record, Vec::new())
        };
        path.push(declared.name.clone());
        Some((root, path, declared))
    }

    fn taken_out(&mut self, of: Id<Entity>, root: &Expr, path: &[SmolStr], ty: &Type) -> Written {
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
    fn member_of(self, path: &[SmolStr], kind: StoredKind) -> [String; 2] {
        let steps = path.iter().map(|step| format!("\"{step}\"")).collect::<Vec<_>>();
        match self {
            Self::Sqlite => {
                let [before, after] = sqlite_kind(kind);
                [format!("{before}json_extract("), format!(", '$.{}'){after}", steps.join("."))]
            }
            Self::Postgres => {
                let ([before, after], way) = postgres_kind(kind);
                [format!("{before}("), format!(" {way} '{{{}}}'){after}", steps.join(","))]
            }
        }
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
    Err(StartError::Unsupported {
        what: "such a member of a record in a condition over stored rows".to_owned(),
    })
}

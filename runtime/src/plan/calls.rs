//! Functions and texts over values of the row, as SQL.
use super::dialect::Dialect;
use super::lacks::Lacks;
use super::orderly::may_divide_by_zero;
use super::sql::{Form, Sql, form, unsupported};
use crate::facts::stored;
use crate::service::StartError;
use quater_ir::Id;
use quater_ir::builtin::Builtin;
use quater_ir::entity::Entity;
use quater_ir::expr::{Arithmetic, Expr, Node, Operands, Operator};
use quater_ir::storage::StoredKind;
use quater_ir::types::Type;
use quater_ir::value::Literal;

type Written = Result<(), StartError>;

impl Sql<'_> {
    /// Appends the parts as one text.
    pub(super) fn concat(&mut self, of: Id<Entity>, parts: &[Expr]) -> Written {
        let mut lacks = Lacks::default();
        self.push("(");
        for (at, part) in parts.iter().enumerate() {
            self.push(if at > 0 { " || " } else { "" });
            lacks.note(self.as_text(of, part))?;
        }
        self.push(")");
        lacks.end(())
    }

    fn as_text(&mut self, of: Id<Entity>, part: &Expr) -> Written {
        let around = match form(self.program, &part.ty) {
            Form::Scalar(kind) => self.dialect.as_text(kind),
            Form::Structure(_) | Form::Items(_) | Form::Nested(_) => None,
        };
        match around {
            Some([before, after]) => self.wrap(of, &before, part, &after),
            None => unsupported("a float or a duration or bytes or JSON in a text"),
        }
    }

    /// Appends a decimal with so many digits behind its point.
    pub(super) fn rounded(&mut self, of: Id<Entity>, value: &Expr, digits: &Expr) -> Written {
        let (Type::Decimal { .. }, Node::Literal(Literal::Int(digits))) =
            (stored(self.program, &value.ty), &digits.node)
        else {
            return unsupported("`round` of what is no decimal");
        };
        if let (Dialect::Sqlite, Node::Arithmetic(how, left, right)) = (self.dialect, &value.node)
            && (how.on, how.operator) == (Operands::Decimal, Operator::Multiply)
        {
            // The product alone may be too large for an integer.
            let after = format!(", {}, {digits})", self.scale(value));
            self.wrap(of, "quater_product(", left, ", ")?;
            return self.wrap(of, "", right, &after);
        }
        let [before, after] = match self.dialect {
            Dialect::Sqlite => ["quater_round(".to_owned(), format!(", {}, {digits})", self.scale(value))],
            Dialect::Postgres => ["round(".to_owned(), format!(", {digits})")],
        };
        self.wrap(of, &before, value, &after)
    }

    /// Appends a quotient of decimals with the digits of its type.
    pub(super) fn quotient(
        &mut self,
        of: Id<Entity>,
        how: Arithmetic,
        (left, right): (&Expr, &Expr),
        ty: &Type,
    ) -> Written {
        let digits = if let Type::Decimal { scale, .. } = ty.required() { *scale } else { 0 };
        let [before, between, after] = match self.dialect {
            Dialect::Sqlite => [
                "quater_quotient(".to_owned(),
                ", ".to_owned(),
                format!(", {}, {}, {digits})", self.scale(left), self.scale(right)),
            ],
            // A quotient has as many digits as its operands, at least.
            Dialect::Postgres => {
                ["round((".to_owned(), " + 0.000000000000000000000000) / ".to_owned(), format!(", {digits})")]
            }
        };
        self.wrap(of, &before, left, &between)?;
        let zero = self.plain.is_some() && may_divide_by_zero(how, right);
        let [open, close] = if zero { ["nullif(", ", 0)"] } else { ["", ""] };
        self.wrap(of, open, right, close)?;
        self.push(&after);
        Ok(())
    }

    /// Appends the whole number below a decimal, or above it.
    pub(super) fn whole(&mut self, of: Id<Entity>, builtin: Builtin, value: &Expr) -> Written {
        let Type::Decimal { scale, .. } = stored(self.program, &value.ty) else {
            return unsupported(&format!("`{}` of a float", builtin.name()));
        };
        let name = builtin.name();
        let [before, after] = match self.dialect {
            Dialect::Sqlite => [format!("quater_{name}("), format!(", {scale})")],
            Dialect::Postgres => [format!("{name}("), ")::bigint".to_owned()],
        };
        self.wrap(of, &before, value, &after)
    }
}

impl Dialect {
    /// What makes a text of a value of a kind, the same as everywhere; nothing where the databases have others.
    fn as_text(self, kind: StoredKind) -> Option<[String; 2]> {
        let around = |before: &str, after: &str| Some([before.to_owned(), after.to_owned()]);
        match (self, kind) {
            (_, StoredKind::Float | StoredKind::Duration | StoredKind::Bytes | StoredKind::Json) => None,
            (_, StoredKind::Text) => around("", ""),
            // `||` would make a text of it, but a single value stands beside none.
            (Self::Sqlite, StoredKind::Int) => around("CAST(", " AS TEXT)"),
            (Self::Sqlite, StoredKind::Bool) => {
                around("(CASE ", " WHEN 0 THEN 'false' WHEN 1 THEN 'true' END)")
            }
            (Self::Sqlite, StoredKind::Decimal(scale)) => {
                Some(["quater_written(".to_owned(), format!(", {scale})")])
            }
            (Self::Sqlite, StoredKind::Uuid) => around("quater_written(", ", 'uuid')"),
            (Self::Sqlite, StoredKind::Date) => around("quater_written(", ", 'date')"),
            (Self::Sqlite, StoredKind::Instant) => around("quater_written(", ", 'instant')"),
            (Self::Postgres, StoredKind::Int | StoredKind::Bool | StoredKind::Uuid) => around("", "::text"),
            (Self::Postgres, StoredKind::Decimal(scale)) => {
                Some(["round(".to_owned(), format!(", {scale})::text")])
            }
            // The year before the first is the year 0 here, not one before Christ.
            (Self::Postgres, StoredKind::Date) => around(
                "(SELECT CASE WHEN v < '0001-01-01' THEN '0000' ELSE to_char(v, 'YYYY') END || \
                 to_char(v, '-MM-DD') FROM (VALUES (",
                ")) AS one(v))",
            ),
            (Self::Postgres, StoredKind::Instant) => around(
                "(SELECT CASE WHEN v < '0001-01-01' THEN '0000' ELSE to_char(v, 'YYYY') END || \
                 to_char(v, '-MM-DD\"T\"HH24:MI:SS.MS\"Z\"') FROM (VALUES (",
                " AT TIME ZONE 'UTC')) AS one(v))",
            ),
        }
    }
}

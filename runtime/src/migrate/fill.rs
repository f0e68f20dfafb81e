//! What rows get that are there already, as SQL: defaults, and what is worked out of each row.
use super::fits::Fitting;
use crate::call::RequestId;
use crate::eval::{About, Scope};
use crate::facts::Facts;
use crate::plan::dialect::{Dialect, postgres_type};
use crate::plan::plain::Plain;
use crate::plan::sql::{self, Form, Sql};
use crate::plan::walk::reads_row;
use crate::store::code;
use crate::store::schema::text;
use crate::store::stored::Stored;
use crate::value::Value;
use crate::wire;
use crate::wire::refine;
use quater_ir::Id;
use quater_ir::builtin::Builtin;
use quater_ir::entity::Column;
use quater_ir::expr::{Expr, Node};
use quater_ir::operation::Door;
use quater_ir::storage::StoredKind;
use quater_ir::storage::shape::Shape;
use quater_ir::types::Type;
use rust_decimal::Decimal;
use uuid::Uuid;

/// Random bytes of a token, as those of the `token` function have.
const TOKEN: u8 = 32;

/// Knows what rows get, at one moment.
pub(crate) struct Fills<'a> {
    facts: &'a Facts,
    dialect: Dialect,
    about: About,
}

impl<'a> Fills<'a> {
    /// Those of a program.
    pub(crate) fn of(facts: &'a Facts, dialect: Dialect) -> Self {
        Self { facts, dialect, about: About::nobody(Door::Cli, RequestId(Uuid::nil()), None) }
    }

    /// What rows get as an expression in SQL: a value, what draws one for each row, or what works it out of the
    /// columns that each row has.
    pub(crate) fn sql(
        &self,
        expr: &Expr,
        kind: StoredKind,
        column: &dyn Fn(Id<Column>) -> String,
    ) -> Option<String> {
        if !reads_row(expr) {
            return self.standing(expr, kind);
        }
        let value = |it: &Expr, form: &Form| self.part(it, form);
        Sql::plain(&self.facts.program, self.dialect, expr, Plain { value: &value, column }).ok()
    }

    /// Whether a text is one of a type.
    pub(crate) fn fits(&self, text: &str, ty: &Type) -> bool {
        refine::check(Value::Text(text.into()), ty, &self.facts.program, &self.facts.patterns).is_ok()
    }

    /// A value as it stands within JSON; none where it can't be worked out.
    pub(crate) fn json(&self, expr: &Expr) -> Option<String> {
        let facts = self.facts;
        let scope = Scope { facts, about: &self.about, slots: &[], row: None, item: None };
        let value = code::settled(scope.plain(expr).ok()?);
        let mut out = Vec::new();
        wire::write::stored(&mut out, &facts.program, &value, &expr.ty).ok()?;
        String::from_utf8(out).ok()
    }

    /// Whoever looks at the values of a column that has to be of a shape.
    pub(crate) fn fitting<'s>(&'s self, shape: &'s Shape, kind: StoredKind) -> Fitting<'s> {
        Fitting::new(self.facts, shape, kind)
    }

    /// A part of an expression that looks at no row. Beside columns of Postgres's, it says of what type it is.
    fn part(&self, expr: &Expr, form: &Form) -> Option<String> {
        let kind = form.kind();
        let text = if draws(expr) { self.standing(expr, kind)? } else { self.constant(expr, form, kind)? };
        let typed = matches!(kind, StoredKind::Int | StoredKind::Duration | StoredKind::Text);
        let typed = typed && self.dialect == Dialect::Postgres;
        Some(if typed { format!("{text}::{}", postgres_type(kind)) } else { text })
    }

    fn standing(&self, expr: &Expr, kind: StoredKind) -> Option<String> {
        if !draws(expr) {
            return self.constant(expr, &sql::form(&self.facts.program, &expr.ty), kind);
        }
        if let Node::Refine { value, .. } | Node::Convert(value) = &expr.node {
            return self.standing(value, kind);
        }
        if let Node::Concat(parts) = &expr.node {
            let parts = parts.iter().map(|part| self.standing(part, StoredKind::Text));
            return Some(format!("({})", parts.collect::<Option<Vec<_>>>()?.join(" || ")));
        }
        let Node::Call(builtin, arguments) = &expr.node else { return None };
        if *builtin == Builtin::Uuid && kind == StoredKind::Uuid {
            return Some(match self.dialect {
                Dialect::Sqlite => drawn_uuid(),
                Dialect::Postgres => "gen_random_uuid()".to_owned(),
            });
        }
        let prefix = arguments.first().filter(|_| *builtin == Builtin::Token)?;
        let prefix = self.standing(prefix, StoredKind::Text)?;
        Some(match self.dialect {
            Dialect::Sqlite => format!("({prefix} || lower(hex(randomblob({TOKEN}))))"),
            Dialect::Postgres => {
                let drawn = "gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text";
                format!("({prefix} || encode(sha256(convert_to({drawn}, 'UTF8')), 'hex'))")
            }
        })
    }

    fn constant(&self, expr: &Expr, form: &Form, kind: StoredKind) -> Option<String> {
        let facts = self.facts;
        let scope = Scope { facts, about: &self.about, slots: &[], row: None, item: None };
        let value = scope.plain(expr).ok()?;
        let given = code::encode(&value, form, &facts.program).ok()?;
        Some(match (given.stored(), self.dialect) {
            // What has no value can't stand in for one.
            (Stored::Null, _) if !expr.ty.is_optional() && expr.ty != Type::Null => return None,
            (stored, Dialect::Sqlite) => literal(stored),
            (stored, Dialect::Postgres) => postgres_literal(stored, kind),
        })
    }
}

/// Whether a value is another for each row, whatever the row has.
pub(super) fn draws(expr: &Expr) -> bool {
    let own = matches!(expr.node, Node::Call(Builtin::Uuid | Builtin::Token, _));
    own || expr.children().into_iter().any(draws)
}

/// A UUID of version 4, drawn for each row by functions that every SQLite has.
fn drawn_uuid() -> String {
    let one_of = |first: u8, count: u8| {
        let bytes: String = (first..first + count).map(|byte| format!("{byte:02x}")).collect();
        format!("substr(x'{bytes}', 1 + abs(random() % {count}), 1)")
    };
    let (version, variant) = (one_of(0x40, 16), one_of(0x80, 64));
    format!("CAST(randomblob(6) || {version} || randomblob(1) || {variant} || randomblob(7) AS BLOB)")
}

fn literal(stored: Stored<'_>) -> String {
    match stored {
        Stored::Null => "NULL".to_owned(),
        Stored::Integer(number) => number.to_string(),
        Stored::Real(number) => format!("{number:?}"),
        Stored::Decimal(number) => number.to_string(),
        Stored::Text(letters) => text(&String::from_utf8_lossy(letters)),
        Stored::Blob(bytes) => {
            format!("x'{}'", bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
        }
    }
}

/// A stored value as Postgres reads it.
fn postgres_literal(stored: Stored<'_>, kind: StoredKind) -> String {
    match (stored, kind) {
        (Stored::Integer(truth), StoredKind::Bool) => (truth != 0).to_string(),
        (Stored::Integer(units), StoredKind::Decimal(digits)) => {
            Decimal::new(units, u32::from(digits)).to_string()
        }
        (Stored::Integer(days), StoredKind::Date) => format!("(date '1970-01-01' + {days})"),
        (Stored::Integer(milliseconds), StoredKind::Instant) => {
            format!("(timestamptz '1970-01-01 00:00:00+00' + {milliseconds} * interval '1 millisecond')")
        }
        (Stored::Real(number), _) => format!("'{number:?}'::double precision"),
        (Stored::Text(letters), StoredKind::Json) => {
            format!("{}::jsonb", text(&String::from_utf8_lossy(letters)))
        }
        (Stored::Blob(bytes), kind) => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            if kind == StoredKind::Uuid {
                format!("'{digits}'::uuid")
            } else {
                format!("'\\x{digits}'::bytea")
            }
        }
        (stored, _) => literal(stored),
    }
}

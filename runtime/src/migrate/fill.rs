//! Defaults as SQL, for rows that are there already.
use crate::call::RequestId;
use crate::eval::{About, Scope};
use crate::facts::Facts;
use crate::plan::dialect::Dialect;
use crate::plan::sql;
use crate::store::code;
use crate::store::schema::text;
use crate::store::stored::Stored;
use quater_ir::builtin::Builtin;
use quater_ir::expr::{Expr, Node};
use quater_ir::operation::Door;
use quater_ir::storage::StoredKind;
use rust_decimal::Decimal;
use uuid::Uuid;

/// Random bytes of a token, as those of the `token` function have.
const TOKEN: u8 = 32;

/// Knows what defaults come to, at one moment.
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

    /// A default as an expression in SQL: a value, or what draws one for each row.
    pub(crate) fn sql(&self, expr: &Expr, kind: StoredKind) -> Option<String> {
        if !draws(expr) {
            return self.constant(expr, kind);
        }
        if let Node::Refine { value, .. } | Node::Convert(value) = &expr.node {
            return self.sql(value, kind);
        }
        if let Node::Concat(parts) = &expr.node {
            let parts = parts.iter().map(|part| self.sql(part, StoredKind::Text));
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
        let prefix = self.sql(prefix, StoredKind::Text)?;
        Some(match self.dialect {
            Dialect::Sqlite => format!("({prefix} || lower(hex(randomblob({TOKEN}))))"),
            Dialect::Postgres => {
                let drawn = "gen_random_uuid()::text || gen_random_uuid()::text || gen_random_uuid()::text";
                format!("({prefix} || encode(sha256(convert_to({drawn}, 'UTF8')), 'hex'))")
            }
        })
    }

    fn constant(&self, expr: &Expr, kind: StoredKind) -> Option<String> {
        let facts = self.facts;
        let scope = Scope { facts, about: &self.about, slots: &[], row: None, item: None };
        let value = scope.plain(expr).ok()?;
        let form = sql::form(&facts.program, &expr.ty);
        let given = code::encode(&value, &form, &facts.program).ok()?;
        // What has no value can't stand in.
        let present = Some(given.stored()).filter(|stored| *stored != Stored::Null)?;
        Some(match self.dialect {
            Dialect::Sqlite => literal(present),
            Dialect::Postgres => postgres_literal(present, kind),
        })
    }
}

/// Whether a default is another for each row.
fn draws(expr: &Expr) -> bool {
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

//! Defaults as SQL, for rows that are there already.
use crate::call::RequestId;
use crate::eval::{About, Scope};
use crate::facts::Facts;
use crate::plan::sql;
use crate::store::code;
use crate::store::schema::text;
use crate::store::stored::Stored;
use quater_ir::builtin::Builtin;
use quater_ir::expr::{Expr, Node};
use quater_ir::operation::Door;
use quater_ir::storage::StoredKind;
use uuid::Uuid;

/// Random bytes of a token, as those of the `token` function have.
const TOKEN: u8 = 32;

/// Knows what defaults come to, at one moment.
pub(crate) struct Fills<'a> {
    facts: Option<&'a Facts>,
    about: About,
}

impl<'a> Fills<'a> {
    /// Those of a program.
    pub(crate) fn of(facts: &'a Facts) -> Self {
        Self { facts: Some(facts), about: About::nobody(Door::Cli, RequestId(Uuid::nil()), None) }
    }

    /// A default as an expression in SQL: a value, or what draws one for each row.
    pub(crate) fn sql(&self, expr: &Expr, kind: StoredKind) -> Option<String> {
        if !draws(expr) {
            return self.constant(expr);
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
            return Some(drawn_uuid());
        }
        let prefix = arguments.first().filter(|_| *builtin == Builtin::Token)?;
        let prefix = self.sql(prefix, StoredKind::Text)?;
        Some(format!("({prefix} || lower(hex(randomblob({TOKEN}))))"))
    }

    fn constant(&self, expr: &Expr) -> Option<String> {
        let facts = self.facts?;
        let scope = Scope { facts, about: &self.about, slots: &[], row: None, item: None };
        let value = scope.plain(expr).ok()?;
        let form = sql::form(&facts.program, &expr.ty);
        Some(literal(code::encode(&value, &form, &facts.program).ok()?.stored()))
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

//! In what the databases' SQL differs: everything that a planner writes and one of them reads otherwise.
use super::sql::{Form, quoted};
use crate::store::sqlite::{ddl, text as made};
use quater_ir::builtin::Builtin;
use quater_ir::expr::{Aggregate, Operands, Operator};
use quater_ir::storage::{StoredKind, Table};
use rust_decimal::Decimal;
use smol_str::SmolStr;
use std::borrow::Cow;
use std::sync::LazyLock;

/// The SQL of a database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Dialect {
    /// Decimals are ints, in units of the last digit; times are ints too.
    #[default]
    Sqlite,
    /// Every kind of value has a type of its own.
    Postgres,
}

/// What goes around the parts of an expression.
pub(super) type Around = [&'static str; 3];

impl Dialect {
    /// Opens a snapshot of Postgres's, to read.
    pub(crate) const SNAPSHOT: &'static str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    /// Opens a transaction of Postgres's whose statements see what others have committed, and hold what they
    /// lock.
    pub(crate) const LOCKING: &'static str = "BEGIN ISOLATION LEVEL READ COMMITTED";
    /// Opens a transaction of Postgres's that ends as if it had been alone, or not at all.
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "used by the feature"))]
    pub(crate) const SERIAL: &'static str = "BEGIN ISOLATION LEVEL SERIALIZABLE";

    /// What stands for the value that is bound at a place, counted from 1.
    pub(super) fn placeholder(self, at: usize, form: &Form) -> String {
        self.mark(at, form.kind())
    }

    /// The same for a statement that is made for the occasion.
    pub(crate) fn mark(self, at: usize, kind: StoredKind) -> String {
        match self {
            Self::Sqlite => "?".to_owned(),
            Self::Postgres => format!("${at}::{}", postgres_type(kind)),
        }
    }

    /// Whether a null that is known needs no placeholder: one has a type, which null has not.
    pub(super) const fn writes_null(self) -> bool {
        matches!(self, Self::Postgres)
    }

    /// Whether decimals are ints, so that those of different scales need a factor.
    pub(super) const fn scales_decimals(self) -> bool {
        matches!(self, Self::Sqlite)
    }

    /// A condition that never holds.
    pub(super) const fn never(self) -> &'static str {
        match self {
            Self::Sqlite => "(0)",
            Self::Postgres => "(FALSE)",
        }
    }

    /// Equality and its opposite, null being equal to itself.
    pub(super) const fn same(self) -> [&'static str; 2] {
        match self {
            Self::Sqlite => [" IS ", " IS NOT "],
            Self::Postgres => [" IS NOT DISTINCT FROM ", " IS DISTINCT FROM "],
        }
    }

    /// Holds the selected rows until the transaction ends; SQLite has one writer, who needs no such words.
    pub(super) const fn lock(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE OF t",
        }
    }

    /// Leaves out rows that others hold.
    pub(super) const fn skip_locked(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE SKIP LOCKED",
        }
    }

    /// What opens a snapshot, and a transaction that writes.
    pub(super) const fn begin(self) -> [&'static str; 2] {
        match self {
            Self::Sqlite => ["BEGIN", "BEGIN IMMEDIATE"],
            Self::Postgres => [Self::SNAPSHOT, Self::LOCKING],
        }
    }

    /// Gives a row where records of calls have a manner.
    pub(crate) const fn asks_for_manner(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT 1 FROM pragma_table_info('_quater_audit') WHERE name = 'manner'",
            Self::Postgres => {
                "SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass('_quater_audit') AND attname = 'manner'"
            }
        }
    }

    /// Asks an insertion for the number that the database gives; SQLite tells without.
    pub(crate) fn numbered(self, key: &str) -> String {
        match self {
            Self::Sqlite => String::new(),
            Self::Postgres => format!(" RETURNING {key}"),
        }
    }

    /// Whether a change gives the row as it is then.
    pub(super) const fn gives_changed(self) -> bool {
        match self {
            Self::Sqlite => false,
            Self::Postgres => true,
        }
    }

    /// Puts nulls where they are in every database: below all values.
    pub(crate) const fn nulls(self, optional: bool, descending: bool) -> &'static str {
        match (self, optional, descending) {
            (Self::Sqlite, _, _) | (Self::Postgres, false, _) => "",
            (Self::Postgres, true, false) => " NULLS FIRST",
            (Self::Postgres, true, true) => " NULLS LAST",
        }
    }

    /// A number as a double.
    pub(super) const fn float(self) -> Around {
        match self {
            Self::Sqlite => ["CAST(", "", " AS REAL)"],
            Self::Postgres => ["CAST(", "", " AS double precision)"],
        }
    }

    /// The place of the second text in the first, counted from 1.
    pub(super) const fn place(self) -> &'static str {
        match self {
            Self::Sqlite => "(instr(",
            Self::Postgres => "(strpos(",
        }
    }

    /// How many items a stored list has.
    pub(super) const fn items(self) -> Around {
        match self {
            Self::Sqlite => ["json_array_length(", "", ")"],
            Self::Postgres => ["jsonb_array_length(", "", ")::bigint"],
        }
    }

    /// How many characters a text has.
    pub(super) const fn length(self) -> Around {
        match self {
            Self::Sqlite => ["length(", "", ")"],
            Self::Postgres => ["length(", "", ")::bigint"],
        }
    }

    /// The smaller or larger of two, null where one is.
    pub(super) const fn extreme(self, least: bool) -> Around {
        match (self, least) {
            (Self::Sqlite, true) => ["min(", ", ", ")"],
            (Self::Sqlite, false) => ["max(", ", ", ")"],
            (Self::Postgres, true) => [
                "(SELECT CASE WHEN count(v) = count(*) THEN min(v) END FROM (VALUES (",
                "), (",
                ")) AS two(v))",
            ],
            (Self::Postgres, false) => [
                "(SELECT CASE WHEN count(v) = count(*) THEN max(v) END FROM (VALUES (",
                "), (",
                ")) AS two(v))",
            ],
        }
    }

    /// A function of the language over a text, as exact as the language's own; nothing where there is none.
    pub(super) fn text_function(self, builtin: Builtin) -> Option<Around> {
        Some(match (self, builtin) {
            (Self::Sqlite, Builtin::Trim) => ["quater_trim(", "", ")"],
            (Self::Sqlite, Builtin::Lower) => ["quater_lower(", "", ")"],
            (Self::Sqlite, Builtin::Upper) => ["quater_upper(", "", ")"],
            (Self::Sqlite, Builtin::Slug) => ["quater_slug(", "", ")"],
            (Self::Sqlite, Builtin::Sha256) => ["quater_sha256(", "", ")"],
            (Self::Postgres, Builtin::Trim) => ["btrim(", "", WHITE_SPACE],
            (Self::Postgres, Builtin::Lower) => ["(lower(", "", " COLLATE \"und-x-icu\") COLLATE \"C\")"],
            (Self::Postgres, Builtin::Upper) => ["(upper(", "", " COLLATE \"und-x-icu\") COLLATE \"C\")"],
            (Self::Postgres, Builtin::Sha256) => ["encode(sha256(convert_to(", "", ", 'UTF8')), 'hex')"],
            (Self::Postgres, Builtin::Slug) => ["btrim(regexp_replace((lower(", "", &DASHED],
            (_, _) => return None,
        })
    }

    /// What stands around a value to make one of all rows; `scale` is that of a decimal result.
    pub(super) fn made_of_all(self, function: Aggregate, kind: StoredKind, scale: u8) -> (String, String) {
        let around = |before: &str, after: &str| (before.to_owned(), after.to_owned());
        let decimal = matches!(kind, StoredKind::Decimal(_));
        match (self, function) {
            (_, Aggregate::Count) => around("count(", ")"),
            (_, Aggregate::Min) => around("min(", ")"),
            (_, Aggregate::Max) => around("max(", ")"),
            (Self::Sqlite, Aggregate::Sum) => around("coalesce(sum(", "), 0)"),
            (Self::Postgres, Aggregate::Sum) if matches!(kind, StoredKind::Int | StoredKind::Duration) => {
                around("coalesce(sum(", "), 0)::bigint")
            }
            (Self::Postgres, Aggregate::Sum) => around("coalesce(sum(", "), 0)"),
            (Self::Postgres, Aggregate::Avg) if decimal => ("round(avg(".to_owned(), format!("), {scale})")),
            // Of decimals in units, rounded half away from zero, as the other database does it.
            (Self::Sqlite, Aggregate::Avg) if decimal => around("quater_mean(", ")"),
            (Self::Sqlite, Aggregate::Avg) => around("avg(CAST(", " AS REAL))"),
            (Self::Postgres, Aggregate::Avg) => around("avg(CAST(", " AS double precision))"),
        }
    }

    /// Rows as one value, or as text with a number: before the cells of each, and behind where the rows come from.
    pub(super) fn nested(self, text: Option<usize>) -> [Cow<'static, str>; 2] {
        let before = match (self, text) {
            (Self::Sqlite, Some(number)) => format!("(SELECT {}({number}", made::NAME).into(),
            (Self::Sqlite, None) => "(SELECT quater_rows(".into(),
            (Self::Postgres, _) => "ARRAY(SELECT ROW(".into(),
        };
        [before, ")".into()]
    }

    /// Whether the text of such rows is made where they are found.
    pub(super) const fn writes_rows(self) -> bool {
        match self {
            Self::Sqlite => true,
            Self::Postgres => false,
        }
    }

    /// What has rows of a table be found by an index, and so in the order of their keys; nothing where they are put in
    /// order all the same.
    pub(super) fn in_order_by(self, table: &Table, columns: &[(SmolStr, bool)]) -> Option<String> {
        match self {
            Self::Sqlite => Some(format!(" INDEXED BY {}", quoted(&ddl::index_name(table, columns)))),
            Self::Postgres => None,
        }
    }

    /// Whether such rows are put in order behind their cells, not behind where they come from.
    pub(super) const fn orders_within(self) -> bool {
        match self {
            Self::Sqlite => true,
            Self::Postgres => false,
        }
    }

    /// Whether rows of a table keep their order when others are joined to them on the left.
    pub(super) const fn joins_in_order(self) -> bool {
        match self {
            // It joins by nothing but nested loops, and keeps the order of a subquery that has a limit.
            Self::Sqlite => true,
            Self::Postgres => false,
        }
    }

    /// What makes of an item of a list that is [collected](Self::collected) one that JSON has.
    pub(super) const fn portable(self, kind: StoredKind) -> [&'static str; 2] {
        match (self, kind) {
            (Self::Sqlite, StoredKind::Uuid) => ["nullif(hex(", "), '')"],
            (_, _) => ["", ""],
        }
    }

    /// Membership in a list that is JSON: between item and list, and behind it.
    pub(super) fn member(self, kind: StoredKind) -> [Cow<'static, str>; 2] {
        match (self, kind) {
            (Self::Sqlite, StoredKind::Uuid | StoredKind::Bytes) => {
                [" IN (SELECT unhex(value) FROM json_each(".into(), ")))".into()]
            }
            (Self::Sqlite, _) => [" IN (SELECT value FROM json_each(".into(), ")))".into()],
            (Self::Postgres, StoredKind::Decimal(scale)) => {
                // In units of the last digit; a product of numerics is exact, a quotient is not.
                let unit = Decimal::new(1, scale.into());
                let before =
                    format!(" = ANY(ARRAY(SELECT v::numeric * {unit} FROM jsonb_array_elements_text(");
                [before.into(), ") AS v)))".into()]
            }
            (Self::Postgres, kind) => [member(kind).into(), ") AS v)))".into()],
        }
    }

    /// Membership in a list that is stored: around list, item and list again, the item being a text, a
    /// number or a bool as JSON has it.
    pub(super) const fn holds(self) -> [&'static str; 4] {
        match self {
            Self::Sqlite => {
                ["(CASE WHEN ", " IS NOT NULL THEN ", " IN (SELECT value FROM json_each(", ")) END)"]
            }
            Self::Postgres => ["(", " @> to_jsonb(", "))", ""],
        }
    }

    /// The cell at a position of a row `v` that is a JSON array, as a value of its kind.
    pub(super) fn taken(self, kind: StoredKind, at: usize) -> String {
        let cell = match self {
            Self::Sqlite => format!("json_extract(v, '$[{at}]')"),
            Self::Postgres => format!("(v->>{at})"),
        };
        match (self, kind) {
            (Self::Sqlite, StoredKind::Uuid | StoredKind::Bytes) => format!("unhex({cell})"),
            (Self::Sqlite, _) => cell,
            (Self::Postgres, StoredKind::Bool) => format!("{cell}::integer::boolean"),
            (Self::Postgres, StoredKind::Bytes) => format!("decode({cell}, 'hex')"),
            (Self::Postgres, StoredKind::Decimal(scale)) => {
                format!("{cell}::numeric * {}", Decimal::new(1, scale.into()))
            }
            (Self::Postgres, StoredKind::Date) => format!("(date '1970-01-01' + {cell}::integer)"),
            (Self::Postgres, StoredKind::Instant) => {
                format!("(timestamptz '1970-01-01 00:00:00+00' + {cell}::bigint * interval '1 millisecond')")
            }
            (
                Self::Postgres,
                StoredKind::Int
                | StoredKind::Duration
                | StoredKind::Float
                | StoredKind::Text
                | StoredKind::Uuid
                | StoredKind::Json,
            ) => format!("{cell}::{}", postgres_type(kind)),
        }
    }

    /// The rows `v` of a JSON array, in their order.
    pub(super) const fn each_row(self) -> [&'static str; 2] {
        match self {
            Self::Sqlite => ["(SELECT value AS v FROM json_each(", ") ORDER BY key)"],
            Self::Postgres => {
                ["(SELECT v FROM jsonb_array_elements(", ") WITH ORDINALITY AS x(v, n) ORDER BY n) AS y"]
            }
        }
    }

    /// A list that is JSON as rows with its items.
    pub(super) const fn list(self) -> [&'static str; 2] {
        match self {
            Self::Sqlite => ["json_each(", ")"],
            Self::Postgres => ["jsonb_array_elements_text(", ")"],
        }
    }

    /// What makes such a list of values.
    pub(super) const fn collected(self) -> [&'static str; 2] {
        match self {
            Self::Sqlite => ["json_group_array(", ")"],
            Self::Postgres => ["coalesce(jsonb_agg(", "), '[]'::jsonb)"],
        }
    }

    /// An item of such rows, where the list is bound or [collected](Self::collected); nothing for JSON.
    pub(super) fn item(self, kind: StoredKind, rows: &str, bound: bool) -> Option<String> {
        Some(match (self, kind) {
            (_, StoredKind::Json) => return None,
            (Self::Sqlite, StoredKind::Uuid) => format!("unhex({rows}.value, '-')"),
            (Self::Sqlite, StoredKind::Bytes) => format!("unhex({rows}.value)"),
            (Self::Sqlite, _) => format!("{rows}.value"),
            (Self::Postgres, StoredKind::Text) => format!("({rows}.value COLLATE \"C\")"),
            // As in a list that is a value: in units of the last digit, in days, in milliseconds.
            (Self::Postgres, StoredKind::Decimal(scale)) if bound => {
                format!("({rows}.value::numeric * {})", Decimal::new(1, scale.into()))
            }
            (Self::Postgres, StoredKind::Bytes) if bound => format!("decode({rows}.value, 'hex')"),
            (Self::Postgres, StoredKind::Date) if bound => {
                format!("(date '1970-01-01' + {rows}.value::integer)")
            }
            (Self::Postgres, StoredKind::Instant) if bound => format!(
                "(timestamptz '1970-01-01 00:00:00+00' + {rows}.value::bigint * interval '1 millisecond')"
            ),
            (Self::Postgres, kind) => format!("{rows}.value::{}", postgres_type(kind)),
        })
    }

    /// A page of rows whose most is known: what goes before its query, and what behind it. A plan is made
    /// for the most, and no more rows than are asked for are read.
    pub(super) fn page(self, most: u32) -> [Cow<'static, str>; 2] {
        match self {
            Self::Sqlite => ["".into(), " LIMIT ".into()],
            Self::Postgres => {
                ["SELECT * FROM (".into(), format!(" LIMIT {}) AS page LIMIT ", u64::from(most) + 1).into()]
            }
        }
    }

    /// Two operands with an operator between them.
    pub(super) const fn arithmetic(self, on: Operands, operator: Operator) -> Around {
        match (self, on, operator) {
            (Self::Sqlite, Operands::DateDuration, Operator::Add) => ["(", " + ", " / 86400000)"],
            (Self::Sqlite, Operands::DateDuration, _) => ["(", " - ", " / 86400000)"],
            (Self::Postgres, Operands::DateDuration, Operator::Add) => {
                ["(", " + (", " / 86400000)::integer)"]
            }
            (Self::Postgres, Operands::DateDuration, _) => ["(", " - (", " / 86400000)::integer)"],
            (Self::Postgres, Operands::InstantDuration, Operator::Add) => {
                ["(", " + ", " * interval '1 millisecond')"]
            }
            (Self::Postgres, Operands::InstantDuration, _) => ["(", " - ", " * interval '1 millisecond')"],
            (Self::Postgres, Operands::Instants, _) => {
                ["((extract(epoch FROM ", ") - extract(epoch FROM ", ")) * 1000)::bigint"]
            }
            (_, _, Operator::Add) => ["(", " + ", ")"],
            (_, _, Operator::Subtract) => ["(", " - ", ")"],
            (_, _, Operator::Multiply) => ["(", " * ", ")"],
            (_, _, Operator::Divide) => ["(", " / ", ")"],
            (_, _, Operator::Remainder) => ["(", " % ", ")"],
        }
    }

    /// What stands around a divisor: zero is an error, or where so it is asked, makes null of the result.
    pub(super) const fn divisor(self, makes_null: bool) -> [&'static str; 2] {
        match (self, makes_null) {
            // SQLite divides by zero and gets null, Postgres has an error.
            (Self::Sqlite, true) | (Self::Postgres, false) => ["", ""],
            (Self::Sqlite, false) => ["quater_divisor(", ")"],
            (Self::Postgres, true) => ["nullif(", ", 0)"],
        }
    }
}

/// Ends a `slug`: runs of what is no letter and no digit become dashes. Postgres counts others among the
/// letters than the language does, so the ranges of all of them stand there, about seven hundred.
static DASHED: LazyLock<String> = LazyLock::new(|| {
    let letters = ('\0'..=char::MAX).filter(|letter| letter.is_alphanumeric());
    let mut ranges: Vec<(char, char)> = Vec::new();
    for letter in letters {
        match ranges.last_mut() {
            Some((_, last)) if u32::from(*last) + 1 == u32::from(letter) => *last = letter,
            Some(_) | None => ranges.push((letter, letter)),
        }
    }
    let ranges: String = ranges.into_iter().map(|(first, last)| format!("{first}-{last}")).collect();
    format!(" COLLATE \"und-x-icu\") COLLATE \"C\"), '[^{ranges}]+', '-', 'g'), '-')")
});

/// All that Unicode calls white space.
const WHITE_SPACE: &str = ", U&'\\0009\\000A\\000B\\000C\\000D\\0020\\0085\\00A0\\1680\\2000\\2001\\2002\\2003\\2004\\2005\\2006\\2007\
                           \\2008\\2009\\200A\\2028\\2029\\202F\\205F\\3000')";

const fn member(kind: StoredKind) -> &'static str {
    match kind {
        StoredKind::Uuid => " = ANY(ARRAY(SELECT v::uuid FROM jsonb_array_elements_text(",
        StoredKind::Text | StoredKind::Json => " = ANY(ARRAY(SELECT v FROM jsonb_array_elements_text(",
        StoredKind::Int | StoredKind::Duration => {
            " = ANY(ARRAY(SELECT v::bigint FROM jsonb_array_elements_text("
        }
        StoredKind::Float => " = ANY(ARRAY(SELECT v::double precision FROM jsonb_array_elements_text(",
        StoredKind::Bool => " = ANY(ARRAY(SELECT v::integer::boolean FROM jsonb_array_elements_text(",
        StoredKind::Decimal(_) => " = ANY(ARRAY(SELECT v::numeric FROM jsonb_array_elements_text(",
        StoredKind::Bytes => " = ANY(ARRAY(SELECT decode(v, 'hex') FROM jsonb_array_elements_text(",
        StoredKind::Date => {
            " = ANY(ARRAY(SELECT date '1970-01-01' + v::integer FROM jsonb_array_elements_text("
        }
        StoredKind::Instant => {
            " = ANY(ARRAY(SELECT timestamptz '1970-01-01 00:00:00+00' + v::bigint * interval '1 millisecond' \
             FROM jsonb_array_elements_text("
        }
    }
}

/// The type of a column, or of a bound value.
pub(crate) const fn postgres_type(kind: StoredKind) -> &'static str {
    match kind {
        StoredKind::Bool => "boolean",
        StoredKind::Int | StoredKind::Duration => "bigint",
        StoredKind::Float => "double precision",
        StoredKind::Decimal(_) => "numeric",
        StoredKind::Text => "text",
        StoredKind::Bytes => "bytea",
        StoredKind::Uuid => "uuid",
        StoredKind::Date => "date",
        StoredKind::Instant => "timestamptz",
        StoredKind::Json => "jsonb",
    }
}

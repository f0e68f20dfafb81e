//! Expressions over a row as SQL text, everything else bound.
use super::choice;
use super::dialect::{Around, Dialect};
use super::join::Level;
use super::lacks::Lacks;
use super::nest::Nest;
use super::orderly::{AND, OR, may_divide_by_zero};
use super::plain::Plain;
use super::walk::{reads_item, reads_row, written_out};
use crate::eval::looks_at_null;
use crate::facts::stored;
use crate::service::StartError;
use quater_ir::builtin::Builtin;
use quater_ir::entity::{Column, Entity};
use quater_ir::expr::{Arithmetic, Compare, Expr, Node, Operands, Operator};
use quater_ir::storage::StoredKind;
use quater_ir::types::Type;
use quater_ir::{Id, Program};
use std::sync::Arc;

/// SQL text with the expressions that its placeholders stand for.
pub(crate) struct Sql<'a> {
    pub(super) program: &'a Program,
    pub(super) dialect: Dialect,
    /// The text.
    pub(crate) text: String,
    /// What the placeholders are, in order, but for those that are [given](Self::given).
    pub(crate) binds: Vec<Bind>,
    placeholders: usize,
    pub(super) aliases: usize,
    /// The rows that far sides have been entered from, outermost first; none at the outermost.
    pub(super) levels: Vec<Level>,
    /// The items that list functions are looking at, outermost first.
    pub(super) items: Vec<String>,
    /// Of groups: what is made one value of, each a column of the rows that are grouped.
    pub(super) grouped: Option<Vec<Expr>>,
    /// Where nothing is bound: how values and columns are written.
    pub(super) plain: Option<Plain<'a>>,
}

/// A value for one placeholder.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bind {
    pub(crate) value: Expr,
    pub(crate) form: Form,
}

/// How a value is stored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Form {
    /// As a value of a kind.
    Scalar(StoredKind),
    /// As JSON text of a type.
    Structure(Type),
    /// A list as a JSON array that the database takes apart; UUIDs as hex digits.
    Items(StoredKind),
    /// Rows as one value, with the cells of each as they are stored.
    Nested(Arc<Nest>),
}

impl Form {
    /// The kind of what is stored.
    pub(crate) const fn kind(&self) -> StoredKind {
        match self {
            Self::Scalar(kind) => *kind,
            Self::Structure(_) | Self::Items(_) | Self::Nested(_) => StoredKind::Json,
        }
    }
}

type Written = Result<(), StartError>;

/// What is stored for values of a type.
pub(crate) fn form(program: &Program, ty: &Type) -> Form {
    let ty = stored(program, ty);
    match kind(ty) {
        Some(kind) => Form::Scalar(kind),
        None => Form::Structure(ty.clone()),
    }
}

const fn kind(ty: &Type) -> Option<StoredKind> {
    Some(match ty {
        Type::Bool => StoredKind::Bool,
        Type::Int(_) => StoredKind::Int,
        Type::Float(_) => StoredKind::Float,
        Type::Decimal { scale, .. } => StoredKind::Decimal(*scale),
        Type::Text(_) | Type::Url | Type::Email | Type::Password | Type::Enum(_) => StoredKind::Text,
        Type::Bytes { .. } => StoredKind::Bytes,
        Type::Uuid | Type::Ref(_) | Type::Row(_) => StoredKind::Uuid,
        Type::Date => StoredKind::Date,
        Type::Instant => StoredKind::Instant,
        Type::Duration => StoredKind::Duration,
        Type::Json | Type::Null => StoredKind::Json,
        Type::Record(_)
        | Type::List(..)
        | Type::Map(..)
        | Type::Tuple(_)
        | Type::Union(_)
        | Type::Page(_)
        | Type::Stream(_)
        | Type::Patch(_)
        | Type::File(_)
        | Type::Optional(_) => return None,
    })
}

/// A name in SQL.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

pub(super) fn unsupported<T>(what: &str) -> Result<T, StartError> {
    Err(StartError::Unsupported { what: format!("{what} in a condition over stored rows") })
}

impl<'a> Sql<'a> {
    /// Starts with some text.
    pub(crate) fn new(program: &'a Program, dialect: Dialect, text: impl Into<String>) -> Self {
        let (text, binds, levels, items) = (text.into(), Vec::new(), Vec::new(), Vec::new());
        let (grouped, plain) = (None, None);
        Self { program, dialect, text, binds, placeholders: 0, aliases: 0, levels, items, grouped, plain }
    }

    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Appends a placeholder for a value.
    pub(crate) fn bind(&mut self, value: Expr, form: Form) {
        if value.ty == Type::Null && self.dialect.writes_null() {
            return self.push("NULL");
        }
        self.given(&form);
        self.binds.push(Bind { value, form });
    }

    /// Appends a placeholder for a value that whoever runs the statement has at hand.
    pub(crate) fn given(&mut self, form: &Form) {
        self.placeholders += 1;
        let placeholder = self.dialect.placeholder(self.placeholders, form);
        self.push(&placeholder);
    }

    /// Appends names of columns with a placeholder for each, as an insertion has them.
    pub(crate) fn row<'f>(&mut self, names: &[String], forms: impl Iterator<Item = &'f Form>) {
        if names.is_empty() {
            return self.push(" DEFAULT VALUES");
        }
        self.push(&format!(" ({}) VALUES (", names.join(", ")));
        for (at, form) in forms.enumerate() {
            self.push(if at > 0 { ", " } else { "" });
            self.given(form);
        }
        self.push(")");
    }

    /// Appends an expression over the row of an entity.
    pub(crate) fn expr(&mut self, of: Id<Entity>, expr: &Expr) -> Written {
        if !reads_row(expr) && !reads_item(expr, 0) {
            return self.value(expr, form(self.program, &expr.ty));
        }
        match &expr.node {
            Node::Column { up, via, column } => self.column_of(of, *up, via, *column),
            Node::Related { up, via, guard, .. } => self.related(of, *up, via, guard),
            Node::Rows(rows) => self.rows(of, rows, &expr.ty),
            Node::Not(inner) => self.wrap(of, "(NOT ", inner, ")"),
            Node::Negate(inner) => self.wrap(of, "(-", inner, ")"),
            Node::IsNull(inner) => self.wrap(of, "(", inner, " IS NULL)"),
            Node::And(parts) => self.junction(of, parts, &AND),
            Node::Or(parts) => self.junction(of, parts, &OR),
            Node::Compare(how, left, right) => self.compare(of, *how, left, right),
            Node::In(item, list) => self.within(of, item, list),
            Node::Contains { list, item } => self.contains(of, list, item),
            Node::Arithmetic(how, left, right) => self.arithmetic(of, *how, left, right, &expr.ty),
            Node::Convert(inner) => self.convert(of, inner, &expr.ty),
            Node::Call(builtin, arguments) => self.call(of, *builtin, arguments),
            Node::Concat(parts) => self.concat(of, parts),
            Node::Coalesce(first, second) => {
                self.push("coalesce(");
                self.expr(of, first)?;
                self.wrap(of, ", ", second, ")")
            }
            Node::Match { .. } => {
                choice::of(expr).map_or_else(|| unsupported("a union"), |it| self.expr(of, &it))
            }
            Node::If { condition, then, otherwise } => self.choice(of, condition, then, otherwise),
            Node::Fold { function, list, each, .. } => {
                self.fold(of, *function, (list, each.as_deref()), &expr.ty)
            }
            Node::Element(out) => self.item(*out),
            Node::GroupKey => self.push_all("g.k"),
            Node::Aggregate { function, value } => {
                self.made_of_rows(of, *function, value.as_deref(), &expr.ty)
            }
            Node::Literal(_) | Node::Slot(_) | Node::Context(_) | Node::Env(_) => unsupported("a value"),
            Node::RowColumn { row, .. } if matches!(row.node, Node::Related { .. }) => {
                self.expr(of, &written_out(self.program, expr))
            }
            Node::Member { .. } | Node::Index { .. } | Node::Part { .. } => self.member(of, expr),
            Node::Record(..) | Node::List(_) | Node::Project { .. } | Node::RowColumn { .. } => {
                unsupported("a record or a list that is made there")
            }
            Node::Refine { value, .. } if self.plain.is_some() => self.normalised(of, value, &expr.ty),
            Node::Refine { .. }
            | Node::Sign { .. }
            | Node::Tuple(_)
            | Node::Map(_)
            | Node::MapOf { .. }
            | Node::Variant { .. }
            | Node::Narrow { .. }
            | Node::Patch(_)
            | Node::Has { .. }
            | Node::FilePart { .. } => unsupported("such an expression"),
        }
    }

    fn column_of(&mut self, of: Id<Entity>, up: u32, via: &[Id<Column>], column: Id<Column>) -> Written {
        match self.plain {
            Some(plain) => self.push_all(&(plain.column)(column)),
            None => {
                self.column(of, up, via, column);
                Ok(())
            }
        }
    }

    fn choice(&mut self, of: Id<Entity>, condition: &Expr, then: &Expr, otherwise: &Expr) -> Written {
        self.wrap(of, "(CASE WHEN ", condition, " THEN ")?;
        self.expr(of, then)?;
        self.wrap(of, " ELSE ", otherwise, " END)")
    }

    pub(super) fn wrap(&mut self, of: Id<Entity>, before: &str, expr: &Expr, after: &str) -> Written {
        self.push(before);
        self.expr(of, expr)?;
        self.push(after);
        Ok(())
    }

    pub(super) fn list(
        &mut self,
        of: Id<Entity>,
        before: &str,
        parts: &[Expr],
        between: &str,
        after: &str,
    ) -> Written {
        let mut lacks = Lacks::default();
        self.push(before);
        for (at, part) in parts.iter().enumerate() {
            if at > 0 {
                self.push(between);
            }
            lacks.note(self.expr(of, part))?;
        }
        self.push(after);
        lacks.end(())
    }

    pub(super) fn around(&mut self, of: Id<Entity>, around: Around, parts: &[Expr]) -> Written {
        let [before, between, after] = around;
        self.list(of, before, parts, between, after)
    }

    fn compare(&mut self, of: Id<Entity>, how: Compare, left: &Expr, right: &Expr) -> Written {
        let null = looks_at_null(how, left, right);
        let [same, other] = self.dialect.same();
        let operator = match how {
            Compare::Equal if null => same,
            Compare::NotEqual if null => other,
            Compare::Equal => " = ",
            Compare::NotEqual => " <> ",
            Compare::Less => " < ",
            Compare::AtMost => " <= ",
            Compare::Greater => " > ",
            Compare::AtLeast => " >= ",
        };
        let ordered = !matches!(how, Compare::Equal | Compare::NotEqual);
        let (low, high) = (self.scale(left), self.scale(right));
        let mut lacks = Lacks::default();
        self.push("(");
        lacks.note(self.operand(of, left, ordered, high.saturating_sub(low)))?;
        self.push(operator);
        lacks.note(self.operand(of, right, ordered, low.saturating_sub(high)))?;
        self.push(")");
        lacks.end(())
    }

    pub(super) fn scale(&self, expr: &Expr) -> u8 {
        if let Type::Decimal { scale, .. } = stored(self.program, &expr.ty) { *scale } else { 0 }
    }

    /// An operand of a comparison: a member of an enum by its position where order counts, a decimal
    /// with as many digits as the other side.
    pub(super) fn operand(&mut self, of: Id<Entity>, expr: &Expr, ordered: bool, digits: u8) -> Written {
        if let (Type::Enum(id), true) = (expr.ty.required(), ordered) {
            self.push("(CASE ");
            self.expr(of, expr)?;
            let members = self.program.enums[*id].members.iter().enumerate();
            let cases: String = members.map(|(at, name)| format!(" WHEN '{name}' THEN {at}")).collect();
            self.push(&cases);
            self.push(" END)");
            return Ok(());
        }
        if digits == 0 || !self.dialect.scales_decimals() {
            return self.expr(of, expr);
        }
        let factor = power(digits)?;
        self.wrap(of, "(", expr, &format!(" * {factor})"))
    }

    fn within(&mut self, of: Id<Entity>, item: &Expr, list: &[Expr]) -> Written {
        if list.is_empty() {
            self.push(self.dialect.never());
            return Ok(());
        }
        if let [only] = list {
            // `x IN ((SELECT …))` would ask the subquery for rows: none of them is false, not null.
            self.wrap(of, "(", item, " = ")?;
            return self.wrap(of, "", only, ")");
        }
        self.wrap(of, "(", item, " IN ")?;
        self.list(of, "(", list, ", ", "))")
    }

    fn contains(&mut self, of: Id<Entity>, list: &Expr, item: &Expr) -> Written {
        if let Node::Rows(rows) = &list.node {
            return self.among(of, item, rows);
        }
        let Type::List(inner, _) = list.ty.required() else {
            return unsupported("`in` over what is no list");
        };
        let Form::Scalar(kind) = form(self.program, inner) else {
            return unsupported("`in` over a list of lists");
        };
        if reads_row(list) {
            return self.holds(of, list, item, kind);
        }
        let [between, after] = self.dialect.member(kind);
        self.wrap(of, "(", item, &between)?;
        self.value(list, Form::Items(kind))?;
        self.push_all(&after)
    }

    /// Whether a stored list holds an item, which is compared as it stands in JSON.
    fn holds(&mut self, of: Id<Entity>, list: &Expr, item: &Expr, kind: StoredKind) -> Written {
        let plain = matches!(kind, StoredKind::Text | StoredKind::Int | StoredKind::Float | StoredKind::Bool);
        let ty = item.ty.required();
        let item = if plain {
            item.clone()
        } else if let Type::Decimal { .. } = ty {
            // All of its digits.
            let wide = Expr::new(Node::Convert(Box::new(item.clone())), ty.clone());
            Expr::new(Node::Concat(vec![wide]), Type::TEXT)
        } else {
            Expr::new(Node::Concat(vec![item.clone()]), Type::TEXT)
        };
        let [before, between, again, after] = self.dialect.holds();
        self.wrap(of, before, list, between)?;
        self.wrap(of, "", &item, again)?;
        if self.dialect == Dialect::Postgres {
            return Ok(());
        }
        self.wrap(of, "", list, after)
    }

    fn arithmetic(
        &mut self,
        of: Id<Entity>,
        how: Arithmetic,
        left: &Expr,
        right: &Expr,
        ty: &Type,
    ) -> Written {
        if how.on == Operands::Float && how.operator == Operator::Remainder {
            return unsupported("the remainder of floats");
        }
        if (how.on, how.operator) == (Operands::Decimal, Operator::Divide) {
            return self.quotient(of, how, (left, right), ty);
        }
        let [before, between, after] = self.dialect.arithmetic(how.on, how.operator);
        let (mut low, mut high) = (0, 0);
        if how.on == Operands::Decimal {
            let result = if let Type::Decimal { scale, .. } = ty.required() { *scale } else { 0 };
            let (a, b) = (self.scale(left), self.scale(right));
            match how.operator {
                Operator::Multiply if a + b == result => {}
                Operator::Multiply | Operator::Divide => return unsupported("such a product"),
                Operator::Add | Operator::Subtract | Operator::Remainder => {
                    (low, high) = (result.saturating_sub(a), result.saturating_sub(b));
                }
            }
        }
        // A migration asks for the rows that get no value.
        let [open, close] = if may_divide_by_zero(how, right) {
            self.dialect.divisor(self.plain.is_some())
        } else {
            ["", ""]
        };
        self.push(before);
        self.operand(of, left, false, low)?;
        self.push(between);
        self.push(open);
        self.operand(of, right, false, high)?;
        self.push(close);
        self.push(after);
        Ok(())
    }

    fn convert(&mut self, of: Id<Entity>, inner: &Expr, ty: &Type) -> Written {
        match (stored(self.program, &inner.ty), ty.required()) {
            (Type::Int(_) | Type::Decimal { .. }, Type::Decimal { scale, .. }) => {
                self.operand(of, inner, false, scale.saturating_sub(self.scale(inner)))
            }
            (Type::Decimal { scale, .. }, Type::Float(_)) if self.dialect.scales_decimals() => {
                let unit = power(*scale)?;
                self.wrap(of, "(CAST(", inner, &format!(" AS REAL) / {unit})"))
            }
            (Type::Int(_) | Type::Decimal { .. }, Type::Float(_)) => {
                self.around(of, self.dialect.float(), std::slice::from_ref(inner))
            }
            (_, Type::Json) => unsupported("JSON that is made there"),
            (_, _) => self.expr(of, inner),
        }
    }

    fn call(&mut self, of: Id<Entity>, builtin: Builtin, arguments: &[Expr]) -> Written {
        match (builtin, arguments) {
            (Builtin::Contains, [it, part]) => {
                self.push(self.dialect.place());
                self.expr(of, it)?;
                self.wrap(of, ", ", part, ") > 0)")
            }
            (Builtin::StartsWith, [it, part]) => {
                self.push(self.dialect.place());
                self.expr(of, it)?;
                self.wrap(of, ", ", part, ") = 1)")
            }
            (Builtin::Length, [it]) if matches!(it.ty.required(), Type::List(..)) => {
                self.around(of, self.dialect.items(), std::slice::from_ref(it))
            }
            (Builtin::Length, _) => self.around(of, self.dialect.length(), arguments),
            (Builtin::Replace, _) => self.list(of, "replace(", arguments, ", ", ")"),
            (Builtin::Round, [it, digits]) => self.rounded(of, it, digits),
            (Builtin::Floor | Builtin::Ceil, [it]) => self.whole(of, builtin, it),
            (Builtin::Abs, _) => self.list(of, "abs(", arguments, ", ", ")"),
            (Builtin::Least, _) => self.around(of, self.dialect.extreme(true), arguments),
            (Builtin::Greatest, _) => self.around(of, self.dialect.extreme(false), arguments),
            (Builtin::Trim | Builtin::Lower | Builtin::Upper | Builtin::Slug | Builtin::Sha256, _) => {
                match self.dialect.text_function(builtin) {
                    Some(around) => self.around(of, around, arguments),
                    None => unsupported(&format!("`{}` on Postgres", builtin.name())),
                }
            }
            (builtin, _) => unsupported(&format!("`{}`", builtin.name())),
        }
    }

    /// Appends the order, ties by the key.
    pub(crate) fn order(&mut self, of: Id<Entity>, sort: &[quater_ir::body::Sort]) -> Written {
        self.push(" ORDER BY ");
        self.sorted(of, sort)
    }
}

pub(super) fn power(digits: u8) -> Result<i64, StartError> {
    let power = 10_i64.checked_pow(u32::from(digits));
    power.map_or_else(|| unsupported("a decimal with so many digits"), Ok)
}

/// The entity that a relation points to.
pub(crate) fn target(program: &Program, of: Id<Entity>, relation: Id<Column>) -> Option<Id<Entity>> {
    let ty = program.entities[of].columns[relation].ty.required();
    if let Type::Ref(entity) | Type::Row(entity) = ty { Some(*entity) } else { None }
}

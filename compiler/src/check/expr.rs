//! Expressions.
use super::coerce::same_kind;
use super::collection::deeper;
use super::compare::is_structure;
use super::json::is_written;
use super::narrowing::tested;
use super::scope::{Place, Presence, Scope};
use super::{Checker, Typed};
use crate::ast::{self, BinaryOp, ExprKind, UnaryOp};
use crate::report::{Code, Report, Span};
use crate::resolve::Meaning;
use quater_ir::expr::{Context, Expr, Node};
use quater_ir::types::{Bounds, FileRules, Type};
use quater_ir::value::Literal;

/// Most nodes that one declaration may grow to when its functions are written out.
pub(crate) const MOST_NODES: usize = 20_000;

impl Checker<'_> {
    /// An expression; `expected` helps with names of enum members, literals and records.
    pub(crate) fn expr(
        &mut self,
        scope: &mut Scope,
        ast: &ast::Expr,
        expected: Option<&Type>,
    ) -> Option<Typed> {
        self.grows(ast.at)?;
        let at = ast.at;
        if matches!(expected.map(Type::required), Some(Type::Json)) && is_written(ast) {
            return self.json(scope, ast);
        }
        match &ast.kind {
            ExprKind::Literal(literal) => self.literal(*literal, expected, at),
            ExprKind::Text(text) => self.text(scope, text, expected),
            ExprKind::Name(name) => self.name(scope, name, expected),
            ExprKind::Field { base, name } => {
                let member = self.member(scope, base, name, expected, at)?;
                Some(self.narrowed(scope, ast, member))
            }
            ExprKind::Call(call) => self.call(scope, call, expected),
            ExprKind::Unary { op: UnaryOp::Not, operand } => {
                let operand = self.condition(scope, operand)?;
                Some(Typed { expr: not(operand.expr), secret: operand.secret, at })
            }
            ExprKind::Unary { op: UnaryOp::Negate, operand } => self.negate(scope, operand, expected, at),
            ExprKind::Binary { op, op_at, left, right } => {
                self.binary(scope, (*op, *op_at), (left, right), at)
            }
            ExprKind::IsNull { value, negated } => self.is_null(scope, value, *negated, at),
            ExprKind::Else { value, otherwise } => self.otherwise(scope, value, otherwise, expected, at),
            ExprKind::List(items) => self.list(scope, items, expected, at),
            ExprKind::Record(record) => self.record(scope, record, expected),
            ExprKind::Verb(verb) => {
                let made = self.verb(scope, verb, None, expected, at);
                scope.mark(at);
                made
            }
            ExprKind::Regex(_) => self.error(Code::E0310, at, "a regex belongs into the type of a text"),
            ExprKind::Index { base, index } => {
                let item = self.subscript(scope, base, index, at)?;
                Some(self.narrowed(scope, ast, item))
            }
            ExprKind::Has { value, name } => self.has(scope, value, name, at),
            ExprKind::Tuple(parts) => self.tuple(scope, parts, expected, at),
            ExprKind::Map(entries) => self.map(scope, entries, expected, at),
            ExprKind::MapFor { key, value, element, list } => {
                self.map_for(scope, (key, value), element, list, expected, at)
            }
            ExprKind::Lambda { .. } => {
                let report = Report::new(Code::E0310, at, "`=>` stands in a function over a list alone");
                self.report(report.help("write it behind the list: `map(lines, line => line.qty)`"))
            }
            ExprKind::Match(matching) => self.match_value(scope, matching, expected, at),
            ExprKind::Hole => None,
        }
    }

    /// Counts one node more, as long as there are not too many.
    fn grows(&mut self, at: Span) -> Option<()> {
        self.inlined += 1;
        if self.inlined == MOST_NODES + 1 {
            self.too_large(at);
        }
        (self.inlined <= MOST_NODES).then_some(())
    }

    /// Reports that a declaration grew beyond [`MOST_NODES`].
    pub(crate) fn too_large(&mut self, at: Span) {
        self.error::<()>(Code::E0312, at, "this grows too large when its functions are written out");
    }

    /// An expression of a type.
    pub(crate) fn expect(
        &mut self,
        scope: &mut Scope,
        ast: &ast::Expr,
        ty: &Type,
        field: &str,
    ) -> Option<Typed> {
        let value = self.expr(scope, ast, Some(ty))?;
        self.coerce(scope, value, ty, field)
    }

    /// An expression that is true or not.
    pub(crate) fn condition(&mut self, scope: &mut Scope, ast: &ast::Expr) -> Option<Typed> {
        let value = self.expr(scope, ast, Some(&Type::Bool))?;
        if *value.ty().required() == Type::Bool {
            return Some(value);
        }
        let message = format!("{} where something true or false is needed", self.describe(value.ty()));
        self.error(Code::E0301, value.at, message)
    }

    fn name(&mut self, scope: &mut Scope, name: &ast::Name, expected: Option<&Type>) -> Option<Typed> {
        if name.is_hole() {
            return None;
        }
        let at = name.at;
        let member = self.row_named(scope, &name.text);
        let local = scope.local(&name.text).cloned();
        if let Some(item) = self.bare_member(scope, name) {
            if local.is_some() || member.is_some() {
                return self.two_meanings(name, "item");
            }
            return item;
        }
        match (local, member) {
            (Some(_), Some(_)) => self.two_meanings(name, "row"),
            (Some(local), None) => {
                self.names.notes.means(at, local.at);
                let value = deeper(local.value, scope.depth() - local.depth);
                let expr = self.narrow(scope, &name.text, value);
                Some(Typed { expr, secret: local.secret, at })
            }
            (None, Some((place, member))) => {
                self.note_member(place.entity, name);
                let value = self.placed(scope, &place, member, at)?;
                Some(Typed { expr: self.narrow(scope, &name.text, value.expr), ..value })
            }
            (None, None) => self.outer_name(scope, name, expected),
        }
    }

    fn two_meanings<T>(&mut self, name: &ast::Name, of: &str) -> Option<T> {
        let message = format!("`{}` is both a field of the {of} and a value outside", name.text);
        let report = Report::new(Code::E0203, name.at, message);
        self.report(report.help(match of {
            "item" => "rename the value outside, or give the item a name: `x => x.field`",
            _ => "rename the value outside: in a condition over rows a bare name is a field",
        }))
    }

    fn outer_name(&mut self, scope: &mut Scope, name: &ast::Name, expected: Option<&Type>) -> Option<Typed> {
        let at = name.at;
        if let Some(Type::Enum(id)) = expected.map(Type::required)
            && self.enums[*id].members.contains(&name.text)
        {
            self.note_value(*id, name);
            let expr = Expr::new(Node::Literal(Literal::Text(name.text.clone())), Type::Enum(*id));
            return Some(Typed { expr, secret: false, at });
        }
        match (name.text.as_str(), scope.place) {
            ("actor", _) => self.actor(scope, at),
            ("door", _) => Some(self.context(Context::Door, Type::TEXT, at)),
            ("credential", Place::Auth) => {
                let mut value = self.context(Context::Credential, Type::TEXT, at);
                value.secret = true;
                Some(value)
            }
            _ => self.unknown_name(scope, name, expected),
        }
    }

    fn context(&self, context: Context, ty: Type, at: Span) -> Typed {
        Typed { expr: Expr::new(Node::Context(context), ty), secret: false, at }
    }

    /// The caller's row.
    pub(crate) fn actor(&mut self, scope: &Scope, at: Span) -> Option<Typed> {
        let Some(entity) = self.caller.entity else {
            if self.names.auths.is_empty() {
                return self.error(Code::E0509, at, "there is no `actor` without an `auth`");
            }
            return None;
        };
        let row = Type::Row(entity);
        match scope.actor {
            Presence::Assumed => Some(self.context(Context::Actor, row, at)),
            Presence::Perhaps => {
                let actor = self.context(Context::Actor, row.optional(), at);
                Some(Typed { expr: self.narrow(scope, "actor", actor.expr), ..actor })
            }
            Presence::Never => {
                self.asked_nobody = true;
                self.error(Code::E0310, at, "there is no `actor` here")
            }
        }
    }

    fn unknown_name<T>(&mut self, scope: &Scope, name: &ast::Name, expected: Option<&Type>) -> Option<T> {
        let text = name.text.as_str();
        if self.names.get(name) == Some(Meaning::Unknown) || scope.body.unknown.contains(&name.text) {
            return None;
        }
        if scope.row.is_some_and(|entity| self.known_but_later(entity, text)) {
            return None;
        }
        let mut known: Vec<String> = scope.locals.iter().map(|local| local.name.to_string()).collect();
        known.extend(["actor".to_owned(), "input".to_owned(), "env".to_owned(), "request".to_owned()]);
        self.offer_functions(name);
        self.look_among_locals(scope, name);
        if let Some(entity) = scope.row {
            self.look_among_members(entity, name);
            known.extend(self.members_of(entity).iter().map(ToString::to_string));
        }
        if let Some(Type::Enum(id)) = expected.map(Type::required) {
            self.look_among_values(*id, name);
            known.extend(self.enums[*id].members.iter().map(ToString::to_string));
        }
        let message = match self.names.get(name) {
            Some(Meaning::Function(_)) => format!("`{text}` is a function: write `{text}(…)`"),
            Some(_) => format!("`{text}` is no value"),
            None => format!("there is no `{text}` here"),
        };
        self.unknown(Code::E0201, name, message, known.iter().map(String::as_str))
    }

    fn member(
        &mut self,
        scope: &mut Scope,
        base: &ast::Expr,
        name: &ast::Name,
        expected: Option<&Type>,
        at: Span,
    ) -> Option<Typed> {
        if let ExprKind::Name(root) = &base.kind
            && scope.local(&root.text).is_none()
            && let Some(found) = self.rooted(scope, root, name, at)
        {
            return found.map(|value| super::credential::claimed(value, expected));
        }
        if let ExprKind::Name(root) = &base.kind
            && scope.local(&root.text).is_none()
            && let Some(Meaning::Enum(id)) = self.names.get(root)
        {
            return self.member_of_enum(id, root, name, at);
        }
        let value = self.expr(scope, base, None)?;
        if matches!(value.ty(), Type::Patch(_)) {
            return self.patch_member(scope, base, value, name, at);
        }
        self.member_of(scope, value, name, at)
    }

    /// `env.X`, `input.x`, `request.id`, `claims.sub`: members of what is no value itself.
    #[expect(clippy::option_option, reason = "not such a root, or one with a reported fault")]
    fn rooted(
        &mut self,
        scope: &mut Scope,
        root: &ast::Name,
        name: &ast::Name,
        at: Span,
    ) -> Option<Option<Typed>> {
        if root.text == "event" && scope.body.event.is_some() {
            return Some(self.event(scope, name, at));
        }
        match root.text.as_str() {
            "env" => Some(self.env_value(name, at)),
            "input" => Some(match scope.input(&name.text).cloned() {
                Some(local) => {
                    self.names.notes.means(name.at, local.at);
                    Some(Typed { expr: local.value, secret: local.secret, at })
                }
                None => self.error(Code::E0201, name.at, format!("there is no input `{}`", name.text)),
            }),
            "request" => Some(match name.text.as_str() {
                "id" => Some(self.context(Context::RequestId, Type::Uuid, at)),
                "ip" => Some(self.context(Context::RequestIp, Type::TEXT.optional(), at)),
                _ => self.error(Code::E0204, name.at, "`request` has `id` and `ip`"),
            }),
            "claims" if scope.place == Place::Auth => {
                Some(Some(self.context(Context::Claim(name.text.clone()), Type::TEXT, at)))
            }
            _ => None,
        }
    }

    fn env_value(&mut self, name: &ast::Name, at: Span) -> Option<Typed> {
        let declared = self.names.env.iter().find(|field| field.name.text == name.text);
        self.names.notes.means(name.at, declared.map(|field| field.name.at));
        let found = self.env.iter().find(|(_, value)| value.name == name.text);
        if let Some((id, value)) = found {
            let (ty, secret) = (value.ty.clone(), value.secret);
            if let Some(used) = self.env_used.get_mut(id.index()) {
                *used = true;
            }
            return Some(Typed { expr: Expr::new(Node::Env(id), ty), secret, at });
        }
        if declared.is_some() {
            return None;
        }
        let known = self.names.env.iter().map(|field| field.name.text.as_str());
        self.unknown(Code::E0201, name, format!("`env` declares no `{}`", name.text), known)
    }

    fn binary(
        &mut self,
        scope: &mut Scope,
        (op, op_at): (BinaryOp, Span),
        (left, right): (&ast::Expr, &ast::Expr),
        at: Span,
    ) -> Option<Typed> {
        match op {
            BinaryOp::And | BinaryOp::Or => self.logic(scope, op == BinaryOp::And, left, right, at),
            BinaryOp::In => self.membership(scope, left, right, at),
            BinaryOp::NotIn => {
                let inside = self.membership(scope, left, right, at)?;
                Some(Typed { expr: not(inside.expr), ..inside })
            }
            BinaryOp::Equal
            | BinaryOp::NotEqual
            | BinaryOp::Less
            | BinaryOp::LessEqual
            | BinaryOp::Greater
            | BinaryOp::GreaterEqual => self.comparison(scope, op, left, right, at),
            BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide => {
                self.arithmetic(scope, (op, op_at), left, right, at)
            }
        }
    }

    fn logic(
        &mut self,
        scope: &mut Scope,
        and: bool,
        left: &ast::Expr,
        right: &ast::Expr,
        at: Span,
    ) -> Option<Typed> {
        let first = self.condition(scope, left);
        let before = scope.narrowed.len();
        tested(left, and, &mut scope.narrowed);
        let second = self.condition(scope, right);
        scope.narrowed.truncate(before);
        let (first, second) = (first?, second?);
        let secret = first.secret || second.secret;
        let mut parts = Vec::new();
        for part in [first.expr, second.expr] {
            if let (Node::And(inner), true) | (Node::Or(inner), false) = (&part.node, and) {
                parts.extend(inner.iter().cloned());
            } else {
                parts.push(part);
            }
        }
        let node = if and { Node::And(parts) } else { Node::Or(parts) };
        Some(Typed { expr: Expr::new(node, Type::Bool), secret, at })
    }

    fn is_null(&mut self, scope: &mut Scope, value: &ast::Expr, negated: bool, at: Span) -> Option<Typed> {
        let value = self.expr(scope, value, None)?;
        let test = Expr::new(Node::IsNull(Box::new(value.expr)), Type::Bool);
        Some(Typed { expr: if negated { not(test) } else { test }, secret: false, at })
    }

    /// `x else fallback` on a value; on a verb, `else` is the verb's own.
    fn otherwise(
        &mut self,
        scope: &mut Scope,
        value: &ast::Expr,
        fallback: &ast::Expr,
        expected: Option<&Type>,
        at: Span,
    ) -> Option<Typed> {
        if let ExprKind::Verb(verb) = &value.kind {
            let made = self.verb(scope, verb, Some(fallback), expected, at);
            scope.mark(value.at);
            return made;
        }
        let value = self.expr(scope, value, expected)?;
        self.value_or(scope, value, fallback, at)
    }

    fn list(
        &mut self,
        scope: &mut Scope,
        items: &[ast::Expr],
        expected: Option<&Type>,
        at: Span,
    ) -> Option<Typed> {
        let mut of = match expected.map(Type::required) {
            Some(Type::List(of, _) | Type::Stream(of)) => Some((**of).clone()),
            _ => None,
        };
        let mut values = Vec::new();
        let mut secret = false;
        for item in items {
            let value = match &of {
                Some(ty) => self.expect(scope, item, &ty.clone(), "")?,
                None => self.expr(scope, item, None)?,
            };
            of.get_or_insert_with(|| unrefined(value.ty()));
            self.touch_whole(scope, &value.expr);
            secret |= value.secret;
            values.push(value.expr);
        }
        let count = u32::try_from(values.len()).ok();
        let bounds = Bounds { min: count, max: count };
        let ty = Type::List(Box::new(of.unwrap_or(Type::Null)), bounds);
        Some(Typed { expr: Expr::new(Node::List(values), ty), secret, at })
    }

    /// `x in [a, b]`, `x in list`
    fn membership(
        &mut self,
        scope: &mut Scope,
        left: &ast::Expr,
        right: &ast::Expr,
        at: Span,
    ) -> Option<Typed> {
        if let Some(found) = self.named_in_list(scope, left, right, at) {
            return found;
        }
        let item = self.expr(scope, left, None)?;
        let kind = unrefined(item.ty().required());
        if let ExprKind::List(items) = &right.kind {
            let mut values = Vec::new();
            for candidate in items {
                values.push(self.expect(scope, candidate, &kind, "")?.expr);
            }
            let item = self.comparable(scope, item)?;
            let expr = Expr::new(Node::In(Box::new(item.expr), values), Type::Bool);
            return Some(Typed { expr, secret: item.secret, at });
        }
        let list = self.expr(scope, right, Some(&Type::List(Box::new(kind.clone()), Bounds::ANY)))?;
        if !matches!(list.ty(), Type::List(of, _) if same_kind(of, &kind)) {
            let message = format!("`in` looks for {} in {}", self.describe(&kind), self.describe(list.ty()));
            return self.error(Code::E0305, at, message);
        }
        if is_structure(&kind) {
            let message = format!("{} can't be compared", self.describe(&kind));
            let report = Report::new(Code::E0305, item.at, message);
            return self
                .report(report.help("ask for a member of the items: `any(items, x => x.name == name)`"));
        }
        let secret = item.secret || list.secret;
        let node = Node::Contains { list: Box::new(list.expr), item: Box::new(item.expr) };
        Some(Typed { expr: Expr::new(node, Type::Bool), secret, at })
    }
}

/// Three-valued `not`; two of them are none.
pub(crate) fn not(condition: Expr) -> Expr {
    if let Node::Not(inner) = condition.node {
        return *inner;
    }
    if let Node::Literal(Literal::Bool(truth)) = condition.node {
        return Expr::constant(!truth);
    }
    Expr::new(Node::Not(Box::new(condition)), Type::Bool)
}

/// The type without its refinement.
pub(crate) fn unrefined(ty: &Type) -> Type {
    match ty {
        Type::Int(_) => Type::INT,
        Type::Float(_) => Type::FLOAT,
        Type::Text(_) => Type::TEXT,
        Type::Decimal { scale, .. } => Type::Decimal { scale: *scale, bounds: Bounds::ANY },
        Type::Optional(of) => unrefined(of).optional(),
        Type::List(of, _) => Type::List(Box::new(unrefined(of)), Bounds::ANY),
        Type::Map(key, of, _) => Type::Map(Box::new(unrefined(key)), Box::new(unrefined(of)), Bounds::ANY),
        Type::Tuple(parts) => Type::Tuple(parts.iter().map(unrefined).collect()),
        Type::File(_) => Type::File(FileRules { media: Vec::new(), max: None }),
        Type::Bool
        | Type::Bytes { .. }
        | Type::Uuid
        | Type::Date
        | Type::Instant
        | Type::Duration
        | Type::Json
        | Type::Url
        | Type::Email
        | Type::Password
        | Type::Enum(_)
        | Type::Record(_)
        | Type::Ref(_)
        | Type::Row(_)
        | Type::Union(_)
        | Type::Page(_)
        | Type::Stream(_)
        | Type::Patch(_)
        | Type::Null => ty.clone(),
    }
}

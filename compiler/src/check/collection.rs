//! Maps and tuples: their types, their literals, and `x[i]`.
use super::join::join;
use super::scope::{Element, Place, Scope};
use super::{Checker, Typed};
use crate::ast::{self, ExprKind, Literal as Written};
use crate::report::{Code, Report, Span};
use quater_ir::expr::{Expr, Node};
use quater_ir::types::{Bounds, Type};

impl Checker<'_> {
    /// `{ text: T }(..50)`
    pub(crate) fn map_type(
        &mut self,
        key: &ast::Type,
        value: &ast::Type,
        bound: Option<&ast::Range>,
    ) -> Option<Type> {
        let (keys, of) = (self.ty(key), self.ty(value));
        let bounds = match bound {
            Some(range) => self.count_range(range)?,
            None => Bounds::ANY,
        };
        let keys = keys?;
        if !matches!(keys, Type::Text(_) | Type::Int(_) | Type::Uuid | Type::Enum(_)) {
            let message = format!("{} can't be the key of a map", self.describe(&keys));
            return self.report(
                Report::new(Code::E0317, key.at, message)
                    .help("keys are texts, whole numbers, UUIDs and members of enums"),
            );
        }
        Some(Type::Map(Box::new(keys), Box::new(of?), bounds))
    }

    /// `(text, int)`
    pub(crate) fn tuple_type(&mut self, parts: &[ast::Type]) -> Option<Type> {
        let parts: Vec<Option<Type>> = parts.iter().map(|part| self.ty(part)).collect();
        parts.into_iter().collect::<Option<_>>().map(Type::Tuple)
    }

    /// `(a, b)`
    pub(crate) fn tuple(
        &mut self,
        scope: &mut Scope,
        parts: &[ast::Expr],
        expected: Option<&Type>,
        at: Span,
    ) -> Option<Typed> {
        let wanted = match expected.map(Type::required) {
            Some(Type::Tuple(wanted)) if wanted.len() == parts.len() => Some(wanted.clone()),
            Some(Type::Tuple(wanted)) => {
                let message = format!("a tuple of {} where one of {} is needed", parts.len(), wanted.len());
                return self.error(Code::E0301, at, message);
            }
            _ => None,
        };
        let (mut values, mut secret) = (Vec::new(), false);
        for (index, part) in parts.iter().enumerate() {
            let value = match wanted.as_ref().and_then(|wanted| wanted.get(index)) {
                Some(ty) => self.expect(scope, part, ty, "")?,
                None => self.expr(scope, part, None)?,
            };
            self.touch_whole(scope, &value.expr);
            secret |= value.secret;
            values.push(value.expr);
        }
        let ty = Type::Tuple(values.iter().map(|value| value.ty.clone()).collect());
        Some(Typed { expr: Expr::new(Node::Tuple(values), ty), secret, at })
    }

    /// `{ "a": x }`
    pub(crate) fn map(
        &mut self,
        scope: &mut Scope,
        entries: &[(ast::Expr, ast::Expr)],
        expected: Option<&Type>,
        at: Span,
    ) -> Option<Typed> {
        let wanted = match expected.map(Type::required) {
            Some(Type::Map(key, value, _)) => Some(((**key).clone(), (**value).clone())),
            Some(Type::Record(_)) => {
                let report = Report::new(Code::E0301, at, "a map where a record is needed");
                return self
                    .report(report.help("members of a record stand without quotes: `{ name: value }`"));
            }
            _ => None,
        };
        let mut found: Vec<(Typed, Typed)> = Vec::new();
        for (key, value) in entries {
            let entry = match &wanted {
                Some((keys, of)) => (self.map_key(scope, key, keys), self.expect(scope, value, of, "")),
                None => (self.expr(scope, key, None), self.expr(scope, value, None)),
            };
            let (key, value) = (entry.0?, entry.1?);
            let written = matches!(key.expr.node, Node::Literal(_));
            if written && found.iter().any(|(other, _)| other.expr.node == key.expr.node) {
                return self.error(Code::E0202, key.at, "this key is there twice");
            }
            self.touch_whole(scope, &value.expr);
            found.push((key, value));
        }
        let secret = found.iter().any(|(key, value)| key.secret || value.secret);
        let (keys, of) = match wanted {
            Some(wanted) => wanted,
            None => self.entry_types(&found)?,
        };
        let mut pairs = Vec::new();
        for (key, value) in found {
            let key = self.coerce(scope, key, &keys, "key")?;
            pairs.push((key.expr, self.coerce(scope, value, &of, "")?.expr));
        }
        let count = u32::try_from(pairs.len()).ok();
        let ty = Type::Map(Box::new(keys), Box::new(of), Bounds { min: count, max: count });
        Some(Typed { expr: Expr::new(Node::Map(pairs), ty), secret, at })
    }

    /// A key of a map; a text says which number it is, as in JSON.
    fn map_key(&mut self, scope: &mut Scope, key: &ast::Expr, ty: &Type) -> Option<Typed> {
        let plain = if let ExprKind::Text(text) = &key.kind { text.plain() } else { None };
        let (Type::Int(_), Some(plain)) = (ty, plain) else { return self.expect(scope, key, ty, "key") };
        match plain.parse::<i64>().ok().filter(|number| number.to_string() == *plain) {
            Some(number) => {
                let (number, at) = (ast::Literal::Int(number), key.at);
                self.expect(scope, &ast::Expr { kind: ExprKind::Literal(number), at }, ty, "key")
            }
            None => self.error(Code::E0307, key.at, "this text is no `int`"),
        }
    }

    /// The types of the keys and of the values of a map that is written out.
    fn entry_types(&mut self, entries: &[(Typed, Typed)]) -> Option<(Type, Type)> {
        let mut types: Option<(Type, Type)> = None;
        for (key, value) in entries {
            self.is_key(key)?;
            let Some((keys, of)) = types else {
                types = Some((key.ty().clone(), value.ty().clone()));
                continue;
            };
            let Some(keys) = join(&keys, key.ty()) else {
                let message =
                    format!("{} where a key above is {}", self.describe(key.ty()), self.describe(&keys));
                return self.error(Code::E0301, key.at, message);
            };
            let Some(of) = join(&of, value.ty()) else {
                let message =
                    format!("{} where a value above is {}", self.describe(value.ty()), self.describe(&of));
                return self.error(Code::E0301, value.at, message);
            };
            types = Some((keys, of));
        }
        types
    }

    fn is_key(&mut self, key: &Typed) -> Option<()> {
        if matches!(key.ty(), Type::Text(_) | Type::Int(_) | Type::Uuid | Type::Enum(_)) {
            return Some(());
        }
        let message = format!("{} can't be the key of a map", self.describe(key.ty()));
        let report = Report::new(Code::E0317, key.at, message);
        self.report(report.help("keys are texts, whole numbers, UUIDs and members of enums"))
    }

    /// `{ r.kind: r.count for r in rows }`
    pub(crate) fn map_for(
        &mut self,
        scope: &mut Scope,
        (key, value): (&ast::Expr, &ast::Expr),
        element: &ast::Name,
        list: &ast::Expr,
        expected: Option<&Type>,
        at: Span,
    ) -> Option<Typed> {
        let wanted = match expected.map(Type::required) {
            Some(Type::Map(key, value, _)) => Some(((**key).clone(), (**value).clone())),
            _ => None,
        };
        self.fresh(scope, element);
        let list = self.expr(scope, list, None)?;
        let (of, bounds) = self.items_of(&list)?;
        let item = Element { ty: of, secret: list.secret, bare: false };
        let made = self.of_each(scope, item, Some(element), |checker, scope| match &wanted {
            Some((keys, of)) => {
                let key = checker.expect(scope, key, keys, "key");
                Some((key?, checker.expect(scope, value, of, "")?))
            }
            None => {
                let key = checker.expr(scope, key, None);
                Some((key?, checker.expr(scope, value, None)?))
            }
        });
        let (key, value) = made?;
        self.is_key(&key)?;
        let secret = list.secret || key.secret || value.secret;
        let bounds = Bounds { min: bounds.min.map(|min| min.min(1)), max: bounds.max };
        let ty = Type::Map(Box::new(key.ty().clone()), Box::new(value.ty().clone()), bounds);
        let node =
            Node::MapOf { list: Box::new(list.expr), key: Box::new(key.expr), value: Box::new(value.expr) };
        Some(Typed { expr: Expr::new(node, ty), secret, at })
    }

    /// What a list is of, and how many of it.
    pub(crate) fn items_of(&mut self, list: &Typed) -> Option<(Type, Bounds<u32>)> {
        if let Type::List(of, bounds) = list.ty() {
            return Some(((**of).clone(), *bounds));
        }
        if list.ty().is_optional() {
            let report = Report::new(Code::E0303, list.at, "this may be absent");
            return self.report(report.help("test it first, or give another value with `else []`"));
        }
        let message = format!("{} where a list is needed", self.describe(list.ty()));
        self.error(Code::E0301, list.at, message)
    }

    /// Something over each item of a list, which has a name or whose members are bare names.
    pub(crate) fn of_each<T>(
        &mut self,
        scope: &mut Scope,
        item: Element,
        name: Option<&ast::Name>,
        inside: impl FnOnce(&mut Self, &mut Scope) -> T,
    ) -> T {
        let place = scope.place;
        if place == Place::Body {
            scope.place = Place::Rule;
        }
        let (locals, narrowed) = (scope.locals.len(), scope.narrowed.len());
        let (ty, secret) = (item.ty.clone(), item.secret);
        scope.elements.push(item);
        if let Some(name) = name {
            self.note_local(name, &ty);
            scope.bind_at(name, Expr::new(Node::Element(0), ty), secret);
        }
        let result = inside(self, scope);
        scope.elements.pop();
        scope.locals.truncate(locals);
        scope.narrowed.truncate(narrowed);
        scope.place = place;
        result
    }

    /// `xs[i]`, `m[k]`, `t[0]`
    pub(crate) fn subscript(
        &mut self,
        scope: &mut Scope,
        base: &ast::Expr,
        index: &ast::Expr,
        at: Span,
    ) -> Option<Typed> {
        let base = self.expr(scope, base, None)?;
        if base.ty().is_optional() {
            let report = Report::new(Code::E0303, base.at, "this may be absent, and then it has no items");
            return self.report(report.help("test it first: `if x is not null { … }` or `x else …`"));
        }
        self.touch_whole(scope, &base.expr);
        if let Type::Tuple(parts) = base.ty() {
            let parts = parts.clone();
            return self.part(base, &parts, index, at);
        }
        let (of, wanted) = if let Type::List(of, _) = base.ty() {
            ((**of).clone(), Type::INT)
        } else if let Type::Map(key, of, _) = base.ty() {
            ((**of).clone(), super::expr::unrefined(key))
        } else {
            let message = format!("{} has no items to take one of", self.describe(base.ty()));
            return self.error(Code::E0305, base.at, message);
        };
        let index = self.expect(scope, index, &wanted, "")?;
        let secret = base.secret || index.secret;
        let node = Node::Index { of: Box::new(base.expr), at: Box::new(index.expr) };
        Some(Typed { expr: Expr::new(node, of.optional()), secret, at })
    }

    /// A value of a tuple: its position is written out, because each has a type of its own.
    fn part(&mut self, tuple: Typed, parts: &[Type], index: &ast::Expr, at: Span) -> Option<Typed> {
        let ExprKind::Literal(Written::Int(position)) = index.kind else {
            let report = Report::new(Code::E0310, index.at, "the position in a tuple is written out");
            return self.report(report.help("write `t[0]`: each position has a type of its own"));
        };
        let found = u32::try_from(position).ok().and_then(|at| Some((at, parts.get(at as usize)?)));
        let Some((position, ty)) = found else {
            let message = format!("this tuple has {}", super::counted(parts.len(), "value"));
            return self.error(Code::E0204, index.at, message);
        };
        let node = Node::Part { tuple: Box::new(tuple.expr), at: position };
        Some(Typed { expr: Expr::new(node, ty.clone()), secret: tuple.secret, at })
    }
}

/// `{}` where a map is expected.
pub(crate) fn empty_map(key: &Type, value: &Type, at: Span) -> Typed {
    let none = Bounds { min: Some(0), max: Some(0) };
    let ty = Type::Map(Box::new(key.clone()), Box::new(value.clone()), none);
    Typed { expr: Expr::new(Node::Map(Vec::new()), ty), secret: false, at }
}

/// A value as it stands so many list functions further in.
pub(crate) fn deeper(mut value: Expr, levels: u32) -> Expr {
    if levels > 0 {
        raise(&mut value, 0, levels);
    }
    value
}

fn raise(expr: &mut Expr, inside: u32, levels: u32) {
    if let Node::Element(out) = &mut expr.node
        && *out >= inside
    {
        *out += levels;
    }
    if let Node::Fold { list, each, argument, .. } = &mut expr.node {
        raise(list, inside, levels);
        each.iter_mut().for_each(|each| raise(each, inside + 1, levels));
        argument.iter_mut().for_each(|argument| raise(argument, inside, levels));
    } else if let Node::MapOf { list, key, value } = &mut expr.node {
        raise(list, inside, levels);
        raise(key, inside + 1, levels);
        raise(value, inside + 1, levels);
    } else {
        expr.children_mut().into_iter().for_each(|child| raise(child, inside, levels));
    }
}

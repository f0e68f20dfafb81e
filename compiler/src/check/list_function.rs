//! Functions over the items of a list: `sum(lines, qty * price)`, `map(names, n => { name: n })`.
use super::expr::unrefined;
use super::scope::{Element, Scope};
use super::{Checker, Typed};
use crate::ast::{self, ArgumentKind, ExprKind};
use crate::report::{Code, Report, Span};
use quater_ir::expr::{Expr, ListFunction, Node};
use quater_ir::types::{Bounds, Type};
use quater_ir::value::Literal;

/// A list function as it is called.
struct Called<'e> {
    function: ListFunction,
    name: &'e str,
    list: Typed,
    of: Type,
    bounds: Bounds<u32>,
    arguments: Vec<&'e ast::Expr>,
    at: Span,
}

/// The function of a name.
pub(crate) fn named(name: &str) -> Option<ListFunction> {
    Some(match name {
        "count" => ListFunction::Count,
        "sum" => ListFunction::Sum,
        "min" => ListFunction::Min,
        "max" => ListFunction::Max,
        "avg" => ListFunction::Avg,
        "any" => ListFunction::Any,
        "all" => ListFunction::All,
        "map" => ListFunction::Map,
        "filter" => ListFunction::Filter,
        "distinct" => ListFunction::Distinct,
        "sort" => ListFunction::Sort,
        "take" => ListFunction::Take,
        "join" => ListFunction::Join,
        _ => return None,
    })
}

impl Checker<'_> {
    /// A call of a list function. Where its first argument is the far side of a relation it becomes a
    /// query; everything else is about a list that is a value.
    pub(crate) fn list_function(
        &mut self,
        scope: &mut Scope,
        function: ListFunction,
        call: &ast::Call,
        expected: Option<&Type>,
    ) -> Option<Typed> {
        let name = call.callee.single().map_or("", |name| name.text.as_str());
        let mut values = Vec::new();
        for argument in &call.arguments {
            let ArgumentKind::Value(value) = &argument.kind else {
                let message = format!("arguments of `{name}` are given in order, without names");
                return self.error(Code::E0304, argument.at, message);
            };
            values.push(value);
        }
        let (list, arguments) = match values.split_first() {
            Some((list, arguments)) => (list, arguments.to_vec()),
            None => return self.wrong_arguments(name, function, call.at),
        };
        let list = self.expr(scope, list, None)?;
        let (of, bounds) = self.items_of(&list)?;
        self.touch_whole(scope, &list.expr);
        let called = Called { function, name, list, of, bounds, arguments, at: call.at };
        self.over_values(scope, called, expected)
    }

    fn over_values(
        &mut self,
        scope: &mut Scope,
        called: Called<'_>,
        expected: Option<&Type>,
    ) -> Option<Typed> {
        match called.function {
            ListFunction::Count => self.count_items(scope, called),
            ListFunction::Sum | ListFunction::Min | ListFunction::Max | ListFunction::Avg => {
                self.reckoned(scope, called)
            }
            ListFunction::Any | ListFunction::All => self.quantified(scope, called),
            ListFunction::Map => self.mapped(scope, called, expected),
            ListFunction::Filter => self.filtered(scope, called),
            ListFunction::Distinct => self.distinct_items(scope, called),
            ListFunction::Sort | ListFunction::SortDescending => self.sorted(scope, called),
            ListFunction::Take => self.taken_items(scope, called),
            ListFunction::Join => self.joined_texts(scope, called),
        }
    }

    fn wrong_arguments<T>(&mut self, name: &str, function: ListFunction, at: Span) -> Option<T> {
        let message = format!("`{name}` does not take these arguments");
        self.report(Report::new(Code::E0304, at, message).help(usage(function)))
    }

    /// The expression over each item, with its type expected.
    fn each(
        &mut self,
        scope: &mut Scope,
        called: &Called<'_>,
        ast: &ast::Expr,
        expected: Option<&Type>,
    ) -> Option<Typed> {
        let (name, body) = if let ExprKind::Lambda { parameter, body } = &ast.kind {
            (Some(parameter), &**body)
        } else {
            (None, ast)
        };
        if let Some(name) = name {
            self.fresh(scope, name);
        }
        let item = Element { ty: called.of.clone(), secret: called.list.secret, bare: name.is_none() };
        self.of_each(scope, item, name, |checker, scope| checker.expr(scope, body, expected))
    }

    fn each_condition(&mut self, scope: &mut Scope, called: &Called<'_>, ast: &ast::Expr) -> Option<Typed> {
        let value = self.each(scope, called, ast, Some(&Type::Bool))?;
        if *value.ty().required() == Type::Bool {
            return Some(value);
        }
        let message = format!("{} where something true or false is needed", self.describe(value.ty()));
        self.error(Code::E0301, value.at, message)
    }

    fn count_items(&mut self, scope: &mut Scope, called: Called<'_>) -> Option<Typed> {
        let each = match called.arguments.as_slice() {
            [] => None,
            [condition] => Some(self.each_condition(scope, &called, condition)?),
            _ => return self.wrong_arguments(called.name, called.function, called.at),
        };
        let min = if each.is_none() { called.bounds.min } else { None };
        let most = called.bounds.max.map(i64::from);
        let ty = Type::Int(Bounds { min: Some(min.map_or(0, i64::from)), max: most });
        Some(called.fold(each, None, ty))
    }

    /// `sum`, `min`, `max` and `avg`
    fn reckoned(&mut self, scope: &mut Scope, called: Called<'_>) -> Option<Typed> {
        let (each, ty) = match called.arguments.as_slice() {
            [] => (None, unrefined(&called.of)),
            [each] => {
                let each = self.each(scope, &called, each, None)?;
                let ty = unrefined(each.ty());
                (Some(each), ty)
            }
            _ => return self.wrong_arguments(called.name, called.function, called.at),
        };
        let at = each.as_ref().map_or(called.list.at, |each| each.at);
        if ty.is_optional() {
            let report =
                Report::new(Code::E0303, at, "this may be absent, and then it can't be reckoned with");
            return self.report(report.help("give another value with `else`, or `filter` the list first"));
        }
        let number = matches!(ty, Type::Int(_) | Type::Float(_) | Type::Decimal { .. });
        let ordered = number || matches!(ty, Type::Text(_) | Type::Date | Type::Instant | Type::Duration);
        let result = match called.function {
            ListFunction::Sum if number || ty == Type::Duration => Some(ty.clone()),
            ListFunction::Min | ListFunction::Max if ordered => Some(ty.clone().optional()),
            ListFunction::Avg if matches!(ty, Type::Int(_)) => Some(Type::FLOAT.optional()),
            ListFunction::Avg if number => Some(ty.clone().optional()),
            ListFunction::Sum
            | ListFunction::Min
            | ListFunction::Max
            | ListFunction::Avg
            | ListFunction::Count
            | ListFunction::Any
            | ListFunction::All
            | ListFunction::Map
            | ListFunction::Filter
            | ListFunction::Distinct
            | ListFunction::Sort
            | ListFunction::SortDescending
            | ListFunction::Take
            | ListFunction::Join => None,
        };
        match result {
            Some(result) => Some(called.fold(each, None, result)),
            None => {
                let message = format!("`{}` can't reckon with {}", called.name, self.describe(&ty));
                self.report(Report::new(Code::E0305, at, message).help(usage(called.function)))
            }
        }
    }

    fn quantified(&mut self, scope: &mut Scope, called: Called<'_>) -> Option<Typed> {
        let [condition] = called.arguments.as_slice() else {
            return self.wrong_arguments(called.name, called.function, called.at);
        };
        let each = self.each_condition(scope, &called, condition)?;
        Some(called.fold(Some(each), None, Type::Bool))
    }

    fn mapped(&mut self, scope: &mut Scope, called: Called<'_>, expected: Option<&Type>) -> Option<Typed> {
        let [each] = called.arguments.as_slice() else {
            return self.wrong_arguments(called.name, called.function, called.at);
        };
        let wanted = match expected.map(Type::required) {
            Some(Type::List(of, _)) => Some((**of).clone()),
            _ => None,
        };
        let each = self.each(scope, &called, each, wanted.as_ref())?;
        let each = match &wanted {
            Some(ty) => self.coerce(scope, each, ty, "")?,
            None => each,
        };
        let ty = Type::List(Box::new(each.ty().clone()), called.bounds);
        Some(called.fold(Some(each), None, ty))
    }

    fn filtered(&mut self, scope: &mut Scope, called: Called<'_>) -> Option<Typed> {
        let [condition] = called.arguments.as_slice() else {
            return self.wrong_arguments(called.name, called.function, called.at);
        };
        let each = self.each_condition(scope, &called, condition)?;
        let ty = Type::List(Box::new(called.of.clone()), called.at_most(called.bounds.max));
        Some(called.fold(Some(each), None, ty))
    }

    fn distinct_items(&mut self, scope: &mut Scope, called: Called<'_>) -> Option<Typed> {
        let each = match called.arguments.as_slice() {
            [] => None,
            [each] => Some(self.each(scope, &called, each, None)?),
            _ => return self.wrong_arguments(called.name, called.function, called.at),
        };
        let of = each.as_ref().map_or(&called.of, Typed::ty).clone();
        let least = called.bounds.min.map(|min| min.min(1));
        let ty = Type::List(Box::new(of), Bounds { min: least, max: called.bounds.max });
        Some(called.fold(each, None, ty))
    }

    fn sorted(&mut self, scope: &mut Scope, mut called: Called<'_>) -> Option<Typed> {
        if let [.., last] = called.arguments.as_slice()
            && let ExprKind::Name(word) = &last.kind
            && word.text == "desc"
        {
            called.function = ListFunction::SortDescending;
            called.arguments.pop();
        }
        let each = match called.arguments.as_slice() {
            [] => None,
            [each] => Some(self.each(scope, &called, each, None)?),
            _ => return self.wrong_arguments(called.name, called.function, called.at),
        };
        let key = each.as_ref().map_or(&called.of, Typed::ty);
        let ordered = matches!(
            key.required(),
            Type::Bool
                | Type::Int(_)
                | Type::Float(_)
                | Type::Decimal { .. }
                | Type::Text(_)
                | Type::Email
                | Type::Url
                | Type::Date
                | Type::Instant
                | Type::Duration
                | Type::Enum(_)
        );
        if !ordered {
            let message = format!("{} has no order", self.describe(key));
            let at = each.as_ref().map_or(called.list.at, |each| each.at);
            return self.error(Code::E0305, at, message);
        }
        let ty = Type::List(Box::new(called.of.clone()), called.bounds);
        Some(called.fold(each, None, ty))
    }

    fn taken_items(&mut self, scope: &mut Scope, called: Called<'_>) -> Option<Typed> {
        let [count] = called.arguments.as_slice() else {
            return self.wrong_arguments(called.name, called.function, called.at);
        };
        let wanted = Type::Int(Bounds { min: Some(0), max: None });
        let count = self.expect(scope, count, &wanted, "take")?;
        let written = if let Node::Literal(Literal::Int(count)) = &count.expr.node {
            u32::try_from(*count).ok()
        } else {
            None
        };
        let most = match (written, called.bounds.max) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let ty = Type::List(Box::new(called.of.clone()), called.at_most(most));
        Some(called.fold(None, Some(count), ty))
    }

    fn joined_texts(&mut self, scope: &mut Scope, called: Called<'_>) -> Option<Typed> {
        let (each, between) = match called.arguments.as_slice() {
            [between] => (None, between),
            [each, between] => (Some(self.each(scope, &called, each, None)?), between),
            _ => return self.wrong_arguments(called.name, called.function, called.at),
        };
        let text = each.as_ref().map_or(&called.of, Typed::ty);
        if !matches!(text, Type::Text(_) | Type::Email | Type::Url | Type::Enum(_)) {
            let message = format!("`join` puts texts together, not {}", self.describe(text));
            let at = each.as_ref().map_or(called.list.at, |each| each.at);
            return self.error(Code::E0305, at, message);
        }
        let between = self.expect(scope, between, &Type::TEXT, "")?;
        Some(called.fold(each, Some(between), Type::TEXT))
    }

    /// A bare name as a member of the item that a list function is looking at; reported where two items
    /// have it.
    #[expect(clippy::option_option, reason = "no such member, or one with a reported fault")]
    pub(crate) fn bare_member(&mut self, scope: &mut Scope, name: &ast::Name) -> Option<Option<Typed>> {
        let has = |item: &&(u32, Element)| item.1.bare && self.has_member(&item.1.ty, &name.text);
        let levels = (0..scope.depth()).zip(scope.elements.iter().rev().cloned());
        let items: Vec<(u32, Element)> = levels.collect();
        let mut found = items.iter().filter(has);
        let (level, item) = found.next()?;
        if found.next().is_some() {
            let message = format!("`{}` is a member of two items here", name.text);
            let report = Report::new(Code::E0203, name.at, message);
            return Some(self.report(report.help("give the items names: `map(lines, line => line.qty)`")));
        }
        let expr = Expr::new(Node::Element(*level), item.ty.clone());
        let base = Typed { expr, secret: item.secret, at: name.at };
        let member = self.member_of(scope, base, name, name.at);
        Some(member.map(|member| Typed { expr: self.narrow(scope, &name.text, member.expr), ..member }))
    }

    fn has_member(&self, ty: &Type, name: &str) -> bool {
        if let Type::Record(id) = ty {
            return self.records[*id].fields.values().any(|field| field.name == name);
        }
        if let Type::Row(entity) = ty {
            return self.column_named(*entity, name).is_some();
        }
        false
    }

    /// Whether a bare name is a member of an item at hand.
    pub(crate) fn is_bare_member(&self, scope: &Scope, name: &str) -> bool {
        scope.elements.iter().any(|item| item.bare && self.has_member(&item.ty, name))
    }
}

impl Called<'_> {
    fn fold(self, each: Option<Typed>, argument: Option<Typed>, ty: Type) -> Typed {
        let counts = self.function == ListFunction::Count && each.is_none();
        let parts = each.iter().chain(&argument);
        let secret = !counts && (self.list.secret || parts.into_iter().any(|part| part.secret));
        let node = Node::Fold {
            function: self.function,
            list: Box::new(self.list.expr),
            each: each.map(|each| Box::new(each.expr)),
            argument: argument.map(|argument| Box::new(argument.expr)),
        };
        Typed { expr: Expr::new(node, ty), secret, at: self.at }
    }

    const fn at_most(&self, max: Option<u32>) -> Bounds<u32> {
        Bounds { min: None, max }
    }
}

/// How a function is called, for those who called it otherwise.
fn usage(function: ListFunction) -> String {
    let example = match function {
        ListFunction::Count => "count(lines)`, or `count(lines, qty > 1)",
        ListFunction::Sum => "sum(numbers)`, or `sum(lines, qty * price)",
        ListFunction::Min => "min(numbers)`, or `min(lines, price)",
        ListFunction::Max => "max(numbers)`, or `max(lines, price)",
        ListFunction::Avg => "avg(numbers)`, or `avg(lines, price)",
        ListFunction::Any => "any(lines, qty > 1)",
        ListFunction::All => "all(lines, qty > 1)",
        ListFunction::Map => "map(lines, qty * price)",
        ListFunction::Filter => "filter(lines, qty > 1)",
        ListFunction::Distinct => "distinct(names)`, or `distinct(lines, sku)",
        ListFunction::Sort | ListFunction::SortDescending => {
            "sort(lines, price)`, or `sort(lines, price, desc)"
        }
        ListFunction::Take => "take(lines, 3)",
        ListFunction::Join => "join(names, \", \")`, or `join(lines, sku, \", \")",
    };
    format!("write `{example}`")
}

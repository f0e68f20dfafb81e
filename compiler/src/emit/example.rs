//! Example values that fit their types, made without a clock or chance.
use super::literal;
use super::structure::KIND;
use super::uses::Flow;
use quater_ir::Program;
use quater_ir::operation::Input;
use quater_ir::types::{Bounds, TextRules, Type};
use regex_syntax::hir::{Class, Hir, HirKind, Look};
use rust_decimal::Decimal;
use serde_json::{Map, Value};

/// How many values one example may hold, and how deep.
const MOST_VALUES: u32 = 200;
const MOST_LEVELS: u32 = 6;

/// The example of a type, unless it would be endless or cannot be found.
pub(super) fn of_type(program: &Program, ty: &Type, flow: Flow) -> Option<Value> {
    Examples { program, flow, left: MOST_VALUES }.value(ty, "text", MOST_LEVELS)
}

/// The example of an object with these inputs.
pub(super) fn of_inputs<'a>(program: &Program, inputs: impl IntoIterator<Item = &'a Input>) -> Option<Value> {
    let mut examples = Examples { program, flow: Flow::In, left: MOST_VALUES };
    let members = inputs
        .into_iter()
        .map(|input| Some((input.name.to_string(), examples.value(&input.ty, &input.name, MOST_LEVELS)?)));
    members.collect::<Option<Map<_, _>>>().map(Value::Object)
}

struct Examples<'p> {
    program: &'p Program,
    flow: Flow,
    left: u32,
}

impl Examples<'_> {
    fn value(&mut self, ty: &Type, name: &str, levels: u32) -> Option<Value> {
        self.left = self.left.checked_sub(1)?;
        let as_numbers = self.program.service.decimals_as_numbers;
        match ty {
            Type::Bool => Some(Value::Bool(true)),
            Type::Int(bounds) => Some(Value::from(within(1, bounds))),
            Type::Float(bounds) => Some(Value::from(within(1.5, bounds))),
            Type::Decimal { scale, bounds } => {
                let number = within(Decimal::TEN, bounds);
                Some(literal::decimal(number, *scale, as_numbers))
            }
            Type::Text(rules) => text(rules, name).map(Value::from),
            Type::Bytes { max } => max.is_none_or(|max| max >= 3).then(|| Value::from("AAEC")),
            Type::Uuid => Some(Value::from("019a0000-0000-7000-8000-000000000001")),
            Type::Date => Some(Value::from("2026-01-31")),
            Type::Instant => Some(Value::from("2026-01-31T12:00:00.000Z")),
            Type::Duration => Some(Value::from("PT1H")),
            Type::Json => Some(Value::Object(Map::new())),
            Type::Url => Some(Value::from("https://www.example/")),
            Type::Email => Some(Value::from("ann@mail.example")),
            Type::Password => None,
            Type::Enum(id) => {
                self.program.enums[*id].members.first().map(|member| Value::from(member.as_str()))
            }
            Type::Record(id) => self.record(*id, levels),
            Type::Ref(id) | Type::Row(id) => {
                let entity = &self.program.entities[*id];
                self.value(&entity.columns[entity.key].ty, name, levels.checked_sub(1)?)
            }
            Type::List(item, bounds) => self.list(item, bounds, name, levels),
            Type::Optional(inner) => Some(self.value(inner, name, levels).unwrap_or(Value::Null)),
            Type::Null => Some(Value::Null),
            Type::Page(page) => {
                let items = Bounds { min: None, max: Some(page.most) };
                let items = self.list(&page.of, &items, name, levels)?;
                let (other, value) =
                    if page.by_offset { ("total", Value::from(1)) } else { ("next", Value::Null) };
                Some(Value::Object(
                    [("items".to_owned(), items), (other.to_owned(), value)].into_iter().collect(),
                ))
            }
            Type::Map(key, of, bounds) => self.map(key, of, bounds, levels),
            Type::Tuple(parts) => {
                let parts = parts.iter().map(|part| self.value(part, name, levels));
                parts.collect::<Option<Vec<_>>>().map(Value::Array)
            }
            Type::Union(id) => {
                let member = self.program.unions[*id].members.first()?;
                let Value::Object(members) = self.record(member.record, levels)? else { return None };
                let kind = (KIND.to_owned(), Value::from(member.name.as_str()));
                Some(Value::Object(std::iter::once(kind).chain(members).collect()))
            }
            Type::Patch(id) => self.record(*id, levels),
            Type::File(_) | Type::Stream(_) => None,
        }
    }

    fn record(&mut self, id: quater_ir::Id<quater_ir::types::Record>, levels: u32) -> Option<Value> {
        let levels = levels.checked_sub(1)?;
        let program = self.program;
        let mut members = Map::new();
        for field in program.records[id].fields.values() {
            if self.flow == Flow::In || !field.secret {
                members.insert(field.name.to_string(), self.value(&field.ty, &field.name, levels)?);
            }
        }
        Some(Value::Object(members))
    }

    fn map(&mut self, key: &Type, of: &Type, bounds: &Bounds<u32>, levels: u32) -> Option<Value> {
        if bounds.max == Some(0) {
            return Some(Value::Object(Map::new()));
        }
        let name = self.value(key, "key", levels)?;
        let name = name.as_str().map_or_else(|| name.to_string(), str::to_owned);
        let entry = self.value(of, &name, levels)?;
        // More than one entry needs as many keys that fit.
        bounds.min.is_none_or(|min| min <= 1).then(|| Value::Object(Map::from_iter([(name, entry)])))
    }

    fn list(&mut self, item: &Type, bounds: &Bounds<u32>, name: &str, levels: u32) -> Option<Value> {
        let least = bounds.min.unwrap_or(0);
        let count = within(1, bounds);
        if count == 0 {
            return Some(Value::Array(Vec::new()));
        }
        match self.value(item, name, levels) {
            Some(value) if count <= self.left => Some(Value::Array(vec![value; count as usize])),
            Some(_) | None => (least == 0).then(|| Value::Array(Vec::new())),
        }
    }
}

fn within<T: PartialOrd + Copy>(wish: T, bounds: &Bounds<T>) -> T {
    match (bounds.min, bounds.max) {
        (Some(min), _) if wish < min => min,
        (_, Some(max)) if wish > max => max,
        (_, _) => wish,
    }
}

fn text(rules: &TextRules, name: &str) -> Option<String> {
    let word = match &rules.pattern {
        Some(pattern) => matching(&regex_syntax::parse(&quater_ir::pattern::for_rust(pattern).ok()?).ok()?)?,
        None => sized(name, &rules.length),
    };
    rules.length.allow(&(word.chars().count() as u32)).then_some(word)
}

/// The name, repeated or cut to fit.
fn sized(name: &str, length: &Bounds<u32>) -> String {
    let wish = within(name.chars().count() as u32, length);
    name.chars().cycle().take(wish.min(10_000) as usize).collect()
}

/// The simplest text that an expression matches as a whole.
fn matching(pattern: &Hir) -> Option<String> {
    match pattern.kind() {
        HirKind::Empty | HirKind::Look(Look::Start | Look::End) => Some(String::new()),
        HirKind::Look(_) => None,
        HirKind::Literal(literal) => String::from_utf8(literal.0.to_vec()).ok(),
        HirKind::Class(Class::Unicode(class)) => {
            let start =
                |letter: char| class.iter().any(|range| range.start() <= letter && letter <= range.end());
            let nice = ['a', 'A', '1', ' '].into_iter().find(|letter| start(*letter));
            nice.or_else(|| class.iter().next().map(|range| range.start())).map(String::from)
        }
        HirKind::Class(Class::Bytes(_)) => None,
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(u32::MAX);
            let count = repetition.min.max(1).min(most).min(1_000);
            matching(&repetition.sub).map(|once| once.repeat(count as usize))
        }
        HirKind::Capture(capture) => matching(&capture.sub),
        HirKind::Concat(parts) => parts.iter().map(matching).collect(),
        HirKind::Alternation(choices) => choices.iter().find_map(matching),
    }
}

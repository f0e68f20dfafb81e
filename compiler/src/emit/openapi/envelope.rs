//! Bodies as `as { … }` and `errors as { … }` wrap them.
use super::model::Media;
use crate::emit::json_schema::{Others, Schema};
use crate::emit::schema::Schemas;
use crate::emit::uses::Flow;
use crate::emit::{example, literal};
use quater_ir::Program;
use quater_ir::fault::Fault;
use quater_ir::operation::{Input, Operation, Place};
use quater_ir::surface::{Hole, Template};
use quater_ir::types::Type;
use serde_json::{Map, Value};

/// What stands in the holes of a template.
pub(super) trait Filling {
    /// The schema of a hole.
    fn schema(&mut self, hole: &Hole) -> Schema;
    /// An example of it.
    fn example(&self, hole: &Hole) -> Option<Value>;
    /// Whether it must be there.
    fn is_needed(&self, hole: &Hole) -> bool;
    /// Whether members that are not named are refused.
    fn is_closed(&self) -> bool;
}

/// A whole template with its example.
pub(super) fn media(template: &Template, filling: &mut impl Filling) -> Media {
    let example = example_of(template, filling);
    Media::new(schema_of(template, filling), example)
}

/// The schema of a template.
pub(super) fn schema_of(template: &Template, filling: &mut impl Filling) -> Schema {
    match template {
        Template::Object(members) => {
            let mut object = Schema::of("object");
            for (name, value) in members {
                if needs(value, filling) {
                    object.required.push(name.to_string());
                }
                object.properties.insert(name.to_string(), schema_of(value, filling));
            }
            object.additional_properties = filling.is_closed().then_some(Others::May(false));
            object
        }
        Template::List(items) => {
            let count = u32::try_from(items.len()).ok();
            let prefix_items = items.iter().map(|item| schema_of(item, filling)).collect();
            Schema { prefix_items, min_items: count, max_items: count, ..Schema::of("array") }
        }
        Template::Literal(value) => Schema { constant: Some(literal::plain(value)), ..Schema::default() },
        Template::Hole(hole) => filling.schema(hole),
    }
}

/// Whether a part of a template must be there: something in it must.
pub(super) fn needs(template: &Template, filling: &impl Filling) -> bool {
    match template {
        Template::Object(members) => members.iter().any(|(_, value)| needs(value, filling)),
        Template::List(_) | Template::Literal(_) => true,
        Template::Hole(hole) => filling.is_needed(hole),
    }
}

fn example_of(template: &Template, filling: &impl Filling) -> Option<Value> {
    match template {
        Template::Object(members) => {
            let members =
                members.iter().map(|(name, value)| Some((name.to_string(), example_of(value, filling)?)));
            members.collect::<Option<Map<_, _>>>().map(Value::Object)
        }
        Template::List(items) => {
            items.iter().map(|item| example_of(item, filling)).collect::<Option<Vec<_>>>().map(Value::Array)
        }
        Template::Literal(value) => Some(literal::plain(value)),
        Template::Hole(hole) => filling.example(hole),
    }
}

/// The body of a request.
pub(super) struct Asked<'s, 'p> {
    pub(super) program: &'p Program,
    pub(super) operation: &'p Operation,
    pub(super) schemas: &'s mut Schemas<'p>,
}

impl<'p> Asked<'_, 'p> {
    fn members(&self) -> impl Iterator<Item = &'p Input> + use<'p> {
        self.operation.inputs.iter().filter(|input| input.place == Place::Member)
    }

    fn input(&self, name: &str) -> Option<&'p Input> {
        self.operation.inputs.iter().find(|input| input.name == name)
    }
}

fn must_be_given(input: &Input) -> bool {
    input.default.is_none() && !input.ty.is_optional()
}

impl Filling for Asked<'_, '_> {
    fn schema(&mut self, hole: &Hole) -> Schema {
        if let Hole::Member(name) = hole {
            return self.input(name).map_or_else(Schema::default, |input| self.schemas.input(input));
        }
        self.schemas.inputs(self.members().collect::<Vec<_>>())
    }

    fn example(&self, hole: &Hole) -> Option<Value> {
        if let Hole::Member(name) = hole {
            return example::of_type(self.program, &self.input(name)?.ty, Flow::In);
        }
        example::of_inputs(self.program, self.members())
    }

    fn is_needed(&self, hole: &Hole) -> bool {
        if let Hole::Member(name) = hole {
            return self.input(name).is_some_and(must_be_given);
        }
        self.members().any(must_be_given)
    }

    fn is_closed(&self) -> bool {
        !self.program.service.ignore_unknown_members
    }
}

/// The body of an answer.
pub(super) struct Answered<'s, 'p> {
    pub(super) program: &'p Program,
    pub(super) output: Option<&'p Type>,
    pub(super) schemas: &'s mut Schemas<'p>,
}

impl<'p> Answered<'_, 'p> {
    fn member(&self, name: &str) -> Option<&'p Type> {
        let Some(Type::Record(id)) = self.output else { return None };
        self.program.records[*id].fields.values().find(|field| field.name == name).map(|field| &field.ty)
    }
}

impl Filling for Answered<'_, '_> {
    fn schema(&mut self, hole: &Hole) -> Schema {
        match (hole, self.output) {
            (Hole::OutputMember(name), Some(Type::Page(page))) => {
                let mut whole = self.schemas.page(page, Flow::Out);
                whole.properties.shift_remove(name.as_str()).unwrap_or_default()
            }
            (Hole::OutputMember(name), _) => match self.member(name) {
                Some(ty) => self.schemas.value(ty, Flow::Out),
                None => Schema::default(),
            },
            (_, Some(output)) => self.schemas.value(output, Flow::Out),
            (_, None) => Schema::default(),
        }
    }

    fn example(&self, hole: &Hole) -> Option<Value> {
        match (hole, self.output) {
            (Hole::OutputMember(name), Some(page @ Type::Page(_))) => {
                let whole = example::of_type(self.program, page, Flow::Out)?;
                whole.get(name.as_str()).cloned()
            }
            (Hole::OutputMember(name), _) => example::of_type(self.program, self.member(name)?, Flow::Out),
            (_, output) => example::of_type(self.program, output?, Flow::Out),
        }
    }

    fn is_needed(&self, _: &Hole) -> bool {
        true
    }

    fn is_closed(&self) -> bool {
        false
    }
}

/// The body of an error.
pub(super) struct Refused<'p> {
    pub(super) fault: &'p Fault,
    /// The schema of its values; none where it has none.
    pub(super) data: Option<Schema>,
}

impl Filling for Refused<'_> {
    fn schema(&mut self, hole: &Hole) -> Schema {
        let texts = || Schema { items: Some(Box::new(Schema::of("string"))), ..Schema::of("array") };
        match hole {
            Hole::Code => Schema::words([self.fault.name.as_str()]),
            Hole::Status => Schema { members: vec![self.fault.status.into()], ..Schema::of("integer") },
            Hole::Messages => texts(),
            Hole::Fields => {
                Schema { additional_properties: Some(Others::Are(Box::new(texts()))), ..Schema::of("object") }
            }
            Hole::Data => self.data.clone().unwrap_or_else(|| Schema::of("null")),
            Hole::RequestId => Schema::text("uuid"),
            Hole::Title
            | Hole::Message
            | Hole::Input
            | Hole::Member(_)
            | Hole::Output
            | Hole::OutputMember(_) => Schema::of("string"),
        }
    }

    fn example(&self, _: &Hole) -> Option<Value> {
        None
    }

    fn is_needed(&self, _: &Hole) -> bool {
        true
    }

    fn is_closed(&self) -> bool {
        false
    }
}

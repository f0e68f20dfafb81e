//! Values as bodies in Rust are given them: serde reads the types of a generated crate from them, without text between.
use crate::kernel::time;
use crate::value::Value;
use crate::wire::write;
use jiff::Timestamp;
use quater_ir::entity::{Column, Entity};
use quater_ir::native::RustBody;
use quater_ir::operation::Operation;
use quater_ir::types::{Record, Type};
use quater_ir::{Id, Program};
use serde::de::value::{MapDeserializer, SeqDeserializer, StrDeserializer};
use serde::de::{Deserializer, Error as _, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Error;

/// Room for the text of a scalar.
const TEXT: usize = 48;

/// A value, and what it is.
#[derive(Clone, Copy)]
pub(crate) struct Given<'v> {
    pub(crate) program: &'v Program,
    pub(crate) value: &'v Value,
    pub(crate) shape: Shape<'v>,
}

/// What a value is.
#[derive(Clone, Copy)]
pub(crate) enum Shape<'v> {
    Nothing,
    Type(&'v Type),
    /// A record, or null.
    Record(Id<Record>),
    /// These columns of a row, or null.
    Row(Id<Entity>, &'v [Id<Column>]),
    /// A list of such.
    Rows(Id<Entity>, &'v [Id<Column>]),
    /// The inputs of an operation, some of which are rows.
    Inputs(&'v Operation, &'v RustBody),
}

impl<'v> Given<'v> {
    const fn part(self, value: &'v Value, shape: Shape<'v>) -> Self {
        Self { value, shape, ..self }
    }

    fn typed<V: Visitor<'v>>(self, ty: &'v Type, visitor: V) -> Result<V::Value, Error> {
        let typed = |value, ty| self.part(value, Shape::Type(ty));
        match (self.value, ty.required()) {
            (Value::Null, _) => visitor.visit_unit(),
            (Value::Record(_), Type::Record(id)) => self.record(*id, visitor),
            (Value::List(items), Type::List(item, _) | Type::Stream(item)) => {
                visitor.visit_seq(SeqDeserializer::new(items.iter().map(|it| typed(it, item))))
            }
            (Value::List(items), Type::Tuple(parts)) => {
                let items = items.iter().zip(parts).map(|(it, ty)| typed(it, ty));
                visitor.visit_seq(SeqDeserializer::new(items))
            }
            (Value::Row(row), Type::Row(id) | Type::Ref(id)) => {
                let entity = &self.program.entities[*id];
                let key = row.get(entity.key.index()).unwrap_or(&Value::Null);
                typed(key, &entity.columns[entity.key].ty).deserialize_any(visitor)
            }
            (Value::Bool(truth), _) => visitor.visit_bool(*truth),
            (Value::Int(int), ty) if !matches!(ty, Type::Decimal { .. }) => visitor.visit_i64(*int),
            (Value::Float(float), _) => visitor.visit_f64(*float),
            // A `Timestamp` ends a day earlier than the year 9999 does.
            (Value::Instant(it), Type::Instant) if *it > Timestamp::MAX.as_millisecond() => {
                let mut text = Vec::with_capacity(TEXT);
                time::write_instant(&mut text, Timestamp::MAX.as_millisecond());
                visitor.visit_str(std::str::from_utf8(&text).map_err(Error::custom)?)
            }
            (Value::Text(text), _) => visitor.visit_borrowed_str(text),
            (
                Value::Uuid(_)
                | Value::Decimal(_)
                | Value::Int(_)
                | Value::Date(_)
                | Value::Instant(_)
                | Value::Duration(_),
                ty,
            ) => {
                let text = self.json(ty, TEXT)?;
                let text = std::str::from_utf8(&text).map_err(Error::custom)?;
                visitor.visit_str(text.trim_matches('"'))
            }
            // Read from text as anybody else would read it: there are few of these, or serde copies them anyway.
            (_, ty) => serde_json::Deserializer::from_reader(&*self.json(ty, 0)?).deserialize_any(visitor),
        }
    }

    fn record<V: Visitor<'v>>(self, id: Id<Record>, visitor: V) -> Result<V::Value, Error> {
        let Value::Record(parts) = self.value else { return visitor.visit_unit() };
        let fields = self.program.records[id].fields.values().zip(parts.iter());
        let members =
            fields.map(|(field, part)| (field.name.as_str(), self.part(part, Shape::Type(&field.ty))));
        visitor.visit_map(MapDeserializer::new(members))
    }

    /// The value as JSON text.
    fn json(self, ty: &Type, room: usize) -> Result<Vec<u8>, Error> {
        let mut out = Vec::with_capacity(room);
        let written = write::stored(&mut out, self.program, self.value, ty);
        written.map_err(|_| Error::custom("a value is not of its type"))?;
        Ok(out)
    }

    fn row<V: Visitor<'v>>(
        self,
        entity: Id<Entity>,
        columns: &'v [Id<Column>],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let Value::Row(row) = self.value else { return visitor.visit_unit() };
        let all = &self.program.entities[entity].columns;
        let members = columns.iter().map(|id| {
            let (column, value) = (&all[*id], row.get(id.index()).unwrap_or(&Value::Null));
            (column.name.as_str(), self.part(value, Shape::Type(&column.ty)))
        });
        visitor.visit_map(MapDeserializer::new(members))
    }

    fn inputs<V: Visitor<'v>>(
        self,
        operation: &'v Operation,
        rust: &'v RustBody,
        visitor: V,
    ) -> Result<V::Value, Error> {
        let Value::Record(values) = self.value else { return visitor.visit_unit() };
        let members = operation.inputs.iter().zip(values.iter()).enumerate().map(|(at, (input, value))| {
            let row = rust.rows.iter().find(|row| row.input as usize == at);
            let shape = row.map_or(Shape::Type(&input.ty), |row| Shape::Row(row.entity, &row.columns));
            (input.name.as_str(), self.part(value, shape))
        });
        visitor.visit_map(MapDeserializer::new(members))
    }
}

impl<'v> IntoDeserializer<'v, Error> for Given<'v> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Given<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match (self.shape, self.value) {
            (Shape::Nothing, _) => visitor.visit_unit(),
            (Shape::Type(ty), _) => self.typed(ty, visitor),
            (Shape::Record(id), _) => self.record(id, visitor),
            (Shape::Row(entity, columns), _) => self.row(entity, columns, visitor),
            (Shape::Rows(entity, columns), Value::List(rows)) => {
                let rows = rows.iter().map(|row| self.part(row, Shape::Row(entity, columns)));
                visitor.visit_seq(SeqDeserializer::new(rows))
            }
            (Shape::Rows(..), _) => visitor.visit_unit(),
            (Shape::Inputs(operation, rust), _) => self.inputs(operation, rust, visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.value.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if let Value::Uuid(uuid) = self.value {
            visitor.visit_bytes(uuid.as_bytes())
        } else {
            self.deserialize_any(visitor)
        }
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if let Value::Text(member) = self.value {
            visitor.visit_enum(StrDeserializer::new(member))
        } else {
            self.deserialize_any(visitor)
        }
    }

    /// A UUID is given as bytes.
    fn is_human_readable(&self) -> bool {
        false
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

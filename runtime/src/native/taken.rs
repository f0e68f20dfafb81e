//! What bodies in Rust give, as values of their types: serde writes it there, without text between, and it is read as
//! what doors are given is, by the same rules.
use crate::value::Value;
use crate::wire::read::Reader;
use crate::wire::tree::Tree;
use quater_ir::native::Argument;
use quater_ir::operation::Input;
use quater_ir::resource::UpstreamParameter;
use quater_ir::types::{Bounds, Record, Type};
use quater_ir::{Id, Program};
use serde::ser::{
    Error as _, Impossible, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple,
    SerializeTupleStruct, Serializer,
};
use serde_json::{Error, Map, Value as Json};
use smol_str::SmolStr;
use uuid::Uuid;

/// What no type of a generated crate is written as.
const VARIANT: &str = "a variant with content says its `kind`";

/// Something that a body gives.
pub(crate) trait Gives {
    /// It as a value; what is wrong with it is told to the reader.
    fn give(&self, to: Taker<'_, '_>) -> Result<Value, Error>;
}

impl<T: Serialize> Gives for T {
    fn give(&self, to: Taker<'_, '_>) -> Result<Value, Error> {
        self.serialize(to)
    }
}

/// Takes a value.
pub(crate) struct Taker<'t, 'a> {
    pub(crate) reader: &'t mut Reader<'a>,
    pub(crate) wanted: Wanted<'t>,
}

/// What a value is to be.
#[derive(Clone, Copy)]
pub(crate) enum Wanted<'t> {
    Type(&'t Type),
    /// Arguments of a verb, by their names or in their order: a patch of those that are given.
    Arguments(&'t [Argument]),
    /// Inputs of an operation, likewise.
    Inputs(&'t [Input]),
    /// Parameters of a call of an upstream, likewise.
    Parameters(&'t [UpstreamParameter]),
    Record(Id<Record>),
    Patch(Id<Record>),
}

/// A value that comes in parts.
pub(crate) enum Parts<'t, 'a> {
    Items(Items<'t, 'a>),
    Members(Members<'t, 'a>),
    /// Of a type that is seldom: it is read when it is whole.
    Whole(&'t mut Reader<'a>, &'t Type, Json),
}

/// The same, of which each name comes by itself.
pub(crate) struct Entries<'t, 'a> {
    parts: Parts<'t, 'a>,
    key: String,
}

/// A list.
pub(crate) struct Items<'t, 'a> {
    reader: &'t mut Reader<'a>,
    item: &'t Type,
    bounds: &'t Bounds<u32>,
    values: Vec<Value>,
    /// How much was wrong before it.
    before: usize,
}

/// What has its parts by names.
pub(crate) struct Members<'t, 'a> {
    reader: &'t mut Reader<'a>,
    of: Wanted<'t>,
    values: Vec<Option<Value>>,
    next: usize,
}

impl<'t, 'a> Taker<'t, 'a> {
    fn ty(&self) -> Result<&'t Type, Error> {
        let Wanted::Type(ty) = self.wanted else {
            return Err(Error::custom("arguments come by their names or in their order"));
        };
        Ok(ty)
    }

    fn scalar(self, tree: Tree<'_>) -> Result<Value, Error> {
        let ty = self.ty()?;
        Ok(self.reader.value(tree, ty))
    }

    fn members(self, count: usize) -> Result<Parts<'t, 'a>, Error> {
        let Self { reader, wanted } = self;
        let (of, count) = match wanted {
            Wanted::Type(ty) => {
                let required = ty.required();
                let (of, id) = if let Type::Record(id) = required {
                    (Wanted::Record(*id), *id)
                } else if let Type::Patch(id) = required {
                    (Wanted::Patch(*id), *id)
                } else {
                    return Ok(Parts::Whole(reader, ty, Json::Object(Map::with_capacity(count))));
                };
                (of, reader.program.records[id].fields.len())
            }
            Wanted::Record(id) | Wanted::Patch(id) => (wanted, reader.program.records[id].fields.len()),
            Wanted::Arguments(arguments) => (wanted, arguments.len()),
            Wanted::Inputs(inputs) => (wanted, inputs.len()),
            Wanted::Parameters(parameters) => (wanted, parameters.len()),
        };
        let mut values = Vec::new();
        values.resize_with(count, || None);
        Ok(Parts::Members(Members { reader, of, values, next: 0 }))
    }

    fn items(self, count: usize) -> Result<Parts<'t, 'a>, Error> {
        let Wanted::Type(ty) = self.wanted else { return self.members(count) };
        let reader = self.reader;
        let Type::List(item, bounds) = ty.required() else {
            return Ok(Parts::Whole(reader, ty, Json::Array(Vec::with_capacity(count))));
        };
        let (values, before) = (Vec::with_capacity(count), reader.violations.len());
        Ok(Parts::Items(Items { reader, item, bounds, values, before }))
    }
}

impl<'t> Wanted<'t> {
    /// The name and the type of a part.
    fn part<'p>(self, program: &'p Program, at: usize) -> Option<(&'p SmolStr, &'p Type)>
    where
        't: 'p,
    {
        match self {
            Self::Type(_) => None,
            Self::Arguments(arguments) => arguments.get(at).map(|it| (&it.name, &it.ty)),
            Self::Inputs(inputs) => inputs.get(at).map(|it| (&it.name, &it.ty)),
            Self::Parameters(parameters) => parameters.get(at).map(|it| (&it.field.name, &it.field.ty)),
            Self::Record(id) | Self::Patch(id) => {
                let fields = program.records[id].fields.values().as_slice();
                fields.get(at).map(|it| (&it.name, &it.ty))
            }
        }
    }
}

impl Items<'_, '_> {
    fn push<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Error> {
        let place = self.reader.enter(itoa::Buffer::new().format(self.values.len()));
        let value = item.serialize(Taker { reader: &mut *self.reader, wanted: Wanted::Type(self.item) });
        self.reader.leave(place);
        self.values.push(value?);
        Ok(())
    }
}

impl Members<'_, '_> {
    fn named<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Error> {
        let count = self.values.len();
        let around = (self.next..count).chain(0..self.next);
        let is = |at: &usize| self.of.part(self.reader.program, *at).is_some_and(|(its, _)| its == name);
        match around.into_iter().find(is) {
            Some(at) => self.put(at, value),
            None => {
                self.unknown(name);
                Ok(())
            }
        }
    }

    fn put<T: Serialize + ?Sized>(&mut self, at: usize, value: &T) -> Result<(), Error> {
        let (of, Some(place)) = (self.of, self.values.get_mut(at)) else {
            return Err(Error::custom("more parts than there are"));
        };
        let (name, ty) =
            of.part(self.reader.program, at).ok_or_else(|| Error::custom("a part beyond the last"))?;
        let length = self.reader.enter(name);
        let value = value.serialize(Taker { reader: &mut *self.reader, wanted: Wanted::Type(ty) });
        if place.is_some() {
            self.reader.refuse("duplicate", "is given twice");
        }
        self.reader.leave(length);
        *place = Some(value?);
        self.next = at + 1;
        Ok(())
    }

    /// A verb that is looked up for another takes what it knows.
    fn unknown(&mut self, name: &str) {
        if let Wanted::Record(id) | Wanted::Patch(id) = self.of {
            let fields = self.reader.program.records[id].fields.values();
            self.reader.take(name, Tree::Null, None, fields.map(|field| &field.name));
        }
    }

    fn whole(self) -> Value {
        let Self { reader, of, values, .. } = self;
        let Wanted::Record(id) = of else { return Value::Patch(values.into()) };
        let fields = reader.program.records[id].fields.values().zip(values);
        let whole = fields.map(|(field, value)| {
            value.unwrap_or_else(|| {
                reader.within(&field.name, |reader| reader.absent(&field.ty, field.default.as_ref()))
            })
        });
        Value::Record(whole.collect())
    }
}

impl Parts<'_, '_> {
    fn push<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Error> {
        match self {
            Self::Items(items) => items.push(item),
            Self::Members(members) => members.put(members.next, item),
            Self::Whole(.., Json::Array(items)) => {
                items.push(serde_json::to_value(item)?);
                Ok(())
            }
            Self::Whole(..) => Err(Error::custom("an item of no list")),
        }
    }

    fn named<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Error> {
        match self {
            Self::Members(members) => members.named(name, value),
            Self::Whole(.., Json::Object(members)) => {
                members.insert(name.to_owned(), serde_json::to_value(value)?);
                Ok(())
            }
            Self::Items(_) | Self::Whole(..) => Err(Error::custom("a member of no object")),
        }
    }

    fn whole(self) -> Value {
        match self {
            Self::Items(Items { reader, bounds, values, before, .. }) => {
                reader.bounded(values.into(), bounds, before)
            }
            Self::Members(members) => members.whole(),
            Self::Whole(reader, ty, json) => reader.value((&json).into(), ty),
        }
    }
}

impl<'t, 'a> Serializer for Taker<'t, 'a> {
    type Ok = Value;
    type Error = Error;
    type SerializeSeq = Parts<'t, 'a>;
    type SerializeTuple = Parts<'t, 'a>;
    type SerializeTupleStruct = Parts<'t, 'a>;
    type SerializeTupleVariant = Impossible<Value, Error>;
    type SerializeMap = Entries<'t, 'a>;
    type SerializeStruct = Parts<'t, 'a>;
    type SerializeStructVariant = Impossible<Value, Error>;

    fn serialize_bool(self, truth: bool) -> Result<Value, Error> {
        self.scalar(Tree::Bool(truth))
    }

    fn serialize_i8(self, int: i8) -> Result<Value, Error> {
        self.serialize_i64(int.into())
    }

    fn serialize_i16(self, int: i16) -> Result<Value, Error> {
        self.serialize_i64(int.into())
    }

    fn serialize_i32(self, int: i32) -> Result<Value, Error> {
        self.serialize_i64(int.into())
    }

    fn serialize_i64(self, int: i64) -> Result<Value, Error> {
        self.scalar(Tree::Int(int))
    }

    fn serialize_u8(self, int: u8) -> Result<Value, Error> {
        self.serialize_i64(int.into())
    }

    fn serialize_u16(self, int: u16) -> Result<Value, Error> {
        self.serialize_i64(int.into())
    }

    fn serialize_u32(self, int: u32) -> Result<Value, Error> {
        self.serialize_i64(int.into())
    }

    fn serialize_u64(self, int: u64) -> Result<Value, Error> {
        self.scalar(i64::try_from(int).map_or(Tree::Float(int as f64), Tree::Int))
    }

    fn serialize_f32(self, float: f32) -> Result<Value, Error> {
        self.serialize_f64(float.into())
    }

    /// What is no number is null, as in JSON.
    fn serialize_f64(self, float: f64) -> Result<Value, Error> {
        self.scalar(if float.is_finite() { Tree::Float(float) } else { Tree::Null })
    }

    fn serialize_char(self, char: char) -> Result<Value, Error> {
        self.serialize_str(char.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, text: &str) -> Result<Value, Error> {
        self.scalar(Tree::Text(text.into()))
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<Value, Error> {
        let ty = self.ty()?;
        let reader = self.reader;
        Ok(match (reader.keyed(ty), Uuid::from_slice(bytes)) {
            (Type::Uuid, Ok(uuid)) => Value::Uuid(uuid),
            (other, _) => reader.refuse("type", format!("must be {}", reader.expected(other))),
        })
    }

    fn serialize_none(self) -> Result<Value, Error> {
        self.scalar(Tree::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Error> {
        value.serialize(self)
    }

    /// No arguments, or null.
    fn serialize_unit(self) -> Result<Value, Error> {
        if let Wanted::Type(_) = self.wanted {
            return self.scalar(Tree::Null);
        }
        Ok(self.members(0)?.whole())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, member: &'static str) -> Result<Value, Error> {
        self.serialize_str(member)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Value, Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Value, Error> {
        Err(Error::custom(VARIANT))
    }

    fn serialize_seq(self, count: Option<usize>) -> Result<Self::SerializeSeq, Error> {
        self.items(count.unwrap_or_default())
    }

    fn serialize_tuple(self, count: usize) -> Result<Self::SerializeTuple, Error> {
        self.items(count)
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        count: usize,
    ) -> Result<Self::SerializeTupleStruct, Error> {
        self.items(count)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Error> {
        Err(Error::custom(VARIANT))
    }

    fn serialize_map(self, count: Option<usize>) -> Result<Self::SerializeMap, Error> {
        Ok(Entries { parts: self.members(count.unwrap_or_default())?, key: String::new() })
    }

    fn serialize_struct(self, _: &'static str, count: usize) -> Result<Self::SerializeStruct, Error> {
        self.members(count)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Error> {
        Err(Error::custom(VARIANT))
    }

    /// A UUID is taken as bytes.
    fn is_human_readable(&self) -> bool {
        false
    }
}

impl SerializeSeq for Parts<'_, '_> {
    type Ok = Value;
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Error> {
        self.push(item)
    }

    fn end(self) -> Result<Value, Error> {
        Ok(self.whole())
    }
}

impl SerializeTuple for Parts<'_, '_> {
    type Ok = Value;
    type Error = Error;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Error> {
        self.push(item)
    }

    fn end(self) -> Result<Value, Error> {
        Ok(self.whole())
    }
}

impl SerializeTupleStruct for Parts<'_, '_> {
    type Ok = Value;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Error> {
        self.push(item)
    }

    fn end(self) -> Result<Value, Error> {
        Ok(self.whole())
    }
}

impl SerializeStruct for Parts<'_, '_> {
    type Ok = Value;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
        self.named(name, value)
    }

    fn end(self) -> Result<Value, Error> {
        Ok(self.whole())
    }
}

impl SerializeMap for Entries<'_, '_> {
    type Ok = Value;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.key = match serde_json::to_value(key)? {
            Json::String(text) => text,
            Json::Number(number) => number.to_string(),
            Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => {
                return Err(Error::custom("a key is a text or a number"));
            }
        };
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let key = std::mem::take(&mut self.key);
        self.parts.named(&key, value)
    }

    fn end(self) -> Result<Value, Error> {
        Ok(self.parts.whole())
    }
}

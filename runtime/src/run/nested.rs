//! Rows inside a row, as they are read: each an array of cells in JSON, from which a value is made or the answer's text
//! at once.
use super::write;
use crate::eval::Scope;
use crate::plan::cells::Cell;
use crate::plan::nest::Nest;
use crate::plan::sql::Form;
use crate::stop::{Run, Stop};
use crate::store::code;
use crate::value::Value;
use quater_ir::types::Type;
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, SeqAccess, Visitor};
use serde_json::Value as Json;
use std::cell::RefCell;
use std::fmt;

const WRONG: Stop = Stop::Defect("a nested list is not as it was asked for");

impl Nest {
    /// The value that stands in such JSON.
    pub(crate) fn decode(&self, text: &[u8], scope: &Scope<'_>) -> Run<Value> {
        read(text, scope, |within, json| within.value(self, json))
    }

    /// Appends the value that stands in such JSON, of a type.
    pub(crate) fn write(&self, out: &mut Vec<u8>, text: &[u8], ty: &Type, scope: &Scope<'_>) -> Run<()> {
        let (Type::List(item, _), false) = (ty.required(), self.one || self.distinct) else {
            return crate::wire::write::value(out, &scope.facts.program, &self.decode(text, scope)?, ty);
        };
        out.push(b'[');
        let begin = out.len();
        let mut each = |cells: &[Value]| {
            if out.len() > begin {
                out.push(b',');
            }
            write::expr(out, &self.each, item, &write::Over::values(scope, cells))
        };
        read(text, scope, |within, json| Rows { nest: self, within, each: &mut each }.deserialize(json))?;
        out.push(b']');
        Ok(())
    }
}

/// Reads all of a text; what stops inside is told as it is.
fn read<'j, T>(
    text: &'j [u8],
    scope: &Scope<'_>,
    read: impl FnOnce(
        &Within<'_>,
        &mut serde_json::Deserializer<serde_json::de::SliceRead<'j>>,
    ) -> serde_json::Result<T>,
) -> Run<T> {
    let within = Within { scope, stopped: RefCell::default() };
    let mut json = serde_json::Deserializer::from_slice(text);
    let done = read(&within, &mut json).and_then(|value| json.end().map(|()| value));
    done.map_err(|_| within.stopped.take().unwrap_or(WRONG))
}

/// Where cells are read, and why that has stopped.
struct Within<'s> {
    scope: &'s Scope<'s>,
    stopped: RefCell<Option<Stop>>,
}

impl Within<'_> {
    fn settle<T, E: Error>(&self, done: Run<T>) -> Result<T, E> {
        done.map_err(|stop| {
            self.stopped.replace(Some(stop));
            E::custom("stopped")
        })
    }

    /// What is made of the cells of a row.
    fn made(&self, nest: &Nest, cells: &[Value]) -> Run<Value> {
        Scope { row: Some(cells), ..*self.scope }.plain(&nest.each)
    }

    fn value<'j, D: Deserializer<'j>>(&self, nest: &Nest, json: D) -> Result<Value, D::Error> {
        if nest.one {
            let cells = Row { nest, within: self, cells: Vec::new() }.deserialize(json)?;
            return self.settle(self.made(nest, &cells));
        }
        let mut items = Vec::new();
        let mut each = |cells: &[Value]| {
            let item = self.made(nest, cells)?;
            if !(nest.distinct && items.contains(&item)) {
                items.push(item);
            }
            Ok(())
        };
        Rows { nest, within: self, each: &mut each }.deserialize(json)?;
        Ok(Value::List(items.into()))
    }
}

/// All rows, each given to `each` when it has been read.
struct Rows<'r, 's> {
    nest: &'r Nest,
    within: &'r Within<'s>,
    each: &'r mut dyn FnMut(&[Value]) -> Run<()>,
}

impl<'j> DeserializeSeed<'j> for Rows<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'j>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'j> Visitor<'j> for Rows<'_, '_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("rows")
    }

    fn visit_seq<A: SeqAccess<'j>>(self, mut rows: A) -> Result<(), A::Error> {
        let mut cells = Vec::with_capacity(self.nest.cells.list.len());
        while let Some(read) = rows.next_element_seed(Row { nest: self.nest, within: self.within, cells })? {
            self.within.settle((self.each)(&read))?;
            cells = read;
            cells.clear();
        }
        Ok(())
    }
}

/// The cells of one row, in room that was used before.
struct Row<'r, 's> {
    nest: &'r Nest,
    within: &'r Within<'s>,
    cells: Vec<Value>,
}

impl<'j> DeserializeSeed<'j> for Row<'_, '_> {
    type Value = Vec<Value>;

    fn deserialize<D: Deserializer<'j>>(self, json: D) -> Result<Vec<Value>, D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'j> Visitor<'j> for Row<'_, '_> {
    type Value = Vec<Value>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the cells of a row")
    }

    fn visit_seq<A: SeqAccess<'j>>(mut self, mut row: A) -> Result<Vec<Value>, A::Error> {
        for cell in &self.nest.cells.list {
            let value = row.next_element_seed(Place { cell, within: self.within })?;
            self.cells.push(value.ok_or_else(|| A::Error::custom("too few cells"))?);
        }
        match row.next_element::<IgnoredAny>()? {
            None => Ok(self.cells),
            Some(_) => Err(A::Error::custom("too many cells")),
        }
    }
}

/// One cell.
struct Place<'r, 's> {
    cell: &'r Cell,
    within: &'r Within<'s>,
}

impl<'j> DeserializeSeed<'j> for Place<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'j>>(self, json: D) -> Result<Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl Place<'_, '_> {
    fn of_json<E: Error>(&self, json: &Json) -> Result<Value, E> {
        self.within.settle(code::of_json(json, self.cell, self.within.scope.facts))
    }
}

impl<'j> Visitor<'j> for Place<'_, '_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a cell")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Value, E> {
        self.of_json(&truth.into())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        self.of_json(&number.into())
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        self.of_json(&number.into())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        self.of_json(&number.into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        match &self.cell.form {
            Form::Scalar(kind) => self.within.settle(code::of_json_text(text, *kind)),
            Form::Structure(_) | Form::Items(_) | Form::Nested(_) => self.of_json(&text.into()),
        }
    }

    fn visit_seq<A: SeqAccess<'j>>(self, seq: A) -> Result<Value, A::Error> {
        let json = serde::de::value::SeqAccessDeserializer::new(seq);
        if let Form::Nested(nest) = &self.cell.form {
            return self.within.value(nest, json);
        }
        self.of_json(&serde::Deserialize::deserialize(json)?)
    }

    fn visit_map<A: serde::de::MapAccess<'j>>(self, map: A) -> Result<Value, A::Error> {
        let json = serde::de::value::MapAccessDeserializer::new(map);
        self.of_json(&serde::Deserialize::deserialize(json)?)
    }
}

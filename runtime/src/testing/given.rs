//! Rows that a test takes as given: written past all rules.
use super::{Case, filler};
use crate::call::Refusal;
use crate::plan::change::whole;
use crate::plan::sql::{self, Sql, quoted};
use crate::run;
use crate::stop::{Run, Stop};
use crate::store::DatabaseError;
use crate::store::broken::{Broken, constraint};
use crate::store::numbers;
use crate::value::Value;
use quater_ir::Id;
use quater_ir::body::Assign;
use quater_ir::entity::{Column, Entity, Numbering};
use quater_ir::fault::CONFLICT;
use quater_ir::test::GivenRow;
use quater_ir::types::{Bounds, Type};

/// Most relations that a row made up may need in a chain.
const DEPTH: usize = 16;

impl Case<'_> {
    /// Makes a row with these values and gives it as it is stored.
    pub(super) fn given(&mut self, of: Id<Entity>, values: &[Assign], nested: &[GivenRow]) -> Run<Value> {
        let row = self.set_columns(of, values)?;
        let made = self.make(of, row, None, DEPTH)?;
        self.far_rows(of, &made, nested)?;
        Ok(made)
    }

    fn set_columns(&mut self, of: Id<Entity>, values: &[Assign]) -> Run<Vec<Option<Value>>> {
        let mut row = vec![None; self.program().entities[of].columns.len()];
        for set in values {
            let value = self.scope().plain(&set.value)?;
            if let Some(place) = row.get_mut(set.column.index()) {
                *place = Some(value);
            }
        }
        Ok(row)
    }

    /// Makes the rows that point to one that was made, in its tenant.
    fn far_rows(&mut self, of: Id<Entity>, made: &Value, nested: &[GivenRow]) -> Run<()> {
        let entity = &self.program().entities[of];
        let key = Value::part(made.row()?, entity.key.index())?;
        let own = entity.tenant.map(|column| Value::part(made.row()?, column.index())).transpose()?;
        for given in nested {
            let side = &entity.sides[given.side];
            let mut row = self.set_columns(side.entity, &given.values)?;
            if let Some(place) = row.get_mut(side.by.index()) {
                *place = Some(key.clone());
            }
            let far = self.make(side.entity, row, own.clone(), DEPTH)?;
            self.far_rows(side.entity, &far, &given.nested)?;
        }
        Ok(())
    }

    fn make(
        &mut self,
        of: Id<Entity>,
        given: Vec<Option<Value>>,
        tenant: Option<Value>,
        depth: usize,
    ) -> Run<Value> {
        let entity = &self.program().entities[of];
        if depth == 0 {
            return Err(Stop::Defect("a row needs another of its kind, without end"));
        }
        let tenant = match entity.tenant.and_then(|column| given.get(column.index()).cloned().flatten()) {
            Some(own) => Some(own),
            None => tenant,
        };
        let mut row = Vec::with_capacity(given.len());
        for ((id, column), value) in entity.columns.iter().zip(given) {
            row.push(match value {
                Some(value) => value,
                None => self.fill(of, id, column, tenant.as_ref(), depth)?,
            });
        }
        self.insert(of, &row)
    }

    /// A value for a column that a test leaves out.
    fn fill(
        &mut self,
        of: Id<Entity>,
        id: Id<Column>,
        column: &Column,
        tenant: Option<&Value>,
        depth: usize,
    ) -> Run<Value> {
        let entity = &self.program().entities[of];
        self.made += 1;
        let number = self.made;
        if id == entity.key {
            return Ok(match entity.numbering {
                Numbering::Uuid => Value::Uuid(uuid::Uuid::now_v7()),
                Numbering::Database => Value::Null,
                Numbering::Given => filler::value(self.program(), &column.ty, &column.name, number),
            });
        }
        if entity.tenant == Some(id) {
            return self.tenant(column, tenant, depth);
        }
        if let Some(default) = &column.default {
            return self.scope().plain(default);
        }
        let ty = &column.ty;
        if ty.is_optional() {
            return Ok(Value::Null);
        }
        if let Type::Ref(other) = ty {
            return self.parent(*other, tenant, depth);
        }
        let alone = entity.uniques.iter().any(|unique| unique.columns.contains(&id));
        let text = matches!(ty, Type::Text(_) | Type::Email | Type::Url);
        let few = matches!(ty, Type::Bool | Type::Enum(_) | Type::Int(Bounds { min: Some(_), max: Some(_) }));
        let number = if alone && few {
            // Each of them comes once before any comes again.
            let counted = self.few.entry((of.index(), id.index())).or_insert(0);
            *counted += 1;
            *counted
        } else if alone || text {
            number
        } else {
            1
        };
        Ok(filler::value(self.program(), ty, &column.name, number))
    }

    /// The tenant of a row: that of the row it is made for, else the test's own.
    fn tenant(&mut self, column: &Column, tenant: Option<&Value>, depth: usize) -> Run<Value> {
        if let Some(tenant) = tenant {
            return Ok(tenant.clone());
        }
        let other = if let Type::Ref(other) = column.ty.required() { Some(*other) } else { None };
        let place = other.map_or(usize::MAX, Id::index);
        if let Some(known) = self.tenants.get(&place) {
            return Ok(known.clone());
        }
        let made = match other {
            Some(other) => self.parent(other, None, depth)?,
            None => filler::value(self.program(), column.ty.required(), "tenant", 1),
        };
        self.tenants.insert(place, made.clone());
        Ok(made)
    }

    fn parent(&mut self, of: Id<Entity>, tenant: Option<&Value>, depth: usize) -> Run<Value> {
        let entity = &self.program().entities[of];
        let row = self.make(of, vec![None; entity.columns.len()], tenant.cloned(), depth - 1)?;
        Value::part(row.row()?, entity.key.index())
    }

    fn insert(&mut self, of: Id<Entity>, row: &[Value]) -> Run<Value> {
        let entity = &self.program().entities[of];
        let (program, dialect) = (self.program(), self.plan().statements.dialect);
        let mut row = row.to_vec();
        let key = entity.key.index();
        let numbered = entity.numbering == Numbering::Database && row.get(key).is_some_and(Value::is_null);
        let columns = entity.columns.iter().filter(|(id, _)| !(numbered && *id == entity.key));
        let (mut names, mut forms, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for (id, column) in columns {
            names.push(quoted(&column.sql));
            forms.push(sql::form(program, &column.ty));
            values.push(Value::part(&row, id.index())?);
        }
        let mut sql = Sql::new(program, dialect, format!("INSERT INTO {}", quoted(&entity.table)));
        sql.row(&names, forms.iter());
        if numbered {
            sql.push(&dialect.numbered(&quoted(&entity.columns[entity.key].sql)));
        }
        let mut ask = self.session.ask_once(&sql.text)?;
        for (value, form) in values.iter().zip(&forms) {
            ask.value(value, form, program)?;
        }
        let inserted = ask.insert(numbered).map_err(|error| told(error, entity))?;
        if let Some((place, number)) = row.get_mut(key).zip(inserted) {
            *place = Value::Int(number);
        }
        if !numbered {
            numbers::moved_on(&mut self.session, dialect, entity)?;
        }
        Ok(Value::Row(row.into()))
    }

    /// Reads the rows in slots again.
    pub(super) fn read_again(&mut self) -> Run<()> {
        let test = self.test;
        for (at, info) in test.slots.iter().enumerate() {
            let old = Value::part(&self.slots, at)?;
            let new = match (info.ty.required(), &old) {
                (Type::Row(of), Value::Row(row)) => self.stored(*of, row)?,
                (Type::List(item, _), Value::List(rows)) => {
                    let Type::Row(of) = item.required() else { continue };
                    // One that is gone stays gone.
                    let again = |row: &Value| {
                        if let Value::Row(row) = row { self.stored(*of, row) } else { Ok(row.clone()) }
                    };
                    Value::List(rows.iter().map(again).collect::<Run<_>>()?)
                }
                (_, _) => continue,
            };
            self.set(at as u32, new);
        }
        Ok(())
    }

    fn stored(&mut self, of: Id<Entity>, row: &[Value]) -> Run<Value> {
        let program = self.program();
        let entity = &program.entities[of];
        let (cells, plan) = whole(program, of);
        let mut sql = Sql::new(program, self.plan().statements.dialect, "SELECT ");
        cells.write(&mut sql, of, &[]).map_err(|_| Stop::Defect("a row that cannot be read"))?;
        let key = &entity.columns[entity.key];
        sql.push(&format!(" FROM {} AS t WHERE t.{} = ", quoted(&entity.table), quoted(&key.sql)));
        let form = sql::form(program, &key.ty);
        sql.given(&form);
        let value = Value::part(row, entity.key.index())?;
        let mut ask = self.session.ask_once(&sql.text)?;
        ask.value(&value, &form, program)?;
        let mut rows = ask.rows()?;
        match rows.next()? {
            Some(row) => run::row(row, &cells.list, &plan, &self.engine.facts),
            None => Ok(Value::Null),
        }
    }
}

/// What a row that is given twice breaks, in the words of the test.
fn told(error: DatabaseError, entity: &Entity) -> Stop {
    let name = &entity.name;
    let message = match constraint(&error, entity) {
        Some(Broken::Taken(column)) => format!(
            "another row of `{name}` has this `{column}`, which is unique: give each row one of its own"
        ),
        Some(Broken::Declared(_)) => {
            format!("another row of `{name}` has what is unique in it: give each row values of its own")
        }
        Some(Broken::Outside(_) | Broken::TooLong(_) | Broken::Related) | None => return error.into(),
    };
    Refusal::saying(CONFLICT, message).into()
}

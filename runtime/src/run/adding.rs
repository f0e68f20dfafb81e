//! New rows: one, or many with those that point to them.
use super::{Did, Machine};
use crate::eval::Scope;
use crate::plan::adding::{Adding, KEY, ROWS, Upserting};
use crate::stop::{Run, Stop};
use crate::store::broken::Broken;
use crate::store::code;
use crate::store::session::Foreseen;
use crate::store::stored::Stored;
use crate::value::Value;
use quater_ir::entity::Numbering;
use quater_ir::fault::FORBIDDEN;
use quater_ir::storage::StoredKind;

/// A row that is to be added, with those that will point to it.
struct New {
    /// The values of what the statement sets, in its order.
    values: Vec<Value>,
    /// A key that is made here.
    made: Option<Value>,
    /// For each nesting its rows.
    nested: Vec<Vec<New>>,
}

/// How often an addition is tried whose row was there and then was not.
const TRIES: usize = 3;

impl Machine<'_, '_, '_> {
    /// Adds a row with those on its far sides, and gives it as written.
    pub(crate) fn create(&mut self, create: &Adding) -> Run<Value> {
        let new = self.evaluated(create, &self.scope())?;
        let mut rows = self.add_all(create, &Value::Null, vec![new])?;
        rows.pop().ok_or(Stop::Defect("a creation without a row"))
    }

    /// Everything about a new row that can be known before it is there.
    fn evaluated(&self, create: &Adding, scope: &Scope<'_>) -> Run<New> {
        let values = self.new_values(&create.sets, scope)?;
        let made = matches!(create.numbering, Numbering::Uuid).then(|| Value::Uuid(uuid::Uuid::now_v7()));
        let nested = create.nested.iter().map(|nesting| {
            let items = scope.value(&nesting.items)?;
            if items.is_null() {
                return Ok(Vec::new());
            }
            let each = |item: &Value| scope.with_item(item, |scope| self.evaluated(&nesting.create, scope));
            items.list()?.iter().map(each).collect()
        });
        Ok(New { values, made, nested: nested.collect::<Run<_>>()? })
    }

    /// Adds rows that point to one other, then what points to them; a statement a level where no key has
    /// to come from the database.
    fn add_all(&mut self, create: &Adding, back: &Value, new: Vec<New>) -> Run<Vec<Value>> {
        let alone = new.len() == 1 || create.numbering == Numbering::Database;
        if let (false, Some(link)) = (alone, &create.back) {
            let text = self.as_json(create, back, &new)?;
            let mut ask = self.session.ask(self.plan, link.many)?;
            ask.stored(ROWS.kind(), Stored::text(&text))?;
            let asked = ask.later(Foreseen::Done).and_then(|ask| ask.map_or(Ok(0), |ask| ask.execute()));
            if let Err(error) = asked {
                return Err(self.broken(error, create.entity, create.otherwise.as_ref()));
            }
        }
        let mut rows = Vec::with_capacity(new.len());
        for new in new {
            let number = if alone { self.add_one(create, back, &new)? } else { None };
            let row = self.row_of(create, back, &new, number)?;
            let key = Value::part(&row, self.facts.program.entities[create.entity].key.index())?;
            for (nesting, far) in create.nested.iter().zip(new.nested).filter(|(_, far)| !far.is_empty()) {
                self.add_all(&nesting.create, &key, far)?;
            }
            rows.push(row);
        }
        for row in &rows {
            self.judge(create, row)?;
        }
        self.all_within(create, &rows)?;
        self.tally.note(Did::Create, create.entity, rows.len() as u64);
        Ok(rows.into_iter().map(|row| Value::Row(row.into())).collect())
    }

    /// Adds one row, and gives the number that the database gave it.
    fn add_one(&mut self, create: &Adding, back: &Value, new: &New) -> Run<Option<Value>> {
        let program = &self.facts.program;
        let mut ask = self.session.ask(self.plan, create.number)?;
        for (set, value) in create.sets.iter().zip(&new.values) {
            ask.value(value, &set.form, program)?;
        }
        if let Some(made) = &new.made {
            ask.value(made, &KEY, program)?;
        }
        if let Some(link) = &create.back {
            ask.value(back, &link.form, program)?;
        }
        match ask.insert(create.numbering == Numbering::Database) {
            Ok(number) => Ok(number.map(Value::Int)),
            Err(error) => Err(self.broken(error, create.entity, create.otherwise.as_ref())),
        }
    }

    /// Rows as the one value of a statement that adds them all.
    fn as_json(&self, create: &Adding, back: &Value, new: &[New]) -> Run<String> {
        let program = &self.facts.program;
        let link = create.back.as_ref().map(|link| (back, &link.form));
        let row = |new: &New| {
            let sets = new.values.iter().zip(create.sets.iter().map(|set| &set.form));
            let cells = sets.chain(new.made.iter().map(|made| (made, &KEY))).chain(link);
            code::cells_as_json(cells, program)
        };
        let rows = new.iter().map(row).collect::<Run<Vec<_>>>()?;
        Ok(format!("[{}]", rows.join(",")))
    }

    fn row_of(&self, create: &Adding, back: &Value, new: &New, number: Option<Value>) -> Run<Vec<Value>> {
        let entity = &self.facts.program.entities[create.entity];
        let mut row = vec![Value::Null; entity.columns.len()];
        let mut put = |at: usize, value: &Value| match row.get_mut(at) {
            Some(place) => {
                *place = value.clone();
                Ok(())
            }
            None => Err(Stop::Defect("a column beyond its entity")),
        };
        for (set, value) in create.sets.iter().zip(&new.values) {
            put(set.column, value)?;
        }
        if let Some(link) = &create.back {
            put(link.column, back)?;
        }
        if let Some(key) = new.made.as_ref().or(number.as_ref()) {
            put(entity.key.index(), key)?;
        }
        Ok(row)
    }

    /// Whether a row that was added may be.
    fn judge(&mut self, create: &Adding, row: &[Value]) -> Run<()> {
        let permitted = self.permitted(&create.permit, create.entity, row)?;
        if permitted { Ok(()) } else { Err(self.refuse(FORBIDDEN)) }
    }

    /// Holds the bounds of far sides, each once for all rows that stand there.
    fn all_within(&mut self, create: &Adding, rows: &[Vec<Value>]) -> Run<()> {
        for bound in &create.bounds {
            let mut held: Vec<Value> = Vec::new();
            for row in rows {
                let to = Value::part(row, bound.column)?;
                if !held.contains(&to) {
                    self.within(create.entity, std::slice::from_ref(bound), row)?;
                    held.push(to);
                }
            }
        }
        Ok(())
    }

    /// Adds a row, or changes the one that is there, and gives it as it is afterwards.
    pub(super) fn upsert(&mut self, upsert: &Upserting) -> Run<Value> {
        let create = &upsert.create;
        let new = self.evaluated(create, &self.scope())?;
        for (slot, at) in &upsert.told_by {
            let value = Value::part(&new.values, *at)?;
            self.set(*slot, value)?;
        }
        for _ in 0..TRIES {
            if let Some(key) = self.added(create, &new)? {
                let number = (create.numbering == Numbering::Database).then_some(key);
                let row = self.row_of(create, &Value::Null, &new, number)?;
                self.judge(create, &row)?;
                self.all_within(create, std::slice::from_ref(&row))?;
                self.tally.note(Did::Create, create.entity, 1);
                return Ok(Value::Row(row.into()));
            }
            if let Some(row) = self.changed(upsert)? {
                return Ok(row);
            }
        }
        // It is there and may not be seen: no more is told than that its values are taken.
        match &create.otherwise {
            Some(raise) => Err(self.raise(raise)?.into()),
            None => Err(Broken::taken(&self.facts.program.entities[create.entity], &upsert.by)
                .stop(&self.facts.program)),
        }
    }

    /// Adds a row and gives its key, or nothing where one is there.
    fn added(&mut self, create: &Adding, new: &New) -> Run<Option<Value>> {
        let facts = self.facts;
        let program = &facts.program;
        let mut ask = self.session.ask(self.plan, create.number)?;
        for (set, value) in create.sets.iter().zip(&new.values) {
            ask.value(value, &set.form, program)?;
        }
        if let Some(made) = &new.made {
            ask.value(made, &KEY, program)?;
        }
        let numbered = create.numbering == Numbering::Database;
        let came = ask.rows().and_then(|mut rows| {
            let Some(row) = rows.next()? else { return Ok(None) };
            let number = if numbered { Some(row.get(0)?) } else { None };
            let key = number.map(|number| code::scalar_of(number, StoredKind::Int));
            let key = key.unwrap_or(Ok(Value::Null));
            while rows.next()?.is_some() {}
            Ok(Some(key))
        });
        match came {
            Ok(key) => key.transpose(),
            Err(error) => Err(self.broken(error, create.entity, create.otherwise.as_ref())),
        }
    }

    /// The row that is there, changed where that is asked; nothing where none can be seen.
    fn changed(&mut self, upsert: &Upserting) -> Run<Option<Value>> {
        let Some((rows, update)) = &upsert.update else {
            let found = self.read(&upsert.found)?;
            return Ok(if found.is_null() { None } else { Some(found) });
        };
        let Some(cells) = self.candidates(rows)?.pop() else { return Ok(None) };
        let values = self.new_values(&update.sets, &Scope { row: Some(&cells), ..self.scope() })?;
        let key = Value::part(&cells, 0)?;
        self.change(update, &key, &values, None)
    }
}

//! Writing verbs.
use super::{Did, Machine, read};
use crate::call::Refusal;
use crate::eval::Scope;
use crate::plan::change::{Candidates, Changing, Permit, Removing, Set, WHETHER};
use crate::plan::changed::Written;
use crate::plan::query::Prepared;
use crate::plan::sql::Form;
use crate::plan::switch::Switched;
use crate::stop::{Run, Stop};
use crate::store::DatabaseError;
use crate::store::broken::{self, Broken};
use crate::store::code;
use crate::store::session::Foreseen;
use crate::value::Value;
use quater_ir::Id;
use quater_ir::body::Raise;
use quater_ir::entity::Entity;
use quater_ir::expr::Slot;
use quater_ir::fault::{FORBIDDEN, NOT_FOUND, UNAUTHORIZED};

/// What a change finds.
enum Found {
    None,
    /// A row, which it does not give.
    Some,
    /// A row, as it is written.
    Row(Value),
}

impl Machine<'_, '_, '_> {
    pub(super) fn refuse(&self, fault: Id<quater_ir::fault::Fault>) -> Stop {
        Refusal::plain(&self.facts.program, fault).into()
    }

    /// Values for columns; null where one is required means that the caller, or what it has, is absent.
    pub(super) fn new_values(&self, sets: &[Set], scope: &Scope<'_>) -> Run<Vec<Value>> {
        let mut values = Vec::with_capacity(sets.len());
        for set in sets {
            if let Some(when) = &set.when {
                let set_at_all = scope.holds(when)?;
                values.push(Value::Bool(set_at_all));
                if !set_at_all {
                    values.push(Value::Null);
                    continue;
                }
            }
            let value = scope.plain(&set.value)?;
            if set.required && value.is_null() {
                let nobody = self.about.actor.is_null();
                return Err(self.refuse(if nobody { UNAUTHORIZED } else { FORBIDDEN }));
            }
            let structure = matches!(set.form, Form::Structure(_));
            values.push(if structure { code::settled(value) } else { value });
        }
        Ok(values)
    }

    pub(super) fn broken(&self, error: DatabaseError, entity: Id<Entity>, otherwise: Option<&Raise>) -> Stop {
        let program = &self.facts.program;
        match (broken::constraint(&error, &program.entities[entity]), otherwise) {
            (None, _) => Stop::Database(error),
            (Some(_), Some(raise)) => self.raise(raise).map_or_else(|stop| stop, Stop::from),
            (Some(broken), None) => broken.stop(program),
        }
    }

    pub(super) fn permitted(&mut self, permit: &Permit, entity: Id<Entity>, row: &[Value]) -> Run<bool> {
        let scope =
            Scope { facts: self.facts, about: self.about, slots: self.slots, row: Some(row), item: None };
        match permit {
            Permit::Always => Ok(true),
            Permit::Memory(rule) => scope.holds(rule),
            Permit::Asked(variants) => {
                let Some(prepared) = variants.choose(&scope)?.and_then(Option::as_ref) else {
                    return Ok(false);
                };
                let of = &self.facts.program.entities[entity];
                let key = Value::part(row, of.key.index())?;
                let form = crate::plan::sql::form(&self.facts.program, &of.columns[of.key].ty);
                let mut ask = self.session.ask(self.plan, prepared.number)?;
                ask.value(&key, &form, &self.facts.program)?;
                ask.binds(&prepared.binds, &scope)?;
                match ask.later(Foreseen::Some)? {
                    Some(ask) => Ok(ask.gives()?),
                    None => Ok(true),
                }
            }
        }
    }

    fn key(&self, row: &Value, entity: Id<Entity>) -> Run<Value> {
        if row.is_null() {
            return Err(self.refuse(NOT_FOUND));
        }
        Value::part(row.row()?, self.facts.program.entities[entity].key.index())
    }

    /// Changes the row in a slot, and puts it there as written.
    pub(super) fn update(&mut self, slot: Slot, update: &Changing) -> Run<()> {
        let row = Value::part(self.slots, slot.0 as usize)?;
        let key = self.key(&row, update.entity)?;
        let values = self.new_values(&update.sets, &self.scope())?;
        let known = match update.written {
            Written::Told => true,
            Written::Given => update.foreseeable && self.session.foresees(),
            Written::Asked(_) | Written::Unseen => false,
        };
        let foreseen = if known { Some(self.changed_row(update, row.row()?, &values)?) } else { None };
        match self.change(update, &key, &values, foreseen)? {
            Some(written) => self.set(slot, written),
            None => Ok(()),
        }
    }

    /// A row as it is going to be with new values, if it still is as it was read.
    fn changed_row(&self, update: &Changing, before: &[Value], values: &[Value]) -> Run<Vec<Value>> {
        let (mut after, mut values) = (before.to_vec(), values.iter());
        for set in &update.sets {
            let stays = set.when.is_some() && values.next() != Some(&Value::Bool(true));
            let (Some(value), Some(place)) = (values.next(), after.get_mut(set.column)) else {
                return Err(Stop::Defect("a value for no column"));
            };
            if !stays && value.is_null() {
                *place = Value::Null;
            } else if !stays {
                let given = code::encode(value, &set.form, &self.facts.program)?;
                *place = code::scalar_of(given.stored(), set.form.kind())?;
            }
        }
        Ok(after)
    }

    /// Changes the row with a key and gives it as written, unless nobody looks at that; `foreseen` is what that is
    /// going to be.
    pub(super) fn change(
        &mut self,
        update: &Changing,
        key: &Value,
        values: &[Value],
        foreseen: Option<Vec<Value>>,
    ) -> Run<Option<Value>> {
        let scope = Scope { facts: self.facts, about: self.about, slots: self.slots, row: None, item: None };
        let Some(prepared) = update.variants.choose(&scope)?.and_then(Option::as_ref) else {
            return Err(self.missing(update.exists, key, &update.key));
        };
        let found = match self.write(prepared, &scope_parts(update, key, values), update, foreseen) {
            Ok(found) => found,
            Err(Stop::Database(error)) => {
                return Err(self.broken(error, update.entity, update.otherwise.as_ref()));
            }
            Err(stop) => return Err(stop),
        };
        let written = match found {
            Found::None => return Err(self.missing(update.exists, key, &update.key)),
            Found::Row(row) => Some(row),
            Found::Some => self.asked_again(update, key)?,
        };
        if let Some(row) = &written {
            if !self.permitted(&update.permit, update.entity, row.row()?)? {
                return Err(self.refuse(FORBIDDEN));
            }
            self.within(update.entity, &update.bounds, row.row()?)?;
        }
        self.tally.note(Did::Update, update.entity, 1);
        Ok(written)
    }

    /// A row that was changed, asked for by its key where anybody looks at it.
    fn asked_again(&mut self, update: &Changing, key: &Value) -> Run<Option<Value>> {
        let Written::Asked(number) = update.written else { return Ok(None) };
        let mut ask = self.session.ask(self.plan, number)?;
        ask.value(key, &update.key, &self.facts.program)?;
        let mut rows = ask.rows()?;
        let row = rows.next()?.ok_or(Stop::Defect("a changed row is gone"))?;
        read::row(row, &update.cells, &update.row, self.facts).map(Some)
    }

    /// Runs an update.
    fn write(
        &mut self,
        prepared: &Prepared,
        given: &[(&Form, &Value)],
        update: &Changing,
        foreseen: Option<Vec<Value>>,
    ) -> Run<Found> {
        let scope = Scope { facts: self.facts, about: self.about, slots: self.slots, row: None, item: None };
        let program = &self.facts.program;
        let mut ask = self.session.ask(self.plan, prepared.number)?;
        for (form, value) in given {
            ask.value(value, form, program)?;
        }
        ask.binds(&prepared.binds, &scope)?;
        if update.written == Written::Unseen {
            let Some(asked) = ask.later(Foreseen::Some)? else { return Ok(Found::Some) };
            ask = asked;
        }
        if update.written != Written::Given {
            return Ok(match (ask.execute()?, foreseen) {
                (0, _) => Found::None,
                (_, Some(row)) => Found::Row(Value::Row(row.into())),
                (_, None) => Found::Some,
            });
        }
        if let Some(row) = foreseen {
            let cells = update.row.columns.iter().zip(&update.cells);
            let cells = cells.map(|(at, cell)| Ok((cell.form.kind(), Value::part(&row, *at)?)));
            let Some(asked) = ask.later(Foreseen::Row(cells.collect::<Run<_>>()?))? else {
                return Ok(Found::Row(Value::Row(row.into())));
            };
            ask = asked;
        }
        let mut rows = ask.rows()?;
        let Some(row) = rows.next()? else { return Ok(Found::None) };
        let written = read::row(row, &update.cells, &update.row, self.facts)?;
        while rows.next()?.is_some() {}
        Ok(Found::Row(written))
    }

    /// Why a change found no row: it is there and may not be changed, or it is gone.
    fn missing(&mut self, exists: usize, key: &Value, form: &Form) -> Stop {
        match self.is_there(exists, key, form) {
            Ok(true) => self.refuse(FORBIDDEN),
            Ok(false) => self.refuse(NOT_FOUND),
            Err(stop) => stop,
        }
    }

    fn is_there(&mut self, exists: usize, key: &Value, form: &Form) -> Run<bool> {
        let mut ask = self.session.ask(self.plan, exists)?;
        ask.value(key, form, &self.facts.program)?;
        Ok(ask.gives()?)
    }

    /// Changes every selected row and counts them.
    pub(super) fn update_where(&mut self, rows: &Candidates, update: &Changing) -> Run<i64> {
        let found = self.candidates(rows)?;
        for cells in &found {
            let values = self.new_values(&update.sets, &Scope { row: Some(cells), ..self.scope() })?;
            let key = Value::part(cells, 0)?;
            self.change(update, &key, &values, None)?;
        }
        Ok(found.len() as i64)
    }

    pub(super) fn candidates(&mut self, rows: &Candidates) -> Run<Vec<Vec<Value>>> {
        let scope = Scope { facts: self.facts, about: self.about, slots: self.slots, row: None, item: None };
        let Some(prepared) = rows.variants.choose(&scope)?.and_then(Option::as_ref) else {
            return Ok(Vec::new());
        };
        let mut cursor = self.session.bound(self.plan, prepared.number, &prepared.binds, &scope)?.rows()?;
        let mut found = Vec::new();
        while let Some(row) = cursor.next()? {
            found.push(read::cells(row, &rows.cells, &scope)?);
        }
        Ok(found)
    }

    /// Deletes the row in a slot.
    pub(super) fn delete(&mut self, slot: Slot, delete: &Removing) -> Run<()> {
        let row = Value::part(self.slots, slot.0 as usize)?;
        let key = self.key(&row, delete.entity)?;
        let scope = Scope { facts: self.facts, about: self.about, slots: self.slots, row: None, item: None };
        let Some(prepared) = delete.variants.choose(&scope)?.and_then(Option::as_ref) else {
            return Err(self.missing(delete.exists, &key, &delete.key));
        };
        let mut ask = self.session.ask(self.plan, prepared.number)?;
        ask.value(&key, &delete.key, &self.facts.program)?;
        ask.binds(&prepared.binds, &scope)?;
        match ask.execute() {
            Ok(0) => Err(self.missing(delete.exists, &key, &delete.key)),
            Ok(_) => {
                self.tally.note(Did::Delete, delete.entity, 1);
                Ok(())
            }
            Err(error) => Err(self.broken(error, delete.entity, None)),
        }
    }

    /// Deletes every selected row and counts them.
    pub(super) fn delete_where(&mut self, of: Id<Entity>, rows: &Switched<Option<Prepared>>) -> Run<i64> {
        let scope = Scope { facts: self.facts, about: self.about, slots: self.slots, row: None, item: None };
        let Some(prepared) = rows.choose(&scope)?.and_then(Option::as_ref) else { return Ok(0) };
        let ask = self.session.bound(self.plan, prepared.number, &prepared.binds, &scope)?;
        match ask.execute() {
            Ok(count) => {
                self.tally.note(Did::Delete, of, count);
                Ok(count as i64)
            }
            Err(error) if broken::is_related(&error) => Err(Broken::Related.stop(&self.facts.program)),
            Err(error) => Err(Stop::Database(error)),
        }
    }
}

/// What an update binds first: its values, then the key.
fn scope_parts<'v>(update: &'v Changing, key: &'v Value, values: &'v [Value]) -> Vec<(&'v Form, &'v Value)> {
    let forms = update.sets.iter().flat_map(|set| set.when.iter().map(|_| &WHETHER).chain([&set.form]));
    let sets = forms.zip(values);
    sets.chain([(&update.key, key)]).collect()
}

//! Rows from a file, written past all rules: all of them, or none.
use crate::call::RequestId;
use crate::eval::{self, About, Scope};
use crate::facts::Facts;
use crate::plan::dialect::Dialect;
use crate::plan::sql::{self, Sql, quoted};
use crate::service::{Settings, StartError};
use crate::start;
use crate::stop::{Run, Stop};
use crate::store::DatabaseError;
use crate::store::location::Location;
use crate::store::numbers;
use crate::store::session::Session;
use crate::store::sqlite;
use crate::value::Value;
use crate::wire::read::Reader;
use crate::wire::tree::Tree;
use quater_ir::builtin::Builtin;
use quater_ir::entity::{Column, Entity, Numbering};
use quater_ir::expr::Expr;
use quater_ir::operation::Door;
use quater_ir::types::Type;
use quater_ir::{Id, Program};
use smol_str::SmolStr;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
use uuid::Uuid;

/// The member that gives a row a name for the others of its file.
const NAME: &str = "$as";

/// What a value begins with that is the name of a row.
const SIGIL: char = '$';

/// What a hash begins with; other texts are hashed.
const HASHED: &str = "$argon2id$";

/// How many characters a password has, as inputs take it.
const PASSWORD: RangeInclusive<usize> = 8..=200;

/// Why rows are not written.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The database does not open, or is of another version.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The program stores nothing.
    #[error("the service has no database")]
    NoDatabase,
    /// The file is no JSON.
    #[error("it is not JSON")]
    Json(#[source] serde_json::Error),
    /// Something in the file is not as the service has it.
    #[error("`{place}` {what}")]
    Wrong {
        /// Where, as a JSON Pointer (RFC 6901).
        place: String,
        /// What is wrong there.
        what: String,
    },
    /// The database refuses a row.
    #[error("the database refuses `{place}`")]
    Refused {
        /// The row, as a JSON Pointer.
        place: String,
        /// Why.
        #[source]
        source: DatabaseError,
    },
    /// The database fails.
    #[error("the database fails")]
    Database(#[from] DatabaseError),
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seeded {
    /// So many rows of each entity were written, in the order of the tables.
    Rows(Vec<(SmolStr, usize)>),
    /// There were rows already, of this entity among others, so none was written.
    Full(SmolStr),
}

/// Writes the rows of a file, `{ "Entity": [ { "field": … } ] }`, into the database of a program, whose tables
/// are made where there are none. If it is only to be done on empty tables, rows in one of them prevent it.
///
/// # Errors
/// When the file is not as the service has it, or the database refuses; then no row is written.
pub fn seed(
    program: &Arc<Program>,
    settings: &Settings,
    text: &str,
    if_empty: bool,
) -> Result<Seeded, SeedError> {
    if program.resources.is_empty() {
        return Err(SeedError::NoDatabase);
    }
    let facts = start::tables(program, settings)?;
    let file = read(program, text)?;
    match start::location(&facts, settings)? {
        Location::Sqlite(location) => {
            let url = location.url();
            let opened = location.connect().map_err(DatabaseError::from);
            let mut connection =
                opened.map_err(|source| StartError::Database { url: url.clone(), source })?;
            sqlite::schema::prepare(&mut connection, &facts, &url)?;
            connection.execute_batch("BEGIN IMMEDIATE").map_err(DatabaseError::from)?;
            let session = Session::Sqlite(sqlite::session::Session::new(&connection));
            let done = Seeder::new(&facts, session, Dialect::Sqlite).all(file, if_empty);
            let end = if done.is_ok() { "COMMIT" } else { "ROLLBACK" };
            connection.execute_batch(end).map_err(DatabaseError::from)?;
            done
        }
        #[cfg(feature = "postgres")]
        Location::Postgres(address) => {
            use crate::store::postgres::{schema, session};
            let address = Arc::from(address);
            let mut open = session::Session::open(&address)?;
            schema::prepare(&mut open, &facts, &address.url())?;
            open.simple("BEGIN")?;
            let done =
                Seeder::new(&facts, Session::Postgres(&mut open), Dialect::Postgres).all(file, if_empty);
            open.simple(if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
            done
        }
    }
}

/// The rows of a file by their entities, and their places in the file.
type File<'t> = BTreeMap<Id<Entity>, Vec<Vec<(Cow<'t, str>, Tree<'t>)>>>;

fn read<'t>(program: &Program, text: &'t str) -> Result<File<'t>, SeedError> {
    let wrong = |place: String, what: &str| SeedError::Wrong { place, what: what.to_owned() };
    let tree: Tree<'t> = Tree::read(text.as_bytes()).map_err(SeedError::Json)?;
    let Tree::Object(members) = tree else {
        return Err(wrong("/".to_owned(), "must be an object with a list of rows for each entity"));
    };
    let mut file = File::new();
    for (name, rows) in members {
        let place = format!("/{name}");
        let Some((id, _)) = program.entities.iter().find(|(_, it)| it.name == *name) else {
            let known: Vec<&str> = program.entities.values().map(|it| it.name.as_str()).collect();
            return Err(wrong(place, &format!("is no entity; there are {}", known.join(", "))));
        };
        let Tree::List(rows) = rows else { return Err(wrong(place, "must be a list of rows")) };
        let own = file.entry(id).or_default();
        for row in rows {
            let Tree::Object(members) = row else {
                return Err(wrong(format!("{place}/{}", own.len()), "must be an object"));
            };
            own.push(members);
        }
    }
    Ok(file)
}

struct Seeder<'f, 'c> {
    facts: &'f Facts,
    session: Session<'c>,
    dialect: Dialect,
    about: About,
    /// Keys of rows that have names.
    named: BTreeMap<String, (Id<Entity>, Value)>,
}

impl<'f, 'c> Seeder<'f, 'c> {
    fn new(facts: &'f Facts, session: Session<'c>, dialect: Dialect) -> Self {
        let about = About::nobody(Door::Cli, RequestId(Uuid::nil()), None);
        Self { facts, session, dialect, about, named: BTreeMap::new() }
    }

    /// Rows of tables that others point to go first.
    fn all(mut self, mut file: File<'_>, if_empty: bool) -> Result<Seeded, SeedError> {
        let program = &self.facts.program;
        let mut counts = Vec::new();
        for table in &program.storage.tables {
            let Some((id, entity)) = program.entities.iter().find(|(_, it)| it.table == table.name) else {
                continue;
            };
            let Some(rows) = file.remove(&id) else { continue };
            if if_empty && self.has_rows(entity)? {
                return Ok(Seeded::Full(entity.name.clone()));
            }
            counts.push((entity.name.clone(), rows.len()));
            let key = &entity.columns[entity.key].name;
            let given = rows.iter().flatten().any(|(member, _)| *member == **key);
            for (at, row) in rows.into_iter().enumerate() {
                self.row(id, row, &format!("/{}/{at}", entity.name))?;
            }
            if given {
                let moved = numbers::moved_on(&mut self.session, self.dialect, entity);
                moved.map_err(|stop| told(stop, &format!("/{}", entity.name)))?;
            }
        }
        Ok(Seeded::Rows(counts))
    }

    fn has_rows(&mut self, entity: &Entity) -> Result<bool, SeedError> {
        let sql = format!("SELECT 1 FROM {} LIMIT 1", quoted(&entity.table));
        let asked = self.session.ask_once(&sql).and_then(|ask| Ok(ask.gives()?));
        asked.map_err(|stop| told(stop, &format!("/{}", entity.name)))
    }

    fn row(
        &mut self,
        of: Id<Entity>,
        members: Vec<(Cow<'_, str>, Tree<'_>)>,
        place: &str,
    ) -> Result<(), SeedError> {
        let entity = &self.facts.program.entities[of];
        let mut given: BTreeMap<usize, Tree<'_>> = BTreeMap::new();
        let mut name = None;
        for (member, tree) in members {
            let wrong = |what: String| SeedError::Wrong { place: format!("{place}/{member}"), what };
            if member == NAME {
                let Tree::Text(text) = tree else { return Err(wrong("must be a string".to_owned())) };
                name = Some(text.into_owned());
                continue;
            }
            let Some((id, _)) = entity.columns.iter().find(|(_, column)| column.name == *member) else {
                let known: Vec<&str> = entity.columns.values().map(|it| it.name.as_str()).collect();
                return Err(wrong(format!("is no field of it; there are {}", known.join(", "))));
            };
            if given.insert(id.index(), tree).is_some() {
                return Err(wrong("is given twice".to_owned()));
            }
        }
        let mut row = Vec::with_capacity(entity.columns.len());
        for (id, column) in entity.columns.iter() {
            let place = format!("{place}/{}", column.name);
            row.push(match given.remove(&id.index()) {
                Some(tree) => self.value(column, tree, &place)?,
                None => self.absent(entity, id, column, &place)?,
            });
        }
        let key = self.insert(entity, &row).map_err(|stop| told(stop, place))?;
        self.within(of, &row, place)?;
        if let Some(name) = name
            && self.named.insert(name.clone(), (of, key)).is_some()
        {
            return Err(SeedError::Wrong {
                place: format!("{place}/{NAME}"),
                what: format!("is `{name}` again"),
            });
        }
        Ok(())
    }

    fn value(&self, column: &Column, tree: Tree<'_>, place: &str) -> Result<Value, SeedError> {
        let wrong = |what: String| SeedError::Wrong { place: place.to_owned(), what };
        let ty = column.ty.required();
        if let (Type::Ref(other), Tree::Text(text)) = (ty, &tree)
            && let Some(name) = text.strip_prefix(SIGIL)
        {
            return match self.named.get(name) {
                Some((of, key)) if of == other => Ok(key.clone()),
                Some(_) => Err(wrong(format!("names `{name}`, which is a row of another entity"))),
                None => {
                    Err(wrong(format!("names `{name}`, and no row before it is `\"{NAME}\": \"{name}\"`")))
                }
            };
        }
        if let (Type::Password, Tree::Text(text)) = (ty, &tree) {
            let is_hash = text.starts_with(HASHED);
            if !is_hash && !PASSWORD.contains(&text.chars().count()) {
                let (least, most) = (PASSWORD.start(), PASSWORD.end());
                return Err(wrong(format!("must have {least} to {most} characters")));
            }
            let text = Value::Text(SmolStr::new(text));
            let hashed = if is_hash { Ok(text) } else { eval::call(Builtin::Hash, &[text], &Type::Password) };
            return hashed.map_err(|stop| told(stop, place));
        }
        let default = |expr: &Expr| {
            Scope { facts: self.facts, about: &self.about, slots: &[], row: None, item: None }.value(expr)
        };
        let mut reader = Reader::new(&self.facts.program, &self.facts.patterns, &default);
        let value = reader.value(tree, &column.ty);
        if let Some(stop) = reader.stop.take() {
            return Err(told(stop, place));
        }
        match reader.violations.first() {
            Some(violation) => Err(wrong(format!("{}{}", at(&violation.pointer), violation.message))),
            None => Ok(value),
        }
    }

    fn absent(
        &self,
        entity: &Entity,
        id: Id<Column>,
        column: &Column,
        place: &str,
    ) -> Result<Value, SeedError> {
        if id == entity.key {
            match entity.numbering {
                Numbering::Uuid => return Ok(Value::Uuid(Uuid::now_v7())),
                Numbering::Database => return Ok(Value::Null),
                Numbering::Given => {}
            }
        }
        if let Some(default) = &column.default {
            let scope = Scope { facts: self.facts, about: &self.about, slots: &[], row: None, item: None };
            return scope.plain(default).map_err(|stop| told(stop, place));
        }
        if column.ty.is_optional() {
            return Ok(Value::Null);
        }
        Err(SeedError::Wrong { place: place.to_owned(), what: "is required".to_owned() })
    }

    /// Sees that no row has more rows behind it than the service allows.
    fn within(&mut self, of: Id<Entity>, row: &[Value], place: &str) -> Result<(), SeedError> {
        let program = &self.facts.program;
        for side in program.entities.values().flat_map(|it| it.sides.values()).filter(|it| it.entity == of) {
            let to = Value::part(row, side.by.index()).map_err(|stop| told(stop, place))?;
            let Some(most) = side.bounds.max.filter(|_| !side.single && !to.is_null()) else { continue };
            let column = &program.entities[of].columns[side.by];
            let place = format!("{place}/{}", column.name);
            if self.are_more(of, side.by, &to, most).map_err(|stop| told(stop, &place))? {
                let what = format!("has its most of {most} `{}` already", side.name);
                return Err(SeedError::Wrong { place, what });
            }
        }
        Ok(())
    }

    fn are_more(&mut self, of: Id<Entity>, by: Id<Column>, to: &Value, most: u32) -> Run<bool> {
        let program = &self.facts.program;
        let entity = &program.entities[of];
        let form = sql::form(program, &entity.columns[by].ty);
        let (table, by) = (quoted(&entity.table), quoted(&entity.columns[by].sql));
        let text = format!("SELECT 1 FROM {table} AS t WHERE t.{by} = ");
        let mut sql = Sql::new(program, self.dialect, text);
        sql.given(&form);
        sql.push(&format!(" LIMIT 1 OFFSET {most}"));
        let mut ask = self.session.ask_once(&sql.text)?;
        ask.value(to, &form, program)?;
        Ok(ask.gives()?)
    }

    /// Writes a row, and gives its key.
    fn insert(&mut self, entity: &Entity, row: &[Value]) -> Run<Value> {
        let program = &self.facts.program;
        let key = Value::part(row, entity.key.index())?;
        let numbered = entity.numbering == Numbering::Database && key.is_null();
        let (mut names, mut forms, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for ((id, column), value) in entity.columns.iter().zip(row) {
            if !(numbered && id == entity.key) {
                names.push(quoted(&column.sql));
                forms.push(sql::form(program, &column.ty));
                values.push(value);
            }
        }
        let mut sql = Sql::new(program, self.dialect, format!("INSERT INTO {}", quoted(&entity.table)));
        sql.row(&names, forms.iter());
        if numbered {
            sql.push(&self.dialect.numbered(&quoted(&entity.columns[entity.key].sql)));
        }
        let mut ask = self.session.ask_once(&sql.text)?;
        for (value, form) in values.iter().zip(&forms) {
            ask.value(value, form, program)?;
        }
        Ok(ask.insert(numbered)?.map_or(key, Value::Int))
    }
}

fn at(pointer: &str) -> String {
    if pointer.is_empty() { String::new() } else { format!("at `{pointer}` ") }
}

fn told(stop: Stop, place: &str) -> SeedError {
    let place = place.to_owned();
    match stop {
        Stop::Database(source) => SeedError::Refused { place, source },
        Stop::Refused(refusal) => SeedError::Wrong { place, what: refusal.message.to_string() },
        Stop::Defect(what) => SeedError::Wrong { place, what: format!("meets a defect of Quater: {what}") },
        Stop::Gone => SeedError::Wrong { place, what: "was given up".to_owned() },
    }
}

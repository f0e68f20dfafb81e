//! Names of tables, columns and indexes as databases keep them. A service moves from one database to the other by
//! its URL alone, so a name has to be free, and allowed, in both.
use super::Checker;
use crate::ast::{self, EntityItemKind, ModifierKind};
use crate::lower::{Declared, table};
use crate::report::{Code, Report, Span};
use quater_ir::Id;
use quater_ir::entity::Entity;
use quater_ir::resource::Resource;
use quater_ir::storage::Table;
use smol_str::SmolStr;
use std::collections::BTreeMap;

/// Most bytes of a name on Postgres, which cuts off the rest.
const LONGEST: usize = 63;

/// Columns that every table of Postgres has.
const SYSTEM_COLUMNS: &[&str] = &["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"];

/// Beginnings of tables that are not for entities, and whose they are.
const KEPT: &[(&str, &str)] = &[("_quater_", "Quater"), ("sqlite_", "SQLite"), ("pg_", "Postgres")];

/// What has a name already: where it stands, and what it is.
struct Holder {
    at: Span,
    what: String,
}

/// Names that are taken. SQLite knows no case, so nobody does.
type Taken = BTreeMap<String, Holder>;

/// Tables and indexes of one database, which share their names: those of SQLite, those of Postgres.
type Relations = BTreeMap<(Id<Resource>, bool), Taken>;

impl Checker<'_> {
    /// That what is stored has names that both databases keep apart.
    pub(crate) fn stored_names(&mut self) {
        let mut relations = Relations::new();
        let names = self.names;
        let mut named = Vec::new();
        for (index, (_, node)) in names.entities.values().enumerate() {
            let id: Id<Entity> = Id::new(index as u32);
            let stands = self.table_name(id, node, &mut relations);
            // Where a name is no good, those that are made of it tell nothing new.
            if self.column_names(id, node) && stands {
                named.push((id, node));
            }
        }
        for (id, node) in named {
            self.index_names(id, node, &mut relations);
        }
    }

    fn table_name(&mut self, id: Id<Entity>, node: &ast::Entity, relations: &mut Relations) -> bool {
        let entity = &self.entities.arena()[id];
        if node.name.is_hole() || node.resource.is_hole() {
            return false;
        }
        let at = node.table.as_ref().map_or(node.name.at, |text| text.at);
        let (name, what) = (entity.table.clone(), format!("the table of `{}`", entity.name));
        let resource = entity.resource;
        let lower = name.to_ascii_lowercase();
        if let Some((start, whose)) = KEPT.iter().find(|(start, _)| lower.starts_with(start)) {
            let message = format!("`{name}` can't be {what}: {whose} keeps `{start}…` for itself");
            let report = Report::new(Code::E0611, at, message);
            self.sink.push(report.help("give it another name: `in … as \"table\"`"));
            return false;
        }
        let mut takes = |checker: &mut Self, postgres| {
            let taken = relations.entry((resource, postgres)).or_default();
            checker.takes(taken, &name, at, &what, "`in … as \"another\"`")
        };
        self.is_storable_name(&name, &what, at) && takes(self, false) && takes(self, true)
    }

    fn column_names(&mut self, id: Id<Entity>, node: &ast::Entity) -> bool {
        let (mut taken, mut stand) = (Taken::new(), true);
        let mut seen: Vec<&SmolStr> = Vec::new();
        for item in &node.items {
            let EntityItemKind::Field(field) = &item.kind else { continue };
            let columns = &self.entities.arena()[id].columns;
            let column = columns.values().find(|column| column.name == field.name.text);
            let Some(name) = column.map(|column| column.sql.clone()) else { continue };
            // A member that is there twice was reported.
            if field.name.is_hole() || seen.contains(&&field.name.text) {
                continue;
            }
            seen.push(&field.name.text);
            let said = field.modifier(|kind| matches!(kind, ModifierKind::Column(_)).then_some(()));
            let at = said.map_or(field.name.at, |((), at)| at);
            let what = format!("the column of `{}`", field.name.text);
            if SYSTEM_COLUMNS.contains(&name.as_str()) {
                let message =
                    format!("`{name}` can't be {what}: Postgres has one of that name in every table");
                let report = Report::new(Code::E0611, at, message);
                self.sink.push(report.help(format!("store it in another column: `as \"{name}_\"`")));
                stand = false;
            } else {
                let instead = format!("`as \"{name}_2\"`");
                stand &= self.is_storable_name(&name, &what, at)
                    && self.takes(&mut taken, &name, at, &what, &instead);
            }
        }
        stand
    }

    /// That a name is neither empty nor cut off.
    fn is_storable_name(&mut self, name: &str, what: &str, at: Span) -> bool {
        if !name.is_empty() && name.len() <= LONGEST {
            return true;
        }
        let why = if name.is_empty() {
            "it is empty".to_owned()
        } else {
            format!("it has {} bytes, and Postgres keeps {LONGEST}", name.len())
        };
        let report = Report::new(Code::E0611, at, format!("this can't be the name of {what}: {why}"));
        self.sink.push(report.help("give it a name of its own in the database: `as \"name\"`"));
        false
    }

    /// Takes a name, if nothing else has it.
    fn takes(&mut self, taken: &mut Taken, name: &str, at: Span, what: &str, instead: &str) -> bool {
        let Some(holder) = taken.get(&name.to_ascii_lowercase()) else {
            taken.insert(name.to_ascii_lowercase(), Holder { at, what: what.to_owned() });
            return true;
        };
        let message = format!("{what} would be called `{name}`, as {} is", holder.what);
        let report = Report::new(Code::E0611, at, message).label(holder.at, "this has the name");
        self.sink.push(report.help(format!("give one of them another name: {instead}")));
        false
    }

    /// Uniques and indexes are called after their table and columns, each database in its way.
    fn index_names(&mut self, id: Id<Entity>, node: &ast::Entity, relations: &mut Relations) {
        let entities = self.entities.arena();
        let declared = Declared {
            entities,
            enums: self.enums.arena(),
            records: self.records.arena(),
            unions: &self.unions,
        };
        let table = table(id, declared, &self.indexes);
        let resource = entities[id].resource;
        let places = self.index_places(id, node);
        let place = |columns: &[SmolStr], nth: usize| {
            let found = places.iter().filter(|(its, _)| its == columns).map(|(_, at)| *at);
            found.clone().nth(nth).or_else(|| found.clone().next()).unwrap_or(node.name.at)
        };
        let mut wanted =
            vec![(true, key_name(&table), node.name.at, format!("the key of `{}`", node.name.text))];
        for (at, columns) in table.uniques.iter().enumerate() {
            let before = table.uniques.iter().take(at).filter(|its| *its == columns).count();
            if before > 0 {
                let report = Report::new(
                    Code::E0611,
                    place(columns, before),
                    format!("{} is `unique` already", named(columns)),
                );
                let first = place(columns, 0);
                self.sink.push(report.label(first, "said here").help("say it once"));
                continue;
            }
            let what = format!("the unique of {}", named(columns));
            wanted.push((true, joined(&table, columns, "_key"), place(columns, 0), what));
        }
        for index in table.every_index() {
            let columns: Vec<SmolStr> = index.columns.iter().map(|(column, _)| column.clone()).collect();
            let ends: Vec<SmolStr> = index.columns.iter().map(end_of).collect();
            let (at, what) = (place(&columns, 0), format!("the index of {}", named(&columns)));
            wanted.push((false, joined(&table, &ends, ""), at, what.clone()));
            wanted.push((true, joined(&table, &ends, "_idx"), at, what));
        }
        for (postgres, name, at, what) in wanted {
            let taken = relations.entry((resource, postgres)).or_default();
            let instead = "`as \"…\"` behind a field, or behind `in …` of an entity";
            if !self.takes(taken, &name, at, &what, instead) {
                return;
            }
        }
    }

    /// Where uniques, indexes and relations stand, by the columns that they are made of.
    fn index_places(&self, id: Id<Entity>, node: &ast::Entity) -> Vec<(Vec<SmolStr>, Span)> {
        let columns = &self.entities.arena()[id].columns;
        let sql = |name: &ast::Name| {
            let column = columns.values().find(|column| column.name == name.text);
            column.map_or_else(SmolStr::default, |column| column.sql.clone())
        };
        let line = |line: &ast::IndexColumns| {
            (line.columns.iter().map(|column| sql(&column.name)).collect::<Vec<_>>(), line.at)
        };
        let mut places = Vec::new();
        for item in &node.items {
            match &item.kind {
                EntityItemKind::Field(field) => places.push((vec![sql(&field.name)], field.name.at)),
                EntityItemKind::Unique { columns, .. } => places.push(line(columns)),
                EntityItemKind::Index(lists) => places.extend(lists.iter().map(line)),
                EntityItemKind::Computed { .. }
                | EntityItemKind::Tenant(_)
                | EntityItemKind::Search(_)
                | EntityItemKind::Rule(_)
                | EntityItemKind::Function(_)
                | EntityItemKind::Stray => {}
            }
        }
        places
    }
}

fn key_name(table: &Table) -> String {
    format!("{}_pkey", table.name)
}

fn joined(table: &Table, columns: &[SmolStr], ending: &str) -> String {
    format!("{}_{}{ending}", table.name, columns.join("_"))
}

fn end_of((column, descends): &(SmolStr, bool)) -> SmolStr {
    if *descends { format!("{column}_desc").into() } else { column.clone() }
}

fn named(columns: &[SmolStr]) -> String {
    format!("`({})`", columns.join(", "))
}

//! Rows that need others before they can be, in a ring: none of them can ever be made.
use crate::ast::EntityItemKind;
use crate::check::Checker;
use crate::report::{Code, Report, Span};
use quater_ir::Id;
use quater_ir::entity::{Column, Entity};
use quater_ir::types::Type;
use std::collections::BTreeSet;

/// A relation that a row must have.
type Needed = (Id<Entity>, Id<Column>, Id<Entity>);

/// A first row of each entity can be made.
pub(super) fn a_first_row_can_be_made(checker: &Checker<'_>, found: &mut Vec<Report>) {
    let mut told: BTreeSet<Id<Entity>> = BTreeSet::new();
    for id in checker.entities.ids() {
        let Some(ring) = ring(checker, id).filter(|_| !told.contains(&id)) else { continue };
        told.extend(ring.iter().map(|(entity, ..)| *entity));
        let name = |id: Id<Entity>| format!("`{}`", checker.entities[id].name);
        let way: Vec<String> = ring.iter().map(|(.., to)| name(*to)).collect();
        let way = if ring.len() == 1 {
            "another one".to_owned()
        } else {
            format!("one of {}", way.join(", which needs one of "))
        };
        let message = format!("no row of {} can be made: it needs {way}", name(id));
        let mut places = ring.iter().filter_map(|relation| place(checker, *relation));
        let Some((at, column)) = places.next() else { continue };
        let report = Report::new(Code::E0306, at, message);
        let report = places.fold(report, |report, (at, _)| report.label(at, "which is needed for this"));
        found.push(
            report
                .help(format!("let a relation be absent at first, as in `{column}?` with `on delete null`")),
        );
    }
}

/// The relations that lead from an entity back to it, each of which a row must have; the shortest way.
fn ring(checker: &Checker<'_>, of: Id<Entity>) -> Option<Vec<Needed>> {
    let mut ways: Vec<Vec<Needed>> = needed(checker, of).map(|step| vec![step]).collect();
    let mut seen = BTreeSet::new();
    while !ways.is_empty() {
        if let Some(ring) = ways.iter().find(|way| way.last().is_some_and(|(.., to)| *to == of)) {
            return Some(ring.clone());
        }
        let mut further = Vec::new();
        for way in &ways {
            let Some((.., to)) = way.last().filter(|(.., to)| seen.insert(*to)) else { continue };
            further.extend(needed(checker, *to).map(|step| [way.as_slice(), &[step]].concat()));
        }
        ways = further;
    }
    None
}

/// The relations that a row of an entity must have.
fn needed<'c>(checker: &'c Checker<'_>, of: Id<Entity>) -> impl Iterator<Item = Needed> + 'c {
    let columns = checker.entities[of].columns.iter();
    columns.filter_map(
        move |(id, column)| {
            if let Type::Ref(to) = column.ty { Some((of, id, to)) } else { None }
        },
    )
}

/// Where a relation is declared, and how it begins.
fn place(checker: &Checker<'_>, (of, column, to): Needed) -> Option<(Span, String)> {
    let name = &checker.entities[of].columns[column].name;
    let (_, node) = checker.names.entities.nth(of.index())?;
    let mut fields = node
        .items
        .iter()
        .filter_map(|item| if let EntityItemKind::Field(field) = &item.kind { Some(field) } else { None });
    let field = fields.find(|field| field.name.text == *name)?;
    Some((field.name.at, format!("{name}: {}", checker.entities[to].name)))
}

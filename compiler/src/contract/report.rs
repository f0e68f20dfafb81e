//! Changes as reports, each at the declaration that it is about.
use super::{Change, Contract, Grade, Subject, compare, contract};
use crate::ast::{self, DeclarationKind, EntityItemKind, RouteSegment, TypeKind};
use crate::report::{Code, FileId, Report, Span};
use quater_ir::Program;

/// What comes of comparing a service with an earlier contract of it.
#[derive(Debug)]
pub struct Verdict {
    /// Everything that differs, new things too.
    pub changes: Vec<Change>,
    /// What is to be said, at its place.
    pub reports: Vec<Report>,
    /// Whether the service has a higher version than the contract.
    pub acknowledged: bool,
}

impl Verdict {
    /// Whether somebody is hurt to whom it was not announced.
    pub fn fails(&self) -> bool {
        !self.acknowledged && self.changes.iter().any(|change| hurts(change.grade()))
    }
}

fn hurts(grade: Grade) -> bool {
    match grade {
        Grade::Breaking | Grade::Lossy => true,
        Grade::Noted | Grade::Added => false,
    }
}

/// Whether a code of a report is that of an unacknowledged break or loss.
pub fn is_break(code: Code) -> bool {
    code.name().starts_with("E07")
}

/// Compares a checked service with an earlier contract of it.
pub fn judge(before: &Contract, program: &Program, files: &[ast::File]) -> Verdict {
    let after = contract(program);
    let changes = compare(before, &after);
    let acknowledged = after.service.version > before.service.version;
    let next = before.service.version.saturating_add(1);
    let report = |change: &Change| {
        let (code, at) = (change.code?, place(&change.subject, program, files));
        Some(match change.grade() {
            Grade::Breaking | Grade::Lossy if acknowledged => {
                let note = format!("{} acknowledged by version {}", code.name(), after.service.version);
                Report::new(Code::W0701, at, change.text.clone()).note(note)
            }
            Grade::Breaking => Report::new(code, at, change.text.clone())
                .help(format!("keep what was there, or raise the service to `version {next}`")),
            Grade::Lossy => {
                let keep = change.help.as_deref().unwrap_or("keep what was there");
                Report::new(code, at, change.text.clone())
                    .help(format!("{keep}, or accept the loss with `version {next}`"))
            }
            Grade::Noted | Grade::Added => Report::new(code, at, change.text.clone()),
        })
    };
    let mut reports: Vec<Report> = changes.iter().filter_map(report).collect();
    reports.sort_by(|a, b| (a.at, a.code, &a.message).cmp(&(b.at, b.code, &b.message)));
    reports.dedup();
    Verdict { changes, reports, acknowledged }
}

/// Where a subject is declared; what is not there any more is missed at the service.
fn place(subject: &Subject, program: &Program, files: &[ast::File]) -> Span {
    let found = match subject {
        Subject::Service => None,
        Subject::Auth(name)
        | Subject::Enum(name)
        | Subject::Error(name)
        | Subject::Operation(name)
        | Subject::Channel(name)
        | Subject::Job(name) => header(files, name),
        Subject::Assets(path) => assets(files, path),
        Subject::Input { operation, input } => member(files, operation, input),
        Subject::Output(operation) => output(files, operation),
        Subject::Type(name, None) => header(files, name),
        Subject::Type(name, Some(field)) => member(files, name, field),
        Subject::Table(table, column) => {
            let entity = program.entities.values().find(|entity| entity.table == *table);
            entity.and_then(|entity| {
                let named = entity.columns.values().find(|it| column.as_ref() == Some(&it.sql));
                match named {
                    Some(column) => member(files, &entity.name, &column.name),
                    None => header(files, &entity.name),
                }
            })
        }
    };
    found.or_else(|| service(files)).unwrap_or_else(|| Span::new(FileId(0), 0, 0))
}

fn declarations(files: &[ast::File]) -> impl Iterator<Item = &ast::Declaration> {
    files.iter().flat_map(|file| &file.declarations).map(AsRef::as_ref)
}

fn declaration<'a>(files: &'a [ast::File], name: &str) -> Option<&'a ast::Declaration> {
    let named = |it: &&ast::Declaration| {
        let is_service = matches!(it.kind, DeclarationKind::Service(_));
        !is_service && it.kind.name().is_some_and(|its| its.text == name)
    };
    declarations(files).find(named)
}

fn service(files: &[ast::File]) -> Option<Span> {
    declarations(files).find(|it| matches!(it.kind, DeclarationKind::Service(_))).map(|it| it.header_at)
}

fn header(files: &[ast::File], name: &str) -> Option<Span> {
    declaration(files, name).map(|it| it.header_at)
}

/// Files are told by their path, of which the service's base is no part in the file.
fn assets(files: &[ast::File], path: &str) -> Option<Span> {
    let is_here = |assets: &ast::Assets| {
        let part = |segment: &RouteSegment| match segment {
            RouteSegment::Fixed(text) => format!("/{text}"),
            RouteSegment::Parameter(name) => format!("/{{{}}}", name.text),
        };
        path.ends_with(&assets.route.segments.iter().map(part).collect::<String>())
    };
    let found =
        |it: &&ast::Declaration| matches!(&it.kind, DeclarationKind::Assets(assets) if is_here(assets));
    declarations(files).find(found).map(|it| it.header_at)
}

fn output(files: &[ast::File], operation: &str) -> Option<Span> {
    let found = declaration(files, operation)?;
    let DeclarationKind::Operation(operation) = &found.kind else { return Some(found.header_at) };
    operation.output.as_ref().map(|ty| ty.at).or(Some(found.header_at))
}

/// A parameter, a member or a column; the declaration itself where it has none of that name.
fn member(files: &[ast::File], of: &str, name: &str) -> Option<Span> {
    let found = declaration(files, of)?;
    let named = |fields: &[ast::Field]| fields.iter().find(|it| it.name.text == name).map(|it| it.at);
    let at = if let DeclarationKind::Operation(operation) = &found.kind {
        named(&operation.parameters)
    } else if let DeclarationKind::Type(ty) = &found.kind
        && let TypeKind::Record(fields) = &ty.ty.kind
    {
        named(fields)
    } else if let DeclarationKind::Entity(entity) = &found.kind {
        let fields = entity.items.iter().filter_map(|item| {
            if let EntityItemKind::Field(field) = &item.kind { Some(field) } else { None }
        });
        fields.filter(|field| field.name.text == name).map(|field| field.at).next()
    } else {
        None
    };
    at.or(Some(found.header_at))
}

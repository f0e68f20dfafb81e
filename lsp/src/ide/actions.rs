//! What can be done at a place: mend what is reported, take a name from another file, give a part a name.
use super::change::{Change, applied};
use super::moved::relative;
use super::service::Service;
use quater_compiler::ast::DeclarationKind;
use quater_compiler::parse::brackets;
use quater_compiler::report::{Code, Edit, FileId, Fix, Report, Severity, Span};
use quater_compiler::uses::{Definition, DefinitionKind};

/// What an action is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// It mends a report.
    Mend,
    /// It gives a part a name.
    Extract,
    /// It mends all that can be mended in a file.
    MendAll,
}

/// Something that can be done.
#[derive(Debug)]
pub(crate) struct Action {
    /// What it does.
    pub(crate) title: String,
    /// What it is for.
    pub(crate) purpose: Purpose,
    /// The edits.
    pub(crate) change: Change,
    /// The report that it mends.
    pub(crate) report: Option<Report>,
    /// Whether it is what is meant most likely.
    pub(crate) preferred: bool,
}

/// What can be done on a stretch of a file.
pub(crate) fn actions(service: &Service, file: FileId, (from, to): (u32, u32)) -> Vec<Action> {
    let mut actions = Vec::new();
    let here = service.reports(file).filter(|report| report.at.start <= to && from <= report.at.end);
    for report in here {
        let only = report.fixes.len() == 1;
        actions.extend(report.fixes.iter().map(|fix| mends(fix, report, only)));
        let alone = report.fixes.is_empty() && report.choices.len() == 1;
        actions.extend(report.choices.iter().map(|fix| mends(fix, report, alone)));
        actions.extend(taken_from(service, report));
        actions.extend(declared(service, report));
    }
    actions.extend(all_mended(service, file));
    if from < to {
        actions.extend(extracted(service, Span::new(file, from as usize, to as usize)));
    }
    actions.extend(projection(service, file, from));
    actions
}

fn mends(fix: &Fix, report: &Report, preferred: bool) -> Action {
    let change = Change { edits: fix.edits.clone() };
    let report = Some(report.clone());
    Action { title: fix.title.clone(), purpose: Purpose::Mend, change, report, preferred }
}

/// Every first fix of a file that does not overlap an earlier one.
fn all_mended(service: &Service, file: FileId) -> Option<Action> {
    let mut edits: Vec<Edit> = Vec::new();
    let mut count = 0;
    for fix in service.reports(file).filter_map(|report| report.fixes.first()) {
        let apart = |one: &Edit| {
            edits.iter().all(|other| one.at.end <= other.at.start || other.at.end <= one.at.start)
        };
        if fix.edits.iter().all(apart) {
            edits.extend(fix.edits.iter().cloned());
            count += 1;
        }
    }
    let action = Action {
        title: "mend all that can be mended".to_owned(),
        purpose: Purpose::MendAll,
        change: Change { edits },
        report: None,
        preferred: false,
    };
    (count > 0).then_some(action)
}

/// `use X from "…"` for a name that another file of the service declares.
fn taken_from(service: &Service, report: &Report) -> Option<Action> {
    let name = service.text(report.at);
    let declared = service.uses().definitions().iter().find(|one| {
        one.name == name
            && one.owner.is_none()
            && one.at.file != report.at.file
            && one.kind != DefinitionKind::Local
    })?;
    let path = |file: FileId| service.files.get(file.0 as usize)?.path.as_deref();
    let from = relative(path(report.at.file)?.parent()?, path(declared.at.file)?);
    let text = service.text_of(report.at.file);
    let last = quater_compiler::outline::import_places(text).last();
    let behind = last.and_then(|place| Some(place.end + text.get(place.end..)?.find('\n')? + 1));
    let at = behind.unwrap_or_else(|| after_service(text));
    let at = Span::new(report.at.file, at, at);
    let edits = vec![Edit { at, text: format!("use {name} from \"{from}\"\n") }];
    Some(Action {
        title: format!("take `{name}` from `{from}`"),
        purpose: Purpose::Mend,
        change: Change { edits },
        report: Some(report.clone()),
        preferred: true,
    })
}

/// Behind the declaration of the service; at the start of a file without one.
fn after_service(text: &str) -> usize {
    let file = quater_compiler::parse::parse(FileId(0), text).file;
    let is_service = |kind: &DeclarationKind| matches!(kind, DeclarationKind::Service(_));
    let end = file.declarations.iter().find(|one| is_service(&one.kind)).map(|one| one.at.end as usize);
    end.and_then(|end| Some(end + text.get(end..)?.find('\n')? + 1)).unwrap_or(0)
}

/// `error X = 409` for a name behind `else` or `fails` that nothing declares.
fn declared(service: &Service, report: &Report) -> Option<Action> {
    let name = service.text(report.at);
    let text = service.text_of(report.at.file);
    let before = text.get(..report.at.start as usize)?.trim_end();
    let wanted = before.ends_with(" else") || before.ends_with(" fails");
    if report.code != Code::E0201 || !wanted || !name.starts_with(|letter: char| letter.is_ascii_uppercase())
    {
        return None;
    }
    let at = before_declaration(service, report.at)?;
    let line = format!("error {name} = 409\n\n");
    Some(Action {
        title: format!("declare `error {name}`"),
        purpose: Purpose::Mend,
        change: Change { edits: vec![Edit { at, text: line }] },
        report: Some(report.clone()),
        preferred: false,
    })
}

/// The declaration that holds a place.
fn around(service: &Service, at: Span) -> Option<&Definition> {
    let holds =
        |one: &&Definition| one.owner.is_none() && one.whole.start <= at.start && at.end <= one.whole.end;
    service.uses().defined_in(at.file).filter(|one| one.kind != DefinitionKind::Local).find(holds)
}

/// Before the declaration that holds a place, and before its documentation.
fn before_declaration(service: &Service, at: Span) -> Option<Span> {
    let declaration = around(service, at)?;
    let text = service.text_of(at.file);
    let mut start = declaration.whole.start as usize;
    while let Some(line) = text.get(..start).and_then(|before| before.strip_suffix('\n')) {
        let from = line.rfind('\n').map_or(0, |at| at + 1);
        let prefix = ["///", "since ", "deprecated", "allow W"];
        if !line.get(from..).is_some_and(|line| prefix.iter().any(|word| line.starts_with(word))) {
            break;
        }
        start = from;
    }
    Some(Span::new(at.file, start, start))
}

/// A selected value as a function of the names that it is about, where the service means the same then.
fn extracted(service: &Service, selected: Span) -> Option<Action> {
    let text = service.text(selected);
    let trimmed = text.trim();
    if trimmed.is_empty() || trimmed.contains('\n') {
        return None;
    }
    let start = selected.start as usize + text.len() - text.trim_start().len();
    let at = Span::new(selected.file, start, start + trimmed.len());
    let inside = |one: Span| one.file == at.file && at.start <= one.start && one.end <= at.end;
    let mut given: Vec<&Definition> = Vec::new();
    for one in service.uses().all().iter().filter(|one| inside(one.at)) {
        let Some(definition) = service.uses().definition(one.of) else { continue };
        let value = matches!(definition.kind, DefinitionKind::Local | DefinitionKind::Parameter);
        if value && !inside(definition.at) && !given.iter().any(|known| known.at == definition.at) {
            given.push(definition);
        }
    }
    let ty = |one: &Definition| match (&one.inferred, one.ty) {
        (Some(ty), _) => ty.clone(),
        (None, Some(ty)) => service.text(ty).to_owned(),
        (None, None) => "text".to_owned(),
    };
    let parameters: Vec<String> = given.iter().map(|one| format!("{}: {}", one.name, ty(one))).collect();
    let names: Vec<&str> = given.iter().map(|one| one.name.as_str()).collect();
    let name = fresh(service, "extracted");
    let edits = vec![
        Edit {
            at: before_declaration(service, at)?,
            text: format!("fn {name}({}) = {trimmed}\n\n", parameters.join(", ")),
        },
        Edit { at, text: format!("{name}({})", names.join(", ")) },
    ];
    checked(service, format!("make `fn {name}` of it"), Change { edits })
}

/// `Order(id, total)` where a type is written, as a declared projection.
fn projection(service: &Service, file: FileId, offset: u32) -> Option<Action> {
    let text = service.text_of(file);
    let pairs = brackets(text)
        .into_iter()
        .filter(|pair| text.get(pair.clone()).is_some_and(|it| it.starts_with('(')));
    let (name, at) = pairs
        .filter_map(|pair| {
            let before = text.get(..pair.start)?;
            let from =
                before.trim_end_matches(|letter: char| letter.is_alphanumeric() || letter == '_').len();
            let holds = from <= offset as usize && offset as usize <= pair.end;
            let (_, named) = service.meaning(file, from as u32).filter(|_| holds)?;
            (named.kind == DefinitionKind::Entity)
                .then(|| (named.name.clone(), Span::new(file, from, pair.end)))
        })
        .next_back()?;
    if around(service, at)?.kind != DefinitionKind::Operation {
        return None;
    }
    let new = fresh(service, &format!("{name}Card"));
    let edits = vec![
        Edit { at: before_declaration(service, at)?, text: format!("type {new} = {}\n\n", service.text(at)) },
        Edit { at, text: new.clone() },
    ];
    checked(service, format!("declare `type {new}`"), Change { edits })
}

/// A name that nothing has, made of another.
fn fresh(service: &Service, wanted: &str) -> String {
    let taken = |name: &str| service.uses().definitions().iter().any(|one| one.name == name);
    let numbered = (2..).map(|number| format!("{wanted}{number}"));
    std::iter::once(wanted.to_owned()).chain(numbered).find(|name| !taken(name)).unwrap_or_default()
}

/// The action, if the service has no more errors with it than without.
fn checked(service: &Service, title: String, change: Change) -> Option<Action> {
    let errors = |reports: &[Report]| {
        reports.iter().filter(|report| report.code.severity() == Severity::Error).count()
    };
    let after = service.with(&applied(service, &change));
    let sound = errors(&after.reports) <= errors(&service.found.reports);
    sound.then_some(Action { title, purpose: Purpose::Extract, change, report: None, preferred: false })
}

//! A service that is looked at after each edit: what did not change, and looks at nothing that did, stands.
//!
//! 1. A declaration whose text is as it was keeps its tree and its places (`parse/pieces.rs`).
//! 2. Where only bodies and tests are other ones, all that stands outside of them is known already; those, and
//!    whatever calls what they do, are checked (`check/unit.rs`, `check/keep.rs`).
//! 3. What only the whole service tells is told anew, from what every unit has told.
//!
//! A first look, and one after any other change, does the same with nothing known.
use crate::analyse::{self, Judged};
use crate::check::{Checker, Kept, Signed, Unit, asking_lists};
use crate::contract::{self, Contract};
use crate::parse::Pieces;
use crate::report::{FileId, Report, Severity, Sink, Source, Sources, Span};
use crate::resolve::{self, Names, Silence};
use crate::uses::{Definition, Found, InputPlaces, Notebook, Offer, Uses};
use crate::{Asked, ast, lower};
use ast::DeclarationKind;
use quater_ir::{Program, Service};
use std::sync::{Arc, OnceLock};

/// What was found at one look.
#[derive(Debug, Default)]
pub struct Look {
    /// The files.
    pub sources: Sources,
    /// What is wrong, by file and place.
    pub reports: Vec<Report>,
    /// Whether nothing forbids running the service.
    pub sound: bool,
    /// Whether all that stands outside of bodies and tests was known already.
    pub remembered: bool,
    inputs: Arc<InputPlaces>,
    placed: Sources,
    files: Vec<ast::File>,
    found: Vec<Arc<Found>>,
    uses: OnceLock<Uses>,
}

impl Look {
    /// What each name means.
    pub fn uses(&self) -> &Uses {
        self.uses.get_or_init(|| {
            let notebook = Notebook::new(true);
            self.found.iter().for_each(|found| notebook.add(found));
            Uses::new(&self.files, notebook).placed(&|at| self.placed.settled(at))
        })
    }

    /// What may stand at the cursor, and the names there that bodies gave to values.
    pub fn offers(&self) -> (Vec<Offer>, Vec<Definition>) {
        let notebook = Notebook::new(true);
        self.found.iter().filter(|found| found.offers_something()).for_each(|found| notebook.add(found));
        let (_, locals, _, offers) = notebook.finish();
        (offers, locals)
    }

    /// Where a request over HTTP carries an input of an operation; nothing where none does, and in a service
    /// that can't run.
    pub fn place_of_input(&self, operation: &str, input: &str) -> Option<&'static str> {
        self.inputs.place(operation, input).filter(|_| self.sound)
    }
}

/// Tells what an operation of a program does, in texts: the statements that it runs.
pub type Explain = fn(&Program, &str) -> Vec<String>;

/// What is remembered of a service between two looks.
#[derive(Default)]
pub struct Session {
    files: Vec<(String, Pieces)>,
    state: Option<State>,
}

struct State {
    kept: Kept,
    signed: Signed,
    judged: Judged,
    inputs: Arc<InputPlaces>,
    /// What was declared, in the order in which names were given their meanings.
    declared: Vec<Arc<ast::Declaration>>,
}

impl Session {
    /// Looks at a service, the first file being its root, and compares it with an earlier contract.
    pub fn look(&mut self, files: &[(String, Arc<str>)], before: Option<&Contract>) -> Look {
        self.look_at(files, before, None)
    }

    /// The same for the sake of one place: what else is wrong may stay unsaid.
    pub fn probe(&mut self, files: &[(String, Arc<str>)], at: Span) -> Look {
        self.look_at(files, None, Some(at))
    }

    /// What a service does that can run, as somebody else tells it of one of its operations.
    pub fn explained(
        &mut self,
        files: &[(String, Arc<str>)],
        operation: &str,
        explain: Explain,
    ) -> Vec<String> {
        let sound = self.look(files, None).sound;
        let Some(state) = self.state.as_mut().filter(|_| sound) else { return Vec::new() };
        let Some(service) = state.kept.service.clone() else { return Vec::new() };
        lower::lent(&mut state.kept, service, |program| explain(program, operation))
    }

    fn look_at(
        &mut self,
        files: &[(String, Arc<str>)],
        before: Option<&Contract>,
        within: Option<Span>,
    ) -> Look {
        let same = self.files.len() == files.len() && self.files.iter().zip(files).all(|(a, b)| a.0 == b.0);
        if !same {
            *self = Self::default();
            self.files = files.iter().map(|(name, _)| (name.clone(), Pieces::default())).collect();
        }
        let (mut sources, mut trees, mut sink) = (Sources::default(), Vec::new(), Sink::default());
        for ((id, (name, pieces)), (_, text)) in (0..).map(FileId).zip(&mut self.files).zip(files) {
            pieces.update(id, text);
            pieces.reports().for_each(|report| sink.push(report.clone()));
            trees.push(pieces.file());
            sources.add(Source::new(name.as_str(), text.to_string()).with_places(pieces.places()));
        }
        let within = within.map(|at| sources.placed(at));
        let asked = Asked { documents: false, uses: true, within, ..Asked::default() };
        self.check(sources, trees, sink, &asked, before)
    }

    fn check(
        &mut self,
        sources: Sources,
        files: Vec<ast::File>,
        mut sink: Sink,
        asked: &Asked,
        before: Option<&Contract>,
    ) -> Look {
        let names = resolve::resolve(&files, &sources, true, &mut sink);
        let mut found = vec![Arc::new(names.notes.replace(Found::default()))];
        let declared = shared(&files, &names);
        let changed = self.state.as_ref().and_then(|state| state.changed(&declared));
        let state = if changed.is_some() || asked.within.is_none() { self.state.take() } else { None };
        let mut goes_on = false;
        let (mut checker, signed, mut judged, inputs) = match state.zip(changed) {
            Some((State { kept, signed, mut judged, inputs, .. }, changed)) => {
                let mut checker = Checker::again(kept, &names, &sources, asked, &mut sink);
                goes_on = checker.same_inputs(&changed.offering, &signed);
                if goes_on {
                    checker.forget(changed.units, &signed, &mut judged);
                    (checker, signed, judged, inputs)
                } else {
                    begun(Checker::begin(&names, &sources, asked, checker.into_sink()))
                }
            }
            None => begun(Checker::begin(&names, &sources, asked, &mut sink)),
        };
        checker.insides();
        checker.sum_up();
        found.push(Arc::new(names.notes.replace(Found::default())));
        found.extend(checker.told.values().map(|told| Arc::clone(&told.found)));
        let service = judge(&mut checker, &mut judged);
        let mut kept = checker.keep();
        let sound = service.is_some();
        let compare = |program: &Program, before| contract::judge(before, program, &files).reports;
        let compared = service
            .zip(before)
            .map(|(service, before)| lower::lent(&mut kept, service, |program| compare(program, before)));
        if goes_on || asked.within.is_none() {
            let inputs = Arc::clone(&inputs);
            self.state = Some(State { kept, signed, judged, inputs, declared });
        }
        let reports = told(sink, sound.then_some(names.silences.as_slice()), compared);
        drop(names);
        let place = |at: Span| sources.settled(at);
        let reports = reports.into_iter().map(|report| report.placed(&place)).collect();
        let written = sources.clone().without_places();
        let uses = OnceLock::new();
        Look {
            sources: written,
            reports,
            sound,
            remembered: goes_on,
            inputs,
            placed: sources,
            files,
            found,
            uses,
        }
    }
}

/// What is told in the end: of what runs also warnings that nothing silences, and what differs from an earlier
/// contract; of anything else only what is wrong, as a warning about half a program may be false.
fn told(sink: Sink, silences: Option<&[Silence]>, compared: Option<Vec<Report>>) -> Vec<Report> {
    let mut reports = sink.finish();
    match silences {
        Some(silences) => reports = resolve::settle(reports, silences, false).0,
        None => reports.retain(|report| report.code.severity() == Severity::Error),
    }
    if let Some(compared) = compared {
        reports.extend(compared);
        reports.sort_by_key(|report| (report.at, report.code));
    }
    reports
}

/// What is remembered where all that is known stands outside of bodies and tests.
fn begun(checker: Checker<'_>) -> (Checker<'_>, Signed, Judged, Arc<InputPlaces>) {
    let (signed, inputs) = (checker.signed(), InputPlaces::of(&checker.operations));
    (checker, signed, Judged::default(), Arc::new(inputs))
}

/// Judges what only whole bodies, or the whole service, tell; the service, where nothing forbids running it.
fn judge(checker: &mut Checker<'_>, judged: &mut Judged) -> Option<Service> {
    let service = checker.service.clone().filter(|_| checker.asked.within.is_none())?;
    if checker.sink.has_errors() {
        return None;
    }
    let told = analyse::judge(checker, &service, checker.asked.production, judged);
    told.into_iter().for_each(|report| checker.sink.push(report));
    (!checker.sink.has_errors()).then_some(service)
}

impl State {
    /// The units that are other ones now, where nothing else is, and not too much was left behind.
    fn changed(&self, declared: &[Arc<ast::Declaration>]) -> Option<Changed> {
        changed(&self.declared, declared).filter(|_| !self.kept.is_overgrown(&self.signed))
    }
}

/// The declarations that names were given meanings of, in that order.
fn shared(files: &[ast::File], names: &Names<'_>) -> Vec<Arc<ast::Declaration>> {
    let mut wanted = names.declarations.iter().peekable();
    let all = files.iter().flat_map(|file| &file.declarations);
    all.filter(|one| wanted.next_if(|next| std::ptr::eq(**next, one.as_ref())).is_some())
        .map(Arc::clone)
        .collect()
}

/// What is another one than before.
#[derive(Default)]
struct Changed {
    units: Vec<Unit>,
    /// Operations whose lists may ask other things of their callers.
    offering: Vec<usize>,
}

/// The units that are other ones, where nothing else is.
fn changed(old: &[Arc<ast::Declaration>], new: &[Arc<ast::Declaration>]) -> Option<Changed> {
    if old.len() != new.len() {
        return None;
    }
    let mut changed = Changed::default();
    let (mut operations, mut jobs, mut tests) = (0, 0, 0);
    for (old, new) in old.iter().zip(new) {
        let unit = match &new.kind {
            DeclarationKind::Operation(_) => Unit::Operation(next(&mut operations)),
            DeclarationKind::Job(_) => Unit::Job(next(&mut jobs)),
            DeclarationKind::Test(_) => Unit::Test(next(&mut tests)),
            DeclarationKind::Service(_)
            | DeclarationKind::Import(_)
            | DeclarationKind::Env(_)
            | DeclarationKind::Resource(_)
            | DeclarationKind::Assets(_)
            | DeclarationKind::Auth(_)
            | DeclarationKind::Type(_)
            | DeclarationKind::Enumeration(_)
            | DeclarationKind::Error(_)
            | DeclarationKind::Function(_)
            | DeclarationKind::Entity(_)
            | DeclarationKind::Channel(_)
            | DeclarationKind::Stray => Unit::Outside,
        };
        if Arc::ptr_eq(old, new) || old == new {
            continue;
        }
        if unit == Unit::Outside || !same_outside(old, new) {
            return None;
        }
        if let (DeclarationKind::Operation(was), DeclarationKind::Operation(is), Unit::Operation(index)) =
            (&old.kind, &new.kind, unit)
            && asking_lists(was) != asking_lists(is)
        {
            changed.offering.push(index);
        }
        changed.units.push(unit);
    }
    Some(changed)
}

fn next(count: &mut usize) -> usize {
    *count += 1;
    *count - 1
}

/// Whether two declarations differ in nothing but their bodies.
fn same_outside(old: &ast::Declaration, new: &ast::Declaration) -> bool {
    let around = old.docs == new.docs && old.prefixes == new.prefixes && old.header_at == new.header_at;
    around
        && match (&old.kind, &new.kind) {
            (DeclarationKind::Operation(old), DeclarationKind::Operation(new)) => {
                let allow = |it: &ast::Clause| matches!(it.kind, ast::ClauseKind::Allow(_));
                old.name == new.name
                    && old.parameters == new.parameters
                    && old.output == new.output
                    && old.clauses == new.clauses
                    // Without an `allow`, a line that can't be read may be one.
                    && (new.clauses.iter().any(allow) || has_stray(&old.body) == has_stray(&new.body))
            }
            (DeclarationKind::Job(old), DeclarationKind::Job(new)) => {
                old.name == new.name
                    && old.parameters == new.parameters
                    && old.queue == new.queue
                    && old.clauses == new.clauses
            }
            (DeclarationKind::Test(_), DeclarationKind::Test(_)) => true,
            (_, _) => false,
        }
}

fn has_stray(block: &ast::Block) -> bool {
    block.statements.iter().any(|it| matches!(it.kind, ast::StatementKind::Stray))
}

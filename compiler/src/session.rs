//! A service that is looked at after each edit: what did not change, and looks at nothing that did, stands.
//!
//! 1. A declaration whose text is as it was keeps its tree and its places (`parse/pieces.rs`).
//! 2. Of entities, projections and functions those are checked that are other ones, or that have looked at something
//!    which is another one (`check/part.rs`). Whatever else stands outside of operations, bodies and tests is checked
//!    anew, and all of these with it, whenever some of it is another one.
//! 3. So it is with operations, bodies and tests, and with those that call such an operation (`check/unit.rs`,
//!    `check/keep.rs`).
//! 4. What only the whole service tells is told anew, from what every unit has told.
//!
//! A first look, and one after a change that shifts what is declared, does the same with nothing known.
mod plan;

use crate::analyse::{self, Judged};
use crate::check::{Checker, Ground, Kept};
use crate::contract::{self, Contract};
use crate::parse::Pieces;
use crate::report::{Code, FileId, Imagined, Report, Severity, Sink, Source, Sources, Span};
use crate::resolve::{self, Known, Names, Silence};
use crate::uses::{self, Definition, Found, InputPlaces, Notebook, Offer, Uses};
use crate::{Asked, ast, lower};
use plan::Plan;
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
    /// Whether something was known already.
    pub remembered: bool,
    inputs: Arc<InputPlaces>,
    imagined: Imagined,
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
            Uses::new(&self.files, notebook).placed(&|at| self.imagined.settled(at))
        })
    }

    /// What may stand at the cursor.
    pub fn offers(&self) -> Vec<Offer> {
        let notebook = Notebook::new(true);
        self.found.iter().filter(|found| found.offers_something()).for_each(|found| notebook.add(found));
        let (_, mut locals, _, mut offers) = notebook.finish();
        for offer in &mut offers {
            let local = locals.iter().position(|local| Some(local.at) == offer.of);
            offer.local = local.map(|at| locals.swap_remove(at));
        }
        offers
    }

    /// What is declared by the name that is offered at the cursor, found without all the rest; where that is not
    /// known, what stands around the cursor by that name.
    pub fn declared(&self, offer: &Offer, cursor: Span) -> Option<Definition> {
        if let Some(local) = &offer.local {
            return Some(local.clone().placed(&|at| self.imagined.settled(at)));
        }
        let at = offer.of.unwrap_or_else(|| self.imagined.placed(cursor));
        let declarations = &self.files.get(at.file.0 as usize)?.declarations;
        let behind = declarations.partition_point(|one| one.at.start <= at.start);
        let declaration = declarations.get(behind.checked_sub(1)?)?;
        let named = uses::definitions([declaration.as_ref()], |name| *name == *offer.name).into_iter();
        let mut meant = named.filter(|one| offer.of.map_or(offer.code != Code::E0204, |of| one.at == of));
        meant.next().map(|one| one.placed(&|at| self.imagined.settled(at)))
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
    ground: Ground,
    judged: Judged,
    inputs: Arc<InputPlaces>,
    /// What was declared, in the order in which names were given their meanings.
    declared: Vec<Arc<ast::Declaration>>,
    known: Known,
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
        for ((id, (name, known)), (_, text)) in (0..).map(FileId).zip(&mut self.files).zip(files) {
            // What a probe reads is not what will be edited next.
            let probed = within.filter(|at| at.file == id).map(|_| known.read_again(id, text));
            if probed.is_none() {
                known.update(id, text);
            }
            let pieces = probed.as_ref().unwrap_or(known);
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
        mut sources: Sources,
        files: Vec<ast::File>,
        mut sink: Sink,
        asked: &Asked,
        before: Option<&Contract>,
    ) -> Look {
        let names = resolve::resolve(&files, &sources, true, &mut sink);
        let mut found = vec![Arc::new(names.notes.replace(Found::default()))];
        let declared = shared(&files, &names);
        let plan = self.state.as_ref().and_then(|state| state.plan(&declared, names.known()));
        let state = if plan.is_some() || asked.within.is_none() { self.state.take() } else { None };
        let (mut checker, followed) = match state.zip(plan) {
            Some((state, plan)) => resumed(state, plan, (&names, &sources, asked), &mut sink),
            None => (Checker::begin(&names, &sources, asked, &mut sink), None),
        };
        let goes_on = followed.is_some();
        let (mut ground, mut judged, mut inputs) =
            followed.unwrap_or_else(|| (checker.ground(), Judged::default(), Arc::default()));
        if checker.sign_operations(&mut ground) || !goes_on {
            judged.outside = None;
            judged.tools = None;
            inputs = Arc::new(InputPlaces::of(checker.operations.arena()));
        }
        checker.insides();
        checker.sum_up();
        checker.count(&mut ground);
        found.push(Arc::new(names.notes.replace(Found::default())));
        found.extend(checker.told.values().map(|told| Arc::clone(&told.found)));
        let service = judge(&mut checker, &mut judged);
        let mut kept = checker.keep();
        let sound = service.is_some();
        let compare = |program: &Program, before| contract::judge(before, program, &files).reports;
        let compared = service
            .zip(before)
            .map(|(service, before)| lower::lent(&mut kept, service, |program| compare(program, before)));
        let reports = told(sink, &files, sound.then_some(names.silences.as_slice()), compared);
        if goes_on || asked.within.is_none() {
            let (inputs, known) = (Arc::clone(&inputs), names.into_known());
            self.state = Some(State { kept, ground, judged, inputs, declared, known });
        }
        let imagined = sources.take_places();
        let place = |at: Span| imagined.settled(at);
        let reports = reports.into_iter().map(|report| report.placed(&place)).collect();
        let uses = OnceLock::new();
        Look { sources, reports, sound, remembered: goes_on, inputs, imagined, files, found, uses }
    }
}

/// What is told in the end: of what runs also warnings that nothing silences, and what differs from an earlier
/// contract; of anything else only what is wrong, as a warning about half a program may be false.
fn told(
    sink: Sink,
    files: &[ast::File],
    silences: Option<&[Silence]>,
    compared: Option<Vec<Report>>,
) -> Vec<Report> {
    let mut reports = resolve::without_followers(sink.finish(), files);
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

/// A checker that forgets what is to be looked at again, with what is remembered beside it; with nothing, where too
/// much is another one.
fn resumed<'a>(
    state: State,
    plan: Plan,
    (names, sources, asked): (&'a Names<'a>, &'a Sources, &'a Asked),
    sink: &'a mut Sink,
) -> (Checker<'a>, Option<Remembered>) {
    let State { mut kept, mut ground, mut judged, inputs, .. } = state;
    let Plan { mut changes, mut units, .. } = plan;
    if let Some(moves) = &plan.tests {
        kept.move_tests(moves);
    }
    if let Some(moves) = &plan.operations {
        units.extend(kept.move_operations(moves, &mut ground, &mut judged));
    }
    changes.beyond |= units.iter().any(|unit| unit.is_outside());
    units.retain(|unit| !unit.is_outside());
    let mut checker = Checker::again(kept, names, sources, asked, sink);
    let (whole, mut changes) = checker.parts_again(changes);
    if !whole {
        let (anew, kept) = checker.anew();
        checker = anew;
        match checker.differs(&kept, &ground, changes) {
            Some(all) => changes = all,
            None => return (checker, None),
        }
        checker.inherit(kept, &ground);
    }
    checker.forget(&changes, units, &ground, &mut judged);
    (checker, Some((ground, judged, inputs)))
}

/// What a look goes on with.
type Remembered = (Ground, Judged, Arc<InputPlaces>);

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
    /// What is to be looked at again, where what is declared stands where it stood and not too much was left
    /// behind.
    fn plan(&self, declared: &[Arc<ast::Declaration>], known: &Known) -> Option<Plan> {
        if self.kept.is_overgrown(&self.ground) {
            return None;
        }
        let mut plan = Plan::of(&self.declared, declared)?;
        // An operation that stands elsewhere now may be what its name means while another one was, or the other way.
        if plan.operations.is_some() && (known.twice || self.known.twice) {
            return None;
        }
        if plan.renamed {
            plan.changes.rename(known.differing(&self.known)?);
        }
        Some(plan)
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

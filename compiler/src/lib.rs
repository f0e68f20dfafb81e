//! Text to checked program: parse, resolve, check, lower, emit. Pure: no files, clock or network.
mod analyse;
pub mod ast;
mod check;
pub mod contract;
pub mod emit;
pub mod format;
mod lower;
pub mod outline;
pub mod parse;
pub mod report;
mod resolve;
pub mod session;
pub mod uses;
mod watched;

use quater_ir::Program;
use quater_ir::setting;
use report::{Report, Severity, Sink, Sources, Span, Suppressed};
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything that is known about a service's files.
#[derive(Debug)]
pub struct Analysis {
    /// The files.
    pub sources: Sources,
    /// Their trees, in the same order.
    pub files: Vec<ast::File>,
    /// What is wrong, by file and place.
    pub reports: Vec<Report>,
    /// Warnings that the files themselves silence.
    pub suppressed: Vec<Suppressed>,
    /// The program, where nothing forbids running it.
    pub program: Option<Program>,
    /// What each name means, where that was asked for.
    pub uses: Option<uses::Uses>,
    /// The names of the environment values, and where they are declared.
    pub env: Vec<(SmolStr, Span)>,
}

impl Analysis {
    /// Where each environment value is declared, as `store.qtr:12`.
    pub fn declared_at(&self) -> BTreeMap<SmolStr, String> {
        let place = |at: Span| {
            let source = self.sources.get(at.file)?;
            Some(format!("{}:{}", source.name, source.line_column(at.start).line))
        };
        self.env.iter().filter_map(|(name, at)| Some((name.clone(), place(*at)?))).collect()
    }
}

/// What whoever asks knows, and the files do not say.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Whether the program is wanted with its baked documents; a check alone goes without.
    pub documents: bool,
    /// Whether the contract for HTTP is among them.
    pub contract: bool,
    /// Settings that hold instead of those of the files.
    pub settings: Vec<setting::Value>,
    /// Whether it is wanted what each name means.
    pub uses: bool,
    /// Whether strangers will reach the service: more is looked for then.
    pub production: bool,
    /// The only place whose declaration is of interest: bodies and tests of others are passed over, nothing
    /// is judged as a whole, and no program comes of it.
    pub within: Option<Span>,
    /// The day, as `2026-01-31`; without it nothing is past its sunset.
    pub today: Option<SmolStr>,
}

impl Asked {
    /// Whether the body of a declaration is looked at.
    pub(crate) fn looks_into(&self, declaration: Span) -> bool {
        self.within.is_none_or(|at| at.file == declaration.file && declaration.contains(at.start))
    }
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            documents: true,
            contract: true,
            settings: Vec::new(),
            uses: false,
            within: None,
            production: false,
            today: None,
        }
    }
}

/// Reads a service: never fails, says everything that is wrong at once.
pub fn analyse(sources: Sources) -> Analysis {
    analyse_as(sources, &Asked::default())
}

/// The same, for somebody who says more, or wants less.
pub fn analyse_as(sources: Sources, asked: &Asked) -> Analysis {
    let mut sink = Sink::default();
    let mut files = Vec::new();
    // 1. Parse each file.
    for (id, source) in sources.iter() {
        let parsed = parse::parse(id, &source.text);
        parsed.reports.into_iter().for_each(|report| sink.push(report));
        files.push(parsed.file);
    }
    // 2. Give every name its declaration.
    let names = resolve::resolve(&files, &sources, asked.uses, &mut sink);
    // 3. Check, which makes the typed pieces.
    let mut checker = check::Checker::run(&names, &sources, asked, &mut sink);
    let found: Vec<_> = checker.told.values().map(|told| Arc::clone(&told.found)).collect();
    let service = checker.service.take().filter(|_| asked.within.is_none());
    // 4. Judge whole bodies, where none is missing.
    if let Some(service) = &service
        && !checker.sink.has_errors()
    {
        let found = analyse::judge(&checker, service, asked.production, &mut analyse::Judged::default());
        found.into_iter().for_each(|report| checker.sink.push(report));
    }
    // 5. Put the pieces together, where all of them are there.
    let program = match service {
        Some(service) if !checker.sink.has_errors() => {
            debug_assert!(checker.is_whole(), "something was not understood, and nobody said so");
            Some(lower::lower(checker, service, asked))
        }
        Some(_) | None => None,
    };
    // 6. Tell of what runs: a warning about half a program may be false.
    let (reports, suppressed) = match &program {
        Some(_) => resolve::settle(sink.finish(), &names.silences, asked.production),
        None => {
            let errors = sink.finish().into_iter().filter(|report| report.code.severity() == Severity::Error);
            (resolve::without_followers(errors.collect(), &files), Vec::new())
        }
    };
    let env = names.env.iter().map(|field| (field.name.text.clone(), field.at)).collect();
    let notes = names.notes;
    found.iter().for_each(|found| notes.add(found));
    let uses = asked.uses.then(|| uses::Uses::new(&files, notes));
    Analysis { sources, files, reports, suppressed, program, uses, env }
}

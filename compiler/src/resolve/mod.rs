//! Which name means which declaration. After this, declarations are ids and no phase compares names
//! of declarations again.
mod import;
mod silence;
mod suggest;
mod unread;

pub(crate) use silence::{Silence, settle};
pub(crate) use suggest::nearest;
pub(crate) use unread::without_followers;

use crate::ast::{self, DeclarationKind};
use crate::report::{Code, FileId, Report, Sink, Sources, Span};
use crate::uses::Notebook;
use crate::watched::{Kind, Look, Seen, Watched};
use quater_ir::Id;
use quater_ir::auth::Auth;
use quater_ir::channel::Channel;
use quater_ir::entity::Entity;
use quater_ir::fault::{self, Fault};
use quater_ir::job::Job;
use quater_ir::operation::Operation;
use quater_ir::resource::Resource;
use quater_ir::types::Enum;
use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use std::cell::RefCell;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    Resource(Id<Resource>),
    Auth(Id<Auth>),
    /// Position in [`Names::types`].
    Type(usize),
    Enum(Id<Enum>),
    Fault(Id<Fault>),
    /// Position in [`Names::functions`].
    Function(usize),
    Entity(Id<Entity>),
    Operation(Id<Operation>),
    Channel(Id<Channel>),
    Job(Id<Job>),
    /// A name whose declaration was not found; that has been reported.
    Unknown,
}

/// Every declaration of a service, by kind, and every name.
#[derive(Debug, Default)]
pub(crate) struct Names<'a> {
    pub(crate) service: Option<(&'a ast::Declaration, &'a ast::Service)>,
    pub(crate) env: Vec<&'a ast::Field>,
    pub(crate) resources: Vec<&'a ast::Resource>,
    pub(crate) auths: Vec<(&'a ast::Declaration, &'a ast::Auth)>,
    pub(crate) types: Watched<(&'a ast::Declaration, &'a ast::TypeDeclaration)>,
    pub(crate) enums: Watched<(&'a ast::Declaration, &'a ast::Enumeration)>,
    pub(crate) errors: Watched<(&'a ast::Declaration, &'a ast::ErrorDeclaration)>,
    pub(crate) functions: Watched<&'a ast::Function>,
    pub(crate) entities: Watched<(&'a ast::Declaration, &'a ast::Entity)>,
    pub(crate) operations: Watched<(&'a ast::Declaration, &'a ast::Operation)>,
    pub(crate) channels: Vec<(&'a ast::Declaration, &'a ast::Channel)>,
    pub(crate) jobs: Vec<(&'a ast::Declaration, &'a ast::Job)>,
    pub(crate) assets: Vec<&'a ast::Assets>,
    pub(crate) tests: Vec<&'a ast::Test>,
    /// All of them, in the order of the files.
    pub(crate) declarations: Vec<&'a ast::Declaration>,
    pub(crate) silences: Vec<Silence>,
    /// What names mean, for whoever asked.
    pub(crate) notes: Notebook,
    known: Known,
    /// Names that something asked the meaning of.
    used: RefCell<FxHashSet<SmolStr>>,
    /// Names that something asked about which it does not use by that.
    asked: RefCell<FxHashSet<SmolStr>>,
    /// Whether all names were looked through.
    listed: Seen,
}

/// What every name means.
#[derive(Debug, Default, Clone)]
pub(crate) struct Known {
    meanings: FxHashMap<SmolStr, (Meaning, Span)>,
    /// Names that files took from other files.
    imported: FxHashSet<(FileId, SmolStr)>,
    /// Whether some name is declared twice.
    pub(crate) twice: bool,
}

impl Known {
    /// The names that mean something else than they did; nothing where files see other names of others.
    pub(crate) fn differing(&self, before: &Self) -> Option<FxHashSet<SmolStr>> {
        if self.imported != before.imported {
            return None;
        }
        let new = self.meanings.iter().filter(|(name, meaning)| before.meanings.get(*name) != Some(meaning));
        let gone = before.meanings.keys().filter(|name| !self.meanings.contains_key(*name));
        Some(new.map(|(name, _)| name).chain(gone).cloned().collect())
    }
}

impl<'a> Names<'a> {
    /// What a name stands for in the file it is written in, if anything; what is declared is used then.
    pub(crate) fn get(&self, name: &ast::Name) -> Option<Meaning> {
        let Some((meaning, declared)) = self.visible(name) else {
            self.asked.borrow_mut().insert(name.text.clone());
            return None;
        };
        if !is_builtin(*meaning) {
            self.notes.declared(name.at, *declared);
        }
        if !self.used.borrow().contains(&name.text) {
            self.used.borrow_mut().insert(name.text.clone());
        }
        Some(*meaning)
    }

    fn visible(&self, name: &ast::Name) -> Option<&(Meaning, Span)> {
        let Known { meanings, imported, .. } = &self.known;
        let found = meanings.get(&name.text)?;
        let own = found.1.file == name.at.file || is_builtin(found.0);
        (own || imported.contains(&(name.at.file, name.text.clone()))).then_some(found)
    }

    /// Takes out the names that something asked the meaning of, and leaves others.
    pub(crate) fn replace_used(&self, used: FxHashSet<SmolStr>) -> FxHashSet<SmolStr> {
        self.used.replace(used)
    }

    /// Takes out the names that something asked about without using them, and leaves others.
    pub(crate) fn replace_asked(&self, asked: FxHashSet<SmolStr>) -> FxHashSet<SmolStr> {
        self.asked.replace(asked)
    }

    /// Takes out which declarations were looked at.
    pub(crate) fn drain_seen(&self, looks: &mut Vec<Look>) {
        self.operations.seen().drain(Kind::Operation, looks);
        self.entities.seen().drain(Kind::Entity, looks);
        self.enums.seen().drain(Kind::Enum, looks);
        self.types.seen().drain(Kind::Type, looks);
        self.errors.seen().drain(Kind::Error, looks);
        self.functions.seen().drain(Kind::Function, looks);
        self.listed.drain(Kind::Name, looks);
    }

    /// What every name means, alone.
    pub(crate) fn into_known(self) -> Known {
        self.known
    }

    /// What every name means.
    pub(crate) const fn known(&self) -> &Known {
        &self.known
    }

    /// Whether a name stands for something, whoever sees it; that is no use of it.
    pub(crate) fn is_declared(&self, name: &str) -> bool {
        self.asked.borrow_mut().insert(SmolStr::new(name));
        self.known.meanings.contains_key(name)
    }

    /// The place where a name is declared as that of a `type`, which is no use of it.
    pub(crate) fn type_place(&self, name: &SmolStr) -> Option<Span> {
        self.asked.borrow_mut().insert(name.clone());
        let found = self.known.meanings.get(name);
        found.filter(|(meaning, _)| matches!(meaning, Meaning::Type(_))).map(|(_, at)| *at)
    }

    /// The place where a name is declared that is not the language's own, which is no use of it.
    pub(crate) fn place_of(&self, name: &str) -> Option<Span> {
        let (meaning, at) = self.known.meanings.get(name)?;
        (!is_builtin(*meaning)).then_some(*at)
    }

    /// What a declaration is known as, which is no use of it.
    pub(crate) fn declared(&self, declaration: &ast::Declaration) -> Option<Meaning> {
        let name = declaration.kind.name()?;
        self.known.meanings.get(&name.text).filter(|(_, at)| *at == name.at).map(|(meaning, _)| *meaning)
    }

    /// Whether nothing asked what a name means.
    pub(crate) fn is_idle(&self, name: &ast::Name) -> bool {
        !self.used.borrow().contains(&name.text)
    }

    /// The file that declares a name which the file it is written in has not taken from there.
    pub(crate) fn elsewhere(&self, name: &ast::Name) -> Option<FileId> {
        self.asked.borrow_mut().insert(name.text.clone());
        let (meaning, declared) = self.known.meanings.get(&name.text)?;
        (declared.file != name.at.file && !is_builtin(*meaning)).then_some(declared.file)
    }

    /// Declared names that pass a test, in no order.
    pub(crate) fn all<'s>(
        &'s self,
        pick: impl Fn(Meaning) -> bool + 's,
    ) -> impl Iterator<Item = &'s str> + 's {
        self.listed.every();
        let picked = self.known.meanings.iter().filter(move |(_, (meaning, _))| pick(*meaning));
        picked.map(|(name, _)| name.as_str())
    }

    fn declare(&mut self, name: &ast::Name, meaning: Meaning, sink: &mut Sink) {
        if name.is_hole() {
            return;
        }
        if self.known.meanings.get(&name.text).is_some_and(|(meaning, _)| is_builtin(*meaning)) {
            let message = format!("`{}` is a built-in error", name.text);
            return sink.push(Report::new(Code::E0202, name.at, message).help("choose another name"));
        }
        if let Some((_, first)) = self.known.meanings.get(&name.text) {
            self.known.twice = true;
            let report = Report::new(Code::E0202, name.at, format!("`{}` is declared twice", name.text));
            sink.push(report.note("declared again here").label(*first, "first declared here"));
            return;
        }
        self.known.meanings.insert(name.text.clone(), (meaning, name.at));
    }
}

/// Collects every declaration that the first file reaches and gives each name its meaning.
pub(crate) fn resolve<'a>(
    files: &'a [ast::File],
    sources: &Sources,
    uses: bool,
    sink: &mut Sink,
) -> Names<'a> {
    let mut names = Names { notes: Notebook::new(uses), ..Names::default() };
    let nowhere = Span::new(FileId(0), 0, 0);
    for (id, fault) in fault::builtin().iter() {
        names.known.meanings.insert(fault.name.clone(), (Meaning::Fault(id), nowhere));
    }
    let (reached, imports) = import::reached(files, sources, sink);
    for file in files.iter().zip(0..).filter(|(_, id)| reached.contains(&FileId(*id))).map(|(file, _)| file) {
        for declaration in &file.declarations {
            for prefix in &declaration.prefixes {
                if let ast::PrefixKind::Silence { code, reason } = &prefix.kind {
                    names.silences.extend(silence::silence(declaration, prefix, code, reason, sink));
                }
            }
            names.declarations.push(declaration);
            collect(&mut names, declaration, sink);
        }
    }
    for import in imports {
        names.import(&import, sources, sink);
    }
    names
}

/// Whether a name is the language's own.
fn is_builtin(meaning: Meaning) -> bool {
    matches!(meaning, Meaning::Fault(fault) if fault.index() < fault::BUILTIN_COUNT)
}

fn collect<'a>(names: &mut Names<'a>, declaration: &'a ast::Declaration, sink: &mut Sink) {
    let id = |length: usize| length as u32;
    let meaning = match &declaration.kind {
        DeclarationKind::Service(service) => return collect_service(names, declaration, service, sink),
        DeclarationKind::Env(env) => return names.env.extend(&env.fields),
        DeclarationKind::Test(test) => return names.tests.push(test),
        DeclarationKind::Stray => return,
        DeclarationKind::Import(_) => return,
        DeclarationKind::Assets(assets) => return names.assets.push(assets),
        DeclarationKind::Channel(node) => {
            names.channels.push((declaration, node));
            Meaning::Channel(Id::new(id(names.channels.len() - 1)))
        }
        DeclarationKind::Job(node) => {
            names.jobs.push((declaration, node));
            Meaning::Job(Id::new(id(names.jobs.len() - 1)))
        }
        DeclarationKind::Resource(node) => {
            names.resources.push(node);
            Meaning::Resource(Id::new(id(names.resources.len() - 1)))
        }
        DeclarationKind::Auth(node) => {
            names.auths.push((declaration, node));
            Meaning::Auth(Id::new(id(names.auths.len() - 1)))
        }
        DeclarationKind::Type(node) => {
            names.types.add((declaration, node));
            Meaning::Type(names.types.len() - 1)
        }
        DeclarationKind::Enumeration(node) => {
            names.enums.add((declaration, node));
            Meaning::Enum(Id::new(id(names.enums.len() - 1)))
        }
        DeclarationKind::Error(node) => {
            names.errors.add((declaration, node));
            Meaning::Fault(Id::new(id(fault::BUILTIN_COUNT + names.errors.len() - 1)))
        }
        DeclarationKind::Function(node) => {
            names.functions.add(node);
            Meaning::Function(names.functions.len() - 1)
        }
        DeclarationKind::Entity(node) => {
            names.entities.add((declaration, node));
            Meaning::Entity(Id::new(id(names.entities.len() - 1)))
        }
        DeclarationKind::Operation(node) => {
            names.operations.add((declaration, node));
            Meaning::Operation(Id::new(id(names.operations.len() - 1)))
        }
    };
    if let Some(name) = declaration.kind.name() {
        names.declare(name, meaning, sink);
    }
}

fn collect_service<'a>(
    names: &mut Names<'a>,
    declaration: &'a ast::Declaration,
    service: &'a ast::Service,
    sink: &mut Sink,
) {
    if let Some((first, _)) = names.service {
        let report = Report::new(Code::E0206, declaration.header_at, "a program has one `service`");
        return sink.push(report.label(first.header_at, "the first one"));
    }
    names.service = Some((declaration, service));
}

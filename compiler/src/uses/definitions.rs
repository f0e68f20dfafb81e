//! What can be meant: every name that the trees declare.
use super::Notebook;
use crate::ast::{self, DeclarationKind, EntityItemKind, TypeKind};
use crate::report::Span;
use smol_str::SmolStr;

/// What a definition is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefinitionKind {
    /// `service`
    Service,
    /// A value of `env`.
    Env,
    /// `resource`
    Resource,
    /// A typed call of a resource.
    Upstream,
    /// `auth`
    Auth,
    /// `type`
    Type,
    /// `enum`
    Enum,
    /// A value of an enum.
    Value,
    /// `error`
    Error,
    /// `fn`
    Function,
    /// `entity`
    Entity,
    /// `operation`
    Operation,
    /// `channel`
    Channel,
    /// `job`
    Job,
    /// `test`
    Test,
    /// A column of an entity, a member of a record or of an error.
    Field,
    /// A field that is worked out.
    Computed,
    /// What is given to an operation, a job, a channel, a function or a call.
    Parameter,
    /// A name that a body, a rule or a test gives to a value.
    Local,
}

/// A name with what is declared by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// The name.
    pub name: SmolStr,
    /// What it is.
    pub kind: DefinitionKind,
    /// Where the name stands.
    pub at: Span,
    /// All that belongs to it.
    pub whole: Span,
    /// What one reads to know it: a header, or a whole field.
    pub head: Span,
    /// Its documentation.
    pub docs: String,
    /// The name of what it stands in.
    pub owner: Option<Span>,
    /// Where its type is written.
    pub ty: Option<Span>,
    /// Its type, of something without a written one.
    pub inferred: Option<String>,
    /// The name of the declaration behind that type.
    pub ty_of: Option<Span>,
}

impl Definition {
    pub(super) fn new(kind: DefinitionKind, name: &ast::Name, whole: Span) -> Self {
        Self {
            name: name.text.clone(),
            kind,
            at: name.at,
            whole,
            head: whole,
            docs: String::new(),
            owner: None,
            ty: None,
            inferred: None,
            ty_of: None,
        }
    }

    /// The same at another place.
    pub(crate) fn placed(self, place: &impl Fn(Span) -> Span) -> Self {
        Self {
            at: place(self.at),
            whole: place(self.whole),
            head: place(self.head),
            owner: self.owner.map(place),
            ty: self.ty.map(place),
            ty_of: self.ty_of.map(place),
            ..self
        }
    }
}

/// What has been found, and inside what the rest stands.
struct Finding<W> {
    found: Vec<Definition>,
    owner: Option<Span>,
    wanted: W,
}

/// The definitions inside of some declarations whose names are wanted.
pub(crate) fn definitions<'d>(
    declarations: impl IntoIterator<Item = &'d ast::Declaration>,
    wanted: impl Fn(&str) -> bool,
) -> Vec<Definition> {
    let mut finding = Finding { found: Vec::new(), owner: None, wanted };
    declarations.into_iter().for_each(|one| finding.declaration(one));
    finding.found
}

/// Notes the parameters that paths and the wraps of requests name.
pub(super) fn placed_in_routes(files: &[ast::File], notebook: &Notebook) {
    for declaration in files.iter().flat_map(|file| &file.declarations) {
        match &declaration.kind {
            DeclarationKind::Operation(node) => in_clauses(&node.clauses, &node.parameters, notebook),
            DeclarationKind::Channel(node) => in_clauses(&node.clauses, &node.parameters, notebook),
            DeclarationKind::Resource(node) => {
                for call in &node.calls {
                    call.route.iter().for_each(|route| in_route(route, &call.parameters, notebook));
                    call.address.iter().for_each(|name| is_parameter(name, &call.parameters, notebook));
                }
            }
            DeclarationKind::Service(_)
            | DeclarationKind::Import(_)
            | DeclarationKind::Env(_)
            | DeclarationKind::Assets(_)
            | DeclarationKind::Auth(_)
            | DeclarationKind::Type(_)
            | DeclarationKind::Enumeration(_)
            | DeclarationKind::Error(_)
            | DeclarationKind::Function(_)
            | DeclarationKind::Entity(_)
            | DeclarationKind::Job(_)
            | DeclarationKind::Test(_)
            | DeclarationKind::Stray => {}
        }
    }
}

fn in_clauses(clauses: &[ast::Clause], parameters: &[ast::Field], notebook: &Notebook) {
    for clause in clauses {
        if let ast::ClauseKind::Http(door) = &clause.kind {
            in_route(&door.route, parameters, notebook);
            door.input_as.iter().for_each(|wrap| in_wrap(wrap, parameters, notebook));
        }
    }
}

fn in_route(route: &ast::Route, parameters: &[ast::Field], notebook: &Notebook) {
    for segment in &route.segments {
        if let ast::RouteSegment::Parameter(name) = segment {
            is_parameter(name, parameters, notebook);
        }
    }
}

fn in_wrap(wrap: &ast::Record, parameters: &[ast::Field], notebook: &Notebook) {
    for entry in &wrap.entries {
        match &entry.kind {
            ast::EntryKind::Value { value, .. } => {
                if let ast::ExprKind::Name(name) = &value.kind {
                    is_parameter(name, parameters, notebook);
                } else if let ast::ExprKind::Record(inner) = &value.kind {
                    in_wrap(inner, parameters, notebook);
                } else if let ast::ExprKind::Field { base, name } = &value.kind
                    && matches!(&base.kind, ast::ExprKind::Name(root) if root.text == "input")
                {
                    is_parameter(name, parameters, notebook);
                }
            }
            ast::EntryKind::Pun(_) | ast::EntryKind::Computed { .. } | ast::EntryKind::Stray => {}
        }
    }
}

fn is_parameter(name: &ast::Name, parameters: &[ast::Field], notebook: &Notebook) {
    let declared = parameters.iter().find(|parameter| parameter.name.text == name.text);
    notebook.means(name.at, declared.map(|parameter| parameter.name.at));
}

impl<W: Fn(&str) -> bool> Finding<W> {
    fn add(&mut self, definition: Definition) {
        if (self.wanted)(&definition.name) {
            self.found.push(Definition { owner: self.owner, ..definition });
        }
    }

    fn declaration(&mut self, declaration: &ast::Declaration) {
        self.owner = None;
        let kind = match &declaration.kind {
            DeclarationKind::Service(_) => DefinitionKind::Service,
            DeclarationKind::Resource(_) => DefinitionKind::Resource,
            DeclarationKind::Auth(_) => DefinitionKind::Auth,
            DeclarationKind::Type(_) => DefinitionKind::Type,
            DeclarationKind::Enumeration(_) => DefinitionKind::Enum,
            DeclarationKind::Error(_) => DefinitionKind::Error,
            DeclarationKind::Function(_) => DefinitionKind::Function,
            DeclarationKind::Entity(_) => DefinitionKind::Entity,
            DeclarationKind::Operation(_) => DefinitionKind::Operation,
            DeclarationKind::Channel(_) => DefinitionKind::Channel,
            DeclarationKind::Job(_) => DefinitionKind::Job,
            DeclarationKind::Test(test) => return self.test(declaration, test),
            DeclarationKind::Env(env) => return self.fields(DefinitionKind::Env, &env.fields),
            DeclarationKind::Import(_) | DeclarationKind::Assets(_) | DeclarationKind::Stray => return,
        };
        let Some(name) = declaration.kind.name() else { return };
        let docs = declaration.docs.as_ref().map(|docs| docs.text.trim().to_owned()).unwrap_or_default();
        let head = declaration.header_at;
        self.add(Definition { docs, head, ..Definition::new(kind, name, declaration.at) });
        self.owner = Some(name.at);
        self.inside(&declaration.kind);
    }

    fn test(&mut self, declaration: &ast::Declaration, test: &ast::Test) {
        let title = ast::Name { text: test.title.plain().unwrap_or("test").into(), at: test.title.at };
        let head = declaration.header_at;
        self.add(Definition { head, ..Definition::new(DefinitionKind::Test, &title, declaration.at) });
    }

    fn inside(&mut self, kind: &DeclarationKind) {
        match kind {
            DeclarationKind::Resource(resource) => resource.calls.iter().for_each(|call| self.call(call)),
            DeclarationKind::Type(ty) => self.members(&ty.ty),
            DeclarationKind::Enumeration(node) => {
                for value in &node.values {
                    let docs = value.docs.as_ref().map(|docs| docs.text.trim().to_owned());
                    let made = Definition::new(DefinitionKind::Value, &value.name, value.at);
                    self.add(Definition { docs: docs.unwrap_or_default(), ..made });
                }
            }
            DeclarationKind::Error(error) => self.fields(DefinitionKind::Field, &error.fields),
            DeclarationKind::Function(node) => self.fields(DefinitionKind::Parameter, &node.parameters),
            DeclarationKind::Entity(entity) => entity.items.iter().for_each(|item| self.item(item)),
            DeclarationKind::Operation(node) => {
                self.fields(DefinitionKind::Parameter, &node.parameters);
                node.output.iter().for_each(|ty| self.members(ty));
            }
            DeclarationKind::Channel(node) => self.fields(DefinitionKind::Parameter, &node.parameters),
            DeclarationKind::Job(node) => self.fields(DefinitionKind::Parameter, &node.parameters),
            DeclarationKind::Service(_)
            | DeclarationKind::Auth(_)
            | DeclarationKind::Env(_)
            | DeclarationKind::Import(_)
            | DeclarationKind::Assets(_)
            | DeclarationKind::Test(_)
            | DeclarationKind::Stray => {}
        }
    }

    fn item(&mut self, item: &ast::EntityItem) {
        match &item.kind {
            EntityItemKind::Field(field) => self.field(DefinitionKind::Field, field),
            EntityItemKind::Computed { name, .. } => {
                self.add(Definition::new(DefinitionKind::Computed, name, item.at));
            }
            EntityItemKind::Function(function) => {
                let owner = self.owner;
                self.add(Definition::new(DefinitionKind::Function, &function.name, item.at));
                self.owner = Some(function.name.at);
                self.fields(DefinitionKind::Parameter, &function.parameters);
                self.owner = owner;
            }
            EntityItemKind::Tenant(_)
            | EntityItemKind::Unique { .. }
            | EntityItemKind::Index(_)
            | EntityItemKind::Search(_)
            | EntityItemKind::Rule(_)
            | EntityItemKind::Stray => {}
        }
    }

    fn call(&mut self, call: &ast::UpstreamCall) {
        let docs = call.docs.as_ref().map(|docs| docs.text.trim().to_owned()).unwrap_or_default();
        self.add(Definition { docs, ..Definition::new(DefinitionKind::Upstream, &call.name, call.at) });
        let owner = self.owner.replace(call.name.at);
        self.fields(DefinitionKind::Parameter, &call.parameters);
        call.output.iter().for_each(|ty| self.members(ty));
        self.owner = owner;
    }

    fn fields(&mut self, kind: DefinitionKind, fields: &[ast::Field]) {
        fields.iter().for_each(|field| self.field(kind, field));
    }

    fn field(&mut self, kind: DefinitionKind, field: &ast::Field) {
        let docs = field.docs.as_ref().map(|docs| docs.text.trim().to_owned()).unwrap_or_default();
        let made = Definition::new(kind, &field.name, field.at);
        self.add(Definition { docs, ty: Some(field.ty.at), ..made });
        self.members(&field.ty);
    }

    /// Members of records that are written in a type, and those that a projection works out.
    fn members(&mut self, ty: &ast::Type) {
        match &ty.kind {
            TypeKind::Record(fields) => self.fields(DefinitionKind::Field, fields),
            TypeKind::Named { arguments, .. } => {
                for argument in arguments.iter().flatten() {
                    if let ast::ArgumentKind::Computed { name, .. } = &argument.kind {
                        self.add(Definition::new(DefinitionKind::Computed, name, argument.at));
                    }
                }
            }
            TypeKind::List { element: of, .. }
            | TypeKind::Optional(of)
            | TypeKind::Map { value: of, .. }
            | TypeKind::Page(of)
            | TypeKind::Stream(of)
            | TypeKind::Patch(of)
            | TypeKind::New(of) => self.members(of),
            TypeKind::Tuple(parts) | TypeKind::Union(parts) => {
                parts.iter().for_each(|part| self.members(part));
            }
            TypeKind::Hole => {}
        }
    }
}

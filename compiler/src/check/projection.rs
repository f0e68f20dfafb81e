//! Projections: what of a row is shown, and computed members.
use super::scope::{Doer, Scope};
use super::truth::known;
use super::{Checker, Typed};
use crate::ast::{self, Argument, ArgumentKind, ExprKind, TypeKind};
use crate::report::{Code, Report, Span};
use crate::resolve::Meaning;
use quater_ir::entity::{Column, Entity};
use quater_ir::expr::reach::{columns_in, each_column};
use quater_ir::expr::{Expr, Node};
use quater_ir::types::{Field, Record, Type};
use quater_ir::{Arena, Id};
use smol_str::SmolStr;

impl Checker<'_> {
    /// Fills in every declared projection, those of entities before those of projections.
    pub(crate) fn projections(&mut self) {
        for (index, (_, node)) in self.names.types.iter().enumerate() {
            let TypeKind::Named { name, arguments: Some(arguments) } = &node.ty.kind else { continue };
            let Some(super::types::TypeState::Done(Some(Type::Record(id)))) = self.types.get(index) else {
                continue;
            };
            let id = *id;
            let Some(entity) = self.records[id].of else { continue };
            self.inlined = 0;
            let base = self.base_of(name);
            match self.projected_fields(entity, base, arguments) {
                Some(fields) => self.records[id].fields = fields,
                None => _ = self.incomplete.insert(id),
            }
        }
    }

    /// `Order(id, total)` where a type is written.
    pub(crate) fn inline_projection(
        &mut self,
        entity: Id<Entity>,
        name: &ast::Name,
        arguments: &[Argument],
    ) -> Option<Type> {
        let base = self.base_of(name);
        let fields = self.projected_fields(entity, base, arguments)?;
        Some(Type::Record(self.records.add(Record {
            name: None,
            docs: String::new(),
            fields,
            of: Some(entity),
        })))
    }

    /// The projection that a projection is made from, where it is not the entity itself.
    pub(crate) fn base_of(&mut self, name: &ast::Name) -> Option<Id<Record>> {
        let Some(Meaning::Type(index)) = self.names.get(name) else { return None };
        match self.types.get(index) {
            Some(super::types::TypeState::Done(Some(Type::Record(id)))) => Some(*id),
            _ => None,
        }
    }

    fn projected_fields(
        &mut self,
        entity: Id<Entity>,
        base: Option<Id<Record>>,
        arguments: &[Argument],
    ) -> Option<Arena<Field>> {
        let mut fields: Arena<Field> = Arena::default();
        let mut whole = true;
        for argument in arguments {
            let found = match &argument.kind {
                ArgumentKind::Everything => Some(self.everything(entity, base)),
                ArgumentKind::Value(ast::Expr { kind: ExprKind::Name(name), .. }) => {
                    self.shown(entity, base, name).map(|field| vec![field])
                }
                ArgumentKind::Computed { name, value } => {
                    self.computed(entity, name, value).map(|field| vec![field])
                }
                ArgumentKind::Value(_) | ArgumentKind::Named { .. } => {
                    self.later(argument.at, "a relation in a projection")
                }
                ArgumentKind::Optional(_) => self.later(argument.at, "`name?` in a projection"),
                ArgumentKind::Range(_) => self.error(Code::E0302, argument.at, "a projection lists names"),
                ArgumentKind::Stray => None,
            };
            let Some(found) = found else {
                whole = false;
                continue;
            };
            for field in found {
                if fields.values().any(|other| other.name == field.name) {
                    let message = format!("`{}` is there twice", field.name);
                    self.error::<()>(Code::E0202, argument.at, message);
                    continue;
                }
                fields.add(field);
            }
        }
        whole.then_some(fields)
    }

    /// `*`: all that the base shows of itself, never secrets and never relations.
    fn everything(&self, entity: Id<Entity>, base: Option<Id<Record>>) -> Vec<Field> {
        if let Some(base) = base {
            return self.records[base].fields.values().cloned().collect();
        }
        let shown = |column: &Column| {
            !column.secret && !matches!(column.ty.required(), Type::Password | Type::Ref(_))
        };
        let columns = self.entities[entity].columns.iter().filter(|(_, column)| shown(column));
        columns.map(|(id, _)| self.column_field(entity, id)).collect()
    }

    fn column_field(&self, entity: Id<Entity>, id: Id<Column>) -> Field {
        let column = &self.entities[entity].columns[id];
        Field {
            name: column.name.clone(),
            docs: column.docs.clone(),
            ty: column.ty.clone(),
            default: None,
            secret: false,
            source: Some(self.column(entity, id)),
        }
    }

    fn shown(&mut self, entity: Id<Entity>, base: Option<Id<Record>>, name: &ast::Name) -> Option<Field> {
        let inherited =
            base.and_then(|base| self.records[base].fields.values().find(|field| field.name == name.text));
        if let Some(field) = inherited {
            return Some(field.clone());
        }
        if name.is_hole() {
            return None;
        }
        let column = self.column_list(entity, &[name])?.first().copied()?;
        let declared = &self.entities[entity].columns[column];
        if declared.secret || *declared.ty.required() == Type::Password {
            let report =
                Report::new(Code::E0403, name.at, format!("`{}` is secret and can't be shown", name.text));
            return self.report(report.help("leave it out, or compute something that is not secret from it"));
        }
        Some(self.column_field(entity, column))
    }

    fn computed(&mut self, entity: Id<Entity>, name: &ast::Name, value: &ast::Expr) -> Option<Field> {
        let value = self.expr(&mut Scope::rule(Some(entity)), value, None)?;
        self.not_secret(&value)?;
        self.related_readable(entity, &value, None)?;
        let mut ty = super::expr::unrefined(value.ty());
        let seen = known(self.as_seen(entity, value.expr.clone(), None, false));
        if seen != value.expr && ty != Type::Bool {
            ty = ty.optional();
        }
        Some(Field {
            name: name.text.clone(),
            docs: String::new(),
            ty,
            default: None,
            secret: false,
            source: Some(seen),
        })
    }

    /// Refuses a secret where it would be shown.
    pub(crate) fn not_secret(&mut self, value: &Typed) -> Option<()> {
        if !value.secret {
            return Some(());
        }
        let report = Report::new(Code::E0403, value.at, "a secret would leave the service here");
        self.report(
            report.help(
                "if that is meant, say `reveal … \"why\"`; every use is listed by `quater check --report`",
            ),
        )
    }

    /// That no column of a related row is looked at which nobody may read.
    pub(crate) fn related_readable(
        &mut self,
        entity: Id<Entity>,
        value: &Typed,
        doer: Option<Doer>,
    ) -> Option<()> {
        let mut hidden = None;
        each_column(&value.expr, &mut |via, column| {
            if self.related_guard(entity, via, column, doer, true).is(false) {
                hidden = Some(self.related_entity(entity, via));
            }
        });
        let Some(hidden) = hidden else { return Some(()) };
        self.rules_known(hidden)?;
        let name = self.entities[hidden].name.clone();
        let report = Report::new(Code::E0401, value.at, format!("no rule of `{name}` lets this be read"));
        self.report(report.help(format!("add an `allow read …` to `{name}`")))
    }

    /// Notes which columns a projection of a row looks at.
    pub(crate) fn touch_shape(&mut self, scope: &mut Scope, row: &Expr, shape: Id<Record>) {
        let Node::Slot(slot) = row.node else { return };
        let used = scope.body.used.entry(slot).or_default();
        for field in self.records[shape].fields.values() {
            if let Some(source) = &field.source {
                columns_in(source, &mut |column| _ = used.insert(column));
            }
        }
    }

    /// That every column a projection shows may be read wherever the row may be.
    pub(crate) fn readable(
        &mut self,
        shape: Id<Record>,
        partial: &[(Id<Column>, Expr)],
        at: Span,
    ) -> Option<()> {
        let Some(entity) = self.records[shape].of else { return Some(()) };
        let hidden = self.records[shape].fields.values().find_map(|field| {
            let mut hit: Option<Id<Column>> = None;
            columns_in(field.source.as_ref()?, &mut |column| {
                if partial.iter().any(|(other, _)| *other == column) {
                    hit = Some(column);
                }
            });
            let column = hit?;
            let masked = field.ty.is_optional() && self.entities[entity].columns[column].ty.is_optional();
            (!masked).then_some(column)
        });
        match hidden {
            None => Some(()),
            Some(column) => self.unreadable(entity, column, at),
        }
    }

    pub(crate) fn unreadable<T>(&mut self, entity: Id<Entity>, column: Id<Column>, at: Span) -> Option<T> {
        self.rules_known(entity)?;
        let name: SmolStr = self.entities[entity].columns[column].name.clone();
        let message = format!("`{name}` can't be read wherever the row can");
        let report = Report::new(Code::E0404, at, message);
        self.report(
            report.help(format!("let the same callers read `{name}`, make it optional, or leave it out")),
        )
    }
}

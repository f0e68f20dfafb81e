//! `effects ask …`: what a body in Rust asks whoever calls.
use super::Checker;
use super::scope::{Doer, Scope};
use crate::ast;
use crate::report::{Code, Report, Span};
use crate::resolve::Meaning;
use quater_ir::Id;
use quater_ir::native::Ask;
use quater_ir::types::{Record, Type};

/// What can be asked beside records.
const MODEL: &str = "model";
const ROOTS: &str = "roots";

impl Checker<'_> {
    /// `ask Order`, `ask model`, `ask roots`
    pub(crate) fn rust_ask(&mut self, scope: &Scope, effect: &ast::Effect) -> Option<Ask> {
        if let Some(column) = effect.columns.first() {
            return self.error(Code::E0516, column.at, "only rows have columns");
        }
        self.only_agents(scope, effect.at)?;
        let name = effect.target.names.first()?;
        if name.is_hole() {
            return None;
        }
        match (self.names.get(name), effect.target.single()) {
            (Some(Meaning::Unknown), _) => None,
            (Some(Meaning::Type(index)), Some(_)) => {
                let declared = self.declared_type(index)?;
                if let Type::Record(record) = declared
                    && self.records[record].of.is_none()
                {
                    self.can_be_filled_in(record, effect.at)?;
                    return Some(Ask::Form(record));
                }
                let message = format!("{} can't be asked for", self.describe(&declared));
                let report = Report::new(Code::E0516, name.at, message);
                self.report(report.help("ask for a record: `type Address { street: text(1..80) }`"))
            }
            (None, Some(_)) if name.text == MODEL => Some(Ask::Model),
            (None, Some(_)) if name.text == ROOTS => Some(Ask::Roots),
            (_, _) => {
                let message = format!("there is nothing `{}` to ask for", name.text);
                let names = self.names;
                let known = names.all(|meaning| matches!(meaning, Meaning::Type(_))).chain([MODEL, ROOTS]);
                self.unknown(Code::E0201, name, message, known)
            }
        }
    }

    /// Only agents can be asked while they call, and only what has not been agreed to yet.
    fn only_agents(&mut self, scope: &Scope, at: Span) -> Option<()> {
        let Some(Doer::Operation(id)) = scope.body.doer else {
            return self.error(Code::E0516, at, "nobody calls a job, so there is nobody to ask");
        };
        let operation = &self.operations[id];
        let name = operation.name.clone();
        if operation.approval.is_some() {
            let message =
                format!("`{name}` waits for approval, and nobody can agree to answers that come later");
            return self.error(Code::E0516, at, message);
        }
        if !operation.doors.mcp || operation.doors.http || operation.doors.cli {
            let message = format!("only agents can be asked, so `{name}` has no door but `mcp`");
            return self.error(Code::E0516, at, message);
        }
        Some(())
    }

    /// Whether a record is a form: single values and choices.
    fn can_be_filled_in(&mut self, record: Id<Record>, at: Span) -> Option<()> {
        let mut fields = self.records[record].fields.values();
        let odd = fields.find(|field| field.secret || !is_entry(field.ty.required()));
        let Some(odd) = odd.map(|field| field.name.clone()) else { return Some(()) };
        let message = format!("`{odd}` of {} can't be asked for", self.record_name(record));
        let report = Report::new(Code::E0516, at, message);
        self.report(report.help("a form has single values, enums and lists of enums, and nothing secret"))
    }
}

/// Whether a form has a place for a value.
fn is_entry(ty: &Type) -> bool {
    let single = matches!(
        ty,
        Type::Bool
            | Type::Int(_)
            | Type::Float(_)
            | Type::Text(_)
            | Type::Email
            | Type::Url
            | Type::Date
            | Type::Instant
            | Type::Enum(_)
    );
    let choices = matches!(ty, Type::List(of, _) if matches!(**of, Type::Enum(_)));
    // What a text must match stands in no form.
    let exact = matches!(ty, Type::Text(rules) if rules.pattern.is_some());
    (single && !exact) || choices
}

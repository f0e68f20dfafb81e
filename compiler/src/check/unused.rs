//! Declarations that nothing speaks of.
use super::Checker;
use crate::ast::{self, DeclarationKind};
use crate::report::{Code, Report};

impl Checker<'_> {
    /// Types, enums and errors of the service's own file that nothing uses. Other files are there to be taken
    /// from, and functions may wait for a rule.
    pub(crate) fn unused_declarations(&mut self) {
        let names = self.names;
        let Some((service, _)) = names.service else { return };
        let own = names.declarations.iter().filter(|it| it.at.file == service.at.file);
        for declaration in own {
            let (Some(word), Some(name)) = (word(declaration), declaration.kind.name()) else { continue };
            if !name.is_hole() && self.is_idle(name) {
                let message = format!("nothing uses the {word} `{}`", name.text);
                self.sink.push(Report::new(Code::W0202, name.at, message).help("use it, or take it out"));
            }
        }
    }
}

/// What a declaration is called that is there for others alone.
fn word(declaration: &ast::Declaration) -> Option<&'static str> {
    match declaration.kind {
        DeclarationKind::Type(_) => Some("type"),
        DeclarationKind::Enumeration(_) => Some("enum"),
        DeclarationKind::Error(_) => Some("error"),
        DeclarationKind::Service(_)
        | DeclarationKind::Function(_)
        | DeclarationKind::Import(_)
        | DeclarationKind::Env(_)
        | DeclarationKind::Resource(_)
        | DeclarationKind::Assets(_)
        | DeclarationKind::Auth(_)
        | DeclarationKind::Entity(_)
        | DeclarationKind::Operation(_)
        | DeclarationKind::Channel(_)
        | DeclarationKind::Job(_)
        | DeclarationKind::Test(_)
        | DeclarationKind::Stray => None,
    }
}

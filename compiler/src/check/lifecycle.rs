//! `since` and `deprecated` before a declaration.
use super::Checker;
use super::types::TypeState;
use crate::ast::{self, DeclarationKind, PrefixKind};
use crate::report::{Code, Report};
use crate::resolve::Meaning;
use quater_ir::lifecycle::{Declared, Deprecated, Lifecycle};
use quater_ir::types::Type;
use smol_str::SmolStr;
use std::mem::discriminant;

impl Checker<'_> {
    /// What stands before declarations, once all of them are known.
    pub(crate) fn lifecycles(&mut self) {
        let names = self.names;
        for declaration in &names.declarations {
            let Some(lifecycle) = self.lifecycle(declaration) else { continue };
            if lifecycle == Lifecycle::default() {
                continue;
            }
            let Some(meaning) = names.declared(declaration) else { continue };
            let declared = match meaning {
                Meaning::Operation(id) => {
                    self.operations[id].lifecycle = lifecycle;
                    continue;
                }
                Meaning::Channel(id) => {
                    if self.channels.find(id).is_some() {
                        self.channels[id].lifecycle = lifecycle;
                    }
                    continue;
                }
                Meaning::Job(id) => {
                    if self.jobs.find(id).is_some() {
                        self.jobs[id].lifecycle = lifecycle;
                    }
                    continue;
                }
                Meaning::Auth(id) => Declared::Auth(id),
                Meaning::Enum(id) => Declared::Enum(id),
                Meaning::Fault(id) => Declared::Fault(id),
                Meaning::Entity(id) => Declared::Entity(id),
                Meaning::Type(at) => match self.lived_type(at) {
                    Some(declared) => declared,
                    None => continue,
                },
                Meaning::Resource(_) | Meaning::Function(_) | Meaning::Unknown => continue,
            };
            self.lifecycles.push((declared, lifecycle));
        }
    }

    /// The record or union that a `type` declares; another name of one is no declaration of it.
    fn lived_type(&self, at: usize) -> Option<Declared> {
        let (_, node) = self.names.types.nth(at)?;
        let Some(TypeState::Done(Some(ty))) = self.types.nth(at) else { return None };
        let own = |name: &Option<SmolStr>| name.as_ref() == Some(&node.name.text);
        if let Type::Record(id) = ty {
            return own(&self.records[*id].name).then_some(Declared::Record(*id));
        }
        let Type::Union(id) = ty else { return None };
        own(&self.unions[*id].name).then_some(Declared::Union(*id))
    }

    fn lifecycle(&mut self, declaration: &ast::Declaration) -> Option<Lifecycle> {
        let mut lifecycle = Lifecycle::default();
        for prefix in &declaration.prefixes {
            match &prefix.kind {
                PrefixKind::Since(version) => {
                    if lifecycle.since.is_some() {
                        return self.error(Code::E0111, prefix.at, "`since` is said twice");
                    }
                    lifecycle.since = Some(self.since(*version)?);
                }
                PrefixKind::Deprecated { reason, sunset, instead } => {
                    if lifecycle.deprecated.is_some() {
                        return self.error(Code::E0111, prefix.at, "`deprecated` is said twice");
                    }
                    let reason = match reason {
                        Some(text) => Some(self.plain(text)?.trim().to_owned()),
                        None => None,
                    };
                    if let Some(day) = sunset {
                        self.sunset(declaration, prefix, day)?;
                    }
                    if let Some(name) = instead {
                        self.instead(declaration, name)?;
                    }
                    let instead = instead.as_ref().map(|name| name.text.clone());
                    lifecycle.deprecated = Some(Deprecated { reason, sunset: sunset.clone(), instead });
                }
                PrefixKind::Silence { .. } | PrefixKind::Stray => {}
            }
        }
        Some(lifecycle)
    }

    fn since(&mut self, version: ast::Whole) -> Option<u32> {
        let newest = self.service.as_ref().map_or(u32::MAX, |service| service.version);
        let since = u32::try_from(version.value).ok().filter(|since| (1..=newest).contains(since));
        let message = format!("the service has versions 1 to {newest}, and no version {}", version.value);
        since.or_else(|| self.error(Code::E0519, version.at, message))
    }

    /// A day that there is, and that is not over.
    fn sunset(&mut self, declaration: &ast::Declaration, prefix: &ast::Prefix, day: &SmolStr) -> Option<()> {
        if !is_day(day) {
            return self.error(Code::E0519, prefix.at, format!("there is no day `{day}`"));
        }
        if self.asked.today.as_ref().is_some_and(|today| today > day) {
            let what = declaration.kind.name().map_or("this", |name| name.text.as_str());
            let report = Report::new(Code::W0519, prefix.at, format!("`{what}` should be gone since {day}"));
            self.sink.push(report.help("take it out, or give it more time"));
        }
        Some(())
    }

    /// Something of the same kind that is not itself.
    fn instead(&mut self, declaration: &ast::Declaration, name: &ast::Name) -> Option<()> {
        if name.is_hole() {
            return None;
        }
        let Some(own) = self.names.declared(declaration) else {
            let message = "nothing can be used instead of this: it has no name".to_owned();
            return self.error(Code::E0519, name.at, message);
        };
        let alike = |other: Meaning| other != own && discriminant(&other) == discriminant(&own);
        match self.names.get(name) {
            Some(Meaning::Unknown) => Some(()),
            Some(other) if alike(other) => Some(()),
            Some(other) if other == own => {
                self.error(Code::E0519, name.at, format!("`{}` can't be used instead of itself", name.text))
            }
            Some(_) => {
                let kind = kind(&declaration.kind);
                self.error(Code::E0519, name.at, format!("`{}` is no {kind}, as what goes is", name.text))
            }
            None => {
                let names = self.names;
                let message = format!("there is no {} `{}`", kind(&declaration.kind), name.text);
                self.unknown(Code::E0519, name, message, names.all(alike))
            }
        }
    }
}

/// The word of a declaration.
fn kind(kind: &DeclarationKind) -> &'static str {
    match kind {
        DeclarationKind::Service(_) => "service",
        DeclarationKind::Import(_) => "use",
        DeclarationKind::Env(_) => "env",
        DeclarationKind::Resource(_) => "resource",
        DeclarationKind::Assets(_) => "static",
        DeclarationKind::Auth(_) => "auth",
        DeclarationKind::Type(_) => "type",
        DeclarationKind::Enumeration(_) => "enum",
        DeclarationKind::Error(_) => "error",
        DeclarationKind::Function(_) => "fn",
        DeclarationKind::Entity(_) => "entity",
        DeclarationKind::Operation(_) => "operation",
        DeclarationKind::Channel(_) => "channel",
        DeclarationKind::Job(_) => "job",
        DeclarationKind::Test(_) => "test",
        DeclarationKind::Stray => "declaration",
    }
}

/// Whether a text such as `2027-01-31` is a day of the Gregorian calendar.
fn is_day(text: &str) -> bool {
    let mut parts = text.split('-').map(|part| part.parse::<u32>().ok());
    let (Some(Some(year)), Some(Some(month)), Some(Some(day))) = (parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + u32::from(leap),
        _ => 0,
    };
    (1..=days).contains(&day)
}

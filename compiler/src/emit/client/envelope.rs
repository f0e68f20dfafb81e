//! What `as { … }` and `errors as { … }` put around values, seen from the other side.
use quater_ir::surface::{Hole, Template};

/// The members that lead to a value.
pub(super) type Path = Vec<String>;

/// Where an output stands in the body of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Read {
    /// It is the body.
    Whole,
    /// Behind these members.
    At(Path),
    /// Each of its members by itself.
    Members(Vec<(String, Path)>),
    /// Nowhere.
    Nothing,
}

impl Read {
    /// What undoes a template.
    pub(super) fn of(template: Option<&Template>) -> Self {
        let Some(template) = template else { return Self::Whole };
        if let Some(path) = path_of(template, &Hole::Output) {
            return Self::At(path);
        }
        let mut members = Vec::new();
        walk(template, &mut Vec::new(), &mut |hole, path| {
            if let Hole::OutputMember(name) = hole {
                members.push((name.to_string(), path.to_vec()));
            }
        });
        if members.is_empty() { Self::Nothing } else { Self::Members(members) }
    }
}

/// Where the parts of an error stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) code: Option<Path>,
    pub(super) message: Option<Path>,
    /// A list of texts.
    pub(super) messages: Option<Path>,
    pub(super) data: Option<Path>,
    /// What is wrong with inputs, as problem details have it.
    pub(super) violations: Option<Path>,
}

impl Told {
    /// What undoes the envelope of errors of a service.
    pub(super) fn of(template: Option<&Template>) -> Self {
        let one = |name: &str| Some(vec![name.to_owned()]);
        match template {
            None => Self {
                code: one("code"),
                message: one("detail"),
                messages: None,
                data: one("data"),
                violations: one("errors"),
            },
            Some(template) => Self {
                code: path_of(template, &Hole::Code),
                message: path_of(template, &Hole::Message),
                messages: path_of(template, &Hole::Messages),
                data: path_of(template, &Hole::Data),
                violations: None,
            },
        }
    }
}

fn path_of(template: &Template, wanted: &Hole) -> Option<Path> {
    let mut found = None;
    walk(template, &mut Vec::new(), &mut |hole, path| {
        if hole == wanted && found.is_none() {
            found = Some(path.to_vec());
        }
    });
    found
}

/// Every hole that lies behind names alone.
fn walk(template: &Template, path: &mut Path, found: &mut impl FnMut(&Hole, &[String])) {
    match template {
        Template::Object(members) => {
            for (name, inner) in members {
                path.push(name.to_string());
                walk(inner, path, found);
                path.pop();
            }
        }
        Template::Hole(hole) => found(hole, path),
        Template::List(_) | Template::Literal(_) => {}
    }
}

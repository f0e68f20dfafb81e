//! `Content`: what agents are shown beside data, the one type that the language brings along.
use super::Checker;
use crate::ast;
use crate::report::{Code, Report};
use quater_ir::types::{Bounds, Field, Member, Record, TextRules, Type, Union};
use quater_ir::{Arena, types};
use smol_str::SmolStr;

/// Its name.
pub(crate) const CONTENT: &str = "Content";

/// Most characters of a media type.
const MEDIA: u32 = 127;

/// A member: its name, what it is for, and its own members.
type Shown = (&'static str, &'static str, &'static [&'static str]);

const MEMBERS: [Shown; 5] = [
    ("Text", "A text.", &["text"]),
    ("Image", "A picture.", &["data", "type"]),
    ("Audio", "A sound.", &["data", "type"]),
    ("Document", "A text that has an address.", &["uri", "type", "text"]),
    ("Binary", "Bytes that have an address.", &["uri", "type", "data"]),
];

impl Checker<'_> {
    /// `Content` where nothing of the service is called so.
    pub(crate) fn content(&mut self, name: &ast::Name) -> Option<Type> {
        let known = self.unions.iter().find(|(_, union)| union.content).map(|(id, _)| id);
        if let Some(known) = known {
            return Some(Type::Union(known));
        }
        let names = self.names;
        let taken = MEMBERS.iter().find(|(member, ..)| names.all(|_| true).any(|other| other == *member));
        if let Some((member, ..)) = taken {
            let message =
                format!("`{CONTENT}` has a member `{member}`, and so is something of this service called");
            let report = Report::new(Code::E0202, name.at, message);
            return self.report(report.help(format!("give your `{member}` another name")));
        }
        let members = MEMBERS.iter().map(|shown| self.content_member(shown)).collect();
        let docs = "What an agent is shown.".to_owned();
        let union = Union { name: Some(SmolStr::new_static(CONTENT)), docs, members, content: true };
        Some(Type::Union(self.unions.add(union)))
    }

    fn content_member(&mut self, (name, docs, members): &Shown) -> Member {
        let mut fields = Arena::default();
        for member in *members {
            let (docs, ty) = described(member);
            let (name, docs) = (SmolStr::new_static(member), docs.to_owned());
            fields.add(Field { name, docs, ty, default: None, secret: false, source: None });
        }
        let name = SmolStr::new_static(name);
        let record = Record { name: Some(name.clone()), docs: (*docs).to_owned(), fields, of: None };
        Member { name, record: self.records.add(record) }
    }
}

fn described(member: &str) -> (&'static str, Type) {
    let text = |max| {
        let length = Bounds { min: None, max: Some(max) };
        Type::Text(TextRules { length, ..TextRules::ANY })
    };
    match member {
        "uri" => ("Its address.", text(types::URL_LIMIT)),
        "type" => ("Its media type.", text(MEDIA)),
        "data" => ("Its bytes.", Type::Bytes { max: None }),
        _ => ("The text.", Type::TEXT),
    }
}

//! Envelopes: what `as { … }` makes of an output, and `errors as { … }` of a refusal.
use crate::call::{Refusal, RequestId};
use crate::wire::write;
use bytes::Bytes;
use quater_ir::Program;
use quater_ir::surface::{Hole, Template};
use quater_ir::value::Literal;
use serde_json::{Map, Value as Json};
use smol_str::SmolStr;

/// An envelope of outputs, as text with gaps.
#[derive(Debug)]
pub(super) struct Wrap {
    pieces: Vec<Piece>,
}

#[derive(Debug)]
enum Piece {
    Text(Vec<u8>),
    Output,
    Member(SmolStr),
}

impl Wrap {
    /// The envelope that a template says.
    pub(super) fn plan(template: &Template) -> Self {
        let mut wrap = Self { pieces: Vec::new() };
        wrap.add(template);
        wrap
    }

    fn add(&mut self, template: &Template) {
        match template {
            Template::Object(members) => {
                self.text(b"{");
                for (at, (name, value)) in members.iter().enumerate() {
                    let mut key = if at > 0 { vec![b','] } else { Vec::new() };
                    write::key(&mut key, name);
                    self.text(&key);
                    self.add(value);
                }
                self.text(b"}");
            }
            Template::List(items) => {
                self.text(b"[");
                for (at, item) in items.iter().enumerate() {
                    self.text(if at > 0 { b"," } else { b"" });
                    self.add(item);
                }
                self.text(b"]");
            }
            Template::Literal(literal) => self.text(json(literal).to_string().as_bytes()),
            Template::Hole(Hole::OutputMember(name)) => self.pieces.push(Piece::Member(name.clone())),
            Template::Hole(_) => self.pieces.push(Piece::Output),
        }
    }

    fn text(&mut self, text: &[u8]) {
        if let Some(Piece::Text(before)) = self.pieces.last_mut() {
            before.extend_from_slice(text);
        } else {
            self.pieces.push(Piece::Text(text.to_vec()));
        }
    }

    /// An output in its envelope; it is JSON that this runtime wrote.
    pub(super) fn around(&self, output: &[u8]) -> Bytes {
        let mut out = Vec::with_capacity(output.len() + 32);
        let members = members(output);
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.extend_from_slice(text),
                Piece::Output if output.is_empty() => out.extend_from_slice(b"null"),
                Piece::Output => out.extend_from_slice(output),
                Piece::Member(name) => {
                    let found = members.iter().find(|(key, _)| *key == name.as_bytes());
                    out.extend_from_slice(found.map_or(b"null".as_slice(), |(_, value)| *value));
                }
            }
        }
        Bytes::from(out)
    }
}

/// The members of an object with their texts as they were written; names hold no escapes.
fn members(object: &[u8]) -> Vec<(&[u8], &[u8])> {
    let mut found = Vec::new();
    let (mut depth, mut quoted, mut escaped) = (0_u32, false, false);
    let (mut start, mut key): (usize, &[u8]) = (0, &[]);
    for (at, byte) in object.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' | b'[' => {
                depth += 1;
                if depth == 1 {
                    start = at + 1;
                }
            }
            b':' if depth == 1 => {
                key = object.get(start..at).unwrap_or_default();
                start = at + 1;
            }
            b',' if depth == 1 => {
                found.push((key, object.get(start..at).unwrap_or_default()));
                start = at + 1;
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    found.push((key, object.get(start..at).unwrap_or_default()));
                }
            }
            _ => {}
        }
    }
    let bare = |key: &'_ [u8]| key.len().checked_sub(1).map_or(0..0, |end| 1..end);
    found.into_iter().map(|(key, value)| (key.get(bare(key)).unwrap_or_default(), value)).collect()
}

fn json(literal: &Literal) -> Json {
    match literal {
        Literal::Null => Json::Null,
        Literal::Bool(truth) => Json::from(*truth),
        Literal::Int(number) | Literal::Duration(number) => Json::from(*number),
        Literal::Float(number) => Json::from(*number),
        Literal::Decimal(number) => Json::from(number.to_string()),
        Literal::Text(text) => Json::from(text.as_str()),
    }
}

/// A refusal in the envelope of the service.
pub(super) fn refusal(program: &Program, template: &Template, refusal: &Refusal, request: RequestId) -> Json {
    let fill = |inner: &Template| self::refusal(program, inner, refusal, request);
    let fault = &program.faults[refusal.fault];
    match template {
        Template::Object(members) => {
            let members = members.iter().map(|(name, value)| (name.to_string(), fill(value)));
            Json::Object(members.collect::<Map<_, _>>())
        }
        Template::List(items) => items.iter().map(fill).collect(),
        Template::Literal(literal) => json(literal),
        Template::Hole(hole) => match hole {
            Hole::Code => Json::from(fault.name.as_str()),
            Hole::Title => Json::from(super::problem::words(&fault.name)),
            Hole::Status => Json::from(fault.status),
            Hole::Message => Json::from(refusal.message.as_str()),
            Hole::Messages => messages(refusal),
            Hole::Fields => fields(refusal),
            Hole::Data => super::data(refusal).unwrap_or(Json::Null),
            Hole::RequestId => Json::from(request.to_string()),
            Hole::Input | Hole::Member(_) | Hole::Output | Hole::OutputMember(_) => Json::Null,
        },
    }
}

/// The message, or a text for each violation that begins with the last name of its place.
fn messages(refusal: &Refusal) -> Json {
    if refusal.violations.is_empty() {
        return Json::Array(vec![Json::from(refusal.message.as_str())]);
    }
    let text = |it: &crate::call::Violation| {
        let name = it.pointer.rsplit('/').next().unwrap_or_default();
        Json::from(format!("{name} {}", it.message).trim_start().to_owned())
    };
    refusal.violations.iter().map(text).collect()
}

/// What is wrong, by the last name of its place.
fn fields(refusal: &Refusal) -> Json {
    let mut fields = Map::new();
    for violation in &refusal.violations {
        let name = violation.pointer.rsplit('/').next().unwrap_or_default();
        let texts = fields.entry(name.to_owned()).or_insert_with(|| Json::Array(Vec::new()));
        if let Json::Array(texts) = texts {
            texts.push(Json::from(violation.message.as_str()));
        }
    }
    Json::Object(fields)
}

#[cfg(test)]
mod tests {
    use super::{Wrap, members};
    use quater_ir::surface::{Hole, Template};
    use quater_ir::value::Literal;

    #[test]
    fn members_keep_the_text_they_were_written_in() {
        let text = br#"{"items":[{"a":1,"b":"x,}\"y"}],"total":2.50,"next":null}"#;
        let found = members(text);
        let found: Vec<_> = found
            .iter()
            .map(|(key, value)| (String::from_utf8_lossy(key), String::from_utf8_lossy(value)))
            .collect();
        let texts: Vec<(&str, &str)> = found.iter().map(|(key, value)| (&**key, &**value)).collect();
        assert_eq!(texts, [("items", r#"[{"a":1,"b":"x,}\"y"}]"#), ("total", "2.50"), ("next", "null")]);
        assert_eq!(members(b""), Vec::new());
    }

    #[test]
    fn an_output_is_put_into_its_envelope() {
        let hole = |name: &str| Template::Hole(Hole::OutputMember(name.into()));
        let template = Template::Object(vec![
            ("kind".into(), Template::Literal(Literal::Text("a\"b".into()))),
            (
                "all".into(),
                Template::List(vec![Template::Hole(Hole::Output), Template::Literal(Literal::Null)]),
            ),
            ("count".into(), hole("total")),
            ("lost".into(), hole("nothing")),
        ]);
        let wrapped = Wrap::plan(&template).around(br#"{"total":2.50}"#);
        let expected = r#"{"kind":"a\"b","all":[{"total":2.50},null],"count":2.50,"lost":null}"#;
        assert_eq!(String::from_utf8_lossy(&wrapped), expected);
    }
}

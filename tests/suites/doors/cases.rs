//! Cases in Markdown: a heading, a request, an answer.
use crate::wire::Reply;
use serde_json::Value;

pub(crate) struct Case {
    pub(crate) name: String,
    request: String,
    answer: String,
}

pub(crate) fn read(text: &str) -> Vec<Case> {
    let case = |part: &str| Case {
        name: part.lines().next().unwrap().to_owned(),
        request: block(part, "request"),
        answer: block(part, "answer"),
    };
    text.split("\n## ").skip(1).map(case).collect()
}

fn block(part: &str, kind: &str) -> String {
    let (_, after) =
        part.split_once(&format!("```{kind}\n")).unwrap_or_else(|| panic!("no {kind} in: {part}"));
    after.split_once("\n```").unwrap().0.to_owned()
}

impl Case {
    /// The bytes to send.
    pub(crate) fn request(&self, key: &str) -> String {
        let text = fill(&self.request.replace("{{key}}", key));
        let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
        let mut lines = head.lines();
        let mut out = format!("{} HTTP/1.1\r\n", lines.next().unwrap());
        lines.for_each(|line| out += &format!("{line}\r\n"));
        let has = |name: &str| head.to_lowercase().contains(&format!("\n{name}:"));
        if !has("host") {
            out += "Host: localhost\r\n";
        }
        if !has("content-length") && !has("transfer-encoding") && !body.is_empty() {
            out += &format!("Content-Length: {}\r\n", body.len());
        }
        let body = if has("transfer-encoding") { body.replace('\n', "\r\n") } else { body.to_owned() };
        format!("{out}Connection: close\r\n\r\n{body}")
    }

    /// What of the reply is not as written.
    pub(crate) fn wrong(&self, reply: &Reply) -> Option<String> {
        let starts = ["\n{", "\n\"", "\n["].map(|start| self.answer.find(start));
        let json = starts.into_iter().flatten().min().unwrap_or(self.answer.len());
        let (head, json) = self.answer.split_at(json);
        let mut lines = head.lines();
        let status = lines.next().unwrap();
        let mut wrong = Vec::new();
        if reply.status.to_string() != status {
            wrong.push(format!("status {}, not {status}", reply.status));
        }
        wrong.extend(lines.filter_map(|line| header_wrong(reply, line)));
        if !json.is_empty() {
            let expected: Value = serde_json::from_str(json).unwrap();
            let found = serde_json::from_str(&reply.body).unwrap_or(Value::Null);
            differ(&expected, &found, "", &mut wrong);
        }
        (!wrong.is_empty()).then(|| format!("{}\nbody: {}", wrong.join("\n"), reply.body))
    }
}

fn header_wrong(reply: &Reply, line: &str) -> Option<String> {
    let (name, value) = line.split_once(": ").unwrap();
    let found = reply.header(name);
    let fits = match value {
        "*" => found.is_some(),
        "-" => found.is_none(),
        value => found == Some(value),
    };
    (!fits).then(|| format!("{name}: {found:?}, not {value}"))
}

/// Members that are not named are passed over; lists must be as long.
fn differ(expected: &Value, found: &Value, at: &str, wrong: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(expected), Value::Object(_)) => {
            for (name, value) in expected {
                differ(value, found.get(name).unwrap_or(&Value::Null), &format!("{at}/{name}"), wrong);
            }
        }
        (Value::Array(expected), Value::Array(items)) if expected.len() == items.len() => {
            for (n, (value, item)) in expected.iter().zip(items).enumerate() {
                differ(value, item, &format!("{at}/{n}"), wrong);
            }
        }
        _ if expected == found => {}
        _ => wrong.push(format!("{at}: {found}, not {expected}")),
    }
}

/// `{{n}}` as n letters.
fn fill(text: &str) -> String {
    let mut pieces = text.split("{{");
    let mut out = pieces.next().unwrap().to_owned();
    for piece in pieces {
        let counted =
            piece.split_once("}}").and_then(|(count, rest)| Some((count.parse::<usize>().ok()?, rest)));
        match counted {
            Some((count, rest)) => {
                out.extend(std::iter::repeat_n('x', count));
                out += rest;
            }
            None => out = out + "{{" + piece,
        }
    }
    out
}

//! Answers as one reads them: lines with what is meant underlined, texts as they become.
use crate::cases::Case;
use serde_json::Value;

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap_or(0)).unwrap()
}

fn offset(text: &str, place: &Value) -> usize {
    let line_start: usize = text.split_inclusive('\n').take(number(&place["line"])).map(str::len).sum();
    let line = text[line_start..].split('\n').next().unwrap();
    let mut units = 0;
    for (at, letter) in line.char_indices() {
        if units >= number(&place["character"]) {
            return line_start + at;
        }
        units += letter.len_utf16();
    }
    line_start + line.len()
}

/// A line with a stretch of it underlined.
fn underlined(text: &str, range: &Value) -> String {
    let (from, to) = (offset(text, &range["start"]), offset(text, &range["end"]));
    let start = text[..from].rfind('\n').map_or(0, |at| at + 1);
    let end = text[from..].find('\n').map_or(text.len(), |at| from + at);
    let width = text[from..to.clamp(from, end)].chars().count().max(1);
    let indent = " ".repeat(text[start..from].chars().count());
    format!("{}\n{indent}{}\n", &text[start..end], "^".repeat(width))
}

fn list(value: &Value) -> Vec<&Value> {
    value.as_array().map(|list| list.iter().collect()).unwrap_or_default()
}

fn place(case: &Case, location: &Value) -> String {
    let (name, text) = case.file(location["uri"].as_str().unwrap());
    let own = if case.files.len() > 1 { format!("{name}:\n") } else { String::new() };
    format!("{own}{}", underlined(text, &location["range"]))
}

fn with(text: &str, edits: &Value) -> String {
    let mut edits: Vec<(usize, usize, &str)> = list(edits)
        .into_iter()
        .map(|edit| {
            let at = |end: &str| offset(text, &edit["range"][end]);
            (at("start"), at("end"), edit["newText"].as_str().unwrap())
        })
        .collect();
    edits.sort_by_key(|(from, to, _)| (*from, *to));
    let mut out = text.to_owned();
    for (from, to, new) in edits.into_iter().rev() {
        out.replace_range(from..to, new);
    }
    out
}

/// The lines of the files that an edit changes, as they are then.
pub(crate) fn text_with(case: &Case, edit: &Value) -> String {
    let Some(changes) = edit["changes"].as_object() else { return "nothing\n".to_owned() };
    let mut out = String::new();
    for (uri, edits) in changes {
        let (name, text) = case.file(uri);
        if case.files.len() > 1 {
            out.push_str(&format!("{name}:\n"));
        }
        let new = with(text, edits);
        let old: Vec<&str> = text.lines().collect();
        let changed = new.lines().filter(|line| !old.contains(line));
        changed.for_each(|line| out.push_str(&format!("{line}\n")));
    }
    if out.is_empty() { "nothing\n".to_owned() } else { out }
}

/// Each item of an answer, drawn.
fn each(items: &Value, draw: impl Fn(&Value) -> String) -> String {
    list(items).into_iter().map(draw).collect()
}

fn said<'v>(value: &'v Value, name: &str) -> &'v str {
    value[name].as_str().unwrap()
}

/// An answer, drawn.
pub(crate) fn drawn(case: &Case, word: &str, more: &str, answer: &Value) -> String {
    if let Some(error) = answer.get("error") {
        return format!("refused: {}\n", said(error, "message"));
    }
    let (result, text) = (&answer["result"], case.asked_text());
    match word {
        "hover" if !result.is_null() => {
            let told = said(&result["contents"], "value").replace("```", "'''");
            format!("{}{told}\n", underlined(text, &result["range"]))
        }
        "definition" | "type" | "implementations" | "references" => each(result, |one| place(case, one)),
        "highlights" => each(result, |one| underlined(text, &one["range"])),
        "renamable" if !result.is_null() => underlined(text, result),
        "rename" => text_with(case, result),
        "complete" => each(&result["items"], |item| {
            let detail = item["detail"].as_str().map_or(String::new(), |detail| format!("  {detail}"));
            format!("{}{detail}\n", said(item, "label"))
        }),
        "signature" if !result.is_null() => {
            let one = &result["signatures"][0];
            let active = &one["parameters"][number(&result["activeParameter"])]["label"];
            format!("{}\nnow {active}\n", said(one, "label"))
        }
        "find" => each(result, |one| place(case, &one["location"])),
        "actions" => each(result, |one| format!("{}\n", said(one, "title"))),
        "act" => match list(result).into_iter().find(|one| one["title"] == more) {
            Some(action) => text_with(case, &action["edit"]),
            None => format!("there is no `{more}`\n"),
        },
        _ => of_whole_file(text, word, result),
    }
}

/// An answer about a whole file, drawn.
fn of_whole_file(text: &str, word: &str, result: &Value) -> String {
    let line = |number_of_line: &Value| text.lines().nth(number(number_of_line)).unwrap().trim();
    match word {
        "symbols" => outline(result, 0),
        "hints" => {
            each(result, |hint| format!("{} |{}\n", line(&hint["position"]["line"]), said(hint, "label")))
        }
        "tokens" => tokens(text, &list(&result["data"])),
        "folds" => {
            each(result, |fold| format!("{} … {}\n", line(&fold["startLine"]), line(&fold["endLine"])))
        }
        "around" => nested(text, &result[0]),
        "links" => each(result, |link| {
            let target = said(link, "target").rsplit('/').next().unwrap();
            format!("{}{target}\n", underlined(text, &link["range"]))
        }),
        "lenses" => each(result, |lens| {
            format!("{}{}\n", underlined(text, &lens["range"]), said(&lens["command"], "title"))
        }),
        "format" | "format-range" => with(text, result),
        "reports" => each(&result["items"], |one| {
            format!("{}{} {}\n", underlined(text, &one["range"]), said(one, "code"), said(one, "message"))
        }),
        _ => "nothing\n".to_owned(),
    }
}

fn outline(symbols: &Value, depth: usize) -> String {
    let one = |symbol: &Value| {
        let indent = "  ".repeat(depth);
        let inside = outline(&symbol["children"], depth + 1);
        format!("{indent}{} ({})\n{inside}", symbol["name"].as_str().unwrap(), symbol["kind"])
    };
    list(symbols).into_iter().map(one).collect()
}

const KINDS: [&str; 11] = [
    "namespace",
    "type",
    "class",
    "enum",
    "enumMember",
    "function",
    "method",
    "property",
    "parameter",
    "variable",
    "event",
];

fn tokens(text: &str, data: &[&Value]) -> String {
    let (mut line, mut character, mut out) = (0, 0, String::new());
    for token in data.chunks(5) {
        let (down, along) = (number(token[0]), number(token[1]));
        (line, character) = (line + down, if down == 0 { character + along } else { along });
        let at = offset(text, &serde_json::json!({ "line": line, "character": character }));
        let word = &text[at..at + number(token[2])];
        let declared = if number(token[4]) == 1 { " declared" } else { "" };
        out.push_str(&format!("{word} {}{declared}\n", KINDS[number(token[3])]));
    }
    out
}

fn nested(text: &str, around: &Value) -> String {
    if around.is_null() {
        return String::new();
    }
    let (from, to) = (offset(text, &around["range"]["start"]), offset(text, &around["range"]["end"]));
    format!("{:?}\n{}", &text[from..to], nested(text, &around["parent"]))
}

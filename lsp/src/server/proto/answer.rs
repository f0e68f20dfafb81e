//! Questions answered: the plain answer is asked of `ide` and drawn.
use super::super::event::Settings;
use super::super::position::{Encoding, Place, Stretch, end_of, offset};
use super::super::question::{Asked, Question};
use super::drawn::{Page, between, file, item, symbol, token};
use super::told::failed;
use crate::ide::actions::{Action, Purpose, actions};
use crate::ide::completion::{Completion, complete};
use crate::ide::formatting::{formatted, formatted_range};
use crate::ide::lenses::{Act, Lens, lenses};
use crate::ide::navigation::{go, mentions};
use crate::ide::rename::{renamable, rename};
use crate::ide::symbols::{Symbol, document_symbols, matching};
use crate::ide::{Service, Snapshot, Workspace, hints, hover, moved, shape, signature, tokens};
use lsp_server::{Message, RequestId, Response};
use quater_compiler::report::{FileId, Source, Span};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// Answers a question.
pub(in crate::server) fn answer(
    id: RequestId,
    asked: &Asked,
    (workspace, snapshot): (&Workspace, &Snapshot),
    settings: Settings,
    encoding: Encoding,
) -> Message {
    let found = match asked {
        Asked::Declarations(query) => Ok(declarations(workspace, query, encoding)),
        Asked::Moved(renames) => {
            let mut files = Map::new();
            for service in workspace.services() {
                let edit = Page { service, encoding }.edit(&moved::moved(service, renames));
                files.extend(edit.get("changes").and_then(Value::as_object).cloned().unwrap_or_default());
            }
            Ok(json!({ "changes": files }))
        }
        Asked::Of { uri, question: Question::Format(stretch) } => {
            Ok(agreed_form(snapshot, uri, *stretch, encoding))
        }
        Asked::Of { uri, question } => match workspace.of(uri, snapshot) {
            Some((service, id)) => of(&Of { service: &service, file: id, settings, encoding }, question),
            None => Ok(Value::Null),
        },
    };
    match found {
        Ok(found) => Message::Response(Response::new_ok(id, found)),
        Err(why) => failed(id, &why),
    }
}

struct Of<'s> {
    service: &'s Arc<Service>,
    file: FileId,
    settings: Settings,
    encoding: Encoding,
}

impl Of<'_> {
    fn page(&self) -> Page<'_> {
        Page { service: self.service, encoding: self.encoding }
    }

    fn offset(&self, place: Place) -> u32 {
        offset(self.service.text_of(self.file), place, self.encoding) as u32
    }

    fn offsets(&self, stretch: Stretch) -> (u32, u32) {
        (self.offset(stretch.start), self.offset(stretch.end))
    }
}

fn of(of: &Of<'_>, question: &Question) -> Result<Value, String> {
    let (service, file, page) = (of.service, of.file, of.page());
    Ok(match question {
        Question::Hover(at) => hover::hover(service, file, of.offset(*at)).map_or(Value::Null, |hover| {
            json!({ "contents": { "kind": "markdown", "value": hover.text }, "range": page.range(hover.at) })
        }),
        Question::Go(at, way) => {
            let targets = go(service, file, of.offset(*at), *way);
            targets.into_iter().filter_map(|target| page.location(target.name)).collect()
        }
        Question::References { at, declaration } => {
            let found = mentions(service, file, of.offset(*at)).into_iter();
            let wanted = found.filter(|mention| *declaration || !mention.declares);
            wanted.filter_map(|mention| page.location(mention.at)).collect()
        }
        Question::Highlights(at) => {
            let found = mentions(service, file, of.offset(*at)).into_iter();
            let own = found.filter(|mention| mention.at.file == file);
            own.map(|one| json!({ "range": page.range(one.at), "kind": if one.declares { 3 } else { 2 } })).collect()
        }
        Question::Renamable(at) => {
            renamable(service, file, of.offset(*at)).map_or(Value::Null, |at| page.range(at))
        }
        Question::Rename { at, name } => page.edit(&rename(service, file, of.offset(*at), name)?),
        Question::Complete(at) => completion(page, complete(service, file, of.offset(*at))),
        Question::Signature(at) => called(service, file, of.offset(*at)),
        Question::Symbols => document_symbols(service, file).iter().map(|one| outline(page, one)).collect(),
        Question::Actions(stretch) => {
            let found = actions(service, file, of.offsets(*stretch));
            found.iter().map(|one| action(page, one)).collect()
        }
        Question::Hints(stretch) if of.settings.hints => {
            hints::hints(service, file, of.offsets(*stretch)).iter().map(|one| hint(page, one)).collect()
        }
        Question::Lenses if of.settings.lenses => {
            lenses(service, file).iter().filter_map(|one| lens(page, one)).collect()
        }
        Question::Hints(_) | Question::Lenses => json!([]),
        Question::Tokens(stretch) => names(of, *stretch),
        Question::Folds => {
            let folds = shape::folds(service, file).into_iter();
            folds.map(|fold| json!({ "startLine": fold.from, "endLine": fold.to, "kind": if fold.comment { "comment" } else { "region" } })).collect()
        }
        Question::Around(places) => {
            places.iter().map(|at| nested(page, &shape::around(service, file, of.offset(*at)))).collect()
        }
        Question::Links => {
            let links = shape::links(service, file).into_iter();
            links.map(|(at, path)| json!({ "range": page.range(at), "target": self::file(&path) })).collect()
        }
        Question::Reports => {
            let items: Vec<Value> = service.reports(file).map(|report| page.diagnostic(report)).collect();
            json!({ "kind": "full", "items": items })
        }
        Question::Format(_) => Value::Null,
    })
}

fn declarations(workspace: &Workspace, query: &str, encoding: Encoding) -> Value {
    let mut found = Vec::new();
    for service in workspace.services() {
        let page = Page { service, encoding };
        found.extend(matching(service, query).into_iter().filter_map(|one| {
            Some(json!({ "name": one.name, "kind": symbol(one.kind), "location": page.location(one.at)? }))
        }));
    }
    found.into()
}

/// One edit for a whole document, one a declaration for a stretch; nothing for what has the form already.
fn agreed_form(snapshot: &Snapshot, uri: &str, stretch: Option<Stretch>, encoding: Encoding) -> Value {
    let Some(document) = snapshot.get(uri) else { return Value::Null };
    let text = document.text.as_ref();
    let Some(stretch) = stretch else {
        let start = Place { line: 0, character: 0 };
        let new = formatted(document);
        return new.map_or(
            Value::Null,
            |new| json!([{ "range": between(start, end_of(text, encoding)), "newText": new }]),
        );
    };
    let range = offset(text, stretch.start, encoding)..offset(text, stretch.end, encoding);
    let source = Source::new("", text.to_owned());
    let place = |at: usize| super::super::position::place(&source, at as u32, encoding);
    let edits = formatted_range(document, range).into_iter();
    edits
        .map(|(at, new)| json!({ "range": between(place(at.start), place(at.end)), "newText": new }))
        .collect()
}

fn completion(page: Page<'_>, Completion { at, items, whole }: Completion) -> Value {
    let range = page.range(at);
    let drawn = items.into_iter().enumerate().map(|(nth, one)| {
        let mut drawn = json!({
            "label": one.label,
            "kind": item(one.kind),
            "sortText": format!("{nth:04}"),
            "filterText": one.label,
            "textEdit": { "range": range, "newText": one.snippet.as_deref().unwrap_or(&one.label) },
            "insertTextFormat": if one.snippet.is_some() { 2 } else { 1 },
        });
        if let Some(drawn) = drawn.as_object_mut() {
            if !one.detail.is_empty() {
                drawn.insert("detail".to_owned(), one.detail.into());
            }
            if !one.docs.is_empty() {
                drawn.insert("documentation".to_owned(), json!({ "kind": "markdown", "value": one.docs }));
            }
        }
        drawn
    });
    json!({ "isIncomplete": !whole, "items": drawn.collect::<Vec<_>>() })
}

fn called(service: &Service, file: FileId, offset: u32) -> Value {
    let Some(found) = signature::signature(service, file, offset) else { return Value::Null };
    let parameters: Vec<Value> = found.parameters.iter().map(|label| json!({ "label": label })).collect();
    let one = json!({ "label": found.label, "documentation": found.docs, "parameters": parameters });
    json!({ "signatures": [one], "activeSignature": 0, "activeParameter": found.active })
}

fn outline(page: Page<'_>, one: &Symbol<'_>) -> Value {
    let inside: Vec<Value> = one.inside.iter().map(|inner| outline(page, inner)).collect();
    json!({
        "name": one.definition.name,
        "kind": symbol(one.definition.kind),
        "range": page.range(one.definition.whole.to(one.definition.at)),
        "selectionRange": page.range(one.definition.at),
        "children": inside,
    })
}

fn action(page: Page<'_>, one: &Action) -> Value {
    let kind = match one.purpose {
        Purpose::Mend => "quickfix",
        Purpose::Extract => "refactor.extract",
        Purpose::MendAll => "source.fixAll",
    };
    let mut drawn = json!({ "title": one.title, "kind": kind, "edit": page.edit(&one.change) });
    if let (Some(report), Some(drawn)) = (&one.report, drawn.as_object_mut()) {
        drawn.insert("diagnostics".to_owned(), json!([page.diagnostic(report)]));
        drawn.insert("isPreferred".to_owned(), one.preferred.into());
    }
    drawn
}

fn hint(page: Page<'_>, one: &hints::Hint) -> Value {
    let mut drawn = json!({ "position": page.point(one.at), "label": one.text });
    if let (true, Some(drawn)) = (one.ty, drawn.as_object_mut()) {
        drawn.insert("kind".to_owned(), 1.into());
    }
    drawn
}

fn lens(page: Page<'_>, one: &Lens) -> Option<Value> {
    let uri = page.uri(one.at.file)?;
    let command = match &one.act {
        Act::RunTest(title) => {
            json!({ "title": "run", "command": "quater.runTest", "arguments": [uri, title] })
        }
        Act::Call(name) => json!({ "title": "call", "command": "quater.call", "arguments": [uri, name] }),
        Act::References(places) => {
            let title = if places.len() == 1 { "1 use".to_owned() } else { format!("{} uses", places.len()) };
            let locations: Vec<Value> = places.iter().filter_map(|at| page.location(*at)).collect();
            json!({ "title": title, "command": "quater.showReferences", "arguments": [uri, page.point(one.at), locations] })
        }
    };
    Some(json!({ "range": page.range(one.at), "command": command }))
}

/// Names as numbers: each tells how far it is from the one before.
fn names(of: &Of<'_>, stretch: Option<Stretch>) -> Value {
    let whole = (0, u32::MAX);
    let found = tokens::tokens(of.service, of.file, stretch.map_or(whole, |stretch| of.offsets(stretch)));
    let (mut data, mut before) = (Vec::new(), Place { line: 0, character: 0 });
    for one in found {
        let (start, end) = (of.page().place(of.file, one.at.start), of.page().place(of.file, one.at.end));
        let line = start.line - before.line;
        let character = if line == 0 { start.character - before.character } else { start.character };
        let length = end.character.saturating_sub(start.character);
        data.extend([line, character, length, token(one.kind) as u32, u32::from(one.declares)]);
        before = start;
    }
    json!({ "data": data })
}

fn nested(page: Page<'_>, spans: &[Span]) -> Value {
    let outer_first = spans.iter().rev();
    let nested = outer_first.fold(None, |parent: Option<Value>, span| {
        let mut drawn = json!({ "range": page.range(*span) });
        if let (Some(parent), Some(drawn)) = (parent, drawn.as_object_mut()) {
            drawn.insert("parent".to_owned(), parent);
        }
        Some(drawn)
    });
    let start = Place { line: 0, character: 0 };
    nested.unwrap_or_else(|| json!({ "range": between(start, start) }))
}

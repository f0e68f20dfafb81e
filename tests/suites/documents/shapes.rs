//! Unions, maps, tuples and patches in the documents: what the runtime takes, the schemas take, and nothing
//! else.
use super::{component, openapi, tool, validator};
use quater_compiler::report::{Source, Sources};
use quater_ir::Program;
use serde_json::{Value, json};

pub(crate) fn program() -> Program {
    let mut sources = Sources::default();
    sources.add(Source::new("shapes.qtr", include_str!("../runtime/shapes.qtr").to_owned()));
    let analysis = quater_compiler::analyse(sources);
    analysis.program.unwrap_or_else(|| panic!("no program: {:#?}", analysis.reports))
}

/// Arguments of tools, each with whether it is taken.
fn cases() -> Vec<(&'static str, Value, bool)> {
    let pair = json!([1, "one"]);
    vec![
        ("pay", json!({ "with": { "kind": "Card", "number": "1234" } }), true),
        ("pay", json!({ "with": { "kind": "Card", "number": "1234", "owner": null } }), true),
        ("pay", json!({ "with": { "kind": "Cash", "given": "1.00" } }), true),
        ("pay", json!({ "with": { "number": "1234" } }), false),
        ("pay", json!({ "with": { "kind": "Stamp", "number": "1234" } }), false),
        ("pay", json!({ "with": { "kind": "Cash", "number": "1234" } }), false),
        ("pay", json!({ "with": { "kind": "Card", "number": "1234", "given": "1.00" } }), false),
        ("words", json!({ "counts": { "a": 1 }, "pair": pair, "at": 0 }), true),
        ("words", json!({ "counts": { "ten letters": 1 }, "pair": pair, "at": 0 }), false),
        ("words", json!({ "counts": { "a": "1" }, "pair": pair, "at": 0 }), false),
        ("words", json!({ "counts": { "a": 1, "b": 1, "c": 1, "d": 1 }, "pair": pair, "at": 0 }), false),
        ("words", json!({ "counts": {}, "pair": [1], "at": 0 }), false),
        ("words", json!({ "counts": {}, "pair": ["one", 1], "at": 0 }), false),
        ("words", json!({ "counts": {}, "pair": [1, "one", 2], "at": 0 }), false),
        ("edit", json!({ "mug": "019a0000-0000-7000-8000-000000000001", "changes": {} }), true),
        ("edit", json!({ "mug": "019a0000-0000-7000-8000-000000000001", "changes": { "note": null } }), true),
        (
            "edit",
            json!({ "mug": "019a0000-0000-7000-8000-000000000001", "changes": { "title": null } }),
            false,
        ),
        (
            "edit",
            json!({ "mug": "019a0000-0000-7000-8000-000000000001", "changes": { "price": "1.00" } }),
            false,
        ),
        ("add", json!({ "mug": { "title": "a" } }), true),
        ("add", json!({ "mug": { "note": "a" } }), false),
    ]
}

#[test]
fn schemas_of_tools_take_what_fits_the_shape() {
    let program = program();
    for (name, arguments, fits) in cases() {
        let schema = serde_json::from_str(&tool(&program, name).input_schema).unwrap();
        assert_eq!(validator(&schema).is_valid(&arguments), fits, "{name} {arguments}");
    }
}

#[test]
fn the_document_says_the_same_and_names_the_kinds() {
    let document = openapi(&program());
    let paths = [("pay", "/payments", "post"), ("words", "/words", "post"), ("add", "/mugs", "post")];
    for (name, arguments, fits) in cases() {
        let Some((_, path, method)) = paths.iter().find(|(operation, ..)| *operation == name) else {
            continue;
        };
        let body = &document["paths"][path][method]["requestBody"]["content"]["application/json"];
        assert_eq!(component(&document, &body["schema"]).is_valid(&arguments), fits, "{name} {arguments}");
    }
    let union = &document["components"]["schemas"]["PaymentInput"];
    assert_eq!(union["discriminator"]["propertyName"], "kind");
    let mapping = union["discriminator"]["mapping"].as_object().unwrap();
    assert_eq!(mapping.keys().collect::<Vec<_>>(), ["Card", "Transfer", "Cash"]);
    for place in mapping.values() {
        let schema = document.pointer(place.as_str().unwrap().trim_start_matches('#')).unwrap();
        assert_eq!(schema["properties"]["kind"]["type"], "string");
        assert_eq!(schema["required"][0], "kind");
    }
}

//! `docs/json.md`: each command of it prints what the page says.
use super::{REFUNDS, Shop, quater, repository};
use serde_json::Value as Json;
use std::fs;

/// Rows of the page: a command, and the members of the first thing that it prints.
fn rows(page: &str) -> Vec<(String, Vec<String>)> {
    let row = |line: &str| {
        let cells: Vec<&str> = line.strip_prefix("| `quater ")?.split(" | ").collect();
        let [command, _, members] = cells[..] else { return None };
        let members = members.trim_end_matches(" |").split(' ').map(|it| it.trim_matches('`').to_owned());
        Some((command.trim_end_matches('`').to_owned(), members.collect()))
    };
    page.lines().filter_map(row).collect()
}

#[test]
fn every_command_prints_what_the_page_says() {
    let page = fs::read_to_string(repository().join("docs/json.md")).unwrap();
    let shop = Shop::open(REFUNDS);
    fs::write(shop.path().join("broken.qtr"), "service broken version 1\n\ntype A { b: tex }\n").unwrap();
    let rows = rows(&page);
    assert_eq!(rows.len(), page.matches("| `quater ").count());
    let mut token = String::new();
    for (line, mut wanted) in rows {
        let arguments: Vec<&str> =
            line.split(' ').map(|word| if word == "URL" { shop.url.as_str() } else { word }).collect();
        let output = quater(shop.path()).args(&arguments).env("QUATER_TOKEN", &token).output().unwrap();
        let told = String::from_utf8(output.stdout).unwrap();
        let first: Json = serde_json::Deserializer::from_str(&told).into_iter().next().unwrap().unwrap();
        let first = first.get(0).unwrap_or(&first);
        let mut found: Vec<String> = first.as_object().unwrap().keys().cloned().collect();
        (found, wanted) = (sorted(found), sorted(wanted));
        assert_eq!(found, wanted, "{line}: {told}");
        if let Some(made) = first["token"].as_str() {
            token = made.to_owned();
        }
    }
}

fn sorted(mut names: Vec<String>) -> Vec<String> {
    names.sort();
    names
}

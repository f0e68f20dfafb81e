//! The contracts of the examples: read by a validator and two linters, called as they promise by schemathesis, and
//! made into clients of two languages, which are used.
use crate::ask::{approves, get, judge};
use crate::judges;
use crate::server::{Server, file};
use serde_json::{Value as Json, json};
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// An example, and what no schema can say of it.
struct Example {
    name: &'static str,
    /// How somebody joins: where, with what, where their token stands in the answer, and the word before it.
    joins: (&'static str, &'static str, &'static str, &'static str),
    /// Settings of schemathesis.
    unsaid: &'static str,
}

const STORE: Example = Example {
    name: "store",
    joins: (
        "/branches",
        r#"{"email": "max@store.example", "password": "correct horse", "name": "north"}"#,
        "/token",
        "Bearer",
    ),
    // Which cursors there are: one of nobody's making is rightly refused.
    unsaid: r#"
[[operations]]
include-name = "GET /orders"
checks.positive_data_acceptance.expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "422", "429", "5xx"]
"#,
};

const CONDUIT: Example = Example {
    name: "conduit",
    joins: (
        "/api/users",
        r#"{"user": {"username": "max", "email": "max@x.example", "password": "correct horse"}}"#,
        "/user/token",
        "Token",
    ),
    // Which names and titles are taken, which RealWorld tells by 422.
    unsaid: r#"
[[operations]]
include-name = ["POST /api/users", "PUT /api/user", "POST /api/articles", "PUT /api/articles/{slug}"]
checks.positive_data_acceptance.expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "422", "429", "5xx"]
"#,
};

impl Example {
    fn serve(&self, folder: &Path) -> Server {
        let target = judges::root().join("examples").join(self.name);
        Server::serve(&target, &file(&folder.join("data.db")), folder)
    }

    /// The header of somebody who has joined.
    fn signed_in(&self, server: &Server) -> String {
        let (path, form, token, word) = self.joins;
        let joined = reqwest::blocking::Client::new().post(format!("{}{path}", server.url));
        let joined = joined.header("content-type", "application/json").body(form).send().unwrap();
        let joined: Json = serde_json::from_str(&joined.text().unwrap()).unwrap();
        format!("Authorization: {word} {}", joined.pointer(token).and_then(Json::as_str).unwrap())
    }

    fn is_a_contract(&self) {
        if !judges::ready() {
            return;
        }
        let folder = TempDir::new().unwrap();
        let server = self.serve(folder.path());
        let document = folder.path().join("openapi.json");
        fs::write(&document, get(&format!("{}/openapi.json", server.url))).unwrap();
        approves(judge("python/bin/openapi-spec-validator").arg(&document));
        let redocly = ["lint", "--extends=recommended-strict"];
        approves(judge("node_modules/.bin/redocly").args(redocly).arg(&document).current_dir(folder.path()));
        let rules = judges::root().join("tests/judges/spectral.yaml");
        let mut spectral = judge("node_modules/.bin/spectral");
        approves(spectral.args(["lint", "--fail-severity=warn", "--ruleset"]).arg(rules).arg(&document));
    }

    /// Has schemathesis call everything that the contract promises.
    fn keeps_its_contract(&self, signed_in: bool) {
        if !judges::ready() {
            return;
        }
        let folder = TempDir::new().unwrap();
        let server = self.serve(folder.path());
        fs::write(folder.path().join("schemathesis.toml"), self.unsaid).unwrap();
        let mut run = judge("python/bin/st");
        run.current_dir(folder.path()).arg("run").arg(format!("{}/openapi.json", server.url));
        run.args(["--checks", "all", "--phases", "examples,coverage,fuzzing,stateful", "--seed", "1"]);
        run.args(["--max-examples", "10"]);
        if signed_in {
            run.args(["--header", &self.signed_in(&server)]);
        }
        approves(&mut run);
    }

    /// Where the clients of TypeScript are: below the libraries that they need.
    fn workshop(&self) -> TempDir {
        let below = judges::folder().join("workshop");
        fs::create_dir_all(&below).unwrap();
        tempfile::Builder::new().prefix(self.name).tempdir_in(&below).unwrap()
    }

    fn is_used_from_typescript(&self) {
        if !judges::ready() {
            return;
        }
        let folder = self.workshop();
        let server = self.serve(folder.path());
        let name = self.name;
        let file = |name: String| folder.path().join(name);
        fs::write(file("openapi.json".into()), get(&format!("{}/openapi.json", server.url))).unwrap();
        fs::write(file("package.json".into()), json!({ "type": "module" }).to_string()).unwrap();
        fs::copy(clients().join(format!("{name}.ts")), file(format!("{name}.ts"))).unwrap();
        let here = |mut command: Command| {
            command.current_dir(folder.path());
            command
        };
        let types = format!("{name}_contract.ts");
        approves(here(judge("node_modules/.bin/openapi-typescript")).args([
            "openapi.json",
            "--output",
            &types,
        ]));
        let strictly = "--strict --noEmit --noUncheckedIndexedAccess --exactOptionalPropertyTypes --module nodenext \
                        --target es2022 --allowImportingTsExtensions";
        let mut check = here(judge("node_modules/.bin/tsc"));
        approves(check.args(strictly.split_whitespace()).arg(format!("{name}.ts")));
        approves(here(judge("node_modules/node/bin/node")).arg(format!("{name}.ts")).arg(&server.url));
    }

    fn is_used_from_python(&self) {
        if !judges::ready() {
            return;
        }
        let folder = TempDir::new().unwrap();
        let server = self.serve(folder.path());
        let document = folder.path().join("openapi.json");
        fs::write(&document, get(&format!("{}/openapi.json", server.url))).unwrap();
        let package = folder.path().join("package");
        let mut generate = judge("python/bin/openapi-generator-cli");
        generate.args(["generate", "--generator-name", "python", "--package-name", self.name]);
        approves(generate.arg("--input-spec").arg(&document).arg("--output").arg(&package));
        let client = clients().join(format!("{}_client.py", self.name));
        approves(judge("python/bin/python").arg(client).arg(&package).arg(&server.url));
    }
}

/// Where the clients are written.
fn clients() -> std::path::PathBuf {
    judges::root().join("tests/judges/clients")
}

#[test]
fn the_store_s_contract_is_one() {
    STORE.is_a_contract();
}

#[test]
fn conduit_s_contract_is_one() {
    CONDUIT.is_a_contract();
}

#[test]
fn the_store_s_contract_holds_for_nobody() {
    STORE.keeps_its_contract(false);
}

#[test]
fn the_store_s_contract_holds_for_a_manager() {
    STORE.keeps_its_contract(true);
}

#[test]
fn conduit_s_contract_holds_for_nobody() {
    CONDUIT.keeps_its_contract(false);
}

#[test]
fn conduit_s_contract_holds_for_an_author() {
    CONDUIT.keeps_its_contract(true);
}

#[test]
fn the_store_is_used_from_typescript() {
    STORE.is_used_from_typescript();
}

#[test]
fn conduit_is_used_from_typescript() {
    CONDUIT.is_used_from_typescript();
}

#[test]
fn the_store_is_used_from_python() {
    STORE.is_used_from_python();
}

#[test]
fn conduit_is_used_from_python() {
    CONDUIT.is_used_from_python();
}

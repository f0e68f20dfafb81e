//! The database that every measurement starts from: one manager, ten branches of products.
use crate::client;
use crate::server::{Maker, Programs, Server};
use anyhow::Context;
use rusqlite::{Connection, params};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use uuid::Uuid;

const BRANCHES: [&str; 10] =
    ["north", "south", "east", "west", "harbour", "hill", "market", "station", "river", "castle"];
const PRODUCTS_A_BRANCH: u32 = 5_000;

pub struct Seed {
    pub database: PathBuf,
    /// A file with the id of every product that the manager may see.
    pub ids: PathBuf,
    pub first: String,
    pub token: String,
}

/// Has Quater make the tables and the account, and puts the products in beside it.
pub fn seed(programs: &Programs, folder: &Path) -> anyhow::Result<Seed> {
    let database = folder.join("seed.db");
    let token = sign_up(programs, &database)?;
    let mut connection = Connection::open(&database)?;
    let changed = connection.execute("UPDATE user SET role = 'manager'", [])?;
    anyhow::ensure!(changed == 1, "one user, not {changed}");
    let ids = products(&mut connection)?;
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); ANALYZE;")?;
    let path = folder.join("ids");
    fs::write(&path, ids.join("\n") + "\n")?;
    let first = ids.first().context("products")?.clone();
    Ok(Seed { database, ids: path, first, token })
}

fn sign_up(programs: &Programs, database: &Path) -> anyhow::Result<String> {
    let mut server = Server::start(programs, Maker::Quater, database)?;
    server.first_answer("GET /openapi.json", "")?;
    let account = json!({ "email": "max@store.example", "password": "correct horse", "branch": "north" });
    let made = client::send(server.address, "POST /users", "", Some(&account))?;
    server.stop()?;
    made.get("token").and_then(|token| token.as_str()).map(str::to_owned).context("a token")
}

fn products(connection: &mut Connection) -> anyhow::Result<Vec<String>> {
    let transaction = connection.transaction()?;
    let mut visible = Vec::new();
    let mut insert = transaction
        .prepare("INSERT INTO product (id, sku, title, price, stock, branch) VALUES (?, ?, ?, ?, ?, ?)")?;
    for number in 0..PRODUCTS_A_BRANCH {
        for branch in BRANCHES {
            let id = Uuid::now_v7();
            // Spread over the alphabet, so that a list by title is not a list by age.
            let title = format!("Item {:04} of the shelf", number.wrapping_mul(7_919) % PRODUCTS_A_BRANCH);
            let sku = format!("ZZZ-{number:04}");
            let price = i64::from(number % 300) * 100 + 99;
            insert.execute(params![id.as_bytes().as_slice(), sku, title, price, 1_000, branch])?;
            if branch == "north" {
                visible.push(id.to_string());
            }
        }
    }
    drop(insert);
    transaction.commit()?;
    Ok(visible)
}

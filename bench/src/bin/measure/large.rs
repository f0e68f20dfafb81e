//! A large service file, and how long it takes to check.
use crate::report::Checking;
use anyhow::ensure;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

const ENTITIES: usize = 200;
const OPERATIONS_AN_ENTITY: usize = 5;
const RUNS: usize = 11;

/// A service with many entities, each with the usual operations.
pub fn source() -> String {
    let mut out = String::from(TOP);
    for number in 0..ENTITIES {
        let text = ENTITY.replace("{n}", &number.to_string());
        // Every entity but the first points to the one before it.
        let parent = match number.checked_sub(1) {
            Some(before) => format!("  parent: Thing{before}? on delete null\n"),
            None => String::new(),
        };
        out.push_str(&text.replace("{parent}\n", &parent));
    }
    out
}

/// Checks the file again and again, as somebody at a shell would.
pub fn check(quater: &Path, folder: &Path) -> anyhow::Result<Checking> {
    let path = folder.join("large.qtr");
    let text = source();
    std::fs::write(&path, &text)?;
    let mut runs = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let began = Instant::now();
        let run = Command::new(quater).arg("check").arg(&path).output()?;
        runs.push(began.elapsed());
        let said = String::from_utf8_lossy(&run.stderr).into_owned() + &String::from_utf8_lossy(&run.stdout);
        ensure!(run.status.success(), "the large file does not check: {}", &said[..said.len().min(4_000)]);
    }
    let what = format!(
        "a file of {ENTITIES} entities, {} operations and {} lines",
        ENTITIES * OPERATIONS_AN_ENTITY,
        text.lines().count()
    );
    Ok(Checking { what, runs })
}

const TOP: &str = r#"/// A large service, made for measuring.
service large version 1 {
}

env {
  DATABASE_URL: text secret = "sqlite::memory:"
  SIGNING_KEY: text(32..) secret
}

resource data = database(env.DATABASE_URL)

auth login {
  bearer jwt(secret: env.SIGNING_KEY)
  actor User where id == claims.sub
  role actor.role
  tenant actor.branch
}

type Price = decimal(2)
enum Role { member, staff, manager }

fn works_here() = actor.role in [staff, manager]

entity User in data {
  id:     uuid key
  role:   Role = member
  branch: text(1..20)
  tenant branch
  allow read signed_in
}
"#;

const ENTITY: &str = r#"
type Thing{n}Card = Thing{n}(id, title, price, state, mine = owner == actor)
enum State{n} { open, busy, closed }
error Closed{n}(state: State{n}) = 409 "a thing that is {state} takes no changes"

entity Thing{n} in data {
  id:     uuid key
  title:  text(trim, 1..120)
  price:  Price(0..)
  state:  State{n} = open
  count:  int(0..) = 0
  owner:  User on delete restrict
{parent}
  branch: text(1..20)
  made:   instant = now()
  tenant branch
  index (owner, made desc), (branch, title)
  allow read when owner == actor or works_here()
  allow create when owner == actor
  allow update, delete when works_here()
}

/// Add a thing of kind {n}.
operation add_thing{n}(title: text(trim, 1..120), price: Price(0..)) -> Thing{n}Card {
  http POST /things{n} returns 201
  mcp tool
  allow signed_in
  return create Thing{n} { title, price, owner: actor }
}

/// One thing of kind {n}.
operation get_thing{n}(thing: Thing{n}) -> Thing{n}Card {
  http GET /things{n}/{thing}
  mcp tool
  allow signed_in
  return thing
}

/// Things of kind {n}, by title.
operation list_things{n}() -> [Thing{n}Card](..20) {
  http GET /things{n}
  mcp tool
  allow signed_in
  return list Thing{n} sort title take 20
}

/// Change a thing of kind {n} that is not closed.
operation edit_thing{n}(thing: Thing{n} lock, title: text(trim, 1..120)?, price: Price(0..)?) -> Thing{n}Card {
  http PATCH /things{n}/{thing}
  mcp tool
  allow role staff, manager
  require thing.state != closed else Closed{n}(thing.state)
  if title is not null {
    update thing { title: title }
  }
  if price is not null {
    update thing { price: price, count: thing.count + 1 }
  }
  return thing
}

/// Remove a thing of kind {n}.
operation remove_thing{n}(thing: Thing{n}) {
  http DELETE /things{n}/{thing}
  mcp tool
  allow role manager
  delete thing
}
"#;

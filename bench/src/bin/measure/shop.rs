//! The shop of this folder: ten branches, their products, orders and lines, on SQLite and on Postgres.
use crate::client;
use crate::server::{Maker, Server};
use crate::subject::{Asks, Database, Programs, Scenario, Subject, cluster_of, write};
use anyhow::Context;
use jsonwebtoken::{EncodingKey, Header};
use rusqlite::{Connection, params};
use serde_json::json;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};
use uuid::Uuid;

const BRANCHES: [&str; 10] =
    ["north", "south", "east", "west", "harbour", "hill", "market", "station", "river", "castle"];
const STATUSES: [&str; 4] = ["pending", "paid", "shipped", "cancelled"];
const PRODUCTS_A_BRANCH: u32 = 1_000;
const LINES_AN_ORDER: u32 = 3;
const WEEK: u64 = 7 * 24 * 60 * 60;

/// A row of each table, as SQLite and Postgres take it.
trait Rows {
    fn user(&mut self, id: Uuid, name: &str, role: &str, branch: &str) -> anyhow::Result<()>;
    fn product(&mut self, id: Uuid, sku: &str, title: &str, price: i64, branch: &str) -> anyhow::Result<()>;
    fn order(&mut self, order: &Order<'_>) -> anyhow::Result<()>;
    fn line(&mut self, id: Uuid, order: Uuid, product: Uuid, qty: i64, price: i64) -> anyhow::Result<()>;
}

struct Order<'o> {
    id: Uuid,
    customer: Uuid,
    branch: &'o str,
    status: &'o str,
    placed: i64,
}

/// The shop with so many orders in each branch.
pub fn subject(
    title: &'static str,
    programs: Programs,
    database: Database,
    folder: &Path,
    orders_a_branch: u32,
) -> anyhow::Result<Subject> {
    database.remove()?;
    if let Database::Postgres(cluster, name) = &database {
        cluster_of(cluster)?.batch_execute(&format!("CREATE DATABASE {name}"))?;
    }
    make_tables(&programs, &database)?;
    let Made { staff, products, orders } = match &database {
        Database::Sqlite(path) => {
            let mut connection = Connection::open(path)?;
            let transaction = connection.transaction()?;
            let made = fill(&mut InSqlite(&transaction), orders_a_branch)?;
            transaction.commit()?;
            connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); ANALYZE;")?;
            made
        }
        Database::Postgres(..) => {
            let mut client = postgres::Client::connect(&database.url(Maker::Quater), postgres::NoTls)?;
            let mut rows = InPostgres::default();
            let made = fill(&mut rows, orders_a_branch)?;
            rows.copy(&mut client)?;
            made
        }
    };
    let paths: Vec<String> = products.iter().map(|(id, _)| format!("/products/{id}")).collect();
    let ids: Vec<String> = products.iter().map(|(id, _)| id.to_string()).collect();
    let codes: Vec<String> = products.into_iter().map(|(_, sku)| sku).collect();
    let scenarios = vec![
        scenario(
            "point read",
            "get_product",
            Asks::Paths(write(folder, &format!("{title}-products"), &paths)?),
        ),
        scenario(
            "20 with two relations",
            "recent_orders",
            Asks::Paths(write(folder, "recent", &["/recent".to_owned()])?),
        ),
        scenario("filtered page", "list_orders", Asks::Pages("/orders?status=paid")),
        scenario("insert", "add_product", Asks::Product),
        scenario(
            "five statements",
            "place_order",
            Asks::Order(write(folder, &format!("{title}-codes"), &codes)?),
        ),
        scenario("MCP call", "get_product", Asks::Tool(write(folder, &format!("{title}-ids"), &ids)?)),
    ];
    let first = format!("GET {}", paths.first().context("products")?);
    let token = token(programs.secret, staff)?;
    let orders: Vec<String> = orders.iter().map(|id| format!("/orders/{id}")).collect();
    let by_key = Asks::Paths(write(folder, &format!("{title}-orders"), &orders)?);
    let keyed = scenario("order by key", "get_order", by_key);
    Ok(Subject { title, programs, database, token, first, scenarios, keyed })
}

fn scenario(title: &'static str, operation: &'static str, asks: Asks) -> Scenario {
    Scenario { title, operation, asks, in_rust: ["get_product", "place_order"].contains(&operation) }
}

fn make_tables(programs: &Programs, database: &Database) -> anyhow::Result<()> {
    let mut server = Server::start(programs, Maker::Quater, database)?;
    server.first_answer("GET /openapi.json", "")?;
    client::send(server.address, "GET /openapi.json", "", None)?;
    server.stop()
}

fn token(secret: &str, user: Uuid) -> anyhow::Result<String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    let claims = json!({ "sub": user, "iat": now, "exp": now + WEEK });
    Ok(jsonwebtoken::encode(&Header::default(), &claims, &EncodingKey::from_secret(secret.as_bytes()))?)
}

/// What stands in the first branch.
#[derive(Default)]
struct Made {
    /// Somebody of the staff.
    staff: Uuid,
    products: Vec<(Uuid, String)>,
    orders: Vec<Uuid>,
}

fn fill(rows: &mut impl Rows, orders_a_branch: u32) -> anyhow::Result<Made> {
    let mut first = None;
    for branch in BRANCHES {
        let (staff, customer) = (Uuid::now_v7(), Uuid::now_v7());
        rows.user(staff, "Sam", "staff", branch)?;
        rows.user(customer, "Ann", "customer", branch)?;
        let mut made = Made { staff, ..Made::default() };
        for number in 0..PRODUCTS_A_BRANCH {
            let (id, sku) = (Uuid::now_v7(), format!("ZZZ-{number:04}"));
            rows.product(id, &sku, &format!("Item {number:04} of the shelf"), price(number), branch)?;
            made.products.push((id, sku));
        }
        for (number, status) in (0..orders_a_branch).zip(STATUSES.iter().cycle()) {
            let placed = 1_760_000_000_000 + i64::from(number) * 1_000;
            let order = Order { id: Uuid::now_v7(), customer, branch, status, placed };
            rows.order(&order)?;
            made.orders.push(order.id);
            for nth in 0..LINES_AN_ORDER {
                let at = number.wrapping_mul(31).wrapping_add(nth * 7) % PRODUCTS_A_BRANCH;
                let (product, _) = made.products.get(at as usize).context("a product")?;
                rows.line(Uuid::now_v7(), order.id, *product, i64::from(nth) + 1, price(at))?;
            }
        }
        first.get_or_insert(made);
    }
    first.context("a branch")
}

/// In hundredths.
fn price(number: u32) -> i64 {
    i64::from(number % 300) * 100 + 99
}

struct InSqlite<'t>(&'t Connection);

impl InSqlite<'_> {
    fn put(&self, text: &str, values: impl rusqlite::Params) -> anyhow::Result<()> {
        self.0.prepare_cached(text)?.execute(values)?;
        Ok(())
    }
}

impl Rows for InSqlite<'_> {
    fn user(&mut self, id: Uuid, name: &str, role: &str, branch: &str) -> anyhow::Result<()> {
        let text = "INSERT INTO user (id, name, role, branch) VALUES (?, ?, ?, ?)";
        self.put(text, params![id.as_bytes().as_slice(), name, role, branch])
    }

    fn product(&mut self, id: Uuid, sku: &str, title: &str, price: i64, branch: &str) -> anyhow::Result<()> {
        let text =
            "INSERT INTO product (id, sku, title, price, stock, branch) VALUES (?, ?, ?, ?, 1000000000, ?)";
        self.put(text, params![id.as_bytes().as_slice(), sku, title, price, branch])
    }

    fn order(&mut self, order: &Order<'_>) -> anyhow::Result<()> {
        let Order { id, customer, branch, status, placed } = order;
        let text =
            "INSERT INTO \"order\" (id, customer, branch, status, total, placed) VALUES (?, ?, ?, ?, 0, ?)";
        let (id, customer) = (id.as_bytes().as_slice(), customer.as_bytes().as_slice());
        self.put(text, params![id, customer, branch, status, placed])
    }

    fn line(&mut self, id: Uuid, order: Uuid, product: Uuid, qty: i64, price: i64) -> anyhow::Result<()> {
        let text = "INSERT INTO order_line (id, \"order\", product, qty, price) VALUES (?, ?, ?, ?, ?)";
        let [id, order, product] = [id, order, product].map(Uuid::into_bytes);
        self.put(text, params![id.as_slice(), order.as_slice(), product.as_slice(), qty, price])
    }
}

/// Lines of `COPY` by table.
#[derive(Default)]
struct InPostgres {
    users: String,
    products: String,
    orders: String,
    lines: String,
}

impl Rows for InPostgres {
    fn user(&mut self, id: Uuid, name: &str, role: &str, branch: &str) -> anyhow::Result<()> {
        self.users.push_str(&format!("{id}\t{name}\t{role}\t{branch}\n"));
        Ok(())
    }

    fn product(&mut self, id: Uuid, sku: &str, title: &str, price: i64, branch: &str) -> anyhow::Result<()> {
        let price = money(price);
        self.products.push_str(&format!("{id}\t{sku}\t{title}\t{price}\t1000000000\t{branch}\n"));
        Ok(())
    }

    fn order(&mut self, order: &Order<'_>) -> anyhow::Result<()> {
        let Order { id, customer, branch, status, placed } = order;
        let placed = placed / 1000;
        let line = format!("{id}\t{customer}\t{branch}\t{status}\t0\t{placed}\n");
        self.orders.push_str(&line);
        Ok(())
    }

    fn line(&mut self, id: Uuid, order: Uuid, product: Uuid, qty: i64, price: i64) -> anyhow::Result<()> {
        self.lines.push_str(&format!("{id}\t{order}\t{product}\t{qty}\t{}\n", money(price)));
        Ok(())
    }
}

impl InPostgres {
    fn copy(self, client: &mut postgres::Client) -> anyhow::Result<()> {
        use std::io::Write;
        client.batch_execute(
            "CREATE TEMPORARY TABLE placed (id uuid, customer uuid, branch text, status text, total numeric, at bigint)",
        )?;
        for (table, text) in [
            ("\"user\" (id, name, role, branch)", self.users),
            ("product (id, sku, title, price, stock, branch)", self.products),
            ("placed", self.orders),
        ] {
            let mut writer = client.copy_in(&format!("COPY {table} FROM STDIN"))?;
            writer.write_all(text.as_bytes())?;
            writer.finish()?;
        }
        client.batch_execute(
            "INSERT INTO \"order\" (id, customer, branch, status, total, placed) \
             SELECT id, customer, branch, status, total, to_timestamp(at) FROM placed",
        )?;
        let mut writer = client.copy_in("COPY order_line (id, \"order\", product, qty, price) FROM STDIN")?;
        writer.write_all(self.lines.as_bytes())?;
        writer.finish()?;
        client.batch_execute("ANALYZE")?;
        Ok(())
    }
}

fn money(hundredths: i64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

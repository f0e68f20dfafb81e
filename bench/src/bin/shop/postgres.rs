//! The operations on Postgres: single statements pipelined on two shared connections, transactions on a pool.
use crate::cursor::Place;
use crate::handlers::{LineInput, Page};
use crate::json::{Line, Order, Product, comma};
use crate::sqlite::end;
use anyhow::Context;
use bytes::Bytes;
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Transaction};
use quater_bench::answer::string;
use quater_bench::audit::{Call, Record};
use quater_bench::caller::Role;
use quater_bench::new_product::NewProduct;
use quater_bench::problem::Problem;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, NoTls, Row, Statement};
use uuid::Uuid;

const CONNECTIONS: usize = 8;
const RECORDS: usize = 16_384;
const AUDIT: &str = "INSERT INTO _quater_audit (time, request, door, entry, operation, actor, arguments, result, took) \
    SELECT to_timestamp(t / 1000.0), r, 'http', 'remote', o, a, g, e, k \
    FROM unnest($1::bigint[], $2::uuid[], $3::text[], $4::text[], $5::bytea[], $6::text[], $7::bigint[]) \
    AS x(t, r, o, a, g, e, k)";
const CALLER: &str = "SELECT role, branch FROM \"user\" WHERE id = $1";
const PRODUCT: &str =
    "SELECT id, sku, title, (price * 100)::bigint, stock FROM product WHERE id = $1 AND branch = $2";
const ORDERS: &str = "SELECT o.id, o.status, (o.total * 100)::bigint, (extract(epoch FROM o.placed) * 1000)::bigint, u.name \
    FROM \"order\" o JOIN \"user\" u ON u.id = o.customer AND u.branch = $1 \
    WHERE o.branch = $1 AND ($2 OR o.customer = $3) ORDER BY o.placed DESC, o.id LIMIT 20";
const LINES: &str = "SELECT l.\"order\", l.qty, (l.price * 100)::bigint, p.sku, p.title, p.branch = $2 \
    FROM order_line l JOIN product p ON p.id = l.product \
    WHERE l.\"order\" = ANY($1) ORDER BY l.\"order\", l.id";
const SHOWN: &str = "id, status, (total * 100)::bigint, (extract(epoch FROM placed) * 1000)::bigint";

pub struct Store {
    shared: Vec<Shared>,
    next: AtomicUsize,
    pool: Pool,
    records: mpsc::Sender<Record>,
}

/// A connection that many requests use at once.
struct Shared {
    client: Client,
    caller: Statement,
    product: Statement,
    orders: Statement,
    lines: Statement,
    /// By whether there is a status, and whether there is a cursor.
    pages: [[Statement; 2]; 2],
}

struct Caller {
    id: Uuid,
    role: Role,
    branch: String,
}

impl Store {
    pub async fn open(url: &str) -> anyhow::Result<(Self, JoinHandle<anyhow::Result<()>>)> {
        let config: Config = url.parse().context("the address of the database")?;
        let mut shared = Vec::new();
        for _ in 0..2 {
            shared.push(Shared::open(&config).await?);
        }
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(config.clone(), NoTls, recycling);
        let pool = Pool::builder(manager).max_size(CONNECTIONS).build()?;
        let (records, mut waiting) = mpsc::channel::<Record>(RECORDS);
        let client = connect(&config).await?;
        let recorder = tokio::spawn(async move {
            let audit = client.prepare(AUDIT).await?;
            let mut group = Vec::new();
            while waiting.recv_many(&mut group, RECORDS).await > 0 {
                execute(&client, &audit, &group).await?;
                group.clear();
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Ok(())
        });
        Ok((Self { shared, next: AtomicUsize::new(0), pool, records }, recorder))
    }

    fn shared(&self) -> Result<&Shared, Problem> {
        let at = self.next.fetch_add(1, Ordering::Relaxed) % self.shared.len();
        self.shared.get(at).ok_or(Problem::Unavailable)
    }

    async fn note(
        &self,
        call: Call,
        actor: Option<Uuid>,
        arguments: &[u8],
        outcome: &Result<Vec<u8>, Problem>,
    ) {
        let result = outcome.as_ref().map_or_else(Problem::code, |_| "ok");
        if self.records.send(call.end(actor, arguments, result)).await.is_err() {
            eprintln!("a record is lost: the recorder has ended");
        }
    }

    pub async fn product(&self, call: Call, subject: Uuid, id: Uuid) -> Result<Vec<u8>, Problem> {
        let outcome = async {
            let shared = self.shared()?;
            let caller = shared.caller(subject).await?;
            let row = shared.client.query_opt(&shared.product, &[&id, &caller.branch]).await?;
            let row = row.ok_or(Problem::NotFound)?;
            let mut body = Vec::with_capacity(192);
            product(&row)?.write(&mut body);
            Ok(body)
        }
        .await;
        self.note(call, Some(subject), id.as_bytes(), &outcome).await;
        outcome
    }

    pub async fn recent(&self, call: Call, subject: Uuid) -> Result<Vec<u8>, Problem> {
        let outcome = async {
            let shared = self.shared()?;
            let caller = shared.caller(subject).await?;
            let orders =
                shared.client.query(&shared.orders, &[&caller.branch, &caller.all(), &caller.id]).await?;
            let ids = orders.iter().map(|row| row.try_get(0)).collect::<Result<Vec<Uuid>, _>>()?;
            let lines = shared.client.query(&shared.lines, &[&ids, &caller.branch]).await?;
            nested(&orders, &lines)
        }
        .await;
        self.note(call, Some(subject), b"", &outcome).await;
        outcome
    }

    pub async fn page(
        &self,
        call: Call,
        subject: Uuid,
        page: &Page,
        seal: impl Fn(Place) -> String,
    ) -> Result<Vec<u8>, Problem> {
        let outcome = async {
            let shared = self.shared()?;
            let caller = shared.caller(subject).await?;
            let (all, limit) = (caller.all(), i64::from(page.limit) + 1);
            let (placed, id) = page.after.map(|it| (it.placed as f64, it.id)).unzip();
            let mut values: Vec<&(dyn ToSql + Sync)> = vec![&caller.branch, &all, &caller.id, &limit];
            if let Some(status) = &page.status {
                values.push(status);
            }
            if let (Some(placed), Some(id)) = (&placed, &id) {
                values.extend([placed as &(dyn ToSql + Sync), id]);
            }
            let [plain, filtered] = &shared.pages;
            let [first, later] = if page.status.is_some() { filtered } else { plain };
            let statement = if page.after.is_some() { later } else { first };
            let rows = shared.client.query(statement, &values).await?;
            let mut body = Vec::with_capacity(4096);
            body.extend_from_slice(b"{\"items\":[");
            let mut last = None;
            for row in rows.iter().take(page.limit as usize) {
                comma(&mut body);
                let order = order(row)?;
                last = Some(Place { placed: order.placed, id: order.id });
                order.write(&mut body);
            }
            end(&mut body, last.filter(|_| rows.len() > page.limit as usize), seal);
            Ok(body)
        }
        .await;
        self.note(call, Some(subject), page.status.as_deref().unwrap_or("").as_bytes(), &outcome).await;
        outcome
    }

    pub async fn add(
        &self,
        call: Call,
        subject: Uuid,
        new: NewProduct,
        sent: Bytes,
    ) -> Result<Vec<u8>, Problem> {
        let outcome = self.transaction(call, subject, &sent, async |transaction, caller| {
            if caller.role == Role::Customer {
                return Err(Problem::Forbidden);
            }
            let statement = transaction.prepare_cached(
                "INSERT INTO product (id, sku, title, price, stock, branch) VALUES ($1, $2, $3, $4::bigint / 100.0, $5, $6) \
                 RETURNING id, sku, title, (price * 100)::bigint, stock",
            );
            let NewProduct { sku, title, price, stock } = &new;
            let values: [&(dyn ToSql + Sync); 6] = [&Uuid::now_v7(), sku, title, price, stock, &caller.branch];
            let row = transaction.query_one(&statement.await?, &values).await.map_err(|error| {
                if error.code() == Some(&SqlState::UNIQUE_VIOLATION) { Problem::SkuTaken } else { error.into() }
            })?;
            let mut body = Vec::with_capacity(192);
            product(&row)?.write(&mut body);
            Ok(body)
        });
        let outcome = outcome.await;
        if outcome.is_err() {
            self.note(call, Some(subject), &sent, &outcome).await;
        }
        outcome
    }

    pub async fn place(
        &self,
        call: Call,
        subject: Uuid,
        lines: Vec<LineInput>,
        sent: Bytes,
    ) -> Result<Vec<u8>, Problem> {
        let outcome = self.transaction(call, subject, &sent, async |transaction, caller| {
            place(transaction, caller, &lines).await
        });
        let outcome = outcome.await;
        if outcome.is_err() {
            self.note(call, Some(subject), &sent, &outcome).await;
        }
        outcome
    }

    /// Does some work and leaves its record, in one commit.
    async fn transaction(
        &self,
        call: Call,
        subject: Uuid,
        sent: &[u8],
        work: impl AsyncFnOnce(&Transaction<'_>, &Caller) -> Result<Vec<u8>, Problem>,
    ) -> Result<Vec<u8>, Problem> {
        let caller = self.shared()?.caller(subject).await?;
        let mut client = self.pool.get().await.map_err(|error| Problem::Internal(error.into()))?;
        let transaction = client.transaction().await?;
        let body = work(&transaction, &caller).await?;
        let audit = transaction.prepare_cached(AUDIT).await?;
        execute(&*transaction, &audit, &[call.end(Some(subject), sent, "ok")]).await?;
        transaction.commit().await?;
        Ok(body)
    }
}

impl Shared {
    async fn open(config: &Config) -> anyhow::Result<Self> {
        let client = connect(config).await?;
        let page = async |status: &str, after: &str| {
            let text = format!(
                "SELECT {SHOWN} FROM \"order\" WHERE branch = $1 AND ($2 OR customer = $3){status}{after} \
                 ORDER BY placed DESC, id LIMIT $4"
            );
            client.prepare(&text).await
        };
        let after = |placed: usize| {
            let (placed, id) = (format!("to_timestamp(${placed}::float8 / 1000)"), placed + 1);
            format!(" AND placed <= {placed} AND (placed < {placed} OR id > ${id})")
        };
        let status = " AND status = $5";
        let pages = [
            [page("", "").await?, page("", &after(5)).await?],
            [page(status, "").await?, page(status, &after(6)).await?],
        ];
        Ok(Self {
            caller: client.prepare(CALLER).await?,
            product: client.prepare(PRODUCT).await?,
            orders: client.prepare(ORDERS).await?,
            lines: client.prepare(LINES).await?,
            pages,
            client,
        })
    }

    async fn caller(&self, id: Uuid) -> Result<Caller, Problem> {
        let row = self.client.query_opt(&self.caller, &[&id]).await?.ok_or(Problem::Unauthorized)?;
        Ok(Caller { id, role: Role::from(row.try_get::<_, &str>(0)?), branch: row.try_get(1)? })
    }
}

impl Caller {
    fn all(&self) -> bool {
        self.role == Role::Staff
    }
}

async fn connect(config: &Config) -> anyhow::Result<Client> {
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            eprintln!("a connection ended: {error}");
        }
    });
    Ok(client)
}

async fn execute<C>(client: &C, audit: &Statement, records: &[Record]) -> Result<(), tokio_postgres::Error>
where
    C: tokio_postgres::GenericClient,
{
    let time: Vec<i64> = records.iter().map(|it| it.time).collect();
    let request: Vec<Uuid> = records.iter().map(|it| it.request).collect();
    let operation: Vec<&str> = records.iter().map(|it| it.operation).collect();
    let actor: Vec<Option<String>> = records.iter().map(|it| it.actor.map(|id| id.to_string())).collect();
    let arguments: Vec<&[u8]> = records.iter().map(|it| it.arguments.as_slice()).collect();
    let result: Vec<&str> = records.iter().map(|it| it.result).collect();
    let took: Vec<i64> = records.iter().map(|it| it.took).collect();
    client.execute(audit, &[&time, &request, &operation, &actor, &arguments, &result, &took]).await.map(drop)
}

fn product(row: &Row) -> Result<Product<'_>, tokio_postgres::Error> {
    Ok(Product {
        id: row.try_get(0)?,
        sku: row.try_get(1)?,
        title: row.try_get(2)?,
        price: row.try_get(3)?,
        stock: row.try_get(4)?,
    })
}

fn order(row: &Row) -> Result<Order<'_>, tokio_postgres::Error> {
    Ok(Order {
        id: row.try_get(0)?,
        status: row.try_get(1)?,
        total: row.try_get(2)?,
        placed: row.try_get(3)?,
    })
}

fn nested(orders: &[Row], lines: &[Row]) -> Result<Vec<u8>, Problem> {
    let mut by_order = std::collections::HashMap::<Uuid, Vec<&Row>>::new();
    for line in lines {
        // Where a condition of the join asks for the branch, Postgres reads all products of it.
        if line.try_get(5)? {
            by_order.entry(line.try_get(0)?).or_default().push(line);
        }
    }
    let mut body = Vec::with_capacity(8192);
    body.push(b'[');
    for row in orders {
        comma(&mut body);
        let order = order(row)?;
        order.open(&mut body);
        body.extend_from_slice(b",\"customer\":{\"name\":");
        string(row.try_get(4)?, &mut body);
        body.extend_from_slice(b"},\"lines\":[");
        for line in by_order.get(&order.id).into_iter().flatten().take(50) {
            comma(&mut body);
            let (qty, price) = (line.try_get(1)?, line.try_get(2)?);
            Line { qty, price, sku: line.try_get(3)?, title: line.try_get(4)? }.write(&mut body);
        }
        body.extend_from_slice(b"]}");
    }
    body.push(b']');
    Ok(body)
}

/// With one line five statements.
async fn place(
    transaction: &Transaction<'_>,
    caller: &Caller,
    lines: &[LineInput],
) -> Result<Vec<u8>, Problem> {
    let order = Uuid::now_v7();
    let placed = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis() as i64);
    let made = "INSERT INTO \"order\" (id, customer, branch, status, total, placed) \
         VALUES ($1, $2, $3, 'pending', 0, to_timestamp($4::float8 / 1000))";
    let made = transaction.prepare_cached(made).await?;
    transaction.execute(&made, &[&order, &caller.id, &caller.branch, &(placed as f64)]).await?;
    let found =
        "SELECT id, (price * 100)::bigint, stock FROM product WHERE branch = $1 AND sku = $2 FOR UPDATE";
    let found = transaction.prepare_cached(found).await?;
    let stocked = transaction.prepare_cached("UPDATE product SET stock = $1 WHERE id = $2").await?;
    let put = "INSERT INTO order_line (id, \"order\", product, qty, price) VALUES ($1, $2, $3, $4, $5::bigint / 100.0)";
    let put = transaction.prepare_cached(put).await?;
    let summed = "UPDATE \"order\" SET total = $1::bigint / 100.0 WHERE id = $2";
    let summed = transaction.prepare_cached(summed).await?;
    let mut total = 0;
    for line in lines {
        let row =
            transaction.query_opt(&found, &[&caller.branch, &line.sku]).await?.ok_or(Problem::OutOfStock)?;
        let (product, price, stock) =
            (row.try_get::<_, Uuid>(0)?, row.try_get::<_, i64>(1)?, row.try_get::<_, i64>(2)?);
        if stock < line.qty {
            return Err(Problem::OutOfStock);
        }
        total += line.qty * price;
        // Nothing is read of these three, so that they travel together.
        let left = stock - line.qty;
        let id = Uuid::now_v7();
        let stocked_values: [&(dyn ToSql + Sync); 2] = [&left, &product];
        let put_values: [&(dyn ToSql + Sync); 5] = [&id, &order, &product, &line.qty, &price];
        let summed_values: [&(dyn ToSql + Sync); 2] = [&total, &order];
        tokio::try_join!(
            transaction.execute(&stocked, &stocked_values),
            transaction.execute(&put, &put_values),
            transaction.execute(&summed, &summed_values),
        )?;
    }
    let mut body = Vec::with_capacity(192);
    Order { id: order, status: "pending", total, placed }.write(&mut body);
    Ok(body)
}

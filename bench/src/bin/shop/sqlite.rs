//! The operations on SQLite: reads on the threads that serve, writes on one thread that groups commits.
use crate::cursor::Place;
use crate::handlers::{LineInput, Page};
use crate::json::{Line, Order, Product, comma};
use bytes::Bytes;
use quater_bench::answer::string;
use quater_bench::audit::Call;
use quater_bench::caller::Role;
use quater_bench::new_product::NewProduct;
use quater_bench::problem::Problem;
use quater_bench::reader::read;
use quater_bench::writer::Writer;
use rusqlite::{Connection, OptionalExtension, Row, params};
use std::path::PathBuf;
use std::thread::JoinHandle;
use std::time::{SystemTime, UNIX_EPOCH};
use uuid::Uuid;

pub struct Store {
    database: PathBuf,
    writer: Writer,
}

struct Caller {
    id: Uuid,
    role: Role,
    branch: String,
}

impl Store {
    pub fn open(database: PathBuf) -> anyhow::Result<(Self, JoinHandle<anyhow::Result<()>>)> {
        let (writer, thread) = Writer::start(&database)?;
        Ok((Self { database, writer }, thread))
    }

    pub async fn product(&self, call: Call, subject: Uuid, id: Uuid) -> Result<Vec<u8>, Problem> {
        self.answer(call, subject, id.as_bytes(), |connection, caller| {
            let mut statement = connection.prepare_cached(
                "SELECT id, sku, title, price, stock FROM product WHERE id = ? AND branch = ?",
            )?;
            let found = statement.query_row(params![id.as_bytes().as_slice(), caller.branch], |row| {
                let mut body = Vec::with_capacity(192);
                product(row)?.write(&mut body);
                Ok(body)
            });
            found.optional()?.ok_or(Problem::NotFound)
        })
        .await
    }

    pub async fn recent(&self, call: Call, subject: Uuid) -> Result<Vec<u8>, Problem> {
        self.answer(call, subject, b"", |connection, caller| {
            let mut orders = connection.prepare_cached(
                "SELECT o.id, o.status, o.total, o.placed, u.name FROM \"order\" o JOIN user u ON u.id = o.customer \
                 AND u.branch = ?1 WHERE o.branch = ?1 AND (?2 OR o.customer = ?3) ORDER BY o.placed DESC, o.id LIMIT 20",
            )?;
            let mut lines = connection.prepare_cached(
                "SELECT l.qty, l.price, p.sku, p.title FROM order_line l JOIN product p ON p.id = l.product \
                 AND p.branch = ?2 WHERE l.\"order\" = ?1 ORDER BY l.id LIMIT 50",
            )?;
            let mut rows = orders.query(caller.sees())?;
            let mut body = Vec::with_capacity(8192);
            body.push(b'[');
            while let Some(row) = rows.next()? {
                comma(&mut body);
                order(row)?.open(&mut body);
                body.extend_from_slice(b",\"customer\":{\"name\":");
                string(row.get_ref(4)?.as_str().map_err(rusqlite::Error::from)?, &mut body);
                body.extend_from_slice(b"},\"lines\":[");
                let id = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
                let mut found = lines.query(params![id, caller.branch])?;
                while let Some(row) = found.next()? {
                    comma(&mut body);
                    line(row)?.write(&mut body);
                }
                body.extend_from_slice(b"]}");
            }
            body.push(b']');
            Ok(body)
        })
        .await
    }

    pub async fn page(
        &self,
        call: Call,
        subject: Uuid,
        page: &Page,
        seal: impl Fn(Place) -> String,
    ) -> Result<Vec<u8>, Problem> {
        self.answer(call, subject, page.status.as_deref().unwrap_or("").as_bytes(), |connection, caller| {
            let mut statement = connection.prepare_cached(match (&page.status, page.after) {
                (Some(_), Some(_)) => {
                    "SELECT id, status, total, placed FROM \"order\" WHERE branch = ?1 AND (?2 OR customer = ?3) \
                     AND status = ?4 AND placed <= ?5 AND (placed < ?5 OR id > ?6) ORDER BY placed DESC, id LIMIT ?7"
                }
                (Some(_), None) => {
                    "SELECT id, status, total, placed FROM \"order\" WHERE branch = ?1 AND (?2 OR customer = ?3) \
                     AND status = ?4 AND ?5 IS NULL AND ?6 IS NULL ORDER BY placed DESC, id LIMIT ?7"
                }
                (None, Some(_)) => {
                    "SELECT id, status, total, placed FROM \"order\" WHERE branch = ?1 AND (?2 OR customer = ?3) \
                     AND ?4 IS NULL AND placed <= ?5 AND (placed < ?5 OR id > ?6) ORDER BY placed DESC, id LIMIT ?7"
                }
                (None, None) => {
                    "SELECT id, status, total, placed FROM \"order\" WHERE branch = ?1 AND (?2 OR customer = ?3) \
                     AND ?4 IS NULL AND ?5 IS NULL AND ?6 IS NULL ORDER BY placed DESC, id LIMIT ?7"
                }
            })?;
            let (branch, all, id) = caller.sees();
            let (placed, after) = page.after.map(|it| (it.placed, it.id.into_bytes())).unzip();
            let after = after.as_ref().map(|it| it.as_slice());
            let mut rows = statement.query(params![branch, all, id, page.status, placed, after, page.limit + 1])?;
            let mut body = Vec::with_capacity(4096);
            body.extend_from_slice(b"{\"items\":[");
            let (mut count, mut last) = (0, None);
            while let Some(row) = rows.next()? {
                count += 1;
                if count > page.limit {
                    break;
                }
                comma(&mut body);
                let order = order(row)?;
                last = Some(Place { placed: order.placed, id: order.id });
                order.write(&mut body);
            }
            end(&mut body, last.filter(|_| count > page.limit), seal);
            Ok(body)
        })
        .await
    }

    pub async fn add(
        &self,
        call: Call,
        subject: Uuid,
        new: NewProduct,
        sent: Bytes,
    ) -> Result<Vec<u8>, Problem> {
        let caller = self.caller(call, subject, &sent).await?;
        if caller.role == Role::Customer {
            self.writer.note(call.end(Some(caller.id), &sent, Problem::Forbidden.code())).await;
            return Err(Problem::Forbidden);
        }
        let work = Box::new(move |connection: &Connection| insert(connection, &caller, &new));
        self.writer.write(call, subject, sent.to_vec(), work).await
    }

    pub async fn place(
        &self,
        call: Call,
        subject: Uuid,
        lines: Vec<LineInput>,
        sent: Bytes,
    ) -> Result<Vec<u8>, Problem> {
        let caller = self.caller(call, subject, &sent).await?;
        let work = Box::new(move |connection: &Connection| place(connection, &caller, &lines));
        self.writer.write(call, subject, sent.to_vec(), work).await
    }

    async fn caller(&self, call: Call, subject: Uuid, sent: &[u8]) -> Result<Caller, Problem> {
        let found = read(&self.database, |connection| find(connection, subject));
        if let Err(problem) = &found {
            self.writer.note(call.end(None, sent, problem.code())).await;
        }
        found
    }

    /// A read for a caller who is signed in, and its record.
    async fn answer(
        &self,
        call: Call,
        subject: Uuid,
        arguments: &[u8],
        work: impl FnOnce(&Connection, &Caller) -> Result<Vec<u8>, Problem>,
    ) -> Result<Vec<u8>, Problem> {
        let outcome = read(&self.database, |connection| work(connection, &find(connection, subject)?));
        let result = outcome.as_ref().map_or_else(Problem::code, |_| "ok");
        self.writer.note(call.end(Some(subject), arguments, result)).await;
        outcome
    }
}

impl Caller {
    /// The branch, whether all of its orders are seen, and whose otherwise.
    fn sees(&self) -> (&str, bool, &[u8]) {
        (&self.branch, self.role == Role::Staff, self.id.as_bytes())
    }
}

/// The end of a page.
pub fn end(body: &mut Vec<u8>, next: Option<Place>, seal: impl Fn(Place) -> String) {
    body.extend_from_slice(b"],\"next\":");
    match next {
        Some(place) => string(&seal(place), body),
        None => body.extend_from_slice(b"null"),
    }
    body.push(b'}');
}

fn find(connection: &Connection, id: Uuid) -> Result<Caller, Problem> {
    let mut statement = connection.prepare_cached("SELECT role, branch FROM user WHERE id = ?")?;
    let row = statement.query_row([id.as_bytes().as_slice()], |row| {
        Ok(Caller { id, role: Role::from(row.get_ref(0)?.as_str()?), branch: row.get(1)? })
    });
    row.optional()?.ok_or(Problem::Unauthorized)
}

fn uuid(row: &Row<'_>, at: usize) -> rusqlite::Result<Uuid> {
    Ok(Uuid::from_slice(row.get_ref(at)?.as_blob()?).unwrap_or_default())
}

fn product<'r>(row: &'r Row<'_>) -> rusqlite::Result<Product<'r>> {
    let text = |at| Ok::<_, rusqlite::Error>(row.get_ref(at)?.as_str()?);
    Ok(Product { id: uuid(row, 0)?, sku: text(1)?, title: text(2)?, price: row.get(3)?, stock: row.get(4)? })
}

fn order<'r>(row: &'r Row<'_>) -> rusqlite::Result<Order<'r>> {
    Ok(Order {
        id: uuid(row, 0)?,
        status: row.get_ref(1)?.as_str()?,
        total: row.get(2)?,
        placed: row.get(3)?,
    })
}

fn line<'r>(row: &'r Row<'_>) -> rusqlite::Result<Line<'r>> {
    Ok(Line {
        qty: row.get(0)?,
        price: row.get(1)?,
        sku: row.get_ref(2)?.as_str()?,
        title: row.get_ref(3)?.as_str()?,
    })
}

fn insert(connection: &Connection, caller: &Caller, new: &NewProduct) -> Result<Vec<u8>, Problem> {
    let mut statement = connection.prepare_cached(
        "INSERT INTO product (id, sku, title, price, stock, branch) VALUES (?, ?, ?, ?, ?, ?) \
         RETURNING id, sku, title, price, stock",
    )?;
    let id = Uuid::now_v7();
    let NewProduct { sku, title, price, stock } = new;
    let values = params![id.as_bytes().as_slice(), sku, title, price, stock, caller.branch];
    let made = statement.query_row(values, |row| {
        let mut body = Vec::with_capacity(192);
        product(row)?.write(&mut body);
        Ok(body)
    });
    made.map_err(|error| match error.sqlite_error() {
        Some(broken) if broken.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE => Problem::SkuTaken,
        _ => error.into(),
    })
}

/// With one line five statements.
fn place(connection: &Connection, caller: &Caller, lines: &[LineInput]) -> Result<Vec<u8>, Problem> {
    let order = Uuid::now_v7();
    let placed = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_millis() as i64);
    let key = order.as_bytes().as_slice();
    connection
        .prepare_cached("INSERT INTO \"order\" (id, customer, branch, status, total, placed) VALUES (?, ?, ?, 'pending', 0, ?)")?
        .execute(params![key, caller.id.as_bytes().as_slice(), caller.branch, placed])?;
    let mut total = 0;
    for line in lines {
        let found = connection
            .prepare_cached("SELECT id, price, stock FROM product WHERE branch = ? AND sku = ?")?
            .query_row(params![caller.branch, line.sku], |row| {
                Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
            })
            .optional()?;
        let (product, price, stock) = found.ok_or(Problem::OutOfStock)?;
        if stock < line.qty {
            return Err(Problem::OutOfStock);
        }
        connection
            .prepare_cached("UPDATE product SET stock = ? WHERE id = ?")?
            .execute(params![stock - line.qty, product])?;
        connection
            .prepare_cached(
                "INSERT INTO order_line (id, \"order\", product, qty, price) VALUES (?, ?, ?, ?, ?)",
            )?
            .execute(params![Uuid::now_v7().as_bytes().as_slice(), key, product, line.qty, price])?;
        total += line.qty * price;
        connection
            .prepare_cached("UPDATE \"order\" SET total = ? WHERE id = ?")?
            .execute(params![total, key])?;
    }
    let mut body = Vec::with_capacity(192);
    Order { id: order, status: "pending", total, placed }.write(&mut body);
    Ok(body)
}

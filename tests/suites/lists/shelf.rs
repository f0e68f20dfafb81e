//! A library in memory, and what is asked of it.
use super::gives;
use quater_runtime::Service;
use serde_json::{Value as Json, json};
use std::cmp::Ordering;

/// Orders that callers may choose; the first is that of who does not.
pub(crate) const ORDERS: [&str; 18] = [
    "added_desc",
    "added",
    "title",
    "title_desc",
    "price",
    "price_desc",
    "kind",
    "kind_desc",
    "weight",
    "weight_desc",
    "out_desc",
    "out",
    "writer_name",
    "writer_name_desc",
    "lent",
    "lent_desc",
    "pages",
    "pages_desc",
];

pub(crate) const KINDS: [&str; 3] = ["poem", "novel", "atlas"];
const TITLES: [&str; 7] =
    ["The Sea", "the sea", "Ödland", "ödland der see", "Sea of\u{a0}Trees", "100%_\\'\"", "Ἀνάβασις"];
const DAYS: [&str; 4] = ["1999-12-31", "2000-01-01", "2024-02-29", "2026-01-01"];

/// Xorshift: every run makes the same.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % limit
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }

    fn maybe<T>(&mut self, value: T) -> Option<T> {
        (self.below(4) > 0).then_some(value)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Book {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) kind: &'static str,
    pub(crate) writer: Option<usize>,
    /// In cents.
    pub(crate) price: Option<i64>,
    pub(crate) pages: i64,
    pub(crate) weight: f64,
    pub(crate) out: Option<&'static str>,
    pub(crate) lent: Option<bool>,
    added: String,
}

pub(crate) struct Library {
    /// Each with whether nobody may see them.
    pub(crate) writers: Vec<(String, bool)>,
    pub(crate) books: Vec<Book>,
}

pub(crate) fn money(cents: i64) -> String {
    format!("{}{}.{:02}", if cents < 0 { "-" } else { "" }, cents.abs() / 100, cents.abs() % 100)
}

impl Library {
    /// Puts writers and books into a service.
    pub(crate) async fn filled(service: &Service, books: usize) -> Self {
        let mut random = Random(0x9E37_79B9_7F4A_7C15);
        let writers =
            [("Ada Öst", false), ("Bo", true), ("ada öst", false), ("Zoë Sea", false), ("Eve", true)];
        let writers: Vec<_> = writers.iter().map(|(name, shy)| ((*name).to_owned(), *shy)).collect();
        let mut keys = Vec::new();
        for (name, shy) in &writers {
            let made = gives(service, "add_writer", json!({ "name": name, "shy": shy })).await;
            keys.push(made["id"].clone());
        }
        let mut library = Self { writers, books: Vec::new() };
        for at in 0..books {
            let mut book = library.book(at, &mut random);
            let made = gives(
                service,
                "add_book",
                json!({ "book": {
                "title": book.title,
                "kind": book.kind,
                "writer": book.writer.map(|at| keys[at].clone()),
                "price": book.price.map(money),
                "pages": book.pages,
                "weight": book.weight,
                "out": book.out,
                "lent": book.lent,
                "added": book.added,
            } }),
            );
            book.id = made.await["id"].as_str().unwrap().to_owned();
            library.books.push(book);
        }
        // Keys that are made in one millisecond are in no order.
        library.books.sort_by(|a, b| a.id.cmp(&b.id));
        library
    }

    fn book(&self, at: usize, random: &mut Random) -> Book {
        let (writer, cents) = (random.below(self.writers.len()), random.below(12) as i64 * 99 - 200);
        let title = random.one(&TITLES);
        Book {
            id: String::new(),
            title: if random.below(3) == 0 { format!("{title} {}", at % 5) } else { title.to_owned() },
            kind: random.one(&KINDS),
            writer: random.maybe(writer),
            price: random.maybe(cents),
            pages: random.below(9) as i64 * 50 - 50,
            weight: random.below(7) as f64 / 3.0 - 1.0,
            out: {
                let day = random.one(&DAYS);
                random.maybe(day)
            },
            lent: random.one(&[None, Some(true), Some(false)]),
            added: format!("2026-01-{:02}T00:00:00.{:03}Z", 1 + random.below(9), random.below(2)),
        }
    }

    /// The name of a book's writer, where they may be seen.
    pub(crate) fn writer(&self, book: &Book) -> Option<&str> {
        let (name, shy) = &self.writers[book.writer?];
        (!shy).then_some(name.as_str())
    }

    fn order(&self, by: &str, a: &Book, b: &Book) -> Ordering {
        let (by, turned) = by.strip_suffix("_desc").map_or((by, false), |by| (by, true));
        let kind = |book: &Book| KINDS.iter().position(|kind| *kind == book.kind);
        let order = match by {
            "added" => a.added.cmp(&b.added),
            "title" => a.title.cmp(&b.title),
            "price" => a.price.cmp(&b.price),
            "kind" => kind(a).cmp(&kind(b)),
            "weight" => a.weight.total_cmp(&b.weight),
            "out" => a.out.cmp(&b.out),
            "writer_name" => self.writer(a).cmp(&self.writer(b)),
            "lent" => a.lent.cmp(&b.lent),
            "pages" => a.pages.cmp(&b.pages),
            other => panic!("no order {other}"),
        };
        if turned { order.reverse() } else { order }
    }

    /// All books in an order, ties by the key.
    pub(crate) fn sorted(&self, by: &[&str]) -> Vec<&Book> {
        let mut books: Vec<&Book> = self.books.iter().collect();
        books.sort_by(|a, b| {
            let orders = by.iter().map(|by| self.order(by, a, b));
            orders.fold(Ordering::Equal, Ordering::then).then_with(|| a.id.cmp(&b.id))
        });
        books
    }

    /// A random question.
    pub(crate) fn asked(&self, random: &mut Random) -> (Json, &'static str) {
        let mut asked = json!({});
        let mut put = |random: &mut Random, name: &str, value: Json| {
            if random.below(4) == 0 {
                asked[name] = value;
            }
        };
        let (kind, day, order) = (random.one(&KINDS), random.one(&DAYS), random.one(&ORDERS));
        put(random, "kind", kind.into());
        let pages = random.below(300);
        put(random, "pages_from", pages.into());
        put(random, "pages_to", (pages + 100).into());
        put(random, "lent", pages.is_multiple_of(2).into());
        let writer = self.writers[pages % self.writers.len()].0.clone();
        put(random, "writer", writer.into());
        put(random, "out_from", day.into());
        let words = ["sea", "SEA  the", " ÖDLAND", "öst", "%", "_\\", "zoë ö", "ἀΝΆ", "trees sea"];
        let words = random.one(&words);
        put(random, "search", words.into());
        put(random, "sort", order.into());
        let order = if asked["sort"].is_null() { ORDERS[0] } else { order };
        (asked, order)
    }

    /// Whether a book is one of those asked for.
    pub(crate) fn fits(&self, book: &Book, asked: &Json) -> bool {
        let given = |name: &str| Some(&asked[name]).filter(|it| !it.is_null());
        let text = |name: &str| given(name).map(|it| it.as_str().unwrap());
        let cents = |text: &str| text.replace('.', "").parse::<i64>().unwrap();
        let texts = [Some(book.title.as_str()), self.writer(book)];
        let texts: Vec<String> = texts.iter().flatten().map(|it| it.to_lowercase()).collect();
        let found = |word: &str| texts.iter().any(|text| text.contains(word));
        text("kind").is_none_or(|kind| book.kind == kind)
            && given("kinds").is_none_or(|kinds| kinds.as_array().unwrap().contains(&book.kind.into()))
            && given("pages_from").is_none_or(|from| book.pages >= from.as_i64().unwrap())
            && given("pages_to").is_none_or(|to| book.pages <= to.as_i64().unwrap())
            && given("lent").is_none_or(|lent| book.lent == lent.as_bool())
            && text("writer").is_none_or(|name| self.writer(book) == Some(name))
            && text("out_from").is_none_or(|from| book.out.is_some_and(|day| day >= from))
            && text("price_from").is_none_or(|from| book.price.is_some_and(|price| price >= cents(from)))
            && text("search").is_none_or(|words| words.to_lowercase().split_whitespace().all(found))
    }
}

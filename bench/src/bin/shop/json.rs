//! Rows as JSON.
use quater_bench::answer::string;
use uuid::Uuid;

pub struct Product<'r> {
    pub id: Uuid,
    pub sku: &'r str,
    pub title: &'r str,
    /// In hundredths.
    pub price: i64,
    pub stock: i64,
}

pub struct Order<'r> {
    pub id: Uuid,
    pub status: &'r str,
    /// In hundredths.
    pub total: i64,
    /// In milliseconds.
    pub placed: i64,
}

pub struct Line<'r> {
    pub qty: i64,
    /// In hundredths.
    pub price: i64,
    pub sku: &'r str,
    pub title: &'r str,
}

impl Product<'_> {
    pub fn write(&self, body: &mut Vec<u8>) {
        body.extend_from_slice(b"{\"id\":");
        uuid(self.id, body);
        body.extend_from_slice(b",\"sku\":");
        string(self.sku, body);
        body.extend_from_slice(b",\"title\":");
        string(self.title, body);
        body.extend_from_slice(b",\"price\":");
        money(self.price, body);
        body.extend_from_slice(b",\"stock\":");
        int(self.stock, body);
        body.push(b'}');
    }
}

impl Order<'_> {
    /// All but the closing brace.
    pub fn open(&self, body: &mut Vec<u8>) {
        body.extend_from_slice(b"{\"id\":");
        uuid(self.id, body);
        body.extend_from_slice(b",\"status\":");
        string(self.status, body);
        body.extend_from_slice(b",\"total\":");
        money(self.total, body);
        body.extend_from_slice(b",\"placed\":");
        instant(self.placed, body);
    }

    pub fn write(&self, body: &mut Vec<u8>) {
        self.open(body);
        body.push(b'}');
    }
}

impl Line<'_> {
    pub fn write(&self, body: &mut Vec<u8>) {
        body.extend_from_slice(b"{\"qty\":");
        int(self.qty, body);
        body.extend_from_slice(b",\"price\":");
        money(self.price, body);
        body.extend_from_slice(b",\"product\":{\"sku\":");
        string(self.sku, body);
        body.extend_from_slice(b",\"title\":");
        string(self.title, body);
        body.extend_from_slice(b"}}");
    }
}

/// A comma where something stands already.
pub fn comma(body: &mut Vec<u8>) {
    if body.last() != Some(&b'[') {
        body.push(b',');
    }
}

fn uuid(id: Uuid, body: &mut Vec<u8>) {
    let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
    body.push(b'"');
    body.extend_from_slice(id.hyphenated().encode_lower(&mut text).as_bytes());
    body.push(b'"');
}

fn int(value: i64, body: &mut Vec<u8>) {
    body.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

fn money(value: i64, body: &mut Vec<u8>) {
    body.push(b'"');
    int(value / 100, body);
    let rest = (value % 100) as u8;
    body.extend_from_slice(&[b'.', b'0' + rest / 10, b'0' + rest % 10, b'"']);
}

/// RFC 3339 with milliseconds (civil from days: Howard Hinnant's algorithm).
fn instant(value: i64, body: &mut Vec<u8>) {
    let (days, rest) = (value.div_euclid(86_400_000), value.rem_euclid(86_400_000));
    let z = days + 719_468;
    let (era, doe) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let (day, month) = (doy - (153 * mp + 2) / 5 + 1, if mp < 10 { mp + 3 } else { mp - 9 });
    let year = yoe + era * 400 + i64::from(month <= 2);
    body.push(b'"');
    let parts = [(year, 4_u32, b'-'), (month, 2, b'-'), (day, 2, b'T'), (rest / 3_600_000, 2, b':')];
    let more = [(rest / 60_000 % 60, 2, b':'), (rest / 1000 % 60, 2, b'.'), (rest % 1000, 3, b'Z')];
    for (value, count, end) in parts.into_iter().chain(more) {
        for at in (0..count).rev() {
            body.push(b'0' + (value / 10_i64.pow(at) % 10) as u8);
        }
        body.push(end);
    }
    body.push(b'"');
}

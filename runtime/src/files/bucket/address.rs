//! `s3://KEY:SECRET@HOST/BUCKET/PREFIX`: where a bucket is and who may use it.
use percent_encoding::percent_decode_str;
use reqwest::Url;
use rusty_s3::{Bucket, Credentials, UrlStyle};
use std::net::IpAddr;

/// What an address says.
pub(super) struct Address {
    pub(super) bucket: Bucket,
    pub(super) credentials: Credentials,
    /// What every key begins with; empty, or with a slash at its end.
    pub(super) prefix: String,
}

/// The region where an address names none: most servers of one's own don't look at it.
const REGION: &str = "us-east-1";

impl Address {
    /// Reads an address. What is wrong is said without what stands in it, for a part of it is a secret.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let url =
            Url::parse(text).map_err(|_| "its address is none of the form `s3://KEY:SECRET@HOST/BUCKET`")?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or("its address names no host")?;
        let decoded = |text: &str| percent_decode_str(text).decode_utf8().map(|it| it.into_owned());
        let unfit = "its address has a key or secret that is no UTF-8";
        let key = decoded(url.username()).map_err(|_| unfit)?;
        let secret = decoded(url.password().unwrap_or("")).map_err(|_| unfit)?;
        if key.is_empty() || secret.is_empty() {
            return Err("its address has no key and secret: write `s3://KEY:SECRET@HOST/BUCKET`");
        }
        let path = decoded(url.path()).map_err(|_| "its bucket is no UTF-8")?;
        let (name, prefix) = path.trim_matches('/').split_once('/').unwrap_or((path.trim_matches('/'), ""));
        if name.is_empty() {
            return Err("its address names no bucket: write `s3://KEY:SECRET@HOST/BUCKET`");
        }
        let mut settings = Settings { region: REGION.to_owned(), style: UrlStyle::Path, tls: !is_here(host) };
        for (setting, value) in url.query_pairs() {
            settings.set(&setting, &value)?;
        }
        let scheme = if settings.tls { "https" } else { "http" };
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let endpoint = Url::parse(&format!("{scheme}://{host}{port}/")).map_err(|_| "its host is none")?;
        let bucket = Bucket::new(endpoint, settings.style, name.to_owned(), settings.region);
        Ok(Self {
            bucket: bucket.map_err(|_| "its bucket has a name that cannot stand in an address")?,
            credentials: Credentials::new(key, secret),
            prefix: if prefix.is_empty() {
                String::new()
            } else {
                format!("{}/", prefix.trim_end_matches('/'))
            },
        })
    }
}

/// What may stand behind the `?` of an address.
struct Settings {
    region: String,
    style: UrlStyle,
    tls: bool,
}

impl Settings {
    fn set(&mut self, setting: &str, value: &str) -> Result<(), &'static str> {
        match (setting, value) {
            ("region", region) if !region.is_empty() => region.clone_into(&mut self.region),
            ("style", "path") => self.style = UrlStyle::Path,
            ("style", "host") => self.style = UrlStyle::VirtualHost,
            ("tls", "on") => self.tls = true,
            ("tls", "off") => self.tls = false,
            _ => {
                return Err(
                    "its address has a setting that is none of `region=…`, `style=path|host`, `tls=on|off`",
                );
            }
        }
        Ok(())
    }
}

/// Whether a host is this machine, where nobody listens in between.
fn is_here(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
    use super::Address;

    #[test]
    fn an_address_says_where_and_who() {
        let read = |text: &str| {
            let address = Address::parse(text).map_err(|why| format!("{text}: {why}")).unwrap();
            let at = address.bucket.object_url(&format!("{}k", address.prefix)).to_string();
            (at, address.bucket.region().to_owned(), address.credentials.secret().to_owned())
        };
        let own =
            |at: &str, region: &str, secret: &str| (at.to_owned(), region.to_owned(), secret.to_owned());
        assert_eq!(
            read("s3://AK:s%2Fe%2Bc@s3.eu-west-1.amazonaws.com/shop-media?region=eu-west-1&style=host"),
            own("https://shop-media.s3.eu-west-1.amazonaws.com/k", "eu-west-1", "s/e+c")
        );
        assert_eq!(
            read("s3://k:s@127.0.0.1:9000/media/album/"),
            own("http://127.0.0.1:9000/media/album/k", "us-east-1", "s")
        );
        assert_eq!(read("s3://k:s@minio:9000/m?tls=off").0, "http://minio:9000/m/k");
        assert_eq!(read("s3://k:s@[::1]:9000/m/a/b").0, "http://[::1]:9000/m/a/b/k");
        assert_eq!(read("s3://k:s@localhost/m?tls=on").0, "https://localhost/m/k");
    }

    #[test]
    fn what_is_wrong_is_said_without_secrets() {
        for text in [
            "s3:",
            "s3://media",
            "s3://host/media",
            "s3://KEY@host/media",
            "s3://:hush@host/media",
            "s3://KEY:hush@host",
            "s3://KEY:hush@host/",
            "s3://KEY:hush@/media",
            "s3://KEY:hush@host/media?region=",
            "s3://KEY:hush@host/media?tls=maybe",
            "s3://KEY:hush@host/media?colour=red",
            "s3://KEY:%ff@host/media",
        ] {
            let why = Address::parse(text).err().unwrap_or_else(|| panic!("{text} is taken"));
            assert!(!why.contains("hush"), "{text}: {why}");
        }
    }
}

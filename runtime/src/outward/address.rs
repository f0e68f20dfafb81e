//! Addresses that a service may be made to call by those who call it: those of the open network alone.
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// A name stands for addresses of a private network alone.
#[derive(Debug, thiserror::Error)]
#[error("its address is not one of the open network")]
pub(super) struct Private;

/// Finds the public addresses of names. What it finds is what is connected to, so a name can't stand for
/// another address a moment later.
#[derive(Debug)]
pub(super) struct Public;

impl Resolve for Public {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(Private.into());
            }
            let addresses: Addrs = Box::new(public.into_iter());
            Ok(addresses)
        })
    }
}

/// Whether a URL may be called that somebody else gives; what its name stands for is judged when it is looked up.
pub(super) fn may_be_called(url: &Url) -> bool {
    let web = matches!(url.scheme(), "http" | "https");
    let plain = url.username().is_empty() && url.password().is_none();
    let host = url.host_str().unwrap_or("").trim_matches(['[', ']']);
    web && plain && !host.is_empty() && host.parse::<IpAddr>().map_or(true, is_public)
}

/// Whether an address is one of the open network (the IANA registries of special addresses).
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_4(address),
        IpAddr::V6(address) => is_public_6(address),
    }
}

const fn is_public_4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a == 0
        || a == 100 && b & 0xC0 == 64
        || a == 192 && b == 0 && c == 0
        || a == 192 && b == 88 && c == 99
        || a == 198 && b & 0xFE == 18
        || a >= 224;
    !special
}

/// Only what is handed out of 2000::/3, and what stands for an IPv4 address as that one does.
fn is_public_6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let inner = |high: u16, low: u16| is_public_4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    if let Some(inside) = address.to_ipv4_mapped() {
        return is_public_4(inside);
    }
    if (a, b, c, d, e, f) == (0x64, 0xFF9B, 0, 0, 0, 0) {
        return inner(g, h);
    }
    if a == 0x2002 {
        return inner(b, c);
    }
    let special = a == 0x2001 && (b < 0x200 || b == 0x0DB8) || a == 0x3FFF && b < 0x1000;
    a & 0xE000 == 0x2000 && !special
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    const CALLED: [&str; 6] = [
        "https://example.com/hook",
        "http://93.184.216.34:8080/",
        "https://[2606:2800:220:1:248:1893:25c8:1946]/",
        "http://[64:ff9b::5db8:d822]/",
        "http://[::ffff:93.184.216.34]/",
        "http://172.32.0.1/",
    ];

    const REFUSED: [&str; 41] = [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.0.0.1/",
        "http://0177.0.0.1/",
        "http://0/",
        "http://0.0.0.0:8080/",
        "http://10.0.0.1/",
        "http://172.16.0.1/",
        "http://172.31.255.255/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://100.64.0.1/",
        "http://100.100.100.200/",
        "http://192.0.0.192/",
        "http://192.0.2.1/",
        "http://198.18.0.1/",
        "http://198.51.100.1/",
        "http://203.0.113.1/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://[::]/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:a9fe:a9fe]/",
        "http://[::127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[64:ff9b:1::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[2001::1]/",
        "http://[2001:db8::1]/",
        "http://[fc00::1]/",
        "http://[fd00:ec2::254]/",
        "http://[fe80::1]/",
        "http://[fec0::1]/",
        "http://[ff02::1]/",
        "http://[100::1]/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "http://user@example.com/",
        "http://:secret@example.com/",
    ];

    #[test]
    fn only_the_open_network_is_called() {
        for url in CALLED {
            assert!(may_be_called(&Url::parse(url).unwrap()), "{url}");
        }
        for url in REFUSED {
            assert!(!may_be_called(&Url::parse(url).unwrap()), "{url}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_no_way_in() {
        let found = Public.resolve("localhost".parse().unwrap()).await;
        assert!(found.is_err_and(|error| error.is::<Private>()));
    }
}

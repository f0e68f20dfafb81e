//! Which host names a service answers to: a page of another site that makes its own name point here
//! (DNS rebinding) is turned away.
use crate::Refusal;
use http::header::HOST;
use http::request::Parts;
use http::{HeaderMap, Uri, Version};
use quater_ir::fault::{MALFORMED, MISDIRECTED};
use smol_str::SmolStr;
use std::net::IpAddr;

/// The names that are answered to.
#[derive(Debug, Clone)]
pub(super) struct Hosts {
    names: Vec<SmolStr>,
    own: Own,
}

/// What is answered to beside the declared names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Own {
    /// Names of loopback, because that is where the service listens.
    Loopback,
    /// Addresses: no name can be made to stand for one.
    Addresses,
    /// Nothing.
    Nothing,
}

impl Hosts {
    /// The declared names, and what the address that is listened on adds.
    pub(super) fn new(declared: &[SmolStr], listening: IpAddr, production: bool) -> Self {
        let own = match (production, listening.is_loopback()) {
            (true, _) => Own::Nothing,
            (false, true) => Own::Loopback,
            (false, false) => Own::Addresses,
        };
        Self { names: declared.iter().map(|name| bare(name).to_ascii_lowercase().into()).collect(), own }
    }

    /// Refuses a request that was meant for another host.
    pub(super) fn check(&self, request: &Parts) -> Result<(), Refusal> {
        let host = requested(&request.uri, &request.headers)?;
        // Before HTTP/2 an absolute target goes before the header, which is passed over then; since, both say the same.
        let header = request.headers.get(HOST).filter(|_| request.version >= Version::HTTP_2);
        if header.is_some_and(|header| !header.as_bytes().eq_ignore_ascii_case(host.as_bytes())) {
            return Err(Refusal::saying(MALFORMED, "a request names one host"));
        }
        if self.answers(bare(host)) {
            return Ok(());
        }
        Err(Refusal::saying(
            MISDIRECTED,
            format!("this service does not answer to `{host}`; its names are those of `hosts`"),
        ))
    }

    /// Origins from which a browser may speak MCP: pages of the service's own names.
    pub(super) fn origins(&self) -> Vec<String> {
        let own: &[&str] = match self.own {
            Own::Loopback => &["localhost", "127.0.0.1", "[::1]"],
            Own::Addresses | Own::Nothing => &[],
        };
        let local = own.iter().map(|name| format!("http://{name}:*"));
        let declared =
            self.names.iter().flat_map(|name| [format!("https://{name}:443"), format!("http://{name}:80")]);
        local.chain(declared).collect()
    }

    fn answers(&self, host: &str) -> bool {
        let own = match self.own {
            Own::Loopback => is_loopback(host),
            Own::Addresses => host.parse::<IpAddr>().is_ok(),
            Own::Nothing => false,
        };
        own || self.names.iter().any(|name| name.eq_ignore_ascii_case(host))
    }
}

/// The host that a request names: that of an absolute target before the header (RFC 9112, section 3.2).
pub(super) fn requested<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Result<&'a str, Refusal> {
    let mut named = headers.get_all(HOST).iter();
    let (first, second) = (named.next(), named.next());
    if second.is_some() {
        return Err(Refusal::saying(MALFORMED, "a request names one host"));
    }
    let header = first.and_then(|host| host.to_str().ok());
    let host = uri.authority().map(http::uri::Authority::as_str).or(header);
    host.ok_or_else(|| Refusal::saying(MALFORMED, "the `Host` header is missing"))
}

/// The host without its port, brackets and final dot.
pub(super) fn bare(host: &str) -> &str {
    if let Some((address, _)) = host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return address;
    }
    let name = host.rsplit_once(':').filter(|(name, _)| !name.contains(':')).map_or(host, |(name, _)| name);
    name.strip_suffix('.').unwrap_or(name)
}

fn is_loopback(host: &str) -> bool {
    let address = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let sub = || {
        host.len() > 10
            && host.get(host.len() - 10..).is_some_and(|end| end.eq_ignore_ascii_case(".localhost"))
    };
    address || host.eq_ignore_ascii_case("localhost") || sub()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    /// Each line: host, then whether it is answered to on loopback, elsewhere, in production.
    const CASES: &str = "
        localhost          yes no  no
        LOCALHOST:8080     yes no  no
        shop.localhost     yes no  no
        notlocalhost       no  no  no
        127.0.0.1:1        yes yes no
        127.9.9.9          yes yes no
        [::1]:8080         yes yes no
        10.0.0.7           no  yes no
        store.example      yes yes yes
        STORE.example.:443 yes yes yes
        evil.example       no  no  no
        store.example.evil no  no  no
        evil@store.example no  no  no
        ::1                yes yes no";

    /// A target and a header that name different hosts: before HTTP/2 the target counts, since they have to agree.
    #[test]
    fn a_request_names_one_host() {
        let hosts = Hosts::new(&[], "127.0.0.1".parse().unwrap(), false);
        let cases = [
            (Version::HTTP_11, "evil.example", true),
            (Version::HTTP_2, "LOCALHOST:8080", true),
            (Version::HTTP_2, "localhost", false),
            (Version::HTTP_2, "evil.example", false),
        ];
        for (version, host, fits) in cases {
            let request = http::Request::get("http://localhost:8080/").version(version).header(HOST, host);
            let (parts, ()) = request.body(()).unwrap().into_parts();
            assert_eq!(hosts.check(&parts).is_ok(), fits, "{version:?} {host}");
        }
    }

    #[test]
    fn names_are_answered_to_as_listed() {
        let declared = [SmolStr::new("Store.Example")];
        let loopback = "127.0.0.1".parse().unwrap();
        let anywhere = "0.0.0.0".parse().unwrap();
        let hosts = [(loopback, false), (anywhere, false), (loopback, true)];
        let hosts = hosts.map(|(address, production)| Hosts::new(&declared, address, production));
        for case in CASES.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let mut words = case.split_whitespace();
            let host = words.next().unwrap();
            let answers = hosts.clone().map(|hosts| if hosts.answers(bare(host)) { "yes" } else { "no" });
            assert_eq!(answers.to_vec(), words.collect::<Vec<_>>(), "{case}");
        }
    }
}

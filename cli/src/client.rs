//! A client of the action protocol (`docs/protocol.md`).
#![expect(clippy::indexing_slicing, reason = "a member of JSON that is not there reads as null")]
use crate::catalogue::Catalogue;
use crate::failure::Failure;
use crate::multipart;
use crate::remotes::Remote;
use crate::reply::Reply;
use crate::words::Typed;
use quater_runtime::Told;
use reqwest::blocking::{Body, Client as Http, RequestBuilder, Response};
use reqwest::redirect::Policy;
use reqwest::{Method, Url};
use serde_json::{Map, Value as Json, json};
use std::io::{BufRead, BufReader, Read};
use std::time::Duration;

/// Most bytes of an answer.
const LARGEST: u64 = 64 << 20;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);

/// A service elsewhere.
pub(crate) struct Client {
    http: Http,
    root: Url,
    token: Option<String>,
    scheme: String,
}

/// The root of a service, as somebody writes it: `https`, unless it is on this machine.
pub(crate) fn root(text: &str) -> Result<Url, Failure> {
    let bad = |why: &'static str| Failure::BadUrl { url: text.to_owned(), why };
    let mut url = Url::parse(text).map_err(|_| bad("it is no URL"))?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let near = host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    match url.scheme() {
        "https" => {}
        "http" if near => {}
        "http" => {
            return Err(bad("a service elsewhere is called by `https`, so that nobody reads the token"));
        }
        _ => return Err(bad("it begins with `https://`")),
    }
    if host.is_empty() || url.query().is_some() || url.fragment().is_some() || !url.username().is_empty() {
        return Err(bad("it is the root of a service: a scheme, a host, perhaps a port"));
    }
    url.set_path("/");
    Ok(url)
}

impl Client {
    /// One for a service; a token given here goes before the one that is kept.
    pub(crate) fn new(remote: &Remote, token: Option<&String>) -> Result<Self, Failure> {
        let http = Http::builder()
            .redirect(Policy::none())
            // A service may close a kept connection at any moment, and what may not be repeated is lost then.
            .pool_max_idle_per_host(0)
            .connect_timeout(CONNECT)
            .timeout(None)
            .user_agent(concat!("quater/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|why| Failure::Unreached { url: remote.url.clone(), why })?;
        let token = token.or(remote.token.as_ref()).cloned();
        Ok(Self { http, root: root(&remote.url)?, token, scheme: "Bearer".to_owned() })
    }

    /// Calls with this token from here on, if there is one.
    pub(crate) fn sign(&mut self, token: Option<&String>) {
        if let Some(token) = token {
            self.token = Some(token.clone());
        }
    }

    /// What can be called.
    pub(crate) fn catalogue(&mut self) -> Result<Catalogue, Failure> {
        let mut reply = self.get("/quater/v1")?;
        // Some tell it those who are signed in alone, and before that nothing but how one signs in.
        if let (401, Some(_), Some(scheme)) = (reply.status, &self.token, reply.scheme.take()) {
            self.scheme = scheme;
            reply = self.get("/quater/v1")?;
        }
        if reply.status == 401 {
            return Err(Failure::SignedOut { url: self.root.to_string() });
        }
        let strange = || Failure::NoActions { url: self.root.to_string() };
        if reply.status != 200 || reply.body["protocol"] != "quater-actions" || reply.body["version"] != 1 {
            return Err(strange());
        }
        let catalogue = Catalogue::read(reply.body).map_err(|_| strange())?;
        if let Some(first) = catalogue.auth.first() {
            self.scheme.clone_from(&first.scheme);
        }
        Ok(catalogue)
    }

    /// Makes a call; tells how far it has come, where that is asked for.
    pub(crate) fn call(&self, typed: &Typed, tell: Option<&dyn Fn(&Told)>) -> Result<Reply, Failure> {
        let mut texts: Map<String, Json> = Map::new();
        for (name, text) in &typed.arguments {
            match texts.entry(name.as_str()).or_insert_with(|| json!([])) {
                Json::Array(values) => values.push(json!(text)),
                Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) | Json::Object(_) => {}
            }
        }
        let mut body = json!({ "arguments": texts, "dry_run": typed.dry });
        if let Json::Object(body) = &mut body {
            body.extend(typed.key.as_ref().map(|key| ("key".to_owned(), json!(key))));
            body.extend(tell.map(|_| ("progress".to_owned(), json!(true))));
        }
        let request = self.request(Method::POST, &format!("/quater/v1/actions/{}", typed.action))?;
        let request = if typed.files.is_empty() {
            request.header("content-type", "application/json").body(body.to_string())
        } else {
            let (body, boundary) = multipart::body(&body.to_string(), &typed.files)?;
            let media = format!("multipart/form-data; boundary={boundary}");
            request.header("content-type", media).body(Body::new(body))
        };
        self.heard(request, tell.unwrap_or(&|_| {}))
    }

    /// Sends a request whose answer may come in lines: steps, then the reply.
    pub(crate) fn heard(&self, request: RequestBuilder, tell: &dyn Fn(&Told)) -> Result<Reply, Failure> {
        let url = || self.root.to_string();
        let response = request.send().map_err(|why| Failure::Unreached { url: url(), why })?;
        let media = response.headers().get("content-type").and_then(|it| it.to_str().ok());
        if !media.is_some_and(|media| media.starts_with("application/x-ndjson")) {
            return self.read(response);
        }
        for text in BufReader::new(response.take(LARGEST)).lines() {
            let text = text.map_err(|_| Failure::HungUp { url: url() })?;
            let body: Json = serde_json::from_str(&text).map_err(|_| Failure::NoActions { url: url() })?;
            if body["status"] != "progress" {
                let status = body["error"]["status"].as_u64().and_then(|it| u16::try_from(it).ok());
                return Ok(Reply { status: status.unwrap_or(200), body, text, scheme: None });
            }
            let (done, total) = (body["done"].as_i64(), body["total"].as_i64());
            let told = done.zip(total).ok_or_else(|| Failure::NoActions { url: url() })?;
            tell(&Told { done: told.0, total: told.1, text: body["text"].as_str().map(str::to_owned) });
        }
        Err(Failure::HungUp { url: url() })
    }

    /// Asks for something.
    pub(crate) fn get(&self, path: &str) -> Result<Reply, Failure> {
        self.send(self.request(Method::GET, path)?)
    }

    /// Asks for something to be done.
    pub(crate) fn post(&self, path: &str) -> Result<Reply, Failure> {
        self.send(self.request(Method::POST, path)?)
    }

    /// A request of nobody.
    pub(crate) fn bare(&self, method: Method, path: &str) -> Result<RequestBuilder, Failure> {
        let bad = |_| Failure::BadUrl { url: path.to_owned(), why: "it is no path" };
        Ok(self.http.request(method, self.root.join(path).map_err(bad)?))
    }

    /// A request that nothing has been said of yet but who makes it.
    pub(crate) fn request(&self, method: Method, path: &str) -> Result<RequestBuilder, Failure> {
        let request = self.bare(method, path)?.header("quater-protocol", "1");
        Ok(match &self.token {
            Some(token) => request.header("authorization", format!("{} {token}", self.scheme)),
            None => request,
        })
    }

    /// The tag of what a request gives.
    pub(crate) fn tag(&self, request: RequestBuilder) -> Result<Option<String>, Failure> {
        let unreached = |why| Failure::Unreached { url: self.root.to_string(), why };
        let response = request.send().map_err(unreached)?;
        let tag = response.headers().get("etag").and_then(|tag| tag.to_str().ok());
        Ok(tag.map(str::to_owned))
    }

    /// Sends a request; an answer that is no JSON is null.
    pub(crate) fn send(&self, request: RequestBuilder) -> Result<Reply, Failure> {
        let unreached = |why| Failure::Unreached { url: self.root.to_string(), why };
        self.read(request.send().map_err(unreached)?)
    }

    fn read(&self, response: Response) -> Result<Reply, Failure> {
        let unreached = |why| Failure::Unreached { url: self.root.to_string(), why };
        let status = response.status().as_u16();
        if response.content_length().is_some_and(|length| length > LARGEST) {
            return Err(Failure::NoActions { url: self.root.to_string() });
        }
        let wanted = response.headers().get("www-authenticate").and_then(|it| it.to_str().ok());
        let scheme = wanted.and_then(|it| it.split_whitespace().next()).map(str::to_owned);
        let text = response.text().map_err(unreached)?;
        Ok(Reply { status, body: serde_json::from_str(&text).unwrap_or(Json::Null), text, scheme })
    }
}

//! `quater conform`: holds a running service to `docs/protocol.md`.
#![expect(clippy::indexing_slicing, reason = "a member of JSON that is not there reads as null")]
use crate::catalogue::{Action, Catalogue, Kind};
use crate::client::{self, Client};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::remotes::{Remote, Remotes};
use crate::reply::Reply;
use clap::Args;
use quater_host::secret::Who;
use reqwest::Method;
use serde_json::{Value as Json, json};
use std::cell::RefCell;
use uuid::Uuid;

/// Arguments of `quater conform`.
#[derive(Args)]
pub(crate) struct Conform {
    /// Who calls; without a credential, only what anybody may do is tried.
    #[command(flatten)]
    who: Who,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// The root of the service, or the name of a remote
    url: String,
}

/// A check, and what is wrong where something is.
type Checked = (&'static str, Result<(), String>);

/// A service that is being checked.
struct Subject {
    client: Client,
    catalogue: Catalogue,
    manifest: Reply,
    /// Whether somebody is signed in.
    signed: bool,
}

impl Conform {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let known = Remotes::load()?.get(&self.url).cloned();
        let remote = match known {
            Some(remote) => remote,
            None => Remote { url: client::root(&self.url)?.to_string(), token: None },
        };
        let token = self.who.token()?;
        let signed = token.is_some() || remote.token.is_some();
        let mut client = Client::new(&remote, token)?;
        let catalogue = client.catalogue()?;
        let manifest = client.get("/quater/v1")?;
        let subject = Subject { client, catalogue, manifest, signed };
        let checks = subject.checks()?;
        let failed = checks.iter().filter(|(_, result)| result.is_err()).count();
        if self.json {
            let lines = checks.iter().map(
                |(name, result)| json!({ "check": name, "ok": result.is_ok(), "why": result.as_ref().err() }),
            );
            output::json(&format!("{}\n", lines.collect::<Json>()));
        } else {
            for (name, result) in &checks {
                output::out(&match result {
                    Ok(()) => format!("ok    {name}\n"),
                    Err(why) => format!("FAIL  {name}: {}\n", output::line(why)),
                });
            }
            output::out(&format!("{} checks, {failed} failed\n", checks.len()));
        }
        Ok(if failed == 0 { Exit::Clean } else { Exit::Findings })
    }
}

impl Subject {
    fn checks(&self) -> Result<Vec<Checked>, Failure> {
        let first = self.catalogue.actions.first().map_or("none", |action| action.name.as_str());
        let mut checks = vec![
            ("the manifest says what it must", self.manifest()),
            ("an unchanged manifest is a 304", self.unchanged()?),
            ("the JSON Schema is published", self.schema()?),
            ("another version is refused", self.version()?),
            ("an action that is not there is `NotFound`", self.fails("no_such_action", "{}", "NotFound")?),
            ("what is no JSON is `Malformed`", self.fails(first, "{\"input\": ", "Malformed")?),
            ("an unknown member is `Malformed`", self.fails(first, "{\"inputs\": {}}", "Malformed")?),
            ("inputs in two forms are `Malformed`", self.fails(first, BOTH, "Malformed")?),
            ("a key that is none is `Malformed`", self.fails(first, "{\"key\": \"a b\"}", "Malformed")?),
            ("another schema is a `Conflict`", self.fails(first, "{\"schema\": \"other\"}", "Conflict")?),
            ("another content type is `UnsupportedMedia`", self.media(first)?),
            ("a body that is too large is `TooLarge`", self.large(first)?),
            ("a bad credential is `Unauthorized`", self.stranger(first)?),
        ];
        checks.extend(self.inputs()?);
        checks.extend(self.reads()?);
        checks.extend(self.followed()?);
        checks.extend(self.approvals()?);
        Ok(checks)
    }

    fn manifest(&self) -> Result<(), String> {
        let body = &self.manifest.body;
        let hash = body["schema"].as_str().unwrap_or_default();
        must(hash.len() == 64 && hash.bytes().all(|it| it.is_ascii_hexdigit()), "`schema` is no SHA-256")?;
        must(body["capabilities"].is_array(), "`capabilities` is no list")?;
        must(body["limits"]["body"].as_u64().is_some(), "`limits.body` is no number")?;
        must(body["limits"]["file"].as_u64().is_some(), "`limits.file` is no number")?;
        must(body["limits"]["timeout_ms"].as_u64().is_some(), "`limits.timeout_ms` is no number")?;
        for action in body["actions"].as_array().into_iter().flatten() {
            let name = action["name"].as_str().unwrap_or("?");
            must(action["input_schema"].is_object(), &format!("`{name}` has no `input_schema`"))?;
            must(
                action["progress"].is_boolean(),
                &format!("`{name}` does not say whether it has `progress`"),
            )?;
            let output = action["output"].is_null() == action["output_schema"].is_null();
            must(output, &format!("`{name}` has one of `output` and `output_schema`"))?;
        }
        let silent = self.catalogue.actions.iter().find(|it| it.progress && !self.catalogue.tells(&it.name));
        let silent = silent.map_or("", |action| action.name.as_str());
        must(silent.is_empty(), &format!("`{silent}` has `progress`, which is not among `capabilities`"))?;
        let takes = |it: &Action| it.inputs.iter().any(|input| input.kind == Kind::File);
        let files = self.catalogue.capabilities.iter().any(|it| it == "files");
        let silent = self.catalogue.actions.iter().find(|it| takes(it) && !files);
        let silent = silent.map_or("", |action| action.name.as_str());
        must(
            silent.is_empty(),
            &format!("`{silent}` takes a file, and `files` is not among `capabilities`"),
        )?;
        let mut codes = self.catalogue.actions.iter().flat_map(|action| &action.errors);
        let lost = codes.find(|code| self.catalogue.status(code) == 0);
        must(lost.is_none(), &format!("`{}` is not among `errors`", lost.map_or("", String::as_str)))
    }

    fn unchanged(&self) -> Result<Result<(), String>, Failure> {
        let first = self.client.request(Method::GET, "/quater/v1")?;
        let Some(tag) = self.client.tag(first)? else { return Ok(Err("it has no `ETag`".to_owned())) };
        let again = self.client.request(Method::GET, "/quater/v1")?.header("if-none-match", tag);
        Ok(status(&self.client.send(again)?, 304))
    }

    fn schema(&self) -> Result<Result<(), String>, Failure> {
        let reply = self.client.get("/quater/v1/schema")?;
        Ok(status(&reply, 200)
            .and_then(|()| must(reply.body["$defs"]["reply"].is_object(), "it is another one")))
    }

    fn version(&self) -> Result<Result<(), String>, Failure> {
        let request = self.client.bare(Method::GET, "/quater/v1")?.header("quater-protocol", "999");
        Ok(error(&self.client.send(request)?, "Malformed"))
    }

    fn post(&self, action: &str, body: String) -> Result<Reply, Failure> {
        let request = self.client.request(Method::POST, &format!("/quater/v1/actions/{action}"))?;
        self.client.send(request.header("content-type", "application/json").body(body))
    }

    fn fails(&self, action: &str, body: &str, code: &str) -> Result<Result<(), String>, Failure> {
        Ok(error(&self.post(action, body.to_owned())?, code))
    }

    fn media(&self, action: &str) -> Result<Result<(), String>, Failure> {
        let request = self.client.request(Method::POST, &format!("/quater/v1/actions/{action}"))?;
        Ok(error(
            &self.client.send(request.header("content-type", "text/plain").body("{}"))?,
            "UnsupportedMedia",
        ))
    }

    fn large(&self, action: &str) -> Result<Result<(), String>, Failure> {
        let most = self.manifest.body["limits"]["body"].as_u64().unwrap_or(0).min(16 << 20);
        let body = format!("{{\"input\": {{}}}}{}", " ".repeat(usize::try_from(most).unwrap_or(0)));
        // A service may hang up before all has been sent, and its answer is lost then.
        for _ in 0..TRIES {
            if let Ok(reply) = self.post(action, body.clone()) {
                return Ok(error(&reply, "TooLarge"));
            }
        }
        Ok(Err("the service hangs up before it answers".to_owned()))
    }

    fn stranger(&self, action: &str) -> Result<Result<(), String>, Failure> {
        if self.catalogue.auth.is_empty() {
            return Ok(Ok(()));
        }
        let request = self.client.bare(Method::POST, &format!("/quater/v1/actions/{action}"))?;
        let scheme = self.catalogue.auth.first().map_or("Bearer", |auth| auth.scheme.as_str());
        let request = request.header("authorization", format!("{scheme} no.such.token"));
        let reply = self.client.send(request.header("content-type", "application/json").body("{}"))?;
        Ok(error(&reply, "Unauthorized"))
    }

    /// An action without its inputs, where somebody may call one that needs some.
    fn inputs(&self) -> Result<Vec<Checked>, Failure> {
        let open = |action: &&Action| {
            action.inputs.iter().any(|input| input.required) && action.access.iter().any(|it| it == "public")
        };
        let Some(action) = self.catalogue.actions.iter().find(open) else { return Ok(Vec::new()) };
        let reply = self.post(&action.name, "{}".to_owned())?;
        let told = error(&reply, "Invalid").and_then(|()| {
            let pointers = reply.body["error"]["violations"].as_array().into_iter().flatten();
            let pointers: Vec<&str> = pointers.filter_map(|it| it["pointer"].as_str()).collect();
            let missing = |name: &str| !pointers.contains(&format!("/{name}").as_str());
            let lost = action.inputs.iter().find(|input| input.required && missing(&input.name));
            let lost = lost.map_or("", |input| input.name.as_str());
            must(lost.is_empty(), &format!("`{lost}` of `{}` is not among `violations`", action.name))
        });
        let text = self.post(&action.name, "{\"arguments\": {\"x\": 1}}".to_owned())?;
        Ok(vec![
            ("inputs that miss are all told", told),
            ("an argument that is no text is `Malformed`", error(&text, "Malformed")),
        ])
    }

    /// Whether an action only reads and needs nothing.
    fn is_plain(&self, action: &Action) -> bool {
        let open = self.signed || action.access.iter().any(|it| it == "public");
        !action.writes && !action.inputs.iter().any(|input| input.required) && open
    }

    /// An action that tells how far it has come: its steps grow, and it gives what it gives without them.
    fn followed(&self) -> Result<Vec<Checked>, Failure> {
        let mut actions = self.catalogue.actions.iter();
        let Some(action) = actions.find(|it| self.is_plain(it) && self.catalogue.tells(&it.name)) else {
            return Ok(Vec::new());
        };
        let called = self.post(&action.name, "{}".to_owned())?;
        let path = format!("/quater/v1/actions/{}", action.name);
        let request = self.client.request(Method::POST, &path)?;
        let request = request.header("content-type", "application/json").body("{\"progress\": true}");
        let steps = RefCell::new(Vec::new());
        let followed = self.client.heard(request, &|told| steps.borrow_mut().push(told.done))?;
        let steps = steps.into_inner();
        let told = must(steps.is_sorted_by(|one, next| one < next), "`done` does not grow")
            .and_then(|()| {
                must(followed.body["result"] == called.body["result"], "it gives another `result`")
            })
            .and_then(|()| named(&followed));
        Ok(vec![("a call that is followed ends as any other", told)])
    }

    /// Actions that only read and need nothing: called, and tried.
    fn reads(&self) -> Result<Vec<Checked>, Failure> {
        let Some(action) = self.catalogue.actions.iter().find(|it| self.is_plain(it)) else {
            return Ok(Vec::new());
        };
        let called = self.post(&action.name, "{}".to_owned())?;
        if called.body["error"]["code"] == "Forbidden" {
            return Ok(Vec::new());
        }
        let done = status(&called, 200)
            .and_then(|()| must(called.body["status"] == "done", "`status` is not `done`"))
            .and_then(|()| must(called.body.get("result").is_some(), "it has no `result`"))
            .and_then(|()| named(&called));
        let tried = self.post(&action.name, "{\"dry_run\": true}".to_owned())?;
        let dry = status(&tried, 200)
            .and_then(|()| must(tried.body["status"] == "dry_run", "`status` is not `dry_run`"))
            .and_then(|()| must(tried.body["effects"] == json!([]), "what only reads has effects"))
            .and_then(|()| must(tried.body["waits"].is_boolean(), "`waits` is no truth"))
            .and_then(|()| must(tried.body["result"] == called.body["result"], "it gives another `result`"))
            .and_then(|()| named(&tried));
        let keyed = self.post(&action.name, "{\"key\": \"conform\"}".to_owned())?;
        Ok(vec![
            ("a call is done", done),
            ("a dry run tells its effects", dry),
            ("what only reads takes a key", status(&keyed, 200)),
        ])
    }

    fn approvals(&self) -> Result<Vec<Checked>, Failure> {
        let able = self.manifest.body["capabilities"].as_array().into_iter().flatten();
        if !able.into_iter().any(|it| it == "approvals") {
            return Ok(Vec::new());
        }
        let nobody = self.client.send(self.client.bare(Method::GET, APPROVALS)?)?;
        let mut checks = vec![("approvals are for those who sign in", error(&nobody, "Unauthorized"))];
        if self.signed {
            let list = self.client.get(APPROVALS)?;
            let listed =
                status(&list, 200).and_then(|()| must(list.body["items"].is_array(), "it has no `items`"));
            let none = self.client.get(&format!("{APPROVALS}/{}", Uuid::nil()))?;
            let grant = self.client.post(&format!("{APPROVALS}/{}/grant", Uuid::nil()))?;
            checks.extend([
                ("approvals are listed", listed),
                ("a request that is not there is `NotFound`", error(&none, "NotFound")),
                ("what is not there can't be granted", error(&grant, "NotFound")),
            ]);
        }
        Ok(checks)
    }
}

const APPROVALS: &str = "/quater/v1/approvals";

/// How often a body that is too large is sent.
const TRIES: usize = 3;

const BOTH: &str = "{\"input\": {}, \"arguments\": {}}";

fn must(holds: bool, why: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(why.to_owned()) }
}

fn status(reply: &Reply, wanted: u16) -> Result<(), String> {
    must(reply.status == wanted, &format!("the status is {} and not {wanted}", reply.status))
}

/// Whether an answer names its request.
fn named(reply: &Reply) -> Result<(), String> {
    let id = reply.body["request_id"].as_str().is_some_and(|id| Uuid::try_parse(id).is_ok());
    must(id, "`request_id` is no UUID")
}

/// Whether an answer is an error as the page says, with a code and its status.
fn error(reply: &Reply, code: &str) -> Result<(), String> {
    let error = &reply.body["error"];
    must(reply.body["status"] == "error", "`status` is not `error`")?;
    must(error["code"] == code, &format!("the code is {} and not `{code}`", error["code"]))?;
    must(error["status"] == reply.status, "`error.status` is not the status")?;
    must(error["message"].is_string(), "there is no `error.message`")?;
    named(reply)
}

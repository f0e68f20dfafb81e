//! Everything an agent does, by the client of rmcp: lists, calls, progress, taking back, files, approval.
//!
//! `duties http URL MODE CLERK MANAGER`, with `auto` or `legacy` and the tokens of two people, or `duties stdio QUATER
//! FILE`, with the token of a clerk in `QUATER_TOKEN`. Says nothing where all is well.
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rmcp::model::{
    CallToolRequest, CallToolRequestParams, CallToolResult, ClientCapabilities, ClientConfig, ClientRequest,
    ContentBlock, ElicitRequestParams, ElicitResult, ElicitationAction, ElicitationCapability,
    Implementation, ProgressNotificationParam, ProtocolVersion, ResourceUpdatedNotificationParam,
    ServerNotification, SubscribeRequestParams, SubscriptionFilter, UnsubscribeRequestParams,
};
use rmcp::service::{
    ClientLifecycleMode, ClientServiceExt, NotificationContext, PeerRequestOptions, RequestContext,
    RoleClient, RunningService,
};
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use rmcp::transport::{StreamableHttpClientTransport, TokioChildProcess};
use rmcp::{ClientHandler, ErrorData};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::process::Command;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

const CSV: &[u8] = b"line,amount\n1,2.50\n";
const OTHER: &[u8] = b"line,amount\n1,9.99\n";

/// How long anything may take here.
const PATIENCE: Duration = Duration::from_secs(20);

type Client = RunningService<RoleClient, User>;

/// Whoever sits in front of a client.
struct User {
    heard: UnboundedSender<ProgressNotificationParam>,
    /// Who grants what this user is asked about, when they are asked a second time; without one there is nobody to ask.
    boss: Option<Arc<Client>>,
    questions: Arc<Mutex<Vec<String>>>,
    /// Resources that are said to have changed.
    changed: Option<UnboundedSender<String>>,
}

impl User {
    fn new() -> (Self, UnboundedReceiver<ProgressNotificationParam>) {
        let (heard, told) = unbounded_channel();
        (Self { heard, boss: None, questions: Arc::default(), changed: None }, told)
    }
}

impl ClientHandler for User {
    fn get_info(&self) -> ClientConfig {
        let mut can = ClientCapabilities::default();
        can.elicitation =
            self.boss.as_ref().map(|_| ElicitationCapability::new().with_form(Default::default()));
        let config = ClientConfig::new(can, Implementation::new("judge", "1"));
        config.with_protocol_version(ProtocolVersion::V_2025_11_25)
    }

    async fn on_progress(&self, told: ProgressNotificationParam, _: NotificationContext<RoleClient>) {
        drop(self.heard.send(told));
    }

    async fn on_resource_updated(
        &self,
        told: ResourceUpdatedNotificationParam,
        _: NotificationContext<RoleClient>,
    ) {
        self.changed.iter().for_each(|changed| drop(changed.send(told.uri.clone())));
    }

    async fn create_elicitation(
        &self,
        asked: ElicitRequestParams,
        _: RequestContext<RoleClient>,
    ) -> Result<ElicitResult, ErrorData> {
        let ElicitRequestParams::FormElicitationParams { message, .. } = asked else {
            panic!("asked by another way: {asked:?}");
        };
        let times = {
            let mut questions = self.questions.lock().unwrap();
            questions.push(message.clone());
            questions.len()
        };
        if let (2, Some(boss)) = (times, &self.boss) {
            grant(boss, message).await;
        }
        Ok(ElicitResult::new(ElicitationAction::Accept).with_content(json!({})))
    }
}

/// Grants the request that a message tells of.
fn grant(boss: &Client, message: String) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
    Box::pin(async move {
        let listed = done(boss, "quater_approvals", json!({})).await;
        let waiting = listed["items"].as_array().unwrap();
        let meant = waiting.iter().find(|it| message.contains(it["approval"].as_str().unwrap())).unwrap();
        let decision = json!({ "approval": meant["approval"], "decision": "grant" });
        done(boss, "quater_decide", decision).await;
    })
}

fn params(tool: &str, arguments: Json) -> CallToolRequestParams {
    let Json::Object(arguments) = arguments else { panic!("arguments are an object: {arguments}") };
    CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments)
}

async fn call(client: &Client, tool: &str, arguments: Json) -> CallToolResult {
    let called = client.call_tool(params(tool, arguments));
    tokio::time::timeout(PATIENCE, called).await.expect("an answer in time").unwrap()
}

/// What a call that must succeed gives.
async fn done(client: &Client, tool: &str, arguments: Json) -> Json {
    let result = call(client, tool, arguments).await;
    assert_ne!(result.is_error, Some(true), "{tool}: {result:?}");
    result.structured_content.unwrap()
}

/// What is told beside a call that must not be done.
async fn refused(client: &Client, tool: &str, arguments: Json) -> Json {
    let result = call(client, tool, arguments).await;
    assert_eq!(result.is_error, Some(true), "{tool}: {result:?}");
    serde_json::to_value(result.meta).unwrap()
}

fn inline(content: &[u8]) -> Json {
    json!({ "name": "a.csv", "type": "text/csv", "data": STANDARD.encode(content) })
}

fn digest(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn tools(client: &Client) -> Vec<String> {
    let listed = client.list_all_tools().await.unwrap();
    listed.into_iter().map(|tool| tool.name.into_owned()).collect()
}

async fn progress(client: &Client, told: &mut UnboundedReceiver<ProgressNotificationParam>) {
    assert_eq!(done(client, "count_up", json!({})).await, json!({ "counted": 3 }));
    for step in 1..=3 {
        let told = tokio::time::timeout(PATIENCE, told.recv()).await.unwrap().unwrap();
        let message = told.message.unwrap();
        assert_eq!(
            (told.progress, told.total, message),
            (f64::from(step), Some(3.0), format!("step {step}"))
        );
    }
}

async fn kept(client: &Client) -> i64 {
    done(client, "papers", json!({})).await["kept"].as_i64().unwrap()
}

/// A call that is taken back while it is under way leaves nothing, and the one thread that writes is free again.
async fn taken_back(client: &Client, told: &mut UnboundedReceiver<ProgressNotificationParam>) {
    let before = kept(client).await;
    let rounds: Vec<i32> = (0..100).collect();
    let request = CallToolRequest::new(params("toil", json!({ "rounds": rounds })));
    let request = ClientRequest::CallToolRequest(request);
    let begun = client.send_cancellable_request(request, PeerRequestOptions::no_options()).await.unwrap();
    tokio::time::timeout(PATIENCE, told.recv()).await.expect("it begins");
    begun.cancel(Some("no longer".to_owned())).await.unwrap();
    done(client, "keep", json!({ "title": "after", "scan": inline(CSV) })).await;
    assert_eq!(kept(client).await, before + 1);
}

async fn files(client: &Client) {
    let result = call(client, "keep", json!({ "title": "t", "scan": inline(CSV) })).await;
    let kept = result.structured_content.unwrap();
    assert_eq!(kept["digest"], digest(CSV));
    let link = |block: &ContentBlock| match block {
        ContentBlock::ResourceLink(link) => Some((json!(link.uri), link.name.clone())),
        _ => None,
    };
    let links: Vec<_> = result.content.iter().filter_map(link).collect();
    assert_eq!(links, [(kept["url"].clone(), "a.csv".to_owned())]);
    let announced =
        json!({ "name": "b.csv", "type": "text/csv", "size": OTHER.len(), "digest": digest(OTHER) });
    let told = refused(client, "keep", json!({ "title": "t", "scan": announced })).await;
    let upload = &told["quater/upload"][0];
    let put = reqwest::Client::new().put(upload["url"].as_str().unwrap()).body(OTHER).send().await.unwrap();
    assert_eq!(put.status(), 204);
    let ticket = json!({ "title": "t", "scan": { "upload": upload["upload"] } });
    assert_eq!(done(client, "keep", ticket.clone()).await["digest"], digest(OTHER));
    refused(client, "keep", ticket).await;
}

async fn approval(client: &Client, boss: &Client) {
    let paper = |content| json!({ "title": "t", "scan": inline(content) });
    let told = refused(client, "publish", paper(CSV)).await;
    let request = &told["quater/approval"]["approval"];
    let listed = done(boss, "quater_approvals", json!({})).await;
    assert_eq!(listed["items"].as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(listed["items"][0]["approval"], *request);
    let granted = done(boss, "quater_decide", json!({ "approval": request, "decision": "grant" })).await;
    assert_eq!(granted["state"], "granted");
    refused(client, "publish", paper(OTHER)).await;
    done(client, "publish", paper(CSV)).await;
    refused(client, "publish", paper(CSV)).await;
}

/// The user of a client that can ask is asked until somebody has granted the call.
async fn asked(url: &str, mode: &ClientLifecycleMode, token: &str, boss: Arc<Client>) {
    let (mut user, _told) = User::new();
    user.boss = Some(boss);
    let questions = Arc::clone(&user.questions);
    let client = over_http(user, url, mode, token).await;
    done(&client, "publish", json!({ "title": "asked", "scan": inline(CSV) })).await;
    assert_eq!(questions.lock().unwrap().len(), 2);
    client.cancel().await.unwrap();
}

/// A client hears of changes by calls over HTTP, and not of what it may not read, until it wants to hear no more.
#[expect(deprecated, reason = "revisions with sessions know subscriptions so")]
async fn changes(url: &str, mode: &ClientLifecycleMode, token: &str) {
    let (people, ledger) = ("papers://people", "papers://ledger");
    let (mut user, _told) = User::new();
    let (changed, mut heard) = unbounded_channel();
    user.changed = Some(changed);
    let join = || async {
        let made = reqwest::Client::new().post(url.replace("/mcp", "/people"));
        let made = made.header("content-type", "application/json").body(r#"{"name":"new","role":"clerk"}"#);
        assert_eq!(made.send().await.unwrap().status(), 200);
    };
    let client = over_http(user, url, mode, token).await;
    if let ClientLifecycleMode::Auto { .. } = mode {
        let filter = SubscriptionFilter::builder().resource_subscriptions([people, ledger]).build();
        let mut listening = client.listen(filter).await.unwrap();
        assert_eq!(listening.acknowledged().resource_subscriptions, Some(vec![people.to_owned()]));
        join().await;
        let told = tokio::time::timeout(PATIENCE, listening.next()).await.unwrap().unwrap().unwrap();
        let ServerNotification::ResourceUpdatedNotification(told) = told else { panic!("{told:?}") };
        assert_eq!(told.params.uri, people);
        client.cancel().await.unwrap();
        return;
    }
    client.subscribe(SubscribeRequestParams::new(people)).await.unwrap();
    let refused = client.subscribe(SubscribeRequestParams::new(ledger)).await.unwrap_err();
    assert!(
        refused.to_string().contains("Forbidden") || refused.to_string().contains("may not"),
        "{refused}"
    );
    join().await;
    assert_eq!(tokio::time::timeout(PATIENCE, heard.recv()).await.unwrap().as_deref(), Some(people));
    client.unsubscribe(UnsubscribeRequestParams::new(people)).await.unwrap();
    join().await;
    let quiet = tokio::time::timeout(Duration::from_millis(500), heard.recv()).await;
    assert!(quiet.is_err(), "{quiet:?}");
    client.cancel().await.unwrap();
}

async fn over_http(user: User, url: &str, mode: &ClientLifecycleMode, token: &str) -> Client {
    let config = StreamableHttpClientTransportConfig::with_uri(url).auth_header(token);
    let transport = StreamableHttpClientTransport::from_config(config);
    user.serve_with_lifecycle(transport, mode.clone()).await.unwrap()
}

async fn http(url: &str, mode: &str, clerk: &str, manager: &str) {
    let (lifecycle, revision) = match mode {
        "legacy" => (ClientLifecycleMode::Initialize, "2025-11-25"),
        _ => {
            let preferred_versions = vec![ProtocolVersion::V_2026_07_28];
            (ClientLifecycleMode::Auto { preferred_versions, legacy_version: None }, "2026-07-28")
        }
    };
    let (clerk_user, mut told) = User::new();
    let client = over_http(clerk_user, url, &lifecycle, clerk).await;
    let boss = Arc::new(over_http(User::new().0, url, &lifecycle, manager).await);
    assert_eq!(client.peer_info().unwrap().protocol_version.to_string(), revision);
    let own = ["count_up", "keep", "papers", "publish", "toil", "weigh", "quater_approvals"];
    assert_eq!(tools(&client).await, own);
    assert!(tools(&boss).await.contains(&"quater_decide".to_owned()));
    progress(&client, &mut told).await;
    files(&client).await;
    taken_back(&client, &mut told).await;
    approval(&client, &boss).await;
    asked(url, &lifecycle, clerk, boss).await;
    changes(url, &lifecycle, clerk).await;
    client.cancel().await.unwrap();
}

async fn stdio(quater: &str, file: &str) {
    let (user, mut told) = User::new();
    let mut command = Command::new(quater);
    command.args(["mcp", file]);
    let transport = TokioChildProcess::new(command).unwrap();
    let client = user.serve_with_lifecycle(transport, ClientLifecycleMode::Initialize).await.unwrap();
    let own = ["count_up", "keep", "papers", "publish", "toil", "weigh", "quater_approvals"];
    assert_eq!(tools(&client).await, own);
    progress(&client, &mut told).await;
    let before = kept(&client).await;
    done(&client, "keep", json!({ "title": "t", "scan": inline(CSV) })).await;
    assert_eq!(kept(&client).await, before + 1);
    client.cancel().await.unwrap();
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["http", url, mode, clerk, manager] => http(url, mode, clerk, manager).await,
        ["stdio", quater, file] => stdio(quater, file).await,
        _ => panic!("`http URL MODE CLERK MANAGER` or `stdio QUATER FILE`"),
    }
}

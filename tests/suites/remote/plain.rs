//! Calls of tools that are done where they arrive: they are answered as those that go through the library of the
//! protocol, whose `_meta` is its alone to judge.
use super::sessions::tell;
use super::{REFUNDS, Shop};
use reqwest::blocking::{Client, Response};
use serde_json::{Value as Json, json};

/// The revision whose requests say more of themselves.
const STATELESS: &str = "2026-07-28";

/// Status, type and message of an answer, without what differs from request to request.
fn answer(shop: &Shop, token: &str, params: &Json) -> (u16, String, Json) {
    told(tell(shop, token, None, Some(&call(params))))
}

/// The same where requests say more of themselves; with these headers that say it.
fn stateless(shop: &Shop, token: &str, params: &Json, headers: &[(&str, &str)]) -> (u16, String, Json) {
    let mut request =
        Client::new().post(format!("{}/mcp", shop.url)).header("content-type", "application/json");
    request = request.header("accept", "application/json, text/event-stream");
    request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    if !token.is_empty() {
        request = request.bearer_auth(token);
    }
    told(request.body(call(params).to_string()).send().unwrap())
}

fn call(params: &Json) -> Json {
    json!({ "jsonrpc": "2.0", "id": "7", "method": "tools/call", "params": params })
}

fn told(answer: Response) -> (u16, String, Json) {
    let (status, media) =
        (answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap().to_owned());
    let text = answer.text().unwrap();
    let mut message: Json = serde_json::from_str(&text).unwrap_or(Json::String(text));
    if let Some(data) = message.pointer_mut("/error/data").and_then(Json::as_object_mut) {
        data.shift_remove("request_id");
    }
    (status, media, message)
}

#[test]
fn plain_calls_are_answered_as_all_are() {
    let shop = Shop::open(REFUNDS);
    shop.quater(&["connect", "shop", &shop.url]);
    let (cleo, max) = (shop.join("cleo", "clerk"), shop.join("max", "manager"));
    let refund = |amount: &str| json!({ "amount": amount, "why": "broken" });
    let calls = [
        (&*cleo, "list_refunds", json!({}), r#""structuredContent":{"result":[]}"#),
        (&cleo, "list_refunds", Json::Null, r#""structuredContent":{"result":[]}"#),
        (&cleo, "list_refunds", json!({ "more": 1 }), "`/more`: is not known here"),
        (&cleo, "refund", refund("600"), r#""status":"waiting_approval""#),
        (&cleo, "refund", refund("cheap"), "`/amount`: must be a decimal number"),
        (&cleo, "refund", json!([]), "-32"),
        (&cleo, "nothing", json!({}), "there is no tool `nothing`"),
        (&max, "quater_approvals", json!({}), r#""operation":"refund""#),
        ("", "list_refunds", json!({}), r#""code":"Unauthorized""#),
        ("garbled", "list_refunds", json!({}), r#""code":"Unauthorized""#),
    ];
    for (token, tool, arguments, part) in calls {
        let mut params = json!({ "name": tool, "arguments": arguments });
        let plain = answer(&shop, token, &params);
        params["_meta"] = json!({});
        assert_eq!(plain, answer(&shop, token, &params), "{tool} {arguments}");
        assert!(plain.2.to_string().contains(part), "{tool} {arguments}: {}", plain.2);
        let named = [("mcp-protocol-version", STATELESS), ("mcp-method", "tools/call"), ("mcp-name", tool)];
        params["_meta"] = meta(json!({}));
        let plain = stateless(&shop, token, &params, &named);
        params["_meta"]["example.com/more"] = json!(1);
        assert_eq!(plain, stateless(&shop, token, &params, &named), "{tool} {arguments}");
        assert!(plain.2.to_string().contains(part), "{tool} {arguments}: {}", plain.2);
    }
}

/// What a request says of its sender.
fn meta(capabilities: Json) -> Json {
    json!({
        "io.modelcontextprotocol/protocolVersion": STATELESS,
        "io.modelcontextprotocol/clientCapabilities": capabilities,
        "io.modelcontextprotocol/clientInfo": { "name": "t", "version": "1" },
    })
}

/// What is said twice, otherwise or not at all is the library's to judge, as is what waits for somebody.
#[test]
fn calls_that_are_not_plain_are_judged() {
    let shop = Shop::open(REFUNDS);
    shop.quater(&["connect", "shop", &shop.url]);
    let cleo = shop.join("cleo", "clerk");
    let (version, method, name) =
        (("mcp-protocol-version", STATELESS), ("mcp-method", "tools/call"), ("mcp-name", "list_refunds"));
    let good = json!({ "name": "list_refunds", "arguments": {}, "_meta": meta(json!({})) });
    let other = |member: &str, value: Json| {
        let mut params = good.clone();
        params["_meta"][format!("io.modelcontextprotocol/{member}")] = value;
        params
    };
    let large = json!({ "amount": "600", "why": "broken" });
    let asks = json!({ "name": "refund", "arguments": large, "_meta": meta(json!({ "elicitation": {} })) });
    let refund = ("mcp-name", "refund");
    let cases = [
        (&good, vec![version, method, name], 200, r#""resultType":"complete""#),
        (&good, vec![version, method], 400, "-32020"),
        (&good, vec![version, name], 400, "-32020"),
        (&good, vec![version, method, refund], 400, "-32020"),
        (&good, vec![version, ("mcp-method", "tools/list"), name], 400, "-32020"),
        (&good, vec![version, method, name, name], 400, "-32020"),
        (&good, vec![method, name], 400, "-32020"),
        (&good, vec![("mcp-protocol-version", "2025-11-25"), method, name], 400, "-32020"),
        (&other("protocolVersion", "2025-11-25".into()), vec![version, method, name], 400, "-32020"),
        (&other("clientCapabilities", "many".into()), vec![version, method, name], 400, "-32602"),
        (&other("clientInfo", json!(7)), vec![version, method, name], 200, r#""resultType":"complete""#),
        (&asks, vec![version, method, refund], 200, r#""resultType":"input_required""#),
    ];
    for (params, headers, status, part) in cases {
        let (its, _, message) = stateless(&shop, &cleo, params, &headers);
        assert!(its == status && message.to_string().contains(part), "{params} {headers:?}: {its} {message}");
    }
}

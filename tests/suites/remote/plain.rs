//! Calls of tools that are done where they arrive: they are answered as those that go through the library of the
//! protocol, whose `_meta` is its alone to judge.
use super::sessions::tell;
use super::{REFUNDS, Shop};
use serde_json::{Value as Json, json};

/// Status, type and message of an answer, without what differs from request to request.
fn answer(shop: &Shop, token: &str, params: &Json) -> (u16, String, Json) {
    let call = json!({ "jsonrpc": "2.0", "id": "7", "method": "tools/call", "params": params });
    let answer = tell(shop, token, None, Some(&call));
    let (status, media) =
        (answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap().to_owned());
    let mut message: Json = serde_json::from_str(&answer.text().unwrap()).unwrap();
    if let Some(data) = message.pointer_mut("/error/data").and_then(Json::as_object_mut) {
        assert!(data.shift_remove("request_id").is_some(), "{data:?}");
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
    }
}

//! How a caller wants a call done, from `_meta`.
use crate::call::{Key, Wishes};
use rmcp::ErrorData;
use rmcp::model::RequestMetaObject;
use serde_json::Value as Json;

/// The member that names a call, so that it is done once.
const KEY: &str = "quater/key";

/// The member that asks for a dry run.
const DRY_RUN: &str = "quater/dry_run";

/// How the caller wants a call done.
pub(super) fn wishes(meta: &RequestMetaObject) -> Result<Wishes, ErrorData> {
    let bad = |what: String| ErrorData::invalid_params(what, None);
    let key = match meta.get(KEY) {
        None | Some(Json::Null) => None,
        Some(given) => {
            let key = given.as_str().and_then(Key::new);
            Some(key.ok_or_else(|| bad(format!("`{KEY}` is none: {}", Key::RULE)))?)
        }
    };
    let dry = match meta.get(DRY_RUN) {
        None | Some(Json::Null) => false,
        Some(given) => given.as_bool().ok_or_else(|| bad(format!("`{DRY_RUN}` is `true` or `false`")))?,
    };
    Ok(Wishes { key, dry, ..Wishes::default() })
}

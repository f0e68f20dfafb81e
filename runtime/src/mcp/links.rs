//! Links to stored files in an output, as content that clients know how to follow.
use crate::kernel::time;
use crate::service::Service;
use memchr::memmem;
use rmcp::model::{ContentBlock, ProtocolVersion, Resource};
use serde_json::Value as Json;

/// What stands before the last part of a link.
const BELOW: &str = "/_files/";

/// Most links that are told beside the output.
const MOST: usize = 20;

/// The links among an output, for a client whose revision has such content.
pub(super) fn of(service: &Service, revision: Option<&ProtocolVersion>, output: &[u8]) -> Vec<ContentBlock> {
    let knows = revision.is_some_and(|it| *it >= ProtocolVersion::V_2025_06_18);
    if !knows || !may_stand_in(output) {
        return Vec::new();
    }
    let mut found = Vec::new();
    if let Ok(output) = serde_json::from_slice::<Json>(output) {
        look(&output, &mut |text| found.extend(link(service, text)));
    }
    found.truncate(MOST);
    found
}

/// Whether there may be one in an output.
pub(super) fn may_stand_in(output: &[u8]) -> bool {
    memmem::find(output, BELOW.as_bytes()).is_some()
}

fn look(value: &Json, at: &mut dyn FnMut(&str)) {
    match value {
        Json::String(text) => at(text),
        Json::Array(items) => items.iter().for_each(|item| look(item, at)),
        Json::Object(members) => members.values().for_each(|member| look(member, at)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

/// A link that this service has made and that holds; nothing for any other text.
fn link(service: &Service, text: &str) -> Option<ContentBlock> {
    let (_, ticket) = text.split_once(BELOW)?;
    let (_, linked) = service.linked(ticket, time::now())?;
    let mut resource = Resource::new(text, linked.name.as_str());
    resource.mime_type = Some(linked.media.to_string());
    Some(ContentBlock::resource_link(resource))
}

//! Settings as they are written in a file, and as JSON.
use super::Setting;
use crate::Service;
use crate::operation::{Limit, LimitPer};
use crate::surface::Template;
use crate::value::Literal;
use serde_json::{Map, Value as Json};

pub(super) fn shown(setting: Setting, service: &Service) -> Vec<String> {
    let quoted = |texts: &[smol_str::SmolStr]| match texts {
        [] => vec!["none".to_owned()],
        texts => texts.iter().map(|text| format!("\"{text}\"")).collect(),
    };
    let one = |text: String| vec![text];
    match setting {
        Setting::Base if service.base.is_empty() => one("/".to_owned()),
        Setting::Base => one(service.base.to_string()),
        Setting::Hosts if service.hosts.is_empty() => one("loopback".to_owned()),
        Setting::Hosts => quoted(&service.hosts),
        Setting::Cors => quoted(&service.cors),
        Setting::Proxies => one(service.proxies.to_string()),
        Setting::Limit if service.limits.is_empty() => one("none".to_owned()),
        Setting::Limit => service.limits.iter().map(limit).collect(),
        Setting::Docs => one(service.docs_path.as_ref().map_or("off".to_owned(), ToString::to_string)),
        Setting::Errors => {
            one(service.errors.as_ref().map_or("problem details".to_owned(), |it| template(it).to_string()))
        }
        Setting::UnknownMembers => {
            one(if service.ignore_unknown_members { "ignore" } else { "refuse" }.to_owned())
        }
        Setting::Decimals => one(if service.decimals_as_numbers { "numbers" } else { "texts" }.to_owned()),
        Setting::Body => one(bytes(service.body_limit)),
        Setting::Upload => one(bytes(service.upload_limit)),
        Setting::Timeout => one(length(service.timeout)),
        Setting::Patience => one(length(service.patience)),
        Setting::Headers => one(bytes(service.header_limit)),
        Setting::Connections => one(service.connections.to_string()),
        Setting::Requests => one(service.requests.to_string()),
    }
}

pub(super) fn json(setting: Setting, service: &Service) -> Json {
    let texts = |texts: &[smol_str::SmolStr]| texts.iter().map(|text| Json::from(text.as_str())).collect();
    match setting {
        Setting::Base => Json::from(service.base.as_str()),
        Setting::Hosts => texts(&service.hosts),
        Setting::Cors => texts(&service.cors),
        Setting::Proxies => Json::from(service.proxies),
        Setting::Limit => service.limits.iter().map(|it| Json::from(limit(it))).collect(),
        Setting::Docs => service.docs_path.as_deref().map_or(Json::Null, Json::from),
        Setting::Errors => service.errors.as_ref().map_or(Json::Null, template),
        Setting::UnknownMembers | Setting::Decimals => {
            shown(setting, service).into_iter().next().map_or(Json::Null, Json::from)
        }
        Setting::Body => Json::from(service.body_limit),
        Setting::Upload => Json::from(service.upload_limit),
        Setting::Timeout => Json::from(service.timeout),
        Setting::Patience => Json::from(service.patience),
        Setting::Headers => Json::from(service.header_limit),
        Setting::Connections => Json::from(service.connections),
        Setting::Requests => Json::from(service.requests),
    }
}

/// A limit as it is written: `300/min per ip`.
pub fn limit(limit: &Limit) -> String {
    let unit = match limit.window {
        1_000 => "sec".to_owned(),
        60_000 => "min".to_owned(),
        3_600_000 => "hour".to_owned(),
        86_400_000 => "day".to_owned(),
        other => length(other),
    };
    let per = match limit.per {
        LimitPer::Actor => "actor",
        LimitPer::Ip => "ip",
        LimitPer::Tenant => "tenant",
    };
    format!("{}/{unit} per {per}", limit.count)
}

/// A number of bytes as it is written: `2mb`.
pub fn bytes(count: u64) -> String {
    largest(count, &[("gb", 1 << 30), ("mb", 1 << 20), ("kb", 1 << 10), ("b", 1)])
}

/// A number of milliseconds as it is written: `30s`.
pub fn length(milliseconds: u64) -> String {
    largest(milliseconds, &[("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)])
}

/// The count in the largest unit that leaves nothing over.
fn largest(count: u64, units: &[(&str, u64)]) -> String {
    let fits = |(_, size): &&(&str, u64)| count > 0 && count.is_multiple_of(*size);
    let (name, size) = units.iter().find(fits).or(units.last()).copied().unwrap_or(("", 1));
    format!("{}{name}", count / size)
}

/// A template as JSON, its holes as texts such as `fault.messages`.
fn template(of: &Template) -> Json {
    match of {
        Template::Object(members) => {
            let members = members.iter().map(|(name, value)| (name.to_string(), template(value)));
            Json::Object(members.collect::<Map<_, _>>())
        }
        Template::List(items) => items.iter().map(template).collect(),
        Template::Hole(hole) => Json::from(hole.to_string()),
        Template::Literal(literal) => match literal {
            Literal::Null => Json::Null,
            Literal::Bool(truth) => Json::from(*truth),
            Literal::Int(number) | Literal::Duration(number) => Json::from(*number),
            Literal::Float(number) => Json::from(*number),
            Literal::Decimal(number) => Json::from(number.to_string()),
            Literal::Text(text) => Json::from(text.as_str()),
        },
    }
}

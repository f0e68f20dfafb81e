//! Values of settings from the texts of variables.
use super::{
    AT_ONCE, BODY, HEADERS, MOST_CALLS, MOST_PROXIES, OWN_PATHS, PATIENCE, Setting, TIMEOUT, UPLOAD, Value,
};
use crate::operation::{Limit, LimitPer};
use crate::surface::{Hole, Template};
use crate::value::Literal;
use serde_json::Value as Json;
use smol_str::SmolStr;

pub(super) fn value(setting: Setting, text: &str) -> Result<Value, String> {
    match setting {
        Setting::Base => base(text).map(Value::Base),
        Setting::Hosts => words(text).map(host).collect::<Result<_, _>>().map(Value::Hosts),
        Setting::Cors => cors(text).map(Value::Cors),
        Setting::Proxies => {
            let count = text.parse().ok().filter(|count| *count <= MOST_PROXIES);
            count.map(Value::Proxies).ok_or_else(|| format!("`{text}` is no number from 0 to {MOST_PROXIES}"))
        }
        Setting::Limit => limits(text).map(Value::Limits),
        Setting::Docs => docs(text).map(Value::Docs),
        Setting::Errors => errors(text).map(Value::Errors),
        Setting::UnknownMembers => {
            one_of(text, [("refuse", false), ("ignore", true)]).map(Value::UnknownMembers)
        }
        Setting::Decimals => one_of(text, [("texts", false), ("numbers", true)]).map(Value::Decimals),
        Setting::Body => size(text, BODY).map(Value::Body),
        Setting::Upload => size(text, UPLOAD).map(Value::Upload),
        Setting::Timeout => time(text, TIMEOUT).map(Value::Timeout),
        Setting::Patience => time(text, PATIENCE).map(Value::Patience),
        Setting::Headers => size(text, HEADERS).map(Value::Headers),
        Setting::Connections => count(text, AT_ONCE).map(Value::Connections),
        Setting::Requests => count(text, AT_ONCE).map(Value::Requests),
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', ' ']).filter(|word| !word.is_empty())
}

/// A host name in lower case, perhaps with a port.
///
/// # Errors
/// With the reason, where the text is none.
pub fn host(text: &str) -> Result<SmolStr, String> {
    let (name, port) = text.split_once(':').map_or((text, None), |(name, port)| (name, Some(port)));
    let label = |label: &str| {
        let letters = label.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
        letters && !label.is_empty() && label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-')
    };
    let good = name.len() <= 253 && name.split('.').all(label) && port.is_none_or(is_port);
    if !good {
        return Err(format!("`{text}` is no host name"));
    }
    Ok(SmolStr::new(text.to_ascii_lowercase()))
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok_and(|port| port > 0)
}

/// An origin (RFC 6454), as browsers send it: `https://name`, perhaps with a port.
///
/// # Errors
/// With the reason, where the text is none.
pub fn origin(text: &str) -> Result<SmolStr, String> {
    let wrong = || format!("`{text}` is no origin");
    let (scheme, rest) = text.split_once("://").ok_or_else(wrong)?;
    let scheme = scheme.to_ascii_lowercase();
    if scheme != "https" && scheme != "http" {
        return Err(wrong());
    }
    let host = host(rest).map_err(|_| wrong())?;
    let own = if scheme == "https" { ":443" } else { ":80" };
    Ok(SmolStr::new(format!("{scheme}://{}", host.strip_suffix(own).unwrap_or(&host))))
}

fn cors(text: &str) -> Result<Vec<SmolStr>, String> {
    if text == "*" {
        return Ok(vec![SmolStr::new_static("*")]);
    }
    words(text).map(origin).collect()
}

/// A path of fixed segments, without a slash at its end.
fn path(text: &str) -> Result<SmolStr, String> {
    let path = text.strip_suffix('/').unwrap_or(text);
    let fixed = |part: &str| !part.is_empty() && !part.contains(['{', '}', '?', '#', ' ', '%']);
    let parts = path.strip_prefix('/');
    if path.is_empty() || parts.is_some_and(|parts| parts.split('/').all(fixed)) {
        return Ok(SmolStr::new(path));
    }
    Err(format!("`{text}` is no path of fixed segments, such as `/api`"))
}

fn base(text: &str) -> Result<SmolStr, String> {
    path(text)
}

fn docs(text: &str) -> Result<Option<SmolStr>, String> {
    if text == "off" {
        return Ok(None);
    }
    let path = path(text)?;
    if path.is_empty() || OWN_PATHS.contains(&path.as_str()) {
        return Err(format!("the documentation can't be at `{text}`"));
    }
    Ok(Some(path))
}

fn one_of<T: Copy, const N: usize>(text: &str, words: [(&str, T); N]) -> Result<T, String> {
    let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
    let known = || words.map(|(word, _)| format!("`{word}`")).join(" or ");
    found.ok_or_else(|| format!("`{text}` is not {}", known()))
}

fn with_unit(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
    let (count, unit) = text.split_at_checked(digits)?;
    let factor = units.iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor)?;
    count.parse::<u64>().ok()?.checked_mul(factor)
}

fn size(text: &str, (least, most): (u64, u64)) -> Result<u64, String> {
    let units = [("", 1), ("b", 1), ("kb", 1 << 10), ("mb", 1 << 20), ("gb", 1 << 30)];
    let size = with_unit(text, &units).filter(|size| (least..=most).contains(size));
    size.ok_or_else(|| format!("`{text}` is no size such as `2mb`, at most {}", super::bytes(most)))
}

fn count(text: &str, (least, most): (u64, u64)) -> Result<u64, String> {
    let count = text.parse().ok().filter(|count| (least..=most).contains(count));
    count.ok_or_else(|| format!("`{text}` is no number from {least} to {most}"))
}

fn time(text: &str, (least, most): (u64, u64)) -> Result<u64, String> {
    let units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];
    let time = with_unit(text, &units).filter(|time| (least..=most).contains(time));
    let (least, most) = (super::length(least), super::length(most));
    time.ok_or_else(|| format!("`{text}` is no time such as `30s`, from {least} to {most}"))
}

fn limits(text: &str) -> Result<Vec<Limit>, String> {
    if text == "off" {
        return Ok(Vec::new());
    }
    text.split(',').map(|one| limit(one.trim())).collect()
}

fn limit(text: &str) -> Result<Limit, String> {
    let wrong = || format!("`{text}` is no limit such as `300/min per ip`");
    let (count, rest) = text.split_once('/').ok_or_else(wrong)?;
    let mut words = rest.split_whitespace();
    let window = match words.next() {
        Some("sec") => 1_000,
        Some("min") => 60_000,
        Some("hour") => 3_600_000,
        Some("day") => 86_400_000,
        Some(_) | None => return Err(wrong()),
    };
    let per = match (words.next(), words.next(), words.next()) {
        (Some("per"), Some("ip"), None) => LimitPer::Ip,
        (Some("per"), Some("actor"), None) => LimitPer::Actor,
        (Some("per"), Some("tenant"), None) => LimitPer::Tenant,
        (_, _, _) => return Err(wrong()),
    };
    let count = count.trim().parse().ok().filter(|count| (1..=MOST_CALLS).contains(count));
    Ok(Limit { count: count.ok_or_else(wrong)?, window, per })
}

fn errors(text: &str) -> Result<Option<Template>, String> {
    if text == "problem" {
        return Ok(None);
    }
    let json: Json = serde_json::from_str(text)
        .map_err(|_| "it is neither `problem` nor JSON with texts such as \"fault.messages\"".to_owned())?;
    template(&json).map(Some)
}

fn template(json: &Json) -> Result<Template, String> {
    Ok(match json {
        Json::Null => Template::Literal(Literal::Null),
        Json::Bool(truth) => Template::Literal(Literal::Bool(*truth)),
        Json::Number(number) => match number.as_i64() {
            Some(number) => Template::Literal(Literal::Int(number)),
            None => return Err(format!("`{number}` is no whole number")),
        },
        Json::String(text) => match text.strip_prefix("fault.") {
            Some(name) => {
                Template::Hole(Hole::of_fault(name).ok_or_else(|| format!("an error has no `{name}`"))?)
            }
            None => Template::Literal(Literal::Text(SmolStr::new(text))),
        },
        Json::Array(items) => Template::List(items.iter().map(template).collect::<Result<_, _>>()?),
        Json::Object(members) => {
            let member = |(name, value): (&String, &Json)| Ok((SmolStr::new(name), template(value)?));
            Template::Object(members.iter().map(member).collect::<Result<_, String>>()?)
        }
    })
}
